"""Reads the addresses of stored cases with the address engine and keeps their standard form (sealed) beside the text.

The edge between ``locate.address`` (pure) and the database. An address is read again only when the reader's version
has changed. ``read_new`` reads what an import has brought, on all cores; what it misses (a kill), planning reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from locate.address import from_json_dict, parse_many, reader_version, to_json_dict
from locate.address.model import Address
from locate.keeping import place_index
from locate.loading import StoredCase
from locate.tables import Case, CaseAddress, Lender
from records.cipher import Cipher
from records.database import Database
from records.identity import uuid7
from records.lists import one_of
from records.work import WorkContext, open_stage, register, run_stage

STAGE = "read"
"""Name of the kind of work; importing this module registers it."""
CHUNK = 1_000
"""Cases in a chunk: a second or less of work."""

_KEEP = text(
    """
    UPDATE case_address AS kept SET parsed_sealed = new.parsed, place_bidx = new.place, adcode = new.adcode,
      postcode = new.postcode, grade = new.grade, confidence = new.confidence,
      issues = string_to_array(new.issues, ','), reader_version = :version
    FROM unnest(CAST(:ids AS uuid[]), CAST(:parsed AS bytea[]), CAST(:places AS bytea[]), CAST(:adcodes AS text[]),
                CAST(:postcodes AS text[]), CAST(:grades AS text[]), CAST(:confidences AS float8[]),
                CAST(:issues AS text[]))
         AS new(id, parsed, place, adcode, postcode, grade, confidence, issues)
    WHERE kept.id = new.id
    """
)


def read_new(
    db: Database, lender_code: str, *, workers: int, progress: Callable[[str, int, int], None]
) -> int:
    """Read every live address of the lender that the present reader has not read; returns the number of cases."""
    with db.session() as session:
        ids = [
            str(value)
            for value in session.scalars(
                select(Case.id)
                .join(Lender, Lender.id == Case.lender_id)
                .where(
                    Lender.code == lender_code,
                    exists().where(
                        CaseAddress.case_id == Case.id,
                        CaseAddress.version == Case.version,
                        CaseAddress.reader_version.is_distinct_from(reader_version()),
                    ),
                )
                .order_by(Case.case_no)
            )
        ]
        if not ids:
            return 0
        chunks = [({"cases": part}, len(part)) for part in (ids[i : i + CHUNK] for i in range(0, len(ids), CHUNK))]
        stage = open_stage(session, STAGE, str(uuid7()), {"lender": lender_code}, chunks, db.clock)
    run_stage(db, stage.id, workers, lambda done, total: progress("解析地址", done, total), db.clock)
    return len(ids)


@register(STAGE)
def read_chunk(
    session: Session, context: WorkContext, stage_args: Mapping[str, object], chunk_args: Mapping[str, object]
) -> dict[str, object]:
    """Read the addresses of the cases named in ``chunk_args["cases"]``."""
    named = chunk_args["cases"]
    assert isinstance(named, list)
    rows = session.execute(
        select(CaseAddress.id, CaseAddress.text_sealed)
        .join(Case, Case.id == CaseAddress.case_id)
        .where(
            one_of(Case.id, [UUID(str(value)) for value in named]),
            CaseAddress.version == Case.version,
            CaseAddress.reader_version.is_distinct_from(reader_version()),
        )
        .order_by(CaseAddress.id)
    )
    texts = {row.id: context.cipher.open("case_address.text", row.id, row.text_sealed) for row in rows}
    if texts:
        _keep(session, context.cipher, str(stage_args["lender"]), _read(texts))
    return {"cases": len(named)}


def read_addresses(
    session: Session, cipher: Cipher, lender_code: str, cases: Sequence[StoredCase], *, keep: bool = True
) -> dict[UUID, tuple[Address, ...]]:
    """Standard forms of every live address, parallel to ``record.addresses`` of each case.

    Reads what has not been read by the present reader, stores it (unless told not to ``keep`` it), and opens what has.
    """
    wanted = [address_id for case in cases for address_id in case.address_ids]
    texts = {
        address_id: given.text
        for case in cases
        for address_id, given in zip(case.address_ids, case.record.addresses, strict=True)
    }
    known: dict[UUID, Address] = {}
    rows = session.execute(
        select(CaseAddress.id, CaseAddress.parsed_sealed).where(
            one_of(CaseAddress.id, wanted), CaseAddress.reader_version == reader_version()
        )
    )
    for address_id, sealed in rows:
        if sealed is not None:
            known[address_id] = from_json_dict(json.loads(cipher.open("case_address.parsed", address_id, sealed)))
    fresh = _read({address_id: texts[address_id] for address_id in wanted if address_id not in known})
    if fresh and keep:
        _keep(session, cipher, lender_code, fresh)
    known |= fresh
    return {case.case_id: tuple(known[address_id] for address_id in case.address_ids) for case in cases}


def _read(texts: Mapping[UUID, str]) -> dict[UUID, Address]:
    return dict(zip(texts, parse_many(list(texts.values()), second_reader=True), strict=True))


def _keep(session: Session, cipher: Cipher, lender_code: str, fresh: dict[UUID, Address]) -> None:
    session.execute(
        _KEEP,
        {
            "version": reader_version(),
            "ids": list(fresh),
            "parsed": [
                cipher.seal(
                    "case_address.parsed",
                    address_id,
                    json.dumps(to_json_dict(address), ensure_ascii=False, separators=(",", ":")),
                )
                for address_id, address in fresh.items()
            ],
            "places": [place_index(cipher, lender_code, address.key) if address.key else None for address in fresh.values()],
            "adcodes": [address.adcode for address in fresh.values()],
            "postcodes": [address.postcode for address in fresh.values()],
            "grades": [address.grade.value for address in fresh.values()],
            "confidences": [address.confidence for address in fresh.values()],
            "issues": [",".join(address.issues) for address in fresh.values()],
        },
    )
