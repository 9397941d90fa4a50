"""What does not add up at the post, how old it is and who must act: batches, pieces, files and rows without an account.

Computed from events on every call; nothing is stored but what a person settled (``letters.post.settling``). Kinds and days:
``gap_kinds.csv``. A batch that was closed is looked at again only when new facts have come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.answers.workdays import working_days_after
from letters.batch.state import BatchStep
from letters.post.books import CLASS_NAMES, BatchFacts, Books, PieceClass, Standing
from letters.post.gap_kinds import WHO_NAMES, days_of, gap_kinds
from letters.post.proofs import proof_gaps
from letters.post.reckoning import Progress, reckon
from letters.post.standing import batch_facts, settled_facts
from letters.post.unread import Unread, missing_files, open_quarantine, quarantined
from letters.tables import Partner
from records.clock import SHANGHAI, Clock, today

__all__ = ["Gap", "GapPiece", "Gaps", "SeenPiece", "find_gaps", "gap_of_batch", "gaps_of", "open_quarantine", "pieces_of", "seen_of"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that does not add up: what, of which batch or partner, how many, how old, and who must do what."""

    code: str
    title: str
    subject: str
    """Batch number, or the partner and what of it."""
    count: int
    days: int
    """Calendar days since the oldest began."""
    advice: str
    batch_no: str
    """'' for a gap of no one batch."""
    lender: str
    partner: str
    since: date
    due_on: date
    """From this day on somebody must act."""
    working_days: int
    who: str
    who_name: str
    command: str
    settled: int
    """Pieces of the same kind that a person has settled; they are not in ``count``."""


@dataclass(frozen=True, slots=True)
class GapPiece:
    """A piece that is in a gap. No personal text."""

    batch_no: str
    code: str
    item_no: str
    letter_no: str
    copy_no: int
    position: int
    place: str
    """Its class in the books, in words."""
    since: date
    due_on: date
    days: int
    last_event: str
    """Instant in Shanghai, '' without an event."""
    norm_code: str
    note: str
    """Anomaly codes, or why the post refused it."""


@dataclass(frozen=True, slots=True)
class SeenPiece:
    """A piece in a gap, settled or not; item '' stands for the batch as a whole."""

    item_no: str
    facts: int
    settled: bool


@dataclass(slots=True)
class _Tally:
    count: int = 0
    settled: int = 0
    since: date | None = None
    due_on: date | None = None

    def add(self, count: int, since: date, due_on: date) -> None:
        self.count += count
        self.since = since if self.since is None else min(self.since, since)
        self.due_on = due_on if self.due_on is None else min(self.due_on, due_on)


@dataclass(frozen=True, slots=True)
class Gaps:
    """What one look found: the gaps, and the books of every batch that was looked at."""

    gaps: tuple[Gap, ...]
    books: Mapping[UUID, Books]
    batches: tuple[BatchFacts, ...]


class _Counter:
    """Counts gaps by batch and kind; keeps pieces only of the kind that was asked for."""

    def __init__(
        self,
        on: date,
        settled: Mapping[tuple[UUID, str, str], int],
        days: Mapping[str, Mapping[str, int]],
        *,
        every: bool,
        list_code: str | None = None,
        seen_code: str | None = None,
    ) -> None:
        self._seen_code = seen_code
        self._on, self._settled, self._days, self._every, self._list_code = on, settled, days, every, list_code
        self._due: dict[tuple[str, str, date], date] = {}
        self.tallies: dict[tuple[UUID, str], _Tally] = {}
        self.pieces: list[GapPiece] = []
        self.seen: dict[str, SeenPiece] = {}

    def due_on(self, partner: str, code: str, since: date) -> date:
        """From when on somebody must act."""
        key = (partner, code, since)
        if key not in self._due:
            self._due[key] = gap_kinds()[code].due(since, self._days.get(partner, {}).get(code))
        return self._due[key]

    def piece(self, batch: BatchFacts, piece: Standing, found: PieceClass, code: str, since: date) -> None:
        due_on = self.due_on(batch.partner, code, since)
        tally = self.tallies.setdefault((batch.batch_id, code), _Tally())
        settled = self._settled.get((batch.batch_id, code, piece.item_no), -1) >= piece.facts
        if code == self._seen_code:
            self.seen[piece.item_no] = SeenPiece(piece.item_no, piece.facts, settled)
        if settled:
            tally.settled += 1
            return
        if not self._every and due_on > self._on:
            return
        tally.add(1, since, due_on)
        if code == self._list_code:
            self.pieces.append(_gap_piece(batch, piece, found, code, since, due_on, self._on))

    def batch(self, batch: BatchFacts, code: str, count: int, since: date, facts: int) -> None:
        due_on = self.due_on(batch.partner, code, since)
        tally = self.tallies.setdefault((batch.batch_id, code), _Tally())
        settled = self._settled.get((batch.batch_id, code, ""), -1) >= facts
        if code == self._seen_code:
            self.seen[""] = SeenPiece("", facts, settled)
        if settled:
            tally.settled += count
        elif self._every or due_on <= self._on:
            tally.add(count, since, due_on)


def _gap_piece(
    batch: BatchFacts, piece: Standing, found: PieceClass, code: str, since: date, due_on: date, on: date
) -> GapPiece:
    last = piece.last_event_at
    return GapPiece(
        batch_no=batch.batch_no, code=code, item_no=piece.item_no, letter_no=piece.letter_no, copy_no=piece.copy_no,
        position=piece.position, place=CLASS_NAMES[found], since=since, due_on=due_on, days=(on - since).days,
        last_event="" if last is None else last.astimezone(SHANGHAI).isoformat(timespec="seconds"), norm_code=piece.norm_code,
        note=" ".join(piece.anomalies) or piece.reason,
    )  # fmt: skip


def find_gaps(session: Session, clock: Clock) -> list[Gap]:
    """Every gap that is due as of today, batches in order of their number."""
    return list(gaps_of(session, clock).gaps)


def gaps_of(
    session: Session,
    clock: Clock,
    *,
    batches: Sequence[BatchFacts] | None = None,
    every: bool = False,
    progress: Progress = lambda _what, _done, _total: None,
) -> Gaps:
    """Gaps and books in one look.

    Args:
        batches: only these; the house's own gaps (files, quarantine) are then left out.
        every: also what nobody need act on yet, and kinds that are wholly settled.
    """
    on = today(clock)
    known = batch_facts(session) if batches is None else list(batches)
    looked = _to_look_at(known) if batches is None else known
    ids = [one.batch_id for one in looked]
    counter = _Counter(on, settled_facts(session, ids), _partner_days(session), every=every)
    books = reckon(session, looked, counter, progress=progress)
    found = []
    for batch in looked:
        for code in gap_kinds():
            tally = counter.tallies.get((batch.batch_id, code))
            if tally is not None and tally.count:
                found.append(_gap(code, batch.batch_no, batch.partner, tally, on, batch=batch))
    found += _proofs(session, counter, on, known, None if batches is None else ids)
    if batches is None:
        found += _of_the_house(session, counter, on)
    found.sort(key=lambda gap: (not gap.batch_no, gap.batch_no, gap_kinds()[gap.code].order, gap.subject))
    return Gaps(tuple(found), books, tuple(looked))


def pieces_of(session: Session, clock: Clock, batch: BatchFacts, code: str, *, every: bool = False) -> list[GapPiece]:
    """The pieces of a batch that are in a gap of one kind, in manifest order."""
    counter = _Counter(
        today(clock), settled_facts(session, [batch.batch_id]), _partner_days(session), every=every, list_code=code
    )
    reckon(session, [batch], counter)
    return counter.pieces


def seen_of(session: Session, clock: Clock, batch: BatchFacts, code: str) -> dict[str, SeenPiece]:
    """By item number, every piece of a batch that is in a gap of one kind, due or not, settled or not."""
    counter = _Counter(
        today(clock), settled_facts(session, [batch.batch_id]), _partner_days(session), every=True, seen_code=code
    )
    reckon(session, [batch], counter)
    return counter.seen


def _to_look_at(batches: Iterable[BatchFacts]) -> list[BatchFacts]:
    """All but those closed without new facts, and void ones of which the post said nothing."""
    return [one for one in batches if one.step is not BatchStep.CLOSED and ("void" not in one.steps or one.facts)]


def _partner_days(session: Session) -> dict[str, dict[str, int]]:
    return {code: days_of(settings, code) for code, settings in session.execute(select(Partner.code, Partner.settings))}


def _gap(code: str, subject: str, partner: str, tally: _Tally, on: date, batch: BatchFacts | None = None) -> Gap:
    kind = gap_kinds()[code]
    since, due_on = tally.since or on, tally.due_on or on
    batch_no = batch.batch_no if batch else ""
    return Gap(
        code=code, title=kind.title, subject=subject, count=tally.count, days=(on - since).days, advice=kind.advice,
        batch_no=batch_no, lender=batch.lender if batch else "", partner=partner, since=since, due_on=due_on,
        working_days=working_days_after(since, on), who=kind.who.value, who_name=WHO_NAMES[kind.who],
        command=kind.command.format(batch=batch_no), settled=tally.settled,
    )  # fmt: skip


def gap_of_batch(batch: BatchFacts, code: str, count: int, since: date, clock: Clock) -> Gap:
    """A gap that another module has found in a batch."""
    tally = _Tally()
    tally.add(count, since, gap_kinds()[code].due(since))
    return _gap(code, batch.batch_no, batch.partner, tally, today(clock), batch=batch)


def _proofs(
    session: Session, counter: _Counter, on: date, batches: Sequence[BatchFacts], ids: Sequence[UUID] | None
) -> list[Gap]:
    """Proofs are owed for closed batches too."""
    known = {one.batch_id: one for one in batches}
    tallies: dict[tuple[UUID, str], _Tally] = {}
    for batch_id, code, since, count in proof_gaps(session, on, ids):
        due_on = counter.due_on(known[batch_id].partner, code, since)
        if due_on <= on:  # one that is not due yet hinders nothing: it stays owed after the batch is closed
            tallies.setdefault((batch_id, code), _Tally()).add(count, since, due_on)
    return [
        _gap(code, known[batch_id].batch_no, known[batch_id].partner, tally, on, batch=known[batch_id])
        for (batch_id, code), tally in tallies.items()
    ]


def _of_the_house(session: Session, counter: _Counter, on: date) -> list[Gap]:
    rows: list[Unread] = [*quarantined(session), *missing_files(session)]
    found = []
    for row in rows:
        tally = _Tally()
        tally.add(row.count, row.since, counter.due_on(row.partner, row.code, row.since))
        found.append(_gap(row.code, row.subject, row.partner, tally, on))
    return found

