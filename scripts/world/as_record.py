"""A composed case as intake would have kept it, for benches and tests that start behind intake."""

from __future__ import annotations

from locate.case import AddressKind, CaseRecord, Claim, Contact, GivenAddress, Source
from records.money import Fen
from scripts.world.cases import KIND_CODES, ComposedCase
from scripts.world.debts import ComposedDebt

SOURCE_CODES = {
    "合同约定": Source.CONTRACT, "本人预留": Source.RESERVED, "本人授权": Source.AUTHORISED,
    "双方沟通": Source.CONVERSATION, "合法公开": Source.PUBLIC, "授权征信查询": Source.CREDIT_BUREAU,
}  # fmt: skip


def _claim(debt: ComposedDebt) -> Claim:
    return Claim(
        as_of=debt.as_of,
        overdue_since=debt.overdue_since,
        principal_disbursed=Fen(debt.principal_disbursed),
        principal_repaid=Fen(debt.principal_repaid),
        principal_due=Fen(debt.principal_due),
        interest=Fen(debt.interest),
        compound_interest=Fen(debt.compound_interest),
        penalty_interest=Fen(debt.penalty_interest),
        liquidated_damages=Fen(debt.liquidated_damages),
        fees=Fen(debt.fees),
        waived=Fen(debt.waived),
        total=Fen(debt.total),
        annual_rate=debt.annual_rate,
    )


def case_record(case: ComposedCase) -> CaseRecord:
    """The kept form of a composed case; a source that is not lawful becomes BANNED."""
    debt = case.debt
    return CaseRecord(
        case_no=case.case_no,
        debtor_name=case.name,
        id_number=case.id_number,
        mobile=case.mobile,
        contract_no=case.contract_no,
        product=debt.product,
        lender_product_type="",
        disbursed_on=debt.disbursed_on,
        claim=_claim(debt),
        status="",
        remark=case.remark,
        addresses=tuple(
            GivenAddress(
                ordinal=ordinal,
                text=line.address.cleaned,
                kind=AddressKind(KIND_CODES[line.kind]),
                source=SOURCE_CODES.get(line.source, Source.BANNED),
                source_text=line.source,
                basis=line.basis,
                collected_on=line.collected_on,
                reported_on=debt.as_of,
            )
            for ordinal, line in enumerate((line for line in case.addresses if line.address.cleaned), start=1)
        ),
        contacts=tuple(
            Contact(
                ordinal=ordinal, name=contact.name, relation=contact.relation, mobile=contact.mobile, address=contact.address,
                source=Source.RESERVED, basis="", consent=True, opted_out=contact.opted_out,
            )
            for ordinal, contact in enumerate(case.contacts, start=1)
        ),
    )  # fmt: skip
