"""The day's report for operators: what was judged and why it stopped, batches and where their letters are.

Every rate says its denominator. No personal text is in it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.state import STATE_NAMES, STEP_NAMES
from letters.batch.stock import stock_of
from letters.batch.view import batch_view, decision_rows
from letters.post.model import LetterState
from letters.rules import all_rules
from letters.tables import Batch

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "reports"
SEVERITIES = {"block": "拒绝", "hold": "暂停待人", "warn": "提示"}


def day_figures(session: Session, day: date) -> dict[str, Any]:
    """The figures of a day, as plain values for the page and for ``--json``."""
    verdicts: dict[str, Counter[str]] = {}
    stopped: Counter[tuple[str, str]] = Counter()
    for row in decision_rows(session, day):
        verdicts.setdefault(row["lender"], Counter())[row["verdict"]] += 1
        stopped.update({(finding["rule_id"], finding["severity"]) for finding in row["findings"]})
    titles = {rule.id: rule.title for rule in all_rules()}
    batches = []
    states: Counter[str] = Counter()
    for batch in session.scalars(select(Batch).where(Batch.day == day).order_by(Batch.number)):
        view = batch_view(session, batch)
        states.update(view["states"])
        batches.append(
            {
                "batch_no": view["batch_no"],
                "lender": view["lender"],
                "step": STEP_NAMES[view["step"]],
                "letters": len(view["letters"]),
                "states": "，".join(f"{name} {count}" for name, count in sorted(view["states"].items())),
                "sealed_name": view["sealed_name"],
            }
        )
    delivered = states[STATE_NAMES[LetterState.DELIVERED]]
    final = delivered + states[STATE_NAMES[LetterState.RETURNED]] + states[STATE_NAMES[LetterState.LOST]]
    return {
        "day": day.isoformat(),
        "verdicts": [
            {"lender": code, **{name: counts[name] for name in ("planned", "held", "refused")}}
            for code, counts in sorted(verdicts.items())
        ],
        "rules": [
            {"id": rule_id, "title": titles.get(rule_id, ""), "severity": SEVERITIES[severity], "cases": count}
            for (rule_id, severity), count in sorted(stopped.items(), key=lambda item: (-item[1], item[0]))
        ],
        "batches": batches,
        "numbers": [asdict(stock) for stock in stock_of(session, day)],
        "delivered": delivered,
        "final": final,
        "rate": f"{delivered * 1000 // final / 10:.1f}%" if final else None,
    }


def day_page(figures: dict[str, Any]) -> str:
    """The figures as one HTML page without outside resources."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("day.html").render(figures)
