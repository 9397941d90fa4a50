"""Features of a (case, place, product), point in time: what the row says, what stands beside it in its case, and the record.

``matrix(rows, record)`` gives one line a row in the order of ``FEATURES``; all finite. The record is made of earlier
outcomes and answers only from those known before the row's day. Nothing of a person's nature is in here (R-AI-02): of the
ID number and the phone only whether their region agrees with the address. Rates are shrunk down the ladder
everyone → district → office → estate → building → room, each rung beside how much it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from models.delivery.opportunities import DELIVERED, NOT_KNOWN, Flags, Floats, Ints, Opportunities, Outcome
from models.delivery.record import Tally, paired

KINDS: Final = ("household", "residence", "work", "billing", "delivery", "contract")
SOURCES: Final = (
    "contract", "reserved", "authorised", "conversation", "public", "contact", "credit_bureau", "court_order", "guarantee", "banned",
)  # fmt: skip
GRADES: Final = ("door", "building", "place")
ISSUES: Final = (
    "ambiguous", "conflict", "outdated", "readers_disagree", "no_province", "no_district", "typo_corrected", "recipient_inside",
    "remark_removed", "duplicated_prefix", "postcode_unknown", "maps_disagree",
)  # fmt: skip
"""Orders of ``locate``'s own enumerations, spelt here because nothing is imported from above; a test compares them."""

SLOW: Final = 240.0
FAST: Final = 25.0
"""Memories in days: a year's habit, and what changed last month."""
RUNG_WEIGHT: Final = (20.0, 40.0, 25.0, 12.0, 6.0, 2.0)
"""Outcomes that the rung above counts for: everyone, district, office, estate, building, room (assumed; the models weigh anew)."""
CHANNEL_WEIGHT: Final = 25.0
FAST_WEIGHT: Final = 15.0
FAILURE_WEIGHT: Final = 15.0
START: Final = 0.30
"""Delivered share before anything is known: 30 % in the press (law-and-post.md §5), as in locate's priors."""

_GOOD: Final = np.array(sorted(DELIVERED), np.int64)
_MOVED, _LOST, _LEFT = (Outcome.MOVED,), (Outcome.UNKNOWN, Outcome.INSUFFICIENT), (Outcome.UNCLAIMED,)
CLASSES: Final = len(Outcome)

Column = Floats | Ints | Flags
Key = Callable[[Opportunities], Ints]
LADDER: Final[tuple[tuple[str, Key], ...]] = (
    ("all", lambda r: np.zeros(len(r), np.int64)),
    ("district", lambda r: r.district),
    ("office", lambda r: paired(r.lender, r.office)),
    ("estate", lambda r: paired(r.lender, r.estate)),
    ("building", lambda r: paired(r.lender, r.building)),
    ("room", lambda r: paired(r.lender, r.room)),
)
"""Below the district nothing is linked across lenders (R-SRC-05)."""
CHANNELS: Final[tuple[tuple[str, Key], ...]] = (
    ("channel", lambda r: paired(r.lender, r.kind, r.source)),
    ("kind", lambda r: paired(r.kind, r.grade)),
    ("product_district", lambda r: paired(r.product, r.district)),
    ("product_channel", lambda r: paired(r.product, r.kind, r.source)),
    ("channel_age", lambda r: paired(r.kind, r.source, age_step(r.age_days))),
)
QUICK: Final = tuple(name for name, _ in (*LADDER[:3], *CHANNELS))
"""Levels with enough outcomes that last month's can be told from last year's."""
OWN: Final[tuple[tuple[str, Key], ...]] = (
    ("own_room", lambda r: paired(r.lender, r.debtor, r.room)),
    ("own", lambda r: paired(r.lender, r.debtor)),
)
OWN_MEMORY: Final = 720.0
AGE_STEPS: Final = (90.0, 180.0, 365.0, 730.0, 1460.0)


def age_step(age_days: Floats) -> Ints:
    """Which step of age, 0 youngest; the last is not known."""
    return np.where(np.isnan(age_days), len(AGE_STEPS) + 1, np.searchsorted(AGE_STEPS, np.nan_to_num(age_days))).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that earlier outcomes say, ready to be asked. Made once, asked for any rows and days."""

    levels: tuple[Tally, ...]
    """Parallel to ``LADDER`` + ``CHANNELS``; those of ``QUICK`` remember both slowly and fast."""
    own: tuple[Tally, ...]
    """Parallel to ``OWN``."""

    @classmethod
    def of(cls, rows: Opportunities) -> Self:
        """Of rows whose outcome is known; the others are passed over."""
        known = rows.take(rows.outcome != NOT_KNOWN)

        def tally(key: Key, *taus: float) -> Tally:
            return Tally.of(key(known), known.known_day, known.outcome, CLASSES, *taus)

        return cls(
            tuple(tally(key, *((SLOW, FAST) if name in QUICK else (SLOW,))) for name, key in (*LADDER, *CHANNELS)),
            tuple(tally(key, OWN_MEMORY) for _, key in OWN),
        )


@dataclass(frozen=True, slots=True)
class Group:
    """Features that stand or fall together in an ablation."""

    name: str
    features: tuple[str, ...]


SEASON: Final = ("month.sin", "month.cos")
"""Told apart from the mere passing of time only where more than a year is known (``training``)."""
_WEIGHED: Final = ("office", "estate", "building", "room")
"""Rungs whose own number of outcomes is told beside the rate; on higher rungs it would only be a clock."""
WEIGHTS: Final = tuple(f"{level}.weight" for level in _WEIGHED)
"""What says how much a rate rests on, and nothing by itself: linear models leave it out."""


def _ladder_names() -> tuple[str, ...]:
    return tuple(f"{level}.{what}" for level, _ in LADDER[1:] for what in ("rate", "weight") if what == "rate" or level in _WEIGHED)


_FAILURES: Final = ("moved", "lost", "left")
GROUPS: Final = (
    Group("kind_and_source", (*(f"kind.{name}" for name in KINDS), *(f"source.{name}" for name in SOURCES[:8]))),
    Group("text", (*(f"grade.{name}" for name in GRADES), "confidence", *(f"issue.{name}" for name in ISSUES[2:]))),
    Group("age", ("age.years", "age.unknown", "age.log")),
    Group("beside", ("voices", "places", "listed", "newest", "newer_elsewhere", "newer_elsewhere.years")),
    Group("regions", ("id_region", "id_region.unknown", "phone_region", "phone_region.unknown")),
    Group("letter", ("product", "product.1", "product.2", "amount", *SEASON)),
    Group("place_record", _ladder_names()),
    Group("channel_record", tuple(f"{name}.rate" for name, _ in CHANNELS)),
    Group("fast_record", tuple(f"fast.{name}.rate" for name in QUICK)),
    Group("failure_record", tuple(f"{level}.{what}" for level in ("office", "channel", "estate") for what in _FAILURES)),
    Group("own_record", (*(f"own_room.{one.name.lower()}" for one in Outcome), "own.delivered", "own.failed")),
)
FEATURES: Final = tuple(name for group in GROUPS for name in group.features)


def matrix(rows: Opportunities, record: Record) -> Floats:
    """(n, len(FEATURES)) finite float64."""
    columns = [*_said(rows), *_beside(rows), *_letter(rows), *_recorded(rows, record)]
    if len(columns) != len(FEATURES):
        raise AssertionError(f"{len(columns)} columns for {len(FEATURES)} features")
    out = np.empty((len(rows), len(FEATURES)))
    for position, column in enumerate(columns):
        out[:, position] = column
    if not np.isfinite(out).all():
        raise ValueError("a feature is not finite")
    return out


def _said(rows: Opportunities) -> Iterator[Column]:
    for code in range(len(KINDS)):
        yield rows.kind == code
    for code in range(8):
        yield rows.source == code
    for code in range(len(GRADES)):
        yield rows.grade == code
    yield rows.confidence
    for bit in range(2, len(ISSUES)):
        yield (rows.issues >> bit) & 1
    unknown = np.isnan(rows.age_days)
    years = np.where(unknown, 2.0, np.nan_to_num(rows.age_days) / 365.25)
    yield np.minimum(years, 15.0)
    yield unknown
    yield np.log1p(np.maximum(years, 0.0) * 12)


def _beside(rows: Opportunities) -> Iterator[Column]:
    """What the other places of the same case on the same day say of this one."""
    age = np.where(np.isnan(rows.age_days), np.inf, np.nan_to_num(rows.age_days))
    other = np.where(np.isnan(rows.elsewhere_days), np.inf, np.nan_to_num(rows.elsewhere_days))
    newer = other < age
    lead = np.minimum(age, 5500.0) - np.minimum(other, 5500.0)
    yield np.minimum(rows.voices, 5)
    yield np.minimum(rows.places, 8)
    yield np.minimum(rows.listed, 8)
    yield np.isfinite(age) & (age <= other)
    yield newer
    yield np.where(newer, np.clip(lead / 365.25, 0.0, 15.0), 0.0)
    for column in (rows.id_region, rows.phone_region):
        yield np.maximum(column, 0)
        yield column < 0


def _letter(rows: Opportunities) -> Iterator[Column]:
    yield rows.product
    yield rows.product == 1
    yield rows.product == 2
    yield np.log1p(np.maximum(rows.amount_fen, 0) / 100.0)
    turn = 2 * np.pi * ((rows.day % 1461) % 365.25) / 365.25
    yield np.sin(turn)
    yield np.cos(turn)


def _recorded(rows: Opportunities, record: Record) -> Iterator[Floats]:
    """Rates as log-odds above or below everyone's: the level of all drifts with the house's first months, differences do not."""
    counts = {name: tally.before(key(rows), rows.day) for (name, key), tally in zip((*LADDER, *CHANNELS), record.levels, strict=True)}
    slow = {name: of_level[0] for name, of_level in counts.items()}
    everyone = _rate(slow["all"], np.full(len(rows), START), RUNG_WEIGHT[0])
    level = _log_odds(everyone)
    above = everyone
    for (name, _), weight in zip(LADDER[1:], RUNG_WEIGHT[1:], strict=True):
        above = _rate(slow[name], above, weight)
        yield _log_odds(above) - level
        if name in _WEIGHED:
            total = slow[name].sum(axis=1)
            yield total / (total + weight)
    for name, _ in CHANNELS:
        yield _log_odds(_rate(slow[name], everyone, CHANNEL_WEIGHT)) - level
    for name in QUICK:
        # Against its own slow rate: the news of the last weeks.
        usual = _rate(slow[name], everyone, CHANNEL_WEIGHT)
        yield _log_odds(_rate(counts[name][1], usual, FAST_WEIGHT)) - _log_odds(usual)
    for name in ("office", "channel", "estate"):
        total = slow[name].sum(axis=1)
        for which in (_MOVED, _LOST, _LEFT):
            share = (slow["all"][:, which].sum(axis=1) + 1.0) / (slow["all"].sum(axis=1) + 8.0)
            yield np.log((slow[name][:, which].sum(axis=1) + FAILURE_WEIGHT * share) / (total + FAILURE_WEIGHT) / share)
    (own_room,), (own,) = (tally.before(key(rows), rows.day) for (_, key), tally in zip(OWN, record.own, strict=True))
    for outcome in range(CLASSES):
        yield own_room[:, outcome]
    good = own[:, _GOOD].sum(axis=1)
    yield good - own_room[:, _GOOD].sum(axis=1)
    yield (own.sum(axis=1) - good) - (own_room.sum(axis=1) - own_room[:, _GOOD].sum(axis=1))


def _rate(counts: Floats, above: Floats, weight: float) -> Floats:
    return np.asarray((counts[:, _GOOD].sum(axis=1) + weight * above) / (counts.sum(axis=1) + weight), np.float64)


def _log_odds(share: Floats) -> Floats:
    clipped = np.clip(share, 0.005, 0.995)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float64)
