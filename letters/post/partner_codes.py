"""The code table of a partner: the shipped tables with what people have mapped on top; who said it, when and why.

The newest row of a code counts, the others stay. Mapping a code: ``letters.post.mapping``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from letters.post.codes import CodeTable, load_code_table
from letters.post.meanings import table_with_rows
from letters.tables import Partner
from letters.tables_outcomes import CodeMapping
from records.clock import SHANGHAI
from records.errors import WrongUsage
from records.lists import one_of


def partner_named(session: Session, code: str) -> Partner:
    """The partner of this code.

    Raises:
        WrongUsage: there is none.
    """
    found = session.scalar(select(Partner).where(Partner.code == code))
    if found is None:
        raise WrongUsage(f"没有邮政合作方“{code}”。", "请用 handa partner list 查看。")
    return found


def tables_of(session: Session, partner_ids: Collection[UUID]) -> dict[UUID, CodeTable]:
    """The code tables in force, by partner."""
    rows: dict[UUID, list[tuple[tuple[str, str], ...]]] = {partner_id: [] for partner_id in partner_ids}
    for mapping in session.scalars(mappings_in_force().where(one_of(CodeMapping.partner_id, partner_ids))):
        rows[mapping.partner_id].append(tuple(sorted(mapping.cells.items())))
    return {partner_id: _table(tuple(own)) for partner_id, own in rows.items()}


def table_in_force(session: Session, partner_id: UUID) -> CodeTable:
    """One partner's code table."""
    return tables_of(session, [partner_id])[partner_id]


def mappings_in_force() -> Select[CodeMapping]:
    """The newest mapping of every code of every partner."""
    return (
        select(CodeMapping)
        .ext(distinct_on(CodeMapping.partner_id, CodeMapping.field, CodeMapping.code))
        .order_by(
            CodeMapping.partner_id,
            CodeMapping.field,
            CodeMapping.code,
            CodeMapping.at.desc(),
            CodeMapping.id.desc(),
        )
    )


@lru_cache(maxsize=64)
def _table(rows: tuple[tuple[tuple[str, str], ...], ...]) -> CodeTable:
    return table_with_rows([dict(cells) for cells in rows]) if rows else load_code_table()


def history_of(session: Session, partner_id: UUID) -> list[dict[str, Any]]:
    """Every mapping ever made for a partner, oldest first."""
    rows = session.scalars(
        select(CodeMapping).where(CodeMapping.partner_id == partner_id).order_by(CodeMapping.at, CodeMapping.id)
    )
    return [
        {
            "field": row.field, "code": row.code, "meaning": row.meaning, "name": row.cells["name"], "by": row.by, "why": row.why,
            "at": row.at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        }
        for row in rows
    ]  # fmt: skip


def table_if(session: Session, partner_id: UUID, cells: Mapping[str, str]) -> CodeTable:
    """The partner's table if ``cells`` were mapped too.

    Raises:
        WrongUsage: the table would contradict itself.
    """
    kept = [row.cells for row in session.scalars(mappings_in_force().where(CodeMapping.partner_id == partner_id))]
    others = [one for one in kept if (one["field"], one["code"]) != (cells["field"], cells["code"])]
    return table_with_rows([*others, cells])
