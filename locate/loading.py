"""Gives kept cases back, opened: for everything that judges or shows cases. Keeping them is ``locate.keeping``."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from locate.case import AddressKind, CaseRecord, Claim, Contact, GivenAddress, Source
from locate.keeping import AMOUNTS
from locate.tables import Case, CaseAddress, CaseContact, ClaimSnapshot, OptOut
from records.cipher import Cipher
from records.lists import one_of
from records.money import Fen
from records.tables import Base


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case as kept, opened: its record and the ids of its live rows."""

    case_id: UUID
    lender_id: UUID
    version: int
    record: CaseRecord
    snapshot_id: UUID
    address_ids: tuple[UUID, ...]
    """Parallel to ``record.addresses``."""
    id_bidx: bytes
    content_sha256: bytes
    opted_out: frozenset[int]
    """Ordinals of contacts that have refused contact, in this file or ever before (R-THP-04)."""


def load_cases(session: Session, cipher: Cipher, case_ids: Sequence[UUID]) -> list[StoredCase]:
    """The cases with these ids, opened, in the order asked; their newest snapshot, live addresses and contacts.

    Plain rows, not entities: a planning opens every case, and the identity map would cost as much as the opening.
    """
    cases = {row.id: row for row in session.execute(select(*_columns(Case)).where(one_of(Case.id, case_ids)))}
    snapshots: dict[UUID, Any] = {}
    for row in session.execute(
        select(*_columns(ClaimSnapshot))
        .where(one_of(ClaimSnapshot.case_id, case_ids))
        .order_by(ClaimSnapshot.as_of, ClaimSnapshot.recorded_at, ClaimSnapshot.id)
    ):
        snapshots[row.case_id] = row
    addresses: dict[UUID, list[Any]] = defaultdict(list)
    for row in session.execute(
        select(
            CaseAddress.id, CaseAddress.case_id, CaseAddress.version, CaseAddress.ordinal, CaseAddress.text_sealed,
            CaseAddress.kind, CaseAddress.source, CaseAddress.source_text, CaseAddress.basis, CaseAddress.collected_on,
            CaseAddress.reported_on,
        )
        .where(one_of(CaseAddress.case_id, case_ids))
        .order_by(CaseAddress.ordinal)
    ):  # fmt: skip
        if row.version == cases[row.case_id].version:
            addresses[row.case_id].append(row)
    contacts: dict[UUID, list[Any]] = defaultdict(list)
    for row in session.execute(
        select(*_columns(CaseContact)).where(one_of(CaseContact.case_id, case_ids)).order_by(CaseContact.ordinal)
    ):
        if row.version == cases[row.case_id].version:
            contacts[row.case_id].append(row)
    indexes = {row.mobile_bidx for rows in contacts.values() for row in rows if row.mobile_bidx is not None}
    refused = set(session.scalars(select(OptOut.mobile_bidx).where(one_of(OptOut.mobile_bidx, indexes)))) if indexes else set()
    return [
        _stored(cipher, cases[case_id], snapshots[case_id], addresses[case_id], contacts[case_id], refused)
        for case_id in case_ids
    ]


def _columns(entity: type[Base]) -> list[Any]:
    return list(entity.__table__.columns)


def _stored(
    cipher: Cipher,
    case: Any,
    snapshot: Any,
    addresses: Sequence[Any],
    contacts: Sequence[Any],
    refused: set[bytes],
) -> StoredCase:
    remark, extra = json.loads(cipher.open("case.remark", case.id, case.remark_sealed))
    record = CaseRecord(
        case_no=case.case_no,
        debtor_name=cipher.open("case.name", case.id, case.name_sealed),
        id_number=cipher.open("case.id_number", case.id, case.id_number_sealed),
        mobile=cipher.open("case.mobile", case.id, case.mobile_sealed),
        contract_no=cipher.open("case.contract_no", case.id, case.contract_no_sealed),
        product=case.product,
        lender_product_type=case.lender_product_type,
        disbursed_on=case.disbursed_on,
        claim=_claim(snapshot),
        status=case.status,
        remark=str(remark),
        addresses=tuple(_given(cipher, row) for row in addresses),
        contacts=tuple(_contact(cipher, row) for row in contacts),
        extra=dict(extra),
    )
    return StoredCase(
        case_id=case.id,
        lender_id=case.lender_id,
        version=case.version,
        record=record,
        snapshot_id=snapshot.id,
        address_ids=tuple(row.id for row in addresses),
        id_bidx=bytes(case.id_bidx),
        content_sha256=bytes(case.content_sha256),
        opted_out=frozenset(row.ordinal for row in contacts if row.opted_out or row.mobile_bidx in refused),
    )


def _claim(row: Any) -> Claim:
    amounts: dict[str, Any] = {name: Fen(getattr(row, name)) for name in AMOUNTS}
    return Claim(as_of=row.as_of, overdue_since=row.overdue_since, annual_rate=row.annual_rate, **amounts)


def _given(cipher: Cipher, row: Any) -> GivenAddress:
    return GivenAddress(
        ordinal=row.ordinal,
        text=cipher.open("case_address.text", row.id, row.text_sealed),
        kind=AddressKind(row.kind),
        source=Source(row.source),
        source_text=row.source_text,
        basis=row.basis,
        collected_on=row.collected_on,
        reported_on=row.reported_on,
    )


def _contact(cipher: Cipher, row: Any) -> Contact:
    return Contact(
        ordinal=row.ordinal,
        name=cipher.open("case_contact.name", row.id, row.name_sealed),
        relation=row.relation,
        mobile=cipher.open("case_contact.mobile", row.id, row.mobile_sealed),
        address=cipher.open("case_contact.address", row.id, row.address_sealed),
        source=Source(row.source) if row.source else None,
        basis=row.basis,
        consent=row.consent,
        opted_out=row.opted_out,
    )
