"""What to ask of couriers, from tracks as the post sends them: first visits, habits, what was taken back, and nobody's data."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from letters.batch.guidance import Guidance, guidance, pieces_of
from letters.batch.lookup import batch_by_no, live_pieces
from letters.post.store import import_answer
from letters.tables import Letter, Partner
from locate.tables import CaseAddress
from records.database import Database
from tests.letters.batch.conftest import DAY, HEADER
from tests.letters.conftest import compose_case

MONDAY = DAY + timedelta(days=(7 - DAY.weekday()) % 7)


@pytest.fixture
def tell(house: Database, tmp_path: Path):  # type: ignore[no-untyped-def]
    """``tell(number, rows)``: rows of (item, day, hour, action, proper, not proper, effect) in one file of the post."""

    def of(number: int, rows: list[tuple[str, date, int, str, str, str, str]]) -> None:
        path = tmp_path / f"EVT-20261130-S{number:06d}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for serial, (item, day, hour, action, proper, not_proper, effect) in enumerate(rows):
                writer.writerow([f"{number}{serial:04d}", item, f"{day:%Y%m%d}", f"{hour:02d}0000", "江汉揽投部", action, proper, not_proper, "张三签收", effect])
        counts = import_answer(house, "POST", path, actor="test").counts
        assert counts["quarantined"] == 0, counts

    return of


def told(house: Database, days: int = 60) -> Guidance:
    with house.session() as session:
        return guidance(session, house.clock() + timedelta(days=days))


def sent(house: Database, keep, send, count: int) -> list[str]:  # type: ignore[no-untyped-def]
    keep(*[compose_case(n) for n in range(count)])
    batch = send()
    with house.session() as session:
        return [piece.item_no for piece in live_pieces(session, house.cipher, batch_by_no(session, batch))]


def test_evenings_are_advised_where_mornings_find_nobody(house: Database, keep, send, tell) -> None:
    items = sent(house, keep, send, 60)
    rows = []
    for at, item in enumerate(items):
        evening = at % 2 == 0
        hour, inside = (18, at % 20 != 0) if evening else (10, at % 10 == 1)
        rows.append((item, MONDAY + timedelta(at % 4), hour, "10" if inside else "20", "10" if inside else "", "" if inside else "103", "1"))
        if not inside:  # a second visit is no first one
            rows.append((item, MONDAY + timedelta(at % 4 + 1), 10, "10", "10", "", "1"))
    tell(1, rows)
    found = told(house)
    assert found.visits == 60 and found.silent == 0
    (guide,) = found.guides
    assert guide.visits == 60 and not guide.work and guide.office == "江汉揽投部"
    assert any("17时后投递（见到人 27/30，其余时段 6/30）" in word for word in guide.words)
    assert "张三" not in repr(found)


def test_boxes_wishes_and_mail_rooms_are_told_and_the_unmoved_counted(house: Database, keep, send, tell) -> None:
    items = sent(house, keep, send, 50)
    with house.session() as session:
        session.execute(update(CaseAddress).where(CaseAddress.id.in_(select(Letter.address_id))).values(kind="work"))
    rows = [(item, MONDAY, 10, "10", "12", "", "1") for item in items[:30]]
    rows += [(item, MONDAY, 10, "20", "", "105", "1") for item in items[30:45]]
    rows += [(items[45], MONDAY, 10, "20", "", "126", "1"), (items[46], MONDAY, 10, "20", "", "117", "1")]
    rows += [(items[47], MONDAY, 10, "10", "10", "", "1"), (items[47], MONDAY, 10, "10", "10", "", "0")]
    tell(1, rows)
    found = told(house)
    assert (found.visits, found.unmoved, found.taken_back) == (30, 17, 1)  # 15 wishes, one moved, one lost
    (guide,) = found.guides
    assert guide.work and len(guide.words) == 2
    assert "改期或自取" in guide.words[0] and "15/46" in guide.words[0] and "收发室" in guide.words[1] and "30/30" in guide.words[1]


def test_few_pieces_say_nothing_and_later_files_are_not_known_yet(house: Database, keep, send, tell) -> None:
    items = sent(house, keep, send, 9)
    tell(1, [(item, MONDAY, 10, "10", "10", "", "1") for item in items])
    found = told(house)
    assert (found.guides, found.silent, found.visits) == ((), 1, 9)
    with house.session() as session:
        early = guidance(session, house.clock() - timedelta(days=400))
        assert (early.visits, early.silent) == (0, 0)
        partner = session.scalars(select(Partner)).one()
        assert guidance(session, house.clock() + timedelta(60), partner_id=partner.id, lender_code="DEMO").visits == 9
        assert guidance(session, house.clock() + timedelta(60), lender_code="OTHER").visits == 0
        letter = session.scalars(select(Letter)).first()
        assert letter is not None
        assert sum(pieces_of(session, letter.batch_id).values()) == 9
