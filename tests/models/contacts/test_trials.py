"""Trials are point in time, and refuse what cannot be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.contacts.trials import ContactTrials, Result


def test_as_of_a_day_later_rows_are_gone_and_later_results_still_open(make_trials) -> None:
    trials = make_trials(20)
    day = int(trials.day[0]) + 35
    past = trials.as_of(day)
    assert past.day.max() == trials.day.max() < day and len(past) == len(trials)
    assert (past.known_day <= day).all() and past.known.sum() < trials.known.sum()
    assert past.asked.sum() == trials.asked.sum(), "asked and still open is not the same as never asked"
    assert (past.result[~past.known] == Result.UNKNOWN).all()
    assert trials.as_of(int(trials.day[0])).day.max() == trials.day[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"asked": np.zeros(60, bool)}, "not asked"),
        ({"known_day": np.full(60, 5)}, "known before"),
        ({"group": np.full(60, 2)}, "relation group"),
        ({"values": np.full((60, 4), np.nan)}, "finite"),
        ({"values": np.zeros((60, 3))}, "4 features"),
        ({"case": np.zeros(59, np.int64)}, "lengths"),
    ],
)
def test_what_cannot_be_is_refused(make_trials, change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(make_trials(20), **change)


def test_parts_are_joined_only_when_their_columns_mean_the_same(make_trials) -> None:
    one = make_trials(5)
    assert len(ContactTrials.joined(one, one.take(np.arange(4)))) == 19
    with pytest.raises(ValueError, match="different features"):
        ContactTrials.joined(one, replace(one, groups=("friend", "parent")))
