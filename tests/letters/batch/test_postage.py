"""Postage of a batch against its acknowledgements: to the fen, piece by piece, until every difference is worked off."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from letters.batch.agreements import catalogue_of, register_products
from letters.batch.lookup import batch_by_no
from letters.batch.parties import partner_by_code
from letters.batch.postage import Comparison, compare_postage, open_differences, settle_differences
from letters.batch.voids import void_spoiled, voided_numbers
from letters.post.causes import Cause
from letters.post.store import import_answer
from letters.tables import Batch, BatchEvent, Piece, Planning
from records.database import Database
from records.errors import Broken, WrongUsage
from tests.letters.worked import Worked

AGREED = """
[tariff.agreed]
source = "示例协议 XY-2026-001 附件二"
steps = [{ up_to_g = 500, per_g = 50, local_fen = 100, nonlocal_fen = 150 }]

[envelope.DL]
name = "DL 220×110"
weight_mg = 9000

[[product]]
code = "200"
name = "挂号信函"
send_method = "中国邮政挂号信函"
registered = true
number_format = "domestic13"
tariff = "agreed"
max_weight_g = 500
surcharges = [{ name = "挂号费", fen = 250 }]
"""


@pytest.fixture
def posted(houses: Callable[[str, int], Worked[str]], tmp_path: Path) -> Iterator[tuple[Database, str]]:
    made = houses("handed over", 6)
    with made.copy(tmp_path / "house") as db:
        yield db, made.found


def acknowledge(db: Database, batch_no: str, path: Path, change: Callable[[str, list[str]], list[str]]) -> Path:
    """An acknowledgement of the whole batch; ``change`` gets (item number, [accepted, reason, weight, fen])."""
    with db.session() as session:
        name = session.scalars(select(Batch.sealed_name).where(Batch.batch_no == batch_no)).one()
        pieces = session.execute(select(Piece.item_no, Piece.weight_g, Piece.postage_fen).order_by(Piece.item_no)).all()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("batch", "mailnum", "accepted", "reason", "weight_g", "postage_fen"))
        for item_no, weight, fen in pieces:
            writer.writerow((name, item_no, *change(item_no, ["1", "", str(weight), str(fen)])))
    import_answer(db, "POST", path, actor="test")
    return path


def compared(db: Database, batch_no: str) -> Comparison:
    with db.session() as session:
        return compare_postage(session, batch_by_no(session, batch_no))


def settle(db: Database, batch_no: str, **how: object) -> list[str]:
    with db.session() as session:
        settled = settle_differences(
            session, batch_by_no(session, batch_no), reason="复称属实", by="张示例", actor="test", clock=db.clock, **how
        )  # type: ignore[arg-type]
        return [one.item_no for one in settled]


def odd(changes: dict[str, Iterable[str]]) -> Callable[[str, list[str]], list[str]]:
    return lambda item_no, row: list(changes.get(item_no, row))


def item(number: int) -> str:
    return f"XA{number:011d}"


def test_what_agrees_to_the_fen_has_nothing_open(posted, tmp_path) -> None:
    db, batch_no = posted
    assert compared(db, batch_no).acknowledged == 0
    acknowledge(db, batch_no, tmp_path / "a.csv", odd({}))
    found = compared(db, batch_no)
    assert (found.acknowledged, found.refused, found.difference_fen, found.differences) == (6, 0, 0, ())
    assert found.expected_fen == found.charged_fen > 0


def test_each_difference_is_told_with_its_cause_and_worked_off_one_by_one_or_by_cause(posted, tmp_path) -> None:
    db, batch_no = posted
    with db.session() as session:
        fen, weight = session.execute(select(Piece.postage_fen, Piece.weight_g).limit(1)).one()
    # The composed firm and its debtors are in Wuhan: local letters, 0.80 a step.
    assert (fen, weight) == (380, 17)
    changes = {
        item(1): ("1", "", "21", "460"), item(2): ("1", "", "22", "460"), item(3): ("1", "", "17", "420"),
        item(4): ("1", "", "17", ""), item(5): ("0", "封口不牢", "", "380"), item(6): ("1", "", "18", "380"),
    }  # fmt: skip
    acknowledge(db, batch_no, tmp_path / "a.csv", odd(changes))
    found = compared(db, batch_no)
    assert [(one.item_no, one.cause, one.difference_fen) for one in found.differences] == [
        (item(1), Cause.WEIGHT_STEP, 80), (item(2), Cause.WEIGHT_STEP, 80), (item(3), Cause.LOCALITY, 40),
        (item(4), Cause.NOT_STATED, -380), (item(5), Cause.REFUSED_CHARGED, 380),
    ]  # fmt: skip
    assert sum(one.difference_fen for one in found.differences) == found.difference_fen
    assert (found.refused, found.other_weight) == (1, 3)
    assert settle(db, batch_no, cause=Cause.WEIGHT_STEP) == [item(1), item(2)]
    assert settle(db, batch_no, cause=Cause.WEIGHT_STEP) == []
    assert settle(db, batch_no, items=[item(3), item(1)]) == [item(3)]
    with db.session() as session:
        assert [one.item_no for one in open_differences(session, batch_by_no(session, batch_no))] == [item(4), item(5)]
    (first, *_) = compared(db, batch_no).differences
    assert first.settled is not None
    assert (first.settled.reason, first.settled.by) == ("复称属实", "张示例")


def test_another_charge_in_a_later_acknowledgement_is_open_again(posted, tmp_path) -> None:
    db, batch_no = posted
    acknowledge(db, batch_no, tmp_path / "a.csv", odd({item(1): ("1", "", "21", "460")}))
    settle(db, batch_no, items=[item(1)])
    assert compared(db, batch_no).open == ()
    now = db.clock()
    db.clock = lambda: now + timedelta(hours=1)
    acknowledge(db, batch_no, tmp_path / "b.csv", odd({item(1): ("1", "", "61", "620")}))
    (again,) = compared(db, batch_no).open
    assert (again.item_no, again.charged_fen, again.cause) == (item(1), 620, Cause.WEIGHT_STEP)
    db.clock = lambda: now + timedelta(hours=2)
    acknowledge(db, batch_no, tmp_path / "c.csv", lambda _item, row: [*row[:1], "更正", *row[2:]])
    assert compared(db, batch_no).differences == ()


def test_a_charge_for_a_void_number_is_a_difference(posted, tmp_path) -> None:
    db, batch_no = posted
    with db.session() as session:
        piece = session.scalars(select(Piece).where(Piece.item_no == item(2))).one()
        void_spoiled(session, [piece.id], "装封时撕破", actor="plant", at=db.clock())
    acknowledge(db, batch_no, tmp_path / "a.csv", odd({}))
    (one,) = compared(db, batch_no).open
    assert (one.item_no, one.cause, one.expected_fen) == (item(2), Cause.VOID_CHARGED, 0)
    with db.session() as session:
        assert [(void.item_no, void.posted) for void in voided_numbers(session, "POST")] == [(item(2), True)]


@pytest.mark.parametrize(
    ("how", "words"), [({}, "没有指明"), ({"items": ["XA99999999999"]}, "没有资费差额"), ({"cause": Cause.UNKNOWN, "by": " "}, "经办人")]
)
def test_settling_what_is_not_there_or_without_a_name_is_refused(posted, how: dict[str, object], words: str) -> None:
    db, batch_no = posted
    values = {"reason": "复称", "by": "张示例", "actor": "test", "clock": db.clock, **how}
    with pytest.raises(WrongUsage, match=words), db.session() as session:
        settle_differences(session, batch_by_no(session, batch_no), **values)  # type: ignore[arg-type]


def test_a_batch_keeps_to_the_product_table_it_was_planned_under(house, keep, composed, send, tmp_path) -> None:
    agreed = tmp_path / "协议资费.toml"
    agreed.write_text(AGREED, "utf-8")
    with house.session() as session:
        partner = partner_by_code(session, "POST")
        registered = register_products(session, partner, agreed, actor="test", clock=house.clock)
        assert registered is not None
        assert register_products(session, partner, agreed, actor="test", clock=house.clock) is None
    keep(composed(0))
    batch_no = send()
    with house.session() as session:
        register_products(session, partner_by_code(session, "POST"), None, actor="test", clock=house.clock)
    with house.session() as session:
        batch = batch_by_no(session, batch_no)
        piece = session.scalars(select(Piece)).one()
        assert (piece.weight_g, piece.postage_fen) == (19, 350)
        sha256 = catalogue_of(session, batch).sha256
        planned = session.scalars(select(BatchEvent.detail).where(BatchEvent.kind == "planned")).one()
        assert planned["tariff_sha256"] == sha256
        planning = session.get_one(Planning, batch.planning_id)
        assert planning.args["products"] == 1
        planning.args = {**planning.args, "products": 0}
    with house.session() as session, pytest.raises(Broken, match="资费表改变"):
        catalogue_of(session, batch_by_no(session, batch_no))


def test_a_broken_product_table_is_not_registered(house, tmp_path) -> None:
    broken = tmp_path / "x.toml"
    broken.write_text(AGREED.replace("fen = 250", "fen = 2.5"), "utf-8")
    with house.session() as session, pytest.raises(WrongUsage, match="fen"):
        register_products(session, partner_by_code(session, "POST"), broken, actor="test", clock=house.clock)
