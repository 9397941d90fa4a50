"""Which template each candidate of a lender's day is judged with: the ordinary one, or by a trial or what was learned from it another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.model_store import champion, template_scope
from letters.batch.template_models import open_templates
from letters.batch.template_trial import DEFAULT_TEMPLATE, Part, TemplateTrial, parts_of_day, trial_in
from letters.batch.template_trials import known_before
from locate.tables import ClaimSnapshot, Lender
from models.uplift.templates import TemplateChoice
from records.cipher import Cipher
from records.lists import one_of

PAGE: Final = 2_000


def parts_for(
    session: Session, cipher: Cipher, lender: Lender, case_ids: Sequence[UUID], day: date, now: datetime, template: str | None = None
) -> list[Part]:
    """The lender's candidates by template.

    Args:
        template: that a person asks for: it is for all, and there is no trial.

    Raises:
        WrongUsage: the lender's trial can't be read.
        Broken: what was learned can't be read.
    """
    trial = None if template else trial_in(lender.settings)
    if trial is None:
        return [Part(template or str(lender.settings.get("template", DEFAULT_TEMPLATE)), tuple(map(str, case_ids)))]
    choice = _in_force(session, lender, trial)
    if choice is None:
        return parts_of_day(session, cipher, trial, case_ids)
    return parts_of_day(session, cipher, trial, case_ids, _preferred(session, choice, case_ids, day, now), model=choice.version)


def _in_force(session: Session, lender: Lender, trial: TemplateTrial) -> TemplateChoice | None:
    """What was learned of these two templates and is in force; what was learned of others says nothing of them."""
    version = champion(session, template_scope(lender.code))
    choice = open_templates(session, version) if version else None
    return choice if choice is not None and (choice.ordinary, choice.second) == (trial.ordinary, trial.second) else None


def _preferred(session: Session, choice: TemplateChoice, case_ids: Sequence[UUID], day: date, now: datetime) -> set[UUID]:
    """Cases whose letter is expected to bring in more with the second template."""
    if choice.for_all:
        return set(case_ids) if choice.effect.average > 0 else set()
    found: set[UUID] = set()
    for start in range(0, len(case_ids), PAGE):
        page = case_ids[start : start + PAGE]
        claims = {
            case_id: (int(total), overdue)
            for case_id, total, overdue in session.execute(
                select(ClaimSnapshot.case_id, ClaimSnapshot.total, ClaimSnapshot.overdue_since)
                .where(one_of(ClaimSnapshot.case_id, page))
                .order_by(ClaimSnapshot.as_of, ClaimSnapshot.recorded_at, ClaimSnapshot.id)
            )
        }  # the newest comes last
        features = known_before(session, [(one, day, *claims[one], now) for one in page], choice.ordinary)
        found |= {one for one, better in zip(page, np.asarray(choice.second_is_better(features)).tolist(), strict=True) if better}
    return found
