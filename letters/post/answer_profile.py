"""A partner's own column names, saved by name like lenders' profiles, and which of them is used when none is named.

Header → field name of docs/post-answers.md, or ``ignore`` for a column that is known and not wanted. A saved profile is
never changed: saving a name again adds a version, and the newest counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from letters.post.answer_forms import FIELD_NAMES, IGNORE, header_key
from letters.tables import Partner
from letters.tables_outcomes import AnswerProfile
from records.audit import append_audit
from records.clock import SHANGHAI, Clock
from records.errors import WrongUsage
from records.identity import uuid7

_USED: Final = "answer_profile"
_OLDER: Final = "answer_columns"
"""Key of ``Partner.settings`` where one unnamed mapping stood before there were profiles."""
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Columns:
    """A checked profile."""

    name: str
    columns: Mapping[str, str]


def checked_columns(columns: Mapping[str, object]) -> dict[str, str]:
    """The mapping, checked.

    Raises:
        WrongUsage: no column at all, a field that is none, or one header named twice.
    """
    if not 0 < len(columns) <= _MOST:
        raise WrongUsage(f"列对应关系应有 1 至 {_MOST} 项。", "例如 --map 运单编号=mailnum --map 内部备注=ignore。", code="E-PROFILE")
    keys: dict[str, str] = {}
    for header, field in columns.items():
        if field != IGNORE and field not in FIELD_NAMES:
            listed = "、".join((*FIELD_NAMES, IGNORE))
            raise WrongUsage(f"没有字段“{field}”。", f"可用：{listed}。", code="E-PROFILE")
        key = header_key(header)
        if not key or key in keys:
            raise WrongUsage(f"列名“{header}”为空或与“{keys.get(key, '')}”重复。", "请核对列名。", code="E-PROFILE")
        keys[key] = header
    return {header: str(field) for header, field in columns.items()}


def save_profile(session: Session, partner: Partner, name: str, columns: Mapping[str, object], *, actor: str, clock: Clock) -> bool:
    """Keep a profile; False when the newest of this name says the same already.

    Raises:
        WrongUsage: it is none.
    """
    checked = checked_columns(columns)
    known = _newest(session, partner).get(name)
    if known is not None and known.columns == checked:
        return False
    session.add(AnswerProfile(id=uuid7(), partner_id=partner.id, name=name, columns=checked, actor=actor, at=clock()))
    session.flush()
    append_audit(session, actor=actor, action="answer_profile.saved", subject=f"partner:{partner.code}", detail={"name": name}, clock=clock)
    return True


def use_profile(session: Session, partner: Partner, name: str | None, *, actor: str, clock: Clock) -> None:
    """Use this profile when an import names none; None = none.

    Raises:
        WrongUsage: there is no such profile.
    """
    if name is not None:
        _demand(session, partner, name)
    if partner.settings.get(_USED) == name:
        return
    partner.settings = {**{key: value for key, value in partner.settings.items() if key != _USED}, **({_USED: name} if name else {})}
    session.flush()
    append_audit(session, actor=actor, action="answer_profile.used", subject=f"partner:{partner.code}", detail={"name": name}, clock=clock)


def profile_in_use(session: Session, partner: Partner, name: str | None = None) -> Columns | None:
    """The profile of this name, else the one in use, else none.

    Raises:
        WrongUsage: it was named and is not there.
    """
    wanted = name or partner.settings.get(_USED)
    if wanted:
        return _demand(session, partner, str(wanted))
    older = partner.settings.get(_OLDER)
    return Columns("", {str(key): str(value) for key, value in older.items()}) if isinstance(older, dict) else None


def profiles_of(session: Session, partner: Partner) -> list[dict[str, Any]]:
    """The profiles in force, by name."""
    used = partner.settings.get(_USED)
    return [
        {
            "name": name, "columns": row.columns, "in_use": name == used, "by": row.actor,
            "at": row.at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        }
        for name, row in sorted(_newest(session, partner).items())
    ]  # fmt: skip


def _newest(session: Session, partner: Partner) -> dict[str, AnswerProfile]:
    rows = session.scalars(
        select(AnswerProfile)
        .ext(distinct_on(AnswerProfile.name))
        .where(AnswerProfile.partner_id == partner.id)
        .order_by(AnswerProfile.name, AnswerProfile.at.desc(), AnswerProfile.id.desc())
    )
    return {row.name: row for row in rows}


def _demand(session: Session, partner: Partner, name: str) -> Columns:
    found = _newest(session, partner)
    if name not in found:
        listed = "、".join(found) or "无"
        raise WrongUsage(f"合作方 {partner.code} 没有列对应方案“{name}”。", f"已有：{listed}。请用 handa partner profile save 保存。", code="E-PROFILE")
    return Columns(name, found[name].columns)
