"""Proof that a debtor is lost (R-THP-02)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locate.contacts.lost_contact import NOT_LOST, CallAttempt, CallResult, lost_contact

A, F, I = CallResult.ANSWERED, CallResult.FAILED, CallResult.INVALID_NUMBER  # noqa: E741


def calls(*rows: tuple[int, CallResult], token: str = "n1") -> list[CallAttempt]:
    return [CallAttempt(date(2026, 11, day), order, token, result) for order, (day, result) in enumerate(rows)]


@pytest.mark.parametrize(
    ("attempts", "day", "how"),
    [
        (calls(), 20, ""),
        (calls((1, I)), 1, "号码无效"),
        (calls((1, I)) + calls((1, F), token="n2"), 1, ""),
        (calls((1, I)) + calls((2, I), token="n2"), 2, "号码无效"),
        (calls((1, F), (1, F), (1, F)), 1, ""),  # the same day is too early
        (calls((1, F), (1, F), (1, F)), 2, "连续三次呼叫未通"),
        (calls((1, F), (1, A), (1, F), (1, F)), 9, ""),
        (calls((1, F), (2, F)), 9, ""),
        (calls((1, F), (2, F), (3, F)), 3, "连续三日无法联系"),
        (calls((1, F), (2, F), (4, F)), 4, ""),
        (calls((1, F), (2, F), (4, F)), 5, "连续三次呼叫未通"),
        (calls((1, F), (2, F), (3, F), (4, A)), 9, ""),
        (calls((1, F), (2, F), (9, F)), 3, ""),  # what happens later proves nothing today
    ],
)
def test_the_three_ways_to_be_lost(attempts: list[CallAttempt], day: int, how: str) -> None:
    found = lost_contact(attempts, date(2026, 11, day))
    assert found.lost is bool(how)
    if how:
        assert found.how == how
    elif found != NOT_LOST:  # calls are on file and are said, so that nobody thinks they were not taken
        assert "次未通" in found.how
    if found.lost:
        assert found.since is not None and found.since <= date(2026, 11, day)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from([F, I, A]), st.sampled_from(["n1", "n2"])), max_size=8),
    st.randoms(),
)
def test_an_answered_call_ends_it_and_the_order_of_the_log_is_nothing(
    rows: list[tuple[int, CallResult, str]], order  # type: ignore[no-untyped-def]
) -> None:
    attempts = [CallAttempt(date(2026, 11, day), n, token, result) for n, (day, result, token) in enumerate(rows)]
    before = lost_contact(attempts, date(2026, 11, 10))
    shuffled = list(attempts)
    order.shuffle(shuffled)
    assert lost_contact(shuffled, date(2026, 11, 10)) == before
    answered = [*attempts, CallAttempt(date(2026, 11, 10), 99, "n1", A)]
    assert lost_contact(answered, date(2026, 11, 10)) == NOT_LOST
