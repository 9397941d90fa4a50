"""The verdict: asks every rule that applies and lets the worst finding on the letter decide."""

from __future__ import annotations

from functools import lru_cache

from letters.rules.model import (
    Facts,
    Finding,
    Judgement,
    LetterFacts,
    PieceFacts,
    Severity,
    Verdict,
)
from letters.rules.regimes import holder_regimes, is_card_debt
from letters.rules.rule import LETTER_RULES, PIECE_RULES, PLANNING_RULES, Regime, Rule


def judge(facts: Facts) -> Judgement:
    """Verdict on one case in planning, with every finding in the rules' order."""
    regimes = holder_regimes(facts.lender.kind, is_card=is_card_debt(facts.case))
    findings: list[Finding] = []
    for rule in _planning_rules(regimes):
        findings.extend(rule.check(facts, rule.say))
    chosen = facts.choice.chosen
    on_the_letter = {"case"} if chosen is None else {"case", f"address:{chosen.candidate.given.ordinal}"}
    return Judgement(verdict_of(findings, frozenset(on_the_letter)), tuple(findings), facts.policy.sha256)


def judge_letter(facts: LetterFacts) -> tuple[Finding, ...]:
    """Findings on a finished letter; empty when it may go on."""
    regimes = holder_regimes(facts.lender.kind, is_card=facts.is_card)
    return tuple(
        finding for rule in LETTER_RULES if rule.card.regimes & regimes for finding in rule.check(facts, rule.say)
    )


def judge_piece(facts: PieceFacts) -> tuple[Finding, ...]:
    """Findings on one manifest row; empty when it may be handed over."""
    return tuple(finding for rule in PIECE_RULES for finding in rule.check(facts, rule.say))


def verdict_of(findings: list[Finding], subjects: frozenset[str] = frozenset({"case"})) -> Verdict:
    """The worst finding on one of ``subjects`` decides; those on a contact or another address do not end the letter."""
    severities = {finding.severity for finding in findings if finding.subject in subjects}
    if Severity.BLOCK in severities:
        return Verdict.REFUSED
    return Verdict.HELD if Severity.HOLD in severities else Verdict.PLANNED


@lru_cache(maxsize=64)
def _planning_rules(regimes: frozenset[Regime]) -> tuple[Rule[Facts], ...]:
    return tuple(rule for rule in PLANNING_RULES if rule.card.regimes & regimes)
