"""Imports are whole or nothing, told once by content, and hurt nothing that stood before."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from locate.case import StopKind
from locate.intake.store import import_case_file, load_profile, save_profile
from locate.loading import load_cases
from locate.tables import Case, CaseAddress, CaseFile, CaseStop, ClaimSnapshot, Lender, OptOut
from records.audit import verify_audit
from records.database import Database
from records.errors import UnreadableInput, WrongUsage
from records.identity import uuid7
from records.tables import AuditEntry

TODAY = date(2026, 11, 20)


@pytest.fixture
def lender(db: Database) -> Database:
    """A database with the lender L."""
    with db.session() as session:
        session.add(Lender(id=uuid7(), code="L", name="示例银行", kind="bank", settings={}, created_at=db.clock()))
    return db


def run(db: Database, path: Path, **options: Any) -> Any:
    return import_case_file(db, "L", path, today=options.pop("today", TODAY), actor="test", **options)


def count(db: Database, table: Any) -> int:
    with db.session() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def stored(db: Database) -> dict[str, Any]:
    with db.session() as session:
        ids = list(session.scalars(select(Case.id)))
        return {case.record.case_no: case for case in load_cases(session, db.cipher, ids)}


def test_what_was_read_is_what_is_kept(lender: Database, case_file: Any) -> None:
    path = case_file.csv(case_file.table())
    report = run(lender, path)
    read = {case.record.case_no: case.record for case in case_file.read(path).accepted}
    assert {number: case.record for number, case in stored(lender).items()} == read
    assert report.counts["new"] == 12 and report.counts["updated"] == 0 and not report.already
    with lender.session() as session:
        assert session.scalar(select(AuditEntry.action)) == "cases.import"


def test_no_personal_text_lies_open(lender: Database, case_file: Any) -> None:
    run(lender, case_file.csv(case_file.table()))
    row = case_file.rows[0]
    with lender.engine.connect() as connection:
        for table in ('"case"', "case_address", "case_contact", "case_file", "claim_snapshot", "audit_entry"):
            text = str(connection.exec_driver_sql(f"SELECT string_agg(t::text, ' ') FROM {table} t").scalar())
            for secret in (row["name"], row["id"], row["mobile"], row["contract"], row["a1"], row["c_name"], row["c_mobile"]):
                assert secret not in text and secret.encode().hex() not in text, table


def test_the_same_bytes_twice_change_nothing(lender: Database, case_file: Any) -> None:
    case_file.rows[3]["total"] = "1"
    path = case_file.csv(case_file.table())
    first = run(lender, path)
    before = stored(lender)
    copy = case_file.folder / "copy.csv"
    copy.write_bytes(path.read_bytes())
    again = run(lender, copy, today=date(2026, 11, 22))
    assert again.already and again.accepted == first.accepted and again.rejected == first.rejected
    assert stored(lender) == before and count(lender, CaseFile) == 1 and count(lender, AuditEntry) == 1


def test_the_same_bytes_read_another_way_are_read_again(lender: Database, case_file: Any) -> None:
    headers = case_file.table()[0]
    headers[20] = headers[25] = "怎么来的"
    path = case_file.csv(case_file.table(headers))
    assert run(lender, path).accepted == ()
    with lender.session() as session:
        mapping = {"defaults": {"address_source": "合同约定"}}
        save_profile(session, "L", "default", mapping, actor="test", clock=lender.clock)
    report = run(lender, path)
    assert not report.already and len(report.accepted) == 12 and count(lender, CaseFile) == 1
    assert run(lender, path).already


def test_a_corrected_file_updates_only_what_changed(lender: Database, case_file: Any) -> None:
    run(lender, case_file.csv(case_file.table()))
    before = stored(lender)
    case_file.rows[1]["a1"] = "浙江省杭州市上城区新路9号"
    case_file.rows[2].update(interest="99.00", total=f"{float(case_file.rows[2]['total']) - float(case_file.rows[2]['interest']) + 99:.2f}")
    report = run(lender, case_file.csv(case_file.table(), name="second.csv"))
    assert sorted(report.updated) == ["AJ202600002", "AJ202600003"] and report.counts["unchanged"] == 10
    after = stored(lender)
    assert {number for number in after if after[number] != before[number]} == {"AJ202600002", "AJ202600003"}
    assert after["AJ202600002"].version == 2 and after["AJ202600002"].record.addresses[0].text == "浙江省杭州市上城区新路9号"
    assert after["AJ202600003"].record.claim.interest == 9900
    with lender.session() as session:
        snapshots = list(session.scalars(select(ClaimSnapshot.interest).where(ClaimSnapshot.case_id == after["AJ202600003"].case_id).order_by(ClaimSnapshot.id)))
        old = session.scalar(select(func.count()).select_from(CaseAddress).where(CaseAddress.case_id == after["AJ202600002"].case_id))
    assert snapshots == [5014, 9900] and old == 4


def test_a_row_that_fails_later_leaves_the_good_case_alone(lender: Database, case_file: Any) -> None:
    run(lender, case_file.csv(case_file.table()))
    before = stored(lender)
    case_file.rows[4].update(total="1.00", a1="别处")
    report = run(lender, case_file.csv(case_file.table(), name="second.csv"))
    assert len(report.accepted) == 11 and stored(lender) == before


def test_stops_and_refusals_count_even_from_a_row_that_fails(lender: Database, case_file: Any) -> None:
    run(lender, case_file.csv(case_file.table()))
    case_file.rows[4].update(total="1.00", remark="债务人已故", c_refuses="已拒绝")
    run(lender, case_file.csv(case_file.table(), name="second.csv"))
    with lender.session() as session:
        stops = session.execute(select(Case.case_no, CaseStop.kind).join(CaseStop, CaseStop.case_id == Case.id)).all()
    assert [tuple(stop) for stop in stops] == [("AJ202600005", StopKind.DECEASED.value)]
    assert count(lender, OptOut) == 1
    assert stored(lender)["AJ202600005"].opted_out == frozenset({1})


def test_stops_are_recorded_once_and_never_cleared_by_a_file(lender: Database, case_file: Any) -> None:
    case_file.rows[0]["remark"] = "投诉中"
    run(lender, case_file.csv(case_file.table()))
    case_file.rows[0]["product"] = "别的产品"
    run(lender, case_file.csv(case_file.table(), name="second.csv"))
    case_file.rows[0]["remark"] = "首次委案"
    run(lender, case_file.csv(case_file.table(), name="third.csv"))
    with lender.session() as session:
        stops = list(session.scalars(select(CaseStop)))
    assert [(stop.kind, stop.cleared_at) for stop in stops] == [("complaint", None)]


def test_a_refusal_holds_for_the_same_number_in_every_case(lender: Database, case_file: Any) -> None:
    case_file.rows[0]["c_refuses"] = "是"
    case_file.rows[1]["c_mobile"] = case_file.rows[0]["c_mobile"]
    run(lender, case_file.csv(case_file.table()))
    cases = stored(lender)
    assert cases["AJ202600001"].opted_out == cases["AJ202600002"].opted_out == frozenset({1})
    assert cases["AJ202600003"].opted_out == frozenset()


def test_a_dry_run_keeps_nothing(lender: Database, case_file: Any) -> None:
    report = run(lender, case_file.csv(case_file.table()), dry_run=True)
    assert report.dry_run and len(report.accepted) == 12
    assert count(lender, Case) == count(lender, CaseFile) == count(lender, AuditEntry) == 0


def test_an_import_that_breaks_off_leaves_nothing(lender: Database, case_file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> int:
        raise RuntimeError("killed here")

    path = case_file.csv(case_file.table())
    monkeypatch.setattr("locate.intake.store.append_audit", broken)
    with pytest.raises(RuntimeError, match="killed here"):
        run(lender, path)
    assert count(lender, Case) == count(lender, CaseFile) == count(lender, ClaimSnapshot) == 0
    monkeypatch.undo()
    assert run(lender, path).counts["new"] == 12


def test_a_file_that_cannot_be_read_changes_nothing(lender: Database, case_file: Any) -> None:
    with pytest.raises(UnreadableInput):
        run(lender, case_file.csv([["什么", "都不是"], ["1", "2"]]))
    with pytest.raises(UnreadableInput):
        run(lender, case_file.folder / "missing.csv")
    assert count(lender, CaseFile) == 0


def test_the_refused_rows_are_written_also_for_a_file_that_came_before(lender: Database, case_file: Any) -> None:
    case_file.rows[3]["total"] = "1"
    path = case_file.csv(case_file.table())
    run(lender, path)
    report = run(lender, path, report_folder=case_file.folder / "reports")
    assert report.already and report.report_file is not None and report.report_file.is_file()


def test_progress_is_told(lender: Database, case_file: Any) -> None:
    told: list[tuple[str, int, int]] = []
    run(lender, case_file.csv(case_file.table()), progress=lambda what, done, total: told.append((what, done, total)))
    assert told == [("读取并检查案件", 12, 12), ("保存案件", 12, 12)]


def test_lenders_and_profiles_that_do_not_exist_are_said(lender: Database, case_file: Any) -> None:
    path = case_file.csv(case_file.table())
    with pytest.raises(WrongUsage):
        import_case_file(lender, "NOBODY", path, today=TODAY, actor="test")
    with pytest.raises(WrongUsage):
        run(lender, path, profile="nothing")
    with lender.session() as session:
        assert load_profile(session, "L", None) is None
        saved = save_profile(session, "L", "api", {"columns": {"甲": "total"}}, actor="test", clock=lender.clock)
    with lender.session() as session:
        assert load_profile(session, "L", "api") == saved
        assert verify_audit(session).broken_at is None


def test_a_large_first_import_lets_the_planner_learn_and_keeps_the_same(
    lender: Database, case_file: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("locate.intake.store._FIRST_CASES", 5)
    case_file.rows[8]["remark"] = "投诉中"
    told: list[int] = []
    path = case_file.csv(case_file.table())
    report = run(lender, path, progress=lambda _what, done, _total: told.append(done))
    assert report.counts["new"] == 12 and told[1:] == [5, 12] and count(lender, CaseStop) == 1
    assert sorted(stored(lender)) == sorted(report.accepted)
    with lender.engine.connect() as connection:
        known = connection.exec_driver_sql("SELECT reltuples FROM pg_class WHERE oid = '\"case\"'::regclass").scalar()
    assert known is not None and known >= 5
