"""Template versions filed with the lender (R-OUT-03) and approved by the firm (R-LAW-05): by name and by content."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.tables import Firm
from letters.tables_gate import TemplateFiling
from locate.tables import Lender
from records.audit import append_audit
from records.clock import Clock
from records.errors import WrongUsage
from records.identity import uuid7


def file_template(
    session: Session,
    lender: Lender,
    *,
    template: str,
    bundle_sha256: str,
    filed_on: date,
    reference: str,
    actor: str,
    clock: Clock,
) -> bool:
    """Record that this version was filed with the lender; False when it was known.

    Raises:
        WrongUsage: the lender's reference is missing.
    """
    if not reference.strip():
        raise WrongUsage("须写明资方的备案编号或邮件。", "请加 --reference。")
    if filed_with(session, lender.id, template, bundle_sha256):
        return False
    session.add(
        TemplateFiling(
            id=uuid7(), lender_id=lender.id, template=template, bundle_sha256=bundle_sha256, filed_on=filed_on,
            reference=reference, actor=actor, at=clock(),
        )
    )  # fmt: skip
    append_audit(
        session, actor=actor, action="lender.template_filed", subject=f"lender:{lender.code}",
        detail={"template": template, "bundle_sha256": bundle_sha256, "reference": reference}, clock=clock,
    )  # fmt: skip
    return True


def filed_with(session: Session, lender_id: UUID, template: str, bundle_sha256: str, by: date | None = None) -> bool:
    """Whether exactly this version is filed with the lender (on or before ``by``)."""
    query = select(TemplateFiling.id).where(
        TemplateFiling.lender_id == lender_id,
        TemplateFiling.template == template,
        TemplateFiling.bundle_sha256 == bundle_sha256,
    )
    if by is not None:
        query = query.where(TemplateFiling.filed_on <= by)
    return session.scalar(query) is not None


def approved_by(firm: Firm, template: str, bundle_sha256: str) -> bool:
    """Whether the firm approved this version. Approvals recorded before hashes were kept count by name."""
    hashes = firm.settings.get("approved_hashes", {})
    return template in firm.settings.get("approved_templates", []) and hashes.get(template, bundle_sha256) == bundle_sha256
