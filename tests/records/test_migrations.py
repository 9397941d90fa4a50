"""The migrations make exactly the tables that the code declares, once, whoever asks first."""

import importlib
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, create_engine, text

from records import migrations
from records.database import Database
from records.errors import WrongUsage
from records.tables import Base

ROOT = Path(migrations.__file__).parents[2]
REMEDY = "run scripts/make_migration --first (before the first release), or scripts/make_migration 'why'"

CATALOGUE = {
    "columns": """
        SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default, character_maximum_length,
               numeric_precision, numeric_scale, collation_name
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
    """,
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    """,
}


def catalogue(connection: Connection, what: str) -> set[tuple[object, ...]]:
    return {tuple(row) for row in connection.execute(text(CATALOGUE[what]))}


@pytest.fixture(scope="module")
def declared(server) -> dict[str, set[tuple[object, ...]]]:  # type: ignore[no-untyped-def]
    """What ``create_all`` makes of the tables in code."""
    for module in ("records.tables", "locate.tables", "letters.tables"):
        importlib.import_module(module)
    with server.database() as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            Base.metadata.create_all(connection)
            found = {what: catalogue(connection, what) for what in CATALOGUE}
        engine.dispose()
    return found


@pytest.mark.parametrize("what", CATALOGUE)
def test_the_migrated_schema_is_the_declared_one(db: Database, declared: dict[str, set[tuple[object, ...]]], what: str) -> None:
    with db.engine.connect() as connection:
        migrated = catalogue(connection, what)
    assert migrated - declared[what] == set(), f"only in the migrations; {REMEDY}"
    assert declared[what] - migrated == set(), f"only in the code; {REMEDY}"
    assert len(migrated) > 30


def test_a_check_written_inside_a_column_would_be_seen_by_this_comparison(db: Database) -> None:
    with db.engine.connect() as connection:
        before = catalogue(connection, "constraints")
        connection.execute(text("ALTER TABLE lawyer ADD CONSTRAINT ck_x CHECK (code <> '')"))
        assert len(catalogue(connection, "constraints") - before) == 1


def test_migrations_import_no_table_of_ours() -> None:
    check = (
        "import sys; sys.path.insert(0, '.'); from sqlalchemy import create_mock_engine\n"
        "import runpy, pathlib\n"
        "for path in sorted(pathlib.Path('records/migrations/versions').glob('*.py')): runpy.run_path(str(path))\n"
        "bad = [name for name in sys.modules if name.split('.')[0] in ('records', 'locate', 'letters', 'models', 'console')]\n"
        "sys.exit(repr(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_revisions_are_numbered_without_gaps_and_named_for_what_they_do() -> None:
    names = sorted(path.name for path in (ROOT / "records/migrations/versions").glob("*.py"))
    assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)]
    assert all(len(name) > len("0001_.py") for name in names)
    assert migrations.head() == names[-1][:4]


def test_an_up_to_date_database_is_left_alone(db: Database) -> None:
    with db.engine.connect() as connection:
        assert migrations.upgrade(connection) is False


def test_an_up_to_date_database_does_not_pay_for_alembic() -> None:
    check = "import sys; import records.database; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=False).returncode == 0


def test_processes_that_migrate_together_migrate_once(server) -> None:  # type: ignore[no-untyped-def]
    made: list[bool] = []
    with server.database() as url:
        engine = create_engine(url)

        def run() -> None:
            with engine.connect() as connection:
                made.append(migrations.upgrade(connection))

        threads = [threading.Thread(target=run) for _ in range(3)]
        # Alembic's context is one a process, so the threads take turns; what is looked at is the database's lock.
        with engine.connect() as holder:
            holder.execute(text("SELECT pg_advisory_lock(:key)"), {"key": migrations._LOCK})
            threads[0].start()
            threads[0].join(0.3)
            assert threads[0].is_alive(), "waits while another migrates"
            holder.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": migrations._LOCK})
        threads[0].join()
        for thread in threads[1:]:
            thread.start()
            thread.join()
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == migrations.head()
        engine.dispose()
    assert made == [True, False, False]


def test_a_migration_that_breaks_off_leaves_nothing(server) -> None:  # type: ignore[no-untyped-def]
    with server.database() as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            connection.execute(text("CREATE TABLE work_stage (id int)"))
            connection.commit()
            with pytest.raises(Exception, match="work_stage"):
                migrations.upgrade(connection)
        with engine.connect() as connection:
            left = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
            assert left == ["work_stage"]
        engine.dispose()


def test_a_database_of_a_later_version_is_refused_and_left_alone(db: Database) -> None:
    with db.engine.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
        with pytest.raises(WrongUsage, match="9999"):
            migrations.upgrade(connection)


APPEND_ONLY = (
    "answer_file_repeat", "answer_profile", "audit_entry", "batch_confirmation", "batch_event", "claim_snapshot",
    "code_mapping", "confirmation", "conflict_check", "conflict_clearance", "contact_ask", "contact_attempt", "counter_capacity",
    "counter_day", "erased_case", "follow_ruling", "gap_settlement", "household_evidence",
    "lawyer_capacity", "learned_model", "letter_event", "letter_paper", "limitation_confirmation", "limitation_fact", "model_turn", "opt_out",
    "outcome_decision", "part_proof", "partner_products", "payment", "policy_in_use", "policy_version", "post_event",
    "postage_settlement", "proof_note", "relay_letter", "release", "reprint", "scan_fault", "scan_file", "scan_result",
    "settled_piece", "spoiled_piece", "template_filing", "verification_attempt", "void_number",
)  # fmt: skip


def test_every_append_only_table_has_both_triggers(db: Database) -> None:
    with db.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE 'refuse%' ORDER BY 1, 2")
        ).all()
    assert [tuple(row) for row in rows] == [(table, name) for table in APPEND_ONLY for name in ("refuse_change", "refuse_truncate")]


@pytest.mark.parametrize("statement", ["UPDATE opt_out SET reason = 'x'", "DELETE FROM opt_out", "TRUNCATE opt_out"])
def test_an_added_row_can_be_neither_changed_nor_removed(db: Database, statement: str) -> None:
    insert = (
        "INSERT INTO opt_out (id, mobile_bidx, at, actor, how, reason)"
        " VALUES (gen_random_uuid(), decode(repeat('00', 32), 'hex'), now(), 'a', 'phone', 'asked')"
    )
    with db.session() as session:
        session.execute(text(insert))
    with pytest.raises(Exception, match="append-only") as caught, db.session() as session:
        session.execute(text(statement))
    assert isinstance(caught.value.orig, psycopg.errors.IntegrityError)  # type: ignore[attr-defined]
    with db.session() as session:
        assert session.scalar(text("SELECT reason FROM opt_out")) == "asked"


def test_only_a_sealed_value_may_be_written_anew(db: Database) -> None:
    with db.session() as session:
        session.execute(text("ALTER TABLE post_event DROP CONSTRAINT fk_post_event_file_id"))
        session.execute(
            text(
                "INSERT INTO post_event (id, file_id, item_no, serial, occurred_at, office, action, proper_delivery,"
                " not_proper_delivery, description_sealed, effective, digest) VALUES (gen_random_uuid(), gen_random_uuid(),"
                " 'XA1', '1', now(), 'o', 'a', '', '', 'old', true, 'd')"
            )
        )
    with db.session() as session:
        session.execute(text("UPDATE post_event SET description_sealed = 'new'"))
    for change in ("item_no = 'XA2'", "description_sealed = 'x', office = 'p'", "effective = false"):
        with pytest.raises(Exception, match="append-only"), db.session() as session:
            session.execute(text(f"UPDATE post_event SET {change}"))
    with db.session() as session:
        assert bytes(session.scalar(text("SELECT description_sealed FROM post_event")) or b"") == b"new"
