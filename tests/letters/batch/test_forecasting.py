"""A forecast says what planning then does, and writes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from letters.batch import counter
from letters.batch.forecasting import forecast
from letters.batch.planning import plan_lender, plan_lenders
from letters.batch.printing import print_batch  # noqa: F401  registers the stage
from letters.tables import Partner
from locate.case import AddressKind, GivenAddress, Source
from records.database import Database
from records.errors import NeedsDecision
from tests.letters.conftest import DAY, compose_case

BEIJING = GivenAddress(
    1, "北京市东城区景山前街4号5号楼3单元201室", AddressKind.RESIDENCE, Source.CONTRACT, "合同约定", "HT-9", date(2025, 1, 15), DAY
)  # fmt: skip


@pytest.fixture
def cases(keep):
    """Four that can go (one to Beijing), one that nobody may write to, one whose amounts are too old."""
    good = [compose_case(number) for number in range(3)]
    old = compose_case(8)
    keep(
        *good, compose_case(7, addresses=(BEIJING,)),
        compose_case(9, addresses=(replace(BEIJING, source=Source.CONTRACT, text="北京市"),)),
        replace(old, claim=replace(old.claim, as_of=date(2026, 10, 1))),
    )  # fmt: skip


def everything(db: Database) -> dict[str, int]:
    """Every table's number of rows and of changes."""
    with db.session() as session:
        names = session.scalars(text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")).all()
        return {name: session.scalar(text(f'SELECT sum(hashtext(t::text)::bigint) FROM "{name}" t')) for name in sorted(names)}


def test_it_says_what_planning_does_and_writes_nothing(house: Database, cases, send) -> None:
    before = everything(house)
    found = forecast(house, ["DEMO"], DAY, days=3)
    assert everything(house) == before
    (lender,) = found.lenders
    assert (lender.candidates, lender.planned.letters, lender.first_day, lender.held, lender.refused) == (6, 4, 4, 1, 1)
    assert {(row.rule_id, row.verdict, row.cases) for row in lender.reasons} == {("H-ADR-01", "held", 1), ("R-AMT-02", "refused", 1)}
    (product,) = found.products
    assert (product.product, product.sum.letters, product.numbers_left) == ("200", 4, 999_999)
    assert [(one.prefix, one.office, one.sum.letters) for one in found.offices] == [("1000", "北京市东城区", 1), ("4300", "武汉市江汉区", 3)]
    assert [(one.day, one.sum.letters, one.waiting) for one in found.days] == [(DAY, 4, 0)]
    batch_no = send(DAY)
    with house.session() as session:
        rows = session.execute(text("SELECT sum(sheets), sum(weight_g), sum(postage_fen), count(*) FROM piece")).one()
    assert tuple(rows) == (product.sum.sheets, product.sum.weight_g, product.sum.postage_fen, 4)
    assert batch_no
    after = forecast(house, ["DEMO"], DAY)
    assert (after.lenders[0].candidates, after.lenders[0].planned.letters) == (2, 0)


def test_the_first_day_is_planned_as_foreseen_and_the_rest_spreads_over_open_days(house: Database, cases) -> None:
    with house.session() as session:
        partner = session.query(Partner).one()
        common = {"actor": "test", "clock": house.clock}
        counter.set_capacity(session, partner, prefix="", on_day=None, pieces=2, **common)
        counter.set_capacity(session, partner, prefix="4300", on_day=None, pieces=1, **common)
        counter.set_days(session, partner, date(2026, 11, 21), date(2026, 11, 21), is_open=False, reason="盘点", **common)
    found = forecast(house, ["DEMO"], DAY, days=9)
    assert [(one.day.day, one.sum.letters, one.waiting) for one in found.days] == [(20, 2, 2), (21, 0, 2), (22, 1, 1), (23, 1, 0)]
    assert found.days[1].closed == {"POST": "盘点"}
    assert {(use.about, use.left, use.used) for use in found.days[0].limits if use.rule_id == "H-CAPACITY"} == {
        ("POST 收寄能力", 2, 2), ("POST 收寄能力（寄达邮编 4300）", 1, 1)
    }  # fmt: skip
    (result,) = plan_lenders(house, ["DEMO"], DAY, actor="test", workers=1)
    assert result.planned == found.lenders[0].first_day == 2
    assert forecast(house, ["DEMO"], DAY, days=2).days[-1].waiting == 2


def test_budgets_and_their_use_are_foreseen(house: Database, cases) -> None:
    found = forecast(house, ["DEMO"], DAY, days=2, budget_fen=2 * 420)
    assert [one.sum.letters for one in found.days] == [2, 2]
    (use,) = [use for use in found.days[0].limits if use.fen]
    assert (use.about, use.left, use.used) == ("DEMO预算", 840, 840)
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1, budget_fen=2 * 420).planned == 2


def test_without_numbers_it_says_what_planning_would(house: Database, cases) -> None:
    with house.session() as session:
        session.execute(text("UPDATE number_range SET next_serial = last_serial + 1"))
    with pytest.raises(NeedsDecision, match="号段"):
        forecast(house, ["DEMO"], DAY)
