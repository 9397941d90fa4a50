"""What the gate and the complaint desk know of cases, as facts for the planning rules: one look for a whole chunk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.gate.conflicts import conflict_hits
from letters.gate.mandates import covered, mandates_on
from letters.rules.model import GateFacts
from letters.tables_answers import Complaint
from locate.loading import StoredCase
from locate.payments import posted_after
from locate.tables import ClaimSnapshot, Lender, Payment
from records.cipher import Cipher
from records.lists import one_of

NOTHING = GateFacts()


def gate_facts(
    session: Session, cipher: Cipher, firm_id: UUID, lender: Lender, day: date, cases: Sequence[StoredCase]
) -> Mapping[UUID, GateFacts]:
    """The facts of each case; cases of which nothing is known are left out when a mandate covers all."""
    ids = [case.case_id for case in cases]
    held = mandates_on(session, firm_id, lender.id, day)
    inside = covered(session, held, ids) if held else set(ids)
    conflicts: dict[UUID, list[str]] = defaultdict(list)
    for hit in conflict_hits(session, cipher, firm_id, lender, ids):
        conflicts[hit.case_id].append(hit.why)
    # In order of the day: the last one stays.
    paid: dict[UUID, date] = dict(
        session.execute(
            select(Payment.case_id, Payment.paid_on)
            .join(ClaimSnapshot, ClaimSnapshot.case_id == Payment.case_id)
            .where(one_of(ClaimSnapshot.id, [case.snapshot_id for case in cases]), posted_after())
            .order_by(Payment.paid_on)
        ).all()
    )
    complaints: dict[UUID, list[str]] = defaultdict(list)
    for case_id, number in session.execute(
        select(Complaint.case_id, Complaint.complaint_no)
        .where(one_of(Complaint.case_id, ids), Complaint.resolved_at.is_(None))
        .order_by(Complaint.complaint_no)
    ):
        complaints[case_id].append(number)
    return {
        case_id: GateFacts(
            outside_mandate=case_id not in inside,
            conflicts=tuple(conflicts.get(case_id, ())),
            paid_on=paid.get(case_id),
            open_complaints=tuple(complaints.get(case_id, ())),
        )
        for case_id in {*conflicts, *paid, *complaints, *(set(ids) - inside)}
    }
