"""Missing file numbers, as runs: the same as counting through them, and as quick when a number bears a date."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from letters.post.sequences import missing_runs


@given(st.sets(st.integers(0, 60)))
def test_the_runs_are_what_counting_finds(numbers: set[int]) -> None:
    runs = missing_runs(numbers)
    slow = [n for n in range(min(numbers), max(numbers) + 1) if n not in numbers] if numbers else []
    assert [n for first, last in runs for n in range(first, last + 1)] == slow
    assert all(after > before + 1 for (_, before), (after, _) in pairwise(runs))


def test_a_jump_of_the_numbering_costs_nothing() -> None:
    assert missing_runs([7, 20261123001]) == [(8, 20261123000)]
