"""Facts that only some letters tell: asked for by the bundle, held when missing, never in another letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from letters.compose import FieldRefused, compose, load_bundle
from letters.compose.facts import FACT_GROUPS, Fact, names_without
from letters.compose.fieldcheck import field_problems
from letters.compose.model import LetterFields, Repayment
from letters.compose.wording import NAMES

TELLING = [("card@1", Fact.CARD), ("assigned@1", Fact.ASSIGNMENT), ("second@1", Fact.EARLIER), ("settlement@1", Fact.OFFER)]


def refused(reference: str, **changes: object) -> str:
    bundle = load_bundle(reference)
    with pytest.raises(FieldRefused) as told:
        compose(bundle, replace(bundle.sample, **changes))  # type: ignore[arg-type]
    return str(told.value)


@pytest.mark.parametrize(("reference", "fact"), TELLING)
def test_a_letter_without_its_facts_is_refused_by_name(reference: str, fact: Fact) -> None:
    for name, (title, advice) in FACT_GROUPS[fact].required.items():
        empty = False if name == "is_card" else 0 if name == "offer_fen" else "" if name in ("original_creditor", "earlier_letter_no", "earlier_result") else None
        said = refused(reference, **{name: empty})
        assert title in said
        assert advice in said


def test_every_name_of_a_group_is_a_template_name() -> None:
    assert names_without(()) <= NAMES
    assert names_without(tuple(Fact)) == frozenset()


@pytest.mark.parametrize("fen", [1, 0, -1])
def test_an_offer_stays_below_the_claim(fen: int) -> None:
    sample = load_bundle("settlement@1").sample
    if fen > 0:
        compose(load_bundle("settlement@1"), replace(sample, offer_fen=sample.total_fen - 1))
    else:
        assert "和解金额" in refused("settlement@1", offer_fen=sample.total_fen - fen)


def test_an_offer_is_open_until_after_the_deadline_and_not_for_ever() -> None:
    sample = load_bundle("settlement@1").sample
    assert "和解期限" in refused("settlement@1", offer_until=sample.deadline - timedelta(days=1))
    assert "和解期限" in refused("settlement@1", offer_until=sample.letter_date + timedelta(days=367))
    assert compose(load_bundle("settlement@1"), replace(sample, offer_until=sample.deadline))


def test_dates_of_assignment_and_earlier_letter_make_sense() -> None:
    assigned, second = load_bundle("assigned@1").sample, load_bundle("second@1").sample
    assert "转让日晚于" in refused("assigned@1", assigned_on=assigned.letter_date + timedelta(days=1), assignment_notice_on=None)
    assert "早于债权转让日" in refused("assigned@1", assignment_notice_on=assigned.assigned_on - timedelta(days=1))
    assert "前次寄出日期" in refused("second@1", earlier_sent_on=second.letter_date)


def test_what_waived_and_paid_add_up_to_the_claim() -> None:
    sample = load_bundle("settlement@1").sample
    text = compose(load_bundle("settlement@1"), replace(sample, offer_fen=1_234_567)).text
    assert "12,345.67元" in text
    assert f"{(sample.total_fen - 1_234_567) / 100:,.2f}元予以免除" in text


def test_notice_of_the_assignment_is_given_or_recalled() -> None:
    bundle = load_bundle("assigned@1")
    assert "2026年7月15日将债权转让的事实通知您" in compose(bundle, bundle.sample).text
    assert "现以本函将上述债权转让的事实通知您" in compose(bundle, replace(bundle.sample, assignment_notice_on=None)).text


def test_a_statement_lists_every_repayment_and_their_sum() -> None:
    bundle = load_bundle("statement@1")
    paid = tuple(Repayment(date(2024, 1, 1) + timedelta(days=30 * number), 100_00 + number) for number in range(60))
    text = compose(bundle, replace(bundle.sample, repayments=paid)).text
    assert [f"{one.amount_fen / 100:,.2f}" in text for one in paid] == [True] * 60
    assert f"{sum(one.amount_fen for one in paid) / 100:,.2f}" in text
    assert "还款记录" not in compose(bundle, replace(bundle.sample, repayments=())).text


@pytest.mark.parametrize("reference", ["settlement@1", "assigned@1", "second@1", "statement@1", "consumer@1"])
def test_json_gives_every_fact_back(reference: str) -> None:
    sample = load_bundle(reference).sample
    assert LetterFields.from_json(sample.to_json()) == sample
    assert LetterFields.from_json(sample.to_json()).to_json() == sample.to_json()


@pytest.mark.parametrize(
    "change",
    [{"offer_fen": 5}, {"assigned_on": date(2026, 1, 1)}, {"earlier_letter_no": "（2026）鄂示例律函字第1号"}, {"repayments": (Repayment(date(2026, 1, 1), 5),)}],
)  # fmt: skip
def test_a_relay_letter_carries_none_of_them(change: dict[str, object]) -> None:
    sample = load_bundle("relay@1").sample
    assert not field_problems(sample)
    assert field_problems(replace(sample, **change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reference", "sha256"),
    [
        ("consumer@1", "da23e1660937518d3690a6f3b6b22f12662037855f5bf42dd0ca7e9701c08ca7"),
        ("relay@1", "6ae0841addbfe57a9d98a15b97f9b09a7f7cecaea78f0f1876d0f92ffa49f5da"),
    ],
)
def test_a_letter_released_before_there_were_such_facts_keeps_its_hash(reference: str, sha256: str) -> None:
    """A batch that was released under an earlier version is printed under this one."""
    assert load_bundle(reference).sample.sha256 == sha256
