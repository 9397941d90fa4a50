"""Item numbers on a real database: one number is one piece for ever, whoever plans, voids, registers or runs out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from letters.batch.lookup import batch_by_no
from letters.batch.parties import add_lender, firm_by_code, lawyer_of, partner_by_code
from letters.batch.planning import PlanResult, plan_lender
from letters.batch.pulling import pull_stopped
from letters.batch.ranges import add_range, block_of_numbers, close_range
from letters.batch.stock import format_finder, numbers_of, stock_of, take_numbers
from letters.batch.voiding import void_batch
from letters.batch.voids import VoidKind, void_spoiled, voided_numbers
from letters.compose import load_bundle
from letters.gate.conflicts import check_conflicts
from letters.gate.filing import file_template
from letters.gate.mandates import add_mandate
from letters.gate.papers import Paper
from letters.post.numbers import NumberFormat
from letters.tables import Batch, LetterNumber, NumberRange, Piece
from locate.case import LenderKind, StopKind
from locate.keeping import keep_cases
from locate.stops import case_by_no, stop_case
from locate.tables import CaseFile, Lender
from records.clock import SHANGHAI
from records.database import Database
from records.errors import NeedsDecision, WrongUsage
from records.identity import uuid7

DAY = date(2026, 11, 20)


def plan(db: Database, day: date = DAY) -> PlanResult:
    return plan_lender(db, "DEMO", day, actor="test", workers=1)


def register(db: Database, first: str, last: str, product: str = "200", fmt: str = "domestic13", code: str = "POST") -> None:
    with db.session() as session:
        block = block_of_numbers(first, last, NumberFormat(fmt))
        add_range(
            session, partner_by_code(session, code), product=product, number_format=fmt, prefix=block.prefix, suffix=block.suffix,
            first_serial=block.first, last_serial=block.last, actor="test", clock=db.clock,
        )  # fmt: skip


def leave(db: Database, numbers: int) -> None:
    """The partner takes back all but ``numbers`` of the open range."""
    with db.session() as session:
        row = session.scalars(select(NumberRange).where(NumberRange.next_serial <= NumberRange.last_serial)).one()
        row.last_serial = row.next_serial + numbers - 1
        row.span = type(row.span)(row.span.lower, row.span.lower + row.last_serial - row.first_serial + 1)


def items(db: Database) -> list[str]:
    with db.session() as session:
        return list(session.scalars(select(Piece.item_no).order_by(Piece.item_no)))


def at(day: date) -> Callable[[], datetime]:
    return lambda: datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)


def test_a_batch_takes_its_numbers_out_of_as_many_ranges_as_it_needs(house, keep, composed) -> None:
    keep(*(composed(number) for number in range(5)))
    leave(house, 2)
    register(house, "RR000000014CN", "RR000000266CN", fmt="s10")
    result = plan(house)
    assert result.planned == 5
    assert items(house) == ["RR000000014CN", "RR000000028CN", "RR000000031CN", "XA00000000001", "XA00000000002"]
    with house.session() as session:
        batch = batch_by_no(session, result.batch_no)
        find = format_finder(session, batch.partner_id)
        assert [find(item) for item in ("XA00000000002", "RR000000031CN", "RR000000045CN")] == ["domestic13", "s10", ""]


def test_running_out_loses_no_planned_letter_and_a_new_range_lets_the_same_planning_finish(house, keep, composed) -> None:
    keep(*(composed(number) for number in range(4)))
    leave(house, 3)
    with pytest.raises(NeedsDecision, match="只剩 3 个") as out:
        plan(house)
    assert "handa partner range" in out.value.advice
    with house.session() as session:
        assert session.scalar(select(func.count()).select_from(Batch)) == 0
        assert session.scalars(select(NumberRange.next_serial)).one() == 1
    register(house, "XA90000000001", "XA90000000009")
    assert plan(house).planned == 4
    assert items(house) == ["XA00000000001", "XA00000000002", "XA00000000003", "XA90000000001"]
    with house.session() as session:
        assert session.scalar(select(func.count()).select_from(LetterNumber)) == 4


@given(sizes=st.lists(st.integers(1, 40), min_size=2, max_size=5), blocks=st.lists(st.integers(1, 60), min_size=1, max_size=4))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_planners_at_the_same_time_never_get_the_same_number(house, sizes: list[int], blocks: list[int]) -> None:
    with house.session() as session:
        session.execute(text("ALTER TABLE number_range DISABLE TRIGGER only_moves_on"))
        session.execute(text("DELETE FROM number_range"))
        session.execute(text("ALTER TABLE number_range ENABLE TRIGGER only_moves_on"))
        partner_id = partner_by_code(session, "POST").id
    for number, size in enumerate(blocks):
        register(house, f"XA{number}0000000001", f"XA{number}{size:010d}")
    start, got, short = threading.Barrier(len(sizes)), [], []

    def planner(size: int) -> None:
        start.wait()
        try:
            with house.session() as session:
                found = list(numbers_of(take_numbers(session, partner_id, "200", size)))
        except NeedsDecision:
            short.append(size)
        else:
            got.append(found)

    threads = [threading.Thread(target=planner, args=(size,)) for size in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    every = [number for found in got for number in found]
    assert len(every) == len(set(every)) == sum(sizes) - sum(short)
    with house.session() as session:
        spent = session.scalar(select(func.sum(NumberRange.next_serial - NumberRange.first_serial)))
        assert spent == len(every)
    # Whoever came away empty-handed asked for more than was left by then.
    assert all(size > sum(blocks) - len(every) for size in short)


def test_numbers_taken_by_a_transaction_that_fails_are_not_spent(house) -> None:
    with pytest.raises(RuntimeError), house.session() as session:
        take_numbers(session, partner_by_code(session, "POST").id, "200", 7)
        raise RuntimeError
    with house.session() as session:
        assert session.scalars(select(NumberRange.next_serial)).one() == 1


@pytest.mark.parametrize("first", ["XA00000000001", "XA00000999999", "XA00000500000"])
def test_overlapping_ranges_are_refused_across_products_and_partners(house, first: str) -> None:
    with pytest.raises(WrongUsage, match="重叠"):
        register(house, first, "XA00001500000", product="240")


def test_the_same_numbers_written_with_a_longer_prefix_overlap_too(house) -> None:
    with house.session() as session, pytest.raises(WrongUsage, match="重叠"):
        add_range(
            session, partner_by_code(session, "POST"), product="200", number_format="domestic13", prefix="XA000009", suffix="",
            first_serial=99_000, last_serial=99_998, actor="test", clock=house.clock,
        )  # fmt: skip


def test_the_database_itself_refuses_overlapping_ranges(house) -> None:
    copy = (
        "INSERT INTO number_range SELECT gen_random_uuid(), partner_id, '240', number_format, prefix, suffix, 5, 9, 5, span,"
        " registered_at FROM number_range"
    )
    with pytest.raises(Exception, match="ex_number_range_span"), house.session() as session:
        session.execute(text(copy))


def test_a_miscopied_check_digit_is_named(house) -> None:
    with pytest.raises(WrongUsage) as refused:
        register(house, "RR000000015CN", "RR000000267CN", fmt="s10")
    assert "RR000000267CN 的校验位不对" in refused.value.advice


@pytest.mark.parametrize(
    ("prefix", "suffix", "fmt"), [("JA", "CN", "s10"), ("RR", "", "s10"), ("X", "", "domestic13"), ("XA", "CN", "domestic13")]
)
def test_a_range_that_makes_no_numbers_of_its_format_is_refused(house, prefix: str, suffix: str, fmt: str) -> None:
    with house.session() as session, pytest.raises(WrongUsage, match="合不成邮件号码") as refused:
        add_range(
            session, partner_by_code(session, "POST"), product="200", number_format=fmt, prefix=prefix, suffix=suffix,
            first_serial=1, last_serial=9, actor="test", clock=house.clock,
        )  # fmt: skip
    assert "完整号码为" in refused.value.advice


@pytest.mark.parametrize(
    ("today", "words"),
    [(DAY + timedelta(days=40), "未满 12 个月"), (date(2027, 11, 20), "未满 24 个月"), (date(2028, 11, 20), "虽已满 24 个月")],
)
def test_a_range_that_was_ours_is_refused_with_what_the_window_says(house, keep, composed, today: date, words: str) -> None:
    keep(composed(0))
    plan(house)
    with house.session() as session:
        close_range(session, partner_by_code(session, "POST"), "XA00000500000", "换号段", actor="test", clock=house.clock)
    house.clock = at(today)
    with pytest.raises(WrongUsage, match=words) as refused:
        register(house, "XA00000000001", "XA00000000500")
    assert "XA00000000001" in refused.value.message


def test_what_is_left_of_a_closed_range_may_be_allotted_anew_and_closing_twice_is_once(house, keep, composed) -> None:
    keep(composed(0), composed(1))
    plan(house)
    with house.session() as session:
        partner = partner_by_code(session, "POST")
        assert close_range(session, partner, "XA00000000002", "换号段", actor="test", clock=house.clock) == 999_997
        assert close_range(session, partner, "XA00000000002", "换号段", actor="test", clock=house.clock) == 0
    register(house, "XA00000000003", "XA00000000050")
    with house.session() as session:
        assert [one.left for one in stock_of(session, DAY)] == [48]


def test_voided_pulled_and_spoiled_numbers_are_recorded_and_never_come_back(house, keep, composed) -> None:
    keep(*(composed(number) for number in range(4)))
    result = plan(house)
    with house.session() as session:
        batch = batch_by_no(session, result.batch_no)
        stop_case(session, case_by_no(session, "DEMO", "T00000"), StopKind.SETTLED, "已结清", actor="test", clock=house.clock)
        session.flush()
        (pulled,) = pull_stopped(session, batch, actor="test", clock=house.clock)
        spoiled = session.scalars(select(Piece).order_by(Piece.item_no)).all()[-1]
        assert void_spoiled(session, [spoiled.id], "装封时撕破", actor="plant", at=house.clock()) == 1
        assert void_spoiled(session, [spoiled.id], "又一次", actor="plant", at=house.clock()) == 0
        void_batch(session, batch, "模板有误", actor="test", clock=house.clock)
    with house.session() as session:
        found = voided_numbers(session, "POST")
        assert sorted(one.kind for one in found) == [VoidKind.PULLED, VoidKind.SPOILED, VoidKind.VOID, VoidKind.VOID]
        assert {one.reason for one in found} == {pulled.reason, "装封时撕破", "模板有误"}
        assert [(one.used, one.void) for one in stock_of(session, DAY)] == [(4, 4)]
    again = plan(house)
    assert again.planned == 3
    assert items(house) == [f"XA{serial:011d}" for serial in range(1, 8)]


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM piece", "UPDATE piece SET item_no = 'XA00000000009'", "UPDATE number_range SET next_serial = 1",
     "DELETE FROM number_range", "TRUNCATE piece CASCADE", "DELETE FROM void_number"],
)  # fmt: skip
def test_the_database_keeps_every_number_with_its_piece(house, keep, composed, statement: str) -> None:
    keep(composed(0))
    result = plan(house)
    with house.session() as session:
        void_batch(session, batch_by_no(session, result.batch_no), "模板有误", actor="test", clock=house.clock)
    with pytest.raises(Exception, match=r"append-only|only moves on"), house.session() as session:
        session.execute(text(statement))


def test_low_numbers_are_told_before_they_run_out(house, keep, composed) -> None:
    keep(*(composed(number) for number in range(6)))
    leave(house, 40)
    result = plan(house)
    # Six numbers on the only day so far: 34 left are five days' worth.
    assert result.warnings == ("“POST”的 200 邮件号码只剩 34 个，按近期用量约可用 5 天（不足 14 天）；请现在向邮政申请新号段。",)
    with house.session() as session:
        (stock,) = stock_of(session, DAY)
        assert (stock.left, stock.per_day, stock.days_left, stock.largest_batch) == (34, 6.0, 5, 6)
        (later,) = stock_of(session, DAY + timedelta(days=29))
        assert (later.per_day, later.days_left, later.low) == (0.2, 170, "")
    register(house, "XA90000000001", "XA90000999999")
    assert plan(house).warnings == ()


def test_two_lenders_planned_at_the_same_time_share_the_ranges_without_a_gap(house, keep, composed) -> None:
    keep(*(composed(number) for number in range(4)))
    plans: list[PlanResult] = []
    with house.session() as session:
        other = add_lender(
            session, "OTHER", "另一示例消费金融有限公司", LenderKind.CONSUMER_FINANCE,
            dict(session.scalars(select(Lender.settings).where(Lender.code == "DEMO")).one()), "test", house.clock,
        )  # fmt: skip
        lender_id = other.id
        firm = firm_by_code(session, "F1")
        add_mandate(
            session, firm, other, contract_no="WT-2", scan=Paper("0" * 64, "授权委托书.pdf"), valid_from=date(2026, 1, 1),
            valid_until=date(2027, 12, 31), case_nos=None, standing={"max_letters": 10**6, "max_amount_fen": 10**12}, actor="test",
            clock=house.clock,
        )  # fmt: skip
        check_conflicts(session, house.cipher, firm, other, lawyer_of(session, firm, "L001"), note="", clock=house.clock)
        file_template(
            session, other, template="consumer@1", bundle_sha256=load_bundle("consumer@1").sha256, filed_on=date(2026, 1, 1),
            reference="BA-2", actor="test", clock=house.clock,
        )  # fmt: skip
    with house.session() as session:
        file = CaseFile(
            id=uuid7(), lender_id=lender_id, sha256=uuid7().hex, name="other.xlsx", size=1, as_of=DAY, imported_at=house.clock(),
            report=b"", counts={},
        )  # fmt: skip
        session.add(file)
        session.flush()
        keep_cases(
            session, house.cipher, lender_id, file.id, [composed(number) for number in range(20, 25)], actor="test", clock=house.clock
        )
    start = threading.Barrier(2)

    def planner(code: str) -> None:
        start.wait()
        plans.append(plan_lender(house, code, DAY, actor="test", workers=1))

    threads = [threading.Thread(target=planner, args=(code,)) for code in ("DEMO", "OTHER")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(one.planned for one in plans) == [4, 5], plans
    assert items(house) == [f"XA{serial:011d}" for serial in range(1, 10)]
