"""The rule estimator's sum, for many rows at once: the baseline that every learned model has to beat.

The numbers are the caller's (``locate.choose.rule_terms`` reads them from ``priors.toml``); nothing here is learned. Earlier
letters count by what they said of this debtor at this place, as in ``locate.choose.tracks``, fading with ``OWN_MEMORY``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self, cast

import numpy as np

from models.delivery.features import FEATURES
from models.delivery.opportunities import Floats, Opportunities, Outcome


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """Changes of the log-odds of delivery. Tuples in the order of ``features.KINDS``, ``SOURCES``, grades, ``ISSUES``, ``Outcome``."""

    base: float
    kind: tuple[float, ...]
    source: tuple[float, ...]
    grade: tuple[float, ...]
    age_per_year: tuple[float, ...]
    age_floor: float
    unknown_years: float
    second_voice: float
    further_voice: float
    most_voices: float
    confidence_from: float
    confidence_per_unit: float
    issue: tuple[float, ...]
    earlier: tuple[float, ...]

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Self:
        """The terms that ``as_json`` gave."""
        values = {name: tuple(map(float, value)) if isinstance(value, (list, tuple)) else float(cast("float", value)) for name, value in data.items()}
        return cls(**values)  # type: ignore[arg-type]


_OWN = [FEATURES.index(f"own_room.{one.name.lower()}") for one in Outcome]


def rule_log_odds(rows: Opportunities, features: Floats, terms: RuleTerms) -> Floats:
    """(n,) log-odds of delivery by rule; ``features`` as ``features.matrix`` gives them for the same rows."""
    score = np.full(len(rows), terms.base)
    for codes, weights in ((rows.kind, terms.kind), (rows.source, terms.source), (rows.grade, terms.grade)):
        table = np.array([*weights, 0.0])
        score += table[np.where((codes >= 0) & (codes < len(weights)), codes, len(weights))]
    years = np.where(np.isnan(rows.age_days), terms.unknown_years, np.nan_to_num(rows.age_days) / 365.25)
    score += np.maximum(np.array(terms.age_per_year)[rows.kind] * years, terms.age_floor)
    more = np.minimum(terms.second_voice + terms.further_voice * (rows.voices - 2), terms.most_voices)
    score += np.where(rows.voices > 1, more, 0.0)
    score += np.minimum(rows.confidence - terms.confidence_from, 0.0) * terms.confidence_per_unit
    for bit, weight in enumerate(terms.issue):
        score += weight * ((rows.issues >> bit) & 1)
    return np.asarray(score + features[:, _OWN] @ np.array(terms.earlier), np.float64)
