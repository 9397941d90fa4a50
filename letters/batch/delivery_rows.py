"""Letters with what was known when they were decided and what became of them, as rows that a delivery model learns from.

One row a demand letter that left the house, as of a time. What is known of the address is the offer that was kept with the
decision; letters decided before offers were kept give what the address row still says. Carriers' and our own faults are
censored, so are letters under way; what the post took back is gone (R-AI-04, R-DLV-08). Only tokens and codes: no text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from letters.batch.history import is_demand
from letters.batch.lookup import is_live
from letters.batch.training_labels import known_at
from letters.post.consequences import Label, consequence
from letters.post.outcomes import post_outcomes
from letters.tables import Batch, BatchEvent, Letter
from locate.address.model import Grade, Issue
from locate.case import AddressKind, Source
from locate.choose.offers import Offer, Token
from locate.tables import CaseAddress, ClaimSnapshot, Decision, Lender
from models.delivery.opportunities import NOT_KNOWN, Opportunities, Outcome
from records.cipher import Cipher
from records.clock import SHANGHAI

PAGE: Final = 2_000
OUTCOME_OF: Final[Mapping[Label, Outcome]] = {
    Label.SELF: Outcome.SELF, Label.HOUSEHOLD: Outcome.HOUSEHOLD, Label.OTHER: Outcome.OTHER, Label.REFUSED: Outcome.REFUSED,
    Label.MOVED: Outcome.MOVED, Label.UNKNOWN: Outcome.UNKNOWN, Label.INSUFFICIENT: Outcome.INSUFFICIENT, Label.UNCLAIMED: Outcome.UNCLAIMED,
}  # fmt: skip
REGISTERED: Final = 0
_SERVICES: Final = (("EMS", 1), ("约投", 2), ("平常", 3))
OTHERS: Final = "others"
WORTH, COST = "worth_fen", "cost_fen"
CONTROL: Final = "control"
"""Beside an offer: whether the case was drawn into the control group (``letters.batch.control``)."""
TEMPLATES: Final = "templates"
"""Beside an offer: between which templates the letter was drawn (``letters.batch.template_trial``)."""


@dataclass(frozen=True, slots=True)
class DeliveryRows:
    """Rows, and beside each what was said of it when it was decided."""

    rows: Opportunities
    said: np.ndarray[tuple[int], np.dtype[np.float64]]
    """Probability of delivery that stood on the decision; NaN where none did."""
    versions: tuple[str, ...]
    """Of the model that said it."""
    reconstructed: int
    """Letters decided before offers were kept: their neighbours and their agreement are not known."""
    ids: tuple[UUID, ...] = ()
    product_drawn: np.ndarray[tuple[int], np.dtype[np.bool_]] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Parallel to ``rows``: letters whose postal product was drawn by chance among several of the case."""


def product_code(send_method: str) -> int:
    """How models code a postal product, by what the post does: registered letter 0, EMS 1, registered letter by appointment (约投) 2,
    ordinary mail 3 (which no letter goes by, R-PST-01)."""
    return next((code for word, code in _SERVICES if word in send_method.upper()), REGISTERED)


def offer_to_keep(offer: Offer, product: int) -> dict[str, int | float]:
    """The offer as the decision keeps it, with the product's code (``product_code``)."""
    return {**offer.as_json(), "product": product}


def offer_kept(kept: Mapping[str, Any]) -> tuple[Offer, int]:
    """(offer, product code) as ``offer_to_keep`` gave them."""
    values = {name: value for name, value in kept.items() if name not in (OTHERS, WORTH, COST, CONTROL, TEMPLATES)}
    product = int(values.pop("product"))
    return Offer.from_json(values), product


def with_others(
    kept: Mapping[str, Any], others: Sequence[tuple[Mapping[str, Any], int]], worth_fen: int, cost_fen: int
) -> dict[str, Any]:
    """The chosen offer with those that might have been drawn instead, what a delivery was worth and what each letter cost: where a planning
    explores, this is what makes another policy comparable afterwards.

    Args:
        others: each with its postage; product and postage are kept where they are not the chosen one's.
    """

    def beside(one: Mapping[str, Any], cost: int) -> dict[str, Any]:
        left = {name: value for name, value in one.items() if name != "product" or value != kept["product"]}
        return left if cost == cost_fen else {**left, COST: cost}

    return {**kept, OTHERS: [beside(one, cost) for one, cost in others], WORTH: worth_fen, COST: cost_fen}


def others_kept(kept: Mapping[str, Any]) -> list[tuple[Offer, int, int]]:
    """(offer, product code, postage in fen) of each that ``with_others`` kept beside the chosen one."""
    found = []
    for one in kept[OTHERS]:
        product, cost = int(one.get("product", kept["product"])), int(one.get(COST, kept[COST]))
        found.append((Offer.from_json({name: value for name, value in one.items() if name not in ("product", COST)}), product, cost))
    return found


def drawn_among_products(kept: Mapping[str, Any]) -> bool:
    """Whether chance might have given the letter another postal product."""
    return any("product" in one for one in kept.get(OTHERS, ()))


def lender_code_of(cipher: Cipher, code: str) -> int:
    """The lender as an integer that is the same in every training."""
    return integer(cipher.blind("learn.lender", code))


def debtor_code_of(id_bidx: bytes) -> int:
    """The debtor as an integer, from the blind index of the ID number."""
    return integer(bytes(id_bidx))


def integer(digest: bytes) -> int:
    """The first 62 bits of a keyed hash."""
    return int.from_bytes(digest[:8], "big") >> 2


def place_token(cipher: Cipher, lender_code: str) -> Token:
    """Tokens of places within one lender (R-SRC-05)."""

    def token(level: str, key: str) -> int:
        return integer(cipher.blind(f"learn.{level}.{lender_code}", key))

    return token


def delivery_rows(
    session: Session, cipher: Cipher, as_of: datetime, lender_code: str | None = None, *, since: date | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None, with_ids: bool = False,
) -> DeliveryRows:
    """All letters handed over by ``as_of`` with what was known of their ends by then.

    Args:
        lender_code: of one lender only; None = all of the house (a model learns across lenders, a place does not).
        since: letters of this batch day or later.
        progress: told (letters read, letters in all).
        with_ids: also give the letters' own ids (they never leave the house).
    """
    made: list[_Row] = []
    letter_ids: list[UUID] = []
    drawn: list[bool] = []
    rebuilt = 0
    total = session.scalar(_selected(select(func.count()).select_from(Letter), as_of, lender_code, since)) or 0
    for page in _pages(session, as_of, lender_code, since):
        ids = [row.id for row in page]
        said = post_outcomes(session, ids, until=as_of)
        known = known_at(session, ids, as_of)
        for row in page:
            post = said.get(row.id)
            found = consequence(post.outcome if post else None, accepted=post.acknowledged if post else None)
            outcome = OUTCOME_OF.get(found.label, NOT_KNOWN) if found.ended else NOT_KNOWN
            at = known.get(row.id)
            if at is None:
                outcome = NOT_KNOWN
            offer, product = offer_kept(row.offer) if row.offer is not None else (_rebuilt(cipher, row), REGISTERED)
            rebuilt += row.offer is None
            drawn.append(row.offer is not None and drawn_among_products(row.offer))
            known_day = max(at.astimezone(SHANGHAI).date(), row.day).toordinal() if at is not None and outcome != NOT_KNOWN else NOT_KNOWN
            made.append(_Row(
                integer(row.case_id.bytes_le), debtor_code_of(row.id_bidx), lender_code_of(cipher, row.lender), row.day.toordinal(), offer,
                product, int(row.total or 0), row.propensity, int(outcome), known_day, row.probability, row.model_version,
            ))  # fmt: skip
        letter_ids += ids if with_ids else []
        progress(len(made), total)
    return DeliveryRows(
        _columns(made), np.array([np.nan if one.said is None else one.said for one in made], np.float64), tuple(one.version for one in made), rebuilt, tuple(letter_ids),
        np.array(drawn, np.bool_),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Row:
    case: int
    debtor: int
    lender: int
    day: int
    offer: Offer
    product: int
    amount_fen: int
    propensity: float | None
    outcome: int
    known_day: int
    said: float | None
    version: str


def _selected(query: Any, as_of: datetime, lender_code: str | None, since: date | None) -> Any:
    handed = exists().where(BatchEvent.batch_id == Letter.batch_id, BatchEvent.kind == "handed_over", BatchEvent.at <= as_of)
    query = query.join(Batch, Batch.id == Letter.batch_id).join(Lender, Lender.id == Batch.lender_id).where(handed, is_live(), is_demand())
    if lender_code is not None:
        query = query.where(Lender.code == lender_code)
    if since is not None:
        query = query.where(Letter.day >= since)
    return query


def _pages(session: Session, as_of: datetime, lender_code: str | None, since: date | None) -> Iterator[Sequence[Any]]:
    after: UUID | None = None
    while True:
        query = select(
            Letter.id, Letter.case_id, Letter.id_bidx, Letter.place_bidx, Letter.day, Lender.code.label("lender"),
            ClaimSnapshot.total, Decision.offer, Decision.probability, Decision.propensity, Decision.model_version, CaseAddress.kind, CaseAddress.source,
            CaseAddress.grade, CaseAddress.collected_on, CaseAddress.confidence, CaseAddress.issues, CaseAddress.adcode, CaseAddress.ordinal,
        )  # fmt: skip
        query = _selected(query.select_from(Letter), as_of, lender_code, since)
        query = (
            query.join(Decision, Decision.id == Letter.decision_id)
            .join(CaseAddress, CaseAddress.id == Letter.address_id)
            .join(ClaimSnapshot, ClaimSnapshot.id == Letter.snapshot_id)
            .order_by(Letter.id)
            .limit(PAGE)
        )
        rows = session.execute(query if after is None else query.where(Letter.id > after)).all()
        if not rows:
            return
        yield rows
        after = rows[-1].id


def _rebuilt(cipher: Cipher, row: Any) -> Offer:
    """What the address row still says of a letter whose decision kept no offer."""
    issues = sum(1 << list(Issue).index(Issue(one)) for one in set(row.issues or ()))
    return Offer(
        room=integer(bytes(row.place_bidx)), building=NOT_KNOWN, estate=NOT_KNOWN, office=NOT_KNOWN, district=int((row.adcode or "0")[:6]), listed=row.ordinal - 1,
        kind=list(AddressKind).index(AddressKind(row.kind)), source=list(Source).index(Source(row.source)),
        grade=list(Grade).index(Grade(row.grade)) if row.grade else list(Grade).index(Grade.UNUSABLE),
        age_days=(row.day - row.collected_on).days if row.collected_on and row.collected_on <= row.day else NOT_KNOWN,
        confidence=row.confidence or 0.0, issues=issues, voices=1, places=1, elsewhere_days=NOT_KNOWN, id_region=NOT_KNOWN, phone_region=NOT_KNOWN,
    )  # fmt: skip


def _columns(made: Sequence[_Row]) -> Opportunities:
    def whole(values: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array(values, np.int64)

    def of_offer(name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return whole([getattr(one.offer, name) for one in made])

    def days(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        values = np.array([getattr(one.offer, name) for one in made], np.float64)
        return np.where(values < 0, np.nan, values)

    outcome = whole([one.outcome for one in made])
    return Opportunities(
        case=whole([one.case for one in made]), debtor=whole([one.debtor for one in made]), lender=whole([one.lender for one in made]),
        day=whole([one.day for one in made]), room=of_offer("room"), building=of_offer("building"), estate=of_offer("estate"), office=of_offer("office"),
        district=of_offer("district"), product=whole([one.product for one in made]), listed=of_offer("listed"), kind=of_offer("kind"),
        source=of_offer("source"), grade=of_offer("grade"), age_days=days("age_days"),
        confidence=np.array([one.offer.confidence for one in made], np.float64), issues=of_offer("issues"), voices=of_offer("voices"),
        places=of_offer("places"), elsewhere_days=days("elsewhere_days"), id_region=of_offer("id_region"),
        phone_region=of_offer("phone_region"), amount_fen=whole([one.amount_fen for one in made]), cost_fen=np.zeros(len(made), np.int64),
        written=np.ones(len(made), bool), propensity=np.array([np.nan if one.propensity is None else one.propensity for one in made], np.float64),
        outcome=outcome, known_day=whole([one.known_day for one in made]),
    )  # fmt: skip
