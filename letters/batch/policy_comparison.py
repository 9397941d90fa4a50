"""What another way of choosing would have reached, from letters that were chosen with exploration.

Only letters whose decision kept the addresses that might have been drawn instead, with the probability of the one that was.
Estimates with intervals over debtors; "where old and new agree" stands beside them to be distrusted (it is biased).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.delivery_rows import COST, OTHERS, WORTH, delivery_rows, offer_kept, others_kept
from letters.tables import Letter
from locate.choose.offers import Offer
from locate.tables import Decision
from models.delivery.estimators import DeliveryModel, delivered_flags
from models.delivery.features import Record
from models.delivery.opportunities import Floats, Ints, Opportunities
from models.delivery.policies import OffPolicy, best_rows, net_value, off_policy
from models.delivery.products import delivered_by
from models.delivery.ripeness import Ripeness
from records.cipher import Cipher
from records.clock import SHANGHAI
from records.lists import one_of

LEAST: Final = 100
"""Explored letters with a known end; fewer say nothing."""


@dataclass(frozen=True, slots=True)
class Compared:
    """``reached``: delivered share of the policy that was in force, over ``letters``; ``value_fen``: what its letters came to on average,
    worth of a delivery less postage, which is what choosing seeks."""

    letters: int
    reached: float
    estimated: OffPolicy
    value_fen: float
    estimated_value: OffPolicy


def compare_policy(session: Session, cipher: Cipher, model: DeliveryModel, as_of: datetime) -> Compared | None:
    """What choosing by ``model`` would have delivered; None where too few letters were explored."""
    found = delivery_rows(session, cipher, as_of, with_ids=True)
    ended = found.rows.take(found.rows.outcome >= 0)
    if not len(ended):
        return None
    today = as_of.astimezone(SHANGHAI).date().toordinal() + 1
    # Ripe letters only: of young ones mostly receipts are known.
    ripe = found.rows.day <= today - Ripeness.of(ended, today).days_until(0.95)
    known = np.flatnonzero(ripe & (found.rows.outcome >= 0) & np.isfinite(found.rows.propensity))
    kept = _offers(session, [found.ids[at] for at in known])
    use = [int(at) for at in known if OTHERS in (kept.get(found.ids[at]) or {})]
    if len(use) < LEAST:
        return None
    rows, case, order, worth, cost = _options(found.rows, use, [kept[found.ids[at]] for at in use])
    said = delivered_by(model, rows, Record.of(ended), _ordinary(rows.product, case))
    taken = best_rows(case, net_value(said, worth, cost), order)
    wanted = np.zeros(len(rows))
    wanted[taken] = 1.0
    chosen = order == 0
    letters = rows.take(chosen)
    good = delivered_flags(letters.outcome)

    def estimate(seen: Floats, expected: Floats) -> OffPolicy:
        return off_policy(letters.debtor, seen, letters.propensity, wanted[chosen], expected[chosen], np.bincount(case, wanted * expected)[case[chosen]])

    value = good * worth[chosen] - cost[chosen]
    return Compared(
        len(letters), float(good.mean()), estimate(good.astype(np.float64), said), float(value.mean()),
        estimate(value.astype(np.float64), net_value(said, worth, cost)),
    )  # fmt: skip


def _ordinary(product: Ints, case: Ints) -> Ints:
    """(n,) the product that a letter's case goes by without a choice: decisions don't keep it, the lowest code stands for it."""
    lowest = np.full(int(case.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(lowest, case, product)
    return lowest[case]


def _offers(session: Session, letter_ids: list[Any]) -> dict[Any, dict[str, Any]]:
    rows = session.execute(select(Letter.id, Decision.offer).join(Decision, Decision.id == Letter.decision_id).where(one_of(Letter.id, letter_ids)))
    return {letter_id: offer for letter_id, offer in rows if offer is not None}


def _options(letters: Opportunities, use: list[int], kept: list[dict[str, Any]]) -> tuple[Opportunities, Any, Any, Any, Any]:
    """One row a letter and address that could have been taken: (rows, which letter, 0 for the one that was, worth and postage in fen)."""
    offers: list[Offer] = []
    products, of, order, worth, cost = [], [], [], [], []
    for number, one in enumerate(kept):
        chosen, product = offer_kept(one)
        for position, (offer, code, fen) in enumerate([(chosen, product, int(one[COST])), *others_kept(one)]):
            offers.append(offer)
            products.append(code)
            of.append(number)
            order.append(position)
            worth.append(int(one[WORTH]))
            cost.append(fen)
    case = np.array(of, np.int64)
    base = letters.take(np.array(use, np.int64)[case])

    def whole(name: str) -> Any:
        return np.array([getattr(offer, name) for offer in offers], np.int64)

    def days(name: str) -> Any:
        values = np.array([getattr(offer, name) for offer in offers], np.float64)
        return np.where(values < 0, np.nan, values)

    rows = replace(
        base, room=whole("room"), building=whole("building"), estate=whole("estate"), office=whole("office"), district=whole("district"), listed=whole("listed"),
        kind=whole("kind"), source=whole("source"), grade=whole("grade"), age_days=days("age_days"), issues=whole("issues"), voices=whole("voices"),
        confidence=np.array([offer.confidence for offer in offers], np.float64), places=whole("places"), elsewhere_days=days("elsewhere_days"),
        id_region=whole("id_region"), phone_region=whole("phone_region"), product=np.array(products, np.int64),
    )  # fmt: skip
    return rows, case, np.array(order, np.int64), np.array(worth, np.int64), np.array(cost, np.int64)
