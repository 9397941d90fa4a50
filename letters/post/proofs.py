"""Proofs of delivery (查询、签收凭证) and the carrier's query limit: which are owed, asked for, received (R-DLV-06).

邮政法 49: domestic registered items can be queried for one year from posting, and the answer is due in thirty days. Owed is
the proof of every accepted piece that has neither a received proof nor a receipt or returned envelope among its papers. The
year is counted from the batch's day, which is never later than the posting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from letters.gate.papers import Paper
from letters.post.gap_kinds import gap_kinds
from records.audit import append_audit
from records.clock import Clock
from records.errors import WrongUsage
from records.identity import uuid7

KINDS: Final[Mapping[str, str]] = {"asked": "已申请", "received": "已收到"}

# Pieces whose proof is owed, of batches posted on or before :posted. Set by set; no piece is read into memory to be left out.
_OWED: Final = """
    SELECT batch.id AS batch_id, batch.batch_no, batch.day, batch.product, batch.sealed_name, letter.letter_no, letter.position,
      piece.item_no, (batch.day + interval '1 year')::date AS last_day, asked.on_date AS asked_on
    FROM batch JOIN letter ON letter.batch_id = batch.id JOIN piece ON piece.letter_id = letter.id
      LEFT JOIN LATERAL (SELECT max(on_date) AS on_date FROM proof_note AS note
        WHERE note.item_no = piece.item_no AND note.kind = 'asked') AS asked ON true
    WHERE batch.day <= :posted AND (CAST(:batches AS uuid[]) IS NULL OR batch.id = ANY(CAST(:batches AS uuid[])))
      AND EXISTS (SELECT FROM batch_event AS event WHERE event.batch_id = batch.id AND event.kind = 'handed_over')
      AND NOT EXISTS (SELECT FROM piece AS newer WHERE newer.letter_id = letter.id AND newer.copy_no > piece.copy_no)
      AND (EXISTS (SELECT FROM acknowledgement AS line WHERE line.item_no = piece.item_no AND line.accepted)
        OR EXISTS (SELECT FROM post_event AS event WHERE event.item_no = piece.item_no))
      AND NOT EXISTS (SELECT FROM proof_note AS note WHERE note.item_no = piece.item_no AND note.kind = 'received')
      AND NOT EXISTS (SELECT FROM letter_paper AS paper WHERE paper.letter_id = letter.id AND paper.kind IN ('receipt', 'returned'))
"""
_GAPS: Final = text(
    f"""
    WITH owed AS ({_OWED})
    SELECT batch_id, CASE WHEN last_day < :today THEN 'PROOF_MISSED' WHEN asked_on IS NULL THEN 'PROOF_DUE'
        ELSE 'PROOF_UNANSWERED' END AS code,
      CASE WHEN last_day < :today THEN last_day WHEN asked_on IS NULL THEN day ELSE asked_on END AS since, count(*)
    FROM owed
    WHERE NOT (last_day < :today AND EXISTS (SELECT FROM settled_piece JOIN gap_settlement ON gap_settlement.id = settlement_id
      WHERE gap_settlement.batch_id = owed.batch_id AND code = 'PROOF_MISSED' AND settled_piece.item_no = owed.item_no))
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """  # noqa: S608  constants of this module
)
_LIST: Final = text(f"WITH owed AS ({_OWED}) SELECT * FROM owed ORDER BY last_day, batch_no, position")  # noqa: S608  as above
_NOTE: Final = text(
    """
    INSERT INTO proof_note (id, item_no, kind, on_date, reference, evidence_name, evidence_sha256, actor, at)
    SELECT new.id, new.item, :kind, :on_date, :reference, :name, :sha256, :actor, :at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:items AS text[])) AS new(id, item)
    ON CONFLICT (item_no, kind, on_date, reference) DO NOTHING RETURNING item_no
    """
)


@dataclass(frozen=True, slots=True)
class OwedProof:
    """A piece whose proof is still owed. No personal text."""

    item_no: str
    batch_no: str
    sealed_name: str
    position: int
    letter_no: str
    product: str
    posted_on: date
    last_day: date
    """The carrier answers no query after it."""
    days_left: int
    """Negative once it has passed."""
    asked_on: date | None


def _posted_by(on: date) -> date:
    days = gap_kinds()["PROOF_DUE"].days
    return date.fromordinal(on.toordinal() - days)


def proof_gaps(session: Session, on: date, batch_ids: Collection[UUID] | None = None) -> Iterator[tuple[UUID, str, date, int]]:
    """(batch, code, since, pieces) of what is owed from the ninth month on."""
    ids = None if batch_ids is None else sorted(batch_ids)
    rows = session.execute(_GAPS, {"posted": _posted_by(on), "batches": ids, "today": on})
    return ((row[0], row[1], row[2], row[3]) for row in rows)


def owed_proofs(
    session: Session, on: date, batch_ids: Collection[UUID] | None = None, *, posted_by: date | None = None
) -> Iterator[OwedProof]:
    """Pieces whose proof is owed, soonest limit first.

    Args:
        posted_by: batches up to this day; those in their ninth month or later when not given.
    """
    ids = None if batch_ids is None else sorted(batch_ids)
    rows = session.execute(
        _LIST.execution_options(yield_per=5_000), {"posted": posted_by or _posted_by(on), "batches": ids}
    )
    for row in rows:
        yield OwedProof(
            item_no=row.item_no, batch_no=row.batch_no, sealed_name=row.sealed_name or "", position=row.position,
            letter_no=row.letter_no, product=row.product, posted_on=row.day, last_day=row.last_day,
            days_left=(row.last_day - on).days, asked_on=row.asked_on,
        )  # fmt: skip


def note_proofs(
    session: Session,
    items: Sequence[str],
    kind: str,
    *,
    on_date: date,
    reference: str,
    evidence: Paper | None,
    actor: str,
    clock: Clock,
) -> int:
    """Record that proofs were asked for or have come; returns how many of it is new. The same again changes nothing.

    Raises:
        WrongUsage: a number is none of a piece that was handed over; ``received`` without its paper.
    """
    if kind == "received" and evidence is None:
        raise WrongUsage("登记收到凭证须附凭证文件。", "请加 --evidence 文件。")
    wanted = list(dict.fromkeys(items))
    unknown = _not_handed_over(session, wanted)
    if unknown:
        raise WrongUsage(
            f"有 {len(unknown)} 个号码不是已交寄的邮件，例如 {unknown[0]}；什么都没有登记。", "请核对号码，用 handa post proofs due 查看。"
        )
    new = session.execute(
        _NOTE,
        {
            "kind": kind, "on_date": on_date, "reference": reference, "name": evidence.name if evidence else "",
            "sha256": evidence.sha256 if evidence else "", "actor": actor, "at": clock(), "ids": [uuid7() for _ in wanted],
            "items": wanted,
        },
    ).all()  # fmt: skip
    if new:
        append_audit(
            session, actor=actor, action=f"proof.{kind}", subject=f"proofs:{on_date}",
            detail={"pieces": len(new), "reference": reference, "evidence": evidence.sha256 if evidence else ""}, clock=clock,
        )  # fmt: skip
    return len(new)


def _not_handed_over(session: Session, items: Sequence[str]) -> list[str]:
    found = session.execute(
        text(
            """
            SELECT new.item FROM unnest(CAST(:items AS text[])) WITH ORDINALITY AS new(item, place)
            WHERE NOT EXISTS (SELECT FROM piece JOIN letter ON letter.id = piece.letter_id
              JOIN batch_event ON batch_event.batch_id = letter.batch_id AND batch_event.kind = 'handed_over'
              WHERE piece.item_no = new.item)
            ORDER BY new.place
            """
        ),
        {"items": list(items)},
    )
    return list(found.scalars())
