"""Four ways to tell the chance of delivery, from the simplest to the most complicated, behind one shape.

``rule`` adds up assumed weights; ``empirical_bayes`` multiplies shrunken rates, nothing fitted; ``logistic`` weighs the
features; ``boosted`` grows trees over them. Each gives log-odds of delivery, made honest by a calibration line fitted on
later letters, and a logistic model splits what arrives and what does not into kinds. Which one serves is a matter of
evidence (``training``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self, cast

import numpy as np

from models.delivery.correction import NONE, Correction
from models.delivery.features import FEATURES, WEIGHTS, Record, matrix
from models.delivery.linear import Linear, fit_linear, softmax
from models.delivery.opportunities import DELIVERED, Flags, Floats, Ints, Opportunities, Outcome
from models.delivery.products import NO_EFFECT, ProductEffect
from models.delivery.rules import RuleTerms, rule_log_odds
from models.delivery.trees import Forest, grow
from models.modelfile import canonical, opened, version_of

FORM: Final = 1
"""Of the model file; a file of another form is refused."""
TREES: Final = 90
LINEAR_SHARE: Final = 0.3
"""Of a boosted model's score, of its linear part: trees jump between the few letters of a leaf, a weighted sum is steady but stiff; their
mean orders better than either (stacking, Wolpert 1992; measured in docs/delivery-model.md)."""
LINEAR_ROWS: Final = 60_000
"""A boosted model's linear part is fitted on so many letters at most."""
RECEIPTS: Final = tuple(sorted(DELIVERED))
FAILURES: Final = tuple(one for one in Outcome if one not in DELIVERED)


class Kind(StrEnum):
    """How a model tells the chance; in the order of complication."""

    RULE = "rule"
    EMPIRICAL_BAYES = "empirical_bayes"
    LOGISTIC = "logistic"
    BOOSTED = "boosted"


@dataclass(frozen=True, slots=True)
class DeliveryModel:
    """A fitted model. ``chances`` is what the chooser asks."""

    kind: Kind
    memory_days: float
    """Half-life of what it was fitted on; 0 = everything alike."""
    terms: RuleTerms
    linear: Linear | None = None
    forest: Forest | None = None
    intercept: float = 0.0
    slope: float = 1.0
    receipts: Linear | None = None
    failures: Linear | None = None
    correction: Correction = NONE
    products: tuple[int, ...] = ()
    """Codes of the postal products that the letters it learned from were drawn among by chance; empty = none was."""
    effect: ProductEffect = NO_EFFECT
    """What each of these adds to the log-odds of the first (``models.delivery.products``)."""
    linear_share: float = 0.0
    """Of a boosted model: how much of the score is its linear part's; the forest has the rest."""

    def log_odds(self, rows: Opportunities, features: Floats) -> Floats:
        """(n,) calibrated log-odds of delivery."""
        return self.intercept + self.slope * self.raw(rows, features) + self.correction.of(rows)

    def raw(self, rows: Opportunities, features: Floats) -> Floats:
        """(n,) before calibration, within ±8."""
        if self.kind is Kind.RULE:
            score = rule_log_odds(rows, features, self.terms)
        elif self.kind is Kind.EMPIRICAL_BAYES:
            score = _rates_added(features)
        elif self.kind is Kind.LOGISTIC:
            assert self.linear is not None
            score = self.linear.scores(features)[:, 0]
        else:
            assert self.forest is not None
            score = self.forest.score(features)
            if self.linear is not None:
                score = (1 - self.linear_share) * score + self.linear_share * self.linear.scores(features)[:, 0]
        return np.clip(score, -8.0, 8.0)

    def delivered(self, rows: Opportunities, features: Floats) -> Floats:
        """(n,) probability of delivery (any receipt)."""
        return 1 / (1 + np.exp(-self.log_odds(rows, features)))

    def chances(self, rows: Opportunities, record: Record) -> Floats:
        """(n, 8) probability of each ``Outcome``; every line adds up to 1."""
        features = matrix(rows, record)
        return self.split(self.delivered(rows, features), features)

    def split(self, delivered: Floats, features: Floats) -> Floats:
        """(n, 8): delivery and failure divided into their kinds."""
        out = np.empty((len(delivered), len(Outcome)))
        for classes, model, share in ((RECEIPTS, self.receipts, delivered), (FAILURES, self.failures, 1 - delivered)):
            parts = softmax(model.scores(features)) if model is not None else np.full((len(share), len(classes)), 1 / len(classes))
            out[:, list(classes)] = parts * share[:, None]
        return out

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types; the names of the features with it. What a model has not is left out, as in files from before there was
        such a thing: the same bytes."""
        return {
            **({"linear_share": self.linear_share} if self.linear_share else {}),
            **({"products": list(self.products), "effect": self.effect.as_json()} if self.products else {}),
            "form": FORM, "task": "delivery", "kind": self.kind.value, "features": list(FEATURES), "memory_days": self.memory_days,
            "intercept": self.intercept, "slope": self.slope, "terms": self.terms.as_json(),
            "linear": self.linear.as_json() if self.linear else None, "forest": self.forest.as_json() if self.forest else None,
            "correction": self.correction.as_json(), "receipts": self.receipts.as_json() if self.receipts else None, "failures": self.failures.as_json() if self.failures else None,
        }  # fmt: skip

    def to_bytes(self) -> bytes:
        """The model file: canonical JSON, the same bytes for the same numbers."""
        return canonical(self.as_json())

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """The model of a file: numbers only, nothing is executed.

        Raises:
            ValueError: not such a file, of another form, of other features, or damaged.
        """
        data = opened(content, task="delivery", form=FORM)
        if data.get("features") != list(FEATURES):
            raise ValueError("the model was fitted on other features")
        try:
            made = cls(
                Kind(data["kind"]), float(data["memory_days"]), RuleTerms.from_json(data["terms"]), _linear(data["linear"], 1),
                Forest.from_json(data["forest"], len(FEATURES)) if data["forest"] else None, float(data["intercept"]), float(data["slope"]),
                _linear(data["receipts"], len(RECEIPTS)), _linear(data["failures"], len(FAILURES)),
                Correction.from_json(data["correction"]), tuple(int(code) for code in data.get("products", ())),
                ProductEffect.from_json(data["effect"]) if "effect" in data else NO_EFFECT, float(data.get("linear_share", 0.0)),
            )  # fmt: skip
        except (KeyError, TypeError) as fault:
            raise ValueError("a model file with parts missing") from fault
        if (made.kind is Kind.LOGISTIC and made.linear is None) or (made.kind is Kind.BOOSTED and made.forest is None):
            raise ValueError("a model file with parts missing")
        if not 0 <= made.linear_share <= 1 or (made.linear_share and (made.kind is not Kind.BOOSTED or made.linear is None)):
            raise ValueError("a linear part that is missing, or of no use")
        if not (np.isfinite(made.intercept) and np.isfinite(made.slope) and made.slope > 0):
            raise ValueError("a calibration that turns the order round")
        return made

    @property
    def version(self) -> str:
        """``delivery-KIND-`` and the first 12 digits of the file's SHA-256."""
        return version_of("delivery", self.kind.value, self.to_bytes())


def _linear(data: Mapping[str, object] | None, classes: int) -> Linear | None:
    if data is None:
        return None
    made = Linear.from_json(data, len(FEATURES))
    if len(made.start) != classes:
        raise ValueError("a linear model of other classes")
    return made


_INDEX: Final = {name: position for position, name in enumerate(FEATURES)}
_WEIGHTS: Final = tuple(_INDEX[name] for name in WEIGHTS)
"""Left out by linear models: what only says how much a rate rests on."""
_OWN_GOOD: Final = tuple(_INDEX[f"own_room.{one.name.lower()}"] for one in RECEIPTS)
_OWN_BAD: Final = tuple(_INDEX[f"own_room.{one.name.lower()}"] for one in FAILURES)


def _rates_added(features: Floats) -> Floats:
    """Channel by age, how far the place lies above everyone, the product's district; this debtor's own record there.

    A chain of shrunken rates treated as if independent: an empirical Bayes estimate with nothing fitted but its calibration.
    """
    own = 1.5 * features[:, _OWN_GOOD].sum(axis=1) - 1.0 * features[:, _OWN_BAD].sum(axis=1)
    added = sum(features[:, _INDEX[name]] for name in ("channel_age.rate", "room.rate", "product_district.rate", "fast.channel.rate", "fast.all.rate"))
    return cast("Floats", added + np.clip(own, -3.0, 3.0))


def fit(kind: Kind, terms: RuleTerms, rows: Opportunities, features: Floats, weights: Floats, *, memory_days: float, seed: int) -> DeliveryModel:
    """Fit one kind on letters with known ends; not yet calibrated.

    Args:
        rows: letters whose outcome is known.
        features: ``features.matrix`` of them.
        weights: (n,) importance of each, positive.
    """
    good = delivered_flags(rows.outcome)
    model = DeliveryModel(kind, memory_days, terms)
    if kind is Kind.LOGISTIC:
        model = replace(model, linear=fit_linear(features, good.astype(np.int64), weights, 2, seed=seed, without=_WEIGHTS))
    elif kind is Kind.BOOSTED:
        part = np.arange(len(good))[:: -(-len(good) // LINEAR_ROWS)]
        linear = fit_linear(features, good.astype(np.int64), weights, 2, seed=seed, use=part, without=_WEIGHTS)
        model = replace(model, forest=grow(features, good, weights, trees=TREES, seed=seed), linear=linear, linear_share=LINEAR_SHARE)
    return model


def with_kinds(model: DeliveryModel, rows: Opportunities, features: Floats, weights: Floats, *, seed: int) -> DeliveryModel:
    """The model with its split into kinds of receipt and failure fitted."""
    receipts, failures = kinds(rows, features, weights, seed=seed)
    return replace(model, receipts=receipts, failures=failures)


def kinds(rows: Opportunities, features: Floats, weights: Floats, *, seed: int) -> tuple[Linear, Linear]:
    """What tells the kind of receipt where there is one, and the kind of failure where there is none."""
    good = delivered_flags(rows.outcome)

    def one(classes: Sequence[int], among: Flags) -> Linear:
        labels = np.searchsorted(np.array(classes), np.where(among, rows.outcome, classes[0]))
        return fit_linear(features, labels, weights, len(classes), seed=seed, use=np.flatnonzero(among), without=_WEIGHTS)

    return one(RECEIPTS, good), one(FAILURES, ~good)


def delivered_flags(outcome: Ints) -> Flags:
    """Which outcomes count as delivered."""
    return np.isin(outcome, list(DELIVERED))
