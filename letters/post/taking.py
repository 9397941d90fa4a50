"""Writes rows of answer files: events, acknowledgement lines, and aside what belongs to no piece of the partner.

One set of statements for a page of rows, whatever their number. What can't be understood or matched is quarantined whole,
never guessed (R-DLV-03).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import MetaData, Table, exists, func, select, text
from sqlalchemy.orm import Session, aliased

from letters.post.answer_forms import AckLine
from letters.post.answers import Answer, Quarantined, event_digest
from letters.post.model import PostEvent
from letters.tables import (
    Acknowledgement,
    Batch,
    BatchEvent,
    Letter,
    LetterEvent,
    Piece,
    PostEventRow,
    QuarantinedRow,
)
from records.bulk import copy_rows
from records.cipher import Cipher
from records.database import Database
from records.identity import uuid7
from records.lists import one_of

CONTENT: Final = "quarantined_row.content"
DESCRIPTION: Final = "post_event.description"
UNMATCHED: Final[Mapping[str, str]] = {
    "UNKNOWN_ITEM": "不是本方交寄的邮件号码",
    "WRONG_BATCH": "回执的批次与该邮件所在批次不一致",
    "REPEATED_ITEM": "同一回执文件中同一邮件有内容不同的行",
}
"""Why a row that was read well still could not be taken."""
Owner = tuple[UUID, str | None]
"""Batch of an item, and the name it was sealed under."""


class Taker:
    """Takes pages of rows into the records of one partner. ``counts`` grows; ``batches`` are those acknowledged in part."""

    def __init__(self, session: Session, cipher: Cipher, partner_id: UUID) -> None:
        self._session = session
        self._cipher = cipher
        self._partner_id = partner_id
        self.counts: Counter[str] = Counter()
        self.batches: set[UUID] = set()
        self._incoming = False

    def take(self, file_id: UUID, page: Sequence[tuple[int, Answer]]) -> None:
        """Write a page of one file: what is taken, and what is not into quarantine."""
        self._set_aside(file_id, self.sort(file_id, page))

    def sort(self, file_id: UUID, page: Sequence[tuple[int, Answer]]) -> list[Quarantined]:
        """Write what can be taken of a page of one file; the rest comes back with its reason."""
        ours = self._owners({row.item_no for _, row in page if not isinstance(row, Quarantined)})
        events: list[PostEvent] = []
        lines: dict[str, AckLine] = {}
        aside: list[Quarantined] = []
        known = self._lines_of(file_id, [row.item_no for _, row in page if isinstance(row, AckLine)], ours)
        for number, row in page:
            if isinstance(row, Quarantined):
                aside.append(row)
            elif row.item_no not in ours:
                aside.append(self._unmatched(number, row, "UNKNOWN_ITEM"))
            elif isinstance(row, PostEvent):
                events.append(row)
            elif row.batch != ours[row.item_no][1]:
                aside.append(self._unmatched(number, row, "WRONG_BATCH"))
            elif row.item_no not in known:
                lines[row.item_no] = row
                known[row.item_no] = _told(row)
            elif known[row.item_no] == _told(row):
                self.counts["repeated"] += 1
            else:
                aside.append(self._unmatched(number, row, "REPEATED_ITEM"))
        self._write_events(file_id, events)
        self._write_lines(file_id, list(lines.values()), ours)
        return aside

    def _owners(self, items: Collection[str]) -> dict[str, Owner]:
        return {
            item_no: (batch_id, sealed_name)
            for item_no, batch_id, sealed_name in self._session.execute(
                select(Piece.item_no, Batch.id, Batch.sealed_name)
                .join(Letter, Letter.id == Piece.letter_id)
                .join(Batch, Batch.id == Letter.batch_id)
                .where(one_of(Piece.item_no, items), Batch.partner_id == self._partner_id)
            )
        }

    def _lines_of(self, file_id: UUID, items: Collection[str], ours: Mapping[str, Owner]) -> dict[str, tuple[object, ...]]:
        """What this file has said before of these items: a file is read page by page."""
        if not items:
            return {}
        rows = self._session.execute(
            select(
                Acknowledgement.item_no, Acknowledgement.accepted, Acknowledgement.reason, Acknowledgement.weight_g,
                Acknowledgement.postage_fen,
            ).where(Acknowledgement.file_id == file_id, one_of(Acknowledgement.item_no, items))
        )  # fmt: skip
        return {row.item_no: (row.accepted, row.reason, row.weight_g, row.postage_fen) for row in rows}

    def _unmatched(self, number: int, row: PostEvent | AckLine, code: str) -> Quarantined:
        self.counts["unmatched"] += 1
        self.counts[f"quarantined:{code}"] += 1
        return Quarantined(code, number, UNMATCHED[code], content_of(row))

    def _write_events(self, file_id: UUID, events: Sequence[PostEvent]) -> None:
        if not events:
            return
        if not self._incoming:
            self._session.execute(_MAKE_INCOMING)
            self._incoming = True
        keys = [uuid7() for _ in events]
        sealed = self._cipher.seal_many(DESCRIPTION, keys, [event.description for event in events])
        # Through a table of this transaction only: COPY is several times as fast as arrays, but resolves no conflicts.
        copy_rows(
            self._session,
            _INCOMING,
            _EVENT_COLUMNS,
            (
                (
                    key, file_id, event.item_no, event.serial, event.occurred_at, event.office, event.action, event.proper_delivery,
                    event.not_proper_delivery, description, event.effective, event_digest(event),
                )
                for key, event, description in zip(keys, events, sealed, strict=True)
            ),
        )  # fmt: skip
        new = self._session.execute(_ADD_EVENTS).scalar_one()
        self._session.execute(_EMPTY)
        self.counts["new"] += new
        self.counts["repeated"] += len(events) - new

    def _write_lines(self, file_id: UUID, lines: Sequence[AckLine], ours: Mapping[str, Owner]) -> None:
        if not lines:
            return
        self.batches |= {ours[line.item_no][0] for line in lines}
        columns = ("id", "file_id", "batch_id", "item_no", "accepted", "reason", "weight_g", "postage_fen")
        copy_rows(
            self._session,
            Acknowledgement.__table__,
            columns,
            ((uuid7(), file_id, ours[line.item_no][0], line.item_no, *_told(line)) for line in lines),
        )

    def _set_aside(self, file_id: UUID, rows: Sequence[Quarantined]) -> None:
        if not rows:
            return
        keys = [uuid7() for _ in rows]
        sealed = self._cipher.seal_many(CONTENT, keys, [row.content for row in rows])
        copy_rows(
            self._session,
            QuarantinedRow.__table__,
            ("id", "file_id", "row", "code", "what", "content_sealed"),
            ((key, file_id, row.row, row.code, row.what, content) for key, row, content in zip(keys, rows, sealed, strict=True)),
        )


def _told(line: AckLine) -> tuple[object, ...]:
    return (line.accepted, line.reason, line.weight_g, line.postage_fen)


def content_of(row: PostEvent | AckLine) -> str:
    """A row that was read well, as quarantine keeps it."""
    return json.dumps({"row": asdict(row)}, ensure_ascii=False, default=str, sort_keys=True)


def row_of_content(values: Mapping[str, Any]) -> PostEvent | AckLine:
    """What ``content_of`` kept."""
    if "batch" in values:
        return AckLine(**values)
    return PostEvent(**{**values, "occurred_at": datetime.fromisoformat(values["occurred_at"])})


_EVENT_COLUMNS: Final = (
    "id", "file_id", "item_no", "serial", "occurred_at", "office", "action", "proper_delivery", "not_proper_delivery",
    "description_sealed", "effective", "digest",
)  # fmt: skip
_INCOMING: Final = cast(Table, PostEventRow.__table__).to_metadata(MetaData(), name="incoming_post_event")
_MAKE_INCOMING: Final = text("CREATE TEMPORARY TABLE IF NOT EXISTS incoming_post_event (LIKE post_event) ON COMMIT DROP")
_ADD_EVENTS: Final = text(
    f"""
    WITH added AS (
        INSERT INTO post_event ({", ".join(_EVENT_COLUMNS)})
        SELECT {", ".join(_EVENT_COLUMNS)} FROM incoming_post_event
        ON CONFLICT (digest) DO NOTHING RETURNING 1
    )
    SELECT count(*) FROM added
    """  # noqa: S608  names of our own columns
)
_EMPTY: Final = text("TRUNCATE incoming_post_event")


_newer = aliased(Piece)
"""A later copy: the void number of a spoiled one is never acknowledged."""


def note_acknowledged(session: Session, batches: Collection[UUID], actor: str, db: Database) -> None:
    """Mark the batches whose every handed-over piece has been accepted or refused."""
    for batch_id in sorted(batches):
        gone = exists().where(LetterEvent.letter_id == Letter.id, LetterEvent.kind.in_(("void", "pulled")))
        silent = session.scalar(
            select(func.count())
            .select_from(Letter)
            .join(Piece, Piece.letter_id == Letter.id)
            .where(
                Letter.batch_id == batch_id,
                ~gone,
                ~exists().where(_newer.letter_id == Piece.letter_id, _newer.copy_no > Piece.copy_no),
                ~exists().where(Acknowledgement.item_no == Piece.item_no),
            )
        )
        already = session.scalar(
            select(BatchEvent.id).where(BatchEvent.batch_id == batch_id, BatchEvent.kind == "acknowledged")
        )
        if silent == 0 and already is None:
            session.add(BatchEvent(id=uuid7(), batch_id=batch_id, kind="acknowledged", at=db.clock(), actor=actor, detail={}))
            session.flush()
