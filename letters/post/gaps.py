"""What should have come from the post and has not: batches without acknowledgement, silent pieces, missing answer files.

Set differences over what was sent and what was answered (the closed loop of mail production); nothing is stored.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from letters.post.model import LetterState
from letters.post.repeats import numbers_of_files
from letters.post.store import batched, post_outcomes
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
from records.clock import Clock, today

ACKNOWLEDGE_WITHIN_DAYS = 2
"""A counter accepts a bulk posting the same day; the file may come the next. Later than that somebody must ask."""
SILENT_AFTER_DAYS = 7
"""Accepted, and no event for a week: longer than any domestic leg."""
PROOF_BEFORE_DAYS = 270
"""邮政法 49: domestic registered items can be queried for one year; proofs are fetched from month nine (R-DLV-06)."""
PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that does not add up: what, of which batch or partner, how many, how old, and who must do what."""

    code: str
    title: str
    subject: str
    count: int
    days: int
    advice: str


def find_gaps(session: Session, clock: Clock) -> list[Gap]:
    """Every gap as of today, batches in order of their number."""
    found: list[Gap] = []
    handed = exists().where(BatchEvent.batch_id == Batch.id, BatchEvent.kind == "handed_over")
    for batch in session.scalars(select(Batch).where(handed).order_by(Batch.batch_no)):
        found += _batch_gaps(session, batch, (today(clock) - batch.day).days)
    found += _missing_files(session)
    waiting = session.scalar(
        select(func.count()).select_from(QuarantinedRow).where(QuarantinedRow.resolved_at.is_(None))
    )
    if waiting:
        found.append(Gap("QUARANTINE", "隔离的行未处理", "全部", waiting, 0, "用 handa post quarantine 查看，更正或补充代码表后重新导入"))
    return found


def _batch_gaps(session: Session, batch: Batch, days: int) -> list[Gap]:
    live = ~exists().where(LetterEvent.letter_id == Letter.id, LetterEvent.kind.in_(("void", "pulled")))
    pieces = select(Piece.item_no).join(Letter, Letter.id == Piece.letter_id).where(Letter.batch_id == batch.id, live)

    def count(*conditions: Any) -> int:
        return session.scalar(select(func.count()).select_from(pieces.where(*conditions).subquery())) or 0

    answered = exists().where(Acknowledgement.item_no == Piece.item_no)
    refused = exists().where(Acknowledgement.item_no == Piece.item_no, ~Acknowledgement.accepted)
    other = exists().where(
        Acknowledgement.item_no == Piece.item_no,
        Acknowledgement.accepted,
        or_(Acknowledgement.weight_g != Piece.weight_g, Acknowledgement.postage_fen != Piece.postage_fen),
    )
    tracked = exists().where(PostEventRow.item_no == Piece.item_no)
    found = []
    if days >= ACKNOWLEDGE_WITHIN_DAYS and (silent := count(~answered)):
        found.append(Gap("NO_ACKNOWLEDGEMENT", "没有回执", batch.batch_no, silent, days, "请合作方补发回执文件"))
    if number := count(refused):
        found.append(Gap("REFUSED_BY_POST", "邮局拒收", batch.batch_no, number, days, "查看拒收原因，更正后重新计划"))
    if number := count(other):
        found.append(Gap("OTHER_FIGURES", "收寄重量或资费与清单不符", batch.batch_no, number, days, "与合作方核对重量与资费，对清差额后结算"))
    if days >= SILENT_AFTER_DAYS and (silent := count(answered, ~refused, ~tracked)):
        found.append(Gap("NO_TRACK", "收寄后没有任何轨迹", batch.batch_no, silent, days, "请合作方查询并补发轨迹"))
    open_, unclear = _undecided(session, batch)
    if unclear:
        found.append(Gap("CONTRADICTION", "轨迹互相矛盾", batch.batch_no, unclear, days, "逐件核对，必要时向合作方查询"))
    if days >= PROOF_BEFORE_DAYS and open_:
        found.append(Gap("QUERY_WINDOW", "查询期将满仍无结果", batch.batch_no, open_, days, "在一年查询期内向邮政申请查询（邮政法第四十九条）"))
    return found


def _undecided(session: Session, batch: Batch) -> tuple[int, int]:
    """(pieces with a track but no final state, pieces whose final state is contradicted)."""
    open_ = unclear = 0
    ids = session.scalars(select(Letter.id).where(Letter.batch_id == batch.id).order_by(Letter.position)).all()
    for page in batched(ids, PAGE):
        for said in post_outcomes(session, page).values():
            if said.outcome is None:
                continue
            unclear += said.outcome.needs_person
            open_ += said.state not in (LetterState.DELIVERED, LetterState.RETURNED, LetterState.LOST)
    return open_, unclear


def _missing_files(session: Session) -> list[Gap]:
    numbers: dict[tuple[str, str], set[int]] = defaultdict(set)
    files = numbers_of_files().subquery()
    for code, kind, sequence in session.execute(
        select(Partner.code, files.c.kind, files.c.sequence).join(Partner, Partner.id == files.c.partner_id)
    ):
        numbers[code, kind].add(sequence)
    found = []
    for (code, kind), known in sorted(numbers.items()):
        missing = sorted(set(range(min(known), max(known) + 1)) - known)
        if missing:
            shown = "、".join(map(str, missing[:5])) + ("…" if len(missing) > 5 else "")
            found.append(Gap("MISSING_FILE", "缺少答复文件", f"{code} {kind} 第 {shown} 号", len(missing), 0, "请合作方补发这些文件"))
    return found


def open_quarantine(session: Session) -> list[dict[str, Any]]:
    """Rows that wait for a person: file, row, code and why. Contents stay sealed."""
    rows = session.execute(
        select(AnswerFile.name, QuarantinedRow.row, QuarantinedRow.code, QuarantinedRow.what)
        .join(AnswerFile, AnswerFile.id == QuarantinedRow.file_id)
        .where(QuarantinedRow.resolved_at.is_(None))
        .order_by(AnswerFile.received_at, QuarantinedRow.row)
    )
    return [{"file": name, "row": row, "code": code, "what": what} for name, row, code, what in rows]
