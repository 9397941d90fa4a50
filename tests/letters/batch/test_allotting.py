"""A day's places on real records: the counter's capacity, several lenders, budgets raised later, closed days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from letters.batch import counter, parties
from letters.batch.counter import CounterClosed, capacities_on
from letters.batch.day import closed_counters
from letters.batch.handing import hand_over
from letters.batch.planning import plan_lender, plan_lenders
from letters.batch.view import decision_rows
from letters.tables import Batch, Partner, Planning
from locate.case import LenderKind
from locate.keeping import keep_cases
from locate.tables import CaseFile, Lender
from records.database import Database
from records.errors import WrongUsage
from records.identity import uuid7
from tests.letters.conftest import DAY, compose_case
from tests.letters.worked import make_sealed


@pytest.fixture
def two(house: Database, keep) -> Database:
    """Lenders DEMO and SECOND with four cases each."""
    with house.session() as session:
        demo = session.query(Lender).one()
        parties.add_lender(
            session, "SECOND", "示例小额贷款有限公司", LenderKind.CONSUMER_FINANCE, demo.settings, "test", house.clock
        )
        session.flush()
        second = session.query(Lender).filter_by(code="SECOND").one()
        file = CaseFile(
            id=uuid7(), lender_id=second.id, sha256=uuid7().hex, name="b.xlsx", size=1, as_of=DAY, imported_at=house.clock(),
            report=b"", counts={},
        )  # fmt: skip
        session.add(file)
        session.flush()
        records = [compose_case(number) for number in range(10, 14)]
        keep_cases(session, house.cipher, second.id, file.id, records, actor="test", clock=house.clock)
    keep(*(compose_case(number) for number in range(4)))
    return house


def capacity(db: Database, pieces: int | None, *, prefix: str = "", on_day: date | None = None) -> None:
    with db.session() as session:
        partner = session.query(Partner).one()
        counter.set_capacity(session, partner, prefix=prefix, on_day=on_day, pieces=pieces, actor="test", clock=db.clock)


def rows(db: Database, verdict: str) -> list[dict[str, object]]:
    with db.session() as session:
        return [row for row in decision_rows(session, DAY) if row["verdict"] == verdict]


def test_places_are_shared_and_what_is_left_out_says_why_and_when(two: Database) -> None:
    capacity(two, 3)
    results = plan_lenders(two, ["DEMO", "SECOND"], DAY, actor="test", workers=1)
    assert {result.lender: result.planned for result in results} == {"DEMO": 2, "SECOND": 1}
    held = rows(two, "held")
    assert len(held) == 5
    assert all("H-CAPACITY" in str(row["rules"]) and "3 件" in str(row["reasons"]) and "2026-11-21" in str(row["reasons"]) for row in held)


def test_who_waits_goes_when_the_limit_is_raised_on_the_same_day(two: Database) -> None:
    capacity(two, 3)
    plan_lenders(two, ["DEMO", "SECOND"], DAY, actor="test", workers=1)
    capacity(two, 7)
    again = plan_lenders(two, ["DEMO", "SECOND"], DAY, actor="test", workers=1)
    assert sum(result.planned for result in again) == 4
    assert [result.already for result in again] == [2, 1]
    assert len(rows(two, "held")) == 1


def test_a_budget_raised_on_the_same_day_frees_what_it_held(house: Database, keep) -> None:
    keep(*(compose_case(number) for number in range(3)))
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1, budget_fen=420).planned == 1
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1, budget_fen=420).planned == 1
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1).planned == 1
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1).planned == 0


def test_one_budget_for_all_is_shared(two: Database) -> None:
    results = plan_lenders(two, ["DEMO", "SECOND"], DAY, actor="test", workers=1, total_budget_fen=4 * 420)
    assert [result.planned for result in results] == [2, 2]


def test_a_planning_killed_after_the_dealing_keeps_its_places(two: Database) -> None:
    """What was dealt stays dealt: another lender planned meanwhile can't take it."""
    capacity(two, 4)
    from letters.batch import planning

    broken = planning.make_batches
    planning.make_batches = lambda *_args, **_more: (_ for _ in ()).throw(KeyboardInterrupt())  # type: ignore[assignment]
    try:
        with pytest.raises(KeyboardInterrupt):
            plan_lenders(two, ["DEMO", "SECOND"], DAY, actor="test", workers=1)
    finally:
        planning.make_batches = broken
    with two.session() as session:
        assert [row.args.get("allotted") for row in session.scalars(select(Planning))] == [True, True]
    assert plan_lender(two, "SECOND", DAY, actor="test", workers=1).planned == 2
    assert plan_lender(two, "SECOND", DAY, actor="test", workers=1).planned == 0
    assert plan_lender(two, "DEMO", DAY, actor="test", workers=1).planned == 2


def test_capacity_is_by_destination_and_day_and_the_newest_record_counts(house: Database) -> None:
    capacity(house, 100)
    capacity(house, 5, prefix="4300")
    capacity(house, 1, on_day=DAY)
    with house.session() as session:
        partner = session.query(Partner).one()
        assert capacities_on(session, partner.id, DAY) == {"": 1, "4300": 5}
        assert capacities_on(session, partner.id, date(2026, 11, 21)) == {"": 100, "4300": 5}
    capacity(house, None, prefix="4300")
    with house.session() as session:
        assert capacities_on(session, partner.id, DAY) == {"": 1}
    for prefix in ("4", "43001", "4301234", "４３"):
        with pytest.raises(WrongUsage):
            capacity(house, 1, prefix=prefix)


def close(db: Database, day: date, *, rests: bool = False) -> None:
    with db.session() as session:
        partner = session.query(Partner).one()
        if rests:
            counter.change_settings(session, partner, {counter.RESTS: True}, actor="test", clock=db.clock)
        counter.set_days(session, partner, day, day, is_open=False, reason="盘点", actor="test", clock=db.clock)


def test_nothing_is_planned_for_a_closed_day_and_the_next_open_one_is_named(house: Database, keep) -> None:
    keep(compose_case(0))
    close(house, DAY, rests=True)  # a Friday; the weekend follows
    with pytest.raises(CounterClosed, match="盘点") as told:
        plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    assert "2026-11-23" in told.value.advice
    with house.session() as session:
        assert session.scalar(select(func.count()).select_from(Planning)) == 0
        assert session.scalar(select(func.count()).select_from(Batch)) == 0
        (one,) = closed_counters(session, ["DEMO"], DAY)
    assert (one.reason, one.next_day) == ("盘点", date(2026, 11, 23))


def test_a_sealed_batch_waits_while_the_counter_is_closed(house: Database, keep) -> None:
    keep(compose_case(0))
    batch_no = make_sealed(house, DAY)
    house.clock = lambda: datetime(2026, 11, 21, 17, tzinfo=UTC)  # 01:00 on the 22nd in Shanghai
    close(house, date(2026, 11, 22))
    with pytest.raises(CounterClosed, match="2026-11-22"):
        hand_over(house, batch_no, actor="test", workers=1)
    house.clock = lambda: datetime(2026, 11, 22, 17, tzinfo=UTC)
    assert hand_over(house, batch_no, actor="test", workers=1)
