"""Training as a daily habit: from the house's outcomes (or a file of rows) to a kept model, and from there into force.

A model is kept, never put in force by itself: promoting is a person's act, and a gate stands before it. Not here: the learning
(``models.delivery.training``) and the watching of what is in force (``model_watch``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from letters.batch.contact_models import promote_contacts
from letters.batch.delivery_file import read_rows
from letters.batch.delivery_rows import delivery_rows
from letters.batch.letter_models import promote_letters
from letters.batch.model_store import (
    CONTACTS,
    DELIVERY,
    LETTERS,
    PROMOTED,
    RULES,
    TEMPLATE,
    TEMPLATES,
    VALUE,
    champion,
    contact_scope,
    keep_model,
    kept_models,
    model_called,
    open_model,
    put_in_force,
)
from letters.batch.policy_comparison import Compared, compare_policy
from letters.batch.template_models import back_to_trial, promote_templates
from locate.choose.rule_terms import rule_terms
from models.delivery.estimators import DeliveryModel, Kind, delivered_flags
from models.delivery.facts import facts_of, figures_of, quality_facts
from models.delivery.features import Record, matrix
from models.delivery.leaks import LeakFound
from models.delivery.measures import difference, log_losses, quality
from models.delivery.opportunities import Flags, Opportunities, known_by
from models.delivery.products import delivered_by
from models.delivery.ripeness import Ripeness
from models.delivery.training import TooFew, TooYoung, Trained, train
from records.clock import SHANGHAI, Clock
from records.database import Database
from records.errors import Broken, NeedsDecision, WrongUsage

GATE_LETTERS: Final = 300
"""Test letters with a known end; with fewer a model is not put in force without being told to."""
GATE_ECE: Final = 0.05

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Came:
    """What a training came to."""

    version: str
    facts: Mapping[str, Any]
    new: bool
    """False: this very model was kept before."""
    reconstructed: int


def train_delivery(db: Database, as_of: date, *, lender_code: str | None, data: Path | None, synthetic: bool, seed: int, actor: str, say: Say) -> Came:
    """Train on what was known before ``as_of`` and keep the model.

    Args:
        data: a file of rows instead of the house's own letters.
        synthetic: the file's letters are of a simulated world; stands on the card.

    Raises:
        NeedsDecision: too few letters with a known end.
        Broken: a feature knows the future (a fault of the program or of the file).
        UnreadableInput: the file.
    """
    reconstructed, drawn = 0, None
    if data is not None:
        rows = read_rows(data, lambda read: say(f"读取 {read} 行"))
        source = f"文件 {data.name}"
    else:
        until = datetime.combine(as_of, datetime.min.time(), SHANGHAI) + timedelta(microseconds=-1)
        with db.session() as session:
            found = delivery_rows(session, db.cipher, until, lender_code, progress=lambda done, total: say(f"读取函件 {done}/{total}"))
        rows, reconstructed, drawn = found.rows, found.reconstructed, found.product_drawn
        source = f"资方 {lender_code} 的函件" if lender_code else "本机全部函件"
    trained = trained_on(rows, as_of, seed=seed, say=say, drawn=drawn)
    facts = facts_of(trained, synthetic=synthetic, source=source)
    with db.session() as session:
        new = keep_model(session, trained.model, facts, as_of, actor=actor, clock=db.clock)
    return Came(trained.model.version, facts, new, reconstructed)


def trained_on(rows: Opportunities, as_of: date, *, seed: int, say: Say, drawn: Flags | None = None) -> Trained:
    """``models.delivery.training.train`` with its faults in an operator's words."""
    try:
        return train(rows, as_of.toordinal(), rule_terms(), seed=seed, say=say, drawn=drawn)
    except TooFew as few:
        have, need = few.args
        raise NeedsDecision(
            f"截至 {as_of} 有结果的函件只有 {have} 件（或结果全都一样），不足以训练（至少 {need} 件）。", "请等更多投递结果导入后再训练；在此之前由规则选址。"
        ) from few
    except TooYoung as young:
        have, learn, need_learn, test, need_test = young.args
        raise NeedsDecision(
            f"截至 {as_of} 有结果的函件 {have} 件，但集中在太短的时间里：检验期以前已知结果的 {learn} 件（至少 {need_learn} 件），可检验的 {test} 件（至少 {need_test} 件）。",
            "请再积累几周的投递结果后训练；在此之前由规则选址。",
        ) from young
    except LeakFound as leak:
        feature, how = leak.args
        raise Broken(f"训练数据有泄漏：特征“{feature}”{_how(how)}。没有保存模型。", "请核对数据的日期列；若数据来自本机，请报告此问题。") from leak


def _how(how: str) -> str:
    return "与当日所知不符" if how.startswith("differs") else f"几乎单独就能排出结果（{how}）"


def promote(session: Session, version: str, why: str, *, anyway: bool, actor: str, clock: Clock, lender_code: str | None = None) -> str:
    """Put a model in force, or with ``rule`` the rules, with ``value`` the value's order, with ``template`` the ordinary template;
    returns the full version.

    Args:
        lender_code: with ``rule``: whose contacts the rule prior is to rank again, None = addresses; with ``template``: whose letters.

    Raises:
        WrongUsage: no reason, no such model, or it is in force already.
        NeedsDecision: the gate is against it and nobody said ``anyway``.
    """
    if not why.strip():
        raise WrongUsage("启用模型必须写明理由。", "请加 --why 理由。")
    if version == RULES:
        scope = DELIVERY if lender_code is None else contact_scope(lender_code)
        now = champion(session, scope)
        if not now:
            raise WrongUsage("现在用的就是规则。", "不需要再退回。")
        put_in_force(session, "", PROMOTED, why, {"from": now}, actor=actor, clock=clock, scope=scope)
        return RULES
    if version == VALUE:
        now = champion(session, LETTERS)
        if not now:
            raise WrongUsage("现在就按预期价值排先后。", "不需要再退回。")
        put_in_force(session, "", PROMOTED, why, {"from": now}, actor=actor, clock=clock, scope=LETTERS)
        return VALUE
    if version == TEMPLATE:
        if lender_code is None:
            raise WrongUsage("退回常用模板须写明资方。", "请加 --lender 资方代码。")
        back_to_trial(session, lender_code, why, actor=actor, clock=clock)
        return TEMPLATE
    kept = model_called(session, version)
    if kept.task == TEMPLATES:
        return promote_templates(session, kept, why, anyway=anyway, actor=actor, clock=clock)
    if kept.task == LETTERS:
        return promote_letters(session, kept, why, anyway=anyway, actor=actor, clock=clock)
    if kept.task == CONTACTS:
        return promote_contacts(session, kept, why, anyway=anyway, actor=actor, clock=clock)
    now = champion(session)
    if kept.version == now:
        raise WrongUsage(f"模型 {kept.version} 已经在用。", "不需要再启用。")
    open_model(session, kept.version)
    against = gate(dict(kept.facts))
    if against and not anyway:
        raise NeedsDecision(f"不宜启用 {kept.version}：{'；'.join(against)}。", "请等更多数据后重新训练；确要启用请加 --anyway，理由会记入审计。")
    put_in_force(session, kept.version, PROMOTED, why, {"from": now or RULES, "gate": against, "anyway": anyway and bool(against)}, actor=actor, clock=clock)
    return kept.version


def gate(facts: dict[str, Any]) -> list[str]:
    """What speaks against putting a model in force; empty = nothing."""
    test, rules = figures_of(facts), figures_of(facts, Kind.RULE.value)
    against = []
    if facts["kind"] == Kind.RULE.value:
        against.append("训练结果就是规则：没有哪个模型比规则好")
    if test["letters"] < GATE_LETTERS:
        against.append(f"检验函件只有 {test['letters']} 件，少于 {GATE_LETTERS} 件")
    if test["log_loss"]["value"] > rules["log_loss"]["value"]:
        against.append(f"对数损失 {test['log_loss']['value']:.4f} 高于规则 {rules['log_loss']['value']:.4f}")
    if test["ece"] > max(GATE_ECE, noise_of_ece(test["letters"])):
        against.append(f"校准误差（ECE）{test['ece']:.3f} 高于 {max(GATE_ECE, noise_of_ece(test['letters'])):.3f}")
    if facts["by_hand"] * 5 > facts["letters"]:
        against.append(f"学习所用的函件有 {facts['by_hand']} 件没有选址概率（由人或别的系统选址）：人所知而表中没有的，模型会学错，检验也看不出")
    if facts["synthetic"]:
        against.append("用模拟数据训练，不是真实投递结果")
    return against


def noise_of_ece(letters: int, bins: int = 15) -> float:
    """ECE that honest probabilities show by chance alone, about twice over (binomial noise of each bin)."""
    return float(1.3 * (bins * 0.25 / max(letters, 1)) ** 0.5)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A model on letters of the days since it was trained. ``rules`` calibrated as when it was trained."""

    version: str
    first: date
    until: date
    letters: int
    model: Mapping[str, Any]
    rules: Mapping[str, Any]
    difference: Mapping[str, Any]
    policy: Compared | None
    """What choosing by it would have delivered, where letters were explored."""


def evaluate_delivery(db: Database, version: str | None, until: date, *, data: Path | None, say: Say) -> Evaluated:
    """How a kept model (default: the one in force, else the newest) does on letters that it can't have learned from.

    Raises:
        WrongUsage: there is no model.
        NeedsDecision: no letter since its training has a known end.
    """
    with db.session() as session:
        kept = model_called(session, version or champion(session) or _newest(session))
        if kept.task != DELIVERY:
            raise WrongUsage(f"{kept.version} 不是送达模型，没有投递结果可比。", "它的检验见 handa models card。")
        model = open_model(session, kept.version)
        if data is None:
            end = datetime.combine(until, datetime.min.time(), SHANGHAI) + timedelta(microseconds=-1)
            rows = delivery_rows(session, db.cipher, end, progress=lambda done, total: say(f"读取函件 {done}/{total}")).rows
            policy = compare_policy(session, db.cipher, model, end)
    if data is not None:
        rows, policy = read_rows(data, lambda read: say(f"读取 {read} 行")), None
    known = rows.take(known_by(rows, until.toordinal()))
    ripe, weight = Ripeness.of(known, until.toordinal()).weights(known, until.toordinal())
    later = ripe & (known.day >= kept.as_of.toordinal())
    good = delivered_flags(known.outcome[later])
    if not 0 < good.sum() < len(good):
        raise NeedsDecision(f"模型 {kept.version} 训练（{kept.as_of}）以后还没有足够的投递结果。", "请等结果导入后再评估。")
    record = Record.of(known)
    fresh, weight = known.take(later), weight[later]
    line = kept.facts["rule_line"]
    rules = DeliveryModel(Kind.RULE, 0.0, rule_terms(), intercept=float(line[0]), slope=float(line[1]))
    by_model, by_rules = delivered_by(model, fresh, record, fresh.product), rules.delivered(fresh, matrix(fresh, record))
    apart = difference(fresh.debtor, log_losses(by_model, good), log_losses(by_rules, good), weight)
    return Evaluated(
        kept.version, date.fromordinal(int(fresh.day.min())), date.fromordinal(int(fresh.day.max())), len(fresh),
        quality_facts(quality(by_model, good, fresh.debtor, weight)), quality_facts(quality(by_rules, good, fresh.debtor, weight)),
        {"value": round(apart.value, 6), "low": round(apart.low, 6), "high": round(apart.high, 6), "of": apart.of}, policy,
    )  # fmt: skip


def _newest(session: Session) -> str:
    found = kept_models(session, DELIVERY)
    if not found:
        raise WrongUsage("还没有训练过送达模型。", "请先运行 handa models train delivery。")
    return found[0].version


