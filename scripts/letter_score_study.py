"""``python -m scripts.letter_score_study``: how well a letter score orders, in worlds where what a letter changes is known. Synthetic.

    python -m scripts.letter_score_study --seeds 1 2 3            tables on standard output, progress on standard error

A score is trained on a log of which a drawn part was left alone and then orders the cases of six later weeks. Its order is
measured by the true expected effects, beside that of who knows every debtor's character, of the largest debts first, of the
likeliest payers first, and of chance (0).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.uplift.budget import within_budget
from models.uplift.learners import TITLES, Kind, fit
from models.uplift.measures import area_parts, depth, within
from models.uplift.training import Trained, train
from models.uplift.trials import Floats, Ints, LetterTrials
from scripts.world.repayment_worlds import COST_FEN, FIRST_DAY, WORLDS, RepaymentWorld

WEEKS: Final = 30
LATER: Final = range(38, 44)
"""After the last window of the log is over."""
WEEKLY: Final = 1_500
SIZES: Final = ((500, 0.10), (1_500, 0.10), (1_500, 0.20), (6_000, 0.20))


@dataclass(frozen=True, slots=True)
class Truth:
    """The later weeks' cases with what a letter really changes."""

    features: Floats
    amount_fen: Ints
    effect: Floats
    """Expected, from lives of their own."""
    informed: Floats
    """The order of who knows all; from other lives."""

    def area(self, score: Floats) -> float:
        """Qini area as a share of the informed order's; NaN where no letter changes anything."""
        whole = float(area_parts(self.informed, self.effect).mean())
        return float(area_parts(score, self.effect).mean()) / whole if whole else float("nan")

    def first(self, score: Floats, share: float) -> float:
        """Effect reached by writing to the first ``share``, as a share of what the informed order reaches."""
        reached = [float((self.effect * within(depth(one), share, len(one))).mean()) for one in (score, self.informed)]
        return reached[0] / reached[1] if reached[1] else float("nan")


def truth_of(world: RepaymentWorld) -> Truth:
    """The six weeks after the log."""
    people = [world.week(number, WEEKLY) for number in LATER]
    effects = [[world.effect_fen(number, one, first_life=first) for number, one in zip(LATER, people, strict=True)] for first in (101, 1)]
    return Truth(np.concatenate([one.features for one in people]), np.concatenate([one.amount_fen for one in people]), *map(np.concatenate, effects))


def log_of(world: RepaymentWorld, weekly: int, alone: float) -> LetterTrials:
    """The log of the first weeks."""
    return LetterTrials.joined(*(world.log(number, weekly, alone) for number in range(WEEKS)))


def learned(log: LetterTrials, seed: int) -> Trained:
    """Trained when the last window is over."""
    return train(log, FIRST_DAY + 7 * LATER.start, seed=seed)


@dataclass(frozen=True, slots=True)
class Run:
    """One world and seed: what was logged, learned and is true afterwards, and orders of the later cases (greatest first)."""

    name: str
    seed: int
    log: LetterTrials
    trained: Trained
    truth: Truth
    score: Floats
    """What the score says that a letter brings in, fen."""
    payers: Floats
    """Expected repayment when written to: what a repayment score orders by."""

    @property
    def debts(self) -> Floats:
        """The order of the largest debts first."""
        return self.truth.amount_fen.astype(np.float64)


def run(name: str, seed: int) -> Run:
    """Log, train, and live the later weeks."""
    say(f"{name} {seed}")
    world = RepaymentWorld(name, seed)
    log, truth = log_of(world, WEEKLY, 0.10), truth_of(world)
    trained = learned(log, seed)
    both = fit(Kind.TWO_MODELS, closed_of(log), seed=seed)
    assert both.written is not None
    payers = np.asarray(both.written.scores(truth.features)[:, 0] * truth.amount_fen, np.float64)
    return Run(name, seed, log, trained, truth, trained.model.effect(truth.features) * truth.amount_fen, payers)


def closed_of(log: LetterTrials) -> LetterTrials:
    """The drawn lines whose window is over when the later weeks begin."""
    return log.take(log.closed(FIRST_DAY + 7 * LATER.start) & np.isfinite(log.propensity))


def orders(runs: Sequence[Run]) -> Iterator[tuple[object, ...]]:
    """A line a world and seed."""
    for one in runs:
        average, truth = one.trained.average_fen, one.truth
        whole = [f"{float((truth.effect * (1 - depth(score))).mean()) / 100:.1f}" for score in (one.score, truth.informed)]
        compared = (one.score, one.debts, one.payers)
        yield (
            one.name, one.seed, one.trained.written, one.trained.alone, yuan(average.value), f"[{yuan(average.low)}, {yuan(average.high)}]",
            yuan(float(truth.effect.mean())), TITLES[one.trained.model.kind], *(share_of(truth.area(score)) for score in compared),
            *(share_of(truth.first(score, share)) for share in (0.1, 0.3) for score in compared), *whole,
        )  # fmt: skip


def budgets(runs: Sequence[Run]) -> Iterator[tuple[object, ...]]:
    """What a tenth and three tenths of the letters truly bring in, by who goes first; the score writes to nobody it expects a loss from."""
    for one in runs:
        truth, count = one.truth, len(one.truth.effect)
        key, cost = np.arange(count, dtype=np.int64), np.full(count, COST_FEN, np.int64)
        for share in (0.1, 0.3):
            letters = round(share * count)
            chosen = within_budget(one.score, cost, key, letters=letters)
            others = (one.debts, one.payers, truth.informed)
            reached = (float((truth.effect * within(depth(score), share, count)).sum()) for score in others)
            money = (float(truth.effect[chosen.order].sum()), share * float(truth.effect.sum()), *reached)
            yield (one.name, one.seed, letters, len(chosen.order), *(f"{fen / 100_000:.0f}" for fen in money))


def everywhere(runs: Sequence[Run]) -> Iterator[tuple[object, ...]]:
    """Each candidate by its true order in every world where a letter changes something."""
    for one in runs:
        if not one.truth.effect.any():
            continue
        say(f"candidates {one.name} {one.seed}")
        yield (one.name, one.seed, *true_areas(closed_of(one.log), one.truth, one.seed), TITLES[one.trained.model.kind])


def true_areas(closed: LetterTrials, truth: Truth, seed: int) -> list[str]:
    """Of each candidate fitted on ``closed``."""
    return [share_of(truth.area(fit(kind, closed, seed=seed).effect(truth.features) * truth.amount_fen)) for kind in Kind]


def candidates(seeds: Sequence[int], weekly: int, alone: float) -> Iterator[tuple[object, ...]]:
    """Each candidate by its true order, in the plain world."""
    for seed in seeds:
        say(f"plain {seed}, {weekly}")
        world = RepaymentWorld("plain", seed)
        log, truth = log_of(world, weekly, alone), truth_of(world)
        closed = closed_of(log)
        chosen = learned(log, seed)
        width = chosen.average_fen.high - chosen.average_fen.low
        yield (seed, len(closed), f"{alone:.0%}", yuan(width / 2), *true_areas(closed, truth, seed), TITLES[chosen.model.kind])


def by_staff(runs: Sequence[Run]) -> Iterator[tuple[object, ...]]:
    """What who compares written with unwritten would believe, where staff chose."""
    for one in runs:
        if one.name != "hidden":
            continue
        log, found = one.log, one.trained.average_fen
        repaid = log.repaid_fen.astype(np.float64)
        naive = float(repaid[log.treated].mean() - repaid[~log.treated].mean())
        drawn = int(np.isfinite(log.propensity).sum())
        yield (
            one.seed, len(log), yuan(naive), drawn, yuan(found.value), f"[{yuan(found.low)}, {yuan(found.high)}]", yuan(float(one.truth.effect.mean())),
        )  # fmt: skip


def share_of(value: float) -> str:
    """A share of what is to be had; a dash where there is nothing."""
    return "–" if np.isnan(value) else f"{value:.2f}"


def yuan(fen: float) -> str:
    """Of fen, for a table."""
    return f"{fen / 100:.1f}"


def say(what: str) -> None:
    """Progress."""
    print(what, file=sys.stderr, flush=True)


def table(title: str, head: Sequence[str], rows: Iterator[tuple[object, ...]]) -> None:
    """A markdown table."""
    print(f"\n### {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m scripts.letter_score_study", description="发函评分在模拟世界里的检验（全部为模拟数据）。")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="世界的种子；101-103 留作最终检验")
    seeds = parser.parse_args().seeds
    later = f"{len(LATER) * WEEKLY:,} later cases"
    runs = [run(name, seed) for name in WORLDS for seed in seeds]
    kinds = tuple(TITLES[kind] for kind in Kind)
    table(
        f"Orders of {later} a row (synthetic; 10 % left alone)",
        ("world", "seed", "written", "left alone", "average effect, yuan a case", "95 %", "truth", "chosen", "area: score", "largest debt", "likeliest payer",
         "first 10 %: score", "largest debt", "likeliest payer", "first 30 %: score", "largest debt", "likeliest payer", "AUUC, yuan a case: score", "who knows all"),
        orders(runs),
    )  # fmt: skip
    table(
        f"Brought in by letters to some of {later}, thousand yuan before postage (synthetic)",
        ("world", "seed", "letters allowed", "score wrote", "score", "at random", "largest debt", "likeliest payer", "who knows all"), budgets(runs),
    )  # fmt: skip
    table("Candidates by their true area, every world, 10 % left alone (synthetic)", ("world", "seed", *kinds, "chosen"), everywhere(runs))
    head = ("seed", "cases", "left alone", "± average, yuan", *kinds, "chosen")
    for weekly, alone in SIZES:
        table(f"Candidates by their true area, plain world, {WEEKS * weekly:,} cases, {alone:.0%} left alone (synthetic)", head, candidates(seeds, weekly, alone))
    table("Where staff chose three of four letters (hidden world, synthetic)", ("seed", "cases", "written less unwritten, yuan", "drawn", "average effect, yuan", "95 %", "truth"), by_staff(runs))


if __name__ == "__main__":
    main()
