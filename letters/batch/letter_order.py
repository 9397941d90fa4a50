"""Drafts in the order of the letter score: what a letter is expected to bring in beyond its cost, what lapses soon before that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.letter_models import open_letters
from letters.batch.letter_trials import Asked, known_of
from locate.tables import ClaimSnapshot, Decision
from records.lists import one_of

PAGE: Final = 2_000


def scored_order(session: Session, version: str, rows: Sequence[Any], template: str, prices_fen: Mapping[str, int], until: date | None) -> list[Any]:
    """The rows (with ``decision_id``, ``lapses_on``, ``case_no``, ``product``) anew: by last day where they lapse until ``until``, then by the score.

    ``prices_fen``: of a letter by each product. Ties fall to the case number, so the order is the same whenever it is asked for.

    Raises:
        Broken: the score can't be read.
    """
    model = open_letters(session, version)
    gain: dict[Any, float] = {}
    for start in range(0, len(rows), PAGE):
        page = rows[start : start + PAGE]
        asked = {
            row.id: Asked(row.case_id, row.day, row.made_at, int(row.total), row.overdue_since, row.probability, template, int((row.offer or {}).get("product", 0)))
            for row in session.execute(
                select(
                    Decision.id, Decision.case_id, Decision.day, Decision.made_at, Decision.probability, Decision.offer, ClaimSnapshot.total,
                    ClaimSnapshot.overdue_since,
                )
                .join(ClaimSnapshot, ClaimSnapshot.id == Decision.snapshot_id)
                .where(one_of(Decision.id, [row.decision_id for row in page]))
            )
        }  # fmt: skip
        ids = [row.decision_id for row in page]
        known = known_of(session, [asked[one] for one in ids])
        effect = model.effect(known.features) * np.array(known.amount_fen, np.float64) - np.array([prices_fen[row.product] for row in page], np.float64)
        gain |= dict(zip(ids, effect.tolist(), strict=True))

    def place(row: Any) -> tuple[object, ...]:
        soon = until is not None and row.lapses_on is not None and row.lapses_on <= until
        return (not soon, row.lapses_on if soon else date.min, -round(gain[row.decision_id], 6), row.case_no)

    return sorted(rows, key=place)
