"""Limitation with its records: graded events from the post, confirmations, dates kept, what lapses first goes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from letters.batch.lapsing import confirm_grade, delivery_of, lapsing, record_fact
from letters.batch.letterview import find_letter
from letters.batch.planning import plan_lender
from letters.batch.view import decision_rows
from letters.rules.grading import Grade
from locate.case import Source
from locate.stops import case_by_no
from records.database import Database
from records.errors import NeedsDecision, WrongUsage
from tests.letters.batch.conftest import DAY

ITEM = "XA00000000001"


@pytest.fixture
def old(composed):
    """``old(number, since)``: a case in default since then, at a reserved address."""

    def make(number: int, since: date, **more: object):
        record = composed(number, **more)
        addresses = tuple(replace(given, source=Source.RESERVED) for given in record.addresses)
        return replace(record, claim=replace(record.claim, overdue_since=since), addresses=addresses, disbursed_on=date(2020, 1, 15))

    return make


def last_day(db: Database, case_no: str = "T00000") -> tuple[date, int]:
    with db.session() as session:
        rows = {row.case_no: row for row in lapsing(session, db.cipher)}
    return rows[case_no].last_day, rows[case_no].unconfirmed


REFUSED = ((DAY, "00", "", ""), (date(2026, 11, 24), "20", "", "104"), (date(2026, 11, 27), "10", "14", ""))
RETURNED = ((DAY, "00", "", ""), (date(2026, 11, 24), "20", "", "102"), (date(2026, 11, 27), "10", "14", ""))
SIGNED = ((DAY, "00", "", ""), (date(2026, 11, 24), "10", "10", ""))
OTHER = ((DAY, "00", "", ""), (date(2026, 11, 24), "10", "11", ""))


@pytest.mark.parametrize(
    ("steps", "grade", "waiting"), [(REFUSED, Grade.E3, 1), (RETURNED, Grade.E4, 1), (OTHER, Grade.E2, 1), (SIGNED, None, 0)]
)
def test_what_a_letter_proves_counts_by_itself_or_once_a_lawyer_confirms(
    house: Database, keep, old, send, track, steps, grade: Grade | None, waiting: int
) -> None:
    keep(old(0, date(2024, 7, 1)))
    send(DAY)
    assert last_day(house) == (date(2027, 6, 30), 0)
    track(ITEM, *steps)
    if grade is None:
        assert last_day(house) == (date(2029, 11, 24), 0)
        return
    assert last_day(house) == (date(2027, 6, 30), waiting)
    with house.session() as session:
        letter, _ = find_letter(session, ITEM)
        for lawyer, why, fault in (("L001", " ", WrongUsage), ("A001", "理由", WrongUsage)):
            with pytest.raises(fault):
                confirm_grade(session, house.cipher, letter, lawyer, grade, why, clock=house.clock)
        confirm_grade(session, house.cipher, letter, "L001", grade, "核对轨迹与地址", clock=house.clock)
    assert last_day(house) == (date(2029, 11, 24), 0)
    with house.session() as session:
        confirm_grade(session, house.cipher, find_letter(session, ITEM)[0], "L001", Grade.E5, "复核后不作证据", clock=house.clock)
    assert last_day(house) == (date(2027, 6, 30), 0)


def test_a_lawyer_can_not_confirm_more_than_the_evidence_bears(house: Database, keep, old, send, track) -> None:
    keep(old(0, date(2024, 7, 1)))
    send(DAY)
    with house.session() as session, pytest.raises(NeedsDecision, match="还没有"):
        confirm_grade(session, house.cipher, find_letter(session, ITEM)[0], "L001", Grade.E3, "理由", clock=house.clock)
    track(ITEM, *RETURNED)
    with house.session() as session, pytest.raises(NeedsDecision, match="不足以"):
        confirm_grade(session, house.cipher, find_letter(session, ITEM)[0], "L001", Grade.E3, "理由", clock=house.clock)


def test_a_return_from_an_address_that_nobody_reserved_proves_nothing(house: Database, keep, composed, send, track) -> None:
    record = composed(0)
    keep(replace(record, addresses=tuple(replace(given, source=Source.PUBLIC) for given in record.addresses)))
    send(DAY)
    track(ITEM, *RETURNED)
    with house.session() as session:
        delivery = delivery_of(session, house.cipher, find_letter(session, ITEM)[0])
    assert delivery is not None and (delivery.grade, delivery.open_to) == (Grade.E5, frozenset())


def test_a_card_letter_to_the_reserved_address_counts_once_the_post_took_it(house: Database, keep, old, send, track) -> None:
    keep(old(0, date(2024, 7, 1), product="信用卡"))
    send(DAY)
    assert last_day(house) == (date(2027, 6, 30), 0)
    track(ITEM, *RETURNED[:1])
    assert last_day(house)[0] == date(2029, 11, 20)




def test_recorded_dates_move_the_start_and_a_lapsed_case_waits_for_a_lawyers_wording(house: Database, keep, old) -> None:
    keep(old(0, date(2023, 7, 1)))
    assert last_day(house)[0] == date(2026, 6, 30)
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1).held == 1

    def record(kind: str, on: date | None = None, text: str = "") -> None:
        with house.session() as session:
            record_fact(
                session, house.cipher, case_by_no(session, "DEMO", "T00000"), kind, on=on, text=text, evidence_name="合同.pdf",
                evidence_sha256="0" * 64, by="lawyer:L001", actor="test", clock=house.clock,
            )  # fmt: skip

    with pytest.raises(WrongUsage):
        record("last_due", date(2022, 1, 1))
    with pytest.raises(WrongUsage):
        record("clause")
    record("wording", text="consumer@1")
    plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    with house.session() as session:
        (row,) = decision_rows(session, DAY)
    assert row["verdict"] == "refused" and "起诉措辞" in row["reasons"], "the consumer letter speaks of a suit"
    record("last_due", date(2024, 1, 31))
    assert last_day(house)[0] == date(2027, 1, 31)
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1).planned == 1


@pytest.mark.parametrize(("order", "kept"), [(None, "T00009"), ("value", "T00009"), ("limitation", "T00000")])
def test_under_a_budget_what_lapses_first_goes_first_where_asked(house: Database, keep, old, order: str | None, kept: str) -> None:
    from records.money import Fen

    poor, rich = old(0, date(2024, 3, 1)), old(9, date(2026, 1, 1))
    more = Fen(900_000_000)
    rich = replace(rich, claim=replace(rich.claim, principal_disbursed=Fen(more + 500_000), principal_due=more, total=Fen(more + 20_244)))
    keep(poor, replace(rich, claim=replace(rich.claim, total=rich.claim.lines_total())))
    result = plan_lender(house, "DEMO", DAY, actor="test", workers=1, budget_fen=420, order=order)
    assert (result.planned, result.held) == (1, 1)
    with house.session() as session:
        assert [row["case_no"] for row in decision_rows(session, DAY) if row["verdict"] == "planned"] == [kept]


def test_the_list_is_ordered_by_what_lapses_first(house: Database, keep, old) -> None:
    keep(old(0, date(2025, 1, 1)), old(1, date(2024, 3, 1)), old(2, date(2026, 1, 1)))
    with house.session() as session:
        rows = lapsing(session, house.cipher)
        assert [row.case_no for row in rows] == ["T00001", "T00000", "T00002"]
        assert rows[0].post_by == date(2027, 2, 18) and rows[0].last_day == date(2027, 2, 28)
        assert [row.case_no for row in lapsing(session, house.cipher, until=date(2027, 12, 31))] == ["T00001", "T00000"]
