"""The operator's own library of standard addresses: kept sealed, found by blocks, compared by the engine's rules.

The edge between ``locate.address.matching`` (pure) and the database. An entry is a text as the operator gave it and its
parts as the present reader reads them; the same text twice is one entry. Not a gazetteer and not a lender's file: nothing
here is linked to a person or a case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from locate.address import parse_many, reader_version
from locate.address.matching.blocks import all_keys, anchor_keys
from locate.address.matching.parts import Parts, parts_of, unpacked
from locate.address.matching.rules import Match, Relation, compare_parts
from locate.address.model import Address, Grade
from locate.tables import BaseAddress
from records.bulk import copy_rows
from records.cipher import Cipher
from records.database import Database
from records.identity import uuid7

TEXT_INDEX, BLOCK_INDEX = "address_base.text", "address_base.block"
CHUNK = 2_000
"""Addresses in a transaction."""
MOST_CANDIDATES = 200
"""Entries compared with one address; a block with more has no telling name."""
_RANK = {Relation.SAME: 0, Relation.CONTAINS: 1, Relation.WITHIN: 2}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did: new entries, texts that were there, texts that lead nowhere (position of each, from 1)."""

    added: int
    known: int
    refused: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that is, holds or lies in the address asked for. ``match`` says CONTAINS where the entry is the finer one."""

    text: str
    match: Match


def load_base(db: Database, texts: Iterable[str], progress: Callable[[int], None] = lambda _done: None) -> Loaded:
    """Add texts to the library, a chunk a transaction; loading a file again with the same reader changes nothing."""
    source = iter(texts)
    added = known = done = 0
    refused: list[int] = []
    while chunk := list(islice(source, CHUNK)):
        fresh: dict[bytes, tuple[str, Parts]] = {}
        for at, (text, address) in enumerate(zip(chunk, parse_many(chunk), strict=True), done + 1):
            parts = parts_of(address)
            if address.grade in (Grade.UNUSABLE, Grade.AREA) or parts.unsettled:
                refused.append(at)
                continue
            index = db.cipher.blind(TEXT_INDEX, parts.written)
            known += index in fresh
            fresh.setdefault(index, (text, parts))
        with db.session() as session:
            same_text = BaseAddress.text_bidx.in_(list(fresh))
            session.execute(delete(BaseAddress).where(same_text, BaseAddress.reader_version != reader_version()))
            there = set(session.scalars(select(BaseAddress.text_bidx).where(same_text)))
            new = [(index, *entry) for index, entry in fresh.items() if index not in there]
            copy_rows(session, BaseAddress.__table__, _COLUMNS, (_row(db, index, text, parts) for index, text, parts in new))
        added, known, done = added + len(new), known + len(there), done + len(chunk)
        progress(done)
    return Loaded(added, known, tuple(refused))


_COLUMNS = ("id", "text_bidx", "blocks", "text_sealed", "parts_sealed", "reader_version", "loaded_at")


def _row(db: Database, index: bytes, text: str, parts: Parts) -> tuple[object, ...]:
    key = uuid7()
    blocks = sorted(_blocks(db.cipher, parts))
    sealed = db.cipher.seal("address_base.text", key, text), db.cipher.seal("address_base.parts", key, parts.packed())
    return key, index, blocks, *sealed, reader_version(), db.clock()


def _blocks(cipher: Cipher, parts: Parts) -> set[bytes]:
    return {cipher.blind(BLOCK_INDEX, key) for key in (*all_keys(parts), *anchor_keys(parts))}


def base_size(session: Session) -> int:
    """Number of entries."""
    return session.scalar(select(func.count()).select_from(BaseAddress)) or 0


def find_in_base(session: Session, cipher: Cipher, addresses: Sequence[Address]) -> list[list[Found]]:
    """For each address the entries that are it, hold it or lie in it: the same first, then by score, then by wording."""
    return [_found(session, cipher, parts_of(address)) for address in addresses]


def _found(session: Session, cipher: Cipher, parts: Parts) -> list[Found]:
    rows = session.execute(
        select(BaseAddress.id, BaseAddress.text_sealed, BaseAddress.parts_sealed)
        .where(BaseAddress.blocks.overlap(sorted(_blocks(cipher, parts))))
        .order_by(BaseAddress.id)
        .limit(MOST_CANDIDATES)
    )
    found = []
    for key, text, line in rows:
        match = compare_parts(parts, unpacked(_opened(cipher, "address_base.parts", key, line)))
        if match.relation in _RANK:
            found.append(Found(_opened(cipher, "address_base.text", key, text), match))
    return sorted(found, key=lambda one: (_RANK[one.match.relation], -one.match.score, one.text))


def _opened(cipher: Cipher, field: str, key: UUID, sealed: bytes) -> str:
    return cipher.open(field, key, sealed)
