"""Which addresses go stale how fast, by kind and source: looks taken from what letters came to.

There = handed to the person or the household, or refused (offered and turned away: reached, law-and-post.md §7c). Gone = moved,
or not known there. Other receipts, insufficient addresses and unclaimed letters tell nothing of the person. A letter is a look
at a place that somebody chose, so stale-looking addresses are seen less often: rates are of addresses that were written to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.delivery.features import KINDS, SOURCES
from models.delivery.opportunities import Opportunities, Outcome
from models.freshness import LEAST, Freshness, fit_freshness

THERE: Final = (Outcome.SELF, Outcome.HOUSEHOLD, Outcome.REFUSED)
GONE: Final = (Outcome.MOVED, Outcome.UNKNOWN)
AGES: Final = (30, 180, 365, 730, 1460)
"""Days at which the table tells."""
LEAST_GROUP: Final = 30
"""Looks; a kind and source with fewer is told together with no other and left out of the table."""
_SOURCES: Final = 64
_KIND_NAMES: Final = {"household": "户籍", "residence": "现住址", "work": "单位", "billing": "账单", "delivery": "收货", "contract": "合同约定"}
_SOURCE_NAMES: Final = {
    "contract": "合同约定", "reserved": "本人预留", "authorised": "本人授权", "conversation": "双方沟通", "public": "合法公开", "contact": "联系人告知",
    "credit_bureau": "征信查询", "court_order": "司法调查令", "guarantee": "担保", "banned": "禁用",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fresh:
    """One kind and source: looks, how many were gone, and by age (probability still there, low, high)."""

    kind: str
    source: str
    looks: int
    gone: int
    still_there: tuple[tuple[float, float, float], ...]

    @property
    def title(self) -> str:
        """Kind and source in words."""
        return f"{_KIND_NAMES[self.kind]} · {_SOURCE_NAMES[self.source]}"


@dataclass(frozen=True, slots=True)
class FreshnessTable:
    """The model and its table; ``model`` None where looks are too few."""

    model: Freshness | None
    looks: int
    rows: tuple[Fresh, ...]


def freshness_of(rows: Opportunities) -> FreshnessTable:
    """Fit on these letters."""
    telling = np.isin(rows.outcome, [*THERE, *GONE]) & np.isfinite(rows.age_days)
    rows = rows.take(telling)
    if len(rows) < LEAST:
        return FreshnessTable(None, len(rows), ())
    group = rows.kind * _SOURCES + rows.source
    there = np.isin(rows.outcome, list(THERE))
    model = fit_freshness(group, rows.age_days, there)
    found = []
    for key in np.unique(group):
        here = group == key
        if here.sum() >= LEAST_GROUP:
            p, low, high = model.still_there(np.full(len(AGES), key), np.array(AGES, np.float64))
            told = tuple((float(a), float(b), float(c)) for a, b, c in zip(p, low, high, strict=True))
            found.append(Fresh(KINDS[key // _SOURCES], SOURCES[key % _SOURCES], int(here.sum()), int((~there[here]).sum()), told))
    return FreshnessTable(model, len(rows), tuple(sorted(found, key=lambda one: -one.still_there[2][0])))
