"""From a judged case to the fields of its letter. Numbers come later: a draft carries empty ones.

Every value is taken from the case, the chosen address, the snapshot and the parties; nothing is worded here except
labels. Not a template: sentences are the bundle's.
"""

from __future__ import annotations

from datetime import date, timedelta

from letters.compose.model import ClaimLine, LetterFields
from letters.post.presort import office_name
from letters.rules.regimes import is_card_debt
from letters.tables import Firm, Lawyer
from locate.address.model import Address
from locate.case import CaseRecord, Claim, Contact
from locate.masking import mask_mobile
from locate.tables import Lender

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

def claim_lines(claim: Claim) -> tuple[ClaimLine, ...]:
    """The claim table: principal always, other lines where they are not nil, a waiver as a negative line."""
    lines = [
        ClaimLine(label, int(getattr(claim, name)))
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
) -> LetterFields:
    """The letter's fields without letter number, item number and verification code.

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
        claim_lines=claim_lines(claim),
        total_fen=int(claim.total),
        deadline=day + timedelta(days=deadline_days),
        payment_channel=str(lender.settings["payment_channel"]),
        query_channel=str(lender.settings["query_channel"]),
        complaint_channel=str(lender.settings["complaint_channel"]),
        send_method=send_method,
        is_card=is_card_debt(case),
        postal_product=product,
        office_name=office_name(address.postcode or "", address.province, address.city, address.district),
    )


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
