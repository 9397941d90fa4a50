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

from models.uplift.learners import TITLES, Kind, fit
from models.uplift.measures import area_parts, depth, within
from models.uplift.training import Trained, train
from models.uplift.trials import Floats, Ints, LetterTrials
from scripts.world.repayment_worlds import FIRST_DAY, WORLDS, RepaymentWorld

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


def orders(seeds: Sequence[int]) -> Iterator[tuple[object, ...]]:
    """A line a world and seed."""
    for name in WORLDS:
        for seed in seeds:
            say(f"{name} {seed}")
            world = RepaymentWorld(name, seed)
            trained, truth = learned(log_of(world, WEEKLY, 0.10), seed), truth_of(world)
            score = trained.model.effect(truth.features) * truth.amount_fen
            amount = truth.amount_fen.astype(np.float64)
            payers = likeliest(log_of(world, WEEKLY, 0.10), truth, seed)
            yield (
                name, seed, trained.written, trained.alone, yuan(trained.average_fen.value), f"[{yuan(trained.average_fen.low)}, {yuan(trained.average_fen.high)}]",
                yuan(float(truth.effect.mean())), TITLES[trained.model.kind], *(f"{truth.area(one):.2f}" for one in (score, amount, payers)),
                *(f"{truth.first(one, share):.2f}" for share in (0.1, 0.3) for one in (score, amount, payers)),
            )  # fmt: skip


def likeliest(log: LetterTrials, truth: Truth, seed: int) -> Floats:
    """Expected repayment when written to: what a repayment score orders by."""
    closed = log.take(log.closed(FIRST_DAY + 7 * LATER.start) & np.isfinite(log.propensity))
    both = fit(Kind.TWO_MODELS, closed, seed=seed)
    assert both.written is not None
    return np.asarray(both.written.scores(truth.features)[:, 0] * truth.amount_fen, np.float64)


def candidates(seeds: Sequence[int], weekly: int, alone: float) -> Iterator[tuple[object, ...]]:
    """Each candidate by its true order, in the plain world."""
    for seed in seeds:
        say(f"plain {seed}, {weekly}")
        world = RepaymentWorld("plain", seed)
        log, truth = log_of(world, weekly, alone), truth_of(world)
        closed = log.take(log.closed(FIRST_DAY + 7 * LATER.start))
        chosen = learned(log, seed)
        width = chosen.average_fen.high - chosen.average_fen.low
        areas = [f"{truth.area(fit(kind, closed, seed=seed).effect(truth.features) * truth.amount_fen):.2f}" for kind in Kind]
        yield (seed, len(closed), f"{alone:.0%}", yuan(width / 2), *areas, TITLES[chosen.model.kind])


def by_staff(seeds: Sequence[int]) -> Iterator[tuple[object, ...]]:
    """What who compares written with unwritten would believe, where staff chose."""
    for seed in seeds:
        say(f"hidden {seed}")
        world = RepaymentWorld("hidden", seed)
        log, truth = log_of(world, WEEKLY, 0.10), truth_of(world)
        repaid = log.repaid_fen.astype(np.float64)
        naive = repaid[log.treated].mean() - repaid[~log.treated].mean()
        found = learned(log, seed).average_fen
        yield (seed, len(log), yuan(float(naive)), int(np.isfinite(log.propensity).sum()), yuan(found.value), f"[{yuan(found.low)}, {yuan(found.high)}]", yuan(float(truth.effect.mean())))


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
    later = len(LATER) * WEEKLY
    table(
        f"Orders of {later:,} later cases a row (synthetic; 10 % left alone)",
        ("world", "seed", "written", "left alone", "average effect, yuan a case", "95 %", "truth", "chosen", "area: score", "largest debt", "likeliest payer",
         "first 10 %: score", "largest debt", "likeliest payer", "first 30 %: score", "largest debt", "likeliest payer"),
        orders(seeds),
    )  # fmt: skip
    head = ("seed", "cases", "left alone", "± average, yuan", *(TITLES[kind] for kind in Kind), "chosen")
    for weekly, alone in SIZES:
        table(f"Candidates by their true area, plain world, {WEEKS * weekly:,} cases, {alone:.0%} left alone (synthetic)", head, candidates(seeds, weekly, alone))
    table("Where staff chose three of four letters (hidden world, synthetic)", ("seed", "cases", "written less unwritten, yuan", "drawn", "average effect, yuan", "95 %", "truth"), by_staff(seeds))


if __name__ == "__main__":
    main()
