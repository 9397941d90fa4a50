"""Injected faults are found on exactly the pieces that they touched; a slow, obvious reference agrees on any log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letters.batch.envelopes import Code, Expected, Key, Reading, Standing, judge_log
from letters.press.mark import Mark

BATCH = "B20261121-01"
Sheet = Mark | None
"""None = the camera read nothing."""
Envelopes = list[list[Sheet]]

SHEETS = st.lists(st.integers(1, 4), min_size=2, max_size=9)


def perfect(sheets: Sequence[int]) -> Envelopes:
    return [[Mark(BATCH, piece, 1, number, count) for number in range(1, count + 1)] for piece, count in enumerate(sheets, 1)]


def expected_of(sheets: Sequence[int]) -> dict[Key, Expected]:
    return {(piece, 1): Expected(count) for piece, count in enumerate(sheets, 1)}


def readings(envelopes: Envelopes) -> list[Reading]:
    flat = [(str(number), sheet) for number, envelope in enumerate(envelopes, 1) for sheet in envelope]
    return [Reading(row, mark, "" if mark else "NO_READ", "", envelope) for row, (envelope, mark) in enumerate(flat, 2)]


def as_the_machine_closes(sheets: list[Sheet]) -> Envelopes:
    """Where no envelope is numbered: the inserter closes it at the last sheet of a set."""
    out: Envelopes = [[]]
    for sheet in sheets:
        out[-1].append(sheet)
        if sheet is not None and sheet.sheet == sheet.sheets:
            out.append([])
    return out


def whole_by_reference(envelopes: Envelopes, sheets: Sequence[int]) -> set[int]:
    """Pieces whose sheets are in one envelope only, which holds nothing else, in order."""
    good = set()
    for piece, count in enumerate(sheets, 1):
        holding = [envelope for envelope in envelopes if any(one and one.batch_no == BATCH and one.piece == piece for one in envelope)]
        if holding == [[Mark(BATCH, piece, 1, number, count) for number in range(1, count + 1)]]:
            good.add(piece)
    return good


def found_whole(envelopes: Envelopes, sheets: Sequence[int], *, numbered: bool = True) -> set[int]:
    verdicts, _ = judge_log(BATCH, readings(envelopes), expected_of(sheets), numbered=numbered)
    return {piece for (piece, _), verdict in verdicts.items() if verdict.whole}


@st.composite
def injected(draw: st.DrawFn) -> tuple[list[int], Envelopes, set[int]]:
    """Sheets of each piece, what the envelopes hold after some faults, and the pieces that the faults touched."""
    sheets = draw(SHEETS)
    envelopes = perfect(sheets)
    touched: set[int] = set()
    for piece in draw(st.lists(st.integers(1, len(sheets)), unique=True, max_size=4)):
        if piece in touched:
            continue
        envelope = envelopes[piece - 1]
        place = draw(st.integers(0, len(envelope) - 1))
        fault = draw(st.sampled_from(["missing", "doubled", "order", "unread", "swapped", "other batch", "twice", "lost"]))
        touched.add(piece)
        if fault == "missing" or (fault == "order" and len(envelope) == 1):
            del envelope[place]
        elif fault == "doubled":
            envelope.insert(place, envelope[place])
        elif fault == "order":
            envelope.append(envelope.pop(0))
        elif fault == "unread":
            envelope[place] = None
        elif fault == "other batch":
            envelope.insert(place, Mark("B20261121-02", piece, 1, 1, 1))
        elif fault == "twice":
            envelopes.append(list(envelope))
        elif fault == "lost":
            envelope.clear()
        else:
            other = draw(st.integers(1, len(sheets)))
            # Two pieces of one sheet that change places are two whole pieces in another order: no fault.
            if other == piece or other in touched or len(envelope) == len(envelopes[other - 1]) == 1:
                envelope.clear()
            else:
                mine, theirs = envelope, envelopes[other - 1]
                at = draw(st.integers(0, len(theirs) - 1))
                mine[place], theirs[at] = theirs[at], mine[place]
                touched.add(other)
    return sheets, envelopes, touched


@given(case=injected())
@settings(max_examples=400, deadline=None)
def test_exactly_the_pieces_that_a_fault_touched_are_found(case: tuple[list[int], Envelopes, set[int]]) -> None:
    sheets, envelopes, touched = case
    assert found_whole(envelopes, sheets) == set(range(1, len(sheets) + 1)) - touched


@given(sheets=SHEETS, data=st.data())
@settings(max_examples=400, deadline=None)
def test_any_order_of_sheets_is_judged_as_the_reference_judges_it(sheets: list[int], data: st.DataObject) -> None:
    flat = [sheet for envelope in perfect(sheets) for sheet in envelope]
    for _ in range(data.draw(st.integers(0, 5))):
        at, other = data.draw(st.integers(0, len(flat) - 1)), data.draw(st.integers(0, len(flat) - 1))
        kind = data.draw(st.sampled_from(["swap", "unread", "insert", "drop"]))
        if kind == "swap":
            flat[at], flat[other] = flat[other], flat[at]
        elif kind == "unread":
            flat[at] = None
        elif kind == "insert":
            flat.insert(at, flat[other])
        elif len(flat) > 1:
            del flat[at]
    envelopes = as_the_machine_closes(flat)
    assert found_whole(envelopes, sheets, numbered=False) == whole_by_reference(envelopes, sheets)


@pytest.mark.parametrize(("change", "codes"), [
    (lambda e: e[0].pop(), {1: {Code.MISSING_SHEET}}),
    (lambda e: e[0].insert(0, e[0][0]), {1: {Code.DOUBLED_SHEET}}),
    (lambda e: e[0].reverse(), {1: {Code.SHEET_ORDER}}),
    (lambda e: e[0].insert(1, None), {1: {Code.UNREAD_SHEET}}),
    (lambda e: e.append(list(e[1])), {2: {Code.DOUBLED_COPY}}),
    (lambda e: e.append([e[0].pop()]), {1: {Code.SPLIT}}),
    (lambda e: e[0].__setitem__(1, e[1].pop()), {1: {Code.FOREIGN_SHEET, Code.MISSING_SHEET}, 2: {Code.FOREIGN_SHEET, Code.SPLIT}}),
    (lambda e: e[0].__setitem__(0, replace(e[0][0], sheets=3)), {1: {Code.SHEET_COUNT}}),
])  # fmt: skip
def test_what_is_wrong_is_named(change, codes) -> None:  # type: ignore[no-untyped-def]
    sheets = [2, 2, 1]
    envelopes = perfect(sheets)
    change(envelopes)
    verdicts, faults = judge_log(BATCH, readings(envelopes), expected_of(sheets), numbered=True)
    assert {piece: set(one.codes) for (piece, _), one in verdicts.items() if one.codes} == codes
    assert all(one.sentence for one in verdicts.values() if one.codes)
    assert len(faults) == sum(sheet is None for envelope in envelopes for sheet in envelope)


def test_void_pulled_and_unknown_copies_are_told_apart() -> None:
    expected = {(1, 1): Expected(1, Standing.VOID), (1, 2): Expected(1), (2, 1): Expected(1, Standing.PULLED)}
    seen = [[Mark(BATCH, 1, 1, 1, 1)], [Mark(BATCH, 1, 2, 1, 1)], [Mark(BATCH, 2, 1, 1, 1)], [Mark(BATCH, 9, 1, 1, 1)], [Mark("B1", 1, 1, 1, 1)]]
    verdicts, faults = judge_log(BATCH, readings(seen), expected, numbered=True)
    assert {key: one.codes for key, one in verdicts.items()} == {(1, 1): (Code.VOID_COPY,), (1, 2): (), (2, 1): (Code.PULLED,)}
    assert [fault.code for fault in faults] == ["NO_SUCH_COPY", "OTHER_BATCH"]
