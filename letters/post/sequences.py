"""Runs of numbers missing from a row of file numbers, without counting through them: a number may bear a date. Pure."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise


def missing_runs(numbers: Collection[int]) -> list[tuple[int, int]]:
    """(first, last) of every run of whole numbers between the smallest and the largest that is not there, in order."""
    return [(before + 1, after - 1) for before, after in pairwise(sorted(set(numbers))) if after > before + 1]
