"""The verdict: asks every rule that applies and lets the worst finding on the letter decide.

Which rules apply hangs on the regimes of the case; what a rule does hangs on the policy's switches. Both are settled once a
regime and policy, so that a case costs the rules themselves and little else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

from letters.rules.model import (
    Facts,
    Finding,
    Judgement,
    LetterFacts,
    PieceFacts,
    RelayFacts,
    Severity,
    Verdict,
)
from letters.rules.policy import Policy
from letters.rules.policyfile import rule_cards, severity_under
from letters.rules.regimes import holder_regimes, regimes_of
from letters.rules.rule import LETTER_RULES, PIECE_RULES, PLANNING_RULES, RELAY_RULES, Regime, Say

Switches = tuple[tuple[str, str], ...]
"""``Policy.rules``."""


def judge(facts: Facts) -> Judgement:
    """Verdict on one case in planning, with every finding in the rules' order."""
    policy = facts.policy
    findings: list[Finding] = []
    for check, say in _planning_rules(regimes_of(facts.lender.kind, facts.case), policy.rules):
        findings.extend(check(facts, say))
    if policy.rules:
        findings = under(policy, findings)
    chosen = facts.choice.chosen
    on_the_letter = {"case"} if chosen is None else {"case", f"address:{chosen.candidate.given.ordinal}"}
    return Judgement(verdict_of(findings, frozenset(on_the_letter)), tuple(findings), policy.sha256)


def judge_letter(facts: LetterFacts) -> tuple[Finding, ...]:
    """Findings on a finished letter; empty when it may go on."""
    regimes = holder_regimes(facts.lender.kind, is_card=facts.is_card)
    found = [
        finding
        for rule in LETTER_RULES
        if rule.card.regimes & regimes and not (facts.relay_for and rule.card.id in _DEMANDS_ONLY)
        for finding in rule.check(facts, rule.say)
    ]
    return tuple(under(facts.policy, found))


_PRINTED: Final = frozenset({"R-LAW-11", "R-LAW-12", "R-LAW-13", "R-THP-03"})
"""Rules that read words only, so that text read back from pages (footers between) serves them as well."""


def judge_printed(facts: LetterFacts) -> tuple[Finding, ...]:
    """Findings on the text of a printed letter, as read back from its pages."""
    return tuple(finding for rule in LETTER_RULES if rule.card.id in _PRINTED for finding in rule.check(facts, rule.say))


_DEMANDS_ONLY: Final = frozenset({"R-LAW-10", "R-LAW-14", "R-CMP-01", "R-LIM-05", "R-LIM-06"})
"""Rules on what a demand must say: a letter to a contact must say none of it (R-THP-03)."""
_WHO_MAY_ACT: Final = ("R-LAW-", "R-OUT-", "R-CMP-", "R-TIM-06", "R-TIM-07")
"""Planning rules on firm, lawyer, mandate, filing and stops: as good for a relay letter as for a demand."""


def judge_relay(facts: RelayFacts) -> Judgement:
    """Verdict on asking a contact to relay: who may act, stops, and the rules on third persons."""
    case_facts = facts.facts
    regimes = regimes_of(case_facts.lender.kind, case_facts.case)
    findings: list[Finding] = []
    for rule in PLANNING_RULES:
        if rule.card.regimes & regimes and rule.card.id.startswith(_WHO_MAY_ACT):
            findings.extend(rule.check(case_facts, rule.say))
    for relay in RELAY_RULES:
        findings.extend(relay.check(facts, relay.say))
    findings = under(case_facts.policy, findings)
    return Judgement(verdict_of(findings), tuple(findings), case_facts.policy.sha256)


def judge_piece(facts: PieceFacts) -> tuple[Finding, ...]:
    """Findings on one manifest row; empty when it may be handed over."""
    found = [finding for rule in PIECE_RULES for finding in rule.check(facts, rule.say)]
    return tuple(under(facts.policy, found))


def under(policy: Policy, findings: Sequence[Finding]) -> list[Finding]:
    """The findings with the effect that the policy gives to their rules."""
    if not policy.rules:
        return list(findings)
    switches = dict(policy.rules)
    own = rule_cards()
    kept = []
    for finding in findings:
        effect = switches.get(finding.rule_id)
        severity = severity_under(effect, own[finding.rule_id].severity, finding.severity) if effect else finding.severity
        if severity is finding.severity:
            kept.append(finding)
        elif severity is not None:
            kept.append(Finding(finding.rule_id, severity, finding.message, finding.subject))
    return kept


def verdict_of(findings: list[Finding], subjects: frozenset[str] = frozenset({"case"})) -> Verdict:
    """The worst finding on one of ``subjects`` decides; those on a contact or another address do not end the letter."""
    severities = {finding.severity for finding in findings if finding.subject in subjects}
    if Severity.BLOCK in severities:
        return Verdict.REFUSED
    return Verdict.HELD if Severity.HOLD in severities else Verdict.PLANNED


@lru_cache(maxsize=256)
def _planning_rules(regimes: frozenset[Regime], switches: Switches) -> tuple[tuple[Callable[[Facts, Say], Iterable[Finding]], Say], ...]:
    """(check, say) of the rules that are asked; those switched off are not even looked at."""
    off = {rule_id for rule_id, effect in switches if effect == "off"}
    return tuple((rule.check, rule.say) for rule in PLANNING_RULES if rule.card.regimes & regimes and rule.card.id not in off)
