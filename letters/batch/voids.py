"""Records item numbers as void 作废号码: the piece never goes, the number stays its own and never comes back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, exists, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from letters.tables import Acknowledgement, Batch, Letter, Partner, Piece, PostEventRow
from letters.tables_numbers import VoidNumber
from records.lists import one_of


class VoidKind(StrEnum):
    """Why a number is void."""

    VOID = "void"
    """Its batch was voided."""
    PULLED = "pulled"
    """Its letter was taken out of the batch."""
    SPOILED = "spoiled"
    """The paper was; another copy, with a number of its own, replaced it."""


VOID_NAMES = {VoidKind.VOID: "批次作废", VoidKind.PULLED: "函件抽回", VoidKind.SPOILED: "纸件报废"}


@dataclass(frozen=True, slots=True)
class Voided:
    """A void number as a list shows it."""

    item_no: str
    kind: VoidKind
    reason: str
    batch_no: str
    letter_no: str
    at: datetime
    actor: str
    posted: bool
    """Whether the post accepted it, or tells of it, all the same: the paper went though it should not have."""


def void_batch_numbers(session: Session, batch_id: UUID, reason: str, *, actor: str, at: datetime) -> int:
    """Void every number of a batch; numbers that are void already keep their first reason. Returns how many it voided."""
    return _void(session, Letter.batch_id == batch_id, VoidKind.VOID, reason, actor, at)


def void_letter_numbers(session: Session, letter_id: UUID, reason: str, *, actor: str, at: datetime) -> int:
    """Void the numbers of a letter that was pulled."""
    return _void(session, Letter.id == letter_id, VoidKind.PULLED, reason, actor, at)


def void_spoiled(session: Session, piece_ids: Collection[UUID], reason: str, *, actor: str, at: datetime) -> int:
    """Void the numbers of spoiled pieces; their letters go on with another copy."""
    return _void(session, one_of(Piece.id, piece_ids), VoidKind.SPOILED, reason, actor, at)


def _void(session: Session, which: ColumnElement[bool], kind: VoidKind, reason: str, actor: str, at: datetime) -> int:
    session.flush()
    pieces = (
        select(Piece.id, Piece.item_no, literal(kind.value), literal(reason), literal(at, VoidNumber.at.type), literal(actor))
        .join(Letter, Letter.id == Piece.letter_id)
        .where(which)
    )
    names = ["piece_id", "item_no", "kind", "reason", "at", "actor"]
    added = session.execute(insert(VoidNumber).from_select(names, pieces).on_conflict_do_nothing().returning(VoidNumber.piece_id))
    return len(added.all())


def voided_numbers(session: Session, partner: str, since: datetime | None = None) -> list[Voided]:
    """Void numbers of a partner in the order in which they became void: what the post is told."""
    accepted = exists().where(Acknowledgement.item_no == VoidNumber.item_no, Acknowledgement.accepted)
    tracked = exists().where(PostEventRow.item_no == VoidNumber.item_no)
    query = (
        select(VoidNumber, Batch.batch_no, Letter.letter_no, or_(accepted, tracked))
        .join(Piece, Piece.id == VoidNumber.piece_id)
        .join(Letter, Letter.id == Piece.letter_id)
        .join(Batch, Batch.id == Letter.batch_id)
        .join(Partner, Partner.id == Batch.partner_id)
        .where(Partner.code == partner)
        .order_by(VoidNumber.at, VoidNumber.item_no)
    )
    if since is not None:
        query = query.where(VoidNumber.at >= since)
    return [
        Voided(row.item_no, VoidKind(row.kind), row.reason, batch_no, letter_no, row.at, row.actor, posted)
        for row, batch_no, letter_no, posted in session.execute(query)
    ]
