"""The places that an unsettled text may mean, each with a probability.

The probability is the place's share of the villages and neighbourhoods (村、社区, Statistics Bureau 2023) of all places
that fit the text: a stand-in for how many addresses each has, no more. It settles nothing; the verdict stays ambiguous.
"""

from __future__ import annotations

from locate.address.areas import areas_of_unit
from locate.address.gazetteer import Gazetteer
from locate.address.model import Candidate
from locate.address.region_state import Regions

MOST = 20  # 城关镇 alone fits some hundred


def candidates_of(g: Gazetteer, r: Regions) -> tuple[Candidate, ...]:
    """Most probable first; empty where the text settles the place."""
    units = tuple(r.units) if len(r.units) > 1 else r.candidates
    if len(units) < 2:
        return ()
    weights = {u: max(1, g.villages.get(u, 0)) for u in units}
    total = sum(weights.values())
    ranked = sorted(units, key=lambda u: (-weights[u], g.codes[u]))[:MOST]
    return tuple(_candidate(g, u, weights[u] / total) for u in ranked)


def _candidate(g: Gazetteer, unit: int, probability: float) -> Candidate:
    areas = areas_of_unit(g, unit)
    return Candidate(areas.province, areas.city, areas.district, areas.code, round(probability, 3))
