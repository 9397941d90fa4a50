"""The quarantine: what waits in it, by reason; and taking its rows again once they can be understood or matched.

A row is read again whole, under the code table and the pieces of now, and is taken as if its file had just come; the rest
stays, with the reason that holds now. A page of rows is one transaction: killed and run again, nothing is taken twice.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from letters.post.answer_forms import AckLine, BadRow, demand_known
from letters.post.answers import Answer, Quarantined, demand_not_future, replay
from letters.post.codes import CodeTable, Form
from letters.post.model import PostEvent
from letters.post.partner_codes import partner_named, table_in_force
from letters.post.store import PAGE, Progress, lock_partner
from letters.post.taking import CONTENT, Taker, note_acknowledged, row_of_content
from letters.tables import AnswerFile, Partner, QuarantinedRow
from locate.masking import mask_mobile
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import Clock
from records.database import Database
from records.errors import WrongUsage

REPLAYED: Final = "handa post replay"
_SHOWN: Final = 200
"""Characters of a value that are shown of a quarantined row."""
_WORDS: Final = re.compile(r"[^\x00-\x7f]")
_MOBILE: Final = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9])")
_PERSONAL: Final = frozenset({"description", "opdesc", "reason", "raw"})
"""Free text: it may name a signer."""


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What replaying did: rows read again, taken (events or lines, new or known), and what stays, by reason."""

    rows: int
    taken: int
    counts: dict[str, int]
    left: dict[str, int]


def quarantine_summary(session: Session, partner_code: str | None = None) -> list[dict[str, Any]]:
    """What waits, by partner, code and what is said of it, the most first."""
    count = func.count().label("rows")
    query = (
        select(Partner.code.label("partner"), QuarantinedRow.code, QuarantinedRow.what, count, func.min(AnswerFile.received_at).label("since"))
        .join(AnswerFile, AnswerFile.id == QuarantinedRow.file_id)
        .join(Partner, Partner.id == AnswerFile.partner_id)
        .where(QuarantinedRow.resolved_at.is_(None))
        .group_by(Partner.code, QuarantinedRow.code, QuarantinedRow.what)
        .order_by(count.desc(), Partner.code, QuarantinedRow.code, QuarantinedRow.what)
    )
    if partner_code is not None:
        query = query.where(Partner.code == partner_code)
    return [dict(row._mapping) for row in session.execute(query)]


def quarantined_contents(
    session: Session, cipher: Cipher, partner_code: str, *, code: str | None, limit: int, actor: str, clock: Clock
) -> list[dict[str, Any]]:
    """Contents of open rows, free text masked; the look is recorded (R-PII-02)."""
    partner = partner_named(session, partner_code)
    query = (
        select(QuarantinedRow, AnswerFile.name)
        .join(AnswerFile, AnswerFile.id == QuarantinedRow.file_id)
        .where(AnswerFile.partner_id == partner.id, QuarantinedRow.resolved_at.is_(None))
        .order_by(AnswerFile.received_at, AnswerFile.name, QuarantinedRow.row)
        .limit(limit)
    )
    if code is not None:
        query = query.where(QuarantinedRow.code == code)
    rows = session.execute(query).all()
    append_audit(
        session, actor=actor, action="post.quarantine_read", subject=f"partner:{partner_code}", detail={"code": code, "rows": len(rows)},
        clock=clock,
    )  # fmt: skip
    return [
        {"file": name, "row": row.row, "code": row.code, "what": row.what, "content": masked(cipher.open(CONTENT, row.id, row.content_sealed))}
        for row, name in rows
    ]


def masked(content: str) -> dict[str, str]:
    """A kept row field by field, free text masked."""
    stored = json.loads(content)
    values: Mapping[str, Any] = stored.get("values") or stored.get("row") or {"raw": stored.get("raw", "")}
    return {
        name: (_masked_text(str(value)) if name in _PERSONAL else str(value))[:_SHOWN] for name, value in values.items()
    }


def _masked_text(text: str) -> str:
    """Codes, dates and numbers stay to be looked at; words, which may name somebody, and mobile numbers don't."""
    return _MOBILE.sub(lambda found: mask_mobile(found[0]), _WORDS.sub("*", text))


def replay_quarantine(
    db: Database,
    partner_code: str,
    *,
    actor: str,
    code: str | None = None,
    check_dates: bool = True,
    progress: Progress = lambda _what, _done, _total: None,
) -> ReplayReport:
    """Take again every open row of a partner that can be taken now.

    Args:
        code: only rows that wait for this reason (``UNKNOWN_CODE``, ``UNKNOWN_ITEM`` …).
        check_dates: refuse events from after their file came; False in simulated time.

    Raises:
        WrongUsage: there is no such partner.
    """
    counts: Counter[str] = Counter()
    left: Counter[str] = Counter()
    rows = taken = 0
    last: UUID | None = None
    while True:
        with db.session() as session:
            partner = partner_named(session, partner_code)
            lock_partner(session, partner.id)
            page = _page(session, partner.id, code, last)
            if not page:
                break
            last = page[-1][0].id
            done = _replay_page(session, db, partner, page, actor=actor, check_dates=check_dates, counts=counts, left=left)
            rows, taken = rows + len(page), taken + done
        progress("重新读取隔离的行", rows, 0)
    return ReplayReport(rows, taken, {name: count for name, count in counts.items() if count}, dict(left))


def _page(session: Session, partner_id: UUID, code: str | None, last: UUID | None) -> list[tuple[QuarantinedRow, AnswerFile]]:
    query = (
        select(QuarantinedRow, AnswerFile)
        .join(AnswerFile, AnswerFile.id == QuarantinedRow.file_id)
        .where(AnswerFile.partner_id == partner_id, QuarantinedRow.resolved_at.is_(None))
        .order_by(QuarantinedRow.id)
        .limit(PAGE)
    )
    if code is not None:
        query = query.where(QuarantinedRow.code == code)
    if last is not None:
        query = query.where(QuarantinedRow.id > last)
    return [(row, file) for row, file in session.execute(query)]


def _replay_page(
    session: Session,
    db: Database,
    partner: Partner,
    page: Sequence[tuple[QuarantinedRow, AnswerFile]],
    *,
    actor: str,
    check_dates: bool,
    counts: Counter[str],
    left: Counter[str],
) -> int:
    table = table_in_force(session, partner.id)
    taker = Taker(session, db.cipher, partner.id)
    kept = {(row.file_id, row.row): row for row, _ in page}
    by_file: dict[UUID, list[tuple[int, Answer]]] = {}
    for row, file in page:
        content = db.cipher.open(CONTENT, row.id, row.content_sealed)
        latest = file.reading.get("latest") if check_dates else None
        again = _again(content, row, table, datetime.fromisoformat(latest) if latest else None)
        by_file.setdefault(file.id, []).append((row.row, again))
    waiting = set()
    for file_id, answers in by_file.items():
        for aside in taker.sort(file_id, answers):
            row = kept[file_id, aside.row]
            waiting.add(row.id)
            left[aside.code] += 1
            if (row.code, row.what) != (aside.code, aside.what):
                row.code, row.what = aside.code, aside.what
                row.content_sealed = db.cipher.seal(CONTENT, row.id, aside.content)
    resolved = [row.id for row, _ in page if row.id not in waiting]
    session.flush()
    session.execute(_RESOLVE, {"ids": resolved, "at": db.clock(), "by": f"{REPLAYED} {actor}"})
    note_acknowledged(session, taker.batches, actor, db)
    taken = Counter({name: count for name, count in taker.counts.items() if not name.startswith(("quarantined", "unmatched"))})
    counts.update(taken)
    if resolved:
        append_audit(
            session, actor=actor, action="post.replayed", subject=f"partner:{partner.code}",
            detail={"rows": len(page), "taken": len(resolved), "code_table_sha256": table.sha256}, clock=db.clock,
        )  # fmt: skip
    return len(resolved)


def _again(content: str, row: QuarantinedRow, table: CodeTable, latest: datetime | None) -> Answer:
    stored = json.loads(content)
    if "raw" in stored:
        # Nothing that we can learn makes such a row readable: it keeps its reason until the post sends it again.
        return Quarantined(row.code, row.row, row.what, content)
    if "values" in stored:
        return replay(content, row.row, table, latest)
    read = row_of_content(stored["row"])
    if isinstance(read, AckLine):
        return read
    try:
        return _checked(read, table, latest)
    except BadRow as fault:
        return Quarantined(fault.code, row.row, fault.what, content)


def _checked(event: PostEvent, table: CodeTable, latest: datetime | None) -> PostEvent:
    form = Form.PUSH if table.has_action(Form.PUSH, event.action) else Form.OPEN
    demand_not_future(event, latest)
    return demand_known(table, form, event)


_RESOLVE: Final = text(
    "UPDATE quarantined_row SET resolved_at = :at, resolved_by = :by WHERE id = ANY(CAST(:ids AS uuid[])) AND resolved_at IS NULL"
)


def dismiss(
    session: Session, partner_code: str, code: str, *, file: str | None, by: str, why: str, actor: str, clock: Clock
) -> int:
    """Close open rows that nothing more is to be done about (the post sent them again, or they were never ours).

    Raises:
        WrongUsage: nobody is named, no reason is given, or there are none such.
    """
    if not by.strip() or not why.strip():
        raise WrongUsage("须写明由谁决定（--by）与原因（--why）。", "例如 --by 张三 --why 邮政已重发。")
    partner = partner_named(session, partner_code)
    query = (
        select(QuarantinedRow.id)
        .join(AnswerFile, AnswerFile.id == QuarantinedRow.file_id)
        .where(AnswerFile.partner_id == partner.id, QuarantinedRow.resolved_at.is_(None), QuarantinedRow.code == code)
    )
    if file is not None:
        query = query.where(AnswerFile.name == file)
    ids = list(session.scalars(query))
    if not ids:
        raise WrongUsage(f"没有代码为 {code} 的待处理行。", "请用 handa post quarantine 查看。")
    session.execute(_RESOLVE, {"ids": ids, "at": clock(), "by": by.strip()})
    append_audit(
        session, actor=actor, action="post.quarantine_closed", subject=f"partner:{partner_code}",
        detail={"code": code, "file": file, "rows": len(ids), "by": by.strip(), "why": why.strip()}, clock=clock,
    )  # fmt: skip
    return len(ids)
