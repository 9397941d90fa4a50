"""The books: every piece in one class, every inequality has its pieces, nothing hides and nothing is counted twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.batch.state import FROM_POST
from letters.post.books import (
    AT_THE_POST,
    CLASS_NAMES,
    BatchFacts,
    Books,
    PieceClass,
    Standing,
    books_of,
    piece_class,
)
from letters.post.gap_kinds import Level, Settle, days_of, gap_kinds, kind_of
from letters.post.model import LetterState
from letters.post.piece_gaps import batch_gaps, piece_gaps
from records.errors import WrongUsage

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
STEPS = ("planned", "released", "printed", "sealed", "handed_over", "acknowledged")


def batch(*steps: str, sealed: int | None = None, facts: int = 0, closed: int | None = None) -> BatchFacts:
    """A batch that came so far, an hour a step."""
    times = {step: AT + timedelta(hours=number) for number, step in enumerate(steps)}
    return BatchFacts(
        batch_id=UUID(int=1), batch_no="B20261120-01", day=date(2026, 11, 20), lender="DEMO", partner="POST", partner_id=UUID(int=2),
        steps=times, sealed_pieces=sealed, facts=facts, closed_facts=closed,
    )  # fmt: skip


def piece(number: int = 1, **more: object) -> Standing:
    fields: dict[str, object] = {
        "letter_id": UUID(int=number), "position": number, "letter_no": f"第{number}号", "item_no": f"XA{number:011d}", "copy_no": 1,
        "newest": True, "printed": True,
    }  # fmt: skip
    return Standing(**{**fields, **more})  # type: ignore[arg-type]


HANDED = batch(*STEPS, sealed=1)
delivered = {"acknowledged": True, "state": LetterState.DELIVERED, "acks": 1, "events": 4, "last_event_at": AT}

instants = st.integers(0, 9).map(lambda hours: AT + timedelta(hours=hours))
standings = st.builds(
    piece,
    number=st.integers(1, 10**6),
    newest=st.booleans(),
    printed=st.booleans(),
    gone=st.sampled_from(["", "", "pulled", "void"]),
    gone_at=st.none() | instants,
    inserted=st.sampled_from([None, True, False]),
    acknowledged=st.sampled_from([None, True, False]),
    other_figures=st.booleans(),
    state=st.none() | st.sampled_from(sorted(FROM_POST)) | st.just(LetterState.HANDED_OVER),
    needs_person=st.booleans(),
    attempts=st.integers(0, 2),
    events=st.integers(0, 3),
    acks=st.integers(0, 2),
)
batches = st.builds(
    lambda count, void, sealed: batch(*STEPS[:count], *(["void"] if void and count < 5 else []), sealed=sealed if count >= 4 else None),
    st.integers(1, len(STEPS)), st.booleans(), st.integers(0, 8),
)  # fmt: skip


@given(st.lists(standings, max_size=8), batches)
def test_every_piece_is_in_exactly_one_class(pieces, one) -> None:
    books = books_of(pieces, one)
    assert sum(books.classes.values()) == books.generated == len(pieces)
    assert books.printed + books.spoiled + books.withdrawn + books.pending <= books.generated
    assert books.accepted == sum(books.classes[c] for c in (PieceClass.DELIVERED, PieceClass.RETURNED, PieceClass.LOST, PieceClass.OPEN))


@given(st.lists(standings, max_size=8), batches, st.randoms())
def test_the_books_do_not_depend_on_the_order_of_pieces(pieces, one, random) -> None:
    shuffled = list(pieces)
    random.shuffle(shuffled)
    first, second = books_of(pieces, one), books_of(shuffled, one)
    assert [(e.code, e.left, e.right) for e in first.equations()] == [(e.code, e.left, e.right) for e in second.equations()]


@given(st.lists(standings, max_size=8), batches)
def test_what_does_not_add_up_is_always_a_gap(pieces, one) -> None:
    books = books_of(pieces, one)
    gaps = {code for each in pieces for code, _ in piece_gaps(each, one, piece_class(each, one))}
    gaps |= {code for code, _, _ in batch_gaps(one, books)}
    if not books.balanced:
        assert gaps & {"LEFT_OUT", "NOT_INSERTED", "PULLED_IN_MANIFEST", "COUNT_DIFFERS", "NO_ACKNOWLEDGEMENT"}


@given(st.lists(standings, min_size=1, max_size=8), batches)
def test_a_piece_without_an_end_is_always_a_gap_once_it_was_handed_over(pieces, one) -> None:
    for each in pieces:
        found = piece_class(each, one)
        gaps = {code for code, _ in piece_gaps(each, one, found)}
        if found in (PieceClass.OPEN, PieceClass.UNANSWERED):
            ends = gaps & {"NO_TRACK", "ATTEMPT_NO_END", "STUCK_IN_TRANSIT", "CONTRADICTION"}
            assert len(ends) == 1 if found is PieceClass.OPEN else gaps
        assert gaps <= set(gap_kinds())


@given(st.lists(st.tuples(standings, batches), max_size=6))
def test_totals_are_the_sums(rows) -> None:
    total = Books()
    parts = []
    for each, one in rows:
        part = books_of([each], one)
        parts.append(part)
        total.merge(part)
    assert total.generated == len(rows)
    assert total.manifest == sum(part.manifest for part in parts)
    for name in PieceClass:
        assert total.classes[name] == sum(part.classes[name] for part in parts)


@pytest.mark.parametrize(
    ("more", "expected", "gaps"),
    [
        (delivered, PieceClass.DELIVERED, []),
        ({**delivered, "state": LetterState.LOST}, PieceClass.LOST, ["LOST_PIECE"]),
        ({**delivered, "other_figures": True}, PieceClass.DELIVERED, ["OTHER_FIGURES"]),
        ({**delivered, "acknowledged": None, "acks": 0}, PieceClass.DELIVERED, ["NO_ACKNOWLEDGEMENT"]),
        ({**delivered, "acknowledged": False}, PieceClass.DELIVERED, ["REFUSED_BUT_TRACKED"]),
        ({**delivered, "newest": False}, PieceClass.SPOILED, ["VOID_SEEN"]),
        ({**delivered, "gone": "pulled", "gone_at": AT}, PieceClass.WITHDRAWN, ["VOID_SEEN"]),
        ({**delivered, "gone": "pulled", "gone_at": AT + timedelta(days=1)}, PieceClass.DELIVERED, ["PULLED_IN_MANIFEST"]),
        ({"acknowledged": False, "acks": 1}, PieceClass.REFUSED, ["REFUSED_BY_POST"]),
        ({"acknowledged": True, "acks": 1}, PieceClass.OPEN, ["NO_TRACK"]),
        ({}, PieceClass.UNANSWERED, ["NO_ACKNOWLEDGEMENT"]),
        ({**delivered, "state": LetterState.IN_TRANSIT}, PieceClass.OPEN, ["STUCK_IN_TRANSIT"]),
        ({**delivered, "state": LetterState.IN_TRANSIT, "attempts": 2}, PieceClass.OPEN, ["ATTEMPT_NO_END"]),
        ({**delivered, "state": LetterState.IN_TRANSIT, "attempts": 2, "needs_person": True}, PieceClass.OPEN, ["CONTRADICTION"]),
        ({"newest": False}, PieceClass.SPOILED, []),
        ({**delivered, "inserted": False}, PieceClass.DELIVERED, ["NOT_INSERTED"]),
        ({"printed": False}, PieceClass.UNPRINTED, ["LEFT_OUT"]),
    ],
)
def test_where_a_piece_stands_and_what_is_wrong_with_it(more, expected, gaps) -> None:
    one = piece(**more)
    found = piece_class(one, HANDED)
    assert found is expected
    assert [code for code, _ in piece_gaps(one, HANDED, found)] == gaps


def test_a_letter_pulled_after_the_seal_is_named_where_printed_and_handed_over_differ() -> None:
    one = batch(*STEPS, sealed=2)
    books = books_of([piece(1, **delivered), piece(2, **delivered, gone="pulled", gone_at=AT + timedelta(days=1))], one)
    by_code = {e.code: e for e in books.equations()}
    assert (by_code["HANDED_OVER"].left, by_code["HANDED_OVER"].difference) == (1, -1)
    assert by_code["HANDED_OVER"].pieces == ("XA00000000002",)
    assert by_code["GENERATED"].difference == by_code["ANSWERED"].difference == 0
    assert books.unexplained == 0


def test_a_seal_that_counts_other_pieces_than_there_are_is_told() -> None:
    one = batch(*STEPS, sealed=3)
    books = books_of([piece(1, **delivered)], one)
    assert [(code, count) for code, count, _ in batch_gaps(one, books)] == [("COUNT_DIFFERS", 2)]


def test_reprinting_makes_one_piece_more_and_one_spoiled() -> None:
    one = batch(*STEPS, sealed=1)
    books = books_of([piece(1, newest=False), piece(1, copy_no=2, item_no="XA00000000099", **delivered)], one)
    assert books.balanced
    assert (books.generated, books.printed, books.spoiled) == (2, 1, 1)


@pytest.mark.parametrize(
    ("steps", "code"),
    [(1, "NOT_RELEASED"), (2, "NOT_PRINTED"), (3, "NOT_SEALED"), (4, "NOT_HANDED_OVER"), (5, None)],
)
def test_a_batch_that_does_not_go_on_says_what_it_waits_for(steps, code) -> None:
    one = batch(*STEPS[:steps], sealed=1 if steps > 3 else None)
    books = books_of([piece(printed=steps > 2)], one)
    assert [found for found, _, _ in batch_gaps(one, books)] == ([code] if code else [])


def test_a_closed_batch_counts_as_open_again_once_it_has_new_facts() -> None:
    before, after = batch(*STEPS, "closed", sealed=1, facts=5, closed=5), batch(*STEPS, "closed", sealed=1, facts=7, closed=5)
    assert (before.step.value, after.step.value) == ("closed", "acknowledged")
    assert [(code, count) for code, count, _ in batch_gaps(after, books_of([piece(**delivered)], after))] == [("CLOSED_NEW_FACTS", 2)]


def test_the_table_of_kinds_is_whole() -> None:
    for kind in gap_kinds().values():
        assert kind.advice and kind.command.startswith("handa ") and kind.source
        assert kind.level is not Level.HOUSE or kind.settle is Settle.NO
    assert set(CLASS_NAMES) == set(PieceClass) and set(PieceClass) > AT_THE_POST
    with pytest.raises(WrongUsage, match="没有缺口种类"):
        kind_of("NO_SUCH")


def test_due_days_are_calendar_or_working_days_and_a_partner_may_have_its_own() -> None:
    friday = date(2026, 11, 20)
    assert kind_of("NO_TRACK").due(friday) == date(2026, 11, 27)
    assert kind_of("NOT_SEALED").due(friday) == date(2026, 11, 23)
    assert kind_of("NO_TRACK").due(friday, 3) == date(2026, 11, 23)
    assert days_of({"gap_days": {"NO_TRACK": 3}}, "POST") == {"NO_TRACK": 3}
    for wrong in ({"NO_SUCH": 1}, {"NO_TRACK": -1}, {"NO_TRACK": True}, {"NO_TRACK": 9999}, ["NO_TRACK"]):
        with pytest.raises(WrongUsage):
            days_of({"gap_days": wrong}, "POST")
