"""A partner's own products and tariffs, registered whole, and which of them a planning or batch was made under.

The table's form is ``letters.post.products``'s. A batch keeps to the table of its planning: what is agreed anew later
changes neither its weights nor its postage.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.post.products import Catalogue, catalogue_with, read_override
from letters.tables import Batch, Partner, Planning
from letters.tables_numbers import PartnerProducts
from records.audit import append_audit
from records.clock import Clock
from records.errors import Broken
from records.identity import uuid7


def register_products(session: Session, partner: Partner, path: Path | None, *, actor: str, clock: Clock) -> PartnerProducts | None:
    """Register a partner's product table (None = back to the shipped one); None when it is the one in force already.

    Raises:
        WrongUsage: the file can't be read or a value in it is out of form.
    """
    content = "" if path is None else read_override(path)
    name = "" if path is None else path.name
    catalogue_with(content, name)
    last = _last(session, partner.id)
    if content == (last.content if last else ""):
        return None
    row = PartnerProducts(
        id=uuid7(), partner_id=partner.id, number=(last.number if last else 0) + 1, name=name, content=content,
        sha256=hashlib.sha256(content.encode()).hexdigest(), at=clock(), actor=actor,
    )  # fmt: skip
    session.add(row)
    session.flush()
    append_audit(
        session, actor=actor, action="partner.products", subject=f"partner:{partner.code}",
        detail={"number": row.number, "name": name, "sha256": row.sha256}, clock=clock,
    )  # fmt: skip
    return row


def _last(session: Session, partner_id: UUID) -> PartnerProducts | None:
    return session.scalar(
        select(PartnerProducts).where(PartnerProducts.partner_id == partner_id).order_by(PartnerProducts.number.desc()).limit(1)
    )


def products_in_force(session: Session, partner_id: UUID) -> tuple[int, Catalogue]:
    """(number of the partner's registered table, 0 for none; the catalogue that it gives)."""
    last = _last(session, partner_id)
    return (0, catalogue_with("")) if last is None else (last.number, catalogue_with(last.content, last.name))


def catalogue_numbered(session: Session, partner_id: UUID, number: int) -> Catalogue:
    """The catalogue of the partner's table with this number; 0 is the shipped one."""
    if not number:
        return catalogue_with("")
    row = session.scalars(
        select(PartnerProducts).where(PartnerProducts.partner_id == partner_id, PartnerProducts.number == number)
    ).one()
    return catalogue_with(row.content, row.name)


def catalogue_of(session: Session, batch: Batch) -> Catalogue:
    """The catalogue that a batch was planned under.

    Raises:
        Broken: the shipped table has changed since; the batch's postage can't be computed as it was.
    """
    args = session.get_one(Planning, batch.planning_id).args
    catalogue = catalogue_numbered(session, batch.partner_id, int(str(args.get("products", 0))))
    if args.get("tariff_sha256", catalogue.sha256) != catalogue.sha256:
        raise Broken(
            f"批次 {batch.batch_no} 计划之后，随程序发布的产品与资费表改变了。", "请用计划时的程序版本完成本批，或作废后重新计划。"
        )
    return catalogue


def tariff_of(session: Session, batch: Batch) -> str:
    """The recorded hash of the product table that a batch was planned under; '' where none was recorded yet."""
    return str(session.get_one(Planning, batch.planning_id).args.get("tariff_sha256", ""))
