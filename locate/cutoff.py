"""The cut-off between those who record what stops a letter and the hand-over's last look.

Whoever records a stop, a payment, a complaint, a refusal or a newer case holds the cut-off open (shared, until commit);
the hand-over takes it alone for the moment in which a batch becomes the partner's. So each such record is either seen by
the last look, or is later than the hand-over: nothing falls between.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

_LOCK = 0x48414E44_4355544F
"""Advisory lock "HANDCUTO"."""


def hold_open(session: Session) -> None:
    """Before recording what may stop a letter; until the session commits."""
    session.execute(select(func.pg_advisory_xact_lock_shared(_LOCK)))


def alone(session: Session) -> None:
    """Before the last look; until the session commits. Waits for those who are recording."""
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
