"""``python -m scripts.template_study``: does a trial of two templates find what was planted, and stay silent where nothing was? Synthetic.

    python -m scripts.template_study --seeds 101 102 103       tables on standard output, progress on standard error

Trained on weeks of drawn letters; what the choice then brings in is measured by the true expected effects of six later weeks, beside
the second template for all and who knows whom it is planted to suit.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from letters.batch.template_models import against_templates, template_facts
from letters.batch.template_trials import Arm, Pair, TemplateRows
from models.delivery.measures import Figure, ratios_over_debtors
from models.uplift.learners import TITLES, pseudo_effects
from models.uplift.templates import DRAWS, TemplateChoice, TrainedTemplates, train_templates
from models.uplift.trials import Flags, Floats, LetterTrials
from scripts.letter_score_study import LATER, WEEKLY, WEEKS, say, table, yuan
from scripts.world.repayment_worlds import FIRST_DAY
from scripts.world.template_worlds import TemplateWorld

SHARE: Final = 0.3
FIRST_ALIKE: Final = 500
SILENT: Final = 40
"""Worlds in which the templates work alike, to count false alarms."""
TRIALS: Final = (("alike", 1_500, 0.3), ("better", 1_500, 0.3), ("mixed", 1_500, 0.3), ("alike", 6_000, 0.5), ("mixed", 6_000, 0.5))
"""World, first letters a week, share drawn to the second template."""
SIZES: Final = ((500, 0.3), (1_500, 0.1), (1_500, 0.3), (1_500, 0.5))
NOBODY: Final = Arm()
AS_OF: Final = FIRST_DAY + 7 * LATER.start


@dataclass(frozen=True, slots=True)
class Truth:
    """Cases of the later weeks, with what the second template truly changes."""

    features: Floats
    effect: Floats
    suited: Flags
    """Whom the second template is planted to suit."""

    def brought(self, takes: Flags) -> float:
        """Fen a case beyond the ordinary template for all, where ``takes`` have the second."""
        return float(np.where(takes, self.effect, 0.0).mean())


def truth_of(world: TemplateWorld, weekly: int = WEEKLY) -> Truth:
    """The six weeks after the log."""
    people = [world.week(number, weekly) for number in LATER]
    effect = np.concatenate([world.effect_fen(number, one) for number, one in zip(LATER, people, strict=True)])
    return Truth(np.concatenate([world.features(one) for one in people]), effect, np.concatenate([world.suited(one) for one in people]))


def log_of(world: TemplateWorld, weekly: int = WEEKLY, share: float = SHARE) -> LetterTrials:
    """The log of the first weeks."""
    return LetterTrials.joined(*(world.log(number, weekly, share) for number in range(WEEKS)))


def gate_of(trained: TrainedTemplates) -> list[str]:
    """What the product's gate says (complaints are not simulated: both arms have none)."""
    choice = TemplateChoice("-", "常用模板", "第二模板", trained.effect)
    return against_templates(template_facts(trained, choice, date.fromordinal(AS_OF), TemplateRows(Pair(choice.ordinary, choice.second), log_of_none(), NOBODY, NOBODY)))


def log_of_none() -> LetterTrials:
    """No lines: a gate needs the figures only."""
    return TemplateWorld("alike", 0).log(0, 0, SHARE)


def rows(seeds: Sequence[int]) -> Iterator[tuple[object, ...]]:
    """A line a world, size and seed."""
    for name, weekly, share in TRIALS:
        for seed in seeds:
            say(f"{name} {seed}, {weekly}")
            world = TemplateWorld(name, seed)
            trained, truth = train_templates(log_of(world, weekly, share), AS_OF, seed=seed), truth_of(world)
            average, way = trained.average_fen, trained.chosen
            takes = TemplateChoice("-", "a@1", "b@1", trained.effect).second_is_better(truth.features)
            yield (
                name, seed, f"{trained.ordinary:,} / {trained.second:,}", interval(average), yuan(float(truth.effect.mean())), TITLES[trained.effect.kind], interval(way.value),
                f"{takes.mean():.0%}", yuan(truth.brought(takes)), yuan(float(truth.effect.mean())), yuan(truth.brought(truth.suited)),
                "against" if gate_of(trained) else "open",
            )  # fmt: skip


def interval(figure: Figure) -> str:
    """A figure in yuan with its interval."""
    return f"{yuan(figure.value)} [{yuan(figure.low)}, {yuan(figure.high)}]"


def silence(seeds: Sequence[int]) -> Iterator[tuple[object, ...]]:
    """How often the gate opens where the templates work alike."""
    opened, missed, cased = 0, 0, 0
    for seed in seeds:
        say(f"alike {seed}")
        trained = train_templates(log_of(TemplateWorld("alike", seed)), AS_OF, seed=seed)
        opened += not gate_of(trained)
        missed += not trained.average_fen.low <= 0 <= trained.average_fen.high
        cased += trained.effect.kind.value != "average"
    yield len(seeds), opened, missed, cased


def misses(worlds: int) -> Iterator[tuple[object, ...]]:
    """How often the interval of the average difference misses zero where the templates work alike, by the draws of its bootstrap."""
    found = {200: 0, DRAWS: 0}
    for seed in range(FIRST_ALIKE, FIRST_ALIKE + worlds):
        say(f"alike {seed}")
        log = log_of(TemplateWorld("alike", seed))
        closed = log.take(log.closed(AS_OF))
        gain = pseudo_effects(closed, seed) * closed.amount_fen
        for draws in found:
            (figure,) = ratios_over_debtors(closed.debtor, [gain], np.ones(len(closed)), seed=seed, draws=draws)
            found[draws] += not figure.low <= 0 <= figure.high
    yield worlds, *found.values()


def sizes(seeds: Sequence[int]) -> Iterator[tuple[object, ...]]:
    """Half the interval of the average difference by the size of the trial, in the better world, and whether the gate opens."""
    for weekly, share in SIZES:
        widths, gates = [], []
        for seed in seeds:
            say(f"better {seed}, {weekly}, {share:.0%}")
            trained = train_templates(log_of(TemplateWorld("better", seed), weekly, share), AS_OF, seed=seed)
            widths.append(yuan((trained.average_fen.high - trained.average_fen.low) / 2))
            gates.append("against" if gate_of(trained) else "open")
        yield f"{WEEKS * weekly:,}", f"{share:.0%}", " / ".join(widths), " / ".join(gates)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m scripts.template_study", description="两个模板比较在模拟世界里的检验（全部为模拟数据）。")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="世界的种子；101-103 留作最终检验")
    parser.add_argument("--silent", type=int, default=SILENT, help="“两个模板一样”的世界另跑多少个，数误报")
    parser.add_argument("--misses", type=int, default=0, metavar="N", help="只数 N 个“两个模板一样”的世界里区间不含零的次数")
    asked = parser.parse_args()
    if asked.misses:
        table("Interval of the average difference where the templates work alike (synthetic)", ("worlds", "misses zero, 200 draws", f"{DRAWS:,} draws"), misses(asked.misses))
        return
    seeds = asked.seeds
    table(
        f"Two templates, first letters of {WEEKS} weeks (synthetic)",
        ("world", "seed", "ordinary / second", "average difference, yuan a case (95 %)", "truth", "chosen", "choice on the test (95 %)", "second for", "choice in truth",
         "second for all in truth", "who knows the plant", "gate"),
        rows(seeds),
    )  # fmt: skip
    table("Where the templates work alike (synthetic)", ("worlds", "gate open", "interval misses zero", "chosen by case"), silence([seeds[0] * 1_000 + n for n in range(asked.silent)]))
    table("By the size of the trial, better world (synthetic)", ("first letters", "drawn to the second", "± average, yuan", "gate"), sizes(seeds))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
