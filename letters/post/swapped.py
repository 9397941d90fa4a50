"""Labels swapped? Pieces whose track ends in another city than their address lies in, paired where two look exchanged.

The office's name is read by the address engine, the address's area is the case's own; a name that settles no city says
nothing. Labels swapped within one city can't be seen this way. Nothing is stored: it is asked anew every time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.post.codes import CodeTable, UnknownCode
from letters.post.model import EventKind, PostEvent
from letters.post.outcome import identity
from letters.post.partner_codes import table_in_force, tables_of
from letters.post.store import batched
from letters.tables import AnswerFile, Batch, Letter, Partner, Piece, PostEventRow
from locate.address import areas_only
from locate.address.areas import areas_of_unit
from locate.address.gazetteer import gazetteer
from locate.tables import CaseAddress
from records.lists import one_of

PAGE: Final = 5_000
_MUNICIPALITIES: Final = frozenset({"11", "12", "31", "50"})
_NO_CITY: Final = "00"
_OF_PROVINCE: Final = "90"
"""Counties under a province without a city between (潜江 429005): each is its own city."""
_WAY_BACK: Final = frozenset({EventKind.RETURNING, EventKind.RETURNED})


@dataclass(frozen=True, slots=True)
class Home:
    """Where a piece was to go: its place in the batch and the city of its address ('' = not settled)."""

    item_no: str
    letter_no: str
    position: int
    city: str


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A piece that was brought to another city. ``exchanged_with``: the item number it looks swapped with, '' for none."""

    batch_no: str
    item_no: str
    letter_no: str
    position: int
    address_city: str
    track_city: str
    office: str
    at: datetime
    exchanged_with: str = ""
    words: str = ""


def city_of(adcode: str | None) -> str:
    """The city that an area code lies in, as the first digits that its codes share; '' where only the province is known."""
    if adcode is None or len(adcode) < 6:
        return ""
    if adcode[:2] in _MUNICIPALITIES:
        return adcode[:2]
    if adcode[2:4] == _OF_PROVINCE:
        return adcode[:6] if adcode[4:6] != _NO_CITY else ""
    return "" if adcode[2:4] == _NO_CITY else adcode[:4]


@lru_cache(maxsize=65_536)
def city_of_office(name: str) -> str:
    """The city that a carrier's office lies in by its name (武汉市江岸区揽投部 → 4201); '' where the name settles none."""
    areas = areas_only(name)
    return "" if areas.ambiguous or areas.conflict else city_of(areas.adcode)


def city_name(city: str) -> str:
    """The name of what ``city_of`` gave."""
    unit = gazetteer().by_code.get(city.ljust(6, "0"))
    if unit is None:
        return city
    areas = areas_of_unit(gazetteer(), unit)
    return areas.district or areas.city or areas.province or city


def ends_at(events: Iterable[PostEvent], table: CodeTable) -> PostEvent | None:
    """The event that tells where a piece was to be handed out: its delivery, else its first failed delivery, else the round.

    What was voided is left out, and so is the way back to the sender.
    """
    rows = sorted(events, key=lambda event: (event.occurred_at, event.action))
    void = {identity(event) for event in rows if not event.effective}
    steps: list[tuple[EventKind, PostEvent]] = []
    for event in rows:
        meaning = table.meaning(event.action, event.proper_delivery, event.not_proper_delivery)
        if isinstance(meaning, UnknownCode) or meaning.kind is None or not event.effective or identity(event) in void:
            continue
        if meaning.kind is EventKind.VOIDS:
            taken = next((i for i in range(len(steps) - 1, -1, -1) if steps[i][1].action in meaning.voids), None)
            if taken is not None:
                del steps[taken]
        else:
            steps.append((meaning.kind, event))
    delivered = [event for kind, event in steps if kind is EventKind.DELIVERED]
    failed = [event for kind, event in steps if kind is EventKind.ATTEMPT_FAILED]
    round_ = [event for kind, event in steps if kind is EventKind.OUT_FOR_DELIVERY]
    if delivered:
        return delivered[-1]
    if failed:
        return failed[0]
    return round_[-1] if round_ and not any(kind in _WAY_BACK for kind, _ in steps) else None


def misplaced_of(batch_no: str, homes: Sequence[Home], ends: Iterable[PostEvent]) -> list[Misplaced]:
    """The pieces of one batch (``homes`` in manifest order) that ended in another city, paired where two are exchanged."""
    by_item = {home.item_no: index for index, home in enumerate(homes)}
    found: dict[str, Misplaced] = {}
    waiting: dict[tuple[str, str], list[Misplaced]] = defaultdict(list)
    for event in ends:
        home, seen = homes[by_item[event.item_no]], city_of_office(event.office)
        if seen and home.city and seen != home.city:
            one = Misplaced(batch_no, home.item_no, home.letter_no, home.position, home.city, seen, event.office, event.occurred_at)
            found[one.item_no] = one
            waiting[home.city, seen].append(one)
    for one in sorted(found.values(), key=lambda each: each.position):
        if found[one.item_no].exchanged_with:
            continue
        others = [other for other in waiting[one.track_city, one.address_city] if not found[other.item_no].exchanged_with]
        if others:
            other = min(others, key=lambda each: (abs(each.position - one.position), each.position))
            found[one.item_no] = replace(one, exchanged_with=other.item_no, words=_EXCHANGED.format(other=other.item_no))
            found[other.item_no] = replace(other, exchanged_with=one.item_no, words=_EXCHANGED.format(other=one.item_no))
    return [_told(found[key], homes, by_item[key]) for key in sorted(found, key=lambda key: found[key].position)]


_EXCHANGED: Final = "与 {other} 的城市恰好互换，疑似两件标签贴反"


def _told(one: Misplaced, homes: Sequence[Home], index: int) -> Misplaced:
    words = one.words or _beside(one, homes, index) or "可能是标签贴错，也可能是改寄或转投，请向合作方查询"
    return replace(one, words=words, address_city=city_name(one.address_city), track_city=city_name(one.track_city))


def _beside(one: Misplaced, homes: Sequence[Home], index: int) -> str:
    for step, which in ((1, "后"), (-1, "前")):
        if 0 <= index + step < len(homes) and homes[index + step].city == one.track_city:
            return f"到了{which}一件 {homes[index + step].item_no} 的城市，疑似从某件起错开一件"
    return ""


def find_swapped(session: Session, batch_ids: Collection[UUID] | None = None) -> list[Misplaced]:
    """Misplaced pieces of these batches, or of all, batches in order of their number."""
    query = select(Batch.id, Batch.batch_no, Batch.partner_id).order_by(Batch.batch_no)
    if batch_ids is not None:
        query = query.where(one_of(Batch.id, batch_ids))
    found: list[Misplaced] = []
    batches = session.execute(query).all()
    tables = tables_of(session, {partner_id for _, _, partner_id in batches})
    for batch_id, batch_no, partner_id in batches:
        homes = _homes(session, batch_id)
        ends: list[PostEvent] = []
        for page in batched((home.item_no for home in homes), PAGE):
            ends += _ends(session, page, tables[partner_id])
        found += misplaced_of(batch_no, homes, ends)
    return found


def misplaced_in_file(session: Session, partner: str, sha256: str) -> list[UUID]:
    """The batches of which an imported answer file's tracks show a misplaced piece: those that are worth a whole look."""
    partner_id = session.scalars(select(Partner.id).where(Partner.code == partner)).one()
    rows = session.execute(
        select(Piece.item_no, Letter.batch_id, CaseAddress.adcode)
        .join(Letter, Letter.id == Piece.letter_id)
        .join(CaseAddress, CaseAddress.id == Letter.address_id)
        .join(PostEventRow, PostEventRow.item_no == Piece.item_no)
        .join(AnswerFile, AnswerFile.id == PostEventRow.file_id)
        .where(AnswerFile.partner_id == partner_id, AnswerFile.sha256 == sha256)
        .distinct()
    ).all()
    table = table_in_force(session, partner_id)
    found: set[UUID] = set()
    for page in batched(rows, PAGE):
        told = {item_no: (batch_id, city_of(adcode)) for item_no, batch_id, adcode in page}
        for end in _ends(session, list(told), table):
            batch_id, city = told[end.item_no]
            if city and city_of_office(end.office) not in ("", city):
                found.add(batch_id)
    return sorted(found)


def _homes(session: Session, batch_id: UUID) -> list[Home]:
    rows = session.execute(
        select(Piece.item_no, Letter.letter_no, Letter.position, CaseAddress.adcode)
        .join(Letter, Letter.id == Piece.letter_id)
        .join(CaseAddress, CaseAddress.id == Letter.address_id)
        .where(Letter.batch_id == batch_id)
        .order_by(Letter.position, Piece.copy_no)
    )
    return [Home(item_no, letter_no, position, city_of(adcode)) for item_no, letter_no, position, adcode in rows]


def _ends(session: Session, items: Sequence[str], table: CodeTable) -> list[PostEvent]:
    events: dict[str, list[PostEvent]] = defaultdict(list)
    for row in session.execute(
        select(
            PostEventRow.item_no, PostEventRow.occurred_at, PostEventRow.office, PostEventRow.action, PostEventRow.proper_delivery,
            PostEventRow.not_proper_delivery, PostEventRow.effective,
        ).where(one_of(PostEventRow.item_no, items))
    ):  # fmt: skip
        events[row.item_no].append(
            PostEvent(
                item_no=row.item_no, serial="", occurred_at=row.occurred_at, office=row.office, action=row.action,
                proper_delivery=row.proper_delivery, not_proper_delivery=row.not_proper_delivery, description="",
                effective=row.effective,
            )
        )  # fmt: skip
    return [end for told in events.values() if (end := ends_at(told, table)) is not None]
