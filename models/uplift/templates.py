"""Which of two wordings brings in more, for everybody or case by case: learned from letters whose wording was drawn.

The trial's lines are ``LetterTrials`` with ``treated`` = given the second template, and features as known before anything was
chosen. What counts is not an order but a choice: the simplest way to choose that the best does not beat beyond chance (95 %), on
later days, wins; the second template is chosen where it is expected to bring in more. Pure; deterministic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, lgamma, log
from typing import Final, Self

import numpy as np

from models.delivery.measures import Figure, ratios_over_debtors
from models.modelfile import canonical, opened, version_of
from models.uplift.learners import Kind, LetterModel, arms, fit, pseudo_effects
from models.uplift.measures import Ordered, Step, ordered, steps
from models.uplift.training import UNEVEN, split
from models.uplift.trials import Flags, Floats, LetterTrials

FORM: Final = 1
KINDS: Final = (Kind.AVERAGE, Kind.TWO_MODELS, Kind.DOUBLY_ROBUST, Kind.DOUBLY_ROBUST_TREES)
"""Not ``arriving``: which letter arrives is told by the address, and that is chosen after the template."""
DRAWS: Final = 1_000
"""Of the bootstrap behind the two intervals that the gate looks at: with the usual 200 the interval of no difference missed zero in 11 of
120 simulated worlds, with these in 8 (``python -m scripts.template_study --misses 120``)."""
BEYOND: Final = 0.025
"""One-sided chance below which more complaints are more than chance."""

Progress = Callable[[str], None]


class NotAsDrawn(ValueError):
    """The arms' sizes are not what the draw gives. ``args``: lines of the second template, expected, standard errors apart."""


@dataclass(frozen=True, slots=True)
class TemplateChoice:
    """What was learned of two templates of a lender: by how much the second changes the repaid share of a debt."""

    lender: str
    ordinary: str
    second: str
    effect: LetterModel

    @property
    def for_all(self) -> bool:
        """Whether it says the same of every case."""
        return self.effect.kind is Kind.AVERAGE

    def second_is_better(self, features: Floats) -> Flags:
        """(n,) cases whose letter should have the second template."""
        return np.asarray(self.effect.effect(features) > 0, np.bool_)

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types."""
        return {"form": FORM, "task": "templates", "lender": self.lender, "ordinary": self.ordinary, "second": self.second, "effect": self.effect.as_json()}

    def to_bytes(self) -> bytes:
        """The model file: canonical JSON."""
        return canonical(self.as_json())

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """The model of a file.

        Raises:
            ValueError: not such a file, of another form or other features, or damaged.
        """
        data = opened(content, task="templates", form=FORM)
        try:
            effect = LetterModel.from_bytes(canonical(data["effect"]))
            return cls(str(data["lender"]), str(data["ordinary"]), str(data["second"]), effect)
        except KeyError as fault:
            raise ValueError("a model file with parts missing") from fault

    @property
    def version(self) -> str:
        """``templates-KIND-`` and the first 12 digits of the file's SHA-256."""
        return version_of("templates", self.effect.kind.value, self.to_bytes())


@dataclass(frozen=True, slots=True)
class TriedChoice:
    """A way to choose, on the test's lines; fen a case of all."""

    kind: Kind
    value: Figure
    """What choosing so brings in beyond the ordinary template for all."""
    takes: float
    """Share of cases to which it gives the second template."""
    ordered: Ordered
    """As an order of who gains most by the second template."""
    short_of_best: Figure | None
    """Value below the best way's; None for the best itself."""


@dataclass(frozen=True, slots=True)
class TrainedTemplates:
    """What a training came to. Money figures are fen a case; windows [first, last] ordinals."""

    effect: LetterModel
    lines: int
    second: int
    ordinary: int
    open: int
    undrawn: int
    average_fen: Figure
    """What the second template changes, mean over all closed lines."""
    window: tuple[int, int]
    test_window: tuple[int, int]
    tried: tuple[TriedChoice, ...]
    for_all: Figure
    """What the second template for all would change, on the test's lines."""
    steps: tuple[Step, ...]
    seed: int

    @property
    def chosen(self) -> TriedChoice:
        """The way that won."""
        return next(one for one in self.tried if one.kind is self.effect.kind)


def train_templates(trials: LetterTrials, as_of: int, *, seed: int = 0, say: Progress = lambda _what: None) -> TrainedTemplates:
    """Learn from what was known before ``as_of`` (ordinal).

    Raises:
        NoDraw, TooFew: nothing can be learned yet.
        NotByChance: the arms differ before the letter by more than chance.
        NotAsDrawn: the arms are not as large as the draw makes them.
    """
    demand_sizes(trials.take(trials.day < as_of))
    parted = split(trials, as_of)
    closed, older, test = parted.closed, parted.older, parted.test
    gain = pseudo_effects(test, seed, older) * test.amount_fen
    fitted = []
    for kind in KINDS:
        say(f"试{kind.value}")
        fitted.append(fit(kind, older, seed=seed))
    effects = [model.effect(test.features) for model in fitted]
    parts = [gain * (effect > 0) for effect in effects]
    means = [float(part.mean()) for part in parts]
    best = max(range(len(means)), key=lambda i: (means[i], -i))
    figures = ratios_over_debtors(test.debtor, [*parts, *(parts[best] - part for part in parts), gain], np.ones(len(test)), seed=seed, draws=DRAWS)
    tried = tuple(
        TriedChoice(
            kind, figures[i], float((effects[i] > 0).mean()), ordered(effects[i] * test.amount_fen, gain, test.debtor, seed=seed),
            None if i == best else figures[len(KINDS) + i],
        )
        for i, kind in enumerate(KINDS)
    )  # fmt: skip
    at = next(i for i, one in enumerate(tried) if one.short_of_best is None or one.short_of_best.low <= 0)
    say("用全部数据重训")
    second, ordinary = arms(closed)
    return TrainedTemplates(
        fit(KINDS[at], closed, seed=seed), len(closed), second, ordinary, parted.open, parted.undrawn,
        ratios_over_debtors(closed.debtor, [pseudo_effects(closed, seed) * closed.amount_fen], np.ones(len(closed)), seed=seed, draws=DRAWS)[0],
        (int(closed.day.min()), int(closed.day.max())), (parted.test_from, int(test.day.max())), tried, figures[-1],
        steps(effects[at] * test.amount_fen, gain, test.debtor, seed=seed), seed,
    )  # fmt: skip


def demand_sizes(trials: LetterTrials) -> None:
    """That as many lines have the second template as the logged chances say: whom a rule, a person or a fault left out of one arm only
    makes the arms unlike, whatever their features.

    Raises:
        NotAsDrawn: how many there are, how many there should be, and how far that is from chance.
    """
    drawn = trials.take(np.isfinite(trials.propensity) & (trials.propensity > 0) & (trials.propensity < 1))
    if not len(drawn):
        return
    expected, spread = float(drawn.propensity.sum()), float((drawn.propensity * (1 - drawn.propensity)).sum()) ** 0.5
    off = (float(drawn.treated.sum()) - expected) / spread
    if abs(off) > UNEVEN:
        raise NotAsDrawn(int(drawn.treated.sum()), round(expected), off)


def chance_of_more(second: int, of_second: int, ordinary: int, of_ordinary: int) -> float:
    """Chance that of ``second + ordinary`` events so many or more fall to the second arm, were both arms alike (exact, binomial)."""
    events, lines = second + ordinary, of_second + of_ordinary
    if not events or not lines:
        return 1.0
    if not of_second or not of_ordinary:
        return 1.0
    up, down = log(of_second / lines), log(of_ordinary / lines)
    ways = (lgamma(events + 1) - lgamma(k + 1) - lgamma(events - k + 1) + k * up + (events - k) * down for k in range(second, events + 1))
    return min(1.0, sum(map(exp, ways)))
