"""Rules on letters that ask a contact to relay (R-THP): proof of loss, lawful contact, neutral words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from letters.compose import compose, load_bundle
from letters.compose.wording import own_values
from letters.rules import judge_letter, judge_relay
from letters.rules.model import (
    Facts,
    LenderFacts,
    LetterFacts,
    PieceFacts,
    RelayFacts,
    Severity,
    Stop,
    Verdict,
)
from letters.rules.relay import (
    contact_has_an_address,
    contact_is_no_addressee_of_a_demand,
    debtor_is_lost,
    relay_contact_has_a_lawful_source,
    relay_contact_has_not_refused,
    relay_contact_is_a_known_adult,
    relay_envelope_names_the_contact_alone,
    relay_is_not_repeated,
    relay_says_nothing_of_a_debt,
    relay_words,
    spouse_was_reviewed,
    words_outside,
)
from letters.rules.third_persons import contact_is_not_on_the_envelope
from locate.address.model import Address, Recipient
from locate.case import LenderKind, Source, StopKind
from locate.contacts.lawful import NO_RECORD, ContactRecord, may_be_asked
from locate.contacts.lost_contact import NOT_LOST, LostContact

LOST = LostContact(True, "连续三次呼叫未通", date(2026, 11, 11))


@pytest.fixture
def relay(facts: Facts, place: Address) -> RelayFacts:
    firm = replace(facts.firm, approved_templates=frozenset({"relay@1"}))
    case_facts = replace(facts, firm=firm, template="relay@1")
    contact = replace(facts.case.contacts[0], address=place.raw)
    return RelayFacts(case_facts, contact, place, LOST, may_be_asked(contact, facts.case, LOST, facts.day))


def asking(relay: RelayFacts, *, record: ContactRecord = NO_RECORD, **changes: object) -> RelayFacts:
    contact = replace(relay.contact, **changes)
    bars = may_be_asked(contact, relay.facts.case, relay.lost, relay.facts.day, record)
    return replace(relay, contact=contact, bars=bars)


@pytest.fixture
def told() -> LetterFacts:
    bundle = load_bundle("relay@1")
    sample = bundle.sample
    letter = compose(bundle, sample)
    return LetterFacts(
        day=sample.letter_date, text=letter.text, parts=letter.parts, letter_no=sample.letter_no, item_no=sample.item_no,
        item_format="domestic13", debtor_name=sample.addressee_name, id_tail="", contract_no="", postcode=sample.postcode,
        adcode="420106", lender=LenderFacts("X", "示例", LenderKind.BANK), is_card=False, relay_for=sample.relay_for,
        own_values=own_values(sample),
    )  # fmt: skip


def test_a_lawful_relay_letter_passes(relay: RelayFacts, told: LetterFacts) -> None:
    assert judge_relay(relay).findings == () and judge_letter(told) == ()


def test_who_may_act_and_stops_hold_for_relay_letters_too(relay: RelayFacts) -> None:
    unapproved = replace(relay, facts=replace(relay.facts, template="relay@2"))
    assert [found.rule_id for found in judge_relay(unapproved).findings] == ["R-LAW-05"]
    stopped = replace(relay, facts=replace(relay.facts, stops=(Stop(StopKind.COMPLAINT, date(2026, 11, 1), ""),)))
    assert judge_relay(stopped).verdict is Verdict.REFUSED


def test_contact_is_no_addressee_of_a_demand(relay: RelayFacts) -> None:
    assert contact_is_no_addressee_of_a_demand(relay) == ()
    demand = replace(relay, is_relay=False)
    (finding,) = contact_is_no_addressee_of_a_demand(demand)
    assert finding.severity is Severity.BLOCK and "不是担保人" in finding.message
    guarantor = replace(demand, contact=replace(demand.contact, source=Source.GUARANTEE))
    assert contact_is_no_addressee_of_a_demand(guarantor) == ()
    assert "债务人本人" in contact_is_no_addressee_of_a_demand(asking(relay, name="欧阳明远"))[0].message


def test_debtor_is_lost(relay: RelayFacts) -> None:
    assert debtor_is_lost(relay) == ()
    assert "尚未失联" in debtor_is_lost(replace(relay, lost=NOT_LOST))[0].message
    later = LostContact(True, "号码无效", date(2026, 11, 30))
    assert debtor_is_lost(replace(relay, lost=later)) != ()


def test_relay_contact_has_not_refused(relay: RelayFacts) -> None:
    assert relay_contact_has_not_refused(relay) == ()
    for barred in (asking(relay, opted_out=True), asking(relay, consent=False), asking(relay, record=ContactRecord(complained=True))):
        assert judge_relay(barred).verdict is Verdict.REFUSED
        assert [found.rule_id for found in relay_contact_has_not_refused(barred)] == ["R-THP-04"]


def test_spouse_was_reviewed(relay: RelayFacts) -> None:
    assert spouse_was_reviewed(relay) == ()
    spouse = asking(relay, relation="配偶")
    assert judge_relay(spouse).verdict is Verdict.HELD
    assert spouse_was_reviewed(spouse)[0].rule_id == "R-THP-05"
    assert judge_relay(replace(spouse, household_reviewed=True)).findings == ()


def test_relay_contact_is_a_known_adult(relay: RelayFacts) -> None:
    assert relay_contact_is_a_known_adult(relay) == ()
    assert "关系不明" in relay_contact_is_a_known_adult(asking(relay, relation="其他"))[0].message
    young = replace(relay, facts=replace(relay.facts, case=replace(relay.facts.case, id_number="330106200104250614")))
    assert "未成年" in relay_contact_is_a_known_adult(asking(young, relation="子女"))[0].message


def test_relay_envelope_names_the_contact_alone(relay: RelayFacts, place: Address) -> None:
    assert relay_envelope_names_the_contact_alone(relay) == ()
    named = replace(relay, contact=replace(relay.contact, address=place.raw + "欧阳明远收"))
    assert relay_envelope_names_the_contact_alone(named)[0].severity is Severity.BLOCK
    other = replace(relay, place=replace(place, recipient=Recipient("赵某某", None)))
    assert relay_envelope_names_the_contact_alone(other)[0].severity is Severity.HOLD


def test_relay_contact_has_a_lawful_source(relay: RelayFacts) -> None:
    assert relay_contact_has_a_lawful_source(relay) == ()
    for barred in (asking(relay, source=None), asking(relay, source=Source.BANNED), asking(relay, basis=""), asking(relay, mobile="")):
        assert judge_relay(barred).verdict is Verdict.REFUSED
        assert relay_contact_has_a_lawful_source(barred)


def test_contact_has_an_address(relay: RelayFacts) -> None:
    assert contact_has_an_address(relay) == ()
    assert contact_has_an_address(replace(relay, place=None))[0].severity is Severity.HOLD


def test_relay_is_not_repeated(relay: RelayFacts) -> None:
    assert relay_is_not_repeated(replace(relay, last_relay_on=date(2026, 10, 1))) == ()
    assert relay_is_not_repeated(replace(relay, last_relay_on=date(2026, 11, 1)))[0].severity is Severity.HOLD


def test_relay_says_nothing_of_a_debt(told: LetterFacts) -> None:
    assert relay_says_nothing_of_a_debt(told) == ()
    for word in ("欠款", "逾期", "贷款", "3820.00元", "银行", "催收", "还钱", "起诉", "信用卡", "示例消费金融", "500", "违约"):
        slipped = replace(told, text=told.text.replace("民事事务", f"民事{word}事务"))
        (finding, *_) = relay_says_nothing_of_a_debt(slipped)
        assert finding.rule_id == "R-THP-03" and finding.severity is Severity.BLOCK, word
    assert "没有写明" in relay_says_nothing_of_a_debt(replace(told, text=told.text.replace("张晓明", "本人")))[0].message
    assert relay_says_nothing_of_a_debt(replace(told, relay_for="", text="欠款")) == ()


def test_words_hidden_by_form_are_found() -> None:
    assert words_outside("请 转 告 其 还 款", ()) == ["还款"]
    assert words_outside("请转告其归\u200b还", ()) == ["归还"]
    assert words_outside("请转告其偿\n还", ()) == ["偿还"]
    assert words_outside("请转告王大力", ("王大力",)) == []


def test_no_allowed_word_can_be_made_into_a_debt() -> None:
    assert relay_words().longest <= 8
    for together in ("欠款", "借款", "贷款", "逾期", "还款", "债务", "催收", "罚息"):
        assert words_outside(together, ()) != [], together


def test_the_piece_of_a_relay_letter_never_shows_the_debtor(piece: PieceFacts) -> None:
    relay_piece = replace(piece, relay_for="王大力")
    assert contact_is_not_on_the_envelope(relay_piece) == ()
    assert contact_is_not_on_the_envelope(replace(relay_piece, relay_for=piece.piece.recipient_name)) != ()
