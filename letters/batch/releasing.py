"""签发: the lawyer's act. A sample is chosen by risk and viewed, then one named lawyer releases one hash of letters.

No automatic release (R-LAW-05): a standing order is itself a lawyer's recorded act for named templates and limits, and
whatever exceeds it stops the batch for the lawyer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from letters.batch.lookup import demand_step, is_live, kinds_of
from letters.batch.parties import lawyer_of
from letters.batch.pulling import Pulled, pull_stopped
from letters.batch.state import BatchStep
from letters.tables import Batch, BatchEvent, Firm, Lawyer, Letter, Release
from locate.tables import CaseAddress, ClaimSnapshot, Decision, Lender
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import Clock
from records.errors import Broken, NeedsDecision
from records.identity import uuid7

SAMPLE_EACH = 3
"""Letters in the sample per risk: highest amounts, lowest address confidence, lawyer-decides findings, evenly spread."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """A letter in the sample and why it is there."""

    position: int
    letter_no: str
    why: str


@dataclass(frozen=True, slots=True)
class Released:
    """What a release did."""

    batch_no: str
    letters: int
    pulled: tuple[Pulled, ...]
    token: str
    already: bool


def choose_sample(session: Session, batch: Batch) -> list[Sampled]:
    """The risk-weighted sample of a batch, in manifest order; the same batch always gives the same sample."""
    base = (
        select(Letter.position, Letter.letter_no)
        .join(Decision, Decision.id == Letter.decision_id)
        .join(ClaimSnapshot, ClaimSnapshot.id == Letter.snapshot_id)
        .join(CaseAddress, CaseAddress.id == Letter.address_id)
        .where(Letter.batch_id == batch.id, is_live())
    )
    total = session.scalar(select(func.count()).select_from(base.subquery())) or 0
    picks = [
        ("金额最高", base.order_by(ClaimSnapshot.total.desc(), Letter.position).limit(SAMPLE_EACH)),
        ("地址置信度最低", base.order_by(CaseAddress.confidence, Letter.position).limit(SAMPLE_EACH)),
        (
            "有须律师留意的提示",
            base.where(func.cardinality(Decision.rule_ids) > 0).order_by(Letter.position).limit(SAMPLE_EACH),
        ),
    ]
    found: dict[int, Sampled] = {}
    for why, query in picks:
        for position, letter_no in session.execute(query):
            found.setdefault(position, Sampled(position, letter_no, why))
    spread = [1 + i * total // SAMPLE_EACH for i in range(SAMPLE_EACH)]
    for position, letter_no in session.execute(base.where(Letter.position.in_(spread))):
        found.setdefault(position, Sampled(position, letter_no, "等距抽取"))
    return [found[position] for position in sorted(found)]


def record_sample_viewed(session: Session, batch: Batch, sample: list[Sampled], *, actor: str, clock: Clock) -> None:
    """Record that this sample of this batch was opened by ``actor``."""
    detail = {"letters_sha256": batch.letters_sha256, "letters": [[one.letter_no, one.why] for one in sample]}
    session.add(
        BatchEvent(id=uuid7(), batch_id=batch.id, kind="sample_viewed", at=clock(), actor=actor, detail=detail)
    )
    append_audit(
        session, actor=actor, action="batch.sample_viewed", subject=f"batch:{batch.batch_no}", detail=detail, clock=clock
    )


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
        NeedsDecision: the sample has not been viewed, the person may not release, the licence has lapsed or the
            template is not approved by the firm.
        Broken: the letters are not those that were planned.
    """
    kinds = demand_step(session, batch, BatchStep.PLANNED, "请先用 handa batch plan 计划。")
    firm = session.get_one(Firm, batch.firm_id)
    lawyer = lawyer_of(session, firm, lawyer_code)
    if BatchStep.RELEASED in kinds:
        known = session.scalars(select(Release).where(Release.batch_id == batch.id)).one()
        return Released(batch.batch_no, _live_count(session, batch), (), known.token, already=True)
    _demand_may_release(firm, lawyer, batch)
    if standing is None and "sample_viewed" not in kinds_of(session, batch):
        raise NeedsDecision(
            f"批次 {batch.batch_no} 的抽样函件尚未查看，不能签发。",
            f"请先运行 handa batch sample {batch.batch_no} 并逐封查看。",
        )
    if recompute_letters_sha256(session, batch) != batch.letters_sha256:
        raise Broken(f"批次 {batch.batch_no} 的函件与计划时不一致，不能签发。", "请运行 handa audit verify 查明原因。")
    pulled = pull_stopped(session, batch, actor=f"lawyer:{lawyer.code}", clock=clock)
    letters = _live_count(session, batch)
    token = cipher.token("release", f"{batch.batch_no}|{batch.letters_sha256}|{firm.code}/{lawyer.code}", 20)
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
    return str(order["lawyer"]), order


def _live_count(session: Session, batch: Batch) -> int:
    return session.scalar(select(func.count()).select_from(Letter).where(Letter.batch_id == batch.id, is_live())) or 0


def _demand_may_release(firm: Firm, lawyer: Lawyer, batch: Batch) -> None:
    if lawyer.id != batch.lawyer_id:
        raise NeedsDecision(
            f"批次 {batch.batch_no} 的函件由另一位律师署名，“{lawyer.code}”不能代为签发。",
            "请由署名律师签发，或作废本批后以该律师重新计划。",
        )
    if not lawyer.is_lawyer or not lawyer.active:
        raise NeedsDecision(f"“{lawyer.code}”不是在册执业律师，不能签发（R-LAW-03）。", "请由本所执业律师签发。")
    if lawyer.licence_until < batch.day or firm.licence_until < batch.day or not firm.active:
        raise NeedsDecision("律所或律师执业证在函件日期已失效，不能签发（R-LAW-03）。", "请更新执业证有效期后重试。")
    if batch.template not in firm.settings.get("approved_templates", []):
        raise NeedsDecision(
            f"模板 {batch.template} 未经律所审定，不能签发（R-LAW-05）。", "请由律所审定模板后用 handa firm approve 登记。"
        )
