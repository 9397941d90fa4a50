"""Postal products chosen case by case: one planning, one batch for each product, each with its own numbers, letters and books."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from letters.batch import frame, numbering
from letters.batch.confirming import Scope, confirm
from letters.batch.day import run_day
from letters.batch.delivery_rows import (
    delivery_rows,
    drawn_among_products,
    offer_kept,
    others_kept,
    product_code,
)
from letters.batch.explaining import explain_case
from letters.batch.forecasting import forecast
from letters.batch.handing import hand_over
from letters.batch.lookup import batch_by_no, live_pieces
from letters.batch.planning import plan_lender
from letters.batch.preview import write_sample
from letters.batch.printing import print_batch
from letters.batch.ranges import add_range
from letters.batch.releasing import release_batch
from letters.batch.sealing import seal
from letters.batch.voiding import void_batch
from letters.post.manifest import read_manifest
from letters.post.verify import verify_batch
from letters.rules.policy import Policy
from letters.tables import Batch, Letter, LetterDraft, LetterNumber, NumberRange, Partner, Piece, Planning
from locate.case import CaseRecord
from locate.tables import Decision, Lender
from records.database import Database
from records.errors import NeedsDecision, WrongUsage
from records.money import Fen
from tests.letters.batch.test_models import FACTS, keep_one, put
from tests.letters.conftest import DAY, compose_case
from tests.locate.choose.test_products import likes_ems


def ems_numbers(house: Database, *, last: int = 9_999) -> None:
    with house.session() as session:
        partner = session.query(Partner).one()
        add_range(
            session, partner, product="402", number_format="ems13", prefix="10", suffix="", first_serial=1, last_serial=last, actor="test",
            clock=house.clock,
        )  # fmt: skip


def offer_products(house: Database, products: str = "200,402") -> None:
    with house.session() as session:
        lender = session.query(Lender).one()
        lender.settings = {**lender.settings, "product": products}


def large(number: int) -> CaseRecord:
    """A claim of some hundred thousand yuan: a delivery is worth ten times as much as the others'."""
    one = compose_case(number)
    more = Fen(9_000_000)
    claim = replace(
        one.claim, principal_disbursed=Fen(one.claim.principal_disbursed + more), principal_due=Fen(one.claim.principal_due + more),
        total=Fen(one.claim.total + more),
    )  # fmt: skip
    return replace(one, claim=claim)


def small(number: int) -> CaseRecord:
    """A claim of some two thousand yuan: not worth EMS."""
    one = compose_case(number)
    less = Fen(800_000)
    claim = replace(
        one.claim, principal_disbursed=Fen(one.claim.principal_disbursed - less), principal_due=Fen(one.claim.principal_due - less),
        total=Fen(one.claim.total - less),
    )  # fmt: skip
    return replace(one, claim=claim)


@pytest.fixture
def choosing(house: Database, keep: Callable[..., None]) -> Database:
    """A house whose model gives EMS more, with two large and three small claims."""
    ems_numbers(house)
    offer_products(house)
    put(house, keep_one(house, {**FACTS, "products": [0, 1]}, likes_ems((0, 1))))
    keep(large(0), small(1), large(2), small(3), small(4))
    return house


def test_a_planning_makes_a_batch_for_each_product_that_it_chose(choosing: Database) -> None:
    result = plan_lender(choosing, "DEMO", DAY, actor="test", workers=1)
    assert (result.planned, result.batches, result.batch_no) == (5, ("B20261120-01", "B20261120-02"), "B20261120-01")
    with choosing.session() as session:
        batches = list(session.scalars(select(Batch).order_by(Batch.number)))
        assert [(one.product, one.planning_id == batches[0].planning_id) for one in batches] == [("200", True), ("402", True)]
        said = {}
        for batch in batches:
            for piece in live_pieces(session, choosing.cipher, batch):
                said[piece.letter_no] = (piece.item_no[:2], piece.fields.postal_product, piece.fields.send_method, piece.fields.total_fen > 5_000_000)
        assert sorted(said.values()) == sorted(
            3 * [("XA", "200", "中国邮政挂号信函", False)] + 2 * [("10", "402", "中国邮政 EMS 文书专递", True)]
        )
        assert list(session.scalars(select(LetterNumber.number).order_by(LetterNumber.number))) == [1, 2, 3, 4, 5]
        assert session.scalar(select(func.count()).select_from(LetterDraft)) == 0
        reasons = [reason for one in session.scalars(select(Decision)) for reason in one.reasons if reason["code"] == "product"]
        assert len(reasons) == 5
        assert all("另可用" in reason["text"] for reason in reasons)
        told = explain_case(session, choosing.cipher, "DEMO", "T00000", None)["inputs"]
        assert told["postal_product"] == "402"
        assert told["why_product"].startswith("邮政产品：文书专递 预期签收")
    again = plan_lender(choosing, "DEMO", DAY, actor="test", workers=1)
    assert (again.planned, again.batches) == (0, ())


def test_both_batches_go_their_way_and_each_is_whole(choosing: Database) -> None:
    result = plan_lender(choosing, "DEMO", DAY, actor="test", workers=1)
    for rule_id in ("R-AI-02", "R-AI-04"):
        confirm(choosing, rule_id, Scope(), by="张示例", evidence=Path(__file__), until=None, day=DAY, actor="test")
    seen = []
    for batch_no in result.batches:
        write_sample(choosing, batch_no, None, actor="lawyer:L001")
        with choosing.session() as session:
            release_batch(session, choosing.cipher, batch_by_no(session, batch_no), "L001", clock=choosing.clock)
        print_batch(choosing, batch_no, actor="test", workers=1)
        folder = seal(choosing, batch_no, actor="test", workers=1)
        hand_over(choosing, batch_no, actor="test", workers=1)
        assert verify_batch(folder, count_pages=True) == []
        seen.append([(row.item_no[:2], row.postage_fen) for row in read_manifest(folder / "manifest.csv")])
    assert seen == [[("XA", 380)] * 3, [("10", 2_000)] * 2]


def test_killed_between_two_batches_there_is_none_and_then_both(choosing: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = numbering._batch
    made = []

    def killed(*args: object, **more: object) -> Batch:
        if made:
            raise KeyboardInterrupt
        made.append(1)
        return whole(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(numbering, "_batch", killed)
    with pytest.raises(KeyboardInterrupt):
        plan_lender(choosing, "DEMO", DAY, actor="test", workers=1)
    with choosing.session() as session:
        counts = [session.scalar(select(func.count()).select_from(table)) for table in (Batch, Letter, Piece, LetterNumber, LetterDraft)]
        assert counts == [0, 0, 0, 0, 5]
        assert set(session.scalars(select(NumberRange.next_serial))) == {1}
    monkeypatch.setattr(numbering, "_batch", whole)
    result = plan_lender(choosing, "DEMO", DAY, actor="test", workers=1)
    assert (result.planned, len(result.batches)) == (5, 2)


def test_too_few_numbers_of_one_product_stop_both_until_more_are_there(choosing: Database) -> None:
    with choosing.session() as session:
        session.execute(update(NumberRange).where(NumberRange.product == "402").values(next_serial=9_999))
    with pytest.raises(NeedsDecision, match="402"):
        plan_lender(choosing, "DEMO", DAY, actor="test", workers=1)
    with choosing.session() as session:
        assert session.scalar(select(func.count()).select_from(Batch)) == 0
    with choosing.session() as session:
        partner = session.query(Partner).one()
        add_range(
            session, partner, product="402", number_format="ems13", prefix="11", suffix="", first_serial=1, last_serial=99, actor="test",
            clock=choosing.clock,
        )  # fmt: skip
    assert plan_lender(choosing, "DEMO", DAY, actor="test", workers=1).planned == 5


def test_a_product_without_numbers_is_told_with_both_ways_out(house: Database, keep) -> None:
    keep(compose_case(0))
    offer_products(house)
    with pytest.raises(NeedsDecision, match="没有可用的“402”") as told:
        plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    assert "handa partner range" in told.value.advice
    assert "handa lender set DEMO" in told.value.advice


def test_ordinary_mail_is_not_offered_beside_others(house: Database, keep) -> None:
    keep(compose_case(0))
    offer_products(house, "200,100")
    with pytest.raises(WrongUsage, match="不是给据邮件"):
        plan_lender(house, "DEMO", DAY, actor="test", workers=1)


def test_by_the_rules_all_go_by_the_cheaper_product(house: Database, keep) -> None:
    ems_numbers(house)
    offer_products(house)
    keep(large(0), small(1))
    result = plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    assert (result.planned, len(result.batches)) == (2, 1)
    with house.session() as session:
        assert session.scalar(select(Batch.product)) == "200"


def test_a_budget_counts_each_product_at_its_own_price(choosing: Database) -> None:
    """Two EMS letters at 20 yuan are the most valuable; what is left of 43 yuan pays for no letter at 4.20."""
    result = plan_lender(choosing, "DEMO", DAY, actor="test", workers=1, budget_fen=4_300)
    assert (result.planned, result.held) == (2, 3)
    with choosing.session() as session:
        assert list(session.scalars(select(Batch.product))) == ["402"]


def test_a_forecast_tells_both_products(choosing: Database) -> None:
    found = forecast(choosing, ["DEMO"], DAY)
    assert [(one.product, one.sum.letters, one.sum.postage_fen) for one in found.products] == [("200", 3, 3 * 380), ("402", 2, 4_000)]
    assert found.lenders[0].product == "200,402"


def test_one_voided_batch_is_planned_again_and_the_other_stays(choosing: Database) -> None:
    first, second = plan_lender(choosing, "DEMO", DAY, actor="test", workers=1).batches
    with choosing.session() as session:
        void_batch(session, batch_by_no(session, second), "试", actor="test", clock=choosing.clock)
    again = plan_lender(choosing, "DEMO", DAY, actor="test", workers=1)
    assert (again.planned, again.already) == (2, 3)
    with choosing.session() as session:
        assert batch_by_no(session, again.batches[0]).product == "402"
        assert batch_by_no(session, first).product == "200"


def test_a_day_carries_every_batch_to_the_lawyer(choosing: Database) -> None:
    result = run_day(choosing, DAY, actor="test", workers=1)
    assert [one.batch_no for one in result.batches] == ["B20261120-01", "B20261120-02"]
    assert all("handa batch sample" in one.waits_for for one in result.batches)


@contextmanager
def exploring(monkeypatch: pytest.MonkeyPatch, per_mille: int) -> Iterator[None]:
    monkeypatch.setattr(frame, "effective_policy", lambda *_a, **_k: Policy(explore_per_mille=per_mille, explore_floor_per_mille=0))
    yield


def test_what_was_drawn_is_kept_with_its_product_and_its_postage(house: Database, keep, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is drawn here: each of the two products for half of the cases, by the rules alone."""
    ems_numbers(house)
    offer_products(house)
    keep(*(large(number) for number in range(40)))
    with exploring(monkeypatch, 1000):
        assert plan_lender(house, "DEMO", DAY, actor="test", workers=1).planned == 40
    with house.session() as session:
        rows = [(one.product, one.offer, one.propensity) for one in session.scalars(select(Decision))]
    by_product = {product: sum(one[0] == product for one in rows) for product in ("200", "402")}
    assert min(by_product.values()) >= 8, "chance gives each its half"
    for product, offer, propensity in rows:
        assert propensity == pytest.approx(0.5)
        assert drawn_among_products(offer)
        kept, code = offer_kept(offer)
        ((other, other_code, cost),) = others_kept(offer)
        assert other == kept
        assert (code, offer["cost_fen"], other_code, cost) == ((0, 380, 1, 2_000) if product == "200" else (1, 2_000, 0, 380))
    with house.session() as session:
        found = delivery_rows(session, house.cipher, house.clock())
    assert len(found.rows) == len(found.product_drawn) == 0, "nothing was handed over yet"


def test_services_are_coded_by_what_the_post_does() -> None:
    methods = ("中国邮政挂号信函", "中国邮政 EMS 文书专递", "中国邮政约投挂号信函", "中国邮政平常信函")
    assert [product_code(method) for method in methods] == [0, 1, 2, 3]


def test_a_planning_opened_before_products_could_be_chosen_is_finished(house: Database, keep, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(compose_case(0), compose_case(1))
    monkeypatch.setattr(numbering, "_batch", lambda *_a, **_k: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    monkeypatch.undo()
    with house.session() as session:
        session.execute(update(Decision).values(product=None))
    result = plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    assert (result.planned, len(result.batches)) == (2, 1)
    with house.session() as session:
        assert session.scalar(select(func.count()).select_from(Planning)) == 1


def test_a_lender_may_set_from_which_claim_on_another_product_is_used(house: Database, keep) -> None:
    """By the rules, without any model: large claims by EMS, the others by the ordinary product."""
    ems_numbers(house)
    offer_products(house)
    with house.session() as session:
        lender = session.query(Lender).one()
        lender.settings = {**lender.settings, "product_from": "402:50000"}
    keep(large(0), small(1), large(2))
    result = plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    with house.session() as session:
        sizes = dict(session.execute(select(Batch.product, func.count(Letter.id)).join(Letter, Letter.batch_id == Batch.id).group_by(Batch.product)).all())
    assert (result.planned, sizes) == (3, {"200": 1, "402": 2})


@pytest.mark.parametrize("setting", ["404:20000", "200:20000", "402:两万", "402"])
def test_a_threshold_for_a_product_that_the_lender_does_not_offer_is_refused(house: Database, keep, setting: str) -> None:
    ems_numbers(house)
    offer_products(house)
    keep(compose_case(0))
    with house.session() as session:
        lender = session.query(Lender).one()
        lender.settings = {**lender.settings, "product_from": setting}
    with pytest.raises(WrongUsage, match="product_from"):
        plan_lender(house, "DEMO", DAY, actor="test", workers=1)
