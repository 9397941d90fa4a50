"""The study of the chooser in simulated worlds: tables of what was reached, recovery, off-policy estimates, ablations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from locate.choose.rule_terms import rule_terms
from models.delivery.estimators import DeliveryModel, Kind, delivered_flags, fit
from models.delivery.features import FEATURES, GROUPS, Record, matrix
from models.delivery.measures import difference, log_losses
from models.delivery.opportunities import Floats, Opportunities
from models.delivery.policies import best_rows, explored, net_value, off_policy
from models.delivery.training import Option, train
from scripts.world.delivery import assumed
from scripts.world.delivery.replay import GOOD, Replay, by_chance, replay, uniform_draws, worth_of
from scripts.world.delivery.worlds import FIRST_DAY, DeliveryWorld

Say = Callable[[str], None]
OPTIONS: Final = (Option(Kind.RULE), Option(Kind.LOGISTIC), Option(Kind.LOGISTIC, 60.0), Option(Kind.BOOSTED), Option(Kind.BOOSTED, 45.0))
"""Candidates of the weekly trainings; empirical Bayes is compared in the trainings by hand and never came first."""
RECOVERED: Final = 0.90


def letters_by_rule(world: DeliveryWorld, weeks: int) -> Opportunities:
    """Letters that the rules chose, with their ends."""
    rules = DeliveryModel(Kind.RULE, 0.0, rule_terms())
    log = []
    for number in range(weeks):
        week = world.week(number)
        rows = by_chance(week, rules.delivered(week.offers, matrix(week.offers, Record.of(week.offers))))
        log.append(world.post(week, rows, np.ones(len(rows))))
    return Opportunities.joined(*log)


def whole(
    worlds: Sequence[str], seeds: Sequence[int], weeks: int, cases: int, explore: float, mislabelled: float, say: Say, *,
    retrain: int = 1, weekly_from: int | None = None, kinds: Sequence[str] | None = None, phones: str = "persons",
) -> dict[str, Any]:
    """Weekly learning in each world and seed; shares are means over the last eight weeks.

    Args:
        kinds: which of the candidates are tried; None = all.
    """
    rows, curves = [], []
    options = [one for one in OPTIONS if kinds is None or (one.kind.value in kinds and not one.memory_days)]
    for name in worlds:
        for seed in seeds:
            here = DeliveryWorld(name, seed, weeks=weeks, cases_per_week=cases, phones=phones)
            done = replay(here, weeks, retrain=retrain, weekly_from=weekly_from, explore=explore, options=options, mislabelled=mislabelled, say=say)
            rows.append(_row(done, weeks, cases))
            curves.append({"world": name, "seed": seed, "weeks": [_week(one) for one in done.weeks]})
    return {"title": "逐周学习（模拟数据）", "columns": list(rows[0]), "rows": rows, "curves": curves, "weeks": weeks, "cases_per_week": cases, "retrain": retrain, "phones": phones}


def _row(done: Replay, weeks: int, cases: int) -> dict[str, Any]:
    first = weeks - 8
    shares = {name: done.mean(name, first) for name in done.weeks[0].shares}
    kinds = [one.model for one in done.weeks if one.week >= first]
    row: dict[str, Any] = {
        "世界": done.world, "种子": done.seed, "案件": 8 * cases, **{name: round(share, 3) for name, share in shares.items()},
        "对首列地址": round(shares["learned"] / shares["first_listed"], 2), "上限对首列": round(shares["all_knowing"] / shares["first_listed"], 2),
        "对知情者": round(shares["learned"] / shares["informed"], 3),
        "ECE": round(float(np.mean([one.chosen_ece for one in done.weeks if one.week >= first])), 3),
        "知情者的 ECE": round(float(np.mean([one.informed_ece for one in done.weeks if one.week >= first])), 3), "模型": max(set(kinds), key=kinds.count),
    }  # fmt: skip
    row["恢复周数"] = _recovery(done) if done.world == "sudden" else "—"
    return row


def _recovery(done: Replay) -> int | str:
    """Weeks after the change until two weeks running reach 90 % of the informed policy."""
    ratios = {one.week: one.shares["learned"] / one.shares["informed"] for one in done.weeks}
    for week in range(assumed.CHANGE_WEEK, max(ratios)):
        if ratios[week] >= RECOVERED and ratios[week + 1] >= RECOVERED:
            return week - assumed.CHANGE_WEEK
    return "未恢复"


def _week(one: Any) -> dict[str, Any]:
    return {"week": one.week, "model": one.model, **{name: round(share, 4) for name, share in one.shares.items()}, "ece": round(one.chosen_ece, 4), "said": round(one.said, 4)}


def off_policy_check(worlds: Sequence[str], seeds: Sequence[int], cases: int, say: Say, *, weeks: int = 10, shares: Sequence[float] = (0.02, 0.10)) -> dict[str, Any]:
    """Log letters under the rules with exploration, estimate what a learned policy would have reached, compare with the truth.

    The learned policy is trained on ten earlier weeks; the log is of ten others. Truth: mean true chance of the rows that it takes.
    """
    rows = []
    for name in worlds:
        for seed in seeds:
            world = DeliveryWorld(name, seed, weeks=2 * weeks, cases_per_week=cases)
            rules = DeliveryModel(Kind.RULE, 0.0, rule_terms())
            history = letters_by_rule(world, weeks)
            learned = train(history, FIRST_DAY + 7 * weeks, rule_terms(), seed=seed, options=OPTIONS).model
            record = Record.of(history.take(history.outcome >= 0))
            for share in shares:
                rows.append(_estimated(world, learned, rules, record, share, range(weeks, 2 * weeks), name, seed))
                say(f"{name} {seed} 探索 {share:.0%}")
    return {"title": "离线估计与真值（模拟数据）", "columns": list(rows[0]), "rows": rows}


def _estimated(world: DeliveryWorld, learned: DeliveryModel, rules: DeliveryModel, record: Record, share: float, weeks: range, name: str, seed: int) -> dict[str, Any]:
    parts: list[tuple[Floats, ...]] = []
    truth, old_truth = [], []
    for number in weeks:
        week = world.week(number)
        offers, good = week.offers, week.truth[:, GOOD].sum(axis=1)
        features = matrix(offers, record)
        said, by_rules = learned.delivered(offers, features), rules.delivered(offers, features)
        order = offers.listed * 10 + offers.product
        value = net_value(by_rules, worth_of(offers.amount_fen), offers.cost_fen)
        allowed = by_rules >= 0.1
        taken = explored(offers.case, value, order, allowed, share, uniform_draws(seed * 1000 + number, offers))
        may = allowed | np.isin(np.arange(len(offers)), best_rows(offers.case, value, order))
        mine = np.where(may, net_value(said, worth_of(offers.amount_fen), offers.cost_fen), -np.inf)
        wanted = np.zeros(len(offers))
        wanted[best_rows(offers.case, mine, order)] = 1.0
        _, position = np.unique(offers.case, return_inverse=True)
        expected = np.bincount(position, wanted * said)[position]
        letters = world.post(week, taken.rows, taken.propensity[taken.rows])
        known = letters.outcome >= 0
        at = taken.rows[known]
        parts.append((letters.debtor[known], np.isin(letters.outcome[known], GOOD), taken.propensity[at], wanted[at], said[at], expected[at]))
        truth.append(good[wanted > 0])
        old_truth.append(good[best_rows(offers.case, value, order)])
    found = off_policy(*(np.concatenate(column).astype(np.int64 if i == 0 else np.float64) for i, column in enumerate(zip(*parts, strict=True))))  # type: ignore[arg-type]
    real, before = float(np.concatenate(truth).mean()), float(np.concatenate(old_truth).mean())

    def off(value: float) -> str:
        return f"{100 * (value - real):+.1f}"

    return {
        "世界": name, "种子": seed, "探索": f"{share:.0%}", "函件": len(np.concatenate([part[0] for part in parts])), "真值": f"{real:.1%}", "旧做法真值": f"{before:.1%}",
        "IPS 偏差（点）": off(found.ips.value), "SNIPS": off(found.snips.value), "DR": off(found.doubly_robust.value),
        "DR 区间半宽": f"{50 * (found.doubly_robust.high - found.doubly_robust.low):.1f}", "“新旧一致”": off(found.agreeing.value), "有效件数": round(found.effective),
    }  # fmt: skip


def ablation(world: str, seed: int, say: Say, *, weeks: int = 26, cases: int = 1500) -> dict[str, Any]:
    """What each group of features is worth to the boosted model: log loss on the last weeks with the group set to its mean."""
    rows = letters_by_rule(DeliveryWorld(world, seed, weeks=weeks, cases_per_week=cases), weeks)
    rows = rows.take(rows.outcome >= 0)
    features, good = matrix(rows, Record.of(rows)), delivered_flags(rows.outcome)
    early = rows.day < FIRST_DAY + 7 * (weeks - 6)
    late = ~early
    table = []
    base: Floats | None = None
    for group in (None, *GROUPS):
        used = features.copy()
        if group is not None:
            used[:, [FEATURES.index(name) for name in group.features]] = 0.0
        model = fit(Kind.BOOSTED, rule_terms(), rows.take(early), used[early], np.ones(int(early.sum())), memory_days=0.0, seed=seed)
        loss = log_losses(model.delivered(rows.take(late), used[late]), good[late])
        base = loss if base is None else base
        more = difference(rows.debtor[late], loss, base, np.ones(int(late.sum())), seed=seed)
        table.append({
            "去掉": group.name if group else "（不去）", "特征数": len(group.features) if group else 0, "对数损失": f"{loss.mean():.4f}",
            "增加（95% 区间）": f"{more.value:+.4f} [{more.low:+.4f}, {more.high:+.4f}]", "检验函件": int(late.sum()),
        })  # fmt: skip
        say(str(table[-1]))
    return {"title": f"特征组的作用：世界 {world}，种子 {seed}（模拟数据）", "columns": list(table[0]), "rows": table}


def phone_regions(world: str, seeds: Sequence[int], say: Say, *, weeks: int = 26, cases: int = 1500, since: int = 4) -> dict[str, Any]:
    """What knowing a phone's region is worth to the boosted model, and whether letters from before it was known do harm.

    Trained on all but the last six weeks and tested on those: the region never known (as before there was a table), known for the
    last ``since`` weeks of the letters learned from only, known all along, and known all along with one number a person (``DeliveryWorld.one_phone_each``).
    """
    table = []
    for seed in seeds:
        here = DeliveryWorld(world, seed, weeks=weeks, cases_per_week=cases, phones="rows")
        rows = letters_by_rule(here, weeks)
        rows = rows.take(rows.outcome >= 0)
        record, good = Record.of(rows), delivered_flags(rows.outcome)
        late = rows.day >= FIRST_DAY + 7 * (weeks - 6)
        never = np.full(len(rows), -1, np.int64)
        base: Floats | None = None
        for title, column in (
            ("从不知道", never),
            (f"检验前 {since} 周起知道", np.where(rows.day < FIRST_DAY + 7 * (weeks - 6 - since), never, rows.phone_region)),
            ("一直知道", rows.phone_region),
            ("一直知道，一人一号", here.one_phone_each(rows)),
        ):
            told = replace(rows, phone_region=column)
            features = matrix(told, record)
            model = fit(Kind.BOOSTED, rule_terms(), told.take(~late), features[~late], np.ones(int((~late).sum())), memory_days=0.0, seed=seed)
            said = model.delivered(told.take(late), features[late])
            loss = log_losses(said, good[late])
            base = loss if base is None else base
            less = difference(rows.debtor[late], loss, base, np.ones(int(late.sum())), seed=seed)
            table.append({
                "世界": world, "种子": seed, "手机号归属地": title, "对数损失": f"{loss.mean():.4f}", "比从不知道（95% 区间）": f"{less.value:+.4f} [{less.low:+.4f}, {less.high:+.4f}]",
                "估计减实际（点）": f"{100 * (said.mean() - good[late].mean()):+.1f}", "检验函件": int(late.sum()),
            })  # fmt: skip
            say(str(table[-1]))
    return {"title": f"手机号归属地的作用：世界 {world}（模拟数据）", "columns": list(table[0]), "rows": table}


def markdown(found: dict[str, Any]) -> str:
    """The table as Markdown."""
    columns = found["columns"]
    lines = [f"### {found['title']}", "", "| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(str(row[name]) for name in columns) + " |" for row in found["rows"]]
    return "\n".join(lines)

