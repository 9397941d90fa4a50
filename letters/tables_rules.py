"""Tables of the rules' papers: confirmations of what people must see to, versions of the policy, policies in use.

Rows are only added (triggers refuse anything else): who confirmed or loosened what, when and why can be read years later.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Date, Index, Integer, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, Instant, Json, Key


class Confirmation(Base):
    """机构确认: a named person vouches for a rule that software can't see. The evidence lies sealed in the workspace."""

    __tablename__ = "confirmation"
    __table_args__ = (Index("ix_confirmation_rule", "rule_id", "at"),)
    id: Mapped[Key]
    rule_id: Mapped[str]
    lender_code: Mapped[str]
    firm_code: Mapped[str]
    agency_code: Mapped[str]
    """'' where the rule is not confirmed per lender, firm or agency."""
    confirmed_by: Mapped[str]
    actor: Mapped[str]
    evidence_name: Mapped[str]
    evidence_sha256: Mapped[str]
    covers_sha256: Mapped[str]
    """Fingerprint of what was confirmed (templates, payment channel …); '' where nothing of ours can change."""
    confirmed_on: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    """Last day it holds; None = no end was named."""
    at: Mapped[Instant]


class PolicyVersion(Base):
    """规则策略的一个版本: the whole document as adopted. The highest number is in force."""

    __tablename__ = "policy_version"
    __table_args__ = (UniqueConstraint("number"),)
    id: Mapped[Key]
    number: Mapped[int] = mapped_column(Integer)
    document: Mapped[str]
    """The TOML text."""
    sha256: Mapped[str]
    adopted_by: Mapped[str]
    reason: Mapped[str]
    loosened: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    actor: Mapped[str]
    at: Mapped[Instant]


class PolicyInUse(Base):
    """The parameters behind a decision's ``policy_sha256``: every value, and which layer set it."""

    __tablename__ = "policy_in_use"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[Json]
    version_number: Mapped[int] = mapped_column(Integer)
    """The policy version it was first made from; 0 = the shipped defaults."""
    at: Mapped[Instant]
