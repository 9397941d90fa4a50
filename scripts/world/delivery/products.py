"""What choosing the postal product case by case is worth in the simulated worlds, against one product for all.

Weeks of letters under a policy that weighs place and product together, explores a little and learns from its own letters. Beside it,
by the same model on the same cases: registered letters only, EMS only, EMS for the largest third of the claims, and the product that
a model trained without exploration would choose. Judged by true chances: delivered share, postage a letter, and net value a case
(worth of a delivery less postage), which is what the chooser seeks. Synthetic throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from locate.choose.rule_terms import rule_terms
from models.delivery.estimators import DeliveryModel, Kind
from models.delivery.features import Record
from models.delivery.opportunities import Flags, Floats, Ints, Opportunities
from models.delivery.policies import best_rows, explored, net_value
from models.delivery.products import delivered_by
from models.delivery.training import Option, TooFew, TooYoung, train
from scripts.world.delivery.replay import GOOD, product_drawn, uniform_draws, worth_of
from scripts.world.delivery.worlds import FIRST_DAY, DeliveryWorld, Week

Say = Callable[[str], None]
OPTIONS: Final = (Option(Kind.RULE), Option(Kind.LOGISTIC), Option(Kind.BOOSTED), Option(Kind.BOOSTED, 60.0))
LETTER, EMS = 0, 1
LARGEST: Final = 2 / 3
"""Quantile of the claims above which the rule of thumb takes EMS."""
LATE: Final = 6
"""Weeks at the end over which is measured."""
NAMES: Final = {
    "letter": "全部挂号", "ems": "全部 EMS", "thumb": "金额最大三分之一用 EMS", "each": "逐案选用（探索 {share}）", "untried": "逐案选用（未曾探索）",
    "informed": "知情者逐案选用", "informed_letter": "知情者全部挂号",
}  # fmt: skip


@dataclass(slots=True)
class _House:
    """A policy with its log and the model that it has come to."""

    share: float
    model: DeliveryModel
    log: list[Opportunities] = field(default_factory=list)
    drawn: list[Flags] = field(default_factory=list)

    def letters(self) -> Opportunities:
        return Opportunities.joined(*self.log)


@dataclass(frozen=True, slots=True)
class _Figures:
    """Sums over cases of one policy."""

    delivered: float
    postage_fen: float
    value_fen: float
    ems: float
    cases: int


def study(worlds: Sequence[str], seeds: Sequence[int], weeks: int, cases: int, share: float, retrain: int, say: Say) -> dict[str, Any]:
    """One row a world, seed and policy, over the last weeks."""
    rows = []
    for name in worlds:
        for seed in seeds:
            found, told = run(DeliveryWorld(name, seed, weeks=weeks, cases_per_week=cases), weeks, share, retrain, say)
            for policy, one in found.items():
                rows.append({
                    "世界": name, "种子": seed, "做法": NAMES[policy].format(share=f"{share:.0%}"), "案件": one.cases, "签收": f"{one.delivered / one.cases:.1%}",
                    "EMS 占比": f"{one.ems / one.cases:.0%}", "每封邮资（元）": f"{one.postage_fen / one.cases / 100:.2f}", "每案净值（元）": f"{one.value_fen / one.cases / 100:.2f}",
                    "比全部挂号": f"{(one.value_fen - found['letter'].value_fen) / one.cases / 100:+.2f}", "可比较": "是" if told else "否",
                })  # fmt: skip
    return {"title": "逐案选用邮政产品（模拟数据）", "columns": list(rows[0]), "rows": rows, "weeks": weeks, "cases_per_week": cases}


def run(world: DeliveryWorld, weeks: int, share: float, retrain: int, say: Say) -> tuple[dict[str, _Figures], bool]:
    """(figures by policy over the last weeks, whether the exploring house came to tell the products apart)."""
    rules = DeliveryModel(Kind.RULE, 0.0, rule_terms())
    exploring, greedy = _House(share, rules), _House(0.0, rules)
    sums: dict[str, list[_Figures]] = {}
    for number in range(weeks):
        week = world.week(number)
        day = FIRST_DAY + 7 * number
        said = {}
        for key, house in (("each", exploring), ("untried", greedy)):
            said[key] = _said(house, week, day, learn=number > 0 and number % retrain == 0, seed=world.seed)
            _write(house, world, week, said[key])
        if number >= weeks - LATE:
            # All products by one model: the exploring house's, which may tell them apart.
            told = said["each"]
            big = week.offers.amount_fen >= np.quantile(week.offers.amount_fen, LARGEST)
            good = week.informed[:, GOOD].sum(axis=1)
            product = week.offers.product
            taken = {
                "letter": _best(week, told, product == LETTER), "ems": _best(week, told, product == EMS), "thumb": _best(week, told, product == np.where(big, EMS, LETTER)),
                "each": _best(week, told), "untried": _best(week, said["untried"]), "informed_letter": _best(week, good, product == LETTER), "informed": _best(week, good),
            }  # fmt: skip
            for policy, at in taken.items():
                sums.setdefault(policy, []).append(_figures(week, at))
        say(f"{world.name} 种子 {world.seed} 第 {number} 周：{exploring.model.kind.value}，可比较的产品 {list(exploring.model.products)}")
    return {policy: _added(parts) for policy, parts in sums.items()}, len(exploring.model.products) > 1


def _said(house: _House, week: Week, day: int, *, learn: bool, seed: int) -> Floats:
    """What the house's model says of every row, a product that it may not tell apart told as a registered letter."""
    offers = week.offers
    seen = house.letters() if house.log else offers.take(np.zeros(0, np.int64))
    if learn:
        try:
            trained = train(seen, day, rule_terms(), seed=seed, options=OPTIONS, drawn=np.concatenate(house.drawn))
        except (TooFew, TooYoung):
            pass
        else:
            if trained.test.log_loss.value <= trained.baseline.log_loss.value:
                house.model = trained.model
    record = Record.of(seen.take((seen.outcome >= 0) & (seen.known_day < day)))
    return delivered_by(house.model, offers, record, np.full(len(offers), LETTER))


def _write(house: _House, world: DeliveryWorld, week: Week, said: Floats) -> None:
    offers = week.offers
    value = net_value(said, worth_of(offers.amount_fen), offers.cost_fen)
    allowed = (said >= 0.1) & (value > 0)
    taken = explored(offers.case, value, _order(offers), allowed, house.share, uniform_draws(world.seed, offers))
    house.log.append(world.post(week, taken.rows, taken.propensity[taken.rows]))
    house.drawn.append(product_drawn(offers, taken.propensity, taken.rows))


def _order(offers: Opportunities) -> Ints:
    return offers.listed * 10 + offers.product


def _best(week: Week, said: Floats, use: Flags | None = None) -> Ints:
    offers = week.offers
    value = net_value(said, worth_of(offers.amount_fen), offers.cost_fen)
    return best_rows(offers.case, value if use is None else np.where(use, value, -np.inf), _order(offers))


def _figures(week: Week, at: Ints) -> _Figures:
    rows, good = week.offers.take(at), week.truth[at][:, GOOD].sum(axis=1)
    value = net_value(good, worth_of(rows.amount_fen), rows.cost_fen)
    return _Figures(float(good.sum()), float(rows.cost_fen.sum()), float(value.sum()), float((rows.product == EMS).sum()), len(at))


def _added(parts: Sequence[_Figures]) -> _Figures:
    return _Figures(*(sum(getattr(one, name) for one in parts) for name in ("delivered", "postage_fen", "value_fen", "ems", "cases")))
