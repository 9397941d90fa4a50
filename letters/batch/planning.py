"""Planning of a lender's day: who is a candidate, judged in chunks, numbered into at most one new batch a postal product.

A planning is of one template; a lender that tries two is planned in two, opened, dealt and told together (``template_trial``).

Resumable: an unfinished planning of the day is carried on, never doubled. Cases that already have a live letter of the
day are no candidates, so planning twice plans nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from letters.batch.agreements import products_in_force
from letters.batch.allotting import allot
from letters.batch.counter import calendar_of
from letters.batch.estimating import model_args
from letters.batch.frame import load_frame
from letters.batch.history import TRIAL, is_demand
from letters.batch.judging import STAGE
from letters.batch.model_watch import step_back_if_worse
from letters.batch.numbering import make_batches
from letters.batch.parties import Parties, lender_by_code, parties_of
from letters.batch.policies import current_number
from letters.batch.stock import low_numbers, next_range
from letters.batch.template_choice import parts_for
from letters.batch.template_trial import Part
from letters.compose import load_bundle
from letters.compose.bundle import LetterType, bundle_for
from letters.post.presort import limits_from
from letters.privacy.erased import is_erased
from letters.rules.following import Turn
from letters.tables import Batch, BatchEvent, Letter, LetterEvent, Planning
from locate.tables import Case, Decision, Lender
from records.database import Database
from records.errors import HandaError, NeedsDecision, WrongUsage
from records.identity import uuid7
from records.lists import one_of
from records.work import open_stage, run_stage, stage_results

Progress = Callable[[str, int, int], None]
"""(what is being done, done, total) for a progress bar."""

CHUNK = 500
"""Cases in a chunk: about a second of work, so that progress moves and a kill loses little."""
DEFAULT_PRODUCT = "200"
"""挂号信函."""


@dataclass(frozen=True, slots=True)
class PlanResult:
    """How a planning ended. ``batch_no`` is the first batch's, None when no letter was planned."""

    planning_id: UUID
    lender: str
    day: date
    candidates: int
    planned: int
    held: int
    refused: int
    unchanged: int
    """Cases that were judged again with the same inputs and keep their earlier decision of the day."""
    already: int
    """Cases that already had a live letter of this day."""
    batch_no: str | None
    first: int = 0
    """Of the planned letters: the first of their template in the case."""
    retries: int = 0
    """Of the planned letters: those that follow one that did not arrive."""
    waiting: int = 0
    """Of the held and refused: a letter is under way, or a retry is not due yet."""
    batches: tuple[str, ...] = ()
    """All batches: one for each postal product that letters were chosen for, the lender's ordinary product first."""
    templates: tuple[tuple[str, int], ...] = ()
    """Letters planned by template, the ordinary one first: two while the lender tries one against another."""
    warnings: tuple[str, ...] = ()
    """What does not stop the day but must be seen to, e.g. item numbers that run low."""


def plan_lender(
    db: Database,
    lender_code: str,
    day: date,
    *,
    actor: str,
    workers: int,
    budget_fen: int | None = None,
    order: str | None = None,
    template: str | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> PlanResult:
    """Plan the letters of one lender for ``day``.

    Args:
        order: under a budget, ``value`` or ``limitation`` (what lapses first goes first); None = as the policy says.
        template: as ``plan_lenders``.

    Raises:
        WrongUsage: a party, template or product is missing or unknown.
        NeedsDecision: the item numbers do not suffice, or the partner's counter is closed on the day.
    """
    (result,) = plan_lenders(
        db, [lender_code], day, actor=actor, workers=workers, budget_fen=budget_fen, order=order, template=template, progress=progress
    )
    return result


def plan_lenders(
    db: Database,
    lender_codes: Sequence[str],
    day: date,
    *,
    actor: str,
    workers: int,
    budget_fen: int | None = None,
    total_budget_fen: int | None = None,
    order: str | None = None,
    template: str | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> list[PlanResult]:
    """Plan the letters of several lenders for ``day``: all are judged, then the day's places are dealt out among them.

    Args:
        budget_fen: of each lender.
        total_budget_fen: of all of them together.
        template: of these letters, instead of each lender's own and of any trial: another template is another demand and a person's choice.

    Raises:
        WrongUsage, NeedsDecision: as ``plan_lender``, of the first lender that can't be planned; the others are.
    """
    words = {"budget_fen": budget_fen, "total_budget_fen": total_budget_fen, "order": order}
    with db.session() as session:
        stepped_back = step_back_if_worse(session, db.cipher, db.clock)
    opened: list[list[_Opened]] = []
    faults: list[HandaError] = []
    for code in lender_codes:
        try:
            with db.session() as session:
                parts = _open(session, db, code, day, words, template)
        except HandaError as fault:
            faults.append(fault)
            continue
        for one in parts:
            run_stage(db, one.stage_id, workers, lambda done, total: progress("选址与合规审查", done, total), db.clock)
        opened.append(parts)
    with db.session() as session:
        allot(session, [session.get_one(Planning, one.planning_id, with_for_update=True) for parts in opened for one in parts])
    results = []
    for parts in opened:
        try:
            results.append(_joined([_finish_in(db, one, actor, progress, stepped_back) for one in parts]))
        except HandaError as fault:
            faults.append(fault)
    if faults:
        raise faults[0]
    return results


def _finish_in(db: Database, one: _Opened, actor: str, progress: Progress, stepped_back: str) -> PlanResult:
    with db.session() as session:
        return _finish(session, db, one, actor, progress, stepped_back)


def _joined(parts: Sequence[PlanResult]) -> PlanResult:
    """The plannings of a lender's day as one."""
    batches = tuple(no for one in parts for no in one.batches)
    return replace(
        parts[0], candidates=sum(one.candidates for one in parts), planned=sum(one.planned for one in parts), held=sum(one.held for one in parts),
        refused=sum(one.refused for one in parts), unchanged=sum(one.unchanged for one in parts), first=sum(one.first for one in parts),
        retries=sum(one.retries for one in parts), waiting=sum(one.waiting for one in parts), batches=batches, batch_no=batches[0] if batches else None,
        templates=tuple(pair for one in parts for pair in one.templates),
        warnings=tuple(dict.fromkeys(warning for one in parts for warning in one.warnings)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Opened:
    planning_id: UUID
    stage_id: UUID
    already: int


def _open(session: Session, db: Database, lender_code: str, day: date, words: Mapping[str, object], template: str | None) -> list[_Opened]:
    """The lender's plannings of the day: what a killed run left unfinished, else new ones; two where it tries two templates."""
    lender = lender_by_code(session, lender_code)
    unfinished = list(session.scalars(
        select(Planning).where(Planning.lender_id == lender.id, Planning.day == day, Planning.finished_at.is_(None)).order_by(Planning.number)
    ))  # fmt: skip
    already = session.scalar(
        select(func.count()).select_from(Case).where(Case.lender_id == lender.id, _live_letter(day))
    )
    if unfinished:
        begun = sorted({str(one.args.get("template")) for one in unfinished})
        if template and begun != [template]:
            raise WrongUsage(f"资方“{lender.code}”当日以模板 {'、'.join(begun)} 的计划尚未完成。", "请先不带 --template 再运行一次把它完成，然后另行计划。")
        together = _opened_together(session, unfinished)
        stages = [open_stage(session, STAGE, str(one.id), one.args, [], db.clock) for one in together]
        return [_Opened(one.id, stage.id, already or 0) for one, stage in zip(together, stages, strict=True)]
    parties = parties_of(session, lender)
    calendar_of(session, parties.partner).demand_open(day, "不能计划当日的批次")
    last = session.scalar(select(func.max(Planning.number)).where(Planning.lender_id == lender.id, Planning.day == day)) or 0
    now = db.clock()
    models = model_args(session, now)
    parts = parts_for(session, db.cipher, lender, candidates(session, lender.id, day), day, now, template)
    made = [
        Planning(id=uuid7(), lender_id=lender.id, day=day, number=last + number, args={}, started_at=now, finished_at=None, counts=None)
        for number in range(1, len(parts) + 1)
    ]
    opened = []
    for one, part in zip(made, parts, strict=True):
        bundle_for(part.template, LetterType.DEMAND)
        one.args = plan_args(session, parties, one.id, day, part.template)
        one.args |= {**words, **models}
        if part.trial is not None:
            one.args |= {TRIAL: {**part.trial, "together": [str(other.id) for other in made]}}
        session.add(one)
        session.flush()
        chunks = [(_chunk(part, part.cases[start : start + CHUNK]), len(part.cases[start : start + CHUNK])) for start in range(0, len(part.cases), CHUNK)]
        stage = open_stage(session, STAGE, str(one.id), one.args, chunks, db.clock)
        opened.append(_Opened(one.id, stage.id, already or 0))
    return opened


def _opened_together(session: Session, unfinished: Sequence[Planning]) -> list[Planning]:
    """These plannings with those that were opened together with them, though they be finished: a lender's day is told whole."""
    ids = {one.id for one in unfinished}
    for one in unfinished:
        ids |= {UUID(str(other)) for other in one.args.get(TRIAL, {}).get("together", [])}
    return list(session.scalars(select(Planning).where(one_of(Planning.id, sorted(ids, key=str))).order_by(Planning.number)))


def _chunk(part: Part, cases: Sequence[str]) -> dict[str, object]:
    likes = [one for one in cases if one in part.preferred]
    return {"cases": list(cases), **({"preferred": likes} if likes else {})}


def candidates(session: Session, lender_id: UUID, day: date) -> list[UUID]:
    """Cases of the lender, not erased, that have no live letter of the day, in the order in which they are judged."""
    query = select(Case.id).where(Case.lender_id == lender_id, ~_live_letter(day), ~is_erased()).order_by(Case.case_no.collate("C"))
    return list(session.scalars(query))


def _live_letter(day: date) -> ColumnElement[bool]:
    gone = exists().where(LetterEvent.letter_id == Letter.id, LetterEvent.kind.in_(("void", "pulled")))
    batch_gone = exists().where(BatchEvent.batch_id == Letter.batch_id, BatchEvent.kind == "void")
    return exists().where(Letter.case_id == Case.id, Letter.day == day, is_demand(), ~gone, ~batch_gone)


def plan_args(session: Session, parties: Parties, planning_id: UUID, day: date, template: str, *, choosing: bool = True) -> dict[str, object]:
    """What a planning with this template is made under, as its row keeps it.

    Args:
        choosing: the lender's further products may be chosen, case by case; else all goes by the ordinary one.

    Raises:
        WrongUsage: a product is unknown, or one of several is ordinary mail (R-PST-01).
        NeedsDecision: the partner has no item numbers left for a product.
    """
    product, *also = products_of(parties.lender)
    number, catalogue = products_in_force(session, parties.partner.id)
    further = also if choosing else []
    for code in (product, *further):
        if not catalogue.product(code).registered and further:
            raise WrongUsage(
                f"资方“{parties.lender.code}”的邮政产品 {code} {catalogue.product(code).name}不是给据邮件，不能与其他产品一起供逐案选用。",
                f"请用 handa lender set {parties.lender.code} --set product=… 只列挂号、约投挂号或 EMS 产品。",
            )
    bundle = load_bundle(template)
    ranges = {code: _range_of(session, parties, code, only=not further) for code in (product, *further)}
    return {
        "planning_id": str(planning_id),
        "day": day.isoformat(),
        "lender_id": str(parties.lender.id),
        "firm_id": str(parties.firm.id),
        "lawyer_id": str(parties.lawyer.id),
        "partner_id": str(parties.partner.id),
        "range_id": ranges[product],
        "product": product,
        **({"product_from": list(least)} if choosing and (least := product_from(parties.lender)) else {}),
        **({"also": [{"product": code, "range_id": ranges[code]} for code in further]} if further else {}),
        "products": number,
        "tariff_sha256": catalogue.sha256,
        "template": template,
        "bundle_sha256": bundle.sha256,
        "policy": current_number(session),
        "presort": limits_from(parties.partner.settings.get("presort")).as_json(),
    }


def _range_of(session: Session, parties: Parties, product: str, *, only: bool) -> str:
    numbers = next_range(session, parties.partner.id, product)
    if numbers is None:
        without = "" if only else f"；或用 handa lender set {parties.lender.code} --set product=… 去掉这一产品"
        raise NeedsDecision(
            f"邮政合作方“{parties.partner.code}”没有可用的“{product}”邮件号段。",
            f"请用 handa partner range 登记邮政分配的号段{without}。",
        )
    return str(numbers.id)


def product_from(lender: Lender) -> tuple[str, int] | None:
    """The lender's setting ``product_from``: (product, least claim in fen) for which it is used; None where none is set.

    Raises:
        WrongUsage: it is out of form, or the product is not among the lender's.
    """
    text = str(lender.settings.get("product_from", ""))
    if not text:
        return None
    product, _, yuan = text.partition(":")
    if product not in products_of(lender)[1:] or not (yuan.isascii() and yuan.isdigit()):
        raise WrongUsage(
            f"资方“{lender.code}”的设置 product_from={text} 不能用。",
            "写成 产品:元，产品须是 product 里常用产品以外的一个，如 product=200,402 与 product_from=402:20000；留空为不设。",
        )
    return product, int(yuan) * 100


def products_of(lender: Lender) -> list[str]:
    """The postal products of a lender's letters: the ordinary one, then those that may be chosen instead, each once."""
    text = str(lender.settings.get("product", DEFAULT_PRODUCT))
    return list(dict.fromkeys(code for part in text.split(",") if (code := part.strip()))) or [DEFAULT_PRODUCT]


def _finish(session: Session, db: Database, one: _Opened, actor: str, progress: Progress, stepped_back: str) -> PlanResult:
    planning_id = one.planning_id
    planning = session.get_one(Planning, planning_id, with_for_update=True)
    frame = load_frame(session, planning.args)
    counts: Counter[str] = Counter()
    for result in stage_results(session, one.stage_id):
        counts.update({name: value for name, value in result.items() if isinstance(value, int)})
    if planning.finished_at is None:
        batches = make_batches(
            session, db.clock, frame, planning.args, actor, lambda done, total: progress("编号", done, total)
        )
        verdicts = dict(
            session.execute(
                select(Decision.verdict, func.count()).where(Decision.planning_id == planning_id).group_by(Decision.verdict)
            ).all()
        )
        planning.counts = {**verdicts, "unchanged": counts["unchanged"], **_turns(session, planning_id)}
        planning.finished_at = db.clock()
    else:
        batches = list(session.scalars(select(Batch).where(Batch.planning_id == planning_id).order_by(Batch.number)))
    final = planning.counts or {}
    planned, held, refused = (int(final.get(name, 0)) for name in ("planned", "held", "refused"))
    return PlanResult(
        planning_id=planning_id,
        lender=frame.lender.code,
        day=planning.day,
        candidates=planned + held + refused + counts["unchanged"],
        planned=planned,
        held=held,
        refused=refused,
        unchanged=counts["unchanged"],
        already=one.already,
        batch_no=batches[0].batch_no if batches else None,
        batches=tuple(batch.batch_no for batch in batches),
        templates=((frame.template, planned),),
        first=planned - int(final.get("retries", 0)),
        retries=int(final.get("retries", 0)),
        waiting=int(final.get("waiting", 0)),
        warnings=tuple(filter(None, [
            stepped_back,
            *(low_numbers(session, UUID(str(planning.args["partner_id"])), service.product, planning.day) for service in frame.services),
        ])),
    )


def _turns(session: Session, planning_id: UUID) -> dict[str, int]:
    """Planned retries, and cases that wait for a result or a day, of one planning."""
    turn = Decision.checks["follow"]["turn"].astext
    retry = (Decision.verdict == "planned") & turn.in_((Turn.NEXT, Turn.SAME))
    waits = (Decision.verdict != "planned") & turn.in_((Turn.UNDER_WAY, Turn.NOT_YET))
    row = session.execute(
        select(func.count().filter(retry), func.count().filter(waits)).where(Decision.planning_id == planning_id)
    ).one()
    return {"retries": row[0], "waiting": row[1]}


def lenders_with_cases(session: Session) -> list[str]:
    """Codes of the lenders that have cases, in order.

    Raises:
        WrongUsage: when there is none at all.
    """
    codes = session.scalars(
        select(Lender.code).where(exists().where(Case.lender_id == Lender.id)).order_by(Lender.code.collate("C"))
    )
    found = list(codes)
    if not found:
        raise WrongUsage("还没有任何案件。", "请先用 handa cases import 导入委案表。")
    return found
