"""Learned models as kept: trained ones, which is in force, and who said so. The rules are in force where none was promoted.

A model file is numbers only (``models.delivery.estimators``): opening it executes nothing; its hash is its name and is checked.
"""

from __future__ import annotations

import gzip
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
RULES: Final = "rule"
"""What a person writes to put the rules back in force."""
PROMOTED, STEPPED_BACK = "promoted", "stepped_back"


@dataclass(frozen=True, slots=True)
class Kept:
    """A trained model as a list shows it."""

    version: str
    as_of: date
    at: datetime
    actor: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """What came into force; version '' = the rules."""

    version: str
    kind: str
    why: str
    actor: str
    at: datetime


def keep_model(session: Session, model: DeliveryModel, facts: Mapping[str, Any], as_of: date, *, actor: str, clock: Clock) -> bool:
    """Keep a trained model; False when this very one is kept already."""
    if session.scalar(select(LearnedModel.id).where(LearnedModel.version == model.version)) is not None:
        return False
    session.add(LearnedModel(
        id=uuid7(), task=DELIVERY, version=model.version, content=gzip.compress(model.to_bytes(), 6, mtime=0), facts=dict(facts), as_of=as_of,
        actor=actor, at=clock(),
    ))  # fmt: skip
    append_audit(session, actor=actor, action="model.trained", subject=f"model:{model.version}", detail={"as_of": as_of.isoformat()}, clock=clock)
    return True


def kept_models(session: Session) -> list[Kept]:
    """Every trained model, the newest first."""
    rows = session.scalars(select(LearnedModel).where(LearnedModel.task == DELIVERY).order_by(LearnedModel.at.desc(), LearnedModel.id.desc()))
    return [Kept(row.version, row.as_of, row.at, row.actor, row.facts) for row in rows]


def model_called(session: Session, version: str) -> Kept:
    """The model of this version, or the only one whose version begins so.

    Raises:
        WrongUsage: there is none, or several.
    """
    found = [one for one in kept_models(session) if one.version == version] or [one for one in kept_models(session) if one.version.startswith(version)]
    if len(found) != 1:
        what = "没有" if not found else f"有 {len(found)} 个"
        raise WrongUsage(f"{what}版本以“{version}”开头的送达模型。", "请用 handa models list 查看版本号。")
    return found[0]


def open_model(session: Session, version: str) -> DeliveryModel:
    """The model itself.

    Raises:
        WrongUsage: there is none of this version.
        Broken: what is kept is not what was trained.
    """
    content = session.scalar(select(LearnedModel.content).where(LearnedModel.version == version))
    if content is None:
        raise WrongUsage(f"没有版本为“{version}”的送达模型。", "请用 handa models list 查看版本号。")
    try:
        model = DeliveryModel.from_bytes(gzip.decompress(content))
    except (ValueError, OSError, EOFError) as fault:
        raise Broken(f"送达模型“{version}”读不出来：它由别的程序版本训练，或已损坏。", "请用 handa models promote rule 退回规则，再重新训练。") from fault
    if model.version != version:
        raise Broken(f"送达模型“{version}”与登记时不一致。", "请用 handa models promote rule 退回规则，并核对备份。")
    return model


def turns(session: Session) -> list[Turn]:
    """What came into force, the newest first."""
    rows = session.scalars(select(ModelTurn).where(ModelTurn.task == DELIVERY).order_by(ModelTurn.at.desc(), ModelTurn.id.desc()))
    return [Turn(row.version, row.kind, row.why, row.actor, row.at) for row in rows]


def champion(session: Session) -> str:
    """Version of the learned model in force; '' while the rules are."""
    query = select(ModelTurn.version).where(ModelTurn.task == DELIVERY).order_by(ModelTurn.at.desc(), ModelTurn.id.desc()).limit(1)
    return session.scalar(query) or ""


def choice_version(session: Session) -> str:
    """Version of whatever chooses addresses now: the champion's, or the rules'."""
    return champion(session) or RuleEstimator.version


def put_in_force(session: Session, version: str, kind: str, why: str, detail: Mapping[str, Any], *, actor: str, clock: Clock) -> None:
    """Put a model (or with '' the rules) in force from now on; plannings already opened end as they began."""
    session.add(ModelTurn(id=uuid7(), task=DELIVERY, version=version, kind=kind, why=why, detail=dict(detail), actor=actor, at=clock()))
    told = {name: value for name, value in detail.items() if isinstance(value, (str, bool, int))}  # figures stay with the turn
    append_audit(session, actor=actor, action=f"model.{kind}", subject=f"model:{version or RULES}", detail={"why": why, **told}, clock=clock)
