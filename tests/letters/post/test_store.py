"""Answers from the simulated partner go into the records and come out as states; nothing is lost or counted twice."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from letters.batch.lookup import batch_by_no
from letters.batch.view import batch_view
from letters.post.gaps import find_gaps, open_quarantine
from letters.post.store import import_answer
from letters.tables import Acknowledgement, PostEventRow, QuarantinedRow
from letters.tables_repeats import AnswerFileRepeat
from records.database import Database
from records.errors import UnreadableInput, WrongUsage
from scripts.partner import simulate
from scripts.partner.simulator import Fault
from tests.letters.worked import Worked

DAY = date(2026, 11, 20)
LETTERS = 40


@pytest.fixture
def posted(houses: Callable[[str, int], Worked[str]], tmp_path: Path) -> Iterator[tuple[Database, str]]:
    """A database with one handed-over batch."""
    made = houses("handed over", LETTERS)
    with made.copy(tmp_path / "house") as db:
        yield db, made.found


def answer(db: Database, answers: Path, *faults: Fault, seed: int = 3):
    truth = simulate(db.settings.workspace.outbox / "POST", answers, DAY, seed, faults)
    return truth, truth.arrived


def states(db: Database, batch_no: str) -> dict[str, str]:
    with db.session() as session:
        return {row["item_no"]: row["state"] for row in batch_view(session, batch_by_no(session, batch_no))["letters"]}


def take(db: Database, files: list[Path]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for path in files:
        counts.update(import_answer(db, "POST", path, actor="test").counts)
    return counts


def test_every_letter_ends_where_the_partners_own_books_say(posted, tmp_path) -> None:
    db, batch_no = posted
    truth, files = answer(db, tmp_path)
    counts = take(db, files)
    assert counts["quarantined"] == 0
    found = states(db, batch_no)
    assert found == {item_no: str(item.state) for item_no, item in truth.items.items()}
    assert "delivered" in found.values() and "returned" in found.values()


def test_any_order_and_repetition_of_the_files_gives_the_same_states(posted, tmp_path) -> None:
    db, batch_no = posted
    _, files = answer(db, tmp_path)
    shuffled = [*files, *files]
    random.Random(5).shuffle(shuffled)
    take(db, shuffled)
    first = states(db, batch_no)
    with db.session() as session:
        events = session.scalar(select(func.count()).select_from(PostEventRow))
        acks = session.scalar(select(func.count()).select_from(Acknowledgement))
    take(db, files)
    assert states(db, batch_no) == first
    with db.session() as session:
        assert session.scalar(select(func.count()).select_from(PostEventRow)) == events
        assert session.scalar(select(func.count()).select_from(Acknowledgement)) == acks == LETTERS


def test_unknown_codes_and_foreign_numbers_wait_and_the_rest_goes_on(posted, tmp_path) -> None:
    db, batch_no = posted
    _, files = answer(db, tmp_path, Fault.UNKNOWN_CODES, Fault.FOREIGN)
    counts = take(db, files)
    assert counts["quarantined"] > 0
    with db.session() as session:
        rows = open_quarantine(session)
        assert {row["code"] for row in rows} >= {"UNKNOWN_ITEM"}
        assert {"QUARANTINE", "FOREIGN_NUMBER"} & {gap.code for gap in find_gaps(session, db.clock)}
        kept = session.scalar(select(func.count()).select_from(QuarantinedRow))
    assert kept == counts["quarantined"]
    assert len(states(db, batch_no)) == LETTERS


def test_a_batch_without_an_answer_is_a_gap(posted) -> None:
    db, batch_no = posted
    later = db.clock() + timedelta(days=10)
    with db.session() as session:
        gaps = {gap.code: gap for gap in find_gaps(session, lambda: later)}
    assert gaps["NO_ACKNOWLEDGEMENT"].subject == batch_no
    assert gaps["NO_ACKNOWLEDGEMENT"].count == LETTERS


def test_the_same_bytes_under_another_number_are_no_missing_file(posted, tmp_path) -> None:
    """An event file of CSV bears its number only in its name: sent again, it is byte for byte the same."""
    db, batch_no = posted
    item = next(iter(states(db, batch_no)))
    header = "waybillNo,opTime,opCode\n"
    for number, content in ((1, "203"), (2, "389"), (3, "389"), (4, "954")):
        path = tmp_path / f"EVT-S{number:06d}.csv"
        path.write_text(f"{header}{item},2026-11-21 1{content[0]}:00:00,{content}\n", encoding="utf-8")
    files = sorted(tmp_path.glob("EVT-S*"))

    def missing() -> list[str]:
        with db.session() as session:
            return [gap.subject for gap in find_gaps(session, db.clock) if gap.code == "MISSING_FILE"]

    take(db, [files[0], files[1], files[3]])
    assert len(missing()) == 1
    take(db, [files[2]])
    assert missing() == []
    take(db, files)
    with db.session() as session:
        assert session.scalar(select(func.count()).select_from(AnswerFileRepeat)) == 1


def test_a_file_of_no_known_form_changes_nothing(posted, tmp_path) -> None:
    db, _ = posted
    odd = tmp_path / "odd.csv"
    odd.write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(UnreadableInput):
        import_answer(db, "POST", odd, actor="test")
    with pytest.raises(WrongUsage):
        import_answer(db, "NOBODY", odd, actor="test")


def test_a_later_voiding_event_takes_a_delivery_back(posted, tmp_path) -> None:
    db, batch_no = posted
    item = next(iter(states(db, batch_no)))

    def row(serial: int, action: str, proper: str, effect: str) -> dict[str, str]:
        return {
            "serialnumber": str(serial), "mailnum": item, "procdate": "20261122", "proctime": f"10000{serial}",
            "orgfullname": "武汉市江汉区", "action": action, "properdelivery": proper, "notproperdelivery": "",
            "description": "", "effect": effect,
        }  # fmt: skip

    first = [row(1, "00", "", "1"), row(2, "50", "", "1"), row(3, "10", "10", "1")]
    (tmp_path / "a.json").write_text(json.dumps({"listexpressmail": first}), encoding="utf-8")
    take(db, [tmp_path / "a.json"])
    assert states(db, batch_no)[item] == "delivered"
    (tmp_path / "b.json").write_text(json.dumps({"listexpressmail": [row(3, "10", "10", "0")]}), encoding="utf-8")
    take(db, [tmp_path / "b.json"])
    assert states(db, batch_no)[item] == "in_transit"


def test_pieces_without_an_end_are_told_from_the_ninth_month(posted, tmp_path) -> None:
    db, batch_no = posted
    item = next(iter(states(db, batch_no)))
    row = {
        "serialnumber": "1", "mailnum": item, "procdate": "20261121", "proctime": "100000", "orgfullname": "武汉市江汉区",
        "action": "00", "properdelivery": "", "notproperdelivery": "", "description": "", "effect": "1",
    }  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps({"listexpressmail": [row]}), encoding="utf-8")
    take(db, [tmp_path / "a.json"])

    def told(days: int) -> bool:
        now = db.clock().replace(year=DAY.year, month=DAY.month, day=DAY.day, hour=4) + timedelta(days=days)
        with db.session() as session:
            return any(gap.code == "PROOF_DUE" and gap.count == 1 for gap in find_gaps(session, lambda: now))

    assert [told(days) for days in (269, 270, 300)] == [False, True, True]


def test_other_weights_and_fees_than_the_manifests_are_a_gap(posted, tmp_path) -> None:
    db, _batch_no = posted
    _, files = answer(db, tmp_path)
    take(db, files)

    def gaps() -> dict[str, int]:
        with db.session() as session:
            return {gap.code: gap.count for gap in find_gaps(session, db.clock)}

    assert "OTHER_FIGURES" not in gaps()
    with db.session() as session:
        accepted = session.scalars(select(Acknowledgement).where(Acknowledgement.accepted).limit(2)).all()
        accepted[0].weight_g, accepted[1].postage_fen = 999, 1
    assert gaps()["OTHER_FIGURES"] == 2
