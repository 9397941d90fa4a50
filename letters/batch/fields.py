"""From a judged case to the fields of its letter. Numbers come later: a draft carries empty ones.

Every value is taken from the case, the chosen address, the snapshot and the parties; nothing is worded here except
labels. Not a template: sentences are the bundle's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final, TypedDict

from letters.compose.facts import Fact
from letters.compose.model import ClaimLine, LetterFields, Repayment
from letters.post.presort import office_name
from letters.rules.papers import day_in, payments_of
from letters.rules.regimes import is_card_debt
from letters.tables import Firm, Lawyer
from locate.address.model import Address
from locate.case import CaseRecord, Claim, Contact
from locate.masking import mask_mobile
from locate.tables import Lender

NO_BASIS: Final[Mapping[str, str]] = MappingProxyType({})
DEFAULT_DEADLINE_DAYS = 15
"""Days from the letter's date to its deadline where the firm sets none; long enough for post both ways."""

LINE_LABELS: tuple[tuple[str, str], ...] = (
    ("principal_due", "剩余本金"),
    ("interest", "正常利息"),
    ("compound_interest", "复利"),
    ("penalty_interest", "罚息"),
    ("liquidated_damages", "违约金"),
    ("fees", "费用"),
)

@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier letter of the same case that has come to its end."""

    letter_no: str
    sent_on: date
    result: str
    """In the post's words."""


def claim_lines(claim: Claim, basis: Mapping[str, str] = NO_BASIS) -> tuple[ClaimLine, ...]:
    """The claim table: principal always, other lines where they are not nil, a waiver as a negative line.

    Args:
        basis: the case file's columns on clauses, rates and periods, where the letter shows them.
    """
    lines = [
        ClaimLine(
            label, int(getattr(claim, name)), clause=basis.get(f"{name}_clause", ""), rate=basis.get(f"{name}_line_rate", ""),
            period=basis.get(f"{name}_period", ""),
        )
        for name, label in LINE_LABELS
        if name == "principal_due" or getattr(claim, name) != 0
    ]
    if claim.waived:
        lines.append(ClaimLine("减免", -int(claim.waived)))
    return tuple(lines)


def draft_fields(
    *,
    case: CaseRecord,
    address: Address,
    lender: Lender,
    firm: Firm,
    lawyer: Lawyer,
    template: str,
    day: date,
    product: str,
    send_method: str,
    facts: Collection[Fact] = (),
    earlier: Earlier | None = None,
) -> LetterFields:
    """The letter's fields without letter number, item number and verification code.

    Args:
        facts: what the template tells besides what every letter says; nothing else of the case goes into the fields.
        earlier: the letter that this one follows, for a template that tells of it.

    Raises:
        KeyError: when the lender's settings lack a channel that every letter must print (R-CMP-01, R-LAW-15).
    """
    claim = case.claim
    deadline_days = int(firm.settings.get("deadline_days", DEFAULT_DEADLINE_DAYS))
    return LetterFields(
        template=template,
        letter_no="",
        item_no="",
        letter_date=day,
        verification_code="",
        verification_url=str(firm.settings.get("verification_url", "")),
        addressee_name=case.debtor_name,
        addressee_address=(address.canonical,),
        postcode=address.postcode or "",
        addressee_phone_masked=mask_mobile(case.mobile),
        id_tail=case.id_number[-4:],
        firm_name=firm.name,
        firm_licence_no=firm.licence_no,
        firm_address=firm.address,
        firm_phone=firm.phone,
        lawyer_name=lawyer.name,
        lawyer_licence_no=lawyer.licence_no,
        client_name=lender.name,
        product_name=case.product,
        contract_no=case.contract_no,
        disbursed_on=case.disbursed_on,
        overdue_since=claim.overdue_since,
        overdue_days=(claim.as_of - claim.overdue_since).days,
        as_of=claim.as_of,
        annual_rate="" if claim.annual_rate is None else f"{claim.annual_rate.normalize():f}",
        principal_disbursed_fen=int(claim.principal_disbursed),
        principal_repaid_fen=int(claim.principal_repaid),
        claim_lines=claim_lines(claim, case.extra if Fact.STATEMENT in facts else NO_BASIS),
        total_fen=int(claim.total),
        deadline=day + timedelta(days=deadline_days),
        payment_channel=str(lender.settings["payment_channel"]),
        query_channel=str(lender.settings["query_channel"]),
        complaint_channel=str(lender.settings["complaint_channel"]),
        send_method=send_method,
        is_card=is_card_debt(case),
        postal_product=product,
        office_name=office_name(address.postcode or "", address.province, address.city, address.district),
        **_told(case, facts, earlier),
    )


class _Told(TypedDict, total=False):
    original_creditor: str
    assigned_on: date | None
    assignment_notice_on: date | None
    earlier_letter_no: str
    earlier_sent_on: date | None
    earlier_result: str
    offer_fen: int
    offer_until: date | None
    repayments: tuple[Repayment, ...]


def _told(case: CaseRecord, facts: Collection[Fact], earlier: Earlier | None) -> _Told:
    """The facts that the template asks for, as far as the case file and the case's history give them."""
    found: _Told = {}
    extra = case.extra
    if Fact.ASSIGNMENT in facts:
        found["original_creditor"] = extra.get("original_creditor", "")
        found["assigned_on"] = day_in(extra.get("assigned_on", ""))
        found["assignment_notice_on"] = day_in(extra.get("assignment_notice_on", ""))
    if Fact.OFFER in facts:
        found["offer_fen"] = _fen(extra.get("offer_amount", ""))
        found["offer_until"] = day_in(extra.get("offer_until", ""))
    if Fact.EARLIER in facts and earlier is not None:
        found["earlier_letter_no"], found["earlier_sent_on"], found["earlier_result"] = earlier.letter_no, earlier.sent_on, earlier.result
    if Fact.STATEMENT in facts:
        found["repayments"] = tuple(Repayment(payment.day, int(payment.fen)) for payment in payments_of(case))
    return found


def _fen(text: str) -> int:
    """Yuan as written → fen; 0 where it is no exact amount: the letter is then held, never sent with a guess."""
    try:
        fen = Decimal(text.replace(",", "").replace("，", "").removesuffix("元").strip()) * 100
    except InvalidOperation:
        return 0
    return int(fen) if fen.is_finite() and fen == fen.to_integral_value() else 0


def relay_fields(
    *,
    case: CaseRecord,
    contact: Contact,
    address: Address,
    firm: Firm,
    lawyer: Lawyer,
    template: str,
    day: date,
    product: str,
    send_method: str,
) -> LetterFields:
    """The fields of a letter that asks a contact to relay: nothing of the debt is in them, not even unprinted (R-THP-03)."""
    return LetterFields(
        template=template,
        letter_no="",
        item_no="",
        letter_date=day,
        verification_code="",
        verification_url=str(firm.settings.get("verification_url", "")),
        addressee_name=contact.name,
        addressee_address=(address.canonical,),
        postcode=address.postcode or "",
        addressee_phone_masked="",
        id_tail="",
        firm_name=firm.name,
        firm_licence_no=firm.licence_no,
        firm_address=firm.address,
        firm_phone=firm.phone,
        lawyer_name=lawyer.name,
        lawyer_licence_no=lawyer.licence_no,
        client_name="",
        product_name="",
        contract_no="",
        disbursed_on=day,
        overdue_since=day,
        overdue_days=0,
        as_of=day,
        annual_rate="",
        principal_disbursed_fen=0,
        principal_repaid_fen=0,
        claim_lines=(),
        total_fen=0,
        deadline=day,
        payment_channel="",
        query_channel="",
        complaint_channel="",
        send_method=send_method,
        is_card=False,
        postal_product=product,
        office_name=office_name(address.postcode or "", address.province, address.city, address.district),
        relay_for=case.debtor_name,
    )
