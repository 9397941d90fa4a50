"""Places of a day allotted to the drafts of its plannings: under budgets, lawyers' capacity and the counter's capacity.

Plannings that are finished together are dealt together (``dealing``); what finds no place is held, with rule and sentence
on its decision, and judged again by the next planning. Once allotted a planning's drafts are settled: finishing it after
a kill gives the same batch. A lender planned alone gets what is left when its turn comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, case, cast, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from letters.batch.control import control_message, drawn_of
from letters.batch.counter import calendar_of, capacities_on
from letters.batch.dealing import (
    BUDGET_RULE,
    CONTROL_RULE,
    COUNTER_RULE,
    LAWYER_RULE,
    Candidate,
    Limit,
    Turn,
    deal,
)
from letters.batch.delivery_rows import CONTROL
from letters.batch.frame import Frame, load_frame
from letters.batch.letter_order import scored_order
from letters.batch.lookup import is_live
from letters.batch.template_trial import instead_of
from letters.gate.capacity import capacity_of, letters_of_day
from letters.tables import Batch, BatchEvent, Letter, LetterDraft, Partner, Planning
from locate.tables import Decision, Lender
from records.errors import WrongUsage
from records.lists import one_of

SHARE: Final = "share"
"""Setting of a lender: its weight when places are dealt out; default 1."""
HEAVIEST: Final = 100
_BUDGET: Final = "本次预算不足，按{order}排序后未能列入；请增加预算或改日计划。"
_LAWYER: Final = "律师 {lawyer} 当日已达登记的审阅能力（每日 {capacity} 封），按{order}排序后未能列入；请改日计划，或由其他律师署名。"
_COUNTER: Final = "邮政合作方“{partner}”{day} {where}收寄能力为 {capacity} 件，按{order}排序并在资方间轮流分配后未能列入；请在下一个收寄日{next_day}再计划。"
VALUE_ORDER, LAPSE_ORDER, SCORE_ORDER = "预期价值", "时效届满日", "发函评分（函件多带来的还款减费用）"


def allot(session: Session, plannings: Sequence[Planning]) -> None:
    """Hold the drafts of these plannings (all of one day) that find no place. Twice the same is once."""
    fresh = [planning for planning in plannings if not planning.args.get("allotted")]
    frames = [load_frame(session, planning.args) for planning in fresh]
    counts = {planning.id: _drafts_of(session, planning.id) for planning in fresh}
    parts = [(frame, planning.args) for frame, planning in zip(frames, fresh, strict=True)]
    limits = limits_of_day(session, frames[0].day, parts) if frames else []
    binding = [limit for limit in limits if limit.fen or limit.left < sum(counts.values())]
    if binding and any(counts.values()):
        # Plannings of one lender (two templates that are tried against each other) stand in one line.
        own: dict[str, list[Frame]] = defaultdict(list)
        for frame in frames:
            own[frame.lender.code].append(frame)
        queues = {code: _queue(session, same) for code, same in own.items()}
        held = deal(queues, binding, turns_of(session, [same[0].lender for same in own.values()], frames[0].day))
        orders = {one.key: order_of(same[0], same[0].args) for code, same in own.items() for one in queues[code] if one.key in held}
        by_reason: dict[tuple[str, str], list[UUID]] = defaultdict(list)
        for key, limit in held.items():
            by_reason[limit.rule_id, limit.message.replace("{order}", orders[key])].append(key)
        for (rule_id, message), ids in by_reason.items():
            _hold(session, ids, rule_id, message)
    _hold_control(session, [planning.id for planning in fresh])
    for planning in fresh:
        planning.args = {**planning.args, "allotted": True}
    session.flush()


def limits_of_day(session: Session, day: date, parts: Sequence[tuple[Frame, Mapping[str, object]]]) -> list[Limit]:
    """What is left on the day for plannings with these frames and arguments; messages still have ``{order}`` to be filled."""
    limits: dict[tuple[str, ...], Limit] = {}
    ours = [frame.planning_id for frame, _ in parts]
    for frame, args in parts:
        found = budgets(frame.lender.code, args)
        found += lawyer_limit(session, frame, day, _settled(session, day, "lawyer_id", frame.lawyer.id, ours))
        partner = session.get_one(Partner, UUID(str(args["partner_id"])))
        found += counter_limits(session, partner, day, _settled(session, day, "partner_id", partner.id, ours))
        limits |= {limit.scope: limit for limit in found}
    return list(limits.values())


def budgets(lender: str, args: Mapping[str, object]) -> list[Limit]:
    """The lender's own budget and the one that all lenders of the run share."""
    found = []
    for scope, name in ((lender, "budget_fen"), ("", "total_budget_fen")):
        value = args.get(name)
        if isinstance(value, int):
            found.append(Limit(("budget", scope), value, BUDGET_RULE, _BUDGET, fen=True))
    return found


def lawyer_limit(session: Session, frame: Frame, day: date, settled: Mapping[str, int]) -> list[Limit]:
    """R-LAW-17: what the lawyer can still answer for on the day."""
    capacity = capacity_of(session, frame.lawyer.id)
    if capacity is None:
        return []
    left = max(0, capacity - letters_of_day(session, frame.lawyer.id, day) - sum(settled.values()))
    message = _LAWYER.replace("{lawyer}", frame.lawyer.code).replace("{capacity}", str(capacity))
    return [Limit(("lawyer", str(frame.lawyer.id)), left, LAWYER_RULE, message)]


def counter_limits(session: Session, partner: Partner, day: date, settled: Mapping[str, int]) -> list[Limit]:
    """What the partner's counter still takes on the day, in all and by destination. ``settled``: drafts by postcode."""
    capacities = capacities_on(session, partner.id, day)
    if not capacities:
        return []
    used = dict(settled)
    for postcode, count in _letters_by_postcode(session, partner.id, day):
        used[postcode] = used.get(postcode, 0) + count
    following = calendar_of(session, partner).next_open(day)
    limits = []
    for prefix, pieces in capacities.items():
        gone = sum(count for postcode, count in used.items() if postcode.startswith(prefix))
        message = (
            _COUNTER.replace("{partner}", partner.code)
            .replace("{day}", day.isoformat())
            .replace("{where}", f"寄达邮编 {prefix} 的" if prefix else "全部")
            .replace("{capacity}", str(pieces))
            .replace("{next_day}", f" {following} " if following else "")
        )
        limits.append(Limit(("counter", str(partner.id), prefix), max(0, pieces - gone), COUNTER_RULE, message))
    return limits


def turns_of(session: Session, lenders: Iterable[Lender], day: date) -> dict[str, Turn]:
    """Weight, letters of the day and last earlier day with letters, by lender."""
    found = {}
    for lender in lenders:
        void = exists().where(BatchEvent.batch_id == Batch.id, BatchEvent.kind == "void")
        mine = select(func.max(Batch.day)).where(Batch.lender_id == lender.id, Batch.day < day, ~void)
        today = (
            select(func.count())
            .select_from(Letter)
            .join(Batch, Batch.id == Letter.batch_id)
            .where(Batch.lender_id == lender.id, Batch.day == day, ~void, is_live())
        )
        found[lender.code] = Turn(weight_of(lender), session.scalar(today) or 0, session.scalar(mine))
    return found


def weight_of(lender: Lender) -> int:
    """The lender's weight when places are dealt out.

    Raises:
        WrongUsage: the setting is no whole number from 1 to 100.
    """
    text = str(lender.settings.get(SHARE, "1"))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= HEAVIEST):
        raise WrongUsage(f"资方“{lender.code}”的设置 {SHARE}={text} 不正确。", f"应为 1 至 {HEAVIEST} 的整数。")
    return int(text)


def lapsing_first(frame: Frame, args: Mapping[str, object]) -> date | None:
    """Claims that lapse until this day go before value; None where value alone decides (policy, or the plan's own word)."""
    order = args.get("order")
    if order == "limitation":
        return date.max
    days = frame.policy.limitation_first_days
    return frame.day + timedelta(days=days) if days and order is None else None


def order_of(frame: Frame, args: Mapping[str, object]) -> str:
    """By what a planning's letters stand in line, for the sentence on those that found no place."""
    return LAPSE_ORDER if lapsing_first(frame, args) else SCORE_ORDER if letter_score(args) else VALUE_ORDER


def letter_score(args: Mapping[str, object]) -> str:
    """Version of the letter score that orders the planning; '' = the expected value of a delivery, also where the plan asks for it."""
    return "" if args.get("order") == "value" else str(args.get("letter_model") or "")


def _drafts_of(session: Session, planning_id: UUID) -> int:
    query = select(func.count()).select_from(LetterDraft).where(LetterDraft.planning_id == planning_id)
    return session.scalar(query) or 0


def _queue(session: Session, frames: Sequence[Frame]) -> list[Candidate[UUID]]:
    """The drafts of a lender's plannings in its order: what lapses soon by its last day, then the most valuable.

    Plannings opened together differ in their template only; which of two a case was drawn to does not say when it goes.
    """
    frame = frames[0]
    args = frame.args
    until = lapsing_first(frame, args)
    soon: ColumnElement[date] | None = None
    if until is not None:
        soon = case((LetterDraft.lapses_on <= until, LetterDraft.lapses_on))
    rows = session.execute(
        select(
            LetterDraft.decision_id, LetterDraft.postcode, LetterDraft.lapses_on, LetterDraft.case_no,
            func.coalesce(Decision.product, frame.product).label("product"),
        )
        .join(Decision, Decision.id == LetterDraft.decision_id)
        .where(one_of(LetterDraft.planning_id, [one.planning_id for one in frames]))
        .order_by(*([soon.nulls_last()] if soon is not None else []), Decision.value_fen.desc(), LetterDraft.case_no.collate("C"))
    ).all()
    version = letter_score(args)
    # What a budget counts for a letter: one sheet to another city. The exact sum is known once they are printed.
    prices = {service.product: frame.price_fen(service.product) for service in frame.services}
    if version:
        rows = scored_order(session, version, rows, instead_of(args, frame.template), prices, until)
    partner, lawyer = str(args["partner_id"]), str(frame.lawyer.id)
    return [
        Candidate(
            decision_id, partner, lawyer, postcode, prices[product],
            lapses_on if until is not None and lapses_on is not None and lapses_on <= until else None,
        )
        for decision_id, postcode, lapses_on, _, product in rows
    ]  # fmt: skip


def _settled(session: Session, day: date, party: str, party_id: UUID, but: Sequence[UUID]) -> dict[str, int]:
    """Allotted drafts of other plannings of the day that are not numbered yet, by postcode."""
    rows = session.execute(
        select(LetterDraft.postcode, func.count())
        .join(Planning, Planning.id == LetterDraft.planning_id)
        .where(
            Planning.day == day, Planning.args[party].astext == str(party_id), Planning.args["allotted"].as_boolean(),
            ~one_of(Planning.id, but),
        )
        .group_by(LetterDraft.postcode)
    )  # fmt: skip
    return {str(postcode): int(count) for postcode, count in rows}


def _letters_by_postcode(session: Session, partner_id: UUID, day: date) -> Iterable[tuple[str, int]]:
    void = exists().where(BatchEvent.batch_id == Batch.id, BatchEvent.kind == "void")
    rows = session.execute(
        select(Letter.postcode, func.count())
        .join(Batch, Batch.id == Letter.batch_id)
        .where(Batch.partner_id == partner_id, Batch.day == day, ~void, is_live())
        .group_by(Letter.postcode)
    )
    return [(str(postcode), int(count)) for postcode, count in rows]


def _hold_control(session: Session, plannings: Sequence[UUID]) -> None:
    """Hold what was drawn into the control group, of the drafts that found a place: who was left out by a limit is no comparison.

    Their places stay free for the day: filling them would be another choice than the one that is measured.
    """
    rows = session.execute(
        select(LetterDraft.decision_id, Decision.offer)
        .join(Decision, Decision.id == LetterDraft.decision_id)
        .where(one_of(LetterDraft.planning_id, plannings), Decision.offer[CONTROL]["drawn"].as_boolean())
    ).all()
    by_message: dict[str, list[UUID]] = defaultdict(list)
    for decision_id, offer in rows:
        kept = drawn_of(offer)
        if kept is not None:
            by_message[control_message(kept)].append(decision_id)
    for message, ids in sorted(by_message.items()):
        _hold(session, ids, CONTROL_RULE, message)


def _hold(session: Session, ids: Sequence[UUID], rule_id: str, message: str) -> None:
    finding = {"rule_id": rule_id, "severity": "hold", "message": message, "subject": "case"}
    session.execute(delete(LetterDraft).where(one_of(LetterDraft.decision_id, ids)))
    session.execute(
        update(Decision)
        .where(one_of(Decision.id, ids))
        .values(
            verdict="held",
            rule_ids=func.array_append(Decision.rule_ids, rule_id),
            findings=Decision.findings.op("||")(cast([finding], JSONB)),
        )
    )
