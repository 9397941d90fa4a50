"""签发: the lawyer's act. With nothing missing at the gate, one named lawyer releases one hash of letters.

No automatic release (R-LAW-05): a standing order is itself a lawyer's recorded act for named templates and limits, and
whatever exceeds it stops the batch for the lawyer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Text, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from letters.batch.lookup import demand_step, is_live
from letters.batch.parties import lawyer_of
from letters.batch.policies import policy_of_batch
from letters.batch.pulling import Pulled, pull_stopped
from letters.batch.sampling import LEXICON_RULE
from letters.batch.state import BatchStep
from letters.gate.missing import Missing, missing_for_release
from letters.gate.warrant import release_token
from letters.tables import Batch, BatchEvent, Firm, Letter, Release
from locate.tables import ClaimSnapshot, Decision, Lender
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import Clock
from records.errors import Broken, NeedsDecision
from records.identity import uuid7


@dataclass(frozen=True, slots=True)
class Released:
    """What a release did."""

    batch_no: str
    letters: int
    pulled: tuple[Pulled, ...]
    token: str
    already: bool


class NotReleasable(NeedsDecision):
    """Something lacks; ``missing`` says all of it."""

    def __init__(self, batch_no: str, missing: list[Missing]) -> None:
        lines = [f"{number}. {one.what}（{one.rule_id}）→ {one.command}" for number, one in enumerate(missing, start=1)]
        super().__init__(
            f"批次 {batch_no} 还不能签发，缺 {len(missing)} 项：\n" + "\n".join(lines),
            f"逐项办妥后重新签发；随时可用 handa batch gate {batch_no} 查看还缺什么。",
        )
        self.missing = missing


def recompute_letters_sha256(session: Session, batch: Batch) -> str:
    """The hash of all letter hashes in manifest order, from the rows as they are now (pulled ones included)."""
    digest = hashlib.sha256()
    rows = session.execute(
        select(Letter.fields_sha256).where(Letter.batch_id == batch.id).order_by(Letter.position).execution_options(yield_per=5000)
    )
    for (value,) in rows:
        digest.update(bytes.fromhex(value))
    return digest.hexdigest()


def release_batch(
    session: Session, cipher: Cipher, batch: Batch, lawyer_code: str, *, clock: Clock, standing: Mapping[str, object] | None = None
) -> Released:
    """Release the batch in the name of a lawyer of its firm. Releasing twice changes nothing.

    Raises:
        NotReleasable: something lacks; all of it is said.
        Broken: the letters are not those that were planned.
    """
    kinds = demand_step(session, batch, BatchStep.PLANNED, "请先用 handa batch plan 计划。")
    firm = session.get_one(Firm, batch.firm_id)
    lawyer = lawyer_of(session, firm, lawyer_code)
    if BatchStep.RELEASED in kinds:
        known = session.scalars(select(Release).where(Release.batch_id == batch.id)).one()
        return Released(batch.batch_no, _live_count(session, batch), (), known.token, already=True)
    if recompute_letters_sha256(session, batch) != batch.letters_sha256:
        raise Broken(f"批次 {batch.batch_no} 的函件与计划时不一致，不能签发。", "请运行 handa audit verify 查明原因。")
    pulled = pull_stopped(session, batch, actor=f"lawyer:{lawyer.code}", clock=clock)
    missing = missing_for_release(
        session, cipher, batch, lawyer, policy=policy_of_batch(session, batch), clock=clock, standing=standing is not None
    )
    if missing:
        raise NotReleasable(batch.batch_no, missing)
    letters = _live_count(session, batch)
    token = release_token(cipher, batch.batch_no, batch.letters_sha256, firm.code, lawyer.code)
    sample = {
        "viewed": [
            [event.actor, event.detail]
            for event in session.scalars(
                select(BatchEvent).where(BatchEvent.batch_id == batch.id, BatchEvent.kind == "sample_viewed").order_by(BatchEvent.at)
            )
        ],
        "standing_order": dict(standing) if standing else None,
    }
    now = clock()
    session.add(
        Release(id=uuid7(), batch_id=batch.id, lawyer_id=lawyer.id, letters_sha256=batch.letters_sha256, sample=sample, token=token, at=now)
    )
    detail = {"letters": letters, "letters_sha256": batch.letters_sha256, "standing": standing is not None}
    session.add(
        BatchEvent(id=uuid7(), batch_id=batch.id, kind="released", at=now, actor=f"lawyer:{lawyer.code}", detail=detail)
    )
    append_audit(
        session, actor=f"lawyer:{lawyer.code}", action="batch.released", subject=f"batch:{batch.batch_no}", detail=detail, clock=clock
    )
    return Released(batch.batch_no, letters, tuple(pulled), token, already=False)


def standing_order_for(session: Session, batch: Batch) -> tuple[str, Mapping[str, object]] | str:
    """The lawyer and order that covers this batch whole, or a sentence saying why none does."""
    firm = session.get_one(Firm, batch.firm_id)
    order = firm.settings.get("standing_release")
    if not order:
        return "该律所没有常设签发指令，须由律师逐批签发"
    lender = session.get_one(Lender, batch.lender_id)
    if batch.template not in order["templates"]:
        return f"常设签发指令不含模板 {batch.template}"
    if lender.code not in order["lenders"]:
        return f"常设签发指令不含资方 {lender.code}"
    if batch.day > date.fromisoformat(order["until"]):
        return f"常设签发指令已于 {order['until']} 到期"
    letters = _live_count(session, batch)
    if letters > int(order["max_letters"]):
        return f"本批 {letters} 封，超过常设签发指令每批 {order['max_letters']} 封的上限"
    highest = session.scalar(
        select(func.max(ClaimSnapshot.total)).join(Letter, Letter.snapshot_id == ClaimSnapshot.id).where(Letter.batch_id == batch.id)
    )
    if highest is not None and highest > int(order["max_amount_fen"]):
        return "本批有函件金额超过常设签发指令的单封上限"
    words = session.scalar(
        select(func.count())
        .select_from(Letter)
        .join(Decision, Decision.id == Letter.decision_id)
        .where(Letter.batch_id == batch.id, is_live(), Decision.rule_ids.contains(literal([LEXICON_RULE], ARRAY(Text))))
    )
    if words:
        return f"本批有 {words} 封函件的用词须律师判断，不适用常设签发指令"
    return str(order["lawyer"]), order


def _live_count(session: Session, batch: Batch) -> int:
    return session.scalar(select(func.count()).select_from(Letter).where(Letter.batch_id == batch.id, is_live())) or 0
