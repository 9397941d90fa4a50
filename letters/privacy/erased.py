"""Whether a case's personal text is still there."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from letters.tables_privacy import ErasedCase
from locate.tables import Case
from records.errors import WrongUsage


def is_erased() -> ColumnElement[bool]:
    """Cases whose present version was erased: nobody plans, judges or shows them."""
    return exists().where(ErasedCase.case_id == Case.id, ErasedCase.version == Case.version)


def demand_there(session: Session, case: Case) -> None:
    """That there is something to look at.

    Raises:
        WrongUsage: the case's personal text was erased.
    """
    row = session.scalar(select(ErasedCase).where(ErasedCase.case_id == case.id, ErasedCase.version == case.version))
    if row is not None:
        raise WrongUsage(
            f"案件 {case.case_no} 的个人信息已于 {row.at:%Y-%m-%d} 删除（{row.by}：{row.reason}）。",
            "金额、审查结果与函号登记仍可用 handa batch decisions、handa firm register 查看。",
        )
