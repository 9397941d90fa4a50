"""Confirmations of organisational rules: kept with their evidence, listed, and asked for what is missing on a day.

The duties themselves are ``letters.rules.duties``. Evidence is sealed before it touches the disk; its hash is in the clear.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from letters.batch.model_store import choice_version
from letters.batch.policies import policy_in_force
from letters.compose import load_bundle
from letters.rules.duties import (
    BY_ID,
    LARGE_PROCESSOR,
    Circumstances,
    Confirmed,
    Duty,
    Per,
    When,
    holds_until,
    unmet,
)
from letters.rules.model import Finding
from letters.tables import Firm, Partner
from letters.tables_rules import Confirmation
from locate.tables import Case, Lender
from records.audit import append_audit
from records.database import Database
from records.errors import Broken, WrongUsage
from records.files import write_once
from records.identity import uuid7

COLUMN = "confirmation.evidence"
LARGEST = 20 << 20
"""Bytes of an evidence file: a scan, not an archive."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a confirmation is for; '' where a rule is not confirmed per that party."""

    lender: str = ""
    firm: str = ""
    agency: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A confirmation as a list shows it."""

    rule_id: str
    title: str
    scope: Scope
    by: str
    confirmed_on: date
    holds_until: date | None
    evidence_name: str
    evidence_sha256: str
    id: str


def missing_confirmations(session: Session, lender: Lender, firm: Firm, day: date) -> list[Finding]:
    """What nobody vouches for on ``day``; a finding of severity BLOCK or HOLD must stop the release of that lender's letters.

    Subjects are ``house``, ``lender:CODE``, ``firm:CODE/agency:CODE`` and the like; each sentence names the command to run.
    """
    policy = policy_in_force(session, firm.code, lender.code)
    rows = session.scalars(select(Confirmation).where(Confirmation.lender_code.in_(("", lender.code))))
    confirmed = [
        Confirmed(row.rule_id, row.lender_code, row.firm_code, row.agency_code, row.confirmed_on, row.until, row.covers_sha256)
        for row in rows
    ]
    return unmet(confirmed, circumstances(session, lender, firm, day), policy)


def circumstances(session: Session, lender: Lender, firm: Firm, day: date) -> Circumstances:
    """Whom a release would bind, and what confirmations must have been made for."""
    agencies = (str(code),) if (code := lender.settings.get("partner")) else tuple(session.scalars(select(Partner.code).order_by(Partner.code)))
    left = tuple(session.scalars(select(Firm.code).where(~Firm.active).order_by(Firm.code)))
    return Circumstances(day, lender.code, firm.code, agencies, left, _persons(session), (*covers_now(lender, firm), ("choice_model", _fingerprint([choice_version(session)]))))


def _persons(session: Session) -> int:
    """Distinct persons; counted only where the server's own estimate says that the number could matter."""
    rough = session.scalar(text("SELECT reltuples::bigint FROM pg_class WHERE oid = 'case'::regclass")) or 0
    return (session.scalar(select(func.count(func.distinct(Case.id_bidx)))) or 0) if rough > LARGE_PROCESSOR // 2 else 0


def covers_now(lender: Lender, firm: Firm | None) -> tuple[tuple[str, str], ...]:
    """Fingerprints of what confirmations are made for, as it is now."""
    template = str(lender.settings.get("template", "consumer@1"))
    filed = [template, load_bundle(template).sha256, *((firm.address, firm.phone) if firm else ())]
    return (
        ("payment_channel", _fingerprint([lender.settings.get("payment_channel", "")])),
        ("filed_with_lender", _fingerprint(filed)),
    )


def _fingerprint(what: object) -> str:
    return hashlib.sha256(json.dumps(what, ensure_ascii=False).encode()).hexdigest()


def confirm(
    db: Database, rule_id: str, scope: Scope, *, by: str, evidence: Path, until: date | None, day: date, actor: str
) -> Kept:
    """Keep that ``by`` vouches for a rule, with the evidence sealed in the workspace.

    Raises:
        WrongUsage: no such duty, the wrong parties, an end in the past, or no readable evidence.
    """
    duty = BY_ID.get(rule_id.upper())
    if duty is None:
        raise WrongUsage(f"规则“{rule_id}”不靠人工确认。", f"可确认的规则：{'、'.join(BY_ID)}。")
    _demand_scope(duty, scope)
    if not by.strip():
        raise WrongUsage("确认必须写明确认人。", "请加 --by 姓名。")
    if until is not None and until < day:
        raise WrongUsage(f"有效期 {until} 早于今天，确认没有意义。", "请核对 --until。")
    data = _read(evidence)
    key = uuid7()
    sealed = db.cipher.seal(COLUMN, key, base64.b64encode(data).decode())
    with db.session() as session:
        covers = _covers_of(session, duty, scope)
        row = Confirmation(
            id=key, rule_id=duty.rule_id, lender_code=scope.lender, firm_code=scope.firm, agency_code=scope.agency,
            confirmed_by=by, actor=actor, evidence_name=evidence.name, evidence_sha256=hashlib.sha256(data).hexdigest(),
            covers_sha256=covers, confirmed_on=day, until=until, at=db.clock(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        # The paper before the commit: a row without its paper would be a false promise, a paper without a row is none.
        folder = db.settings.workspace.evidence
        folder.mkdir(mode=0o700, exist_ok=True)
        write_once(folder / f"{key}.sealed", sealed)
        append_audit(
            session, actor=actor, action="rule.confirmed", subject=f"rule:{duty.rule_id}",
            detail={
                "lender": scope.lender, "firm": scope.firm, "agency": scope.agency, "by": by,
                "evidence_sha256": row.evidence_sha256, "until": str(until) if until else None,
            },
            clock=db.clock,
        )  # fmt: skip
        return _kept(row)


def open_evidence(db: Database, confirmation_id: str, *, actor: str) -> tuple[str, bytes]:
    """(name, bytes) of the paper behind a confirmation, checked against its hash.

    Raises:
        WrongUsage: there is no such confirmation or its paper is not in this workspace.
        Broken: the paper is not the one that was confirmed.
    """
    with db.session() as session:
        row = next((one for one in session.scalars(select(Confirmation)) if str(one.id) == confirmation_id), None)
        if row is None:
            raise WrongUsage(f"没有编号为“{confirmation_id}”的确认。", "请用 handa rules confirmations 查看。")
        key, name, digest = row.id, row.evidence_name, row.evidence_sha256
        append_audit(session, actor=actor, action="rule.evidence_opened", subject=f"confirmation:{key}", clock=db.clock)
    path = db.settings.workspace.evidence / f"{key}.sealed"
    if not path.exists():
        raise WrongUsage(f"本工作区没有这份依据的原件（{name}）。", "请在登记确认的那台机器上查看，或从备份恢复 evidence 文件夹。")
    data = base64.b64decode(db.cipher.open(COLUMN, key, path.read_bytes()))
    if hashlib.sha256(data).hexdigest() != digest:
        raise Broken(f"依据“{name}”与登记时不一致。", "请保留现场，核对备份。")
    return name, data


def list_confirmations(session: Session, rule_id: str | None = None) -> list[Kept]:
    """Every confirmation, the newest first."""
    query = select(Confirmation).order_by(Confirmation.at.desc(), Confirmation.id.desc())
    if rule_id is not None:
        query = query.where(Confirmation.rule_id == rule_id.upper())
    return [_kept(row) for row in session.scalars(query)]


def _kept(row: Confirmation) -> Kept:
    duty = BY_ID[row.rule_id]
    scope = Scope(row.lender_code, row.firm_code, row.agency_code)
    one = Confirmed(row.rule_id, *_codes(scope), row.confirmed_on, row.until, row.covers_sha256)
    return Kept(
        row.rule_id, duty.title, scope, row.confirmed_by, row.confirmed_on, holds_until(duty, one), row.evidence_name,
        row.evidence_sha256, str(row.id),
    )  # fmt: skip


def _codes(scope: Scope) -> tuple[str, str, str]:
    return scope.lender, scope.firm, scope.agency


_ASKED: dict[Per, tuple[str, ...]] = {
    Per.HOUSE: (),
    Per.LENDER: ("lender",),
    Per.AGENCY: ("agency",),
    Per.LENDER_AGENCY: ("lender", "agency"),
    Per.FIRM_AGENCY: ("firm", "agency"),
}


def _demand_scope(duty: Duty, scope: Scope) -> None:
    wanted = ("agency",) if duty.when is When.LEFT else _ASKED[duty.per]
    given = tuple(name for name, code in zip(("lender", "firm", "agency"), _codes(scope), strict=True) if code)
    if set(given) != set(wanted):
        words = " ".join(f"--{name} 代码" for name in wanted) or "不带 --lender、--firm、--agency"
        raise WrongUsage(f"规则 {duty.rule_id} 的确认对象不对。", f"这条规则请写：{words}。")


def _covers_of(session: Session, duty: Duty, scope: Scope) -> str:
    """The fingerprint of what is confirmed; demands that the parties exist.

    Raises:
        WrongUsage: one is not registered.
    """
    lender = session.scalar(select(Lender).where(Lender.code == scope.lender)) if scope.lender else None
    if scope.lender and lender is None:
        raise WrongUsage(f"没有资方“{scope.lender}”。", "请用 handa lender list 查看。")
    firms = {code: firm for firm in session.scalars(select(Firm).order_by(Firm.code)) for code in (firm.code,)}
    partners = set(session.scalars(select(Partner.code)))
    if scope.firm and scope.firm not in firms:
        raise WrongUsage(f"没有律所“{scope.firm}”。", "请用 handa firm list 查看。")
    if scope.agency and scope.agency not in partners | set(firms):
        raise WrongUsage(f"没有机构“{scope.agency}”。", "机构是律所或邮政合作方的代码，请用 handa firm list、handa partner list 查看。")
    if not duty.covers:
        return ""
    if duty.covers == "choice_model":
        return _fingerprint([choice_version(session)])
    if lender is None:
        raise WrongUsage(f"规则 {duty.rule_id} 须按资方确认。", "请加 --lender 代码。")
    firm = firms.get(str(lender.settings.get("firm", ""))) or (next(iter(firms.values())) if len(firms) == 1 else None)
    return dict(covers_now(lender, firm))[duty.covers]


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise WrongUsage(f"无法读取依据文件 {path}。", "请核对路径与权限。") from fault
    if not data or len(data) > LARGEST:
        raise WrongUsage(f"依据文件 {path.name} 为空或超过 20 MB。", "请改用一份扫描件或 PDF。")
    return data

