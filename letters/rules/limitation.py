"""Limitation (R-LIM): when the claim lapses, from its start and the letters that provably arrived.

Meant to err early: without a recorded last due date or acceleration the period runs from the first day of default, though
instalments of one debt run from the last due date (民法典 189). What a letter is worth: ``letters.rules.grading``. Dates
are natural days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from letters.rules.grading import Delivery, Interruption, interruptions
from letters.rules.model import Facts, Finding, LetterFacts, Severity
from letters.rules.regimes import is_card_debt
from letters.rules.rule import Regime, Say, letter_rule, planning_rule
from letters.rules.sentence_patterns import first_match, sentence_pattern
from letters.rules.sources import chosen_address
from locate.case import AddressKind, Source

PERIOD_YEARS: Final = 3
"""民法典 188."""
OUTER_YEARS: Final = 20
"""民法典 188-2; not interrupted (总则编解释 35)."""
RESERVED_SOURCES: Final = frozenset({Source.RESERVED, Source.CONTRACT})
"""Addresses that the debtor reserved or agreed on (预留、约定)."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """The last day of the period, what it runs from, and what a lawyer's confirmation might still add."""

    last_day: date
    runs_from: date
    unconfirmed: int
    """Letters that would move the last day if a lawyer confirmed them."""
    interrupted_by: tuple[Interruption, ...] = ()
    """In order of time, each inside the period that then ran."""


def years_after(day: date, years: int) -> date:
    """The corresponding day (民法典 202); the last day of February where it does not exist."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def limitation_start(overdue_since: date, last_due: date | None = None, accelerated: date | None = None) -> date:
    """The day from which the period runs: the last due date or the acceleration, whichever is first; else the day before
    the first day of default."""
    recorded = [day for day in (last_due, accelerated) if day is not None]
    return min(recorded) if recorded else overdue_since - timedelta(days=1)


def limitation_expiry(start: date, deliveries: Iterable[Delivery], *, is_card: bool = False) -> Expiry:
    """When the claim lapses at the earliest. Any order and repetition of letters gives the same; more never shorten it.

    A letter that arrived after expiry revives nothing by itself (时效规定 19 asks for the debtor's signature).
    """
    last_day, runs_from = years_after(start, PERIOD_YEARS), start
    outer = years_after(start, OUTER_YEARS)
    found = {event for delivery in deliveries for event in interruptions(delivery, is_card=is_card)}
    events = sorted(found, key=lambda event: (event.on, event.grade, event.letter_no, event.settled, event.why))
    taken = []
    for event in events:
        if event.settled and start < event.on <= last_day:
            runs_from = event.on
            last_day = min(years_after(event.on, PERIOD_YEARS), outer)
            taken.append(event)
    waiting = {
        event.letter_no
        for event in events
        if not event.settled and start < event.on <= last_day and min(years_after(event.on, PERIOD_YEARS), outer) > last_day
    }
    return Expiry(last_day, runs_from, len(waiting), tuple(taken))


def expiry_of(facts: Facts) -> Expiry:
    """The expiry of the case that the rules look at."""
    start = facts.limitation_start or limitation_start(facts.case.claim.overdue_since)
    return limitation_expiry(start, facts.deliveries, is_card=is_card_debt(facts.case))


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
    expiry = expiry_of(facts)
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
        "lapsed": "诉讼时效最早已于 {date} 届满{also}，不得使用含起诉措辞的模板；请律师核对时效后用 handa limitation wording 选择措辞。",
        "soon": "诉讼时效最早于 {date} 届满，只剩 {left} 天{also}；请律师核对时效后用 handa limitation wording 选择措辞。",
        "chosen": "诉讼时效于 {date} 届满；律师已选定使用模板 {template}，抽样时请留意。",
    },
)
def limitation_is_not_lapsing(facts: Facts, say: Say) -> Iterator[Finding]:
    """A lapsed or nearly lapsed claim goes to a lawyer first."""
    expiry = expiry_of(facts)
    left = (expiry.last_day - facts.day).days
    if left >= facts.policy.limitation_hold_days:
        return
    if facts.lapsed_wording and facts.lapsed_wording == facts.template:
        yield say("chosen", severity=Severity.WARN, date=expiry.last_day, template=facts.template)
    elif left < 0:
        yield say("lapsed", date=expiry.last_day, also=_also(expiry))
    else:
        yield say("soon", date=expiry.last_day, left=left, also=_also(expiry))


_SUIT: Final = sentence_pattern("起诉|诉讼(?!时效)|支付令|申请仲裁|提起仲裁|诉至|法律途径")


@letter_rule(
    "R-LIM-05",
    "时效已过的函件不得含起诉措辞",
    Severity.BLOCK,
    source="民法典 192；时效规定 19 [V]",
    messages={"suit": "债权的诉讼时效已过，函件含起诉措辞“{words}”，不得发出；请律师改选不含起诉措辞的模板。"},
)
def lapsed_claim_threatens_no_suit(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """A lapsed claim may be asked for, not threatened with."""
    if facts.lapsed and (words := first_match(_SUIT, facts.text)):
        yield say("suit", words=words)


@planning_rule(
    "R-LIM-03",
    "信用卡债权致预留地址的函件自交寄起算",
    Severity.WARN,
    source="银行卡规定 3(2) [V]",
    regimes=frozenset({Regime.CARD}),
    messages={"not_reserved": "拟寄送的地址{ordinal}不是持卡人预留的地址，交寄本身不中断诉讼时效，须凭送达证据；请留意。"},
)
def card_letter_goes_to_the_reserved_address(facts: Facts, say: Say) -> Iterator[Finding]:
    """For cards the address's source is the legal element: said where the letter will not count on posting."""
    given = chosen_address(facts)
    if given is not None and given.source not in RESERVED_SOURCES:
        yield say("not_reserved", ordinal=given.ordinal)


@planning_rule(
    "R-LIM-04",
    "致已知变更地址的函件不产生时效中断",
    Severity.WARN,
    source="案例 [S]",
    messages={"changed": "此前有 {count} 封函件寄往寄出时已知变更的地址，不计入时效中断；请勿以其主张时效。"},
)
def letters_to_left_addresses_do_not_count(facts: Facts, say: Say) -> Iterator[Finding]:
    """Says which past letters the expiry does not count, so that nobody else counts them."""
    count = sum(delivery.known_changed for delivery in facts.deliveries)
    if count:
        yield say("changed", count=count)


@planning_rule(
    "R-LIM-07",
    "合同送达地址条款须存文本与页码",
    Severity.WARN,
    source="法发〔2017〕19号 [S]；[D]",
    messages={"none": "拟寄送的地址{ordinal}系合同约定送达地址，但未登记条款文本与页码，退回时难以主张送达；请用 handa limitation record 登记。"},
)
def service_clause_is_kept(facts: Facts, say: Say) -> Iterator[Finding]:
    """An agreed address for service is worth its clause: words and page are kept."""
    given = chosen_address(facts)
    if given is not None and given.kind is AddressKind.CONTRACT and not facts.clause_kept:
        yield say("none", ordinal=given.ordinal)
