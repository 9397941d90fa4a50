"""A case as an operator sees it on screen: masked, with its claim, addresses, contacts, stops and latest decision."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from locate.case import StopKind
from locate.loading import load_cases
from locate.masking import mask_address, mask_id, mask_mobile, mask_name
from locate.stops import STOP_NAMES
from locate.tables import Case, CaseAddress, CaseStop, Decision, Lender
from records.cipher import Cipher
from records.money import yuan


def list_cases(session: Session, lender_code: str | None, limit: int) -> tuple[int, list[dict[str, Any]]]:
    """(number of cases, the first ``limit`` of them) in order of lender and case number; no personal text."""
    query = select(Case, Lender.code).join(Lender, Lender.id == Case.lender_id)
    count = select(func.count()).select_from(Case).join(Lender, Lender.id == Case.lender_id)
    if lender_code is not None:
        query, count = query.where(Lender.code == lender_code), count.where(Lender.code == lender_code)
    stopped = set(session.scalars(select(CaseStop.case_id).where(CaseStop.cleared_at.is_(None))))
    rows = session.execute(query.order_by(Lender.code.collate("C"), Case.case_no.collate("C")).limit(limit))
    return session.scalar(count) or 0, [
        {
            "lender": code,
            "case_no": case.case_no,
            "product": case.product,
            "version": case.version,
            "stopped": case.id in stopped,
        }
        for case, code in rows
    ]


def lender_known(session: Session, lender_code: str) -> bool:
    """Whether there is a lender with this code."""
    return session.scalar(select(Lender.id).where(Lender.code == lender_code)) is not None


def case_view(
    session: Session, cipher: Cipher, case: Case, *, beside: Select[UUID] | None = None
) -> dict[str, Any]:
    """One case, personal text masked. ``beside``: ids of decisions that are not about the demand (relay letters)."""
    (stored,) = load_cases(session, cipher, [case.id])
    record = stored.record
    kept = {row.id: row for row in session.scalars(select(CaseAddress).where(CaseAddress.id.in_(stored.address_ids)))}
    latest = select(Decision).where(Decision.case_id == case.id).order_by(Decision.made_at.desc()).limit(1)
    decision = session.scalar(latest if beside is None else latest.where(Decision.id.not_in(beside)))
    stops = session.scalars(select(CaseStop).where(CaseStop.case_id == case.id).order_by(CaseStop.created_at))
    return {
        "case_no": record.case_no,
        "debtor": mask_name(record.debtor_name),
        "id_number": mask_id(record.id_number),
        "mobile": mask_mobile(record.mobile),
        "product": record.product,
        "as_of": record.claim.as_of,
        "total": yuan(record.claim.total),
        "overdue_since": record.claim.overdue_since,
        "addresses": [
            {
                "ordinal": given.ordinal,
                "kind": given.kind.value,
                "source": given.source.value,
                "text": mask_address(given.text),
                "grade": kept[address_id].grade,
                "issues": kept[address_id].issues,
            }
            for address_id, given in zip(stored.address_ids, record.addresses, strict=True)
        ],
        "contacts": [
            {
                "ordinal": contact.ordinal,
                "name": mask_name(contact.name),
                "relation": contact.relation,
                "opted_out": contact.opted_out or contact.ordinal in stored.opted_out,
            }
            for contact in record.contacts
        ],
        "stops": [
            {
                "kind": stop.kind,
                "name": STOP_NAMES[StopKind(stop.kind)],
                "since": stop.since,
                "reason": stop.reason,
                "cleared_at": stop.cleared_at,
                "cleared_why": stop.cleared_why,
            }
            for stop in stops
        ],
        "decision": None
        if decision is None
        else {
            "day": decision.day,
            "verdict": decision.verdict,
            "findings": decision.findings,
            "reasons": decision.reasons,
            "probability": decision.probability,
            "model_version": decision.model_version,
        },
    }
