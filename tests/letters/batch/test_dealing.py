"""Dealing a day's places: within every limit, nothing left unused, in any order of arrival, and nobody starves."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from letters.batch.dealing import Candidate, Limit, Turn, deal

DAY = date(2026, 11, 20)
OFFICES = ("430014", "430100", "100010", "")
LENDERS = ("A", "B", "C", "D")


def limit(scope: tuple[str, ...], left: int, *, fen: bool = False) -> Limit:
    return Limit(scope, left, "H-CAPACITY", f"{scope}", fen)


def letter(key: str, office: str = "430014", soon: int | None = None, price: int = 420) -> Candidate[str]:
    return Candidate(key, "P", "L1", office, price, None if soon is None else DAY + timedelta(days=soon))


@st.composite
def queues(draw: st.DrawFn) -> dict[str, list[Candidate[str]]]:
    found = {}
    for lender in LENDERS[: draw(st.integers(1, 4))]:
        rows = draw(st.lists(st.tuples(st.sampled_from(OFFICES), st.one_of(st.none(), st.integers(0, 9))), max_size=12))
        made = [letter(f"{lender}{n}", office, soon) for n, (office, soon) in enumerate(rows)]
        found[lender] = sorted(made, key=lambda one: (one.lapses_on is None, one.lapses_on or DAY))
    return found


LIMITS = st.lists(
    st.one_of(
        st.builds(lambda left: limit(("counter", "P", ""), left), st.integers(0, 30)),
        st.builds(lambda left: limit(("counter", "P", "43"), left), st.integers(0, 9)),
        st.builds(lambda left: limit(("counter", "P", "430014"), left), st.integers(0, 5)),
        st.builds(lambda left: limit(("lawyer", "L1"), left), st.integers(0, 20)),
        st.builds(lambda left: limit(("budget", "A"), left, fen=True), st.integers(0, 5000)),
        st.builds(lambda left: limit(("budget", ""), left, fen=True), st.integers(0, 9000)),
    ),
    max_size=4,
    unique_by=lambda one: one.scope,
)
TURNS = st.fixed_dictionaries(
    {lender: st.builds(Turn, st.integers(1, 3), st.integers(0, 5), st.one_of(st.none(), st.just(DAY))) for lender in LENDERS}
)


def concerned(one: Limit, lender: str, candidate: Candidate[str]) -> bool:
    kind, *about = one.scope
    if kind == "budget":
        return about[0] in ("", lender)
    return candidate.lawyer == about[0] if kind == "lawyer" else candidate.postcode.startswith(about[1])


@given(queues(), LIMITS, TURNS)
@settings(max_examples=150, deadline=None)
def test_what_goes_keeps_every_limit_and_what_stays_has_a_full_one(waiting, limits, turns) -> None:
    held = deal(waiting, limits, turns)
    used = Counter()
    for lender, queue in waiting.items():
        for one in queue:
            for bound in limits:
                if one.key not in held and concerned(bound, lender, one):
                    used[bound.scope] += one.price_fen if bound.fen else 1
    assert all(used[bound.scope] <= bound.left for bound in limits)
    for lender, queue in waiting.items():
        for one in queue:
            if one.key in held:
                bound = held[one.key]
                assert concerned(bound, lender, one)
                assert used[bound.scope] + (one.price_fen if bound.fen else 1) > bound.left


@given(queues(), LIMITS, TURNS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_neither_order_of_lenders_nor_dealing_twice_changes_anything(waiting, limits, turns, chance: random.Random) -> None:
    held = deal(waiting, limits, turns)
    names = list(waiting)
    chance.shuffle(names)
    assert deal({name: waiting[name] for name in names}, limits[::-1], turns) == held
    kept = {name: [one for one in queue if one.key not in held] for name, queue in waiting.items()}
    assert deal(kept, limits, turns) == {}


@given(st.lists(st.integers(0, 40), min_size=1, max_size=4), st.integers(1, 6), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_no_lender_starves_however_urgent_others_are(sizes: list[int], capacity: int, urgent: int) -> None:
    """Lender A always has urgent letters; every lender that waits is served at least once in as many days as there are lenders."""
    waiting = {
        lender: [letter(f"{lender}{n}", soon=n if lender == "A" and n < urgent * 10 else None) for n in range(size)]
        for lender, size in zip(LENDERS, sizes, strict=False)
    }
    turns = {lender: Turn() for lender in waiting}
    idle = dict.fromkeys(waiting, 0)
    for offset in range(60):
        day = DAY + timedelta(days=offset)
        held = deal(waiting, [limit(("counter", "P", ""), capacity)], turns)
        for lender, queue in waiting.items():
            served = any(one.key not in held for one in queue)
            idle[lender] = 0 if served or not queue else idle[lender] + 1
            assert idle[lender] < len(waiting)
            turns[lender] = Turn(last_served=day if served else turns[lender].last_served)
            waiting[lender] = [one for one in queue if one.key in held]
    if capacity * 60 >= sum(sizes):
        assert not any(waiting.values())


def test_places_follow_the_weights() -> None:
    waiting = {lender: [letter(f"{lender}{n}") for n in range(100)] for lender in "AB"}
    held = deal(waiting, [limit(("counter", "P", ""), 90)], {"A": Turn(1), "B": Turn(2)})
    assert Counter(key[0] for queue in waiting.values() for key in (one.key for one in queue) if key not in held) == {"A": 30, "B": 60}


def test_half_is_shared_then_what_lapses_first_goes_whosever_it_is() -> None:
    waiting = {"A": [letter(f"A{n}", soon=n) for n in range(10)], "B": [letter(f"B{n}") for n in range(10)]}
    held = deal(waiting, [limit(("counter", "P", ""), 8)], {})
    gone = sorted(one.key for queue in waiting.values() for one in queue if one.key not in held)
    assert gone == ["A0", "A1", "A2", "A3", "A4", "A5", "B0", "B1"]


def test_a_full_destination_does_not_keep_out_the_others() -> None:
    waiting = {"A": [letter("A0"), letter("A1"), letter("A2", "100010")]}
    held = deal(waiting, [limit(("counter", "P", "43"), 1), limit(("counter", "P", ""), 2)], {})
    assert {key: bound.scope for key, bound in held.items()} == {"A1": ("counter", "P", "43")}
