"""The control group: a drawn part of first letters waits for a window, so that it can be told what letters really do.

Off unless the policy says so (``control_per_mille``). The draw is keyed by the case, so it is the same whenever it is asked for
and foreseeable to nobody outside. Nobody waits longer than the window, nobody twice, and nobody whose claim lapses within the
window and the days that planning warns ahead. What was drawn stands on the decision, with its probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from letters.batch.dealing import CONTROL_RULE
from letters.batch.delivery_rows import CONTROL
from letters.rules.policy import Policy
from locate.tables import Decision
from models.uplift.trials import WINDOW_DAYS
from records.cipher import Cipher
from records.lists import one_of

MESSAGE: Final = "随机对照：本案被抽入对照组，暂缓至 {until} 以后再寄（对照比例 {share:.1%}），用于测算函件本身带来多少还款。"


@dataclass(frozen=True, slots=True)
class Control:
    """A case that may be drawn. ``until``: the last day on which it waits, if it is drawn."""

    per_mille: int
    drawn: bool
    until: date

    def as_json(self, cost_fen: int) -> dict[str, Any]:
        """What the decision keeps beside its offer."""
        return {"per_mille": self.per_mille, "drawn": self.drawn, "until": self.until.isoformat(), "cost_fen": cost_fen}


def control_since(session: Session, case_ids: Sequence[UUID]) -> dict[UUID, date]:
    """Since when cases have waited, or did wait, in the control group."""
    rows = session.execute(
        select(Decision.case_id, func.min(Decision.day).label("since"))
        .where(one_of(Decision.case_id, case_ids), Decision.rule_ids.contains([CONTROL_RULE]))
        .group_by(Decision.case_id)
    )
    return {row.case_id: row.since for row in rows}


def control_of(cipher: Cipher, case_id: UUID, policy: Policy, day: date, lapses_on: date | None, since: date | None) -> Control | None:
    """Whether the case's first letter stands in the draw today, and how it was drawn; None = it does not.

    Args:
        lapses_on: last day of limitation; None = nobody knows it, so nobody waits.
        since: since when the case has waited; None = it never did.
    """
    if not policy.control_per_mille:
        return None
    until = (since or day) + timedelta(days=WINDOW_DAYS)
    waited = day > until
    urgent = lapses_on is None or lapses_on <= until + timedelta(days=policy.limitation_warn_days)
    if waited or urgent:
        return None
    number = int.from_bytes(cipher.blind("control.draw", str(case_id))[:8], "big") / 2**64
    return Control(policy.control_per_mille, number * 1000 < policy.control_per_mille, until)


def control_message(kept: Mapping[str, Any]) -> str:
    """The sentence on a decision that waits."""
    return MESSAGE.format(until=kept["until"], share=int(kept["per_mille"]) / 1000)


def drawn_of(offer: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What a decision's offer keeps of the draw."""
    found = (offer or {}).get(CONTROL)
    return found if isinstance(found, Mapping) else None
