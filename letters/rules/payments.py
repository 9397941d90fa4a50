"""Payments that the claim's snapshot can't hold (R-AMT-09): a letter would demand what has been paid."""

from __future__ import annotations

from collections.abc import Iterator

from letters.rules.model import Facts, Finding, Severity
from letters.rules.rule import Say, planning_rule


@planning_rule(
    "R-AMT-09",
    "快照之后有还款到账的，须以新快照计算",
    Severity.BLOCK,
    source="law-and-post.md §7a [D]",
    messages={"paid": "债权快照（截至 {as_of}）之后于 {paid_on} 有还款到账，金额已不准确；请资方报送截至日更新的债权金额。"},
)
def snapshot_holds_every_payment(facts: Facts, say: Say) -> Iterator[Finding]:
    """No payment is known that came after the amounts were drawn up."""
    if facts.gate.paid_on is not None:
        yield say("paid", as_of=facts.case.claim.as_of, paid_on=facts.gate.paid_on)
