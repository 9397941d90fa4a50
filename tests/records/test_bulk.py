"""Rows by COPY are the same as rows by INSERT."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from records.bulk import copy_rows
from records.database import Database
from records.identity import uuid7
from records.tables import WorkStage

EVERY = Table(
    "every type",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("at", DateTime(timezone=True)),
    Column("day", Date),
    Column("bytes", LargeBinary),
    Column("index", LargeBinary(32)),
    Column("json", JSONB),
    Column("texts", ARRAY(Text)),
    Column("big", BigInteger),
    Column("number", Integer),
    Column("small", SmallInteger),
    Column("yes", Boolean),
    Column("float", Float),
    Column("exact", Numeric(9, 4)),
    Column("text", Text(collation="C")),
    Column("short", String(20)),
    Column("select", Text),
)
COLUMNS = [column.name for column in EVERY.columns]
EARLIEST = datetime(1900, 1, 1)  # noqa: DTZ001 - hypothesis takes bounds without a zone
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
ROWS = st.tuples(
    st.uuids(),
    st.none() | st.datetimes(EARLIEST, timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))])),
    st.none() | st.dates(),
    st.none() | st.binary(max_size=40),
    st.none() | st.binary(min_size=32, max_size=32),
    st.none() | st.dictionaries(TEXT, TEXT | st.integers(-(2**60), 2**60) | st.none() | st.lists(TEXT), max_size=3),
    st.none() | st.lists(TEXT | st.none(), max_size=3),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.integers(-(2**31), 2**31 - 1),
    st.none() | st.integers(-(2**15), 2**15 - 1),
    st.none() | st.booleans(),
    st.none() | st.floats(allow_nan=False),
    st.none() | st.decimals(min_value=-99999, max_value=99999, places=4),
    st.none() | TEXT,
    st.none() | TEXT,
    st.none() | TEXT,
)


@given(st.lists(ROWS, max_size=5, unique_by=lambda row: row[0]))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_every_type_and_null_comes_back_as_it_went(db: Database, rows: list[tuple[object, ...]]) -> None:
    with db.session() as session:
        EVERY.drop(session.connection(), checkfirst=True)
        EVERY.create(session.connection())
        assert copy_rows(session, EVERY, COLUMNS, rows) == len(rows)
        back = {row[0]: tuple(row) for row in session.execute(select(EVERY))}
    assert back == {row[0]: row for row in rows}


class Kind(StrEnum):
    WORK = "work"


def stage(number: int) -> tuple[object, ...]:
    return uuid7(), Kind.WORK, f"s{number}", "m:f", {"n": number}, datetime.now(UTC)


STAGE = ["id", "name", "subject", "function", "args", "created_at"]


def test_enums_go_as_their_text_and_columns_left_out_are_null(db: Database) -> None:
    with db.session() as session:
        copy_rows(session, WorkStage.__table__, STAGE, [stage(1)])
    with db.session() as session:
        row = session.execute(select(WorkStage)).scalar_one()
        assert (row.name, row.args, row.done_at) == ("work", {"n": 1}, None)


def test_rows_are_part_of_the_session_s_transaction(db: Database) -> None:
    with pytest.raises(RuntimeError), db.session() as session:
        copy_rows(session, WorkStage.__table__, STAGE, map(stage, range(10)))
        raise RuntimeError
    with db.session() as session:
        assert session.execute(select(WorkStage)).first() is None


def test_what_the_session_holds_is_there_before_the_rows(db: Database) -> None:
    with db.session() as session:
        first = WorkStage(name="n", subject="s0", function="m:f", args={}, created_at=datetime.now(UTC))
        session.add(first)
        copy_rows(session, WorkStage.__table__, STAGE, [stage(1)])
        assert session.execute(select(WorkStage.subject).order_by(WorkStage.subject)).scalars().all() == ["s0", "s1"]


def test_rows_are_taken_one_at_a_time(db: Database) -> None:
    alive = 0
    most = 0

    class Row(tuple[object, ...]):
        __slots__ = ()

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def rows() -> Iterator[Row]:
        nonlocal alive, most
        for number in range(3000):
            alive += 1
            most = max(most, alive)
            yield Row(stage(number))

    with db.session() as session:
        assert copy_rows(session, WorkStage.__table__, STAGE, rows()) == 3000
    assert most <= 3


def test_a_fault_in_the_rows_ends_the_copy_and_the_session_can_go_on_after_a_rollback(db: Database) -> None:
    def rows() -> Iterator[tuple[object, ...]]:
        yield stage(1)
        raise LookupError("the reader")

    with pytest.raises(LookupError, match="the reader"), db.session() as session:
        copy_rows(session, WorkStage.__table__, STAGE, rows())
    with db.session() as session:
        assert copy_rows(session, WorkStage.__table__, STAGE, [stage(1)]) == 1


def test_a_row_that_a_constraint_refuses_is_the_driver_s_own_error(db: Database) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation), db.session() as session:
        copy_rows(session, WorkStage.__table__, STAGE, [stage(1), stage(1)])


def test_copied_and_inserted_rows_are_the_same(db: Database) -> None:
    row = (
        UUID(int=1), datetime(2026, 11, 20, tzinfo=UTC), date(2026, 11, 20), b"\0\xff", bytes(32), {"一": [1, None]}, ["甲", None, ""],
        2**62, -1, 7, True, math.pi, Decimal("23.9800"), "文", "短", "选",
    )  # fmt: skip
    with db.session() as session:
        EVERY.create(session.connection())
        copy_rows(session, EVERY, COLUMNS, [row])
        session.execute(insert(EVERY).values(dict(zip(COLUMNS, (UUID(int=2), *row[1:]), strict=True))))
        one, two = session.execute(select(EVERY).order_by(EVERY.c.id)).all()
    assert tuple(one)[1:] == tuple(two)[1:] == row[1:]
