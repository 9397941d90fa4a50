"""The choice between two templates in the house: trained on what was drawn, kept, put in force by a person, and what its card says.

In force it says which of two approved wordings a first letter has; amounts, addressee, address and lawfulness are none of its
business, and a share stays drawn (``template_trial.IN_FORCE_MOST``) so that it can be unlearned. One lender's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from letters.batch.model_store import (
    PROMOTED,
    TEMPLATES,
    Kept,
    champion,
    content_of,
    keep_content,
    put_in_force,
    template_scope,
)
from letters.batch.parties import lender_by_code
from letters.batch.template_trial import trial_in
from letters.batch.template_trials import TemplateRows, template_trials
from models.delivery.measures import Figure
from models.uplift.learners import Kind
from models.uplift.measures import Ordered
from models.uplift.templates import (
    BEYOND,
    NotAsDrawn,
    TemplateChoice,
    TrainedTemplates,
    chance_of_more,
    train_templates,
)
from models.uplift.training import LEAST, LEAST_PAID, NoDraw, NotByChance, TooFew
from models.uplift.trials import TITLES as FEATURE_TITLES
from models.uplift.trials import WINDOW_DAYS
from records.clock import SHANGHAI, Clock
from records.database import Database
from records.errors import Broken, NeedsDecision, WrongUsage

Say = Callable[[str], None]
APART: Final = 3.0
"""Standard errors beyond which one template's letters were posted less often than the other's by more than chance."""


@dataclass(frozen=True, slots=True)
class CameTemplates:
    """What a training came to."""

    version: str
    facts: Mapping[str, Any]
    new: bool


def train_template_model(db: Database, lender_code: str, as_of: date, *, seed: int, actor: str, say: Say) -> CameTemplates:
    """Train on what was known before ``as_of`` and keep what was learned.

    Raises:
        NeedsDecision: nothing was drawn yet, or too little of either template has come to its end.
        Broken: the two groups are not alike: the draw was not what the records say.
    """
    until = datetime.combine(as_of, time(), SHANGHAI) - timedelta(microseconds=1)
    with db.session() as session:
        lender = lender_by_code(session, lender_code)
        found = template_trials(session, lender, until, progress=lambda done, total: say(f"读取案件 {done}/{total}"))
    needs = f"请用 handa lender set {lender_code} --set template_trial=模板:千分比 开始试验，由抽签决定首封函件用哪个模板。"
    if found.pair is None:
        raise NeedsDecision("没有抽签决定过模板的函件：从人选的模板里学不到措辞的作用。", needs)
    try:
        trained = train_templates(found.trials, as_of.toordinal(), seed=seed, say=say)
    except NoDraw:
        raise NeedsDecision(f"截至 {as_of} 没有抽签决定过模板的函件。", needs) from None
    except TooFew as few:
        second, ordinary, second_paid, ordinary_paid = few.args
        raise NeedsDecision(
            f"截至 {as_of} 观察期已满的案件：{found.pair.second} {second} 件（有还款 {second_paid} 件），{found.pair.ordinary} {ordinary} 件（有还款 {ordinary_paid} 件）；"
            f"各须至少 {LEAST} 件、有还款 {LEAST_PAID} 件，训练与检验两段都要有。{_unheard(found.unheard)}",
            f"观察期 {WINDOW_DAYS} 天，请继续积累。",
        ) from None
    except NotByChance as uneven:
        name, off = uneven.args
        raise Broken(
            f"两组在寄函之前就不一样：{FEATURE_TITLES[name]}相差 {off:+.1f} 个标准误，不像是随机抽的。没有保存模型。", "请核对两个模板的审查结果（handa batch decisions）是否只卡住其中一个。"
        ) from None
    except NotAsDrawn as unlike:
        second, expected, off = unlike.args
        raise Broken(
            f"用 {found.pair.second} 计划的有 {second} 件，按抽签应约 {expected} 件，相差 {off:+.1f} 个标准误：有案件只在其中一个模板下被拦下，两组不再可比。没有保存模型。",
            "请核对两个模板的审查结果（handa batch decisions），更正后另用一个版本号重新试验。",
        ) from None
    choice = TemplateChoice(lender_code, found.pair.ordinary, found.pair.second, trained.effect)
    facts = template_facts(trained, choice, as_of, found)
    with db.session() as session:
        new = keep_content(session, TEMPLATES, choice.version, choice.to_bytes(), facts, as_of, actor=actor, clock=db.clock)
    return CameTemplates(choice.version, facts, new)


def template_facts(trained: TrainedTemplates, choice: TemplateChoice, as_of: date, found: TemplateRows, *, synthetic: bool = False) -> dict[str, Any]:
    """Everything that a card shows, in JSON's types. Money figures are fen a case."""

    def days(window: tuple[int, int]) -> list[str]:
        return [date.fromordinal(one).isoformat() for one in window]

    return {
        "model": TEMPLATES, "kind": trained.effect.kind.value, "lender": choice.lender, "ordinary": choice.ordinary, "second": choice.second,
        "as_of": as_of.isoformat(), "synthetic": synthetic, "lines": trained.lines, "second_lines": trained.second, "ordinary_lines": trained.ordinary,
        "open": trained.open, "undrawn": trained.undrawn, "unheard": found.unheard, "window_days": WINDOW_DAYS, "window": days(trained.window),
        "test_window": days(trained.test_window), "average_fen": _figure(trained.average_fen), "for_all": _figure(trained.for_all), "seed": trained.seed,
        "tried": [
            {
                "kind": one.kind.value, "value": _figure(one.value), "takes": round(one.takes, 4), **_ordered(one.ordered),
                "short_of_best": _figure(one.short_of_best) if one.short_of_best else None,
            }
            for one in trained.tried
        ],
        "steps": [{"said": round(one.said, 2), "seen": _figure(one.seen), "lines": one.lines} for one in trained.steps],
        "arms": {"ordinary": asdict(found.ordinary), "second": asdict(found.second)},
    }  # fmt: skip


def _figure(one: Figure) -> dict[str, Any]:
    return {"value": round(one.value, 2), "low": round(one.low, 2), "high": round(one.high, 2), "of": one.of}


def _ordered(one: Ordered) -> dict[str, Any]:
    return {"area": _figure(one.area), "first": [_figure(share) for share in one.first], "curve": [_figure(point) for point in one.curve]}


def _unheard(count: int) -> str:
    return f"有 {count} 件观察期已过，但资方此后没有送来还款记录，不能当作没有还款，故不算满；请先导入还款文件。" if count else ""


def chosen_way(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The figures of the way to choose that won."""
    return next(one for one in facts["tried"] if one["kind"] == facts["kind"])


def more_complaints(facts: Mapping[str, Any]) -> float:
    """Chance of so many complaints and objections under the second template, were both alike."""
    second, ordinary = facts["arms"]["second"], facts["arms"]["ordinary"]
    return chance_of_more(second["troubled"], second["lines"], ordinary["troubled"], ordinary["lines"])


def posted_apart(facts: Mapping[str, Any]) -> float:
    """How many standard errors the shares of posted letters lie apart."""
    second, ordinary = facts["arms"]["second"], facts["arms"]["ordinary"]
    lines = second["lines"] + ordinary["lines"]
    share = (second["posted"] + ordinary["posted"]) / max(lines, 1)
    error = (share * (1 - share) * (1 / max(second["lines"], 1) + 1 / max(ordinary["lines"], 1))) ** 0.5
    apart = second["posted"] / max(second["lines"], 1) - ordinary["posted"] / max(ordinary["lines"], 1)
    return float(apart / error) if error else 0.0


def against_templates(facts: Mapping[str, Any]) -> list[str]:
    """What speaks against choosing by this; empty = nothing."""
    against, average, way = [], facts["average_fen"], chosen_way(facts)
    if facts["kind"] == Kind.AVERAGE.value:
        if average["high"] < 0:
            against.append(f"{facts['second']} 带来的还款更少")
        elif average["low"] <= 0:
            against.append(f"平均差别的 95% 区间含零：看不出 {facts['second']} 带来更多还款")
    elif way["value"]["low"] <= 0:
        against.append("逐案选模板看不出比都用常用模板好（95% 区间含零）")
    if more_complaints(facts) < BEYOND:
        second, ordinary = facts["arms"]["second"], facts["arms"]["ordinary"]
        against.append(
            f"{facts['second']} 的投诉与异议更多，超出偶然：{second['troubled']}/{second['lines']} 件，{facts['ordinary']} 为 {ordinary['troubled']}/{ordinary['lines']} 件"
        )
    if abs(posted_apart(facts)) > APART:
        against.append("两个模板的函件交寄的比例不同，超出偶然：比较的不只是措辞")
    if facts["synthetic"]:
        against.append("用模拟数据训练，不是真实还款")
    return against


def promote_templates(session: Session, kept: Kept, why: str, *, anyway: bool, actor: str, clock: Clock) -> str:
    """Let first letters of the lender go by what was learned; returns the version.

    Raises:
        WrongUsage: it is in force already, or the lender does not try these two templates now.
        NeedsDecision: its check is against it and nobody said ``anyway``.
    """
    code = str(kept.facts["lender"])
    scope = template_scope(code)
    now = champion(session, scope)
    if kept.version == now:
        raise WrongUsage(f"模型 {kept.version} 已经在用。", "不需要再启用。")
    choice = open_templates(session, kept.version)
    trial = trial_in(lender_by_code(session, code).settings)
    if trial is None or (trial.ordinary, trial.second) != (choice.ordinary, choice.second):
        raise WrongUsage(
            f"资方“{code}”现在没有在试验 {choice.ordinary} 与 {choice.second}，{kept.version} 无从选用。",
            f"启用后仍有一部分继续抽签，所以试验须开着：handa lender set {code} --set template_trial={choice.second}:100",
        )
    against = against_templates(kept.facts)
    if against and not anyway:
        raise NeedsDecision(f"不宜启用 {kept.version}：{'；'.join(against)}。", "请继续试验，积累更多案件后重新训练；确要启用请加 --anyway，理由会记入审计。")
    detail = {"from": now, "gate": against, "anyway": anyway and bool(against), "ordinary": choice.ordinary, "second": choice.second}
    put_in_force(session, kept.version, PROMOTED, why, detail, actor=actor, clock=clock, scope=scope)
    return kept.version


def back_to_trial(session: Session, lender_code: str, why: str, *, actor: str, clock: Clock) -> None:
    """Take out of force what was learned: the lender's ordinary template again, and the trial as its settings say.

    Raises:
        WrongUsage: nothing is in force.
    """
    scope = template_scope(lender_by_code(session, lender_code).code)
    now = champion(session, scope)
    if not now:
        raise WrongUsage(f"资方“{lender_code}”没有按学到的结果选模板。", "不需要再退回；结束试验请用 handa lender set 代码 --set template_trial=。")
    put_in_force(session, "", PROMOTED, why, {"from": now}, actor=actor, clock=clock, scope=scope)


def open_templates(session: Session, version: str) -> TemplateChoice:
    """What was learned.

    Raises:
        Broken: what is kept is not what was trained.
    """
    advice = "请用 handa models promote template --lender 资方代码 退回常用模板，再重新训练。"
    try:
        choice = TemplateChoice.from_bytes(content_of(session, version))
    except ValueError as fault:
        raise Broken(f"模板比较“{version}”读不出来：它由别的程序版本训练，或已损坏。", advice) from fault
    if choice.version != version:
        raise Broken(f"模板比较“{version}”与登记时不一致。", advice)
    return choice
