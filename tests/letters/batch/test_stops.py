"""Stops, payments and complaints between any two steps pull exactly their letters; after the hand-over they are recorded."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import select

from letters.answers.complaints import ComplaintKind, take_in
from letters.answers.rate import TooManyComplaints, accept_complaints
from letters.batch import parties
from letters.batch.day import run_day
from letters.batch.handing import hand_over
from letters.batch.late import late_of, note_late
from letters.batch.lookup import batch_by_no
from letters.batch.planning import plan_lender
from letters.batch.preview import write_sample
from letters.batch.printing import print_batch
from letters.batch.pull_list import PullList, pull_list, write_pull_list
from letters.batch.register import check_register, register_lines
from letters.batch.releasing import release_batch
from letters.batch.sealing import seal
from letters.batch.view import decision_rows
from letters.gate.warrant import warrant_of
from letters.post.manifest import read_manifest
from letters.post.places import FolderPlace
from letters.post.verify import verify_batch
from letters.press.warrant import SealRefused
from letters.rules.policy import Policy
from letters.tables import Batch, Firm, Letter, LetterEvent, LetterNumber, Release
from locate.case import StopKind
from locate.payments import BY_HAND, PaymentRow, record_payments
from locate.stops import case_by_no, resume_case, stop_case
from locate.tables import Case
from records.audit import verify_audit
from records.database import Database
from records.errors import Broken, NeedsDecision
from records.tables import AuditEntry

DAY = date(2026, 11, 20)


def planned(db: Database, day: date = DAY) -> str:
    number = plan_lender(db, "DEMO", day, actor="test", workers=1).batch_no
    assert number is not None
    return number


def released(db: Database, batch_no: str) -> None:
    write_sample(db, batch_no, None, actor="lawyer:L001")
    with db.session() as session:
        release_batch(session, db.cipher, batch_by_no(session, batch_no), "L001", clock=db.clock)


def printed(db: Database, batch_no: str) -> None:
    print_batch(db, batch_no, actor="test", workers=1)


def sealed(db: Database, batch_no: str) -> Path:
    return seal(db, batch_no, actor="test", workers=1)


def handed(db: Database, batch_no: str) -> Path:
    return Path(hand_over(db, batch_no, actor="test", workers=1))


def stop(db: Database, case_no: str, kind: StopKind = StopKind.SETTLED) -> None:
    with db.session() as session:
        stop_case(session, case_by_no(session, "DEMO", case_no), kind, "资方通知", actor="test", clock=db.clock)


def pay(db: Database, case_no: str, paid_on: date = DAY, reference: str = "LS1") -> None:
    with db.session() as session:
        row = PaymentRow(0, case_no, paid_on, 10_000, reference)
        record_payments(session, parties.lender_by_code(session, "DEMO"), [row], BY_HAND, actor="test", clock=db.clock)


def complain(db: Database, case_no: str, kind: ComplaintKind = ComplaintKind.COMPLAINT) -> str:
    with db.session() as session:
        return take_in(
            session, db.cipher, case_by_no(session, "DEMO", case_no), kind, letter=None, channel="来电", what="称不欠款",
            received_on=date(2026, 11, 20), policy=Policy(), actor="test", clock=db.clock,
        ).complaint_no  # fmt: skip


def cases_in(db: Database, folder: Path) -> set[str]:
    numbers = [row.letter_no for row in read_manifest(folder / "manifest.csv")]
    with db.session() as session:
        return set(session.scalars(select(Case.case_no).join(Letter, Letter.case_id == Case.id).where(Letter.letter_no.in_(numbers))))


STEPS = [released, printed, sealed]
STOPPERS = {"stop": stop, "pay": pay, "complain": complain}


@pytest.mark.parametrize("after", range(len(STEPS) + 1))
@pytest.mark.parametrize("how", STOPPERS)
def test_what_is_recorded_between_any_two_steps_pulls_exactly_that_letter(house: Database, keep: Any, composed: Any, after: int, how: str) -> None:
    keep(*(composed(number) for number in range(3)))
    batch_no = planned(house)
    for step in STEPS[:after]:
        step(house, batch_no)
    STOPPERS[how](house, "T00001")
    for step in STEPS[after:]:
        step(house, batch_no)
    folder = handed(house, batch_no)
    assert cases_in(house, folder) == {"T00000", "T00002"}
    assert verify_batch(folder, count_pages=True) == []
    place = house.settings.workspace.outbox / "POST"
    assert [path.name for path in place.iterdir() if any(p.is_file() for p in path.rglob("*"))] == [folder.name]
    ours = house.settings.workspace.batches / batch_no
    assert [path.name for path in ours.glob(f"{batch_no}-*")] == [folder.name], "no sealed folder with the pulled letter is left"
    with house.session() as session:
        assert verify_audit(session, house.settings).sound
        (void,) = session.scalars(select(LetterNumber).where(LetterNumber.voided_at.is_not(None)))
        assert void.void_reason


@pytest.mark.parametrize("kind", list(StopKind))
def test_every_kind_of_stop_pulls(house: Database, keep: Any, composed: Any, kind: StopKind) -> None:
    keep(composed(0), composed(1))
    batch_no = planned(house)
    stop(house, "T00000", kind)
    with house.session() as session:
        found = pull_list(session, batch_by_no(session, batch_no), actor="test", clock=house.clock)
    assert len(found.unprinted) == 1


def test_a_stop_while_the_batch_is_being_sent_is_seen_by_the_last_look(
    house: Database, keep: Any, composed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(composed(0), composed(1))
    batch_no = planned(house)
    for step in STEPS:
        step(house, batch_no)
    plain, stopped_once = FolderPlace._files, []

    @contextmanager
    def slow(self: FolderPlace) -> Any:
        with plain(self) as files:
            if not stopped_once and files.tree(".x") == []:
                stopped_once.append(stop(house, "T00000"))
            yield files

    monkeypatch.setattr(FolderPlace, "_files", slow)
    folder = handed(house, batch_no)
    assert stopped_once and cases_in(house, folder) == {"T00001"}


def test_a_stop_after_the_hand_over_is_recorded_as_too_late(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0), composed(1))
    batch_no = planned(house)
    for step in STEPS:
        step(house, batch_no)
    folder = handed(house, batch_no)
    stop(house, "T00001")
    with house.session() as session:
        batch = batch_by_no(session, batch_no)
        (late,) = note_late(session, batch, actor="test", clock=house.clock)
        session.flush()
        assert (late.case_no, note_late(session, batch, actor="test", clock=house.clock)) == ("T00001", [])
        assert late_of(session, batch) == [late]
        assert not session.scalars(select(LetterEvent).where(LetterEvent.kind == "pulled")).all()
        found = pull_list(session, batch, actor="test", clock=house.clock)
        assert (found.on_paper, found.late) == ((), (late,))
    assert handed(house, batch_no) == folder and len(cases_in(house, folder)) == 2


def test_a_payment_needs_a_new_snapshot_and_a_newer_one_lets_the_case_go(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0))
    pay(house, "T00000", date(2026, 11, 18))
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1).planned == 0, "paid on the snapshot's day, told after it"
    with house.session() as session:
        (row,) = decision_rows(session, DAY)
    assert "R-AMT-09" in row["rules"]
    case = composed(0)
    keep(replace(case, claim=replace(case.claim, as_of=date(2026, 11, 19))))
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1).planned == 1
    pay(house, "T00000", date(2026, 11, 1), "LS0")
    with house.session() as session:
        assert not pull_list(session, session.scalars(select(Batch)).one(), actor="t", clock=house.clock).unprinted, "long before the snapshot"


def test_the_pull_list_says_where_the_printed_sheets_lie(house: Database, keep: Any, composed: Any, tmp_path: Path) -> None:
    keep(*(composed(number) for number in range(4)))
    batch_no = planned(house)
    released(house, batch_no)
    stop(house, "T00003")
    printed(house, batch_no)
    stop(house, "T00001")
    with house.session() as session:
        batch = batch_by_no(session, batch_no)
        found = pull_list(session, batch, actor="test", clock=house.clock)
        (one,) = found.on_paper
        letter = session.scalars(select(Letter).where(Letter.letter_no == one.letter_no)).one()
        assert session.get_one(Case, letter.case_id).case_no == "T00001"
    assert (one.part, one.position, one.pages > 0, one.sheets > 0) == (1, letter.position, True, True)
    assert len(found.unprinted) == 1, "pulled before it was printed: nothing to take out"
    for name in ("抽件.pdf", "抽件.xlsx"):
        write_pull_list(found, tmp_path / name)
    text = pypdfium2.PdfDocument(tmp_path / "抽件.pdf")[0].get_textpage().get_text_bounded()
    assert one.item_no in text
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(str(tmp_path / "抽件.xlsx")).get_sheet_by_index(0).to_python()
    assert [one.letter_no in row for row in rows].count(True) == 1


def test_a_long_pull_list_runs_over_pages(tmp_path: Path) -> None:
    from letters.batch.pull_list import OnPaper

    lines = tuple(OnPaper(n, f"（2026）鄂示例律函字第{n:06d}号", f"XA{n:011d}", 1, n, 2, 1, "停止发函：已结清") for n in range(1, 121))
    write_pull_list(PullList("B1", lines, (), ()), tmp_path / "long.pdf")
    assert len(pypdfium2.PdfDocument(tmp_path / "long.pdf")) > 2


def test_too_many_complaints_stop_the_next_batch_until_a_lawyer_has_looked(house: Database, keep: Any, composed: Any) -> None:
    keep(*(composed(number) for number in range(8)))
    batch_no = planned(house)
    for step in STEPS:
        step(house, batch_no)
    handed(house, batch_no)
    for number in range(2):
        complain(house, f"T0000{number}")
    keep(*(composed(number) for number in range(10, 13)))
    second = planned(house)
    released(house, second)
    complain(house, "T00002")
    with pytest.raises(TooManyComplaints, match="R-CMP-03"):
        printed(house, second)
    with house.session() as session:
        firm = parties.firm_by_code(session, "F1")
        batch = batch_by_no(session, second)
        assert accept_complaints(session, batch, parties.lawyer_of(session, firm, "L001"), "已更正表述", clock=house.clock) == 3
    printed(house, second)
    complain(house, "T00003")
    with pytest.raises(TooManyComplaints):
        sealed(house, second)


def test_objections_to_the_debt_are_no_complaints_about_the_letter(house: Database, keep: Any, composed: Any) -> None:
    keep(*(composed(number) for number in range(6)))
    batch_no = planned(house)
    for number in range(5):
        complain(house, f"T0000{number}", ComplaintKind.OBJECTION)
    released(house, batch_no)
    printed(house, batch_no)


def test_letters_changed_after_release_are_never_printed_under_it(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0), composed(1))
    batch_no = planned(house)
    released(house, batch_no)
    with house.session() as session:
        warrant_of(session, house.cipher, batch_by_no(session, batch_no))
        first = session.scalars(select(Letter).order_by(Letter.position)).first()
        assert first is not None
        first.fields_sha256 = "0" * 64
    with pytest.raises(Broken, match="R-LAW-06"):
        printed(house, batch_no)
    with pytest.raises(Broken), house.session() as session:
        batch = batch_by_no(session, batch_no)
        batch.letters_sha256 = "0" * 64
        warrant_of(session, house.cipher, batch)


def test_a_release_row_that_was_written_without_our_keys_gives_no_warrant(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0))
    batch_no = planned(house)
    with pytest.raises(NeedsDecision, match="R-LAW-06"), house.session() as session:
        warrant_of(session, house.cipher, batch_by_no(session, batch_no))
    with house.session() as session:
        batch = batch_by_no(session, batch_no)
        session.add(
            Release(batch_id=batch.id, lawyer_id=batch.lawyer_id, letters_sha256=batch.letters_sha256, sample={}, token="0" * 20, at=house.clock())
        )
    with pytest.raises(Broken, match="R-LAW-06"), house.session() as session:
        warrant_of(session, house.cipher, batch_by_no(session, batch_no))


def test_each_use_of_the_seal_is_in_the_audit_chain(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0), composed(1))
    batch_no = planned(house)
    released(house, batch_no)
    printed(house, batch_no)
    with house.session() as session:
        (use,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "seal.used"))
        assert (use.subject, use.detail["part"], use.detail["letters"]) == (f"batch:{batch_no}", 1, 2)


def test_the_warrant_names_each_letter_at_its_place(house: Database, keep: Any, composed: Any) -> None:
    from letters.batch.lookup import live_pieces

    keep(composed(0), composed(1))
    batch_no = planned(house)
    released(house, batch_no)
    with house.session() as session:
        batch = batch_by_no(session, batch_no)
        warrant = warrant_of(session, house.cipher, batch)
        first, second = live_pieces(session, house.cipher, batch)
        warrant.demand_letter(first.position, first.fields)
        with pytest.raises(SealRefused):
            warrant.demand_letter(first.position, second.fields)


def test_the_register_shows_voids_with_reasons_and_sees_a_gap(house: Database, keep: Any, composed: Any) -> None:
    keep(*(composed(number) for number in range(4)))
    batch_no = planned(house)
    stop(house, "T00001")
    released(house, batch_no)
    with house.session() as session:
        firm = session.scalars(select(Firm)).one()
        (check,) = check_register(session, firm)
        assert (check.numbers, check.void, check.sound) == (4, 1, True)
        (void,) = register_lines(session, firm, 2026, only_void=True)
        assert "已结清" in str(void.void_reason) and void.batch_no == batch_no
        row = session.scalars(select(LetterNumber).where(LetterNumber.number == 2)).one()
        session.delete(row)
        session.flush()
        (check,) = check_register(session, firm)
        assert (check.gaps, check.sound) == (((2, 2),), False)


def test_a_days_run_leaves_the_batch_that_lacks_something_and_says_what(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0))
    with house.session() as session:
        firm = session.scalars(select(Firm)).one()
        order = {
            "lawyer": "L001", "templates": ["consumer@1"], "lenders": ["DEMO"], "max_letters": 10, "max_amount_fen": 10**9,
            "until": "2027-01-01",
        }  # fmt: skip
        firm.settings = {**firm.settings, "standing_release": order, "approved_hashes": {"consumer@1": "0" * 64}}
    (batch,) = run_day(house, DAY, actor="test", workers=1).batches
    assert "handa firm approve" in batch.waits_for and batch.step == "planned"
    with house.session() as session:
        firm = session.scalars(select(Firm)).one()
        firm.settings = {**firm.settings, "approved_hashes": {}}
    (batch,) = run_day(house, DAY, actor="test", workers=1).batches
    assert batch.place and not batch.waits_for


def test_a_lifted_stop_lets_the_case_be_planned_again_the_next_day(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0))
    batch_no = planned(house)
    stop(house, "T00000")
    with house.session() as session:
        pull_list(session, batch_by_no(session, batch_no), actor="test", clock=house.clock)
    with house.session() as session:
        resume_case(session, case_by_no(session, "DEMO", "T00000"), StopKind.SETTLED, "登记有误", actor="test", clock=house.clock)
    assert planned(house, DAY + timedelta(days=1))
