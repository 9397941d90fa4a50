"""Keeps what comes back from the post: answer files by content, acknowledgements, events; and computes outcomes.

Rows are only added. A file is taken once (by its bytes); an event once (by its digest), however many files repeat it.
What can't be understood or matched is quarantined whole, never guessed (R-DLV-03).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from letters.post.answer_forms import AckLine
from letters.post.answers import Answer, Quarantined, event_digest, read_answers
from letters.post.codes import load_code_table
from letters.post.model import LetterState, PostEvent
from letters.post.outcome import Outcome, outcome
from letters.post.repeats import note_repeat
from letters.tables import (
    Acknowledgement,
    AnswerFile,
    Batch,
    BatchEvent,
    Letter,
    LetterEvent,
    Partner,
    Piece,
    PostEventRow,
    QuarantinedRow,
)
from records.audit import append_audit
from records.cipher import Cipher
from records.database import Database
from records.errors import UnreadableInput, WrongUsage
from records.files import hash_file
from records.identity import uuid7
from records.lists import one_of

_Item = TypeVar("_Item")


def batched(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Lists of up to ``size`` items, in order (itertools.batched is of Python 3.12)."""
    waiting = iter(items)
    while page := list(islice(waiting, size)):
        yield page


Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """What importing an answer file did. ``already``: the same bytes had been taken before."""

    name: str
    kind: str
    already: bool
    counts: dict[str, int]


PAGE = 2_000
"""Rows matched and written by one set of statements."""


def import_answer(
    db: Database,
    partner_code: str,
    path: Path,
    *,
    actor: str,
    received_at: datetime | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> AnswerReport:
    """Take one answer file whole: rows, quarantine and the file's record in one transaction.

    Args:
        received_at: when it came, to refuse events from the future; None = not checked (simulated time).

    Raises:
        UnreadableInput: it is none of the partner's forms.
        WrongUsage: there is no such partner.
    """
    try:
        sha256 = hash_file(path)
    except OSError as fault:
        raise UnreadableInput(f"无法读取 {path}：{fault.strerror}。", "请核对路径与权限。") from fault
    with db.session() as session:
        partner = session.scalar(select(Partner).where(Partner.code == partner_code))
        if partner is None:
            raise WrongUsage(f"没有邮政合作方“{partner_code}”。", "请用 handa partner list 查看。")
        known = session.scalar(
            select(AnswerFile).where(AnswerFile.partner_id == partner.id, AnswerFile.sha256 == sha256)
        )
        if known is not None:
            if path.name != known.name:
                again = read_answers(path, load_code_table(), aliases=_aliases(partner))
                note_repeat(session, known, path.name, again.sequence, db.clock())
            return AnswerReport(path.name, known.kind, already=True, counts=dict(known.counts))
        answers = read_answers(path, load_code_table(), aliases=_aliases(partner), received_at=received_at)
        file = AnswerFile(
            id=uuid7(),
            partner_id=partner.id,
            sha256=sha256,
            name=path.name,
            kind=answers.kind,
            sequence=answers.sequence,
            received_at=db.clock(),
            counts={},
        )
        session.add(file)
        session.flush()
        taker = _Taker(session, db.cipher, file.id, partner.id)
        done = 0
        for page in batched(answers.numbered(), PAGE):
            taker.take(page)
            done += len(page)
            progress(f"导入 {path.name}", done, 0)
        file.sequence = answers.sequence
        counts = {name: count for name, count in {**answers.counts, **taker.counts}.items() if count}
        counts["quarantined"] = answers.counts["quarantined"] + taker.counts["unmatched"]
        file.counts = counts
        _note_acknowledged(session, taker.batches, actor, db)
        append_audit(
            session,
            actor=actor,
            action="post.imported",
            subject=f"partner:{partner_code}",
            detail={"sha256": sha256, "kind": answers.kind, "counts": counts},
            clock=db.clock,
        )
        return AnswerReport(path.name, answers.kind, already=False, counts=counts)


def _aliases(partner: Partner) -> Mapping[str, str] | None:
    found = partner.settings.get("answer_columns")
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else None


class _Taker:
    """Writes pages of rows of one file; what belongs to no piece of this partner is quarantined."""

    def __init__(self, session: Session, cipher: Cipher, file_id: UUID, partner_id: UUID) -> None:
        self._session = session
        self._cipher = cipher
        self._file_id = file_id
        self._partner_id = partner_id
        self.counts: Counter[str] = Counter()
        self.batches: set[UUID] = set()

    def take(self, page: Sequence[tuple[int, Answer]]) -> None:
        items = {row.item_no for _, row in page if not isinstance(row, Quarantined)}
        ours: dict[str, tuple[UUID, str | None]] = {
            item_no: (batch_id, sealed_name)
            for item_no, batch_id, sealed_name in self._session.execute(
                select(Piece.item_no, Batch.id, Batch.sealed_name)
                .join(Letter, Letter.id == Piece.letter_id)
                .join(Batch, Batch.id == Letter.batch_id)
                .where(one_of(Piece.item_no, items), Batch.partner_id == self._partner_id)
            )
        }
        events: list[PostEvent] = []
        lines: dict[str, AckLine] = {}
        aside: list[Quarantined] = []
        for number, row in page:
            if isinstance(row, Quarantined):
                aside.append(row)
            elif row.item_no not in ours:
                aside.append(self._unmatched(number, row, "UNKNOWN_ITEM", "不是本方交寄的邮件号码"))
            elif isinstance(row, PostEvent):
                events.append(row)
            elif row.batch != ours[row.item_no][1]:
                aside.append(self._unmatched(number, row, "WRONG_BATCH", "回执的批次与该邮件所在批次不一致"))
            elif row.item_no in lines:
                aside.append(self._unmatched(number, row, "REPEATED_ITEM", "同一回执文件中重复出现的邮件号码"))
            else:
                lines[row.item_no] = row
        self._write_events(events)
        self._write_lines(list(lines.values()), ours)
        self._set_aside(aside)

    def _unmatched(self, number: int, row: PostEvent | AckLine, code: str, what: str) -> Quarantined:
        self.counts["unmatched"] += 1
        self.counts[f"quarantined:{code}"] += 1
        content = json.dumps({"row": asdict(row)}, ensure_ascii=False, default=str, sort_keys=True)
        return Quarantined(code, number, what, content)

    def _write_events(self, events: Sequence[PostEvent]) -> None:
        if not events:
            return
        keys = [uuid7() for _ in events]
        result = self._session.execute(
            _ADD_EVENTS,
            {
                "file": self._file_id,
                "ids": keys,
                "items": [event.item_no for event in events],
                "serials": [event.serial for event in events],
                "times": [event.occurred_at for event in events],
                "offices": [event.office for event in events],
                "actions": [event.action for event in events],
                "propers": [event.proper_delivery for event in events],
                "nots": [event.not_proper_delivery for event in events],
                "descriptions": [
                    self._cipher.seal("post_event.description", key, event.description)
                    for key, event in zip(keys, events, strict=True)
                ],
                "effectives": [event.effective for event in events],
                "digests": [event_digest(event) for event in events],
            },
        )
        new = len(result.all())
        self.counts["new"] += new
        self.counts["repeated"] += len(events) - new

    def _write_lines(self, lines: Sequence[AckLine], ours: Mapping[str, tuple[UUID, str | None]]) -> None:
        self.batches |= {ours[line.item_no][0] for line in lines}
        for line in lines:
            self._session.add(
                Acknowledgement(
                    id=uuid7(),
                    file_id=self._file_id,
                    batch_id=ours[line.item_no][0],
                    item_no=line.item_no,
                    accepted=line.accepted,
                    reason=line.reason,
                    weight_g=line.weight_g,
                    postage_fen=line.postage_fen,
                )
            )
        self._session.flush()

    def _set_aside(self, rows: Sequence[Quarantined]) -> None:
        for row in rows:
            key = uuid7()
            self._session.add(
                QuarantinedRow(
                    id=key,
                    file_id=self._file_id,
                    row=row.row,
                    code=row.code,
                    what=row.what,
                    content_sealed=self._cipher.seal("quarantined_row.content", key, row.content),
                    resolved_at=None,
                    resolved_by=None,
                )
            )
        self._session.flush()


_ADD_EVENTS = text(
    """
    INSERT INTO post_event (id, file_id, item_no, serial, occurred_at, office, action, proper_delivery,
                            not_proper_delivery, description_sealed, effective, digest)
    SELECT new.id, :file, new.item, new.serial, new.at, new.office, new.action, new.proper, new.not_proper,
           new.description, new.effective, new.digest
    FROM unnest(CAST(:ids AS uuid[]), CAST(:items AS text[]), CAST(:serials AS text[]), CAST(:times AS timestamptz[]),
                CAST(:offices AS text[]), CAST(:actions AS text[]), CAST(:propers AS text[]), CAST(:nots AS text[]),
                CAST(:descriptions AS bytea[]), CAST(:effectives AS boolean[]), CAST(:digests AS bytea[]))
         AS new(id, item, serial, at, office, action, proper, not_proper, description, effective, digest)
    ON CONFLICT (digest) DO NOTHING RETURNING digest
    """
)


def _note_acknowledged(session: Session, batches: Collection[UUID], actor: str, db: Database) -> None:
    """Mark the batches whose every handed-over piece has been accepted or refused."""
    for batch_id in batches:
        gone = exists().where(LetterEvent.letter_id == Letter.id, LetterEvent.kind.in_(("void", "pulled")))
        silent = session.scalar(
            select(func.count())
            .select_from(Letter)
            .join(Piece, Piece.letter_id == Letter.id)
            .where(
                Letter.batch_id == batch_id,
                ~gone,
                ~exists().where(Acknowledgement.item_no == Piece.item_no),
            )
        )
        already = session.scalar(
            select(BatchEvent.id).where(BatchEvent.batch_id == batch_id, BatchEvent.kind == "acknowledged")
        )
        if silent == 0 and already is None:
            session.add(
                BatchEvent(
                    id=uuid7(), batch_id=batch_id, kind="acknowledged", at=db.clock(), actor=actor, detail={}
                )
            )
            session.flush()


@dataclass(frozen=True, slots=True)
class PieceOutcome:
    """The post's word on one letter's present piece. ``state`` is None while there is no event."""

    acknowledged: bool | None
    state: LetterState | None
    norm_code: str
    outcome: Outcome | None


def post_outcomes(session: Session, letter_ids: Collection[UUID]) -> dict[UUID, PieceOutcome]:
    """What the post has said of these letters' present pieces; letters it has not spoken of are absent."""
    pieces: dict[str, UUID] = {}
    copies: dict[UUID, int] = {}
    for letter_id, copy_no, item_no in session.execute(
        select(Piece.letter_id, Piece.copy_no, Piece.item_no).where(one_of(Piece.letter_id, letter_ids))
    ):
        if copy_no > copies.get(letter_id, 0):
            copies[letter_id] = copy_no
            pieces = {number: known for number, known in pieces.items() if known != letter_id} if copy_no > 1 else pieces
            pieces[item_no] = letter_id
    said: dict[UUID, bool] = {}
    for item_no, accepted in session.execute(
        select(Acknowledgement.item_no, Acknowledgement.accepted)
        .join(AnswerFile, AnswerFile.id == Acknowledgement.file_id)
        .where(one_of(Acknowledgement.item_no, pieces))
        .order_by(AnswerFile.received_at)
    ):
        said[pieces[item_no]] = accepted
    events: dict[UUID, list[PostEvent]] = defaultdict(list)
    for row in session.execute(
        select(
            PostEventRow.item_no,
            PostEventRow.serial,
            PostEventRow.occurred_at,
            PostEventRow.office,
            PostEventRow.action,
            PostEventRow.proper_delivery,
            PostEventRow.not_proper_delivery,
            PostEventRow.effective,
        ).where(one_of(PostEventRow.item_no, pieces))
    ):
        events[pieces[row.item_no]].append(
            PostEvent(
                item_no=row.item_no,
                serial=row.serial,
                occurred_at=row.occurred_at,
                office=row.office,
                action=row.action,
                proper_delivery=row.proper_delivery,
                not_proper_delivery=row.not_proper_delivery,
                description="",
                effective=row.effective,
            )
        )
    if not said and not events:
        return {}
    table = load_code_table()
    days = dict(session.execute(select(Letter.id, Letter.day).where(one_of(Letter.id, letter_ids))).all())
    found: dict[UUID, PieceOutcome] = {}
    for letter_id in {*said, *events}:
        result = outcome(events[letter_id], table, handed_over_on=days[letter_id]) if letter_id in events else None
        found[letter_id] = PieceOutcome(
            acknowledged=said.get(letter_id),
            state=result.state if result else None,
            norm_code=result.norm_code if result else "",
            outcome=result,
        )
    return found
