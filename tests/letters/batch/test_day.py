"""A day of a small composed lender through the state machine, on a real database."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from letters.batch.day import run_day
from letters.batch.handing import hand_over
from letters.batch.lookup import batch_by_no
from letters.batch.planning import plan_lender
from letters.batch.preview import write_sample
from letters.batch.printing import part_name, print_batch, print_folder
from letters.batch.releasing import release_batch
from letters.batch.sampling import choose_sample
from letters.batch.sealing import seal
from letters.batch.view import batch_view, decision_rows
from letters.batch.voiding import void_batch
from letters.post.manifest import read_manifest
from letters.post.verify import verify_batch
from letters.tables import Batch, Firm, Letter, LetterDraft, LetterNumber, NumberRange, Piece
from locate.case import AddressKind, Contact, GivenAddress, Source, StopKind
from locate.stops import case_by_no, stop_case
from records.audit import verify_audit
from records.database import Database
from records.errors import Broken, NeedsDecision, WrongUsage
from records.tables import WorkChunk, WorkStage

DAY = date(2026, 11, 20)


def decisions(db: Database) -> dict[str, dict[str, object]]:
    with db.session() as session:
        return {row["case_no"]: row for row in decision_rows(session, DAY)}


def plan(db: Database, day: date = DAY, **more: object):
    return plan_lender(db, "DEMO", day, actor="test", workers=1, **more)  # type: ignore[arg-type]


def release(db: Database, batch_no: str, lawyer: str = "L001"):
    write_sample(db, batch_no, None, actor="lawyer:L001")
    with db.session() as session:
        return release_batch(session, db.cipher, batch_by_no(session, batch_no), lawyer, clock=db.clock)


def finish(db: Database, batch_no: str) -> Path:
    print_batch(db, batch_no, actor="test", workers=1)
    folder = seal(db, batch_no, actor="test", workers=1)
    hand_over(db, batch_no, actor="test", workers=1)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def stop(db: Database, case_no: str) -> None:
    with db.session() as session:
        case = case_by_no(session, "DEMO", case_no)
        stop_case(session, case, StopKind.SETTLED, "已结清", actor="test", clock=db.clock)


def test_a_day_from_cases_to_the_partners_place(house, keep, composed) -> None:
    keep(*(composed(number) for number in range(12)))
    result = plan(house)
    assert (result.planned, result.held, result.refused) == (12, 0, 0), decisions(house)
    assert result.batch_no == "B20261120-01"
    release(house, result.batch_no)
    folder = finish(house, result.batch_no)
    assert verify_batch(folder, count_pages=True) == []
    rows = list(read_manifest(folder / "manifest.csv"))
    assert [row.record_no for row in rows] == list(range(1, 13))
    assert [row.item_no for row in rows] == [f"XA{serial:011d}" for serial in range(1, 13)]
    assert [row.letter_no for row in rows] == [f"（2026）鄂示例律函字第{number:06d}号" for number in range(1, 13)]
    assert [row.office_postcode for row in rows] == sorted(row.office_postcode for row in rows)
    handed = house.settings.workspace.outbox / "POST" / folder.name
    assert files_of(handed) == files_of(folder)
    with house.session() as session:
        view = batch_view(session, batch_by_no(session, result.batch_no))
        assert view["states"] == {"已交寄": 12}
        assert verify_audit(session, house.settings).sound


def test_planning_twice_plans_nothing_twice(house, keep, composed) -> None:
    keep(*(composed(number) for number in range(5)))
    first, second = plan(house), plan(house)
    assert (first.planned, second.planned, second.already, second.batch_no) == (5, 0, 5, None)
    with house.session() as session:
        assert session.scalar(select(func.count()).select_from(Letter)) == 5
        assert session.scalar(select(func.count()).select_from(LetterDraft)) == 0


def test_every_step_done_twice_gives_the_same_bytes_and_one_hand_over(house, keep, composed) -> None:
    keep(*(composed(number) for number in range(5)))
    batch_no = plan(house).batch_no
    release(house, batch_no)
    folder = finish(house, batch_no)
    before = files_of(folder)
    assert release(house, batch_no).already
    assert finish(house, batch_no) == folder
    assert files_of(folder) == before
    place = house.settings.workspace.outbox / "POST"
    assert [path.name for path in place.iterdir() if not path.name.startswith(".")] == [folder.name]


def test_a_held_case_says_its_rule_and_the_rest_go(house, keep, composed) -> None:
    stale = composed(1)
    banned = replace(composed(2).addresses[0], source=Source.BANNED, source_text="通讯录")
    refusing = Contact(1, "王联系", "配偶", "19900112345", "", Source.RESERVED, "YL-1", None, opted_out=True)
    keep(
        composed(0),
        replace(stale, claim=replace(stale.claim, as_of=DAY - timedelta(days=30))),
        composed(2, addresses=(banned,)),
        composed(3, stops=(StopKind.DECEASED,)),
        composed(4, contacts=(refusing,)),
        composed(5, debtor_name="赵\U0003ffff"),
    )
    result = plan(house)
    found = decisions(house)
    assert found["T00000"]["verdict"] == "planned"
    assert found["T00001"]["verdict"] != "planned" and "R-AMT-02" in found["T00001"]["rules"]
    assert found["T00002"]["verdict"] != "planned" and "R-SRC-04" in found["T00002"]["rules"]
    assert found["T00003"]["verdict"] == "refused" and "R-TIM-06" in found["T00003"]["rules"]
    assert "R-THP-04" in found["T00004"]["rules"]
    assert found["T00005"]["verdict"] != "planned", "a name that no font can print must not be printed"
    assert result.planned == 2
    assert all(row["reasons"] for row in found.values() if row["verdict"] != "planned")


def test_a_letter_in_flight_keeps_the_next_day_quiet(house, keep, composed) -> None:
    keep(composed(0))
    batch_no = plan(house).batch_no
    release(house, batch_no)
    finish(house, batch_no)
    next_day = plan(house, DAY + timedelta(days=1))
    assert next_day.planned == 0
    with house.session() as session:
        (row,) = decision_rows(session, DAY + timedelta(days=1))
    assert {"R-TIM-04", "R-TIM-05"} & set(row["rules"].split())


def test_release_needs_the_sample_seen_the_named_lawyer_and_an_approved_template(house, keep, composed) -> None:
    keep(composed(0))
    batch_no = plan(house).batch_no
    with pytest.raises(NeedsDecision, match="抽样"), house.session() as session:
        release_batch(session, house.cipher, batch_by_no(session, batch_no), "L001", clock=house.clock)
    with pytest.raises(NeedsDecision):
        release(house, batch_no, "A001")
    with house.session() as session:
        session.execute(update(Firm).values(settings={"approved_templates": []}))
    with pytest.raises(NeedsDecision, match="R-LAW-05"):
        release(house, batch_no)
    with pytest.raises(NeedsDecision):
        print_batch(house, batch_no, actor="test", workers=1)


def test_the_sample_is_the_same_each_time_and_holds_the_highest_amount(house, keep, composed) -> None:
    keep(*(composed(number) for number in range(30)))
    batch_no = plan(house).batch_no
    with house.session() as session:
        batch = batch_by_no(session, batch_no)
        first, second = choose_sample(session, batch, 3), choose_sample(session, batch, 3)
        highest = session.scalar(
            select(Letter.position).where(Letter.batch_id == batch.id, Letter.case_id == case_by_no(session, "DEMO", "T00029").id)
        )
    assert first == second
    assert highest in {one.position for one in first}


def test_a_letter_changed_after_planning_is_never_released(house, keep, composed) -> None:
    keep(composed(0), composed(1))
    batch_no = plan(house).batch_no
    with house.session() as session:
        letter = session.scalars(select(Letter).order_by(Letter.position)).first()
        letter.fields_sha256 = "0" * 64
    with pytest.raises(Broken):
        release(house, batch_no)


def test_a_stop_after_planning_pulls_the_letter_at_release(house, keep, composed) -> None:
    keep(composed(0), composed(1))
    batch_no = plan(house).batch_no
    stop(house, "T00000")
    done = release(house, batch_no)
    assert [one.case_no for one in done.pulled] == ["T00000"]
    folder = finish(house, batch_no)
    rows = list(read_manifest(folder / "manifest.csv"))
    assert len(rows) == 1 and rows[0].record_no == 1
    with house.session() as session:
        void = session.scalars(select(LetterNumber).where(LetterNumber.voided_at.is_not(None))).all()
        assert len(void) == 1 and "已结清" in void[0].void_reason


def test_a_stop_after_printing_pulls_the_letter_at_the_cut_off_and_prints_the_part_anew(house, keep, composed) -> None:
    keep(*(composed(number) for number in range(4)))
    batch_no = plan(house).batch_no
    release(house, batch_no)
    print_batch(house, batch_no, actor="test", workers=1)
    stop(house, "T00002")
    folder = seal(house, batch_no, actor="test", workers=1)
    assert verify_batch(folder, count_pages=True) == []
    assert len(list(read_manifest(folder / "manifest.csv"))) == 3


def test_a_newer_file_after_planning_pulls_the_letter_and_the_case_is_planned_anew(house, keep, composed) -> None:
    keep(composed(0))
    batch_no = plan(house).batch_no
    keep(composed(0, debtor_name="赵更正"))
    assert len(release(house, batch_no).pulled) == 1
    again = plan(house)
    assert again.planned == 1 and again.batch_no == "B20261120-02"


def test_a_lost_or_damaged_part_is_made_again_with_the_same_bytes(house, keep, composed) -> None:
    keep(*(composed(number) for number in range(3)))
    batch_no = plan(house).batch_no
    release(house, batch_no)
    print_batch(house, batch_no, actor="test", workers=1)
    part = print_folder(house.settings, batch_no) / part_name(1)
    before = part.read_bytes()
    part.unlink()
    print_batch(house, batch_no, actor="test", workers=1)
    assert part.read_bytes() == before
    part.write_bytes(before[:-5])
    print_batch(house, batch_no, actor="test", workers=1)
    assert part.read_bytes() == before


@pytest.mark.parametrize(("finished", "edition", "anew"), [(False, "libdeflate 0", True), (False, None, True), (True, "libdeflate 0", False)])
def test_a_printing_that_another_edition_began_is_begun_anew(house, keep, composed, finished: bool, edition: str | None, anew: bool) -> None:
    keep(*(composed(number) for number in range(3)))
    batch_no = plan(house).batch_no
    release(house, batch_no)
    print_batch(house, batch_no, actor="test", workers=1)
    part = print_folder(house.settings, batch_no) / part_name(1)
    before = part.read_bytes()
    # A sound part, as another edition would have made it.
    other = before + b"% of another edition\n"
    part.write_bytes(other)
    with house.session() as session:
        stage = session.scalars(select(WorkStage).where(WorkStage.name == "print")).one()
        stage.done_at = stage.done_at if finished else None
        (chunk,) = session.scalars(select(WorkChunk).where(WorkChunk.stage_id == stage.id))
        kept = {**(chunk.result or {}), "sha256": hashlib.sha256(other).hexdigest(), "press": edition}
        chunk.result = {name: value for name, value in kept.items() if value is not None}
    print_batch(house, batch_no, actor="test", workers=1)
    assert part.read_bytes() == (before if anew else other)
    seal(house, batch_no, actor="test", workers=1)


def test_a_sealed_folder_is_left_alone_and_one_that_was_damaged_is_made_again(house, keep, composed) -> None:
    keep(*(composed(number) for number in range(3)))
    batch_no = plan(house).batch_no
    release(house, batch_no)
    print_batch(house, batch_no, actor="test", workers=1)
    folder = seal(house, batch_no, actor="test", workers=1)
    manifest = folder / "manifest.csv"
    before, made = manifest.read_bytes(), manifest.stat().st_ino
    assert seal(house, batch_no, actor="test", workers=1) == folder
    assert manifest.stat().st_ino == made
    manifest.write_bytes(before.replace("武汉".encode(), "天津".encode()))
    (folder / "strange.txt").write_text("x")
    assert seal(house, batch_no, actor="test", workers=1) == folder
    assert manifest.read_bytes() == before and verify_batch(folder) == []
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_a_void_batch_frees_its_cases_but_never_its_numbers(house, keep, composed) -> None:
    keep(composed(0), composed(1))
    batch_no = plan(house).batch_no
    with house.session() as session:
        assert void_batch(session, batch_by_no(session, batch_no), "模板有误", actor="test", clock=house.clock)
    again = plan(house)
    assert again.planned == 2
    with house.session() as session:
        numbers = session.scalars(select(LetterNumber.number).order_by(LetterNumber.number)).all()
        items = session.scalars(select(Piece.item_no)).all()
    assert numbers == [1, 2, 3, 4], "the register has no gap and no number comes twice"
    assert len(set(items)) == 4


def test_what_is_in_the_post_cannot_be_voided(house, keep, composed) -> None:
    keep(composed(0))
    batch_no = plan(house).batch_no
    release(house, batch_no)
    finish(house, batch_no)
    with pytest.raises(WrongUsage, match="已交寄"), house.session() as session:
        void_batch(session, batch_by_no(session, batch_no), "后悔", actor="test", clock=house.clock)


def test_too_few_item_numbers_stop_the_planning_and_a_new_range_lets_it_finish(house, keep, composed) -> None:
    keep(*(composed(number) for number in range(3)))
    with house.session() as session:
        session.execute(update(NumberRange).values(last_serial=2))
    with pytest.raises(NeedsDecision, match="号段不足"):
        plan(house)
    with house.session() as session:
        assert session.scalar(select(func.count()).select_from(Batch)) == 0
        session.execute(update(NumberRange).values(last_serial=99))
    assert plan(house).planned == 3


def test_a_budget_keeps_the_most_valuable_letters_and_says_so_on_the_rest(house, keep, composed) -> None:
    keep(*(composed(number) for number in range(4)))
    result = plan(house, budget_fen=900)
    assert (result.planned, result.held) == (2, 2)
    held = [row for row in decisions(house).values() if row["verdict"] == "held"]
    assert all("H-BUDGET" in row["rules"] and "预算" in str(row["reasons"]) for row in held)


def test_addresses_are_sealed_and_no_personal_text_stands_in_clear(house, keep, composed) -> None:
    keep(composed(7))
    plan(house)
    record = composed(7)
    secrets = (record.debtor_name, record.id_number, record.mobile, record.contract_no, record.addresses[0].text[9:15])
    with house.session() as session:
        names = session.connection().exec_driver_sql(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for (name,) in names.all():
            for (row,) in session.connection().exec_driver_sql(f'SELECT t::text FROM "{name}" t'):
                for secret in secrets:
                    assert secret not in row, (name, secret)
                    assert secret.encode().hex() not in row, (name, secret)


def test_a_standing_order_releases_only_what_it_covers(house, keep, composed) -> None:
    keep(composed(0), composed(1))
    first = run_day(house, DAY, actor="test", workers=1)
    assert [one.waits_for.partition("，")[0] for one in first.batches] == ["该律所没有常设签发指令"]
    with house.session() as session:
        firm = session.query(Firm).one()
        order = {
            "lawyer": "L001", "templates": ["consumer@1"], "lenders": ["DEMO"], "max_letters": 1,
            "max_amount_fen": 10**9, "until": "2027-01-01",
        }  # fmt: skip
        firm.settings = {**firm.settings, "standing_release": order}
    assert "超过" in run_day(house, DAY, actor="test", workers=1).batches[0].waits_for
    with house.session() as session:
        firm = session.query(Firm).one()
        firm.settings = {**firm.settings, "standing_release": {**order, "max_letters": 2}}
    done = run_day(house, DAY, actor="test", workers=1)
    assert done.batches[0].place and not done.waiting
    again = run_day(house, DAY, actor="test", workers=1)
    assert (again.plans[0].planned, again.plans[0].already) == (0, 2)


def test_two_places_of_one_person_get_one_letter_to_the_better_one(house, keep, composed) -> None:
    vague = GivenAddress(1, "湖北省武汉市江汉区", AddressKind.HOUSEHOLD, Source.CONTRACT, "合同约定", "HT-1", None, DAY)
    keep(composed(0, addresses=(vague, replace(composed(0).addresses[0], ordinal=2))))
    assert plan(house).planned == 1
    with house.session() as session:
        assert session.scalar(select(func.count()).select_from(Letter)) == 1
