"""Worlds in which every debtor gets a letter and chance says in which of two wordings: what the second changes is planted. Synthetic.

The debtors are those of ``repayment_worlds`` (plain). The second template differs by how present it makes the debt and how much it
frightens, never by amount or address. ``alike``: not at all; ``better``: it recalls the debt more and frightens a little more;
``mixed``: so for those who have paid before, while those who never have fear it less. All sizes assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.uplift.trials import FEATURES, Flags, Floats, Ints, LetterTrials
from scripts.world.repayment_worlds import FIRST_DAY, LIVES, RECALL, Debtors, RepaymentWorld

WORLDS: Final = ("alike", "better", "mixed")
PAID: Final = FEATURES.index("paid_times")
RECALLS: Final = 0.8
BOLDER: Final = 0.2
"""Added to the dread by the better wording."""
MILDER: Final = -0.9
"""Added to the dread of who never paid, in the mixed world."""
_NOT_KNOWN: Final = ("delivery", "template.card", "template.consumer", "template.micro", "template.assigned", "product.ems")
"""Features that are not known, or the same for all, when a template is drawn."""


@dataclass(frozen=True, slots=True)
class _Wording:
    recall: Floats | float
    dread: Floats


class TemplateWorld:
    """One world; the same debtors and lives whenever asked for."""

    def __init__(self, name: str, seed: int) -> None:
        if name not in WORLDS:
            raise ValueError(f"no world {name!r}")
        self.name, self.seed = name, seed
        self._debtors = RepaymentWorld("plain", seed)

    def week(self, number: int, count: int) -> Debtors:
        """The debtors of that week."""
        return self._debtors.week(number, count)

    def features(self, people: Debtors) -> Floats:
        """What is known of them when a template is drawn."""
        found = people.features.copy()
        found[:, [FEATURES.index(name) for name in _NOT_KNOWN]] = 0.0
        return found

    def suited(self, people: Debtors) -> Flags:
        """(n,) whom the second wording is planted to suit."""
        return np.full(len(people.memory), self.name == "better") if self.name != "mixed" else people.features[:, PAID] > 0

    def _second(self, people: Debtors) -> _Wording:
        if self.name == "alike":
            return _Wording(RECALL, people.dread)
        if self.name == "better":
            return _Wording(RECALLS, people.dread + BOLDER)
        paid = self.suited(people)
        return _Wording(np.where(paid, RECALLS, RECALL), people.dread + np.where(paid, BOLDER, MILDER))

    def repaid(self, number: int, people: Debtors, second: Flags, life: int = 0) -> Ints:
        """(n,) fen repaid within the window, those of ``second`` having the second template; the same chances befall either way."""
        wording = self._second(people)
        everyone = np.ones(len(people.memory), bool)
        return self._debtors.repaid(
            number, people, everyone, life, recall=np.where(second, wording.recall, RECALL), dread=np.where(second, wording.dread, people.dread)
        )

    def effect_fen(self, number: int, people: Debtors, *, first_life: int = 1) -> Floats:
        """(n,) expected change of the repayment by the second template, averaged over ``LIVES`` lives."""
        count = len(people.memory)
        total = np.zeros(count)
        for life in range(first_life, first_life + LIVES):
            total += self.repaid(number, people, np.ones(count, bool), life) - self.repaid(number, people, np.zeros(count, bool), life)
        return total / LIVES

    def log(self, number: int, count: int, share: float) -> LetterTrials:
        """What a house that draws ``share`` of its first letters to the second template would know of that week."""
        people = self.week(number, count)
        second = np.random.default_rng([self.seed, 31, WORLDS.index(self.name), number]).random(count) < share
        return LetterTrials(
            np.arange(count, dtype=np.int64) + number * 10_000_000, np.full(count, FIRST_DAY + 7 * number, np.int64), second, np.full(count, share),
            people.amount_fen, np.ones(count, np.int64), self.repaid(number, people, second), self.features(people),
        )  # fmt: skip
