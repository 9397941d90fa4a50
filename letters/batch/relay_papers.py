"""Keeps the evidence of household use of a debt and its reviewer, without which nothing goes to a spouse (R-THP-05)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.tables_proof import HouseholdEvidence
from locate.contacts.relations import RelationGroup, relation_group
from locate.tables import Case, CaseContact
from records.audit import append_audit
from records.clock import Clock
from records.errors import WrongUsage
from records.identity import uuid7


def record_household(
    session: Session, case: Case, ordinal: int, *, name: str, sha256: str, reviewer: str, actor: str, clock: Clock
) -> None:
    """Record the evidence and who reviewed it.

    Raises:
        WrongUsage: there is no such contact, it is no spouse, or no reviewer is named.
    """
    if not reviewer.strip():
        raise WrongUsage("须写明复核人。", "请加 --reviewer。")
    contact = session.scalar(
        select(CaseContact).where(CaseContact.case_id == case.id, CaseContact.version == case.version, CaseContact.ordinal == ordinal)
    )
    if contact is None or relation_group(contact.relation) is not RelationGroup.SPOUSE:
        raise WrongUsage(f"案件 {case.case_no} 的联系人{ordinal}不是配偶，或不存在。", "请用 handa cases show 查看联系人。")
    session.add(
        HouseholdEvidence(
            id=uuid7(), case_id=case.id, contact_ordinal=ordinal, evidence_name=name, evidence_sha256=sha256,
            reviewer=reviewer.strip(), actor=actor, at=clock(),
        )
    )  # fmt: skip
    session.flush()
    append_audit(
        session, actor=actor, action="contact.household", subject=f"case:{case.case_no}",
        detail={"contact": ordinal, "evidence_sha256": sha256}, clock=clock,
    )  # fmt: skip
