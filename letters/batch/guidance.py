"""签收模型: from the post's tracks, what to ask of the couriers of a destination postcode, in words that may stand beside a manifest.

Postcodes are by district: the name beside one is the office that its tracks name most often, and may stand for several.

Counts of pieces by office only; nothing of a person, and nothing that rests on fewer than ten pieces. A first visit counts; what
the hour can't change (moved, unknown there, the carrier's own faults) and tracks that the post took back are left out and counted.
A lawyer's letter is to be handed over in person: boxes and lockers are never advised, but where an office is in the habit of them,
that is said. No telephone number goes to the post, so calling first can't be asked for; where many ask for another day, a notice is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from letters.batch.history import is_demand
from letters.batch.lookup import is_live
from letters.post.codes import CodeTable, How, UnknownCode
from letters.post.model import EventKind
from letters.post.partner_codes import tables_of
from letters.tables import AnswerFile, Batch, BatchEvent, Letter, Piece, PostEventRow
from locate.case import AddressKind
from locate.tables import CaseAddress, Lender
from models.guidance import WINDOW, Advice, Visits, advice, share_beyond, slot_of
from records.clock import SHANGHAI
from records.lists import one_of

PAGE: Final = 2_000
IN_PERSON: Final = frozenset({How.SELF, How.FAMILY, How.OTHER, How.UNIT, How.OFFICE})
PUT_AWAY: Final = frozenset({How.LOCKER, How.LETTERBOX, How.UNATTENDED, How.PICKED_UP})
MISSED: Final = frozenset({"NOT_AT_ADDR", "PERSON_NOT_FOUND", "UNCLAIMED"})
ASKED: Final = frozenset({"DELAY_REQ", "SELF_PICKUP"})
HABIT: Final = 0.10
"""Share of an office's first visits beyond which boxes, or wishes for another day, are worth a word [D]."""
BY_UNIT: Final = 0.50
"""Share of receipts at places of work beyond which the mail room is the rule there [D]."""
TIMES: Final = {
    "weekday_morning": "工作日上午", "weekday_afternoon": "工作日下午", "weekday_evening": "工作日17时后", "weekend_morning": "周末上午", "weekend_afternoon": "周末下午",
    "weekend_evening": "周末17时后", "weekday": "工作日", "weekend": "周末", "morning": "上午", "afternoon": "下午", "evening": "17时后",
}  # fmt: skip
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Habits:
    """First visits of an office to one kind of place."""

    visits: int = 0
    put_away: int = 0
    asked: int = 0
    received: int = 0
    by_unit: int = 0


@dataclass(frozen=True, slots=True)
class Guide:
    """What is said of an office and kind of place. ``words`` are plain Chinese, short enough for a column."""

    postcode: str
    office: str
    work: bool
    words: tuple[str, ...]
    visits: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Guidance:
    """All that can be said as of a day. ``silent``: offices and kinds with visits of which nothing can be said beyond chance."""

    guides: tuple[Guide, ...]
    silent: int
    visits: int
    unmoved: int
    """Pieces whose first visit says nothing of the hour."""
    taken_back: int


@dataclass(slots=True)
class _Read:
    """Columns as they are read."""

    columns: list[tuple[int, int, bool, int, bool, int]] = field(default_factory=list)
    habits: dict[tuple[str, bool], Habits] = field(default_factory=dict)
    names: dict[str, Counter[str]] = field(default_factory=dict)
    days: dict[tuple[str, bool], list[date]] = field(default_factory=dict)
    unmoved: int = 0
    taken_back: int = 0


def guidance(
    session: Session, as_of: datetime, *, partner_id: UUID | None = None, lender_code: str | None = None, progress: Progress = lambda _done, _total: None
) -> Guidance:
    """From what had come in by ``as_of``, of one partner's or lender's pieces or of all."""
    read = _Read()
    tables: dict[UUID, CodeTable] = {}
    until = as_of.astimezone(SHANGHAI).date()
    total = session.scalar(_pieces(select(func.count()).select_from(Piece), as_of, partner_id, lender_code)) or 0
    done, after = 0, None
    while True:
        query = _pieces(
            select(Piece.id, Piece.item_no, Letter.postcode, Letter.day, Batch.partner_id, CaseAddress.kind, CaseAddress.adcode).select_from(Piece),
            as_of, partner_id, lender_code,
        ).order_by(Piece.id).limit(PAGE)  # fmt: skip
        page: Sequence[Any] = session.execute(query if after is None else query.where(Piece.id > after)).all()
        if not page:
            break
        tables |= tables_of(session, {row.partner_id for row in page} - set(tables))
        _take(session, page, tables, as_of, read)
        done, after = done + len(page), page[-1].id
        progress(done, total)
    return _told(read, until)


def _pieces(query: Any, as_of: datetime, partner_id: UUID | None, lender_code: str | None) -> Any:
    handed = exists().where(BatchEvent.batch_id == Letter.batch_id, BatchEvent.kind == "handed_over", BatchEvent.at <= as_of)
    since = as_of.astimezone(SHANGHAI).date() - timedelta(days=WINDOW + 60)
    query = (
        query.join(Letter, Letter.id == Piece.letter_id)
        .join(Batch, Batch.id == Letter.batch_id)
        .join(Lender, Lender.id == Batch.lender_id)
        .join(CaseAddress, CaseAddress.id == Letter.address_id)
        .where(handed, is_live(), is_demand(), Letter.day >= since)
    )
    if partner_id is not None:
        query = query.where(Batch.partner_id == partner_id)
    return query if lender_code is None else query.where(Lender.code == lender_code)


def _take(session: Session, page: Sequence[Any], tables: dict[UUID, CodeTable], as_of: datetime, read: _Read) -> None:
    tracks: dict[str, list[Any]] = {}
    in_time = exists().where(AnswerFile.id == PostEventRow.file_id, AnswerFile.received_at <= as_of)
    for event in session.execute(
        select(
            PostEventRow.item_no, PostEventRow.occurred_at, PostEventRow.office, PostEventRow.action, PostEventRow.proper_delivery,
            PostEventRow.not_proper_delivery, PostEventRow.effective,
        ).where(one_of(PostEventRow.item_no, [row.item_no for row in page]), in_time)
    ):  # fmt: skip
        tracks.setdefault(event.item_no, []).append(event)
    for row in page:
        events = sorted(tracks.get(row.item_no, []), key=lambda event: (event.occurred_at, event.action))
        if events:
            _visit(row, events, tables[row.partner_id], read)


def _visit(row: Any, events: Sequence[Any], table: CodeTable, read: _Read) -> None:
    for event in events:
        meaning = table.meaning(event.action, event.proper_delivery, event.not_proper_delivery)
        if isinstance(meaning, UnknownCode):
            read.unmoved += 1
            return
        if not event.effective or meaning.kind is EventKind.VOIDS:
            read.taken_back += 1
            return
    for event in events:
        meaning = table.meaning(event.action, event.proper_delivery, event.not_proper_delivery)
        assert not isinstance(meaning, UnknownCode)
        if meaning.kind in (EventKind.DELIVERED, EventKind.ATTEMPT_FAILED) or meaning.norm == "REFUSED":
            break
        if meaning.kind in (EventKind.RETURNING, EventKind.RETURNED, EventKind.LOST):  # nobody stood at a door
            read.unmoved += 1
            return
    else:
        return
    work = row.kind == AddressKind.WORK.value
    key = (row.postcode, work)
    habits = read.habits.setdefault(key, Habits())
    habits.visits += 1
    read.names.setdefault(row.postcode, Counter())[event.office] += 1
    at = event.occurred_at.astimezone(SHANGHAI)
    read.days.setdefault(key, []).append(at.date())
    habits.asked += meaning.norm in ASKED
    if meaning.kind is EventKind.DELIVERED:
        habits.received += 1
        habits.put_away += meaning.how in PUT_AWAY
        habits.by_unit += meaning.how is How.UNIT
    met = meaning.norm == "REFUSED" or (meaning.kind is EventKind.DELIVERED and meaning.how in IN_PERSON)
    missed = meaning.norm in MISSED or (meaning.kind is EventKind.DELIVERED and meaning.how in PUT_AWAY)
    if not (met or missed) or not row.postcode.isdigit():
        read.unmoved += 1
        return
    city = int((row.adcode or "0")[:4])
    read.columns.append((int(row.postcode), city, work, slot_of(at.weekday(), at.hour), met, at.toordinal()))


def _told(read: _Read, until: date) -> Guidance:
    office, city, work, slot, met, day = (np.array(column) for column in zip(*read.columns, strict=True)) if read.columns else (np.zeros(0, np.int64),) * 6
    visits = Visits(
        office.astype(np.int64), city.astype(np.int64), work.astype(bool), slot.astype(np.int64), met.astype(bool), day.astype(np.int64)
    )
    timed, _ = advice(visits, until.toordinal() + 1)
    times = {(f"{one.office:06d}", one.work): one for one in timed}
    guides, silent = [], 0
    for (postcode, at_work), habits in sorted(read.habits.items()):
        words = tuple(_words(times.get((postcode, at_work)), habits, at_work))
        if not words:
            silent += 1
            continue
        days = read.days[postcode, at_work]
        name = read.names[postcode].most_common(1)[0][0]
        guides.append(Guide(postcode, name, at_work, words, habits.visits, min(days), max(days)))
    return Guidance(tuple(guides), silent, len(visits), read.unmoved, read.taken_back)


def pieces_of(session: Session, batch_id: UUID) -> Counter[tuple[str, bool]]:
    """How many live letters of a batch go to each postcode, at homes and at places of work."""
    rows = session.execute(
        select(Letter.postcode, CaseAddress.kind, func.count())
        .join(CaseAddress, CaseAddress.id == Letter.address_id)
        .where(Letter.batch_id == batch_id, is_live())
        .group_by(Letter.postcode, CaseAddress.kind)
    )
    found: Counter[tuple[str, bool]] = Counter()
    for postcode, kind, count in rows:
        found[postcode, kind == AddressKind.WORK.value] += count
    return found


def _words(time: Advice | None, habits: Habits, work: bool) -> list[str]:
    words = []
    if time is not None:
        words.append(f"宜{TIMES[time.option]}投递（见到人 {time.met}/{time.pieces}，其余时段 {time.others_met}/{time.others}）")
    if share_beyond(habits.put_away, habits.received, HABIT):
        words.append(f"请当面交收件人签收，勿投柜箱驿站（入柜箱 {habits.put_away}/{habits.received}）")
    if share_beyond(habits.asked, habits.visits, HABIT):
        words.append(f"收件人常要求改期或自取，请留投递通知单约定再投（{habits.asked}/{habits.visits}）")
    if work and share_beyond(habits.by_unit, habits.received, BY_UNIT):
        words.append(f"多由收发室代收，请注明签收人及其与收件人的关系（{habits.by_unit}/{habits.received}）")
    return words
