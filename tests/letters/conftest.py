"""A small composed lender, firm and partner with cases kept directly (no file), for tests of the batch room."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from letters.batch import parties
from letters.batch.confirming import Scope, confirm
from letters.batch.ranges import add_range
from letters.compose import load_bundle
from letters.gate import mandates
from letters.gate.capacity import set_capacity
from letters.gate.conflicts import check_conflicts
from letters.gate.filing import file_template
from letters.gate.papers import Paper
from locate.case import AddressKind, CaseRecord, Claim, Contact, GivenAddress, LenderKind, Source
from locate.keeping import keep_cases
from locate.tables import CaseFile, Lender
from records.database import Database
from records.identity import uuid7
from records.money import Fen
from tests.conftest import TestServer
from tests.letters.worked import Worked, carry, make_sealed, worked

DAY = date(2026, 11, 20)
ROADS = ("新华路", "解放大道", "建设大道", "青年路", "常青路", "江汉路")


def id_number(serial: int) -> str:
    """A valid composed ID number (GB 11643) with Wuhan Jianghan's code."""
    body = f"420103198{serial % 10}0{serial % 9 + 1}1{serial % 10}{serial % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
    return body + check


def compose_case(number: int, **changes: object) -> CaseRecord:
    """Case ``number`` of the composed lender; ``changes`` replace fields of the record."""
    principal, interest = Fen(1_000_000 + number * 137), Fen(12_345 + number)
    claim = Claim(
        as_of=date(2026, 11, 18),
        overdue_since=date(2026, 5, 1),
        principal_disbursed=Fen(principal + 500_000),
        principal_repaid=Fen(500_000),
        principal_due=principal,
        interest=interest,
        compound_interest=Fen(0),
        penalty_interest=Fen(7_890),
        liquidated_damages=Fen(0),
        fees=Fen(0),
        waived=Fen(0),
        total=Fen(principal + interest + 7_890),
        annual_rate=Decimal("15.4"),
    )
    fields: dict[str, object] = {
        "case_no": f"T{number:05d}",
        "debtor_name": "赵钱孙李周吴郑王"[number % 8] + "小" + "一二三四五六七八九"[number % 9],
        "id_number": id_number(number),
        "mobile": f"199000{number:05d}",
        "contract_no": f"HT2025{number:06d}",
        "product": "消费贷款",
        "lender_product_type": "consumer",
        "disbursed_on": date(2025, 1, 15),
        "claim": claim,
        "status": "",
        "remark": "",
        "addresses": (
            GivenAddress(
                1,
                f"湖北省武汉市江汉区{ROADS[number % 6]}{number + 1}号{number % 9 + 1}栋{number % 4 + 1}单元{number % 20 + 1}01室",
                AddressKind.RESIDENCE,
                Source.CONTRACT,
                "合同约定",
                f"HT-{number}",
                date(2025, 1, 15),
                DAY,
            ),
        ),
        "contacts": (
            Contact(1, "王联系", "配偶", f"199001{number:05d}", "", Source.RESERVED, "YL-1", None, opted_out=False),
        ),
    }
    return CaseRecord(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def house(db: Database) -> Database:
    """A database with the composed parties and all that the lawyer's gate asks for."""
    add_parties(db)
    open_gate(db)
    return db


@pytest.fixture
def ungated(request: pytest.FixtureRequest, db: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database with the composed parties and nothing that the gate asks for. Ask for it before ``keep``."""
    monkeypatch.setattr(sys.modules[__name__], "open_gate", lambda _db: None)
    house: Database = request.getfixturevalue("house")
    return house


def add_parties(db: Database) -> None:
    """Register firm, lawyer, assistant, partner and lender."""
    common = {"actor": "test", "clock": db.clock}
    with db.session() as session:
        firm = parties.add_firm(
            session, code="F1", name="湖北示例律师事务所", licence_no="31420000000000001X", licence_until=date(2030, 1, 1),
            address="湖北省武汉市江汉区示例路1号", phone="027-00000000", number_scheme="（{year}）鄂示例律函字第{number:06d}号",
            settings={"postcode": "430000", "verification_url": "https://verify.example.cn/l/", "approved_templates": ["consumer@1"], "sample_seal": True},
            seal_image=None, **common,
        )  # fmt: skip
        for code, is_lawyer in (("L001", True), ("A001", False)):
            parties.add_lawyer(
                session, firm, code=code, name="示例律师", licence_no=f"1420120260000{code}", licence_until=date(2030, 1, 1),
                is_lawyer=is_lawyer, **common,
            )  # fmt: skip
        partner = parties.add_partner(session, "POST", "示例邮政", {"customer_no": "90000001"}, "test", db.clock)
        add_range(
            session, partner, product="200", number_format="domestic13", prefix="XA", suffix="", first_serial=1,
            last_serial=999_999, **common,
        )  # fmt: skip
        parties.add_lender(
            session, "DEMO", "示例消费金融有限公司", LenderKind.CONSUMER_FINANCE,
            {
                "payment_channel": "示例银行对公账户 6200000000000000000", "query_channel": "027-00000001",
                "complaint_channel": "027-00000002", "lawyer": "L001",
            },
            "test", db.clock,
        )  # fmt: skip


def open_gate(db: Database, *, standing: bool = True) -> None:
    """Register all that the lawyer's gate asks for; ``standing``: the client's confirmation covers any batch."""
    common = {"actor": "test", "clock": db.clock}
    with db.session() as session:
        firm, lender = parties.firm_by_code(session, "F1"), parties.lender_by_code(session, "DEMO")
        lawyer = parties.lawyer_of(session, firm, "L001")
        mandates.add_mandate(
            session, firm, lender, contract_no="WT-1", scan=Paper("0" * 64, "授权委托书.pdf"), valid_from=date(2026, 1, 1),
            valid_until=date(2027, 12, 31), case_nos=None,
            standing={"max_letters": 10**6, "max_amount_fen": 10**12} if standing else None, **common,
        )  # fmt: skip
        set_capacity(session, firm, lawyer, 10**6, **common)
        check_conflicts(session, db.cipher, firm, lender, lawyer, note="", clock=db.clock)
        file_template(
            session, lender, template="consumer@1", bundle_sha256=load_bundle("consumer@1").sha256, filed_on=date(2026, 1, 1),
            reference="BA-1", **common,
        )  # fmt: skip
    for rule_id, scope in VOUCHED:
        confirm(db, rule_id, scope, by="张示例", evidence=Path(__file__), until=None, day=date(2026, 11, 20), actor="test")


VOUCHED = (
    ("R-LAW-08", Scope(firm="F1", agency="POST")),
    ("R-OUT-04", Scope(lender="DEMO")),
    ("R-PII-05", Scope(lender="DEMO")),
)
"""What the law makes people see to before any letter goes."""


Keep = Callable[..., None]


def keeper(db: Database) -> Keep:
    """Keeps records as a file of lender DEMO would."""

    def keep_records(*records: CaseRecord) -> None:
        with db.session() as session:
            lender = session.query(Lender).filter_by(code="DEMO").one()
            file = CaseFile(
                id=uuid7(), lender_id=lender.id, sha256=uuid7().hex, name="test.xlsx", size=1, as_of=DAY,
                imported_at=db.clock(), report=b"", counts={},
            )  # fmt: skip
            session.add(file)
            session.flush()
            keep_cases(session, db.cipher, lender.id, file.id, records, actor="test", clock=db.clock)

    return keep_records


@pytest.fixture
def keep(house: Database) -> Keep:
    """``keep(record, …)``: a file of lender DEMO was taken."""
    return keeper(house)


@pytest.fixture
def composed() -> Callable[..., CaseRecord]:
    """``composed(number, **changes)``: a composed case."""
    return compose_case


@pytest.fixture(scope="session")
def houses(server: TestServer, migrated: str, session_home: Path) -> Iterator[Callable[[str, int], Worked[str]]]:
    """``houses("sealed" or "handed over", cases)``: the house with one such batch of the day, to copy from; its batch number."""
    made: dict[tuple[str, int], Worked[str]] = {}
    with ExitStack() as stack:

        def of(stage: str, cases: int) -> Worked[str]:
            def build(db: Database) -> str:
                add_parties(db)
                open_gate(db)
                keeper(db)(*(compose_case(number) for number in range(cases)))
                return {"sealed": make_sealed, "handed over": carry}[stage](db, DAY)

            if (stage, cases) not in made:
                made[stage, cases] = stack.enter_context(worked(server, migrated, session_home, build))
            return made[stage, cases]

        yield of
