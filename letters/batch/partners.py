"""Changing what is registered of a postal partner: settings are replaced one by one, every change on the audit chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import Session

from letters.tables import Partner
from records.audit import append_audit
from records.clock import Clock

RECIPIENT: Final = "age_recipient"
"""Setting: the partner's age public key; hand-over is encrypted while it is there."""
LOW_DAYS_SETTING: Final = "low_numbers_days"
"""Setting: days of item numbers left under which an operator is warned."""


def change_partner(
    session: Session, partner: Partner, values: Mapping[str, object | None], *, actor: str, clock: Clock
) -> dict[str, object | None]:
    """Set settings (None removes one); returns what really changed."""
    changed = {name: value for name, value in values.items() if partner.settings.get(name) != value}
    if not changed:
        return {}
    kept = {name: value for name, value in {**partner.settings, **changed}.items() if value is not None}
    partner.settings = kept
    append_audit(session, actor=actor, action="partner.set", subject=f"partner:{partner.code}", detail=dict(changed), clock=clock)
    return changed
