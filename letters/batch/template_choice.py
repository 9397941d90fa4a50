"""Which template each candidate of a lender's day is judged with: the ordinary one, or by a trial or what was learned from it another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from letters.batch.template_trial import DEFAULT_TEMPLATE, Part, parts_of_day, trial_in
from locate.tables import Lender
from records.cipher import Cipher


def parts_for(
    session: Session, cipher: Cipher, lender: Lender, case_ids: Sequence[UUID], day: date, now: datetime, template: str | None = None
) -> list[Part]:
    """The lender's candidates by template.

    Args:
        template: that a person asks for: it is for all, and there is no trial.

    Raises:
        WrongUsage: the lender's trial can't be read.
    """
    trial = None if template else trial_in(lender.settings)
    if trial is None:
        return [Part(template or str(lender.settings.get("template", DEFAULT_TEMPLATE)), tuple(map(str, case_ids)))]
    return parts_of_day(session, cipher, trial, case_ids)
