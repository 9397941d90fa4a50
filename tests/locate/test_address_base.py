"""The operator's address library: loaded once however often, found by blocks, with reasons; nothing readable in the table."""

from __future__ import annotations

from sqlalchemy import select

from locate.address import Relation, parse
from locate.address_base import base_size, find_in_base, load_base
from locate.tables import BaseAddress
from records.database import Database

ENTRIES = [
    "浙江省杭州市西湖区文三路90号幸福里小区18幢2单元1502室",
    "浙江省杭州市西湖区文三路90号",
    "浙江省杭州市西湖区文三路92号",
    "湖北省武汉市江汉区新华路25号",
    "鼓楼区中山路1号",  # whose 鼓楼区?
    "浙江省杭州市",
]


def test_loading_twice_adds_nothing_and_says_what_cannot_be_used(db: Database) -> None:
    first = load_base(db, ENTRIES)
    assert (first.added, first.known, first.refused) == (4, 0, (5, 6))
    again = load_base(db, [*ENTRIES, ENTRIES[0]])
    assert (again.added, again.known) == (0, 5)
    with db.session() as session:
        assert base_size(session) == 4


def test_an_address_finds_itself_however_written_and_what_holds_it(db: Database) -> None:
    load_base(db, ENTRIES)
    with db.session() as session:
        [found, nothing] = find_in_base(session, db.cipher, [parse("杭州西湖区文三路90号18栋2单元1502"), parse("杭州市西湖区文二路3号")])
    assert [(one.text, one.match.relation) for one in found] == [(ENTRIES[0], Relation.SAME), (ENTRIES[1], Relation.WITHIN)]
    assert all(one.match.why for one in found)
    assert nothing == []


def test_an_entry_read_by_another_reader_is_read_again(db: Database) -> None:
    load_base(db, ENTRIES[:1])
    with db.session() as session:
        session.scalars(select(BaseAddress)).one().reader_version = "rules-2020.01.1"
    assert load_base(db, ENTRIES[:1]).added == 1


def test_the_table_holds_no_readable_address(db: Database) -> None:
    load_base(db, ENTRIES[:1])
    with db.session() as session:
        entry = session.scalars(select(BaseAddress)).one()
        for value in (entry.text_sealed, entry.parts_sealed, entry.text_bidx, *entry.blocks):
            assert "文三路".encode() not in value
