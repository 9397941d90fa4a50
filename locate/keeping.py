"""Keeps cleaned cases: sealed rows, dated claim snapshots, versions, stops, opt-outs.

``keep_cases`` is called by ``locate.intake.store`` for the good rows of a file. Set-based: a chunk of cases is a handful
of statements, rows go in by COPY. Giving them back is ``locate.loading``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from locate.ahead import Reading
from locate.case import CaseRecord, Claim
from locate.cutoff import hold_open
from locate.tables import Case, CaseAddress, CaseContact, CaseStop, ClaimSnapshot
from records.bulk import copy_rows
from records.cipher import Cipher
from records.clock import Clock, today
from records.identity import uuid7
from records.lists import one_of

NAME_INDEX, ID_INDEX, MOBILE_INDEX, CONTENT = "person.name", "person.id_number", "person.mobile", "case.content"
AMOUNTS = (
    "principal_disbursed", "principal_repaid", "principal_due", "interest", "compound_interest", "penalty_interest",
    "liquidated_damages", "fees", "waived", "total",
)  # fmt: skip
CHUNK = 1_000
"""Cases handled by one set of statements."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeping did, by case number."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]


def content_hash(cipher: Cipher, record: CaseRecord) -> bytes:
    """Keyed hash of everything in a case that a decision can depend on."""
    # repr names every field and is ten times cheaper than dataclasses.asdict; only the mapping's order must be fixed.
    # The day a file reported an address is no change of it: the same case sent again tomorrow is the same case.
    addresses = tuple(replace(given, reported_on=date.min) for given in record.addresses)
    plain = replace(record, addresses=addresses, extra={})
    return cipher.blind(CONTENT, f"{plain!r}{sorted(record.extra.items())!r}")


def claim_hash(cipher: Cipher, claim: Claim) -> bytes:
    """Keyed hash of a claim snapshot."""
    return cipher.blind("claim.content", repr(claim))


def place_index(cipher: Cipher, lender_code: str, key: str) -> bytes:
    """The blind index of a place within one lender's files (R-SRC-05: a place is never linked across lenders)."""
    return cipher.blind(f"place.{lender_code}", key)


def keep_cases(
    session: Session,
    cipher: Cipher,
    lender_id: UUID,
    file_id: UUID,
    records: Sequence[CaseRecord],
    *,
    actor: str,
    clock: Clock,
    progress: Callable[[int], None] = lambda _done: None,
    lender_code: str = "",
    read: Callable[[str], Reading | None] = lambda _text: None,
) -> Kept:
    """Keep cases of one lender's file inside the caller's transaction.

    A case that is as kept changes nothing; a changed one gets a new version with its addresses and contacts; a claim is
    added as a snapshot unless that very snapshot is there. Stops are recorded once and never cleared here; opt-outs take
    effect at once.

    Args:
        lender_code: of the lender, for the index of places; needed with ``read``.
        read: an address's standard form where it has been read ahead; the others are read afterwards.
    """
    hold_open(session)
    added: list[str] = []
    updated: list[str] = []
    unchanged: list[str] = []
    for start in range(0, len(records), CHUNK):
        part = records[start : start + CHUNK]
        known = {
            case.case_no: case
            for case in session.scalars(
                select(Case).where(Case.lender_id == lender_id, one_of(Case.case_no, [record.case_no for record in part]))
            )
        }
        fresh: list[tuple[UUID, int, CaseRecord, bytes]] = []
        changed: list[tuple[UUID, int, CaseRecord, bytes]] = []
        for record in part:
            digest = content_hash(cipher, record)
            case = known.get(record.case_no)
            if case is None:
                fresh.append((uuid7(), 1, record, digest))
                added.append(record.case_no)
            elif bytes(case.content_sha256) != digest:
                changed.append((case.id, case.version + 1, record, digest))
                updated.append(record.case_no)
            else:
                unchanged.append(record.case_no)
        now = clock()
        _add_cases(session, cipher, lender_id, file_id, fresh, now)
        _update_cases(session, cipher, file_id, changed, now)
        _add_details(session, cipher, file_id, fresh + changed, now, partial(_read_columns, cipher, lender_code, read))
        _add_stops(session, fresh + changed, actor, clock)
        _add_opt_outs(session, cipher, fresh + changed, actor, now)
        session.expire_all()
        progress(start + len(part))
    return Kept(tuple(added), tuple(updated), tuple(unchanged))


_CASE_COLUMNS = (
    "id", "lender_id", "case_no", "name_sealed", "name_bidx", "id_number_sealed", "id_bidx", "mobile_sealed", "mobile_bidx",
    "contract_no_sealed", "product", "lender_product_type", "disbursed_on", "status", "remark_sealed", "file_id",
    "content_sha256", "version", "created_at", "updated_at",
)  # fmt: skip
_Row = tuple[UUID, int, CaseRecord, bytes]


def _sealed(cipher: Cipher, case_id: UUID, record: CaseRecord) -> dict[str, bytes | None]:
    return {
        "name_sealed": cipher.seal("case.name", case_id, record.debtor_name),
        "name_bidx": cipher.blind(NAME_INDEX, record.debtor_name),
        "id_number_sealed": cipher.seal("case.id_number", case_id, record.id_number),
        "id_bidx": cipher.blind(ID_INDEX, record.id_number),
        "mobile_sealed": cipher.seal("case.mobile", case_id, record.mobile),
        "mobile_bidx": cipher.blind(MOBILE_INDEX, record.mobile) if record.mobile else None,
        "contract_no_sealed": cipher.seal("case.contract_no", case_id, record.contract_no),
        "remark_sealed": cipher.seal("case.remark", case_id, json.dumps([record.remark, record.extra], ensure_ascii=False)),
    }


def _add_cases(
    session: Session, cipher: Cipher, lender_id: UUID, file_id: UUID, rows: Sequence[_Row], now: datetime
) -> None:
    def lines() -> Iterator[tuple[object, ...]]:
        for case_id, version, record, digest in rows:
            sealed = _sealed(cipher, case_id, record)
            yield (
                case_id, lender_id, record.case_no, sealed["name_sealed"], sealed["name_bidx"], sealed["id_number_sealed"],
                sealed["id_bidx"], sealed["mobile_sealed"], sealed["mobile_bidx"], sealed["contract_no_sealed"],
                record.product, record.lender_product_type, record.disbursed_on, record.status, sealed["remark_sealed"],
                file_id, digest, version, now, now,
            )  # fmt: skip

    copy_rows(session, Case.__table__, _CASE_COLUMNS, lines())


def _update_cases(session: Session, cipher: Cipher, file_id: UUID, rows: Sequence[_Row], now: datetime) -> None:
    for case_id, version, record, digest in rows:
        case = session.get_one(Case, case_id)
        for name, value in _sealed(cipher, case_id, record).items():
            setattr(case, name, value)
        case.product, case.lender_product_type = record.product, record.lender_product_type
        case.disbursed_on, case.status = record.disbursed_on, record.status
        case.file_id, case.content_sha256, case.version, case.updated_at = file_id, digest, version, now
    session.flush()


_READ_COLUMNS = ("parsed_sealed", "place_bidx", "adcode", "postcode", "grade", "confidence", "issues", "reader_version")
_ReadColumns = Callable[[UUID, str], tuple[object, ...]]


def _read_columns(
    cipher: Cipher, lender_code: str, read: Callable[[str], Reading | None], key: UUID, text: str
) -> tuple[object, ...]:
    """``_READ_COLUMNS`` of an address; all empty where it has not been read."""
    found = read(text)
    if found is None:
        return (None,) * len(_READ_COLUMNS)
    return (
        cipher.seal("case_address.parsed", key, found.parsed),
        place_index(cipher, lender_code, found.key) if found.key else None,
        found.adcode, found.postcode, found.grade, found.confidence, list(found.issues), found.version,
    )  # fmt: skip


def _add_details(
    session: Session, cipher: Cipher, file_id: UUID, rows: Sequence[_Row], now: datetime, read: _ReadColumns
) -> None:
    hashes = {case_id: claim_hash(cipher, record.claim) for case_id, _, record, _ in rows}
    kept = set(
        session.execute(
            select(ClaimSnapshot.case_id, ClaimSnapshot.content_sha256).where(one_of(ClaimSnapshot.case_id, hashes))
        ).all()
    )
    copy_rows(
        session,
        ClaimSnapshot.__table__,
        ("id", "case_id", "file_id", "as_of", "overdue_since", *AMOUNTS, "annual_rate", "content_sha256", "recorded_at"),
        (
            (
                uuid7(), case_id, file_id, record.claim.as_of, record.claim.overdue_since,
                *(int(getattr(record.claim, name)) for name in AMOUNTS), record.claim.annual_rate, hashes[case_id], now,
            )
            for case_id, _, record, _ in rows
            if (case_id, hashes[case_id]) not in kept
        ),
    )  # fmt: skip
    copy_rows(
        session,
        CaseAddress.__table__,
        (
            "id", "case_id", "version", "ordinal", "text_sealed", "kind", "source", "source_text", "basis", "collected_on",
            "reported_on", *_READ_COLUMNS,
        ),
        (
            (
                key, case_id, version, given.ordinal, cipher.seal("case_address.text", key, given.text), given.kind.value,
                given.source.value, given.source_text, given.basis, given.collected_on, given.reported_on, *read(key, given.text),
            )
            for case_id, version, record, _ in rows
            for given in record.addresses
            for key in [uuid7()]
        ),
    )  # fmt: skip
    copy_rows(
        session,
        CaseContact.__table__,
        (
            "id", "case_id", "version", "ordinal", "name_sealed", "relation", "mobile_sealed", "mobile_bidx",
            "address_sealed", "source", "basis", "consent", "opted_out",
        ),
        (
            (
                key, case_id, version, one.ordinal, cipher.seal("case_contact.name", key, one.name), one.relation,
                cipher.seal("case_contact.mobile", key, one.mobile),
                cipher.blind(MOBILE_INDEX, one.mobile) if one.mobile else None,
                cipher.seal("case_contact.address", key, one.address), one.source.value if one.source else None, one.basis,
                one.consent, one.opted_out,
            )
            for case_id, version, record, _ in rows
            for one in record.contacts
            for key in [uuid7()]
        ),
    )  # fmt: skip


def _add_stops(session: Session, rows: Sequence[_Row], actor: str, clock: Clock) -> None:
    stated = [(case_id, kind.value) for case_id, _, record, _ in rows for kind in record.stops]
    if not stated:
        return
    kept = set(
        session.execute(
            select(CaseStop.case_id, CaseStop.kind).where(
                one_of(CaseStop.case_id, {case_id for case_id, _ in stated}), CaseStop.cleared_at.is_(None)
            )
        ).all()
    )
    now, day = clock(), today(clock)
    copy_rows(
        session,
        CaseStop.__table__,
        ("id", "case_id", "kind", "since", "reason", "actor", "created_at"),
        (
            (uuid7(), case_id, kind, day, "资方委案表载明", actor, now)
            for case_id, kind in stated
            if (case_id, kind) not in kept
        ),
    )


_OPT_OUT = text(
    """
    INSERT INTO opt_out (id, mobile_bidx, at, actor, how, reason)
    SELECT new.id, new.mobile, :at, :actor, :how, :reason
    FROM unnest(CAST(:ids AS uuid[]), CAST(:mobiles AS bytea[])) AS new(id, mobile)
    ON CONFLICT (mobile_bidx) DO NOTHING
    """
)


def _add_opt_outs(session: Session, cipher: Cipher, rows: Sequence[_Row], actor: str, now: datetime) -> None:
    mobiles = sorted(
        {
            cipher.blind(MOBILE_INDEX, contact.mobile)
            for _, _, record, _ in rows
            for contact in record.contacts
            if contact.opted_out and contact.mobile
        }
    )
    if mobiles:
        session.execute(
            _OPT_OUT,
            {
                "ids": [uuid7() for _ in mobiles],
                "mobiles": mobiles,
                "at": now,
                "actor": actor,
                "how": "资方委案表",
                "reason": "资方委案表载明拒绝联系",
            },
        )
