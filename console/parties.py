"""Which party a command means when it names none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from records.errors import WrongUsage

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def only_partner(session: Session) -> str:
    """The code of the one postal partner.

    Raises:
        WrongUsage: there is none, or there are several.
    """
    from sqlalchemy import select

    from letters.tables import Partner

    codes = list(session.scalars(select(Partner.code).order_by(Partner.code)))
    if len(codes) != 1:
        raise WrongUsage("请用 --partner 指明邮政合作方。", f"已登记：{'、'.join(codes) or '无'}")
    return codes[0]
