"""A learned model as the chooser's estimator: many cases' candidates scored at once, each answer with its reasons in words.

The model and the record of earlier outcomes are fixed when a planning is opened; both are in the version, so a decision names
exactly what it rests on (R-AI-03). ``Answered`` hands a case's scores to ``choose`` and refuses other candidates than asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from locate.choose.model import Candidate, Reason, Scored, Track
from locate.choose.offers import Offer
from models.delivery.estimators import DeliveryModel
from models.delivery.features import Record, matrix
from models.delivery.opportunities import Floats, Opportunities, Outcome
from models.delivery.products import effect_of, told_as
from models.delivery.reasons import group_weights

GROUP_TITLES: Final = {
    "kind_and_source": "地址类型与来源", "text": "地址文本", "age": "新旧", "beside": "与本案其他地址相比", "regions": "与身份证或手机号归属地是否一致",
    "letter": "邮寄产品与金额", "place_record": "该处（户、楼、小区、投递局、区县）以往结果", "channel_record": "同类地址以往结果",
    "fast_record": "近期变化", "failure_record": "以往退回原因", "own_record": "本人在该处以往结果",
    "product_effect": "改用这一邮政产品",
}  # fmt: skip
OUTCOME_TITLES: Final = {
    Outcome.SELF: "本人签收", Outcome.HOUSEHOLD: "家人签收", Outcome.OTHER: "他人或前台签收", Outcome.REFUSED: "拒收", Outcome.MOVED: "迁移",
    Outcome.UNKNOWN: "查无此人", Outcome.INSUFFICIENT: "地址不详", Outcome.UNCLAIMED: "逾期未领",
}  # fmt: skip
LEAST_WEIGHT: Final = 0.10
"""Log-odds below which a group of features is not worth a word."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One case's candidates with their offers and what else a row needs."""

    candidates: tuple[Candidate, ...]
    offers: tuple[Offer, ...]
    debtor: int
    amount_fen: int
    cost_fen: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The answers for one case by product, as an estimator that knows nothing else."""

    version: str
    answers: Mapping[str, tuple[Scored, ...]]

    def score(self, candidates: tuple[Candidate, ...], tracks: tuple[Track, ...], product: str, day: date) -> tuple[Scored, ...]:
        """The answers.

        Raises:
            ValueError: other candidates, or another product, than were asked for.
        """
        answers = self.answers.get(product)
        if answers is None or candidates != tuple(one.candidate for one in answers):
            raise ValueError("answers for other candidates or another product than were asked for")
        return answers


@dataclass(frozen=True, slots=True)
class _Told:
    """What the model says of all candidates by one product."""

    delivered: Floats
    kinds: Floats
    weights: dict[str, Floats]


@dataclass(frozen=True, slots=True)
class LearnedEstimator:
    """Scores whole chunks of cases; ``version`` names the model and the record."""

    model: DeliveryModel
    record: Record
    version: str
    products: Mapping[str, int]
    """The postal products that may be asked for, the ordinary one first, and how the model codes each."""
    lender: int

    def answers(self, asked: Sequence[Asked], day: date) -> list[Answered]:
        """One answer a case, in order, for every product.

        A product that the model does not tell apart is answered as the ordinary one (``models.delivery.products``).
        """
        ordinary = next(iter(self.products.values()))
        rows = opportunities_of(asked, self.lender, day, ordinary)
        home = np.full(len(rows), ordinary)
        told: dict[int, _Told] = {}
        answers: list[dict[str, tuple[Scored, ...]]] = [{} for _ in asked]
        for product, code in self.products.items():
            by_it = replace(rows, product=told_as(self.model.products, np.full(len(rows), code), home))
            key = int(by_it.product[0]) if len(rows) else ordinary
            if key not in told:
                told[key] = self._told(by_it)
            for one, its in zip(answers, self._scored(asked, product, told[key]), strict=True):
                one[product] = its
        return [Answered(self.version, one) for one in answers]

    def _told(self, rows: Opportunities) -> _Told:
        features = matrix(rows, self.record)
        said = self.model.log_odds(rows, features)
        effect = effect_of(self.model, rows, said)
        delivered = 1 / (1 + np.exp(-(said + effect)))
        weights = group_weights(self.model, rows, features) | ({"product_effect": effect} if effect.any() else {})
        return _Told(delivered, self.model.split(delivered, features), weights)

    def _scored(self, asked: Sequence[Asked], product: str, told: _Told) -> list[tuple[Scored, ...]]:
        delivered, kinds, weights = told.delivered, told.kinds, told.weights
        answers: list[tuple[Scored, ...]] = []
        at = 0
        for one in asked:
            scored = []
            for candidate, offer in zip(one.candidates, one.offers, strict=True):
                reasons = tuple(_reasons(weights, at, kinds[at], offer))
                scored.append(Scored(candidate, product, float(delivered[at]), 0, reasons))
                at += 1
            answers.append(tuple(scored))
        return answers


def opportunities_of(asked: Sequence[Asked], lender: int, day: date, product: int) -> Opportunities:
    """All candidates of all cases as rows, in order; nothing written yet."""
    offers = [offer for one in asked for offer in one.offers]
    case = np.repeat(np.arange(len(asked)), [len(one.offers) for one in asked]).astype(np.int64)

    def whole(name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([getattr(offer, name) for offer in offers], np.int64)

    def days(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        values = np.array([getattr(offer, name) for offer in offers], np.float64)
        return np.where(values < 0, np.nan, values)

    def of_case(values: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array(values, np.int64)[case] if len(offers) else np.zeros(0, np.int64)

    count = len(offers)
    return Opportunities(
        case=case, debtor=of_case([one.debtor for one in asked]), lender=np.full(count, lender, np.int64), day=np.full(count, day.toordinal(), np.int64),
        room=whole("room"), building=whole("building"), estate=whole("estate"), office=whole("office"), district=whole("district"),
        product=np.full(count, product, np.int64), listed=whole("listed"), kind=whole("kind"), source=whole("source"), grade=whole("grade"),
        age_days=days("age_days"), confidence=np.array([offer.confidence for offer in offers], np.float64), issues=whole("issues"), voices=whole("voices"),
        places=whole("places"), elsewhere_days=days("elsewhere_days"), id_region=whole("id_region"), phone_region=whole("phone_region"),
        amount_fen=of_case([one.amount_fen for one in asked]), cost_fen=of_case([one.cost_fen for one in asked]), written=np.zeros(count, bool),
        propensity=np.full(count, np.nan), outcome=np.full(count, -1, np.int64), known_day=np.full(count, -1, np.int64),
    )  # fmt: skip


def _reasons(weights: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]], at: int, kinds: np.ndarray[tuple[int], np.dtype[np.float64]], offer: Offer) -> list[Reason]:
    said = [Reason(f"model.{name}", f"{GROUP_TITLES[name]}", round(float(weight[at]), 4)) for name, weight in weights.items() if abs(weight[at]) >= LEAST_WEIGHT]
    said.sort(key=lambda one: (-abs(one.weight), one.code))
    likely = sorted(Outcome, key=lambda one: -kinds[one])[:3]
    shares = "，".join(f"{OUTCOME_TITLES[one]} {kinds[one]:.0%}" for one in likely)
    facts = f"{'采集日期不明' if offer.age_days < 0 else f'最近确认于 {offer.age_days} 天前'}；{offer.voices} 个来源；本案 {offer.places} 处地址"
    return [Reason("model.outcomes", f"最可能的结果：{shares}", 0.0), Reason("model.facts", facts, 0.0), *said]



