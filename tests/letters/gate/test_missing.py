"""The lawyer's gate on a real database: everything that lacks is said at once, and each thing supplied opens its part."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from letters.batch import parties
from letters.batch.lookup import batch_by_no
from letters.batch.planning import plan_lender
from letters.batch.preview import write_sample
from letters.batch.releasing import NotReleasable, release_batch
from letters.batch.sampling import choose_sample
from letters.batch.view import decision_rows
from letters.gate import conflicts, mandates
from letters.gate.capacity import set_capacity
from letters.gate.confirming import batch_list, confirm_batch, write_client_list
from letters.gate.papers import Paper, keep_paper
from letters.tables import Batch, Firm, Letter
from letters.tables_gate import BatchConfirmation, Mandate
from locate.stops import case_by_no
from locate.tables import Lender
from records.database import Database
from records.errors import UnreadableInput, WrongUsage

DAY = date(2026, 11, 20)
PAPER = Paper("1" * 64, "回传.pdf")


def plan(db: Database, day: date = DAY) -> str:
    number = plan_lender(db, "DEMO", day, actor="test", workers=1).batch_no
    assert number is not None
    return number


def release(db: Database, batch_no: str, lawyer: str = "L001") -> None:
    with db.session() as session:
        release_batch(session, db.cipher, batch_by_no(session, batch_no), lawyer, clock=db.clock)


def lacking(db: Database, batch_no: str, lawyer: str = "L001") -> set[str]:
    """Rules of what lacks, the sample included until it is viewed."""
    with pytest.raises(NotReleasable) as caught:
        release(db, batch_no, lawyer)
    assert all(one.command in caught.value.message for one in caught.value.missing)
    return {one.rule_id for one in caught.value.missing}


def test_a_workspace_with_only_the_parties_is_told_all_that_lacks_at_once(ungated: Database, keep: Any, composed: Any) -> None:
    keep(composed(0))
    batch_no = plan(ungated)
    assert lacking(ungated, batch_no) == {
        "R-LAW-01", "R-LAW-02", "R-LAW-04", "R-LAW-05", "R-LAW-17", "R-OUT-03", "R-LAW-08", "R-OUT-04", "R-PII-05",
    }


def test_each_thing_supplied_opens_its_part(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0))
    batch_no = plan(house)
    assert lacking(house, batch_no) == {"R-LAW-05"}
    write_sample(house, batch_no, None, actor="cli:operator")
    assert lacking(house, batch_no) == {"R-LAW-05"}, "an operator's look is not the lawyer's"
    write_sample(house, batch_no, None, actor="lawyer:L001")
    release(house, batch_no)


def test_a_mandate_that_has_ended_or_was_revoked_releases_nothing(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0))
    batch_no = plan(house)
    write_sample(house, batch_no, None, actor="lawyer:L001")
    with house.session() as session:
        session.scalars(select(Mandate)).one().valid_until = DAY - timedelta(days=1)
    assert "R-LAW-01" in lacking(house, batch_no)
    with house.session() as session:
        session.scalars(select(Mandate)).one().valid_until = DAY
        firm = parties.firm_by_code(session, "F1")
        assert mandates.revoke_mandate(session, firm, "WT-1", "合同终止", actor="test", clock=house.clock) == 1
        assert mandates.revoke_mandate(session, firm, "WT-1", "合同终止", actor="test", clock=house.clock) == 0
    assert "R-LAW-01" in lacking(house, batch_no)


def add_mandate(db: Database, contract: str, case_nos: list[str] | None) -> None:
    with db.session() as session:
        mandates.add_mandate(
            session, parties.firm_by_code(session, "F1"), parties.lender_by_code(session, "DEMO"), contract_no=contract, scan=PAPER,
            valid_from=date(2026, 1, 1), valid_until=date(2027, 1, 1), case_nos=case_nos,
            standing={"max_letters": 10, "max_amount_fen": 10**10}, actor="test", clock=db.clock,
        )  # fmt: skip


def test_a_case_outside_the_mandates_list_is_refused_in_planning_and_at_release(ungated: Database, keep: Any, composed: Any) -> None:
    keep(composed(0), composed(1))
    before = plan(ungated)
    add_mandate(ungated, "WT-2", ["T00000"])
    with pytest.raises(NotReleasable, match="1 封函件的案件不在授权委托书") as caught:
        release(ungated, before)
    assert "--cases" in caught.value.message
    plan_lender(ungated, "DEMO", DAY + timedelta(days=1), actor="test", workers=1)
    with ungated.session() as session:
        rules = {row["case_no"]: row["rules"] for row in decision_rows(session, DAY + timedelta(days=1))}
    assert "R-LAW-01" in rules["T00001"] and "R-LAW-01" not in rules["T00000"]


def test_a_contract_number_is_one_mandate_and_lists_are_not_empty(house: Database) -> None:
    with pytest.raises(WrongUsage, match="已登记"):
        add_mandate(house, "WT-1", None)
    with pytest.raises(WrongUsage, match="空的"):
        add_mandate(house, "WT-3", [])


def test_the_firms_own_client_is_held_until_a_lawyer_has_judged(house: Database, keep: Any, composed: Any) -> None:
    same, namesake = composed(0), composed(1)
    keep(same, namesake, composed(2))
    with house.session() as session:
        firm, lender = parties.firm_by_code(session, "F1"), parties.lender_by_code(session, "DEMO")
        lawyer = parties.lawyer_of(session, firm, "L001")
        common = {"actor": "test", "clock": house.clock}
        assert conflicts.add_client(session, house.cipher, firm, name=same.debtor_name, id_number=same.id_number, **common)
        assert not conflicts.add_client(session, house.cipher, firm, name=same.debtor_name, id_number=same.id_number, **common)
        assert conflicts.add_client(session, house.cipher, firm, name=namesake.debtor_name, id_number=composed(7).id_number, **common)
        cases, hits = conflicts.check_conflicts(session, house.cipher, firm, lender, lawyer, note="", clock=house.clock)
    assert (cases, [(hit.case_no, hit.why) for hit in hits]) == (3, [("T00000", conflicts.SAME_CLIENT)]), "another ID is another person"
    batch_no = plan(house)
    with house.session() as session:
        rows = {row["case_no"]: row for row in decision_rows(session, DAY)}
        assert (rows["T00000"]["verdict"], rows["T00001"]["verdict"]) == ("held", "planned")
        assert "R-LAW-02" in rows["T00000"]["rules"] and same.debtor_name not in rows["T00000"]["reasons"]
        firm = parties.firm_by_code(session, "F1")
        case = case_by_no(session, "DEMO", "T00000")
        lawyer = parties.lawyer_of(session, firm, "L001")
        assert conflicts.clear_conflict(session, firm, case, lawyer, "已不是本所客户", clock=house.clock)
        with pytest.raises(WrongUsage):
            conflicts.clear_conflict(session, firm, case, parties.lawyer_of(session, firm, "A001"), "x", clock=house.clock)
    assert plan(house) != batch_no, "the cleared case is planned now"


def test_a_client_who_comes_after_planning_holds_the_release(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0))
    batch_no = plan(house)
    write_sample(house, batch_no, None, actor="lawyer:L001")
    with house.session() as session:
        firm = parties.firm_by_code(session, "F1")
        conflicts.add_client(session, house.cipher, firm, name=composed(0).debtor_name, id_number="", actor="t", clock=house.clock)
    assert lacking(house, batch_no) == {"R-LAW-02"}


def test_a_lender_that_is_its_own_debtor_is_a_hit(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0, debtor_name="示例消费金融有限公司"))
    with house.session() as session:
        lender = parties.lender_by_code(session, "DEMO")
        (hit,) = conflicts.conflict_hits(session, house.cipher, parties.firm_by_code(session, "F1").id, lender)
    assert hit.why == conflicts.SAME_AS_LENDER


def drop_standing(db: Database) -> None:
    with db.session() as session:
        session.scalars(select(Mandate)).one().standing = None


def test_the_client_confirms_exactly_this_list(house: Database, keep: Any, composed: Any, tmp_path: Path) -> None:
    drop_standing(house)
    keep(composed(0), composed(1))
    batch_no = plan(house)
    write_sample(house, batch_no, None, actor="lawyer:L001")
    assert lacking(house, batch_no) == {"R-LAW-04"}
    with house.session() as session:
        batch = batch_by_no(session, batch_no)
        wanted = write_client_list(session, batch, tmp_path / "list.xlsx")
        assert wanted == batch_list(session, batch)
        with pytest.raises(WrongUsage, match="不一致"):
            confirm_batch(session, batch, by="李经理", evidence=PAPER, said_hash="0" * 64, actor="t", clock=house.clock)
        with pytest.raises(WrongUsage, match="何人确认"):
            confirm_batch(session, batch, by=" ", evidence=PAPER, said_hash="", actor="t", clock=house.clock)
        said = wanted.sha256[:12].upper()
        assert confirm_batch(session, batch, by="李经理", evidence=PAPER, said_hash=said, actor="t", clock=house.clock)[1]
        assert not confirm_batch(session, batch, by="李经理", evidence=PAPER, said_hash="", actor="t", clock=house.clock)[1]
    release(house, batch_no)


def test_the_clients_workbook_holds_every_case_and_the_hash(house: Database, keep: Any, composed: Any, tmp_path: Path) -> None:
    from python_calamine import CalamineWorkbook

    keep(composed(0), composed(1))
    batch_no = plan(house)
    with house.session() as session:
        wanted = write_client_list(session, batch_by_no(session, batch_no), tmp_path / "list.xlsx")
    rows = CalamineWorkbook.from_path(str(tmp_path / "list.xlsx")).get_sheet_by_index(0).to_python()
    cells = [cell for row in rows for cell in row]
    assert wanted.sha256 in cells and {"T00000", "T00001"} <= set(cells)
    amounts = [row[4] for row in rows if row[2] in ("T00000", "T00001")]
    assert round(sum(amounts) * 100) == wanted.total_fen


def test_a_standing_confirmation_covers_what_it_says_and_leaves_a_confirmation_by_hash(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0), composed(1))
    batch_no = plan(house)
    write_sample(house, batch_no, None, actor="lawyer:L001")
    for limit in ({"max_letters": 1, "max_amount_fen": 10**10}, {"max_letters": 2, "max_amount_fen": 100}):
        with house.session() as session:
            session.scalars(select(Mandate)).one().standing = limit
        assert lacking(house, batch_no) == {"R-LAW-04"}
    with house.session() as session:
        session.scalars(select(Mandate)).one().standing = {"max_letters": 2, "max_amount_fen": 10**10}
    release(house, batch_no)
    with house.session() as session:
        row = session.scalars(select(BatchConfirmation)).one()
        assert (row.by, row.list_sha256) == ("standing:WT-1", batch_list(session, session.scalars(select(Batch)).one()).sha256)


def test_a_template_version_whose_content_was_not_approved_or_filed_stops(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0))
    batch_no = plan(house)
    write_sample(house, batch_no, None, actor="lawyer:L001")
    with house.session() as session:
        firm = session.scalars(select(Firm)).one()
        firm.settings = {**firm.settings, "approved_hashes": {"consumer@1": "0" * 64}}
        session.scalars(select(Batch)).one().bundle_sha256 = "f" * 64
    assert lacking(house, batch_no) == {"R-LAW-05", "R-OUT-03"}


def test_capacity_holds_the_least_valuable_letters_and_a_raise_lets_them_go(house: Database, keep: Any, composed: Any) -> None:
    keep(*(composed(number) for number in range(4)))

    def capacity(per_day: int) -> None:
        with house.session() as session:
            firm = parties.firm_by_code(session, "F1")
            set_capacity(session, firm, parties.lawyer_of(session, firm, "L001"), per_day, actor="t", clock=house.clock)

    capacity(3)
    result = plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    assert (result.planned, result.held) == (3, 1)
    with house.session() as session:
        (row,) = [row for row in decision_rows(session, DAY) if row["verdict"] == "held"]
        assert row["rules"] == "R-LAW-17" and "每日 3 封" in row["reasons"]
    again = plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    assert again.planned == 0, "the day's capacity is spent"
    capacity(2)
    assert "R-LAW-17" in lacking(house, str(result.batch_no)), "asked again at release"
    capacity(4)
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1).planned == 1


def test_the_sample_has_every_risk_and_shrinks_when_letters_are_pulled(house: Database, keep: Any, composed: Any) -> None:
    keep(*(composed(number) for number in range(12)))
    batch_no = plan(house)
    with house.session() as session:
        batch = batch_by_no(session, batch_no)
        first = choose_sample(session, batch, 2)
        assert {"金额最高", "地址置信度最低"} <= {one.why for one in first}
        case = session.get_one(Letter, session.scalars(select(Letter.id).where(Letter.letter_no == first[0].letter_no)).one()).case_id
        from letters.batch.pulling import pull_stopped
        from locate.case import StopKind
        from locate.stops import stop_case
        from locate.tables import Case

        stop_case(session, session.get_one(Case, case), StopKind.SETTLED, "结清", actor="t", clock=house.clock)
        session.flush()
        pull_stopped(session, batch, actor="t", clock=house.clock)
        session.flush()
        assert choose_sample(session, batch, 2) == first[1:]


def test_a_paper_is_kept_once_by_its_content(house: Database, tmp_path: Path) -> None:
    scan = tmp_path / "委托书.PDF"
    scan.write_bytes(b"%PDF scan")
    first, second = keep_paper(house.settings, scan), keep_paper(house.settings, scan)
    assert first == second
    (kept,) = (house.settings.workspace.root / "papers").iterdir()
    assert (kept.name, kept.read_bytes(), kept.stat().st_mode & 0o777) == (f"{first.sha256}.pdf", b"%PDF scan", 0o600)
    for bad in (tmp_path, tmp_path / "none.pdf"):
        with pytest.raises(UnreadableInput):
            keep_paper(house.settings, bad)
    scan.write_bytes(b"")
    with pytest.raises(UnreadableInput):
        keep_paper(house.settings, scan)


def test_a_licence_that_ends_before_the_letters_date_is_said_with_its_command(house: Database, keep: Any, composed: Any) -> None:
    keep(composed(0))
    batch_no = plan(house)
    write_sample(house, batch_no, None, actor="lawyer:L001")
    with house.session() as session:
        session.scalars(select(Firm)).one().licence_until = DAY - timedelta(days=1)
    with pytest.raises(NotReleasable, match="handa firm renew F1"):
        release(house, batch_no)
    assert lacking(house, batch_no, "A001") >= {"R-LAW-03"}, "only the lawyer who signs releases"


def test_planning_says_nothing_of_the_gate_where_no_mandate_is(ungated: Database, keep: Any, composed: Any) -> None:
    keep(composed(0), replace(composed(1), case_no="T00009"))
    assert plan_lender(ungated, "DEMO", DAY, actor="test", workers=1).planned == 2
    with ungated.session() as session:
        assert session.scalar(select(Lender.code)) == "DEMO"


def test_a_clearance_covers_the_clients_of_its_day(house: Database, keep: Any, composed: Any) -> None:
    """Who becomes a client after a lawyer's word on a case is a new question."""
    keep(composed(0))
    case_of = composed(0)
    start = house.clock()
    with house.session() as session:
        firm, lender = parties.firm_by_code(session, "F1"), parties.lender_by_code(session, "DEMO")
        lawyer = parties.lawyer_of(session, firm, "L001")
        case = case_by_no(session, "DEMO", "T00000")

        def hits() -> list[str]:
            return [hit.why for hit in conflicts.conflict_hits(session, house.cipher, firm.id, lender)]

        def add(name: str, number: str, minutes: int) -> None:
            at = start + timedelta(minutes=minutes)
            assert conflicts.add_client(session, house.cipher, firm, name=name, id_number=number, actor="test", clock=lambda: at)

        def clear(minutes: int) -> bool:
            at = start + timedelta(minutes=minutes)
            return conflicts.clear_conflict(session, firm, case, lawyer, "已核对", clock=lambda: at)

        add(case_of.debtor_name, "", 1)
        assert hits() == [conflicts.SAME_NAME]
        assert clear(2)
        assert hits() == []
        assert not clear(3), "said already"
        add("另一客户", case_of.id_number, 4)
        assert hits() == [conflicts.SAME_CLIENT]
        assert clear(5)
        assert hits() == []
