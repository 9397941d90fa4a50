"""The chain tells of any change, wherever it is made, and its anchor of a cut-off end."""

import dataclasses
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from records import database
from records.anchor import Head, advance_anchor, read_anchor
from records.audit import Breach, append_audit, entry_hash, verify_audit
from records.database import Database
from records.errors import Broken
from records.settings import Settings
from records.tables import AuditEntry

NOON = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)


ID_NUMBER = "11010119900307002X"
"""Composed: no such person; its check digit holds, unlike that of ``110101199003070012``."""


def append(db: Database, count: int = 5) -> None:
    for number in range(count):
        with db.session() as session:
            append_audit(session, actor="lawyer:L1", action="batch.release", subject=f"B{number}", detail={"pieces": number})


def tamper(db: Database, statement: str) -> None:
    """Change the table as someone with all rights would: triggers off first."""
    with db.session() as session:
        session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        session.execute(text(statement))
        session.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER USER"))


def breach(db: Database) -> tuple[Breach | None, int | None]:
    with db.session() as session:
        report = verify_audit(session)
    return report.breach, report.broken_at


def test_an_untouched_chain_is_sound_and_anchored_at_its_end(db: Database) -> None:
    append(db)
    with db.session() as session:
        report = verify_audit(session)
    assert report.sound
    assert (report.entries, report.anchored, report.broken_at) == (5, 5, None)


def test_an_empty_chain_is_sound(db: Database) -> None:
    with db.session() as session:
        assert verify_audit(session) == dataclasses.replace(verify_audit(session), entries=0, anchored=None)
        assert verify_audit(session).sound


@pytest.mark.parametrize(
    "change",
    [
        "at = at + interval '1 microsecond'",
        "actor = 'lawyer:L2'",
        "action = 'batch.void'",
        "subject = 'B9'",
        "detail = '{\"pieces\": 8}'",
        "detail = '{\"pieces\": \"2\"}'",
        "detail = detail || '{\"more\": null}'",
        "previous_sha256 = sha256(previous_sha256)",
        "sha256 = sha256(sha256)",
    ],
)
def test_a_change_of_any_column_is_found_at_its_entry(db: Database, change: str) -> None:
    append(db)
    tamper(db, f"UPDATE audit_entry SET {change} WHERE seq = 3")
    assert breach(db) == (Breach.CHANGED, 3)


def test_a_removed_entry_is_found_where_it_is_missing(db: Database) -> None:
    append(db)
    tamper(db, "DELETE FROM audit_entry WHERE seq = 2")
    assert breach(db) == (Breach.MISSING, 2)


def test_a_removed_first_entry_is_found(db: Database) -> None:
    append(db)
    tamper(db, "DELETE FROM audit_entry WHERE seq = 1")
    assert breach(db) == (Breach.MISSING, 1)


def test_entries_that_changed_places_are_found(db: Database) -> None:
    append(db)
    tamper(
        db,
        "UPDATE audit_entry SET seq = -seq WHERE false; ALTER TABLE audit_entry DROP CONSTRAINT ck_audit_entry_seq_from_one;"
        "UPDATE audit_entry SET seq = -2 WHERE seq = 2; UPDATE audit_entry SET seq = 2 WHERE seq = 3;"
        "UPDATE audit_entry SET seq = 3 WHERE seq = -2",
    )
    assert breach(db) == (Breach.CHANGED, 2)


def rehash(session: Session, first: int) -> None:
    """Make the chain agree with itself again from ``first`` on, as a forger would."""
    rows = session.execute(select(AuditEntry).order_by(AuditEntry.seq)).scalars().all()
    previous = bytes(32)
    for row in rows:
        if row.seq >= first:
            digest = entry_hash(row.seq, row.at, row.actor, row.action, row.subject, row.detail, previous)
            session.execute(
                text("UPDATE audit_entry SET previous_sha256 = :before, sha256 = :digest WHERE seq = :seq"),
                {"before": previous, "digest": digest, "seq": row.seq},
            )
            previous = digest
        else:
            previous = row.sha256


def test_an_entry_hashed_anew_does_not_fit_the_one_after_it(db: Database) -> None:
    append(db)
    with db.session() as session:
        row = session.get_one(AuditEntry, 3)
        digest = entry_hash(3, row.at, "lawyer:L2", row.action, row.subject, row.detail, row.previous_sha256)
    tamper(db, f"UPDATE audit_entry SET actor = 'lawyer:L2', sha256 = '\\x{digest.hex()}' WHERE seq = 3")
    assert breach(db) == (Breach.REORDERED, 4)


def test_a_chain_rewritten_to_its_end_does_not_fit_the_signed_head(db: Database) -> None:
    append(db)
    tamper(db, "UPDATE audit_entry SET actor = 'lawyer:L2' WHERE seq = 3")
    with db.session() as session:
        session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        rehash(session, 3)
    assert breach(db) == (Breach.REWRITTEN, 5)
    with db.session() as session:
        db.settings.workspace.audit_head_file.unlink()
        report = verify_audit(session)
    assert report.sound, "without the anchor it can't be told"
    assert report.anchored is None


@pytest.mark.parametrize("left", [0, 1, 4])
def test_a_cut_off_end_is_found_by_the_signed_head(db: Database, left: int) -> None:
    append(db)
    tamper(db, f"DELETE FROM audit_entry WHERE seq > {left}")
    assert breach(db) == (Breach.TRUNCATED, left + 1)


def test_entries_are_refused_update_delete_and_truncate_by_the_database_itself(db: Database) -> None:
    append(db, 1)
    for statement in ("UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"):
        with pytest.raises(Exception, match="append-only"), db.session() as session:
            session.execute(text(statement))


def test_an_entry_is_there_if_and_only_if_its_act_is(db: Database) -> None:
    with pytest.raises(RuntimeError), db.session() as session:
        append_audit(session, actor="a", action="b", subject="c")
        raise RuntimeError
    assert breach(db) == (None, None)
    assert read_anchor(db.settings) is None, "the anchor never leads the chain"


def test_several_entries_in_one_transaction_follow_one_another(db: Database) -> None:
    with db.session() as session:
        assert [append_audit(session, actor="a", action="b", subject=str(n)) for n in range(4)] == [1, 2, 3, 4]
    with db.session() as session:
        assert verify_audit(session).anchored == 4


def test_appenders_at_the_same_time_make_one_chain(db: Database) -> None:
    def many() -> None:
        append(db, 15)

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.session() as session:
        report = verify_audit(session)
    assert (report.sound, report.entries, report.anchored) == (True, 60, 60)


def test_a_kill_between_commit_and_anchor_leaves_a_sound_chain(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    append(db, 2)

    def killed(_settings: Settings, _head: Head) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(database, "advance_anchor", killed)
        with pytest.raises(KeyboardInterrupt):
            append(db, 1)
    with db.session() as session:
        report = verify_audit(session)
    assert (report.sound, report.entries, report.anchored) == (True, 3, 2)
    append(db, 1)
    with db.session() as session:
        assert verify_audit(session).anchored == 4


def test_the_anchor_only_moves_on(settings: Settings) -> None:
    advance_anchor(settings, Head(5, "aa"))
    advance_anchor(settings, Head(3, "bb"))
    assert read_anchor(settings) == Head(5, "aa")


@pytest.mark.parametrize(
    "forge",
    [
        lambda document: {**document, "seq": 2},
        lambda document: {**document, "sha256": "00"},
        lambda document: {**document, "signature": "00" * 64},
        lambda document: {key: value for key, value in document.items() if key != "signature"},
        lambda document: [document],
    ],
)
def test_an_anchor_that_this_house_did_not_sign_is_a_breach(
    db: Database, forge: Callable[[dict[str, object]], object]
) -> None:
    append(db)
    path = db.settings.workspace.audit_head_file
    path.write_text(json.dumps(forge(json.loads(path.read_text()))))
    with pytest.raises(Broken, match="锚点"), db.session() as session:
        verify_audit(session)


def test_times_in_any_zone_are_one_instant(db: Database) -> None:
    shanghai = NOON.astimezone(timezone(timedelta(hours=8)))
    with db.session() as session:
        append_audit(session, actor="a", action="b", subject="c", clock=lambda: shanghai)
    with db.session() as session:
        assert session.get_one(AuditEntry, 1).at == NOON
        assert verify_audit(session).sound
    assert entry_hash(1, NOON, "a", "b", "c", {}, b"") == entry_hash(1, shanghai, "a", "b", "c", {}, b"")


def test_what_looks_personal_in_free_text_is_masked_before_it_is_kept(db: Database) -> None:
    detail = {
        "reason": f"本人19900012345来电，证件{ID_NUMBER}，要求停止",
        "contract": "110101199003070012",
        "list": ["19900012345", {"deep": "+86 19900012345"}],
        "sha256": "a19900012345b" * 5,
        "item_no": "XA12345678901",
        "serial": "1234567890123",
    }
    with db.session() as session:
        append_audit(session, actor="operator:19900012345", action="case.stop", subject="19900012345", detail=detail)
        append_audit(session, actor="a", action="b", subject=f"case {ID_NUMBER.lower()}")
    with db.session() as session:
        entry = session.get_one(AuditEntry, 1)
        assert session.get_one(AuditEntry, 2).subject == "case [证件号]"
        assert verify_audit(session).sound
    assert (entry.actor, entry.subject) == ("operator:[手机号]", "19900012345")
    assert entry.detail == {
        "reason": "本人[手机号]来电，证件[证件号]，要求停止",
        "contract": "110101199003070012",
        "list": ["[手机号]", {"deep": "+86 [手机号]"}],
        "sha256": "a19900012345b" * 5,
        "item_no": "XA12345678901",
        "serial": "1234567890123",
    }


@pytest.mark.parametrize("value", [1.5, b"x", NOON, {1: 2}, {"set"}, object()])
def test_a_detail_that_has_no_one_text_form_is_refused(db: Database, value: object) -> None:
    with pytest.raises(TypeError), db.session() as session:
        append_audit(session, actor="a", action="b", subject="c", detail={"value": value})


NO_NUL = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | NO_NUL,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NO_NUL, inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(NO_NUL, JSON, max_size=4), NO_NUL, st.datetimes(timezones=st.just(UTC)))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_any_detail_comes_back_from_the_database_with_the_same_hash(
    db: Database, detail: dict[str, object], subject: str, at: datetime
) -> None:
    with db.session() as session:
        append_audit(session, actor="a", action="b", subject=subject, detail=detail, clock=lambda: at)
    with db.session() as session:
        assert verify_audit(session).sound
