"""The day's report for operators: what was judged and why it stopped, batches, the books, and what does not add up.

Every rate says its denominator. No personal text is in it. As a page, workbook or PDF: ``letters.batch.report_files``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.model_watch import watch, watch_notes, window_facts
from letters.batch.state import STATE_NAMES, STEP_NAMES
from letters.batch.stock import stock_of
from letters.batch.view import batch_view, decision_rows
from letters.post.account import Account
from letters.post.gap_kinds import Who
from letters.post.gaps import Gap, gaps_of
from letters.post.model import LetterState
from letters.rules import all_rules
from letters.tables import Batch
from records.cipher import Cipher
from records.clock import SHANGHAI, Clock, system_clock

SEVERITIES = {"block": "拒绝", "hold": "暂停待人", "warn": "提示"}
_WHO_ORDER: Final = {who.value: order for order, who in enumerate(Who)}


def day_figures(session: Session, day: date, cipher: Cipher, clock: Clock = system_clock) -> dict[str, Any]:
    """The figures of a day, as plain values for the page and for ``--json``. Books and gaps are as of ``clock``."""
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
        "model": _model(session, cipher, clock),
        **_accounts(session, day, clock),
    }


def _model(session: Session, cipher: Cipher, clock: Clock) -> dict[str, Any]:
    """The model in force and how it has done."""
    found = watch(session, cipher, clock())
    return {"version": found.version or None, "windows": window_facts(found.windows), "steps_back": found.steps_back, "notes": watch_notes(found)}


def _accounts(session: Session, day: date, clock: Clock) -> dict[str, Any]:
    """The books of batches up to the day that are not closed, and every gap that is due, by who must act."""
    look = gaps_of(session, clock)
    accounts = [
        Account(one.batch_no, one.lender, one.partner, f"{one.day:%Y-%m}", STEP_NAMES[one.step], look.books[one.batch_id])
        for one in look.batches
        if one.day <= day
    ]
    troubled = {gap.batch_no for gap in look.gaps}
    shown = [one for one in accounts if one.differences or one.batch_no in troubled or one.batch_no.startswith(f"B{day:%Y%m%d}-")]
    return {
        "reckoned_at": clock().astimezone(SHANGHAI).isoformat(timespec="minutes"),
        "books": [one.plain() for one in shown],
        "books_quiet": len(accounts) - len(shown),
        "gaps": [asdict(gap) for gap in sorted(look.gaps, key=_urgency)],
    }


def _urgency(gap: Gap) -> tuple[int, int, str, str]:
    return _WHO_ORDER[gap.who], -gap.days, gap.subject, gap.code
