"""Sessions are whole or nothing; locks exclude; faults come out as ours; keys and servers are checked on opening."""

import dataclasses
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text

from locate.tables import CaseFile, Lender
from records import database
from records.cipher import Cipher
from records.clock import system_clock, today
from records.database import Database, open_database
from records.errors import AlreadyRunning, Broken, DatabaseUnreachable, DiskFull, WrongUsage
from records.identity import uuid7
from records.keys import new_ring
from records.reseal import reseal_column
from records.settings import Settings, load_settings
from records.tables import KeyMark, WorkStage

ADD = "INSERT INTO work_stage (id, name, subject, function, args, created_at) VALUES (gen_random_uuid(), 'n', 's', 'f', '{}', now())"


def stages(db: Database) -> int:
    with db.session() as session:
        return int(session.scalar(text("SELECT count(*) FROM work_stage")) or 0)


def test_a_session_commits_at_its_end(db: Database) -> None:
    with db.session() as session:
        session.execute(text(ADD))
        assert stages(db) == 0
    assert stages(db) == 1


def test_a_session_rolls_back_on_any_exception(db: Database) -> None:
    for fault in (ValueError, KeyboardInterrupt):
        with pytest.raises(fault), db.session() as session:
            session.execute(text(ADD))
            raise fault
    assert stages(db) == 0


def test_instants_come_back_in_utc_whatever_the_server_is_set_to(db: Database) -> None:
    with db.session() as session:
        assert session.scalar(text("SHOW timezone")) == "UTC"
        assert session.scalar(text("SHOW client_connection_check_interval")) == "2s"


def test_text_sorts_by_code_point_on_every_server(db: Database) -> None:
    names = ["b", "B", "a", "_", "张", "安", "Z", "1"]
    with db.session() as session:
        for name in names:
            session.execute(text(ADD.replace("'n'", f"'{name}'")))
        found = session.scalars(select(WorkStage.name).order_by(WorkStage.name)).all()
    assert found == sorted(names)


def test_a_server_that_went_away_mid_session_is_unreachable_and_the_next_session_works(db: Database) -> None:
    with pytest.raises(DatabaseUnreachable) as caught, db.session() as session:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        with db.session() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        session.execute(text(ADD))
    assert caught.value.exit_code == 4
    assert "重新运行" in caught.value.advice
    assert stages(db) == 0


def test_a_full_disk_on_the_server_is_told(db: Database) -> None:
    with pytest.raises(DiskFull), db.session() as session:
        session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$"))


@pytest.mark.parametrize("place", ["/nonexistent", "localhost:1"])
def test_a_server_that_is_not_there_is_unreachable(settings: Settings, place: str) -> None:
    url = f"postgresql+psycopg://u:secret@{place}/d" if ":" in place else f"postgresql+psycopg://u:secret@/d?host={place}"
    with pytest.raises(DatabaseUnreachable) as caught, open_database(dataclasses.replace(settings, database_url=url)):
        pass
    assert "secret" not in caught.value.message + caught.value.advice


def test_an_exclusive_name_is_held_by_one_and_the_other_is_told_at_once(db: Database) -> None:
    other = Database.connect(db.url, db.settings)
    started = time.monotonic()
    with db.exclusive("day run"):
        with pytest.raises(AlreadyRunning, match="day run") as caught, other.exclusive("day run"):
            pass
        with other.exclusive("something else"):
            pass
    assert caught.value.exit_code == 4
    assert time.monotonic() - started < 5
    with other.exclusive("day run"):
        pass
    other.close()


def test_an_exclusive_name_is_free_again_after_a_fault(db: Database) -> None:
    for _ in range(5):
        with pytest.raises(LookupError), db.exclusive("x"):
            raise LookupError


def test_an_exclusive_name_comes_free_when_its_holder_s_connection_dies(db: Database) -> None:
    other = Database.connect(db.url, db.settings)
    with pytest.raises(DatabaseUnreachable), db.exclusive("x"):
        with other.session() as session:
            # Of this database only: other tests work on the same server.
            mine = "(SELECT oid FROM pg_database WHERE datname = current_database())"
            session.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = {mine}"))
        with other.exclusive("x"):
            pass
        raise DatabaseUnreachable("as the work itself would find out")
    with db.exclusive("x"):
        pass
    other.close()


def test_a_lock_that_comes_free_within_a_moment_is_waited_for(db: Database) -> None:
    other = Database.connect(db.url, db.settings)
    held = threading.Event()

    def hold() -> None:
        with other.exclusive("x"):
            held.set()
            time.sleep(0.3)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    with db.exclusive("x"):
        pass
    thread.join()
    other.close()


def test_a_database_takes_only_the_key_ring_it_was_first_opened_with(db: Database, tmp_path: Path) -> None:
    with db.session() as session:
        assert session.scalars(select(KeyMark.fingerprint)).all() == [db.settings.keys().fingerprint]
    stranger = dataclasses.replace(load_settings(tmp_path / "other", {}), database_url=db.url)
    with pytest.raises(Broken, match="密钥") as caught, open_database(stranger):
        pass
    assert caught.value.code == "E-KEYS"
    with db.session() as session:
        assert session.scalar(text("SELECT count(*) FROM key_mark")) == 1


def test_a_rotated_ring_is_still_the_same_ring(db: Database) -> None:
    db.settings.rotate_keys()
    with open_database(dataclasses.replace(load_settings(db.settings.home, {}), database_url=db.url)):
        pass


def test_a_server_older_than_fifteen_is_refused(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OLDEST_MAJOR", 99)
    with pytest.raises(WrongUsage, match="99"), open_database(db.settings):
        pass


def test_faults_of_the_disk_inside_the_block_are_told_as_ours(db: Database) -> None:
    with pytest.raises(DiskFull), open_database(db.settings):
        raise OSError(28, "No space left on device")


def test_values_are_sealed_anew_after_a_rotation_and_only_those_that_need_it(db: Database, cipher: Cipher) -> None:
    lender = Lender(id=uuid7(), code="L", name="n", kind="bank", settings={}, created_at=system_clock())
    rotated = Cipher(db.settings.rotate_keys())

    def add(number: int, seal: Callable[[str, object, str], bytes]) -> None:
        row = uuid7()
        session.add(
            CaseFile(
                id=row, lender_id=lender.id, sha256=str(number), name="f", size=1, as_of=today(), imported_at=system_clock(),
                report=seal("case_file.report", row, f"文{number}"), counts={},
            )
        )  # fmt: skip

    with db.session() as session:
        session.add(lender)
        session.flush()
        for number in range(5):
            add(number, cipher.seal)
        add(5, rotated.seal)
    assert reseal_column(db, rotated, CaseFile.report, "case_file.report") == 5
    assert reseal_column(db, rotated, CaseFile.report, "case_file.report") == 0
    with db.session() as session:
        rows = session.execute(select(CaseFile.id, CaseFile.report, CaseFile.sha256)).all()
    assert {rotated.open("case_file.report", row.id, row.report) for row in rows} == {f"文{number}" for number in range(6)}
    assert all(row.report.startswith(rotated.active_head) for row in rows)


def test_a_value_that_does_not_open_stops_the_sealing_anew(db: Database) -> None:
    stranger = Cipher(new_ring())
    with db.session() as session:
        session.execute(text("ALTER TABLE case_file DROP CONSTRAINT fk_case_file_lender_id"))
        session.execute(
            text(
                "INSERT INTO case_file (id, lender_id, sha256, name, size, as_of, imported_at, report, counts)"
                " VALUES (:id, :id, 'x', 'f', 1, now(), now(), :report, '{}')"
            ),
            {"id": uuid7(), "report": stranger.seal("case_file.report", uuid7(), "文")},
        )
    with pytest.raises(Broken, match="密钥"):
        reseal_column(db, Cipher(db.settings.rotate_keys()), CaseFile.report, "case_file.report")
