"""Scoring candidates and training the delivery model, on simulated letters (synthetic): ours beside sklearn's own prediction.

Scoring is all of it: features from the record, trees, calibration, kinds of receipt and failure. Training is the whole of
``models.delivery.training.train``: leak checks, candidates, test, and the final fit.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from collections.abc import Callable

import numpy as np

from locate.choose.rule_terms import rule_terms
from models.delivery import trees
from models.delivery.estimators import DeliveryModel, Kind, delivered_flags, fit, with_kinds
from models.delivery.features import Record, matrix
from models.delivery.opportunities import Floats, Opportunities
from models.delivery.training import train
from scripts.benches.report import Report, alternate, say, table
from scripts.world.delivery.replay import first_listed
from scripts.world.delivery.worlds import FIRST_DAY, DeliveryWorld

SCORED = 100_000
LEARNED = 1_000_000
QUICK_SCORED = 20_000
QUICK_LEARNED = 30_000
WEEKS = 40
ROUNDS = 3
SEED = 11


def letters_of(count: int) -> tuple[Opportunities, Opportunities]:
    """(letters with their ends, offers of the week after them): a third first-listed, the rest any place of the case."""
    world = DeliveryWorld("plain", SEED, weeks=WEEKS + 1, cases_per_week=count // WEEKS)
    rng = np.random.default_rng(SEED)
    log = []
    for number in range(WEEKS):
        week = world.week(number)
        listed = first_listed(week)
        order = np.lexsort((rng.random(len(week.offers)), week.offers.case))
        any_row = order[np.r_[True, week.offers.case[order][1:] != week.offers.case[order][:-1]]]
        rows = np.where(rng.random(len(listed)) < 1 / 3, listed, any_row)
        log.append(world.post(week, rows, np.full(len(rows), np.nan)))
    return Opportunities.joined(*log), world.week(WEEKS).offers


def _scored(model: DeliveryModel, rows: Opportunities, record: Record) -> Floats:
    return model.chances(rows, record)


_SHARED: dict[str, tuple[DeliveryModel, Opportunities, Record]] = {}


def _part(part: int) -> int:
    model, rows, record = _SHARED["all"]
    mine = rows.take(np.arange(part, len(rows), 2))
    _scored(model, mine, record)
    return len(mine)


def run(*, quick: bool) -> Report:
    """Three rounds of scoring; one training."""
    scored, learned = (QUICK_SCORED, QUICK_LEARNED) if quick else (SCORED, LEARNED)
    say(f"模拟 {learned} 封函件……")
    letters, offers = letters_of(learned)
    offers = offers.take(np.arange(scored) % len(offers))
    known = letters.take(letters.outcome >= 0)
    base = known.take(np.arange(0, len(known), max(1, len(known) // 60_000)))
    record = Record.of(known)
    features = matrix(base, Record.of(base))
    ones = np.ones(len(base))
    kept: list[object] = []
    real = trees._boosting
    trees._boosting = lambda *of: kept.append(real(*of)) or kept[-1]  # type: ignore[func-returns-value]
    model = with_kinds(fit(Kind.BOOSTED, rule_terms(), base, features, ones, memory_days=0.0, seed=SEED), base, features, ones, seed=SEED)
    trees._boosting = real
    rows = matrix(offers, record)

    def whole() -> int:
        _scored(model, offers, record)
        return scored

    def trees_only() -> int:
        model.forest.score(rows)  # type: ignore[union-attr]
        return scored

    def theirs() -> int:
        kept[0].decision_function(rows)  # type: ignore[attr-defined]
        return scored

    works: dict[str, Callable[[], int]] = {"全部（特征、树、校准、分类）": whole, "只算树": trees_only, "只算树：sklearn": theirs}
    rates = alternate(works, ROUNDS)
    _SHARED["all"] = (model, offers, record)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(_part, range(2))
        started = time.perf_counter()
        pool.map(_part, range(2))
        both = scored / (time.perf_counter() - started)
    table(
        f"打分：{scored} 个（案件、地址、产品）候选，记录含 {len(known)} 个结果（模拟）", ("", "个/CPU 秒", "个/秒"),
        [(name, f"{rate.per_cpu_second:,.0f}", f"{rate.per_second:,.0f}") for name, rate in rates.items()] + [("全部，两个进程", "", f"{both:,.0f}")],
    )  # fmt: skip
    started, cpu = time.perf_counter(), time.process_time()
    trained = train(letters, FIRST_DAY + 7 * (WEEKS + 6), rule_terms(), seed=SEED, say=lambda what: say(f"训练：{what}"))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    table(
        "训练（全过程，模拟）", ("有结果的函件", "秒", "CPU 秒", "选中", "检验对数损失", "规则", "峰值内存 MiB"),
        [(trained.letters, f"{seconds:.1f}", f"{cpu:.1f}", trained.chosen.title, f"{trained.test.log_loss.value:.4f}", f"{trained.baseline.log_loss.value:.4f}", peak)],
    )  # fmt: skip
    good = float(delivered_flags(known.outcome).mean())
    return Report(
        ours={
            "score": rates["全部（特征、树、校准、分类）"].as_json(), "trees": rates["只算树"].as_json(), "score_two_processes_per_second": round(both, 1),
            "train": {"letters": trained.letters, "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1), "chosen": trained.chosen.kind.value, "peak_mib": peak},
        },
        peers={"sklearn": rates["只算树：sklearn"].as_json()},
        ratios={"sklearn": round(rates["只算树"].per_cpu_second / rates["只算树：sklearn"].per_cpu_second, 2)},
        inputs={"candidates": scored, "letters": len(letters), "delivered_share": round(good, 4), "world": "plain", "seed": SEED, "synthetic": True, "cores": os.cpu_count()},
        notes=["全部为模拟数据；训练含泄漏检查、六种候选、检验与最终拟合，树最多用 40 万行。"],
    )  # fmt: skip
