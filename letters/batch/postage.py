"""Postage as computed against postage as charged: every piece of a batch, its difference, and working it off.

The acknowledgement received last counts. A batch whose postage has an open difference may not be closed: ask
``open_differences``. Causes are ``letters.post.causes``'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from letters.batch.agreements import catalogue_of
from letters.gate.papers import Paper
from letters.post.causes import Cause, Charge, explain
from letters.tables import Batch, Firm
from letters.tables_numbers import PostageSettlement
from records.audit import append_audit
from records.clock import Clock
from records.errors import WrongUsage
from records.identity import uuid7

_CHARGES = text(
    """
    SELECT piece.item_no, letter.letter_no, letter.postcode, piece.weight_g, piece.postage_fen, answer.accepted,
           answer.weight_g AS charged_weight_g, answer.postage_fen AS charged_fen, void_number.piece_id IS NOT NULL AS void
    FROM letter JOIN piece ON piece.letter_id = letter.id
    LEFT JOIN void_number ON void_number.piece_id = piece.id
    JOIN LATERAL (
        SELECT acknowledgement.accepted, acknowledgement.weight_g, acknowledgement.postage_fen
        FROM acknowledgement JOIN answer_file ON answer_file.id = acknowledgement.file_id
        WHERE acknowledgement.item_no = piece.item_no
        ORDER BY answer_file.received_at DESC, answer_file.id DESC LIMIT 1
    ) AS answer ON true
    WHERE letter.batch_id = :batch
    ORDER BY letter.position, piece.copy_no
    """
)
PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Settled:
    """How a difference was worked off."""

    reason: str
    by: str
    at: datetime
    evidence_sha256: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One piece that was not charged as computed. ``charged_fen`` None = not stated; ``settled`` None = open."""

    item_no: str
    letter_no: str
    expected_fen: int
    charged_fen: int | None
    weight_g: int
    charged_weight_g: int | None
    cause: Cause
    words: str
    settled: Settled | None

    @property
    def difference_fen(self) -> int:
        """Charged less expected; a charge that is not stated counts as nothing charged."""
        return (self.charged_fen or 0) - self.expected_fen


@dataclass(frozen=True, slots=True)
class Comparison:
    """A batch's postage. Sums are over the pieces that the acknowledgements speak of."""

    batch_no: str
    acknowledged: int
    refused: int
    expected_fen: int
    charged_fen: int
    other_weight: int
    """Accepted pieces that the post weighed otherwise, whether or not that changed the postage."""
    differences: tuple[Difference, ...]

    @property
    def difference_fen(self) -> int:
        """Charged less expected, fen."""
        return self.charged_fen - self.expected_fen

    @property
    def open(self) -> tuple[Difference, ...]:
        """Differences that nobody has worked off."""
        return tuple(one for one in self.differences if one.settled is None)

    @property
    def by_cause(self) -> dict[Cause, int]:
        """Open differences by their likely cause."""
        return dict(Counter(one.cause for one in self.open))


def compare_postage(session: Session, batch: Batch) -> Comparison:
    """Every acknowledged piece of the batch against its acknowledgement."""
    catalogue = catalogue_of(session, batch)
    product = catalogue.product(batch.product)
    origin = str(session.get_one(Firm, batch.firm_id).settings.get("postcode", ""))
    settled = _settlements(session, batch.id)
    acknowledged = refused = expected = charged = other_weight = 0
    found = []
    for row in session.execute(_CHARGES.execution_options(yield_per=PAGE), {"batch": batch.id}):
        goes = row.accepted and not row.void
        charge = Charge(
            weight_g=row.weight_g or 0,
            local=catalogue.is_local(origin, row.postcode),
            expected_fen=(row.postage_fen or 0) if goes else 0,
            charged_fen=row.charged_fen,
            charged_weight_g=row.charged_weight_g,
            accepted=row.accepted,
            void=row.void,
        )
        acknowledged += 1
        refused += not row.accepted
        expected += charge.expected_fen
        charged += charge.charged_fen or 0
        other_weight += goes and charge.charged_weight_g not in (None, charge.weight_g)
        explained = explain(catalogue, product, charge)
        if explained is not None:
            found.append(
                Difference(
                    row.item_no, row.letter_no, charge.expected_fen, charge.charged_fen, charge.weight_g, charge.charged_weight_g,
                    explained.cause, explained.words, settled.get((row.item_no, charge.expected_fen, charge.charged_fen)),
                )
            )  # fmt: skip
    return Comparison(batch.batch_no, acknowledged, refused, expected, charged, other_weight, tuple(found))


def open_differences(session: Session, batch: Batch) -> tuple[Difference, ...]:
    """Postage differences of the batch that nobody has worked off: while there is one, the batch may not be closed."""
    return compare_postage(session, batch).open


def _settlements(session: Session, batch_id: UUID) -> dict[tuple[str, int, int | None], Settled]:
    rows = session.scalars(
        select(PostageSettlement).where(PostageSettlement.batch_id == batch_id).order_by(PostageSettlement.at, PostageSettlement.id)
    )
    return {
        (row.item_no, row.expected_fen, row.charged_fen): Settled(row.reason, row.by, row.at, row.evidence_sha256) for row in rows
    }


def settle_differences(
    session: Session,
    batch: Batch,
    *,
    items: Collection[str] = (),
    cause: Cause | None = None,
    reason: str,
    by: str,
    evidence: Paper | None = None,
    actor: str,
    clock: Clock,
) -> Sequence[Difference]:
    """Work off the batch's open differences: those of ``items``, and those of ``cause``. What is settled stays as it is.

    Raises:
        WrongUsage: nothing is named, an item has no difference, or no reason or name is given.
    """
    if not (items or cause):
        raise WrongUsage("没有指明要处理哪些差额。", "请用 --item 邮件号码（可重复）或 --cause 原因代码。")
    if not reason.strip() or not by.strip():
        raise WrongUsage("处理差额必须写明理由与经办人。", "请加 --reason 与 --by。")
    compared = compare_postage(session, batch)
    strangers = sorted(set(items) - {one.item_no for one in compared.differences})
    if strangers:
        raise WrongUsage(
            f"批次 {batch.batch_no} 的这些邮件没有资费差额：{'、'.join(strangers[:5])}。", f"请用 handa post postage {batch.batch_no} 查看。"
        )
    chosen = [one for one in compared.open if one.item_no in items or one.cause is cause]
    now = clock()
    session.add_all(
        PostageSettlement(
            id=uuid7(), batch_id=batch.id, item_no=one.item_no, expected_fen=one.expected_fen, charged_fen=one.charged_fen,
            cause=one.cause.value, reason=reason, by=by, evidence_name=evidence.name if evidence else "",
            evidence_sha256=evidence.sha256 if evidence else "", at=now, actor=actor,
        )
        for one in chosen
    )  # fmt: skip
    session.flush()
    if chosen:
        append_audit(
            session, actor=actor, action="postage.settled", subject=f"batch:{batch.batch_no}",
            detail={
                "items": len(chosen), "difference_fen": sum(one.difference_fen for one in chosen), "reason": reason, "by": by,
                "evidence_sha256": evidence.sha256 if evidence else "",
            },
            clock=clock,
        )  # fmt: skip
    return chosen
