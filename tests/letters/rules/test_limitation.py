"""Rules on limitation (R-LIM)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.rules import judge, judge_letter
from letters.rules.grading import Delivery, Grade
from letters.rules.limitation import (
    card_letter_goes_to_the_reserved_address,
    lapsed_claim_threatens_no_suit,
    letters_to_left_addresses_do_not_count,
    limitation_expiry,
    limitation_is_not_lapsing,
    limitation_is_watched,
    limitation_start,
    service_clause_is_kept,
    years_after,
)
from letters.rules.model import Facts, LetterFacts, Verdict
from locate.case import AddressKind, Source
from tests.letters.rules.conftest import with_choice

START = date(2023, 6, 30)


def arrived(day: date, grade: Grade, **more: object) -> Delivery:
    fields: dict[str, object] = {"letter_no": f"n{day}", "posted_on": day, "open_to": frozenset({grade}), **more}
    return Delivery(grade=grade, arrived_on=day, **fields)  # type: ignore[arg-type]


def overdue(facts: Facts, since: date, *sent: Delivery) -> Facts:
    claim = replace(facts.case.claim, overdue_since=since)
    return replace(facts, case=replace(facts.case, claim=claim), deliveries=sent)


def test_three_years_run_from_the_last_due_date() -> None:
    assert limitation_expiry(limitation_start(date(2023, 7, 1)), ()).last_day == date(2026, 6, 30)
    assert limitation_start(date(2023, 7, 1), last_due=date(2024, 1, 31)) == date(2024, 1, 31)
    assert limitation_start(date(2023, 7, 1), last_due=date(2024, 1, 31), accelerated=date(2023, 11, 1)) == date(2023, 11, 1)


REFUSED = arrived(date(2025, 5, 10), Grade.E3)


@pytest.mark.parametrize(
    ("sent", "last_day", "unconfirmed"),
    [
        ((arrived(date(2025, 5, 10), Grade.E1),), date(2028, 5, 10), 0),
        ((arrived(date(2025, 5, 10), Grade.E2),), date(2028, 5, 10), 0),
        ((REFUSED,), date(2026, 6, 30), 1),
        ((replace(REFUSED, confirmed=Grade.E3),), date(2028, 5, 10), 0),  # law-and-post.md §9
        ((replace(REFUSED, confirmed=Grade.E3, known_changed=True),), date(2026, 6, 30), 0),
        ((replace(REFUSED, confirmed=Grade.E5),), date(2026, 6, 30), 0),
        ((arrived(date(2025, 5, 10), Grade.E1, confirmed=Grade.E5),), date(2026, 6, 30), 0),
        ((arrived(date(2025, 5, 10), Grade.E4, confirmed=Grade.E4),), date(2028, 5, 10), 0),
        ((arrived(date(2025, 5, 10), Grade.E5, open_to=frozenset()),), date(2026, 6, 30), 0),
        ((arrived(date(2025, 5, 10), Grade.E5, open_to=frozenset({Grade.E2})),), date(2026, 6, 30), 1),
        ((arrived(date(2026, 7, 1), Grade.E1),), date(2026, 6, 30), 0),
        ((arrived(date(2026, 1, 2), Grade.E1), arrived(date(2025, 1, 2), Grade.E3)), date(2029, 1, 2), 0),
    ],
)
def test_graded_letters_restart_the_period(sent: tuple[Delivery, ...], last_day: date, unconfirmed: int) -> None:
    expiry = limitation_expiry(START, sent)
    assert (expiry.last_day, expiry.unconfirmed) == (last_day, unconfirmed)


def test_a_card_letter_to_the_reserved_address_counts_on_posting() -> None:
    returned = replace(arrived(date(2025, 5, 20), Grade.E5), posted_on=date(2025, 5, 10), reserved=True)
    assert limitation_expiry(START, (returned,), is_card=True).last_day == date(2028, 5, 10)
    assert limitation_expiry(START, (returned,), is_card=False).last_day == date(2026, 6, 30)
    assert limitation_expiry(START, (replace(returned, reserved=False),), is_card=True).last_day == date(2026, 6, 30)
    assert limitation_expiry(START, (replace(returned, posted_on=None),), is_card=True).last_day == date(2026, 6, 30)
    assert limitation_expiry(START, (replace(returned, known_changed=True),), is_card=True).last_day == date(2026, 6, 30)


def test_twenty_years_are_never_passed() -> None:
    chain = tuple(arrived(date(2003 + 2 * step, 1, 1), Grade.E1) for step in range(1, 12))
    assert limitation_expiry(date(2003, 6, 30), chain).last_day == date(2023, 6, 30)


def test_the_corresponding_day_of_a_leap_day_is_the_last_of_february() -> None:
    assert years_after(date(2024, 2, 29), 3) == date(2027, 2, 28)
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)


DAYS = st.dates(date(2014, 1, 1), date(2040, 1, 1))
SENT = st.builds(
    Delivery,
    letter_no=st.text("abc", min_size=1, max_size=2),
    grade=st.sampled_from(Grade),
    arrived_on=st.none() | DAYS,
    posted_on=st.none() | DAYS,
    reserved=st.booleans(),
    known_changed=st.booleans(),
    confirmed=st.none() | st.sampled_from(Grade),
    open_to=st.just(frozenset({Grade.E2})),
)


@given(st.lists(SENT, max_size=8), st.booleans(), st.randoms(use_true_random=False))
def test_any_order_and_repetition_gives_one_expiry(sent: list[Delivery], is_card: bool, chance) -> None:
    whole = limitation_expiry(date(2015, 6, 30), sent, is_card=is_card)
    again = [*sent, *sent]
    chance.shuffle(again)
    assert limitation_expiry(date(2015, 6, 30), again, is_card=is_card) == whole


@given(st.lists(SENT, max_size=8), SENT, st.booleans())
def test_more_evidence_never_shortens_the_period(sent: list[Delivery], more: Delivery, is_card: bool) -> None:
    before = limitation_expiry(date(2015, 6, 30), sent, is_card=is_card)
    after = limitation_expiry(date(2015, 6, 30), [*sent, more], is_card=is_card)
    assert before.last_day <= after.last_day <= date(2035, 6, 30)
    if not (more.confirmed or is_card):
        confirmed = replace(more, confirmed=Grade.E3)
        assert limitation_expiry(date(2015, 6, 30), [*sent, confirmed]).last_day >= before.last_day


def test_limitation_is_watched(facts: Facts) -> None:
    assert limitation_is_watched(facts) == ()
    near = overdue(facts, date(2024, 3, 1))  # 2027-02-28: 100 days left
    (finding,) = limitation_is_watched(near)
    assert "还有 100 天" in finding.message
    assert judge(near).verdict is Verdict.PLANNED


def test_limitation_is_not_lapsing(facts: Facts) -> None:
    assert limitation_is_not_lapsing(facts) == ()
    barred = overdue(facts, date(2023, 7, 1), REFUSED)
    (finding,) = limitation_is_not_lapsing(barred)
    assert "2026-06-30" in finding.message and "1 次送达待律师确认" in finding.message
    assert judge(barred).verdict is Verdict.HELD
    soon = overdue(facts, date(2023, 12, 20))
    assert "只剩 29 天" in limitation_is_not_lapsing(soon)[0].message
    assert limitation_is_watched(soon) == () == limitation_is_watched(barred)
    in_time = overdue(facts, date(2023, 12, 21))
    assert limitation_is_not_lapsing(in_time) == () and limitation_is_watched(in_time) != ()
    assert limitation_is_not_lapsing(replace(barred, limitation_start=date(2024, 12, 31))) == ()


def test_a_lawyers_choice_of_wording_lets_a_lapsed_letter_go_with_that_template_only(facts: Facts) -> None:
    barred = replace(overdue(facts, date(2023, 7, 1)), lapsed_wording="consumer@1")
    assert judge(barred).verdict is Verdict.PLANNED
    assert judge(replace(barred, lapsed_wording="reminder@1")).verdict is Verdict.HELD


def test_lapsed_claim_threatens_no_suit(letter: LetterFacts) -> None:
    assert lapsed_claim_threatens_no_suit(letter) == ()
    lapsed = replace(letter, lapsed=True)
    (finding,) = lapsed_claim_threatens_no_suit(lapsed)
    assert "不含起诉措辞" in finding.message
    milder = replace(lapsed, text=letter.text.replace("委托人将依法提起诉讼或申请支付令", "委托人希望与您协商"))
    assert [found.rule_id for found in judge_letter(milder)] == []


def test_card_letter_goes_to_the_reserved_address(facts: Facts) -> None:
    card = replace(facts, case=replace(facts.case, product="信用卡"))
    assert card_letter_goes_to_the_reserved_address(card) == ()
    given_address = replace(card.case.addresses[0], source=Source.PUBLIC)
    (finding,) = card_letter_goes_to_the_reserved_address(with_choice(replace(card, case=replace(card.case, addresses=(given_address,)))))
    assert "不是持卡人预留" in finding.message


def test_letters_to_left_addresses_do_not_count(facts: Facts) -> None:
    assert letters_to_left_addresses_do_not_count(replace(facts, deliveries=(REFUSED,))) == ()
    (finding,) = letters_to_left_addresses_do_not_count(replace(facts, deliveries=(replace(REFUSED, known_changed=True),)))
    assert "1 封" in finding.message


def test_service_clause_is_kept(facts: Facts) -> None:
    assert service_clause_is_kept(facts) == ()
    agreed = replace(facts.case.addresses[0], kind=AddressKind.CONTRACT)
    named = with_choice(replace(facts, case=replace(facts.case, addresses=(agreed,))))
    (finding,) = service_clause_is_kept(named)
    assert "条款文本" in finding.message
    assert service_clause_is_kept(replace(named, clause_kept=True)) == ()
