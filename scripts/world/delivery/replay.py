"""Weeks of letters in a simulated world under a policy that learns as it goes, beside policies that do not.

Each week the policy in force writes one letter a case; ends come in on their days; every ``retrain`` weeks a model is trained
on what is known by then (its own letters only) and takes over if the gate lets it. Shares are expectations over the true
chances of the rows written, so that luck does not blur the comparison. Synthetic throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from locate.choose.rule_terms import rule_terms
from models.delivery.estimators import DeliveryModel, Kind
from models.delivery.features import Record, matrix
from models.delivery.opportunities import DELIVERED, Flags, Floats, Ints, Opportunities
from models.delivery.policies import best_rows, explored, keyed_draw, net_value
from models.delivery.products import delivered_by
from models.delivery.training import OPTIONS, Option, TooFew, TooYoung, Trained, train
from scripts.world.delivery import assumed
from scripts.world.delivery.worlds import FIRST_DAY, DeliveryWorld, Week

WORTH = (10, 1_000, 50_000)
"""Per mille of the claim, least and most fen: what a delivery is worth (the house policy's defaults)."""
GOOD = sorted(DELIVERED)


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """Delivered share by policy in one week, over ``cases``; ECE of what the model said of the rows it would take without exploring, and of the informed policy,
    whose chances are exact: what the measure shows without any fault, for a bin's true chances scatter."""

    week: int
    cases: int
    shares: dict[str, float]
    model: str
    said: float
    chosen_ece: float
    informed_ece: float


@dataclass(slots=True)
class Replay:
    """A run: figures by week, the log of letters, and the trainings."""

    world: str
    seed: int
    weeks: list[WeekFigures] = field(default_factory=list)
    log: list[Opportunities] = field(default_factory=list)
    drawn: list[Flags] = field(default_factory=list)
    """Parallel to ``log``: letters whose product chance might have made another."""
    trainings: list[Trained] = field(default_factory=list)

    def mean(self, policy: str, first: int, last: int | None = None) -> float:
        """Mean delivered share of a policy over weeks ``first``..``last``."""
        chosen = [one.shares[policy] for one in self.weeks if one.week >= first and (last is None or one.week <= last)]
        return float(np.mean(chosen))


def worth_of(amount_fen: Ints) -> Ints:
    """What a delivery is worth in fen."""
    per_mille, least, most = WORTH
    return np.clip(amount_fen * per_mille // 1000, least, most)


def first_listed(week: Week) -> Ints:
    """One row a case: the first listed place, as a registered letter."""
    rows = week.offers
    return best_rows(rows.case, -(rows.listed * 10.0 + rows.product), np.arange(len(rows)))


def by_chance(week: Week, delivered: Floats) -> Ints:
    """One row a case by net value of these chances."""
    rows = week.offers
    return best_rows(rows.case, net_value(delivered, worth_of(rows.amount_fen), rows.cost_fen), rows.listed * 10 + rows.product)


def replay(
    world: DeliveryWorld,
    weeks: int,
    *,
    retrain: int = 1,
    weekly_from: int | None = None,
    explore: float = 0.0,
    floor: float = 0.1,
    options: Sequence[Option] = OPTIONS,
    mislabelled: float = 0.0,
    say: Callable[[str], None] = lambda _what: None,
) -> Replay:
    """Run a learning policy through ``weeks``.

    Args:
        retrain: weeks between trainings; from week ``weekly_from`` on every week.
        explore: share of cases in which another lawful row above ``floor`` is drawn.
        mislabelled: share of ends that are recorded wrongly (a wrong receipt or failure, evenly).
    """
    rules = DeliveryModel(Kind.RULE, 0.0, rule_terms())
    model = rules
    done = Replay(world.name, world.seed)
    rng = np.random.default_rng([world.seed, 99])
    for number in range(weeks):
        week = world.week(number)
        offers, good = week.offers, week.truth[:, GOOD].sum(axis=1)
        seen = Opportunities.joined(*done.log) if done.log else offers.take(np.zeros(0, np.int64))
        day = FIRST_DAY + 7 * number
        known = seen.take((seen.outcome >= 0) & (seen.known_day < day))
        if number and (number % retrain == 0 or (weekly_from is not None and number >= weekly_from)):
            try:
                trained = train(seen, day, rule_terms(), seed=world.seed, options=options, drawn=np.concatenate(done.drawn))
            except (TooFew, TooYoung):
                pass
            else:
                done.trainings.append(trained)
                if not trained.by_hand and trained.test.log_loss.value <= trained.baseline.log_loss.value:
                    model = trained.model
        record, letter = Record.of(known), np.zeros(len(offers), np.int64)
        # As a house whose ordinary product is the registered letter: EMS is told apart only where exploring has given it to letters.
        said = delivered_by(model, offers, record, letter)
        value = net_value(said, worth_of(offers.amount_fen), offers.cost_fen)
        draw = uniform_draws(world.seed, offers)
        taken = explored(offers.case, value, offers.listed * 10 + offers.product, said >= floor, explore, draw)
        rows, propensity = taken.rows, taken.propensity[taken.rows]
        if world.name == "hidden" and number < assumed.STAFF_WEEKS:
            rows, propensity = week.staff, np.full(len(week.staff), np.nan)
        by_informed = week.informed[:, GOOD].sum(axis=1)
        best = by_chance(week, by_informed)
        shares = {
            "learned": float(good[by_chance(week, said)].mean()), "written": float(good[rows].mean()),
            "first_listed": float(good[first_listed(week)].mean()), "staff": float(good[week.staff].mean()),
            "rules": float(good[by_chance(week, rules.delivered(offers, matrix(offers, record)))].mean()),
            "informed": float(good[best].mean()), "all_knowing": float(good[by_chance(week, good)].mean()),
            "most_likely": float(good[best_rows(offers.case, good, np.arange(len(offers)))].mean()),
        }  # fmt: skip
        own = by_chance(week, said)
        gaps = _gap(said[own], good[own]), _gap(by_informed[best], good[best])
        done.weeks.append(WeekFigures(number, len(rows), shares, model.kind.value, float(said[own].mean()), *gaps))
        done.drawn.append(product_drawn(offers, taken.propensity, rows) & np.isfinite(propensity))
        done.log.append(_mislabelled(world.post(week, rows, propensity), mislabelled, rng))
        say(f"{world.name} 种子 {world.seed} 第 {number} 周：{model.kind.value} " + " ".join(f"{name} {share:.3f}" for name, share in shares.items()))
    return done


def product_drawn(offers: Opportunities, propensity: Floats, rows: Ints) -> Flags:
    """(len(rows),) whether chance might have given the letter's case another product, under these propensities of all offers."""
    _, case = np.unique(offers.case, return_inverse=True)
    might = propensity > 0
    products = [np.bincount(case, might & (offers.product == code)) > 0 for code in range(len(assumed.PRODUCTS))]
    return np.asarray(np.sum(products, axis=0)[case[rows]] > 1, bool)


def _gap(said: Floats, true: Floats, bins: int = 10) -> float:
    """Mean absolute gap of said and true chance over bins of equal count: ECE without the noise of single ends."""
    order = np.argsort(said, kind="stable")
    return float(sum(abs(said[part].mean() - true[part].mean()) * len(part) for part in np.array_split(order, bins)) / len(said))


def uniform_draws(seed: int, rows: Opportunities) -> Floats:
    """(n,) a number in [0, 1) a case, the same for all its rows and for every repetition."""
    distinct, position = np.unique(rows.case, return_inverse=True)
    return np.array([keyed_draw(f"world-{seed}".encode(), str(case)) for case in distinct])[position]


def _mislabelled(letters: Opportunities, share: float, rng: np.random.Generator) -> Opportunities:
    if not share:
        return letters
    wrong = (letters.outcome >= 0) & (rng.random(len(letters)) < share)
    return replace(letters, outcome=np.where(wrong, rng.integers(0, 8, len(letters)), letters.outcome))
