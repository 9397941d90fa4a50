"""The migration of item numbers on a database of the release before: ranges get their span, old voids their record."""

from __future__ import annotations

import re
import uuid

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from letters.post.numbers import number_at, ordinal
from records import migrations

RANGES = [("XA", "", "domestic13", 1, 500), ("RR", "CN", "s10", 7, 99), ("118", "", "ems13", 0, 9), ("XA9", "", "domestic13", 5, 6)]


def before() -> str:
    """The revision that the numbers' migration follows."""
    (path,) = (migrations.SCRIPTS / "versions").glob("*_numbers.py")
    found = re.search(r"down_revision = '(\d+)'", path.read_text("utf-8"))
    assert found is not None
    return found[1]


def test_ranges_and_voids_of_the_release_before_are_kept(server) -> None:  # type: ignore[no-untyped-def]
    with server.database() as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            config = Config()
            config.set_main_option("script_location", str(migrations.SCRIPTS))
            config.attributes["connection"] = connection
            command.upgrade(config, before())
            partner = uuid.uuid4()
            connection.execute(text("INSERT INTO partner VALUES (:id, 'P', '示例', '{}', '2026-01-02 00:00+08')"), {"id": partner})
            for prefix, suffix, fmt, first, last in RANGES:
                connection.execute(
                    text("INSERT INTO number_range VALUES (:id, :partner, '200', :fmt, :prefix, :suffix, :first, :last, :first)"),
                    {"id": uuid.uuid4(), "partner": partner, "fmt": fmt, "prefix": prefix, "suffix": suffix, "first": first, "last": last},
                )
            connection.execute(text("SET session_replication_role = replica"))  # a piece alone, without all that it hangs on
            letter, nobody, batch, voided = (uuid.uuid4() for _ in range(4))
            for letter_id, batch_id, item in ((letter, uuid.uuid4(), "XA00000000001"), (voided, batch, "XA00000000002")):
                connection.execute(
                    text(
                        "INSERT INTO letter VALUES (:id, :batch, :x, :x, :x, :x, '2026-11-20', :no, 0, 1, :no, '430000', '', '', '', '', now())"
                    ),
                    {"id": letter_id, "batch": batch_id, "x": nobody, "no": item},
                )
                connection.execute(
                    text("INSERT INTO piece (id, letter_id, copy_no, item_no) VALUES (:id, :letter, 1, :item)"),
                    {"id": uuid.uuid4(), "letter": letter_id, "item": item},
                )
            connection.execute(
                text("INSERT INTO letter_event VALUES (:id, :letter, 'pulled', now(), 'a', '已还款')"), {"id": uuid.uuid4(), "letter": letter}
            )
            connection.execute(
                text("INSERT INTO batch_event VALUES (:id, :batch, 'void', now(), 'a', '{\"reason\": \"模板有误\"}')"),
                {"id": uuid.uuid4(), "batch": batch},
            )
            connection.execute(text("SET session_replication_role = origin"))
            connection.commit()
            assert migrations.upgrade(connection) is True
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT prefix, suffix, number_format, lower(span), upper(span) FROM number_range")).all()
            for prefix, suffix, fmt, first, last in RANGES:
                low, high = (ordinal(number_at(prefix, serial, suffix, fmt), fmt) for serial in (first, last))
                assert (prefix, suffix, fmt, low, high + 1) in [tuple(row) for row in rows]
            voids = connection.execute(text("SELECT item_no, kind, reason FROM void_number ORDER BY item_no")).all()
            assert [tuple(row) for row in voids] == [
                ("XA00000000001", "pulled", "已还款"), ("XA00000000002", "void", "模板有误"),
            ]  # fmt: skip
            with pytest.raises(Exception, match="append-only"):
                connection.execute(text("DELETE FROM piece"))
        engine.dispose()
