"""The estimator of a planning: the rules, or the learned model that was in force when the planning was opened.

A learned model asks a record of earlier outcomes. It is read once a process and planning, as of the moment at which the
planning was opened, so every process, and a second run after a kill, scores alike; its hash stands in the version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from letters.batch.delivery_rows import (
    debtor_code_of,
    delivery_rows,
    lender_code_of,
    place_token,
    product_code,
)
from letters.batch.frame import Service
from letters.batch.model_store import LETTERS, champion, open_model
from locate.address.model import Address
from locate.choose import RuleEstimator, screen
from locate.choose.learned_estimator import Asked, LearnedEstimator
from locate.choose.model import DeliveryEstimator, Track
from locate.choose.offers import Offer, offers_of
from locate.loading import StoredCase
from models.delivery.features import Record
from models.delivery.opportunities import Opportunities
from records.cipher import Cipher
from records.work import WorkContext

REMEMBERED: Final = timedelta(days=1_100)
"""Letters older than this have faded from the record (``models.delivery.features.SLOW``): a twentieth of their weight."""


@dataclass(frozen=True, slots=True)
class Question:
    """One case as the chooser will ask about it."""

    case: StoredCase
    parsed: tuple[Address, ...]
    tracks: tuple[Track, ...]
    barred: frozenset[int]
    shut: Mapping[str, tuple[str, str]]
    cost_fen: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Who estimates for a case, and by ordinal what is known of each of its candidates, to be kept for learning."""

    estimator: DeliveryEstimator
    offers: Mapping[int, Offer]


def model_args(session: Session, now: datetime) -> dict[str, object]:
    """What a planning that is opened now is estimated with, as its row keeps it."""
    return {"model": champion(session), "letter_model": champion(session, LETTERS), "known_until": now.isoformat()}


class Estimating:
    """Answers for the cases of a planning. ``version`` goes into the planning's fingerprint."""

    def __init__(self, lender_code: str, day: date, learned: LearnedEstimator | None) -> None:
        self._lender_code, self._day, self._learned = lender_code, day, learned

    @property
    def version(self) -> str:
        """Of the rules, or of the learned model with its record."""
        return self._learned.version if self._learned is not None else RuleEstimator.version

    def answers(self, cipher: Cipher, questions: Sequence[Question]) -> list[Answer]:
        """One answer a case, in order."""
        token = place_token(cipher, self._lender_code)
        asked = []
        for one in questions:
            record = one.case.record
            candidates, _ = screen(record, one.parsed, one.tracks, self._day, one.barred, one.shut)
            offers = offers_of(candidates, self._day, record.id_number, record.mobile, token)
            asked.append(Asked(candidates, offers, debtor_code_of(one.case.id_bidx), int(record.claim.total), one.cost_fen))
        kept = [
            {candidate.given.ordinal: offer for candidate, offer in zip(one.candidates, one.offers, strict=True)}
            for one in asked
        ]
        if self._learned is None:
            rules = RuleEstimator()
            return [Answer(rules, offers) for offers in kept]
        answered = self._learned.answers(asked, self._day)
        return [Answer(one, offers) for one, offers in zip(answered, kept, strict=True)]


def estimating_of(session: Session, context: WorkContext, args: Mapping[str, object], lender_code: str, services: Sequence[Service]) -> Estimating:
    """The estimating of a planning from its arguments; a learned one is made once a process."""
    return estimating_with(
        session, context, str(args.get("model", "")), str(args.get("known_until", "")), lender_code, services,
        date.fromisoformat(str(args["day"])),
    )  # fmt: skip


def estimating_with(
    session: Session, context: WorkContext, version: str, known_until: str, lender_code: str, services: Sequence[Service], day: date
) -> Estimating:
    """As ``estimating_of``, of parts. ``version`` '' = the rules."""
    if not version:
        return Estimating(lender_code, day, None)
    products = {one.product: product_code(one.send_method) for one in services}
    key = f"estimating:{version}:{known_until}:{lender_code}:{products}:{day}"
    found = context.caches.get(key)
    if not isinstance(found, Estimating):
        learned = _learned(session, context.cipher, version, datetime.fromisoformat(known_until), lender_code, products, day)
        found = context.caches[key] = Estimating(lender_code, day, learned)
    return found


def _learned(
    session: Session, cipher: Cipher, version: str, known_until: datetime, lender_code: str, products: Mapping[str, int], day: date
) -> LearnedEstimator:
    model = open_model(session, version)
    rows = delivery_rows(session, cipher, known_until, since=day - REMEMBERED).rows
    known = rows.take((rows.outcome >= 0) & (rows.known_day < day.toordinal()))
    return LearnedEstimator(
        model, Record.of(known), f"{version}+{digest_of(known)}", products, lender_code_of(cipher, lender_code),
    )  # fmt: skip


def digest_of(rows: Opportunities) -> str:
    """Eight hex digits over everything that a record is made of, in an order of its own."""
    import numpy as np  # noqa: PLC0415  only a learned model pays for it

    columns = np.stack([rows.lender, rows.debtor, rows.room, rows.day, rows.known_day, rows.outcome, rows.product, rows.kind, rows.source])
    order = np.lexsort(columns)
    return hashlib.sha256(np.ascontiguousarray(columns[:, order]).tobytes()).hexdigest()[:8]
