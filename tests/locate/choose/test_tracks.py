"""What earlier letters say about a place (law-and-post.md §7c)."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locate.choose.model import Track
from locate.choose.tracks import NOTHING_KNOWN, Effect, outcome_meanings, place_record

LAW = Path(__file__).resolve().parents[4] / "shared" / "domain" / "law-and-post.md"


def track(outcome: str, month: int = 1, *, own: bool = True) -> Track:
    return Track(date(2026, month, 1), "k", outcome, own)


def test_every_normalised_code_of_the_law_file_has_a_meaning() -> None:
    if not LAW.exists():
        pytest.skip("shared/domain/law-and-post.md is not beside this checkout")
    section = LAW.read_text("utf-8").split("### 7c.")[1].split("## 8.")[0]
    told = {cell for line in section.splitlines() if line.startswith("|") for cell in re.findall(r"\| ([A-Z_]{3,}) \|", line)}
    assert len(told) > 30
    assert set(outcome_meanings()) == told


@pytest.mark.parametrize("code", ["MOVED_AWAY", "MOVED_UNKNOWN", "PERSON_UNKNOWN", "ADDR_WRONG", "UNIT_UNKNOWN", "REFUSED"])
def test_moved_unknown_and_refused_bar_the_place_for_this_debtor(code: str) -> None:
    assert place_record([track(code)], "k").barred == code
    assert place_record([track(code, own=False)], "k").barred == ""


def test_a_place_that_is_gone_is_gone_for_everybody() -> None:
    assert place_record([track("DEMOLISHED", own=False)], "k").barred == "DEMOLISHED"


def test_not_at_home_is_tried_once_more() -> None:
    once = place_record([track("NOT_AT_ADDR")], "k")
    assert (once.barred, once.retries) == ("", 1) and once.weight < 0
    assert place_record([track("NOT_AT_ADDR", 1), track("NOT_AT_ADDR", 2)], "k").barred == "NOT_AT_ADDR"
    assert place_record([track("NOT_AT_ADDR", 1), track("PERSON_NOT_FOUND", 2)], "k").barred == "PERSON_NOT_FOUND"


@pytest.mark.parametrize("code", ["LOST", "CARRIER_MISROUTE", "DAMAGED", "FORCE_MAJEURE", "HOLIDAY", "RECALLED"])
def test_a_carriers_fault_changes_nothing(code: str) -> None:
    """R-DLV-08."""
    assert place_record([track(code)] * 5, "k") == NOTHING_KNOWN


def test_an_unknown_code_and_an_open_letter_change_nothing() -> None:
    assert place_record([track("SOMETHING_NEW"), track("")], "k") == NOTHING_KNOWN


def test_a_signature_wipes_out_what_was_before_it_and_not_what_comes_after() -> None:
    assert place_record([track("MOVED_AWAY", 1), track("OK_SELF", 2)], "k").barred == ""
    assert place_record([track("OK_SELF", 1), track("MOVED_AWAY", 2)], "k").barred == "MOVED_AWAY"


def test_other_places_and_places_without_key_do_not_count() -> None:
    assert place_record([Track(date(2026, 1, 1), "other", "MOVED_AWAY")], "k") == NOTHING_KNOWN
    assert place_record([Track(date(2026, 1, 1), "", "MOVED_AWAY")], "") == NOTHING_KNOWN


def test_a_busy_building_is_not_made_better_and_better() -> None:
    one = place_record([track("OK_SELF", own=False)], "k")
    many = place_record([track("OK_SELF", own=False)] * 50, "k")
    assert one.weight == many.weight > 0


@given(st.lists(st.tuples(st.sampled_from(sorted(outcome_meanings())), st.integers(1, 11), st.booleans()), max_size=8), st.randoms())
def test_order_of_tracks_is_nothing(rows: list[tuple[str, int, bool]], order) -> None:  # type: ignore[no-untyped-def]
    tracks = [track(code, month, own=own) for code, month, own in rows]
    before = place_record(tracks, "k")
    order.shuffle(tracks)
    assert place_record(tracks, "k") == before


def test_weights_have_the_sign_of_their_effect() -> None:
    for meaning in outcome_meanings().values():
        signs = {Effect.GOOD: meaning.self_weight > 0, Effect.RETRY: meaning.self_weight < 0}
        assert signs.get(meaning.self_effect, meaning.self_weight == 0), meaning.code
        assert (meaning.self_retries > 0) == (meaning.self_effect is Effect.RETRY)
