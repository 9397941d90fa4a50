"""Ranks the contacts that may lawfully be asked: usefulness less a penalty for complaints, explained; abstains.

The filter comes first and is not the estimator's business: barred contacts are never scored (R-AI-01). The estimator is
behind a protocol: the rule prior, ``ForestUsefulness`` around ``models.contact_forest``, or ``LearnedUsefulness``
around a promoted model of ``models.contacts``.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Protocol

from locate.contacts.features import FEATURE_NAMES, ContactFeatures, Question, contact_features
from locate.contacts.lawful import Bar
from locate.contacts.relations import RelationGroup


@dataclass(frozen=True, slots=True)
class ContactReason:
    """What mattered, in words, with its share of the log-odds (or of the score, as the estimator says)."""

    code: str
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Usefulness:
    """An estimator's answer: probability that asking helps, or None where it abstains."""

    probability: float | None
    reasons: tuple[ContactReason, ...]
    complaint: float | None = None
    """Probability of a complaint or opt-out; None = the relation's prior."""
    penalty: float | None = None
    """How many useful answers one complaint outweighs, by this estimator; None = as in the priors."""
    floor: float | None = None
    """Score at or below which nobody is asked; None = as in the priors."""


class ContactEstimator(Protocol):
    """Gives the probability that asking a contact helps, for contacts that may be asked."""

    @property
    def version(self) -> str:
        """Name and content hash of the model."""
        ...

    def estimate(self, rows: tuple[ContactFeatures, ...]) -> tuple[Usefulness, ...]:
        """One answer a row, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class ContactPriors:
    """``priors.toml`` as read."""

    version: str
    useful: Mapping[RelationGroup, float]
    complaint: Mapping[RelationGroup, float]
    weight: Mapping[str, float]
    titles: Mapping[str, str]
    complaint_penalty: float
    abstain_below: float


@cache
def load_contact_priors() -> ContactPriors:
    """The table, read once; it must know every group that may be asked and only features that exist."""
    content = files("locate.contacts").joinpath("priors.toml").read_bytes()
    raw = tomllib.loads(content.decode())
    useful = {RelationGroup(name): float(value) for name, value in raw["useful"].items()}
    complaint = {RelationGroup(name): float(value) for name, value in raw["complaint"].items()}
    known = set(RelationGroup) - {RelationGroup.UNKNOWN}
    weights = {str(name): float(value) for name, value in raw["weight"].items()}
    if set(useful) != known or set(complaint) != known or not set(weights) <= set(FEATURE_NAMES):
        raise ValueError("contacts/priors.toml does not fit the relation groups or the features")
    return ContactPriors(
        f"contact-rule-{raw['version']}-{hashlib.sha256(content).hexdigest()[:8]}",
        useful, complaint, weights, dict(raw["titles"]), float(raw["complaint_penalty"]), float(raw["abstain_below"]),
    )  # fmt: skip


class RulePrior:
    """M0: relation prior × what is known of the contact. Stateless; every number is assumed."""

    @property
    def version(self) -> str:
        """Content hash of the priors."""
        return load_contact_priors().version

    def estimate(self, rows: tuple[ContactFeatures, ...]) -> tuple[Usefulness, ...]:
        """Log-odds of the relation's prior plus weights × features."""
        return tuple(self._one(row) for row in rows)

    def _one(self, row: ContactFeatures) -> Usefulness:
        priors = load_contact_priors()
        prior = priors.useful.get(row.group)
        if prior is None:
            return Usefulness(None, (ContactReason("relation", "关系不明，不作估计", 0.0),))
        log_odds = math.log(prior / (1 - prior))
        reasons = [ContactReason("relation", f"关系的先验（{GROUP_TITLES[row.group]}）", log_odds)]
        values = dict(zip(FEATURE_NAMES, row.values, strict=True))
        for name, weight in priors.weight.items():
            if values[name]:
                share = weight * values[name]
                log_odds += share
                reasons.append(ContactReason(name, priors.titles[name], share))
        return Usefulness(1 / (1 + math.exp(-log_odds)), tuple(reasons))


GROUP_TITLES: Final[Mapping[RelationGroup, str]] = {
    RelationGroup.SPOUSE: "配偶",
    RelationGroup.PARENT: "父母",
    RelationGroup.CHILD: "子女",
    RelationGroup.SIBLING: "兄弟姐妹",
    RelationGroup.RELATIVE: "其他亲属",
    RelationGroup.COLLEAGUE: "同事",
    RelationGroup.FRIEND: "朋友",
    RelationGroup.UNKNOWN: "不明",
}


@dataclass(frozen=True, slots=True)
class RankedContact:
    """A contact that may be asked, with its score = P(useful) less penalty × P(complaint)."""

    ordinal: int
    probability: float
    complaint: float
    score: float
    reasons: tuple[ContactReason, ...]


@dataclass(frozen=True, slots=True)
class ContactRanking:
    """Whom to ask first. ``barred`` were never scored; ``abstained`` were not ranked for want of knowledge or worth."""

    ranked: tuple[RankedContact, ...]
    barred: tuple[tuple[int, tuple[Bar, ...]], ...]
    abstained: tuple[int, ...]
    model_version: str


def rank_contacts(
    candidates: tuple[tuple[Question, tuple[Bar, ...]], ...], estimator: ContactEstimator
) -> ContactRanking:
    """Rank a case's contacts. ``candidates`` pairs each with the bars that ``may_be_asked`` found; bars exclude.

    The order of the answer does not depend on the order of the question; ties fall to the lender's own order.
    """
    ordered = sorted(candidates, key=lambda pair: pair[0].contact.ordinal)
    barred = tuple((question.contact.ordinal, bars) for question, bars in ordered if bars)
    rows = tuple(contact_features(question) for question, bars in ordered if not bars)
    priors = load_contact_priors()
    ranked: list[RankedContact] = []
    abstained: list[int] = []
    for row, answer in zip(rows, estimator.estimate(rows), strict=True):
        complaint = priors.complaint.get(row.group) if answer.complaint is None else answer.complaint
        if answer.probability is None or complaint is None:
            abstained.append(row.ordinal)
            continue
        penalty = priors.complaint_penalty if answer.penalty is None else answer.penalty
        floor = priors.abstain_below if answer.floor is None else answer.floor
        score = answer.probability - penalty * complaint
        if score <= floor:
            abstained.append(row.ordinal)
        else:
            ranked.append(RankedContact(row.ordinal, answer.probability, complaint, score, answer.reasons))
    ranked.sort(key=lambda one: (-one.score, one.ordinal))
    return ContactRanking(tuple(ranked), barred, tuple(abstained), estimator.version)
