"""Versions of the rules policy: adopted by a person, kept whole, in force until the next. Parsing is ``letters.rules``'s."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from letters.rules.parameters import PARAMETERS
from letters.rules.policy import Policy
from letters.rules.policyfile import (
    DEFAULT_LAYER,
    Change,
    PolicyDocument,
    diff,
    effective_policy,
    layer_title,
    loosened,
    read_policy,
    to_toml,
)
from letters.tables import Batch, Firm
from letters.tables_rules import PolicyInUse, PolicyVersion
from locate.tables import Lender
from records.audit import append_audit
from records.clock import Clock
from records.errors import NeedsDecision, WrongUsage
from records.identity import uuid7

SHIPPED = 0
"""The number of the shipped defaults, before any version was adopted."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version as a list shows it."""

    number: int
    sha256: str
    adopted_by: str
    reason: str
    at: datetime
    loosened: int
    actor: str


def current_number(session: Session) -> int:
    """The number of the version in force; 0 = the shipped defaults."""
    return session.scalar(select(func.max(PolicyVersion.number))) or SHIPPED


def document_of(session: Session, number: int | None = None) -> PolicyDocument:
    """The document of a version (the one in force when none is named).

    Raises:
        WrongUsage: there is no such version.
    """
    wanted = current_number(session) if number is None else number
    if wanted == SHIPPED:
        return PolicyDocument()
    text = session.scalar(select(PolicyVersion.document).where(PolicyVersion.number == wanted))
    if text is None:
        raise WrongUsage(f"没有策略版本 {wanted}。", "请用 handa policy history 查看。")
    return read_policy(text, f"策略版本 {wanted}")


def policy_in_force(session: Session, firm: str, lender: str, product: str = "", number: int | None = None) -> Policy:
    """The policy for a firm, lender and credit product under a version."""
    return effective_policy(document_of(session, number), firm=firm, lender=lender, product=product)



def policy_of_batch(session: Session, batch: Batch) -> Policy:
    """The policy in force for the batch's firm and lender."""
    return policy_in_force(
        session, session.get_one(Firm, batch.firm_id).code, session.get_one(Lender, batch.lender_id).code
    )

def adopt(
    session: Session, document: PolicyDocument, *, by: str, reason: str, actor: str, clock: Clock
) -> tuple[int, list[Change]]:
    """Make a document the policy in force; returns its number and what it loosens. The same document again changes nothing.

    Raises:
        NeedsDecision: it loosens something and no named person or reason was given.
    """
    before_number = current_number(session)
    before = document_of(session, before_number)
    if not diff(before, document):
        return before_number, []
    loose = loosened(before, document)
    if loose and not (by.strip() and reason.strip()):
        what = "；".join(f"{layer_title(one.layer)} {one.name}：{shown(one.before)} → {shown(one.after)}" for one in loose)
        raise NeedsDecision(f"新策略放宽了 {len(loose)} 处：{what}。", "放宽须由具名的人负责并说明理由：请加 --by 姓名 --reason 理由。")
    number = before_number + 1
    rows = [{"layer": list(one.layer), "name": one.name, "before": shown(one.before), "after": shown(one.after)} for one in loose]
    session.add(
        PolicyVersion(
            id=uuid7(), number=number, document=to_toml(document), sha256=document.sha256, adopted_by=by, reason=reason,
            loosened=rows, actor=actor, at=clock(),
        )
    )  # fmt: skip
    session.flush()
    append_audit(
        session, actor=actor, action="policy.adopted", subject=f"policy:{number}",
        detail={"sha256": document.sha256, "by": by, "reason": reason, "loosened": rows}, clock=clock,
    )  # fmt: skip
    return number, loose


def history(session: Session) -> list[Version]:
    """Every version, the newest first."""
    rows = session.scalars(select(PolicyVersion).order_by(PolicyVersion.number.desc()))
    return [Version(row.number, row.sha256, row.adopted_by, row.reason, row.at, len(row.loosened), row.actor) for row in rows]


def shown(value: object) -> str:
    """A value as people read it."""
    if value is None:
        return "（未设）"
    return "、".join(value) if isinstance(value, tuple | list) else str(value)


def keep_in_use(session: Session, policies: Mapping[str, Policy], number: int, clock: Clock) -> None:
    """Keep what the hashes on decisions stand for. Twice the same is once."""
    # Sorted: two workers that keep the same policies wait for one another, never crosswise.
    rows = [
        {"sha256": sha256, "body": body_of(one), "version_number": number, "at": clock()} for sha256, one in sorted(policies.items())
    ]
    if rows:
        session.execute(insert(PolicyInUse).values(rows).on_conflict_do_nothing())


def body_of(policy: Policy) -> dict[str, Any]:
    """A policy as JSON: every value, the rules' effects and the layer that set each."""
    body: dict[str, Any] = json.loads(json.dumps(asdict(policy), default=str))
    return body


def policy_of_decision(session: Session, sha256: str) -> tuple[dict[str, Any], int] | None:
    """(body, version number) behind a decision's hash; None for a decision older than this record."""
    row = session.get(PolicyInUse, sha256)
    return None if row is None else (row.body, row.version_number)


def layers_of(body: dict[str, Any]) -> dict[str, str]:
    """Parameter or rule id → the layer that set it; the shipped default where none did."""
    known: dict[str, str] = dict(body["layers"])
    return {name: known.get(name, DEFAULT_LAYER) for name in (*PARAMETERS, *(rule for rule, _ in body["rules"]))}
