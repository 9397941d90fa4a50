"""Learned models as kept: trained ones, which is in force, and who said so. The rules are in force where none was promoted.

A model file is numbers only (``models.delivery.estimators``): opening it executes nothing; its hash is its name and is checked.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.tables_models import LearnedModel, ModelTurn
from locate.choose import RuleEstimator
from models.delivery.estimators import DeliveryModel
from records.audit import append_audit
from records.clock import Clock
from records.errors import Broken, WrongUsage
from records.identity import uuid7

DELIVERY: Final = "delivery"
CONTACTS: Final = "contacts"
"""A contact model is one lender's own (R-SRC-05): it comes into force under ``contact_scope``."""
LETTERS: Final = "letters"
"""The letter score: orders letters where not all can go."""
TEMPLATES: Final = "templates"
"""The choice between two templates: one lender's own, in force under ``template_scope``."""
VALUE: Final = "value"
"""What a person writes to go back from a letter score to the expected value of a delivery."""
TEMPLATE: Final = "template"
"""What a person writes to go back from a choice between templates to the ordinary one."""
RULES: Final = "rule"
"""What a person writes to put the rules back in force."""
PROMOTED, STEPPED_BACK = "promoted", "stepped_back"


@dataclass(frozen=True, slots=True)
class Kept:
    """A trained model as a list shows it."""

    task: str
    version: str
    as_of: date
    at: datetime
    actor: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """What came into force; version '' = the rules. ``scope``: ``delivery``, ``letters``, ``contacts:LENDER`` or ``templates:LENDER``."""

    scope: str
    version: str
    kind: str
    why: str
    actor: str
    at: datetime


def contact_scope(lender_code: str) -> str:
    """Under what a lender's contact model comes into force."""
    return f"{CONTACTS}:{lender_code}"


def template_scope(lender_code: str) -> str:
    """Under what a lender's choice between templates comes into force."""
    return f"{TEMPLATES}:{lender_code}"


def keep_model(session: Session, model: DeliveryModel, facts: Mapping[str, Any], as_of: date, *, actor: str, clock: Clock) -> bool:
    """Keep a trained delivery model; False when this very one is kept already."""
    return keep_content(session, DELIVERY, model.version, model.to_bytes(), facts, as_of, actor=actor, clock=clock)


def keep_content(
    session: Session, task: str, version: str, content: bytes, facts: Mapping[str, Any], as_of: date, *, actor: str, clock: Clock
) -> bool:
    """Keep the file of a trained model; False when this very one is kept already."""
    if session.scalar(select(LearnedModel.id).where(LearnedModel.version == version)) is not None:
        return False
    session.add(LearnedModel(
        id=uuid7(), task=task, version=version, content=gzip.compress(content, 6, mtime=0), facts=finite(dict(facts)), as_of=as_of, actor=actor, at=clock(),
    ))  # fmt: skip
    append_audit(session, actor=actor, action="model.trained", subject=f"model:{version}", detail={"as_of": as_of.isoformat()}, clock=clock)
    return True


def finite(value: Any) -> Any:
    """A value of JSON's kinds with figures that could not be computed (NaN) as None: JSON knows no other word for them."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: finite(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(inner) for inner in value]
    return value


def kept_models(session: Session, task: str | None = None) -> list[Kept]:
    """Every trained model (of a task), the newest first."""
    query = select(LearnedModel).order_by(LearnedModel.at.desc(), LearnedModel.id.desc())
    rows = session.scalars(query if task is None else query.where(LearnedModel.task == task))
    return [Kept(row.task, row.version, row.as_of, row.at, row.actor, row.facts) for row in rows]


def model_called(session: Session, version: str) -> Kept:
    """The model of this version, or the only one whose version begins so.

    Raises:
        WrongUsage: there is none, or several.
    """
    found = [one for one in kept_models(session) if one.version == version] or [one for one in kept_models(session) if one.version.startswith(version)]
    if len(found) != 1:
        what = "没有" if not found else f"有 {len(found)} 个"
        raise WrongUsage(f"{what}版本以“{version}”开头的模型。", "请用 handa models list 查看版本号。")
    return found[0]


def content_of(session: Session, version: str) -> bytes:
    """The model's file.

    Raises:
        WrongUsage: there is none of this version.
        Broken: it can't be unpacked.
    """
    content = session.scalar(select(LearnedModel.content).where(LearnedModel.version == version))
    if content is None:
        raise WrongUsage(f"没有版本为“{version}”的模型。", "请用 handa models list 查看版本号。")
    try:
        return gzip.decompress(content)
    except (OSError, EOFError) as fault:
        raise Broken(f"模型“{version}”已损坏。", "请用 handa models promote rule 退回规则，并核对备份。") from fault


def open_model(session: Session, version: str) -> DeliveryModel:
    """The model itself.

    Raises:
        WrongUsage: there is none of this version.
        Broken: what is kept is not what was trained.
    """
    content = content_of(session, version)
    try:
        model = DeliveryModel.from_bytes(content)
    except ValueError as fault:
        raise Broken(f"送达模型“{version}”读不出来：它由别的程序版本训练，或已损坏。", "请用 handa models promote rule 退回规则，再重新训练。") from fault
    if model.version != version:
        raise Broken(f"送达模型“{version}”与登记时不一致。", "请用 handa models promote rule 退回规则，并核对备份。")
    return model


def turns(session: Session) -> list[Turn]:
    """What came into force, the newest first."""
    rows = session.scalars(select(ModelTurn).order_by(ModelTurn.at.desc(), ModelTurn.id.desc()))
    return [Turn(row.task, row.version, row.kind, row.why, row.actor, row.at) for row in rows]


def champion(session: Session, scope: str = DELIVERY) -> str:
    """Version of the learned model in force; '' while the rules are."""
    query = select(ModelTurn.version).where(ModelTurn.task == scope).order_by(ModelTurn.at.desc(), ModelTurn.id.desc()).limit(1)
    return session.scalar(query) or ""


def choice_version(session: Session) -> str:
    """Version of whatever chooses addresses now: the champion's, or the rules'."""
    return champion(session) or RuleEstimator.version


def put_in_force(
    session: Session, version: str, kind: str, why: str, detail: Mapping[str, Any], *, actor: str, clock: Clock, scope: str = DELIVERY
) -> None:
    """Put a model (or with '' the rules) in force from now on; plannings already opened end as they began."""
    session.add(ModelTurn(id=uuid7(), task=scope, version=version, kind=kind, why=why, detail=dict(detail), actor=actor, at=clock()))
    told = {name: value for name, value in detail.items() if isinstance(value, (str, bool, int))}  # figures stay with the turn
    append_audit(session, actor=actor, action=f"model.{kind}", subject=f"model:{version or RULES}", detail={"why": why, "scope": scope, **told}, clock=clock)
