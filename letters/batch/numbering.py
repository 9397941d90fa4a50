"""Gives the drafts of a planning their numbers and makes its batches, one a postal product: one transaction, so there are whole
batches or none.

Manifest order is (postcode, case number); letter numbers and item numbers run in that order, so that first and last
item number name the batch. Letter numbers continue the firm's register of the year without a gap (R-LAW-07).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    Uuid,
    delete,
    func,
    select,
    text,
)
from sqlalchemy.orm import Session

from letters.batch.allotting import allot
from letters.batch.frame import Frame
from letters.batch.history import TRIAL
from letters.batch.stock import numbers_of, take_numbers
from letters.compose.model import letter_sha256
from letters.post.numbers import Block
from letters.rules.letter_text import LETTER_NUMBER
from letters.tables import Batch, BatchEvent, Firm, LetterDraft, LetterNumber, Planning
from locate.tables import Decision
from records.audit import append_audit
from records.bulk import copy_rows
from records.clock import Clock
from records.errors import Broken
from records.identity import uuid7

PAGE = 2_000
"""Letters between two looks at the progress."""

_NUMBERED: Final = Table(
    "numbered",
    MetaData(),
    Column("decision_id", Uuid, primary_key=True),
    Column("position", Integer),
    Column("number", Integer),
    Column("letter_no", Text),
    Column("fields_sha256", Text),
    Column("piece_id", Uuid),
    Column("item_no", Text),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
"""What numbering adds to a draft. The rest of a letter is in the database already and goes from table to table there,
sealed as it is: 50,000 letters are numbered without one of them being opened."""


def make_batches(
    session: Session,
    clock: Clock,
    frame: Frame,
    args: Mapping[str, object],
    actor: str,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Batch]:
    """Number every draft of the planning and create a batch for each product that has letters, the ordinary product first.

    A posting list, its numbers and its tariff are of one product; so is a batch. ``progress`` is told the letters done and in all.

    Raises:
        NeedsDecision: when the partner's item numbers do not suffice.
        Broken: when a number does not fit its pattern (a scheme that was changed in between).
    """
    planning = session.get_one(Planning, frame.planning_id, with_for_update=True)
    allot(session, [planning])
    total = session.scalar(
        select(func.count()).select_from(LetterDraft).where(LetterDraft.planning_id == planning.id)
    )
    if not total:
        return []
    firm = session.get_one(Firm, frame.firm.id, with_for_update=True)
    batches, done = [], 0
    for service in frame.services:
        order = _order(session, planning.id, service.product, frame.product)
        if order:
            batches.append(_batch(session, clock, frame, args, service.product, firm, order, actor, _from(progress, done, total)))
            done += len(order)
    if done != total:
        raise Broken(f"编号件数 {done} 与计划件数 {total} 不一致，批次未建立。", "请重新运行；如仍出现请联系支持。")
    progress(total, total)
    session.execute(delete(LetterDraft).where(LetterDraft.planning_id == planning.id))
    return batches


def _from(progress: Callable[[int, int], None], done: int, total: int) -> Callable[[int], None]:
    return lambda more: progress(done + more, total)


def _batch(
    session: Session, clock: Clock, frame: Frame, args: Mapping[str, object], product: str, firm: Firm, order: Sequence[Row[UUID, str]],
    actor: str, progress: Callable[[int], None],
) -> Batch:
    """The batch of one product."""
    now, total = clock(), len(order)
    partner_id = UUID(str(args["partner_id"]))
    numbers = take_numbers(session, partner_id, product, total)
    year = frame.day.year
    last = session.scalar(
        select(func.max(LetterNumber.number)).where(LetterNumber.firm_id == firm.id, LetterNumber.year == year)
    )
    day_number = session.scalar(select(func.max(Batch.number)).where(Batch.day == frame.day)) or 0
    batch = Batch(
        id=uuid7(),
        batch_no=f"B{frame.day:%Y%m%d}-{day_number + 1:02d}",
        day=frame.day,
        number=day_number + 1,
        planning_id=frame.planning_id,
        lender_id=frame.lender.id,
        firm_id=firm.id,
        lawyer_id=frame.lawyer.id,
        partner_id=partner_id,
        product=product,
        template=frame.template,
        bundle_sha256=str(args["bundle_sha256"]),
        letters_sha256="",
        sealed_name=None,
        created_at=now,
    )
    session.add(batch)
    session.flush()
    digest = hashlib.sha256()
    _NUMBERED.drop(session.connection(), checkfirst=True)
    _NUMBERED.create(session.connection())

    def rows() -> Iterator[_Row]:
        for row in _numbers(order, firm, numbers, year, (last or 0) + 1):
            if (row[1] - 1) % PAGE == 0:
                progress(row[1] - 1)
            digest.update(bytes.fromhex(row[4]))
            yield row

    copy_rows(session, _NUMBERED, [column.name for column in _NUMBERED.columns], rows())
    written = _write(session, batch, frame, firm.id, year)
    if written != total:
        raise Broken(f"编号件数 {written} 与计划件数 {total} 不一致，批次未建立。", "请重新运行；如仍出现请联系支持。")
    batch.letters_sha256 = digest.hexdigest()
    detail = {"letters": total, "numbers": [[block.first_no, block.last_no] for block in numbers], **frame.tariff}
    session.add(BatchEvent(id=uuid7(), batch_id=batch.id, kind="planned", at=now, actor=actor, detail=detail))
    append_audit(
        session,
        actor=actor,
        action="batch.planned",
        subject=f"batch:{batch.batch_no}",
        detail={"letters": total, "letters_sha256": batch.letters_sha256, "lender": frame.lender.code, **_tried(args, frame.template)},
        clock=clock,
    )
    return batch


def _tried(args: Mapping[str, object], template: str) -> dict[str, str]:
    """What the audit chain says of a batch whose template was drawn: which it has, between which, and by what was chosen but for the draw."""
    kept = args.get(TRIAL)
    if not isinstance(kept, Mapping):
        return {}
    return {"template": template, "drawn_between": f"{kept['ordinary']} / {kept['second']}", "choice": str(kept["model"])}


_Row = tuple[UUID, int, int, str, str, UUID, str]
"""A row of ``numbered``."""


def _order(session: Session, planning_id: UUID, product: str, ordinary: str) -> Sequence[Row[UUID, str]]:
    """(decision, hash of the fields) of every draft that goes by the product, in manifest order."""
    return session.execute(
        select(LetterDraft.decision_id, LetterDraft.fields_sha256)
        .join(Decision, Decision.id == LetterDraft.decision_id)
        .where(LetterDraft.planning_id == planning_id, func.coalesce(Decision.product, ordinary) == product)
        # The same order as letters.post.presort.order_key: no postcode last, then plain code points.
        .order_by(LetterDraft.postcode == "", LetterDraft.postcode.collate("C"), LetterDraft.case_no.collate("C"))
    ).all()


def _numbers(
    order: Sequence[Row[UUID, str]], firm: Firm, numbers: tuple[Block, ...], year: int, first_number: int
) -> Iterator[_Row]:
    for index, ((decision_id, fields_sha256), item_no) in enumerate(zip(order, numbers_of(numbers), strict=True)):
        letter_no = firm.number_scheme.format(year=year, number=first_number + index)
        if not LETTER_NUMBER.match(letter_no):
            raise Broken(f"函号“{letter_no}”不合规则，批次未建立。", "请核对函号规则。")
        sha256 = letter_sha256(fields_sha256, letter_no)
        yield decision_id, index + 1, first_number + index, letter_no, sha256, uuid7(), item_no


_LETTERS: Final = text(
    """
    WITH made AS (INSERT INTO letter (id, batch_id, case_id, decision_id, snapshot_id, address_id, day, template, attempt, position,
      letter_no, postcode, place_bidx, id_bidx, fields_sealed, fields_sha256, created_at)
    SELECT draft.letter_id, :batch, decision.case_id, decision.id, decision.snapshot_id, decision.address_id, :day,
      :template, draft.attempt, numbered.position, numbered.letter_no, draft.postcode, draft.place_bidx, draft.id_bidx,
      draft.fields_sealed, numbered.fields_sha256, :now
    FROM numbered JOIN letter_draft AS draft USING (decision_id) JOIN decision ON decision.id = draft.decision_id
    WHERE decision.snapshot_id IS NOT NULL AND decision.address_id IS NOT NULL
    ORDER BY numbered.position RETURNING 1)
    SELECT count(*) FROM made
    """
)
_REGISTER: Final = text(
    """
    INSERT INTO letter_number (firm_id, year, number, letter_no, letter_id)
    SELECT :firm, :year, numbered.number, numbered.letter_no, draft.letter_id
    FROM numbered JOIN letter_draft AS draft USING (decision_id) ORDER BY numbered.position
    """
)
_PIECES: Final = text(
    """
    INSERT INTO piece (id, letter_id, copy_no, item_no)
    SELECT numbered.piece_id, draft.letter_id, 1, numbered.item_no
    FROM numbered JOIN letter_draft AS draft USING (decision_id) ORDER BY numbered.position
    """
)


def _write(session: Session, batch: Batch, frame: Frame, firm_id: UUID, year: int) -> int:
    """Letters, register and pieces of all that is numbered; how many letters there are."""
    session.execute(text("ANALYZE numbered"))
    written = session.scalar(
        _LETTERS,
        {"batch": batch.id, "day": batch.day, "template": frame.template, "now": batch.created_at},
    )
    session.execute(_REGISTER, {"firm": firm_id, "year": year})
    session.execute(_PIECES)
    return int(written or 0)
