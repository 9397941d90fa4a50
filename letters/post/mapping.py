"""Gives a partner's code its meaning, once and for all its events, and tells before what that would change.

What a letter became is computed with the table in force, so a mapping reaches back to every event of that code: therefore
the preview, and the consent where a letter's state would change. The tables: ``letters.post.partner_codes``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from letters.post.answer_forms import unknown_code
from letters.post.codes import SIGNED, UNSIGNED, CodeTable, cells_of
from letters.post.meanings import mapped_row
from letters.post.outcome import Outcome
from letters.post.outcomes import post_outcomes
from letters.post.partner_codes import mappings_in_force, table_if, table_in_force
from letters.tables import AnswerFile, Batch, Letter, Partner, Piece, PostEventRow, QuarantinedRow
from letters.tables_outcomes import CodeMapping
from records.audit import append_audit
from records.clock import Clock
from records.errors import NeedsDecision, WrongUsage
from records.identity import uuid7

PAGE = 2_000
_COLUMN = {
    "action": PostEventRow.action, "op": PostEventRow.action, "properdelivery": PostEventRow.proper_delivery,
    "signed": PostEventRow.proper_delivery, "notproperdelivery": PostEventRow.not_proper_delivery,
    "unsigned": PostEventRow.not_proper_delivery,
}  # fmt: skip
_PREFIX = {"signed": SIGNED, "unsigned": UNSIGNED}


@dataclass(frozen=True, slots=True)
class Change:
    """What mapping a code does: to letters whose track bears it already, and to rows that wait for it."""

    field: str
    code: str
    before: str
    """What it meant, '' for a code that stood in no table."""
    after: str
    letters: int
    """Letters whose track bears the code."""
    changed: Mapping[str, int]
    """``returned RTS_DONE → in_transit``: how many letters' verdict (state, reason, signer) would change so."""
    waiting: int
    """Quarantined rows of the partner that wait for this code."""


def change_of(session: Session, partner: Partner, field: str, code: str, word: str, name: str = "") -> Change:
    """What the mapping would change; nothing is done.

    Raises:
        WrongUsage: the code or the word is none, or the table would contradict itself.
    """
    now = table_in_force(session, partner.id)
    row = mapped_row(now, field, code, word, name)
    known = now.row(field, code)
    then = table_if(session, partner.id, cells_of(row))
    letters, changed = 0, Counter[str]()
    for page in _bearing(session, partner.id, field, code):
        letters += len(page)
        changed += _moved(session, page, partner.id, now, then)
    waiting = session.scalar(
        select(func.count())
        .select_from(QuarantinedRow)
        .join(AnswerFile, AnswerFile.id == QuarantinedRow.file_id)
        .where(
            AnswerFile.partner_id == partner.id,
            QuarantinedRow.resolved_at.is_(None),
            QuarantinedRow.code == "UNKNOWN_CODE",
            QuarantinedRow.what == unknown_code(field, code),
        )
    )
    return Change(
        field,
        code,
        known.name if known else "",
        row.name,
        letters,
        dict(sorted(changed.items())),
        waiting or 0,
    )


def _bearing(session: Session, partner_id: UUID, field: str, code: str) -> Iterator[list[UUID]]:
    """Pages of letters of the partner with this code in their track."""
    column, value = _COLUMN[field], _PREFIX.get(field, "") + code
    last: UUID | None = None
    while True:
        query = (
            select(Piece.letter_id)
            .distinct()
            .join(PostEventRow, PostEventRow.item_no == Piece.item_no)
            .join(Letter, Letter.id == Piece.letter_id)
            .join(Batch, Batch.id == Letter.batch_id)
            .where(Batch.partner_id == partner_id, column == value)
            .order_by(Piece.letter_id)
            .limit(PAGE)
        )
        page = list(session.scalars(query if last is None else query.where(Piece.letter_id > last)))
        if not page:
            return
        yield page
        last = page[-1]


def _moved(session: Session, page: list[UUID], partner_id: UUID, now: CodeTable, then: CodeTable) -> Counter[str]:
    before, after = (post_outcomes(session, page, {partner_id: table}) for table in (now, then))
    moved: Counter[str] = Counter()
    for letter_id in page:
        old, new = (one[letter_id].outcome for one in (before, after))
        if old is not None and new is not None and _verdict(old) != _verdict(new):
            moved[f"{_verdict(old)} → {_verdict(new)}"] += 1
    return moved


def _verdict(result: Outcome) -> str:
    """``returned MOVED_UNKNOWN``; ``delivered?`` for a claim that waits for a person."""
    if result.needs_person:
        return f"{result.claimed or result.state}?"
    return " ".join(filter(None, (result.state, result.norm_code, result.how)))


def map_code(
    session: Session,
    partner: Partner,
    field: str,
    code: str,
    word: str,
    *,
    name: str = "",
    by: str,
    why: str,
    agreed: bool,
    actor: str,
    clock: Clock,
) -> tuple[Change, bool]:
    """Give a code its meaning from now on, for all events of it ever received; (what changes, whether it was news).

    Raises:
        NeedsDecision: letters would change their state and nobody has ``agreed``.
        WrongUsage: nobody is named, no reason is given, or code and word are none.
    """
    if not by.strip() or not why.strip():
        raise WrongUsage("须写明由谁认定（--by）与依据（--why）。", "例如 --by 张三 --why 邮政2026年代码手册第3页。")
    change = change_of(session, partner, field, code, word, name)
    cells = cells_of(mapped_row(table_in_force(session, partner.id), field, code, word, name))
    known = session.scalar(
        mappings_in_force().where(CodeMapping.partner_id == partner.id, CodeMapping.field == field, CodeMapping.code == code)
    )
    if known is not None and known.cells == cells:
        return change, False
    if change.changed and not agreed:
        listed = "，".join(f"{what} {count} 件" for what, count in change.changed.items())
        raise NeedsDecision(
            f"代码 {code} 已在 {change.letters} 件邮件的轨迹中使用，改为“{change.after}”将改变状态：{listed}。",
            "确认无误后加 --yes 重新运行。",
        )
    session.add(
        CodeMapping(
            id=uuid7(), partner_id=partner.id, field=field, code=code, meaning=word, cells=cells, why=why.strip(), by=by.strip(),
            actor=actor, at=clock(),
        )
    )  # fmt: skip
    session.flush()
    append_audit(
        session, actor=actor, action="post.code_mapped", subject=f"partner:{partner.code}",
        detail={
            "field": field, "code": code, "meaning": word, "by": by.strip(), "changed": dict(change.changed),
            "code_table_sha256": table_in_force(session, partner.id).sha256,
        },
        clock=clock,
    )  # fmt: skip
    return change, True
