"""A first estimator of delivery: log-odds added up from priors of kind, source, age, grade and earlier letters.

Rules, not learning: every number stands in ``priors.toml`` with its source or "assumed", and every addend comes back as
a reason with its weight, so that base plus weights is the log-odds of the answer. It orders addresses; it is not
calibrated. Implements ``locate.choose.model.DeliveryEstimator``.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from locate.address.model import Grade, Issue
from locate.case import AddressKind, Source
from locate.choose.lawful import newest_date
from locate.choose.model import Candidate, Reason, Scored, Track
from locate.choose.tracks import NOTHING_KNOWN, PlaceRecord, outcome_meanings, place_record

DAYS_PER_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True)
class Prior:
    """One number with what it is called and its rank among its kind (0 is best)."""

    weight: float
    title: str
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Priors:
    """``priors.toml`` as read."""

    version: str
    base: float
    kind: Mapping[AddressKind, Prior]
    origin: Mapping[Source, Prior]
    grade: Mapping[Grade, Prior]
    age_per_year: Mapping[AddressKind, float]
    age_floor: float
    unknown_years: float
    agreement_second: float
    agreement_further: float
    agreement_most: float
    confidence_from: float
    confidence_per_unit: float
    issue: Mapping[Issue, Prior]


@cache
def load_priors() -> Priors:
    """The table, read once and checked to be complete for every address kind."""
    content = files("locate.choose").joinpath("priors.toml").read_bytes()
    outcomes = files("locate.choose").joinpath("outcomes.csv").read_bytes()
    raw = tomllib.loads(content.decode())

    def priors(table: Mapping[str, Mapping[str, object]]) -> dict[str, Prior]:
        return {
            name: Prior(float(str(row["weight"])), str(row["title"]), int(str(row.get("rank", 0))))
            for name, row in table.items()
        }

    ages = {AddressKind(name): float(row["per_year"]) for name, row in raw["age"].items()}
    kinds = {AddressKind(name): prior for name, prior in priors(raw["kind"]).items()}
    if set(kinds) != set(AddressKind) or set(ages) != set(AddressKind):
        raise ValueError("priors.toml does not cover every address kind")
    return Priors(
        version=f"rule-{raw['version']}-{hashlib.sha256(content + outcomes).hexdigest()[:8]}",
        base=float(raw["base"]["weight"]),
        kind=kinds,
        origin={Source(name): prior for name, prior in priors(raw["origin"]).items()},
        grade={Grade(name): prior for name, prior in priors(raw["grade"]).items()},
        age_per_year=ages,
        age_floor=float(raw["age_limits"]["floor"]),
        unknown_years=float(raw["age_limits"]["unknown_years"]),
        agreement_second=float(raw["agreement"]["second"]),
        agreement_further=float(raw["agreement"]["each_further"]),
        agreement_most=float(raw["agreement"]["at_most"]),
        confidence_from=float(raw["confidence"]["from"]),
        confidence_per_unit=float(raw["confidence"]["per_unit"]),
        issue={Issue(name): prior for name, prior in priors(raw["issue"]).items()},
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """What all the case's addresses together say about one place."""

    last_known: date | None
    voices: int
    """Independent lawful sources that name it."""
    record: PlaceRecord


class RuleEstimator:
    """Priors added up. Stateless; equal inputs give equal answers."""

    version: str = load_priors().version

    def score(
        self, candidates: tuple[Candidate, ...], tracks: tuple[Track, ...], product: str, day: date
    ) -> tuple[Scored, ...]:
        """Probability and reasons for each candidate, in their order. ``value_fen`` stays 0: the chooser fills it.

        ``product`` changes nothing yet: no public figure tells postal products apart.
        """
        places = _places(candidates, tracks, day)
        return tuple(
            _score(candidate, places[candidate.parsed.key or f"#{candidate.given.ordinal}"], product, day)
            for candidate in candidates
        )


def _places(candidates: tuple[Candidate, ...], tracks: tuple[Track, ...], day: date) -> dict[str, _Place]:
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.parsed.key or f"#{candidate.given.ordinal}", []).append(candidate)
    found = {}
    for key, group in groups.items():
        known = [newest for one in group if (newest := newest_date(one.given, day)) is not None]
        # The same document repeated in two columns is one voice, not two.
        voices = {(one.given.source, one.given.basis) for one in group}
        record = place_record(tracks, key) if tracks else NOTHING_KNOWN
        found[key] = _Place(max(known, default=None), len(voices), record)
    return found


def _score(candidate: Candidate, place: _Place, product: str, day: date) -> Scored:
    priors = load_priors()
    reasons = tuple(_reasons(priors, candidate, place, day))
    log_odds = priors.base + sum(reason.weight for reason in reasons)
    return Scored(candidate, product, 1.0 / (1.0 + math.exp(-log_odds)), 0, reasons)


def _reasons(priors: Priors, candidate: Candidate, place: _Place, day: date) -> Iterator[Reason]:
    given, parsed = candidate.given, candidate.parsed
    kind = priors.kind[given.kind]
    yield Reason("kind", f"地址类型：{kind.title}", kind.weight)
    origin = priors.origin.get(given.source)
    if origin is not None:
        yield Reason("source", f"来源：{origin.title}", origin.weight)
    grade = priors.grade.get(parsed.grade)
    if grade is not None:
        yield Reason("grade", f"详细程度：{grade.title}", grade.weight)
    yield _age_reason(priors, given.kind, place.last_known, day)
    if place.voices > 1:
        weight = min(
            priors.agreement_second + priors.agreement_further * (place.voices - 2), priors.agreement_most
        )
        yield Reason("agreement", f"{place.voices} 个独立来源指向同一地址", weight)
    if parsed.confidence < priors.confidence_from:
        weight = (parsed.confidence - priors.confidence_from) * priors.confidence_per_unit
        yield Reason("confidence", f"解析可信度 {parsed.confidence:.0%}，偏低", weight)
    for issue in sorted(set(parsed.issues)):
        prior = priors.issue.get(issue)
        if prior is not None:
            yield Reason(f"issue.{issue}", f"地址文本：{prior.title}", prior.weight)
    record = place.record
    if record.weight:
        yield Reason("track", _track_text(record), record.weight)


def _age_reason(priors: Priors, kind: AddressKind, last_known: date | None, day: date) -> Reason:
    per_year = priors.age_per_year[kind]
    if last_known is None:
        return Reason("age", "采集日期不明，按两年前计", max(per_year * priors.unknown_years, priors.age_floor))
    days = (day - last_known).days
    return Reason("age", f"最近确认于 {last_known}（{days} 天前）", max(per_year * days / DAYS_PER_YEAR, priors.age_floor))


def _track_text(record: PlaceRecord) -> str:
    said = []
    if record.last_good:
        said.append(f"曾{outcome_meanings()[record.last_good].title}")
    if record.retries:
        said.append(f"此后有 {record.retries} 次未投到" if record.last_good else f"有 {record.retries} 次未投到")
    return "以往投递：" + ("，".join(said) if said else "该地址有他人邮件的投递记录")
