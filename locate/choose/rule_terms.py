"""The rule estimator's numbers in the order in which ``models.delivery`` codes kinds, sources, grades, issues and outcomes."""

from __future__ import annotations

from functools import cache
from typing import Final

from locate.address.model import Grade, Issue
from locate.case import AddressKind, Source
from locate.choose.rule_estimator import load_priors
from locate.choose.tracks import outcome_meanings
from models.delivery.features import GRADES, ISSUES, KINDS, SOURCES
from models.delivery.opportunities import Outcome
from models.delivery.rules import RuleTerms

NORM_CODES: Final = {
    Outcome.SELF: "OK_SELF", Outcome.HOUSEHOLD: "OK_OTHER", Outcome.OTHER: "OK_UNIT", Outcome.REFUSED: "REFUSED", Outcome.MOVED: "MOVED_UNKNOWN",
    Outcome.UNKNOWN: "PERSON_UNKNOWN", Outcome.INSUFFICIENT: "ADDR_INSUFF", Outcome.UNCLAIMED: "UNCLAIMED",
}  # fmt: skip
"""The normalised code (law-and-post.md §7c) whose weight at a place stands for each class of outcome."""


@cache
def rule_terms() -> RuleTerms:
    """``priors.toml`` and ``outcomes.csv`` as the baseline that learned models are measured against."""
    priors, meanings = load_priors(), outcome_meanings()
    return RuleTerms(
        base=priors.base,
        kind=tuple(priors.kind[AddressKind(name)].weight for name in KINDS),
        source=tuple(priors.origin[Source(name)].weight if Source(name) in priors.origin else 0.0 for name in SOURCES),
        grade=tuple(priors.grade[Grade(name)].weight for name in GRADES),
        age_per_year=tuple(priors.age_per_year[AddressKind(name)] for name in KINDS),
        age_floor=priors.age_floor,
        unknown_years=priors.unknown_years,
        second_voice=priors.agreement_second,
        further_voice=priors.agreement_further,
        most_voices=priors.agreement_most,
        confidence_from=priors.confidence_from,
        confidence_per_unit=priors.confidence_per_unit,
        issue=tuple(priors.issue[Issue(name)].weight if Issue(name) in priors.issue else 0.0 for name in ISSUES),
        earlier=tuple(meanings[NORM_CODES[one]].self_weight for one in Outcome),
    )
