"""The parties of a batch: lender, firm, lawyer, partner. Reading and adding their rows; views that the rules take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.rules.letter_text import LETTER_NUMBER
from letters.rules.model import FirmFacts, LawyerFacts, LenderFacts
from letters.tables import Firm, Lawyer, Partner
from locate.case import LenderKind
from locate.tables import Lender
from records.audit import append_audit
from records.clock import Clock
from records.errors import WrongUsage


@dataclass(frozen=True, slots=True)
class Parties:
    """Who is behind a batch."""

    lender: Lender
    firm: Firm
    lawyer: Lawyer
    partner: Partner


def lender_by_code(session: Session, code: str) -> Lender:
    """The lender with this code.

    Raises:
        WrongUsage: when there is none.
    """
    found = session.scalar(select(Lender).where(Lender.code == code))
    if found is None:
        raise WrongUsage(f"没有资方“{code}”。", "请先用 handa lender add 登记，或用 handa lender list 查看已有资方。")
    return found


def firm_by_code(session: Session, code: str) -> Firm:
    """The firm with this code.

    Raises:
        WrongUsage: when there is none.
    """
    found = session.scalar(select(Firm).where(Firm.code == code))
    if found is None:
        raise WrongUsage(f"没有律所“{code}”。", "请先用 handa firm add 登记，或用 handa firm list 查看已有律所。")
    return found


def partner_by_code(session: Session, code: str) -> Partner:
    """The postal partner with this code.

    Raises:
        WrongUsage: when there is none.
    """
    found = session.scalar(select(Partner).where(Partner.code == code))
    if found is None:
        raise WrongUsage(f"没有邮政合作方“{code}”。", "请先用 handa partner add 登记，或用 handa partner list 查看。")
    return found


def lawyer_of(session: Session, firm: Firm, code: str) -> Lawyer:
    """The firm's person with this code.

    Raises:
        WrongUsage: when the firm has none such.
    """
    found = session.scalar(select(Lawyer).where(Lawyer.firm_id == firm.id, Lawyer.code == code))
    if found is None:
        raise WrongUsage(f"律所“{firm.code}”没有律师“{code}”。", "请用 handa firm list 查看律师代码。")
    return found


_Row = TypeVar("_Row")


def _only(rows: Iterable[_Row], what: str, how: str) -> _Row:
    found = list(rows)
    if len(found) == 1:
        return found[0]
    if not found:
        raise WrongUsage(f"还没有登记{what}。", how)
    raise WrongUsage(f"登记了多个{what}，无法确定使用哪一个。", f"请在资方设置中指定{what}代码。")


def parties_of(session: Session, lender: Lender) -> Parties:
    """The firm, lawyer and partner that serve a lender: those named in its settings, else the only ones there are.

    Raises:
        WrongUsage: when one is missing or can't be told.
    """
    settings = lender.settings
    if code := settings.get("firm"):
        firm = firm_by_code(session, str(code))
    else:
        firm = _only(session.scalars(select(Firm)), "律所", "请先用 handa firm add 登记律所。")
    if code := settings.get("lawyer"):
        lawyer = lawyer_of(session, firm, str(code))
    else:
        people = session.scalars(
            select(Lawyer).where(Lawyer.firm_id == firm.id, Lawyer.is_lawyer, Lawyer.active).order_by(Lawyer.code).limit(1)
        )
        lawyer = _only(people, "执业律师", "请用 handa firm add 登记律师。")
    if code := settings.get("partner"):
        partner = partner_by_code(session, str(code))
    else:
        partner = _only(session.scalars(select(Partner)), "邮政合作方", "请先用 handa partner add 登记邮政合作方。")
    return Parties(lender, firm, lawyer, partner)


def lender_facts(lender: Lender) -> LenderFacts:
    """The lender as the rules see it."""
    filed = str(lender.settings.get("official_accounts", ""))
    return LenderFacts(
        lender.code,
        lender.name,
        LenderKind(lender.kind),
        str(lender.settings.get("payment_channel", "")),
        tuple(account for account in (each.strip() for each in filed.replace(";", "；").split("；")) if account),
    )


def lawyer_facts(lawyer: Lawyer) -> LawyerFacts:
    """The lawyer as the rules see them."""
    return LawyerFacts(
        lawyer.code, lawyer.name, lawyer.licence_no, lawyer.licence_until, lawyer.active, lawyer.is_lawyer
    )


def firm_facts(session: Session, firm: Firm) -> FirmFacts:
    """The firm with its lawyers as the rules see it."""
    lawyers = session.scalars(select(Lawyer).where(Lawyer.firm_id == firm.id).order_by(Lawyer.code))
    return FirmFacts(
        firm.code,
        firm.name,
        firm.licence_no,
        firm.licence_until,
        firm.active,
        tuple(lawyer_facts(lawyer) for lawyer in lawyers),
        frozenset(firm.settings.get("approved_templates", [])),
    )


def add_lender(
    session: Session, code: str, name: str, kind: LenderKind, settings: Mapping[str, Any], actor: str, clock: Clock
) -> Lender:
    """Register a lender.

    Raises:
        WrongUsage: when the code is taken.
    """
    if session.scalar(select(Lender).where(Lender.code == code)) is not None:
        raise WrongUsage(f"资方代码“{code}”已存在。", "请换一个代码，或用 handa lender show 查看。")
    row = Lender(code=code, name=name, kind=kind.value, settings=dict(settings), created_at=clock())
    session.add(row)
    session.flush()
    append_audit(session, actor=actor, action="lender.add", subject=f"lender:{code}", detail={"kind": kind.value}, clock=clock)
    return row


def add_firm(
    session: Session,
    *,
    code: str,
    name: str,
    licence_no: str,
    licence_until: date,
    address: str,
    phone: str,
    number_scheme: str,
    settings: Mapping[str, Any],
    seal_image: bytes | None,
    actor: str,
    clock: Clock,
) -> Firm:
    """Register a law firm.

    Raises:
        WrongUsage: when the code is taken or the number scheme can't be used.
    """
    if session.scalar(select(Firm).where(Firm.code == code)) is not None:
        raise WrongUsage(f"律所代码“{code}”已存在。", "请换一个代码，或用 handa firm list 查看。")
    letter_number(number_scheme, 2026, 1)
    row = Firm(
        code=code,
        name=name,
        licence_no=licence_no,
        licence_until=licence_until,
        active=True,
        address=address,
        phone=phone,
        number_scheme=number_scheme,
        settings=dict(settings),
        seal_image=seal_image,
        created_at=clock(),
    )
    session.add(row)
    session.flush()
    append_audit(session, actor=actor, action="firm.add", subject=f"firm:{code}", detail={"licence_no": licence_no}, clock=clock)
    return row


def add_lawyer(
    session: Session,
    firm: Firm,
    *,
    code: str,
    name: str,
    licence_no: str,
    licence_until: date,
    is_lawyer: bool,
    actor: str,
    clock: Clock,
) -> Lawyer:
    """Register a person of the firm; only ``is_lawyer`` ones can release.

    Raises:
        WrongUsage: when the firm already has this code.
    """
    if session.scalar(select(Lawyer).where(Lawyer.firm_id == firm.id, Lawyer.code == code)) is not None:
        raise WrongUsage(f"律所“{firm.code}”已有代码为“{code}”的人员。", "请换一个代码。")
    row = Lawyer(
        firm_id=firm.id,
        code=code,
        name=name,
        licence_no=licence_no,
        licence_until=licence_until,
        active=True,
        is_lawyer=is_lawyer,
    )
    session.add(row)
    session.flush()
    append_audit(
        session, actor=actor, action="lawyer.add", subject=f"firm:{firm.code}/lawyer:{code}",
        detail={"licence_no": licence_no, "is_lawyer": is_lawyer}, clock=clock,
    )
    return row


def add_partner(
    session: Session, code: str, name: str, settings: Mapping[str, Any], actor: str, clock: Clock
) -> Partner:
    """Register a postal partner; ``settings`` holds customer_no, agreement_no, pay_method, place.

    Raises:
        WrongUsage: when the code is taken.
    """
    if session.scalar(select(Partner).where(Partner.code == code)) is not None:
        raise WrongUsage(f"邮政合作方代码“{code}”已存在。", "请换一个代码，或用 handa partner list 查看。")
    row = Partner(code=code, name=name, settings=dict(settings), created_at=clock())
    session.add(row)
    session.flush()
    append_audit(session, actor=actor, action="partner.add", subject=f"partner:{code}", detail={}, clock=clock)
    return row


def letter_number(scheme: str, year: int, number: int) -> str:
    """The letter number of a firm's scheme, e.g. ``（{year}）鄂某某律函字第{number:06d}号``.

    Raises:
        WrongUsage: when the scheme has other placeholders or gives a number that bar custom does not know (R-LAW-07).
    """
    try:
        text = scheme.format(year=year, number=number)
    except (KeyError, IndexError, ValueError) as error:
        raise WrongUsage(f"函号规则“{scheme}”无法使用。", "规则中只能出现 {year} 与 {number}（可写 {number:06d}）。") from error
    if not LETTER_NUMBER.match(text):
        raise WrongUsage(
            f"函号规则“{scheme}”生成的“{text}”不符合函号格式。", "示例：（{year}）鄂某某律函字第{number:06d}号"
        )
    return text
