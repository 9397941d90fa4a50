"""Why a carrier charged other postage than we computed: the likely cause of one difference, read off the tariff.

A pure function of the product table, never of words. It says what would explain the charge to the fen; whether it is so
is for a person, who works the difference off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, combinations
from typing import Final

from letters.post.products import Catalogue, Product, TooHeavy, postage_fen


class Cause(StrEnum):
    """Stable codes of causes."""

    WEIGHT_STEP = "WEIGHT_STEP"
    LOCALITY = "LOCALITY"
    WEIGHT_AND_LOCALITY = "WEIGHT_AND_LOCALITY"
    SURCHARGE = "SURCHARGE"
    NOT_STATED = "NOT_STATED"
    REFUSED_CHARGED = "REFUSED_CHARGED"
    VOID_CHARGED = "VOID_CHARGED"
    UNKNOWN = "UNKNOWN"


CAUSE_NAMES: Final = {
    Cause.WEIGHT_STEP: "重量档不同",
    Cause.LOCALITY: "本埠外埠不同",
    Cause.WEIGHT_AND_LOCALITY: "重量档与本外埠均不同",
    Cause.SURCHARGE: "附加费不同",
    Cause.NOT_STATED: "回执未列资费",
    Cause.REFUSED_CHARGED: "拒收仍计费",
    Cause.VOID_CHARGED: "作废号码被计费",
    Cause.UNKNOWN: "原因不明",
}


@dataclass(frozen=True, slots=True)
class Charge:
    """One piece as computed and as charged. ``local`` = 本埠; None = the acknowledgement does not state it."""

    weight_g: int
    local: bool
    expected_fen: int
    charged_fen: int | None
    charged_weight_g: int | None
    accepted: bool = True
    void: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """The likely cause and the sentence that shows the sum."""

    cause: Cause
    words: str


def explain(catalogue: Catalogue, product: Product, charge: Charge) -> Explanation | None:
    """The likely cause of a piece's difference; None when it was charged as computed.

    A refused or void piece is expected to cost nothing, whatever ``expected_fen`` says.
    """
    charged = charge.charged_fen
    if charge.void or not charge.accepted:
        if not charged:
            return None
        cause = Cause.VOID_CHARGED if charge.void else Cause.REFUSED_CHARGED
        return Explanation(cause, "该件不应交寄，收取的资费应退回" if charge.void else "该件未收寄，收取的资费应退回")
    if charged is None:
        return Explanation(Cause.NOT_STATED, "请合作方补列该件资费")
    if charged == charge.expected_fen:
        return None
    return next(_explanations(catalogue, product, charge, charged), Explanation(Cause.UNKNOWN, "资费表中没有一档与之相符，请向合作方查询"))


def _explanations(catalogue: Catalogue, product: Product, charge: Charge, charged: int) -> Iterator[Explanation]:
    """What would explain it, the simplest first."""
    here = _place(charge.local)
    there = _place(not charge.local)
    weight = charge.charged_weight_g
    if weight is not None and weight != charge.weight_g:
        if _fen(product, weight, charge.local) == charged:
            yield Explanation(Cause.WEIGHT_STEP, f"按回执重量 {weight} 克（清单 {charge.weight_g} 克）{here}计费")
        if _fen(product, weight, not charge.local) == charged:
            yield Explanation(Cause.WEIGHT_AND_LOCALITY, f"按回执重量 {weight} 克、{there}计费（清单为 {charge.weight_g} 克、{here}）")
    if _fen(product, charge.weight_g, not charge.local) == charged:
        yield Explanation(Cause.LOCALITY, f"按{there}计费，清单为{here}")
    for step, local in _near(product, charge):
        if _fen(product, step, local) == charged:
            told = "" if weight is None else f"，但回执重量为 {weight} 克"
            yield Explanation(Cause.WEIGHT_STEP, f"与 {step} 克一档{here}相符{told}")
    for added, names in _surcharges(catalogue, product):
        if charge.expected_fen + added == charged:
            yield Explanation(Cause.SURCHARGE, names)
    for step in _steps(product):
        for local in (charge.local, not charge.local):
            if _fen(product, step, local) == charged:
                cause = Cause.WEIGHT_STEP if local is charge.local else Cause.WEIGHT_AND_LOCALITY
                yield Explanation(cause, f"与 {step} 克一档{_place(local)}相符")


def _place(local: bool) -> str:
    return "本埠" if local else "外埠"


def _fen(product: Product, weight_g: int, local: bool) -> int | None:
    try:
        return postage_fen(product, weight_g, local)
    except (TooHeavy, ValueError):
        return None


def _steps(product: Product) -> Iterator[int]:
    """The heaviest weight of every price, in grams."""
    reached = 0
    for step in product.steps:
        for weight in range(reached + step.per_g, step.up_to_g + 1, step.per_g):
            if weight > product.max_weight_g:
                return
            yield weight
        reached = step.up_to_g


def _near(product: Product, charge: Charge) -> Iterator[tuple[int, bool]]:
    """The prices next to the piece's own: a gram more on the scale, or less."""
    steps = list(_steps(product))
    own = next((index for index, step in enumerate(steps) if step >= charge.weight_g), None)
    if own is None:
        return
    for index in (own + 1, own - 1):
        if 0 <= index < len(steps):
            yield steps[index], charge.local


def _surcharges(catalogue: Catalogue, product: Product) -> Iterator[tuple[int, str]]:
    """(fen more or less, words): fees of this product left out, fees of other products put on top."""
    own = product.surcharges
    for some in chain.from_iterable(combinations(own, size) for size in range(1, len(own) + 1)):
        yield -sum(one.fen for one in some), "未收" + "、".join(one.name for one in some)
    foreign = {one for other in catalogue.products.values() for one in other.surcharges if one.name not in {o.name for o in own}}
    for one in sorted((*foreign, *own), key=lambda one: (one.fen, one.name)):
        yield one.fen, ("重复收取" if one in own else "另收") + one.name
