"""The letter score in the house: trained on the control group, kept, put in force by a person, and what its card says.

In force it orders letters where not all can go (``allotting``); it never makes a letter lawful, never chooses whom a letter
names, and what it puts last is held with the limit that held it. Not here: the learning (``models.uplift``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from letters.batch.letter_trials import TrialRows, letter_trials
from letters.batch.model_store import (
    LETTERS,
    PROMOTED,
    Kept,
    champion,
    content_of,
    keep_content,
    put_in_force,
)
from letters.press.reportsheet import Column, Section
from models.delivery.measures import Figure
from models.uplift.learners import TITLES, Kind, LetterModel
from models.uplift.measures import SHARES, Ordered
from models.uplift.training import LEAST, LEAST_PAID, NoDraw, NotByChance, TooFew, Trained, train
from models.uplift.trials import TITLES as FEATURE_TITLES
from models.uplift.trials import WINDOW_DAYS
from records.clock import SHANGHAI, Clock
from records.database import Database
from records.errors import Broken, NeedsDecision, WrongUsage

Say = Callable[[str], None]
NEEDS_DRAW: Final = (
    "请在策略里设 control_per_mille（例如 100 即 10%）：抽中的首封函件暂缓一个观察期，之后才能说出函件带来多少还款。"
)


@dataclass(frozen=True, slots=True)
class CameLetters:
    """What a training came to."""

    version: str
    facts: Mapping[str, Any]
    new: bool


def train_letter_model(db: Database, as_of: date, *, lender_code: str | None, seed: int, actor: str, say: Say) -> CameLetters:
    """Train on what was known before ``as_of`` and keep the score.

    Raises:
        NeedsDecision: no control group yet, or too few of either arm.
        Broken: the arms are not alike: the draw was not what the records say.
    """
    until = datetime.combine(as_of, time(), SHANGHAI) - timedelta(microseconds=1)
    with db.session() as session:
        found = letter_trials(session, until, lender_code, progress=lambda done, total: say(f"读取案件 {done}/{total}"))
    try:
        trained = train(found.trials, as_of.toordinal(), seed=seed, say=say)
    except NoDraw:
        raise NeedsDecision("没有随机对照过的案件：从未随机的记录里学不到函件的效果，只学得到谁本来就会还。", NEEDS_DRAW) from None
    except TooFew as few:
        written, alone, written_paid, alone_paid = few.args
        raise NeedsDecision(
            f"截至 {as_of} 观察期已满的案件：已寄 {written} 件（有还款 {written_paid} 件），对照 {alone} 件（有还款 {alone_paid} 件）；"
            f"各须至少 {LEAST} 件、有还款 {LEAST_PAID} 件，训练与检验两段都要有。{_unheard(found.unheard)}",
            f"观察期 {WINDOW_DAYS} 天，请继续积累；对照组的比例见策略 control_per_mille。",
        ) from None
    except NotByChance as uneven:
        name, off = uneven.args
        raise Broken(
            f"两组在寄函之前就不一样：{FEATURE_TITLES[name]}相差 {off:+.1f} 个标准误，不像是随机抽的。没有保存模型。",
            "请核对是否有人在计划之后按案件内容撤函或补函；若没有，请报告此问题。",
        ) from None
    facts = letter_facts(trained, as_of, found, f"资方 {lender_code} 的案件" if lender_code else "本机全部案件")
    with db.session() as session:
        new = keep_content(session, LETTERS, trained.model.version, trained.model.to_bytes(), facts, as_of, actor=actor, clock=db.clock)
    return CameLetters(trained.model.version, facts, new)


def letter_facts(trained: Trained, as_of: date, found: TrialRows, source: str, *, synthetic: bool = False) -> dict[str, Any]:
    """Everything that a card shows, in JSON's types. Money figures are fen a case."""

    def days(window: tuple[int, int]) -> list[str]:
        return [date.fromordinal(one).isoformat() for one in window]

    return {
        "model": LETTERS, "kind": trained.model.kind.value, "as_of": as_of.isoformat(), "synthetic": synthetic, "source": source, "lines": trained.lines,
        "written": trained.written, "alone": trained.alone, "open": trained.open, "undrawn": trained.undrawn, "broken": found.broken, "unheard": found.unheard, "window_days": WINDOW_DAYS,
        "window": days(trained.window), "test_window": days(trained.test_window), "average_fen": _figure(trained.average_fen), "seed": trained.seed,
        "tried": [
            {"kind": one.kind.value, **_ordered(one.ordered), "short_of_best": _figure(one.short_of_best) if one.short_of_best else None} for one in trained.tried
        ],
        "largest_debts": _ordered(trained.largest_debts), "likeliest_payers": _ordered(trained.likeliest_payers),
        "steps": [{"said": round(one.said, 2), "seen": _figure(one.seen), "lines": one.lines} for one in trained.steps],
    }  # fmt: skip


def _figure(one: Figure) -> dict[str, Any]:
    return {"value": round(one.value, 2), "low": round(one.low, 2), "high": round(one.high, 2), "of": one.of}


def _ordered(one: Ordered) -> dict[str, Any]:
    return {"area": _figure(one.area), "first": [_figure(share) for share in one.first], "curve": [_figure(point) for point in one.curve]}


def is_letters(facts: Mapping[str, Any]) -> bool:
    """Whether these are the facts of a letter score."""
    return facts.get("model") == LETTERS


def chosen_of(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The chosen candidate's figures."""
    return next(one for one in facts["tried"] if one["kind"] == facts["kind"])


def against_letters(facts: Mapping[str, Any]) -> list[str]:
    """What speaks against putting a letter score in force; empty = nothing."""
    against = []
    if facts["average_fen"]["low"] <= 0:
        against.append("平均效果的 95% 区间含零：看不出函件带来还款")
    if chosen_of(facts)["area"]["low"] <= 0:
        against.append("按评分排序看不出比随机先后更好（Qini 面积的 95% 区间含零）")
    if facts["broken"] * 20 > facts["alone"]:
        against.append(f"对照组 {facts['alone']} 件里有 {facts['broken']} 件在观察期内仍然寄了函")
    if facts["synthetic"]:
        against.append("用模拟数据训练，不是真实还款")
    return against


def promote_letters(session: Session, kept: Kept, why: str, *, anyway: bool, actor: str, clock: Clock) -> str:
    """Put a letter score in force; returns its version.

    Raises:
        WrongUsage: it is in force already.
        NeedsDecision: its check is against it and nobody said ``anyway``.
    """
    now = champion(session, LETTERS)
    if kept.version == now:
        raise WrongUsage(f"模型 {kept.version} 已经在用。", "不需要再启用。")
    open_letters(session, kept.version)
    against = against_letters(kept.facts)
    if against and not anyway:
        raise NeedsDecision(f"不宜启用 {kept.version}：{'；'.join(against)}。", "请等对照组积累更多案件后重新训练；确要启用请加 --anyway，理由会记入审计。")
    put_in_force(session, kept.version, PROMOTED, why, {"from": now, "gate": against, "anyway": anyway and bool(against)}, actor=actor, clock=clock, scope=LETTERS)
    return kept.version


def open_letters(session: Session, version: str) -> LetterModel:
    """The score itself.

    Raises:
        Broken: what is kept is not what was trained.
    """
    try:
        model = LetterModel.from_bytes(content_of(session, version))
    except ValueError as fault:
        raise Broken(f"发函评分“{version}”读不出来：它由别的程序版本训练，或已损坏。", "请用 handa models promote value 退回按预期价值排序，再重新训练。") from fault
    if model.version != version:
        raise Broken(f"发函评分“{version}”与登记时不一致。", "请用 handa models promote value 退回按预期价值排序，并核对备份。")
    return model


def letter_notes(facts: Mapping[str, Any]) -> list[str]:
    """What a reader must know before the tables."""
    average, against = facts["average_fen"], against_letters(facts)
    return [
        ("本页数字全部来自模拟数据，不能说明任何真实的人。" if facts["synthetic"] else "数字来自真实案件。") + f"数据：{facts['source']}。",
        "用途：预算或收寄能力不足时，估计哪封函件会多带来多少还款，据以排先后。不决定能不能寄（合规规则决定），不改变收件人与地址。",
        f"学习：{facts['window'][0]} 至 {facts['window'][1]} 的案件，观察期 {facts['window_days']} 天已满 {facts['lines']} 件，其中已寄 {facts['written']} 件、"
        f"随机对照（暂缓）{facts['alone']} 件；观察期未满 {facts['open']} 件、未经随机 {facts['undrawn']} 件不用；截至 {facts['as_of']} 所知。{_unheard(facts.get('unheard', 0))}",
        f"平均每封函件多带来 {_yuan(average['value'])} 元（95% 区间 {_yuan(average['low'])} 至 {_yuan(average['high'])}，债务人 {average['of']} 人）。",
        f"检验：{facts['test_window'][0]} 至 {facts['test_window'][1]} 的案件，训练时没有用过。选用：最好者并不显著胜过（95%）的最简单的一种，即{TITLES[Kind(facts['kind'])]}。",
        "“最可能还款的人”与“函件最能改变的人”不是一回事：下表把按还款可能排序也列出。",
        ("启用关口：" + "；".join(against) + "。") if against else "启用关口：没有反对的理由。",
    ]


def letter_sections(facts: Mapping[str, Any]) -> list[Section]:
    """The card's tables."""
    named = [(TITLES[Kind(one["kind"])] + ("（选用）" if one["kind"] == facts["kind"] else ""), one) for one in facts["tried"]]
    named += [("欠款多者在先（对照）", facts["largest_debts"]), ("最可能还款者在先（对照）", facts["likeliest_payers"])]
    whole = facts["tried"][0]["curve"][-1]
    return [
        Section(
            "按不同先后寄函，多带来的还款（元/案，按全部检验案件平均）",
            (Column("先后", 6), Column("Qini 面积（95% 区间）", 7), *(Column(f"只寄前 {share:.0%}", 6) for share in SHARES)),
            tuple((name, _interval(one["area"]), *(_interval(share) for share in one["first"])) for name, one in named),
            note=f"全部都寄为 {_interval(whole)}，债务人 {whole['of']} 人。面积是曲线高出随机先后的部分，零为不比随机好；区间按债务人重抽样。",
        ),
        Section(
            "可靠性：估计与实际的效果（元/案）", (Column("估计", 4, True), Column("实际（95% 区间）", 7), Column("案件", 3, True)),
            tuple((_yuan(one["said"]), _interval(one["seen"]), one["lines"]) for one in facts["steps"]), note="检验案件按估计值分为件数相近的十组，从小到大。",
        ),
    ]  # fmt: skip


def _unheard(count: int) -> str:
    return f"有 {count} 件观察期已过，但资方此后没有送来还款记录，不能当作没有还款，故不算满；请先导入还款文件。" if count else ""


def _yuan(fen: float | None) -> str:
    return "—" if fen is None else f"{fen / 100:.2f}"


def _interval(figure: Mapping[str, Any]) -> str:
    return f"{_yuan(figure['value'])}（{_yuan(figure['low'])} 至 {_yuan(figure['high'])}）"
