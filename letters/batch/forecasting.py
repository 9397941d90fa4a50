"""A forecast before the button is pressed: what planning would do on a day, and when the rest would go. Writes nothing.

The judging is planning's own, the dealing too; both run in read-only transactions. Later days are dealt with the first
day's verdicts: what changes meanwhile (payments, stops, deadlines) is not foreseen. Memory: a few words a letter.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from letters.batch.allotting import lapsing_first, limits_of_day, turns_of
from letters.batch.costing import Cost, Costing
from letters.batch.counter import Calendar, calendar_of
from letters.batch.dealing import Candidate, Limit, Turn, deal
from letters.batch.decisions import Judged
from letters.batch.estimating import model_args
from letters.batch.frame import DUPLEX, Frame, load_frame
from letters.batch.judging import judge_cases, preflight_of
from letters.batch.outlook import (
    DayForecast,
    Forecast,
    LenderForecast,
    LimitUse,
    OfficeForecast,
    ProductForecast,
    Reason,
    Sum,
)
from letters.batch.parties import Parties, lender_by_code, parties_of
from letters.batch.planning import CHUNK, Progress, candidates, plan_args
from letters.batch.template_choice import parts_for
from letters.compose import compose, load_bundle
from letters.post.products import Product
from letters.press.faces import MissingGlyph
from letters.press.furniture import PageRefused
from letters.rules.model import Severity, Verdict
from letters.tables import NumberRange
from records.database import Database
from records.identity import uuid7
from records.work import WorkContext

PRESS: Final = "PRESS"
"""Reason code of a letter that would be pulled at the press: the page refuses it."""
_OFFICE_DIGITS: Final = 4
_SIDES: Final = 2 if DUPLEX else 1


class _Letters:
    """The letters that would go: one number each, costs in arrays."""

    def __init__(self) -> None:
        self._sheets, self._weights, self._postages = array("H"), array("I"), array("L")

    def add(self, cost: Cost) -> int:
        self._sheets.append(cost.sheets)
        self._weights.append(cost.weight_g)
        self._postages.append(cost.postage_fen)
        return len(self._sheets) - 1

    def into(self, total: Sum, number: int) -> None:
        total.add(self._sheets[number], self._weights[number], self._postages[number])


@dataclass(slots=True)
class _Part:
    """One lender while it is being looked at."""

    parties: Parties
    frames: list[Frame]
    """Of the plannings that there would be: several where the lender tries two templates."""
    calendar: Calendar
    view: LenderForecast
    ids: list[list[UUID]]
    """Parallel to ``frames``."""
    queue: list[Candidate[int]] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    messages: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def frame(self) -> Frame:
        """All but the template is the same in each."""
        return self.frames[0]

    def reasons(self) -> list[Reason]:
        """Why cases don't go, the commonest reason first."""
        rows = [Reason(rule, verdict, count, self.messages[rule, verdict]) for (rule, verdict), count in self.counts.items()]
        return sorted(rows, key=lambda row: (-row.cases, row.verdict, row.rule_id))


@contextmanager
def _reading(db: Database) -> Iterator[Session]:
    """A session in which the database itself refuses every write."""
    with db.session() as session:
        session.execute(text("SET TRANSACTION READ ONLY"))
        yield session


def forecast(
    db: Database,
    lender_codes: Sequence[str],
    day: date,
    *,
    days: int = 1,
    budget_fen: int | None = None,
    total_budget_fen: int | None = None,
    order: str | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> Forecast:
    """What planning these lenders for ``day`` would give, and how the rest would spread over ``days`` days in all.

    Budgets are taken anew on each day, as a planning of that day would be given them.

    Raises:
        WrongUsage: a party, template or product is missing or unknown.
        NeedsDecision: a partner has no item numbers left.
    """
    words = {"budget_fen": budget_fen, "total_budget_fen": total_budget_fen, "order": order}
    with _reading(db) as session:
        parts = [_part(session, db, code, day, {**words, **model_args(session, db.clock())}) for code in lender_codes]
    letters, products, offices = _Letters(), _Products(), _Offices()
    context = WorkContext.of(db.settings, db.clock)
    done, total = 0, sum(part.view.candidates for part in parts)
    for part in parts:
        ranked: list[tuple[tuple[object, ...], Candidate[int]]] = []
        for frame, own in zip(part.frames, part.ids, strict=True):
            judging = _Judging(part, frame, context, letters, products, offices)
            for start in range(0, len(own), CHUNK):
                with _reading(db) as session:
                    ids = own[start : start + CHUNK]
                    ranked += judging.chunk(judge_cases(session, context, load_frame(session, frame.args), ids, keep=False))
                done += len(ids)
                progress("试算", done, total)
        part.view.reasons = part.reasons()
        part.queue = [one for _, one in sorted(ranked, key=lambda pair: pair[0])]
    with _reading(db) as session:
        spread = _spread(session, parts, letters, day, days)
        listed = products.listed(session)
    return Forecast(day, [part.view for part in parts], listed, offices.listed(), spread)


def _part(session: Session, db: Database, code: str, day: date, words: Mapping[str, object]) -> _Part:
    lender = lender_by_code(session, code)
    parties = parties_of(session, lender)
    ids = candidates(session, lender.id, day)
    own = parts_for(session, db.cipher, lender, ids, day, db.clock())
    frames = [load_frame(session, {**plan_args(session, parties, uuid7(), day, one.template), **words}) for one in own]
    frame = frames[0]
    view = LenderForecast(
        code, parties.partner.code, frame.lawyer.code, ",".join(one.product for one in frame.services), ",".join(one.template for one in own), len(ids)
    )
    return _Part(parties, frames, calendar_of(session, parties.partner), view, [[UUID(case_id) for case_id in one.cases] for one in own])


class _Judging:
    """Takes the judged chunks of one lender and template."""

    def __init__(self, part: _Part, frame: Frame, context: WorkContext, letters: _Letters, products: _Products, offices: _Offices) -> None:
        self._part, self._frame, self._letters, self._products, self._offices = part, frame, letters, products, offices
        self._bundle = load_bundle(frame.template)
        self._preflight = preflight_of(context, frame.template)
        origin = str(frame.firm.settings.get("postcode", ""))
        self._costing = {one.product: Costing(frame.catalogue, one.product, self._bundle.enclosed_sheets, origin) for one in frame.services}
        self._until = lapsing_first(frame, frame.args)
        self._price = {one.product: frame.price_fen(one.product) for one in frame.services}

    def chunk(self, judged: Sequence[Judged]) -> list[tuple[tuple[object, ...], Candidate[int]]]:
        """The letters of a chunk, each with its place in the lender's own order."""
        found = []
        for one in judged:
            if one.verdict is Verdict.PLANNED and one.fields is not None:
                if (ranked := self._letter(one)) is not None:
                    found.append(ranked)
                continue
            refused = one.verdict is Verdict.REFUSED
            self._part.view.refused += refused
            self._part.view.held += not refused
            wanted = Severity.BLOCK if refused else Severity.HOLD
            # A case counts once for each rule that stops it.
            for rule_id, message in {f.rule_id: f.message for f in reversed(one.findings) if f.severity is wanted}.items():
                self._note(rule_id, one.verdict, message)
        return found

    def _note(self, rule_id: str, verdict: Verdict, message: str) -> None:
        self._part.counts[rule_id, verdict.value] += 1
        self._part.messages.setdefault((rule_id, verdict.value), message)

    def _letter(self, one: Judged) -> tuple[tuple[object, ...], Candidate[int]] | None:
        frame, fields = self._frame, one.fields
        if fields is None:
            raise ValueError("a planned case without a draft letter")
        service = frame.service(fields.postal_product)
        numbered = fields.numbered(frame.sample_letter_no, service.sample_item_no, "00000-00000")
        try:
            pages = self._preflight.printed_pages(compose(self._bundle, numbered), numbered)
        except (MissingGlyph, PageRefused) as fault:
            self._part.view.held += 1
            self._note(PRESS, Verdict.HELD, f"版面无法印刷：{fault}")
            return None
        cost = self._costing[service.product].of(-(-pages // _SIDES), fields.postcode)
        self._part.view.planned.add(cost.sheets, cost.weight_g, cost.postage_fen)
        self._products.add(self._part.parties, frame.catalogue.product(service.product), cost)
        self._offices.add(fields.postcode, fields.office_name, cost)
        soon = one.lapses_on if self._until is not None and one.lapses_on is not None and one.lapses_on <= self._until else None
        candidate = Candidate(
            self._letters.add(cost), str(self._part.parties.partner.id), str(frame.lawyer.id), fields.postcode, self._price[service.product], soon
        )
        value = one.choice.chosen.value_fen if one.choice.chosen else 0
        return (soon is None, soon or date.max, -value, one.case.record.case_no), candidate


class _Products:
    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], Sum] = defaultdict(Sum)
        self._local: Counter[tuple[str, str]] = Counter()
        self._names: dict[tuple[str, str], str] = {}
        self._partners: dict[str, UUID] = {}

    def add(self, parties: Parties, product: Product, cost: Cost) -> None:
        key = (parties.partner.code, product.code)
        self._names[key] = product.name
        self._partners[parties.partner.code] = parties.partner.id
        self._sums[key].add(cost.sheets, cost.weight_g, cost.postage_fen)
        self._local[key] += cost.local

    def listed(self, session: Session) -> list[ProductForecast]:
        return [
            ProductForecast(
                partner, product, self._names[partner, product], total, self._local[partner, product],
                _numbers_left(session, self._partners[partner], product),
            )
            for (partner, product), total in sorted(self._sums.items())
        ]  # fmt: skip


def _numbers_left(session: Session, partner_id: UUID, product: str) -> int:
    query = select(func.coalesce(func.sum(NumberRange.last_serial - NumberRange.next_serial + 1), 0))
    return int(session.scalar(query.where(NumberRange.partner_id == partner_id, NumberRange.product == product)) or 0)


class _Offices:
    def __init__(self) -> None:
        self._sums: dict[str, OfficeForecast] = {}

    def add(self, postcode: str, office: str, cost: Cost) -> None:
        prefix = postcode[:_OFFICE_DIGITS]
        found = self._sums.setdefault(prefix, OfficeForecast(prefix, office, Sum()))
        found.office = min(found.office, office)  # one name for a prefix, whatever the order
        found.sum.add(cost.sheets, cost.weight_g, cost.postage_fen)

    def listed(self) -> list[OfficeForecast]:
        return [self._sums[prefix] for prefix in sorted(self._sums)]


def _spread(session: Session, parts: Sequence[_Part], letters: _Letters, first: date, days: int) -> list[DayForecast]:
    """Deal day by day; stops early when nothing waits any more."""
    waiting = {part.frame.lender.code: part.queue for part in parts}
    turns = turns_of(session, [part.frame.lender for part in parts], first)
    found = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        one = DayForecast(day, closed={part.calendar.partner: why for part in parts if (why := part.calendar.closed(day))})
        opened = [part for part in parts if part.calendar.partner not in one.closed]
        limits = limits_of_day(session, day, [(part.frame, part.frame.args) for part in opened])
        queues = {part.frame.lender.code: waiting[part.frame.lender.code] for part in opened}
        held = deal(queues, limits, turns)
        gone: list[tuple[str, Candidate[int]]] = []
        for code, queue in queues.items():
            going = [candidate for candidate in queue if candidate.key not in held]
            gone += [(code, candidate) for candidate in going]
            if going:
                one.lenders[code] = len(going)
            waiting[code] = [candidate for candidate in queue if candidate.key in held]
            turns[code] = Turn(turns[code].weight, 0, day if going else turns[code].last_served)
        for _, candidate in gone:
            letters.into(one.sum, candidate.key)
        one.limits = [_use(limit, gone, parts) for limit in limits]
        one.waiting = sum(map(len, waiting.values()))
        found.append(one)
        if offset == 0:
            for part in parts:
                part.view.first_day = one.lenders.get(part.frame.lender.code, 0)
        if not one.waiting:
            break
    return found


def _use(limit: Limit, gone: Sequence[tuple[str, Candidate[int]]], parts: Sequence[_Part]) -> LimitUse:
    kind, *about = limit.scope
    if kind == "budget":
        concerned = [one for code, one in gone if about[0] in ("", code)]
        words = f"{about[0] or '全部资方'}预算"
    elif kind == "lawyer":
        concerned = [one for _, one in gone if one.lawyer == about[0]]
        words = f"律师 {next(part.frame.lawyer.code for part in parts if str(part.frame.lawyer.id) == about[0])}"
    else:
        concerned = [one for _, one in gone if one.partner == about[0] and one.postcode.startswith(about[1])]
        partner = next(part.parties.partner.code for part in parts if str(part.parties.partner.id) == about[0])
        words = f"{partner} 收寄能力" + (f"（寄达邮编 {about[1]}）" if about[1] else "")
    used = sum(one.price_fen for one in concerned) if limit.fen else len(concerned)
    return LimitUse(words, limit.rule_id, limit.fen, limit.left, used)
