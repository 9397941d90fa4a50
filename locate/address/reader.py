"""parse: one text in, one Address out. Puts the parts together; each part's rules live in its own module.

Facts: contract.md "Standardized address"; gazetteer of data/SOURCES.json. Pure functions over text, no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial
from itertools import islice

from locate.address.below import Below, read_below
from locate.address.canonical import canonical_line
from locate.address.gazetteer import gazetteer, villages
from locate.address.grade import confidence_of, grade_of
from locate.address.head import Head, head_of
from locate.address.key import place_key
from locate.address.model import Address, Issue, Recipient, new_address
from locate.address.normalise import Text, normalise
from locate.address.recipient import Found, find_recipient
from locate.address.region_state import Regions
from locate.address.regions import region_reader
from locate.address.tagging import tagger, weights_version
from locate.address.villagehash import RURAL_BIT, village_core, village_hash

CHUNK = 1000  # texts the second reader gets at once
RULES_VERSION = "2026.11.7"

_RURAL_PLACE = ("村", "屯", "庄", "寨")


def parse(text: str, *, second_reader: bool = False, as_of: date | None = None) -> Address:
    """Read and standardize one address text. Never raises on any text; what is not settled by it stays None.

    ``second_reader`` asks cpca too (a disagreement lowers the confidence and is an issue); for many use parse_many.
    ``as_of``: the day that the text was written, where it is known: names are read as they were in force then.
    """
    year = as_of.year if as_of else None
    return next(_reviewed([_read(text, year)])) if second_reader else _read(text, year)


def parse_many(texts: Iterable[str], *, second_reader: bool = False, as_of: date | None = None) -> Iterator[Address]:
    """parse of each, in order. Lazy: memory does not grow with the input (with the second reader: by its chunk)."""
    read = partial(_read, as_of=as_of.year) if as_of else _read
    if isinstance(texts, Sized):
        tagger().expect(len(texts))
    return _chunked_review(map(read, texts)) if second_reader else map(read, texts)


def reader_version() -> str:
    """What goes with every stored reading: the code's version and which weights read."""
    return f"{RULES_VERSION}+{weights_version()}"


def _chunked_review(source: Iterator[Address]) -> Iterator[Address]:
    while chunk := [*islice(source, CHUNK)]:
        yield from _reviewed(chunk)


def _reviewed(addresses: list[Address]) -> Iterator[Address]:
    from locate.address.second_reader import review  # noqa: PLC0415  pandas only where it is wanted

    for address, odd in zip(addresses, review(addresses), strict=True):
        if odd:
            issues = (*address.issues, Issue.READERS_DISAGREE)
            yield replace(address, issues=issues, confidence=min(address.confidence, confidence_of(address.grade, issues)))
        else:
            yield address


def _read(text: str, as_of: int | None = None) -> Address:
    raw = text if isinstance(text, str) else ""
    normal = normalise(raw)
    found = find_recipient(normal.form)
    regions = region_reader().read(found.form, as_of=as_of)
    head = head_of(gazetteer(), found.form, regions)
    return _assemble(raw, normal, found, regions, head, read_below(found.form, regions, head))


def _assemble(raw: str, normal: Text, found: Found, r: Regions, head: Head, below: Below) -> Address:
    areas = head.areas
    parts = below.parts
    if r.zones and "devzone" not in parts:
        parts["devzone"] = r.zones[0][0]
    parts["township"] = areas.town
    get = parts.get
    village = get("village")
    code = _village_code(areas.code, village) if village and areas.code and len(areas.code) == 9 else areas.code
    recipient = Recipient(found.name, found.phone) if found.name or found.phone else None
    issues = head.issues
    if recipient:
        issues += (Issue.RECIPIENT_INSIDE,)
    if below.remark:
        issues += (Issue.REMARK_REMOVED,)
    issues += head.issues_after
    grade = grade_of(parts, areas.known, found.form[r.end :])
    spans = tuple(below.spans) if normal.plain else tuple([(*normal.raw_span(start, end), label) for start, end, label in below.spans])
    return new_address(
        raw, areas.province, areas.city, areas.district, areas.town or areas.town_written or get("town"), village, get("devzone"),
        get("road"), get("road_no"), get("sub_road"), get("sub_road_no"), get("poi"), get("sub_poi"),
        get("building"), get("unit"), get("floor"), get("room"),
        " ".join(below.leftovers) if below.leftovers else None,
        recipient,
        code, head.postcode,
        canonical_line(head.line, below.line),
        place_key(head.code, parts, areas.town is not None),
        grade, confidence_of(grade, issues, weak=r.weak, presumed=r.presumed),
        issues, head.corrections,
        spans, head.rural or bool(village and village.endswith(_RURAL_PLACE)),
        head.candidates,
    )  # fmt: skip


@lru_cache(maxsize=32768)
def _village_code(town_code: str, village: str) -> str:
    tails = {tail & ~RURAL_BIT for tail in villages().tails(village_hash(village_core(village)), int(town_code))}
    return f"{town_code}{tails.pop():03d}" if len(tails) == 1 else town_code
