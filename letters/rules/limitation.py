"""Limitation (R-LIM): when the claim lapses, from the first day of default and the letters that provably arrived.

A lower bound, meant to err early: the file gives when the default began, while instalments of one debt run from the last
due date (民法典 189), and only letters signed by the debtor (E1) restart the period here; E2 needs the signer's relation,
E3-E4 a lawyer's confirmation. Dates are natural days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from letters.rules.model import Facts, Finding, PastLetter, Severity
from letters.rules.rule import Say, planning_rule

PERIOD_YEARS: Final = 3
"""民法典 188."""
OUTER_YEARS: Final = 20
"""民法典 188-2; not interrupted (总则编解释 35)."""

PROVEN: Final = frozenset({"OK_SELF"})
"""Outcomes (law-and-post.md §7c) that prove arrival without a person's judgement: E1."""
FOR_A_LAWYER: Final = frozenset({"REFUSED", "OK_OTHER", "OK_UNIT", "PERSON_UNKNOWN"})
"""Outcomes that may have interrupted, if a lawyer confirms (E2 with relation, E3, E4)."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """The last day of the period, what it runs from, and how many past letters a lawyer might add."""

    last_day: date
    runs_from: date
    unconfirmed: int


def years_after(day: date, years: int) -> date:
    """The corresponding day (民法典 202); the last day of February where it does not exist."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def limitation_expiry(overdue_since: date, past: Iterable[PastLetter]) -> Expiry:
    """When the claim lapses at the earliest, given the first day of default and earlier letters of the case."""
    due = overdue_since - timedelta(days=1)
    last_day, runs_from, unconfirmed = years_after(due, PERIOD_YEARS), due, 0
    outer = years_after(due, OUTER_YEARS)
    own = (one for one in past if one.same_case and one.posted_on > due)
    for letter in sorted(own, key=lambda one: (one.posted_on, one.outcome)):
        if letter.posted_on > last_day:
            break  # a letter after expiry revives nothing by itself (时效规定 19 asks for the debtor's signature)
        if letter.outcome in PROVEN:
            runs_from = letter.posted_on
            last_day = min(years_after(letter.posted_on, PERIOD_YEARS), outer)
            unconfirmed = 0
        elif letter.outcome in FOR_A_LAWYER:
            unconfirmed += 1
    return Expiry(last_day, runs_from, unconfirmed)


def _also(expiry: Expiry) -> str:
    return f"（另有 {expiry.unconfirmed} 次送达待律师确认是否中断时效）" if expiry.unconfirmed else ""


@planning_rule(
    "R-LIM-01",
    "诉讼时效届满日须记录",
    Severity.WARN,
    source="民法典 188–189、195；总则编解释 35、38 [V]",
    parameters=("limitation_warn_days", "limitation_hold_days"),
    messages={"near": "诉讼时效最早于 {date} 届满，还有 {left} 天{also}；请优先寄送并保全送达证据。"},
)
def limitation_is_watched(facts: Facts, say: Say) -> Iterator[Finding]:
    """The claim's last day is said while there is still time to post."""
    expiry = limitation_expiry(facts.case.claim.overdue_since, facts.past)
    left = (expiry.last_day - facts.day).days
    if facts.policy.limitation_hold_days <= left < facts.policy.limitation_warn_days:
        yield say("near", date=expiry.last_day, left=left, also=_also(expiry))


@planning_rule(
    "R-LIM-05",
    "时效已过或将届满须由律师选择措辞",
    Severity.HOLD,
    source="民法典 192；时效规定 19 [V]",
    parameters=("limitation_hold_days",),
    messages={
        "lapsed": "诉讼时效最早已于 {date} 届满{also}，不得使用含起诉措辞的模板；请律师核对时效并选择措辞。",
        "soon": "诉讼时效最早于 {date} 届满，只剩 {left} 天{also}；请律师核对时效并选择措辞与寄送方式。",
    },
)
def limitation_is_not_lapsing(facts: Facts, say: Say) -> Iterator[Finding]:
    """A lapsed or nearly lapsed claim goes to a lawyer first."""
    expiry = limitation_expiry(facts.case.claim.overdue_since, facts.past)
    left = (expiry.last_day - facts.day).days
    if left < 0:
        yield say("lapsed", date=expiry.last_day, also=_also(expiry))
    elif left < facts.policy.limitation_hold_days:
        yield say("soon", date=expiry.last_day, left=left, also=_also(expiry))
