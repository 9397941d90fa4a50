"""Why a case ended as it did: the decision in force with its inputs, each rule that applied, its verdict and its parameters.

Read from what was kept with the decision; nothing is judged anew. No personal text.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from letters.batch.policies import layers_of, policy_of_decision
from letters.batch.template_trial import template_drawn
from letters.privacy.erased import demand_there
from letters.rules import all_rules
from letters.rules.amounts import LINE_TITLES
from letters.rules.catalogue import RuleEntry, State
from letters.rules.papers import contract_date
from letters.rules.policyfile import DEFAULT_LAYER, EFFECTS, rule_cards
from letters.rules.regimes import original_holder, regimes_of
from letters.rules.rule import Phase
from letters.tables import Planning
from letters.tables_proof import RelayLetter
from locate.case import CaseRecord, LenderKind
from locate.loading import load_cases
from locate.stops import case_by_no
from locate.tables import Case, CaseAddress, ClaimSnapshot, Decision, Lender
from records.cipher import Cipher
from records.errors import WrongUsage
from records.money import yuan

PASSED, NOT_ASKED, OFF = "passed", "not_asked", "off"
OUTCOME_TITLES = {
    "block": "拒绝", "hold": "暂停待人", "warn": "提示", PASSED: "通过", NOT_ASKED: "未到这一步", OFF: "已关闭",
}  # fmt: skip


def explain_case(session: Session, cipher: Cipher, lender_code: str, case_no: str, day: date | None) -> dict[str, Any]:
    """The latest decision on a case (of a day, or at all) with everything behind it.

    Raises:
        WrongUsage: no such case, or nothing was decided on it.
    """
    case = case_by_no(session, lender_code, case_no)
    demand_there(session, case)
    relay = exists().where(RelayLetter.decision_id == Decision.id)
    query = select(Decision).where(Decision.case_id == case.id, ~relay).order_by(Decision.made_at.desc()).limit(1)
    decision = session.scalar(query if day is None else query.where(Decision.day == day))
    if decision is None:
        when = f"{day} " if day else ""
        raise WrongUsage(f"案件“{case_no}”{when}还没有结果。", "请先运行 handa batch plan。")
    lender = session.get_one(Lender, case.lender_id)
    (stored,) = load_cases(session, cipher, [case.id])
    known = policy_of_decision(session, decision.policy_sha256)
    body, number = known or ({"layers": [], "rules": []}, 0)
    regimes = regimes_of(LenderKind(lender.kind), stored.record)
    return {
        "case_no": case.case_no,
        "lender": lender.code,
        "day": decision.day,
        "verdict": decision.verdict,
        "case_changed_since": case.version != decision.case_version,
        "policy": {"sha256": decision.policy_sha256, "version": number, "kept": known is not None},
        "inputs": _inputs(session, lender, case, stored.record, decision),
        "rules": [
            _rule(entry, decision, body)
            for entry in all_rules()
            if entry.state is State.ASKED and not {Phase.PIECE, Phase.RELAY} & set(entry.phases[:1]) and entry.regimes & regimes
        ],
    }


def _inputs(session: Session, lender: Lender, case: Case, record: CaseRecord, decision: Decision) -> dict[str, Any]:
    snapshot = session.get(ClaimSnapshot, decision.snapshot_id) if decision.snapshot_id else None
    planning = session.get(Planning, decision.planning_id)
    args = planning.args if planning else {}
    checks = decision.checks or {}
    original = original_holder(record)
    return {
        "lender_kind": lender.kind,
        "original_holder": original.value if original else None,
        "product": case.product,
        "regimes": checks.get("regimes", []),
        "disbursed_on": case.disbursed_on,
        "contract_on": contract_date(record),
        "as_of": snapshot.as_of if snapshot else None,
        "overdue_since": snapshot.overdue_since if snapshot else None,
        "amounts": {name: yuan(getattr(snapshot, name)) for name, _ in (*LINE_TITLES, ("total", "合计"))} if snapshot else {},
        "snapshot_sha256": bytes(snapshot.content_sha256).hex() if snapshot else None,
        "price": checks.get("price", {}),
        "papers": sorted(record.extra),
        "postal_product": decision.product or args.get("product"),
        "why_product": _why_product(decision.reasons),
        "template": args.get("template"),
        "template_draw": template_drawn(decision.offer),
        "stops_in_file": [kind.value for kind in record.stops],
        "addresses": len(record.addresses),
        "address": _address(session, decision),
        "delivery_probability": decision.probability,
        "choice_model": decision.model_version,
    }


def _why_product(reasons: list[dict[str, Any]]) -> str:
    """Why this postal product, where there was a choice; with the word that chance took it, if it did."""
    by_code = {reason["code"]: reason["text"] for reason in reasons}
    return "；".join(by_code[code] for code in ("product", "explore") if code in by_code) if "product" in by_code else ""


def _address(session: Session, decision: Decision) -> dict[str, Any] | None:
    """The address that was chosen, by its place in the file and where it came from; not its text."""
    row = session.get(CaseAddress, decision.address_id) if decision.address_id else None
    if row is None:
        return None
    return {"ordinal": row.ordinal, "kind": row.kind, "source": row.source, "collected_on": row.collected_on, "grade": row.grade}


def _rule(entry: RuleEntry, decision: Decision, body: dict[str, Any]) -> dict[str, Any]:
    findings = [one for one in decision.findings if one["rule_id"] == entry.id]
    effect = dict(body["rules"]).get(entry.id, rule_cards()[entry.id].severity.value)
    layers = layers_of(body)
    if findings:
        outcome = max((one["severity"] for one in findings), key=EFFECTS.index)
    elif effect == OFF:
        outcome = OFF
    else:
        # Letters are composed only for cases that no planning rule stops; pieces are looked at when they are sealed.
        outcome = PASSED if Phase.PLANNING in entry.phases or decision.verdict == "planned" else NOT_ASKED
    return {
        "id": entry.id,
        "title": entry.title,
        "outcome": outcome,
        "effect": effect,
        "effect_set_by": layers.get(entry.id, DEFAULT_LAYER),
        "findings": [{"subject": one["subject"], "severity": one["severity"], "message": one["message"]} for one in findings],
        "parameters": [
            {"name": name, "value": body.get(name), "set_by": layers.get(name, DEFAULT_LAYER)} for name in entry.parameters
        ],
        "source": entry.source,
    }
