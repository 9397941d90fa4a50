"""A case, a letter and a piece with which nothing is wrong; tests change one thing at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from letters.compose import parts
from letters.post.model import ManifestPiece
from letters.rules.model import (
    Facts,
    FirmFacts,
    LawyerFacts,
    LenderFacts,
    LetterFacts,
    PieceFacts,
)
from locate.address.model import Address, Grade
from locate.case import AddressKind, CaseRecord, Claim, Contact, GivenAddress, LenderKind, Source
from locate.choose import RuleEstimator, choose
from records.money import Fen

DAY = date(2026, 11, 20)


@pytest.fixture
def case() -> CaseRecord:
    return CaseRecord(
        case_no="C-1",
        debtor_name="欧阳明远",
        id_number="330106198804250619",
        mobile="19900001234",
        contract_no="HT20250387169488",
        product="个人消费贷款",
        lender_product_type="",
        disbursed_on=date(2025, 3, 5),
        claim=Claim(
            as_of=date(2026, 11, 18),
            overdue_since=date(2026, 2, 1),
            principal_disbursed=Fen(2_000_000),
            principal_repaid=Fen(1_000_000),
            principal_due=Fen(1_000_000),
            interest=Fen(123_456),
            compound_interest=Fen(0),
            penalty_interest=Fen(7_890),
            liquidated_damages=Fen(0),
            fees=Fen(0),
            waived=Fen(0),
            total=Fen(1_131_346),
            annual_rate=Decimal("15.4"),
        ),
        status="逾期",
        remark="",
        addresses=(
            GivenAddress(
                ordinal=1,
                text="浙江省杭州市西湖区文三路18号3幢2单元501室",
                kind=AddressKind.RESIDENCE,
                source=Source.RESERVED,
                source_text="本人预留",
                basis="YL-2026-1",
                collected_on=date(2026, 3, 1),
                reported_on=date(2026, 11, 18),
            ),
        ),
        contacts=(
            Contact(
                ordinal=1,
                name="欧阳思源",
                relation="兄弟",
                mobile="19900005678",
                address="",
                source=Source.RESERVED,
                basis="YL-2026-2",
                consent=None,
                opted_out=False,
            ),
        ),
    )


@pytest.fixture
def place() -> Address:
    return Address(
        raw="浙江省杭州市西湖区文三路18号3幢2单元501室",
        province="浙江省",
        city="杭州市",
        district="西湖区",
        road="文三路",
        road_no="18号",
        building="3幢",
        unit="2单元",
        room="501室",
        adcode="330106",
        postcode="310012",
        canonical="浙江省杭州市西湖区文三路18号3幢2单元501室",
        key="330106|文三路|18|3|2|501",
        grade=Grade.DOOR,
        confidence=0.95,
    )


@pytest.fixture
def facts(case: CaseRecord, place: Address) -> Facts:
    lawyer = LawyerFacts("L1", "律师甲", "14201201810000001", date(2027, 5, 31), active=True)
    firm = FirmFacts(
        "F1", "某某律师事务所", "24201200010000001", date(2028, 12, 31), True, (lawyer,), frozenset({"consumer@1"})
    )
    return with_choice(
        Facts(
            day=DAY,
            lender=LenderFacts("BANK", "示例银行", LenderKind.BANK),
            firm=firm,
            lawyer=lawyer,
            case=case,
            parsed=(place,),
            choice=choose(case, (place,), (), "200", DAY, RuleEstimator()),
            product="200",
            template="consumer@1",
        )
    )


def with_choice(facts: Facts) -> Facts:
    """The same facts with the choice made again."""
    choice = choose(
        facts.case, facts.parsed, (), facts.product, facts.day, RuleEstimator(), facts.policy,
        barred=frozenset(facts.cross_lender),
    )  # fmt: skip
    return replace(facts, choice=choice)


@pytest.fixture
def letter() -> LetterFacts:
    text = (
        "某某律师事务所 执业许可证号 24201200010000001 电话 027-85550123\n律师函\n（2026）鄂某某律函字第000123号\n"
        "本函通过中国邮政挂号信函发送\n致：欧阳明远（身份证尾号 0619）\n"
        "本所受示例银行委托，就您与委托人的借款合同纠纷致函如下。以下事实系委托人陈述，依据委托人提供的材料整理。\n"
        "合同号 HT20250387169488，剩余本金 10,000.00 元，合计 11,313.46 元。\n"
        "根据《中华人民共和国民法典》第五百七十七条、第六百七十五条、第六百七十六条，借款人应当按约定返还借款。\n"
        "请您于 2026年12月5日 前通过官方渠道还款；切勿向任何个人账户转账。\n"
        "如逾期未履行，委托人将依法提起诉讼或申请支付令。\n"
        "如您对上述内容有异议，请联系委托人客服 95500 提出并提供证据；查询、投诉渠道同上。\n"
        "本函不构成对委托人任何权利的放弃。本函仅限收件人本人拆阅。\n"
        "核验码 K7Q2-M4，可致电本所 027-85550123 核验。\n附件：授权委托书（复印件）\n"
    )
    return LetterFacts(
        day=DAY,
        text=text,
        parts=parts.LETTER_PARTS,
        letter_no="（2026）鄂某某律函字第000123号",
        item_no="XA00000000001",
        item_format="domestic13",
        debtor_name="欧阳明远",
        id_tail="0619",
        contract_no="HT20250387169488",
        postcode="310012",
        adcode="330106",
        lender=LenderFacts("BANK", "示例银行", LenderKind.BANK),
        is_card=False,
        others=(("司马文远", "1234", "HT20250000000001"),),
    )


@pytest.fixture
def piece() -> PieceFacts:
    row = ManifestPiece(
        record_no=1,
        own_no="000123",
        item_no="XA00000000001",
        office_postcode="310012",
        office_name="杭州西湖",
        recipient_name="欧阳明远",
        recipient_address="浙江省杭州市西湖区文三路18号3幢2单元501室",
        recipient_phone=".",
        weight_g=17,
        item_name="函件",
        remark="（2026）鄂某某律函字第000123号",
        postage_fen=420,
        batch_no="B20261120-01",
        case_token="T1",
        letter_no="（2026）鄂某某律函字第000123号",
        letter_sha256="0" * 64,
        template="consumer@1",
        pages=2,
        sheets=2,
        envelope="DL",
        lawyer_code="L1",
        release_token="R1",
        address_token="A1",
        address_source="reserved",
        address_score="0.61",
        firm_code="F1",
        lender_code="BANK",
        part=1,
        first_page=1,
        sort_bag="310",
    )
    return PieceFacts(
        piece=row,
        item_format="domestic13",
        debtor_name="欧阳明远",
        letter_no="（2026）鄂某某律函字第000123号",
        adcode="330106",
        contacts=(("欧阳思源", "19900005678"),),
    )
