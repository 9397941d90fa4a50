"""Contact models of a lender: trained on what asking its contacts came to, put in force by a person, used by relay planning.

Never another lender's answers (R-SRC-05). Not here: the learning (``models.contacts``), the trials (``contact_trials``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from letters.batch.contact_trials import contact_trials
from letters.batch.model_store import (
    CONTACTS,
    PROMOTED,
    RULES,
    Kept,
    champion,
    contact_scope,
    content_of,
    keep_content,
    put_in_force,
)
from letters.batch.parties import lender_by_code
from locate.contacts.learned_usefulness import LearnedUsefulness
from locate.contacts.ranking import ContactEstimator, RulePrior
from models.contacts.learned import LearnedContacts, TooFewTrials, from_json
from models.contacts.training import compare_contacts, contact_card_facts, train_contacts
from records.clock import SHANGHAI, Clock
from records.database import Database
from records.errors import Broken, NeedsDecision, WrongUsage

AGAINST: Final[Mapping[str, str]] = {
    "too_few_cases": "检验的案件太少", "no_gain": "首选命中率不高于规则", "more_complaints": "投诉与拒绝联系多于规则", "badly_calibrated": "估计与实际相差太大",
    "log_cannot_tell": "记录里没有抽样询问，说明不了换一种排法会怎样",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CameContacts:
    """What a training came to. ``version`` '' = the rule prior stays, nothing was kept."""

    version: str
    facts: Mapping[str, Any]
    new: bool


def train_contact_model(db: Database, lender_code: str, as_of: date, *, kind: str | None, seed: int, actor: str) -> CameContacts:
    """Train on what was known before ``as_of`` of one lender's questions; keep the champion, or the ``kind`` asked for.

    Raises:
        NeedsDecision: too few known results.
        WrongUsage: there is no such lender.
    """
    last = as_of - timedelta(days=1)
    with db.session() as session:
        lender = lender_by_code(session, lender_code)
        trials = contact_trials(session, db.cipher, lender, datetime.combine(as_of, time(), SHANGHAI) - timedelta(microseconds=1))
    try:
        comparison = compare_contacts(trials, last.toordinal(), seed)
        model = train_contacts(trials, last.toordinal(), seed, kind or comparison.kind)
    except TooFewTrials as few:
        raise NeedsDecision(
            f"资方“{lender_code}”截至 {last} 有结果的询问只有 {few.known} 次（有用的 {few.useful} 次），不足以训练。", "请继续用 handa contacts result 登记结果；在此之前由规则排序。"
        ) from few
    facts = contact_card_facts(model, trials, last.toordinal(), comparison, synthetic=False) | {"lender": lender_code}
    if not isinstance(model, LearnedContacts):
        return CameContacts("", facts, new=False)
    content = json.dumps(model.as_json(), sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    with db.session() as session:
        new = keep_content(session, CONTACTS, model.version, content, facts, as_of, actor=actor, clock=db.clock)
    return CameContacts(model.version, facts, new)


def against_contacts(facts: Mapping[str, Any]) -> list[str]:
    """What speaks against putting a contact model in force; empty = nothing."""
    verdict = facts.get("verdicts", {}).get(facts["kind"])
    if verdict is None:
        return ["没有检验"]
    return [AGAINST.get(code, code) for code in verdict["against"]]


def promote_contacts(session: Session, kept: Kept, why: str, *, anyway: bool, actor: str, clock: Clock) -> str:
    """Put a contact model in force for its lender; returns its version.

    Raises:
        WrongUsage: it is in force already.
        NeedsDecision: its check is against it and nobody said ``anyway``.
    """
    scope = contact_scope(str(kept.facts["lender"]))
    now = champion(session, scope)
    if kept.version == now:
        raise WrongUsage(f"模型 {kept.version} 已经在用。", "不需要再启用。")
    open_contacts(session, kept.version)
    against = against_contacts(kept.facts)
    if against and not anyway:
        raise NeedsDecision(f"不宜启用 {kept.version}：{'；'.join(against)}。", "请等更多询问结果后重新训练；确要启用请加 --anyway，理由会记入审计。")
    put_in_force(session, kept.version, PROMOTED, why, {"from": now or RULES, "gate": against, "anyway": anyway and bool(against)}, actor=actor, clock=clock, scope=scope)
    return kept.version


def open_contacts(session: Session, version: str) -> LearnedContacts:
    """The model itself.

    Raises:
        Broken: what is kept is not what was trained.
    """
    try:
        model = from_json(json.loads(content_of(session, version)))
    except (ValueError, KeyError, TypeError) as fault:
        raise Broken(f"联系人模型“{version}”读不出来：它由别的程序版本训练，或已损坏。", "请用 handa models promote rule --lender 代码 退回规则，再重新训练。") from fault
    if not isinstance(model, LearnedContacts) or model.version != version:
        raise Broken(f"联系人模型“{version}”与登记时不一致。", "请用 handa models promote rule --lender 代码 退回规则，并核对备份。")
    return model


def estimator_in_force(session: Session, lender_code: str) -> ContactEstimator:
    """The lender's contact model in force, or the rule prior."""
    version = champion(session, contact_scope(lender_code))
    return LearnedUsefulness(open_contacts(session, version)) if version else RulePrior()
