"""What was not understood is kept, mapped once by a person, and taken again whole; contradictions are decided by people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from letters.batch.evidence import write_evidence
from letters.batch.letterview import find_letter, letter_view
from letters.batch.lookup import batch_by_no
from letters.batch.planning import plan_lender
from letters.batch.scans import take_scans
from letters.post import anomalies, taking
from letters.post.answer_profile import checked_columns, profiles_of, save_profile, use_profile
from letters.post.codes import How
from letters.post.mapping import map_code
from letters.post.model import LetterState
from letters.post.outcomes import acknowledged_of, post_outcomes
from letters.post.partner_codes import history_of, partner_named, table_in_force
from letters.post.replay import dismiss, quarantine_summary, quarantined_contents, replay_quarantine
from letters.post.store import import_answer
from letters.tables import Acknowledgement, AnswerFile, Piece, PostEventRow, QuarantinedRow
from records.clock import SHANGHAI
from records.database import Database
from records.errors import NeedsDecision, UnreadableInput, WrongUsage
from records.identity import uuid7
from tests.letters.worked import Worked

DAY = date(2026, 11, 20)
Written = Callable[..., Path]


@pytest.fixture
def posted(houses: Callable[[str, int], Worked[str]], tmp_path: Path) -> Iterator[tuple[Database, list[str]]]:
    """A database with one handed-over batch of a few letters, and their item numbers."""
    with houses("handed over", 6).copy(tmp_path / "house") as db:
        with db.session() as session:
            items = list(session.scalars(select(Piece.item_no).order_by(Piece.item_no)))
        yield db, items


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(*rows: tuple[str, int, str, str, str], name: str = "a.json") -> Path:
        """Rows of (item, hour of 2026-11-21, action, properdelivery, notproperdelivery)."""
        events = [
            {
                "serialnumber": str(n), "mailnum": item, "procdate": "20261121", "proctime": f"{hour:02d}0000", "orgfullname": "某市揽投部",
                "action": action, "properdelivery": proper, "notproperdelivery": failed, "description": "投递员李四13900001234",
                "effect": "1",
            }
            for n, (item, hour, action, proper, failed) in enumerate(rows)
        ]  # fmt: skip
        path = tmp_path / name
        path.write_text(json.dumps({"listexpressmail": events}), encoding="utf-8")
        return path

    return write


def outcome_of(db: Database, item_no: str) -> Any:
    with db.session() as session:
        letter, _ = find_letter(session, item_no)
        return post_outcomes(session, [letter.id])[letter.id].outcome


def mapped(db: Database, field: str, code: str, word: str, *, agreed: bool = False, by: str = "张三") -> Any:
    with db.session() as session:
        partner = partner_named(session, "POST")
        return map_code(
            session, partner, field, code, word, by=by, why="代码手册第3页", agreed=agreed, actor="test", clock=db.clock
        )  # fmt: skip


def test_an_unknown_code_is_mapped_once_and_its_rows_are_taken_as_if_just_come(posted, written) -> None:
    db, items = posted
    rows = [
        (items[0], 1, "00", "", ""),
        (items[0], 3, "96", "", ""),
        (items[1], 1, "00", "", ""),
        (items[1], 2, "20", "", "131"),
    ]
    counts = import_answer(db, "POST", written(*rows), actor="test").counts
    assert (counts["new"], counts["quarantined:UNKNOWN_CODE"]) == (2, 2)
    with db.session() as session:
        assert [(row["code"], row["rows"]) for row in quarantine_summary(session)] == [("UNKNOWN_CODE", 1), ("UNKNOWN_CODE", 1)]
        shown = quarantined_contents(session, db.cipher, "POST", code=None, limit=9, actor="test", clock=db.clock)
        assert all("李四" not in str(one) and "13900001234" not in str(one) for one in shown)
        assert {one["content"]["mailnum"] for one in shown} == {items[0], items[1]}
    before = table_of(db)
    with pytest.raises(WrongUsage, match="可选"):
        mapped(db, "action", "96", "妥投")
    with pytest.raises(WrongUsage, match="--by"):
        mapped(db, "action", "96", "RTS_DONE", by=" ")
    change, fresh = mapped(db, "action", "96", "RTS_DONE")
    assert fresh and change.waiting == 1 and change.letters == 0
    assert mapped(db, "action", "96", "RTS_DONE")[1] is False
    first = replay_quarantine(db, "POST", actor="test")
    assert (first.rows, first.taken, first.left) == (2, 1, {"UNKNOWN_CODE": 1})
    assert outcome_of(db, items[0]).state is LetterState.RETURNED
    mapped(db, "notproperdelivery", "131", "MOVED_UNKNOWN")
    assert replay_quarantine(db, "POST", actor="test").taken == 1
    assert replay_quarantine(db, "POST", actor="test").rows == 0
    assert outcome_of(db, items[1]).norm_code == "MOVED_UNKNOWN"
    with db.session() as session:
        resolved = session.scalars(select(QuarantinedRow)).all()
        assert all(row.resolved_at is not None and "handa post replay" in str(row.resolved_by) for row in resolved)
        made = history_of(session, partner_named(session, "POST").id)
        assert [(row["code"], row["by"]) for row in made] == [("96", "张三"), ("131", "张三")]
    assert table_of(db) != before


def table_of(db: Database) -> str:
    with db.session() as session:
        return table_in_force(session, partner_named(session, "POST").id).sha256


def test_a_code_in_use_is_remapped_only_after_its_effect_was_told(posted, written) -> None:
    db, items = posted
    mapped(db, "action", "96", "RTS_DONE")
    import_answer(
        db,
        "POST",
        written(*((item, hour, action, "", "") for item in items[:3] for hour, action in ((1, "00"), (5, "96")))),
        actor="test",
    )
    with pytest.raises(NeedsDecision, match="returned RTS_DONE → in_transit 3 件"):
        mapped(db, "action", "96", "in_transit")
    assert outcome_of(db, items[0]).state is LetterState.RETURNED
    change, _ = mapped(db, "action", "96", "in_transit", agreed=True)
    assert (change.letters, dict(change.changed)) == (3, {"returned RTS_DONE → in_transit": 3})
    assert outcome_of(db, items[0]).state is LetterState.IN_TRANSIT
    mapped(db, "action", "97", "voids:96")
    import_answer(db, "POST", written((items[0], 6, "97", "", ""), name="b.json"), actor="test")
    assert outcome_of(db, items[0]).voided == 1


def test_foreign_and_misdated_rows_stay_until_they_fit(posted, written, tmp_path) -> None:
    db, items = posted
    path = written(("XA99900000001", 1, "00", "", ""), (items[0], 23, "40", "", ""))
    received = datetime(2026, 11, 20, 12, tzinfo=SHANGHAI)
    assert import_answer(db, "POST", path, actor="test", received_at=received).counts["quarantined"] == 2
    left = replay_quarantine(db, "POST", actor="test").left
    assert left == {"UNKNOWN_ITEM": 1, "DATE_IN_FUTURE": 1}
    with db.session() as session:
        piece = session.scalars(select(Piece).where(Piece.item_no == items[1])).one()
        # Another copy, known only now: it bears the number that the row was about.
        session.add(Piece(id=uuid7(), letter_id=piece.letter_id, copy_no=2, item_no="XA99900000001"))
    made = replay_quarantine(db, "POST", actor="test", code="UNKNOWN_ITEM")
    assert (made.taken, made.left) == (1, {})
    with db.session() as session:
        assert (
            dismiss(session, "POST", "DATE_IN_FUTURE", file=None, by="张三", why="邮政已重发", actor="test", clock=db.clock)
            == 1
        )
        assert quarantine_summary(session) == []
        with pytest.raises(WrongUsage):
            dismiss(session, "POST", "DATE_IN_FUTURE", file=None, by="张三", why="邮政已重发", actor="test", clock=db.clock)


def test_an_import_killed_between_two_pages_leaves_nothing_and_runs_again(posted, written, monkeypatch) -> None:
    db, items = posted
    path = written(*((items[n % 6], n % 24, "40", "", str(n)[:0]) for n in range(60)))
    monkeypatch.setattr("letters.post.store.PAGE", 10)
    pages = iter(range(4))
    whole = taking.Taker.take

    def killed(self: Any, file_id: Any, page: Any) -> None:
        if next(pages) == 3:
            raise KeyboardInterrupt
        whole(self, file_id, page)

    monkeypatch.setattr(taking.Taker, "take", killed)
    with pytest.raises(KeyboardInterrupt):
        import_answer(db, "POST", path, actor="test")
    with db.session() as session:
        assert session.scalar(select(func.count()).select_from(PostEventRow)) == 0
        assert session.scalar(select(func.count()).select_from(AnswerFile)) == 0
    monkeypatch.setattr(taking.Taker, "take", whole)
    first = import_answer(db, "POST", path, actor="test")
    again = import_answer(db, "POST", path, actor="test")
    assert again.already and again.counts == first.counts and again.header == first.header
    with db.session() as session:
        assert session.scalar(select(func.count()).select_from(PostEventRow)) == first.counts["new"]


def test_an_item_twice_in_one_acknowledgement_is_taken_once_on_whatever_page(posted, tmp_path, monkeypatch) -> None:
    db, items = posted
    monkeypatch.setattr("letters.post.store.PAGE", 4)
    with db.session() as session:
        name = batch_by_no(session, letter_view(session, db.cipher, items[0])["batch_no"]).sealed_name
    rows = [f"{name},{item},1,,12,4.20" for item in (*items, *items)] + [f"{name},{items[0]},0,超重,,"]
    path = tmp_path / "ack.csv"
    path.write_text("batch,mailnum,accepted,reason,weight_g,postage_yuan\n" + "\n".join(rows) + "\n", encoding="utf-8")
    counts = import_answer(db, "POST", path, actor="test").counts
    assert (counts["repeated"], counts["quarantined"], counts["quarantined:REPEATED_ITEM"]) == (6, 1, 1)
    with db.session() as session:
        assert session.scalar(select(func.count()).select_from(Acknowledgement)) == 6


@pytest.mark.parametrize(
    ("said", "believed"),
    [({(1, True)}, True), ({(1, False), (2, True)}, True), ({(2, False), (1, True)}, False), ({(None, False), (2, True)}, None),
     ({(2, False), (2, True)}, None), ({(None, False)}, False)],
)  # fmt: skip
def test_lines_that_disagree_are_settled_by_the_partners_numbers_alone(said: Any, believed: bool | None) -> None:
    assert acknowledged_of(said) is believed


def decided(db: Database, item_no: str, state: LetterState, **changes: Any) -> Any:
    values = {"how": None, "on": None, "why": "邮政书面答复", "evidence": ("答复.pdf", "0" * 64), "by": "张三"} | changes
    with db.session() as session:
        letter, piece = find_letter(session, item_no)
        return anomalies.decide(session, db.cipher, letter, piece.item_no, state, actor="test", clock=db.clock, **values)


def waiting(db: Database) -> dict[str, Any]:
    with db.session() as session:
        return {one.item_no: one for one in anomalies.find_contradictions(session)}


def test_a_contradiction_waits_is_decided_with_proof_and_waits_again_when_its_facts_change(posted, written, tmp_path) -> None:
    db, items = posted
    db.clock = lambda: datetime(2026, 12, 1, 9, tzinfo=SHANGHAI)
    item = items[0]
    rows = [(item, 1, "00", "", ""), (item, 5, "10", "10", ""), (item, 9, "10", "14", ""), (items[1], 5, "10", "10", "")]
    import_answer(db, "POST", written(*rows), actor="test")
    found = waiting(db)
    assert list(found) == [item] and found[item].codes == ("TWO_FINALS",) and not found[item].superseded
    with pytest.raises(WrongUsage, match="凭据"):
        decided(db, item, LetterState.DELIVERED, evidence=None)
    with pytest.raises(WrongUsage, match="--by"):
        decided(db, item, LetterState.DELIVERED, by="")
    with pytest.raises(WrongUsage, match="--how"):
        decided(db, item, LetterState.RETURNED, how=How.SELF)
    with pytest.raises(NeedsDecision):
        decided(db, items[1], LetterState.RETURNED)
    assert decided(db, item, LetterState.DELIVERED).state is LetterState.DELIVERED
    assert waiting(db) == {} and outcome_of(db, item).how is How.SELF
    import_answer(db, "POST", written((item, 3, "41", "", ""), name="late.json"), actor="test")
    assert waiting(db) == {}
    import_answer(db, "POST", written((item, 12, "10", "11", ""), name="new.json"), actor="test")
    assert waiting(db)[item].superseded and outcome_of(db, item).state is LetterState.IN_TRANSIT
    with pytest.raises(WrongUsage, match="--how"):
        decided(db, item, LetterState.DELIVERED)
    assert decided(db, item, LetterState.RETURNED).state is LetterState.RETURNED
    assert decided(db, item, LetterState.IN_TRANSIT, evidence=None, why="再向邮政查询").state is LetterState.IN_TRANSIT
    with db.session() as session:
        view = letter_view(session, db.cipher, item)
        write_evidence(session, db, item, tmp_path / "e.zip", actor="test")
    assert [(one["state"], one["counts"]) for one in view["decisions"]] == [
        ("delivered", False),
        ("returned", False),
        ("in_transit", True),
    ]
    assert not view["needs_person"] and b"post/decisions.json" in (tmp_path / "e.zip").read_bytes()


def test_scans_are_judged_file_by_file_kept_once_and_deny_a_delivery(posted, written, tmp_path) -> None:
    db, items = posted
    import_answer(db, "POST", written((items[0], 1, "00", "", ""), (items[0], 5, "10", "10", "")), actor="test")
    folder = tmp_path / "退件"
    folder.mkdir()
    for number, name in enumerate((f"{items[0]}.jpg", f"{items[1]} 背面.png", f"{items[2].lower()}-2.tiff")):
        Image.new("L", (30 + number, 20)).save(folder / name)
    whole = (folder / f"{items[0]}.jpg").read_bytes()
    for name, content in {
        f"{items[3]}.jpg": whole[:200], f"{items[4]}.jpg": whole, f"{items[4]}.png": whole + b"\0", f"{items[5]}.pdf": b"%PDF-1.7 cut",
        "照片.jpg": whole, "XA99900000009.jpg": whole, f"{items[5]}.jpg": b"", f"{items[5]}-2.jpg": b"\xff\xd8\xff" + bytes(21 << 20),
    }.items():  # fmt: skip
        (folder / name).write_bytes(content)
    told = {one.file: one.code or one.result for one in take_scans(db, "POST", folder, "returned", actor="test")}
    assert told == {
        f"{items[0]}.jpg": "kept", f"{items[1]} 背面.png": "kept", f"{items[2].lower()}-2.tiff": "kept", f"{items[3]}.jpg": "UNREADABLE",
        f"{items[4]}.jpg": "SAME_AS_OTHER", f"{items[4]}.png": "NOT_A_PICTURE", f"{items[5]}.pdf": "UNREADABLE", "照片.jpg": "NAME_UNKNOWN",
        "XA99900000009.jpg": "ITEM_UNKNOWN", f"{items[5]}.jpg": "EMPTY", f"{items[5]}-2.jpg": "TOO_LARGE",
    }  # fmt: skip
    again = [one.result for one in take_scans(db, "POST", folder, "returned", actor="test")]
    assert again.count("already") == 3 and "kept" not in again
    assert waiting(db)[items[0]].codes == ("RETURN_SCAN_OF_DELIVERED",)
    with db.session() as session:
        write_evidence(session, db, items[0], tmp_path / "e.zip", actor="test")
    assert b"post/papers/returned-" in (tmp_path / "e.zip").read_bytes()
    with pytest.raises(UnreadableInput):
        list(take_scans(db, "POST", folder / "absent", "returned", actor="test"))


def test_a_partners_own_columns_are_saved_used_and_told(posted, tmp_path) -> None:
    db, items = posted
    path = tmp_path / "own.csv"
    path.write_text(f"运单编号,日期,时刻,环节,内部,备用\n{items[0]},20261121,090000,00,x,y\n", encoding="gb18030")
    with pytest.raises(UnreadableInput) as caught:
        import_answer(db, "POST", path, actor="test")
    assert "profile save" in caught.value.advice or "列名" in caught.value.advice
    columns = {"运单编号": "mailnum", "日期": "procdate", "时刻": "proctime", "环节": "action", "内部": "ignore"}
    with db.session() as session:
        partner = partner_named(session, "POST")
        assert save_profile(session, partner, "湖北", columns, actor="test", clock=db.clock)
        assert not save_profile(session, partner, "湖北", columns, actor="test", clock=db.clock)
        with pytest.raises(WrongUsage, match="没有列对应方案"):
            use_profile(session, partner, "湖南", actor="test", clock=db.clock)
        use_profile(session, partner, "湖北", actor="test", clock=db.clock)
        assert [(one["name"], one["in_use"]) for one in profiles_of(session, partner)] == [("湖北", True)]
    report = import_answer(db, "POST", path, actor="test")
    assert (report.counts["new"], report.unknown_columns, report.profile) == (1, ("备用",), "湖北")
    assert report.header == {"mailnum": "运单编号", "procdate": "日期", "proctime": "时刻", "action": "环节"}


@pytest.mark.parametrize("columns", [{}, {"甲": "nosuch"}, {"邮件 号": "mailnum", "邮件号": "action"}, {" ": "mailnum"}])
def test_a_profile_that_is_none_is_refused(columns: dict[str, object]) -> None:
    with pytest.raises(WrongUsage):
        checked_columns(columns)


def test_a_track_of_a_letter_still_in_the_house_is_told_and_not_believed(house, keep, composed, written) -> None:
    keep(*(composed(number) for number in range(2)))
    plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    with house.session() as session:
        item = session.scalars(select(Piece.item_no)).first()
    import_answer(house, "POST", written((item, 1, "00", "", ""), (item, 5, "10", "10", "")), actor="test")
    assert waiting(house)[item].codes == ("NEVER_HANDED_OVER",)
    with house.session() as session:
        assert letter_view(session, house.cipher, item)["state"] == "planned"
