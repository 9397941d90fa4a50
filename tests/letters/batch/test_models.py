"""A learned model in the house: kept, put in force behind a gate, named by decisions, watched, and back to the rules by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from letters.batch import model_watch, policy_comparison
from letters.batch.delivery_rows import DeliveryRows, delivery_rows, offer_to_keep, with_others
from letters.batch.model_store import (
    RULES,
    STEPPED_BACK,
    champion,
    choice_version,
    keep_model,
    kept_models,
    open_model,
    turns,
)
from letters.batch.model_training import promote, train_delivery
from letters.batch.model_watch import Watch, watch, watch_notes
from letters.batch.planning import plan_lender
from letters.batch.report import day_figures
from letters.privacy.erasing import erase_cases
from letters.tables_models import LearnedModel
from locate.choose import RuleEstimator
from locate.choose.learned_estimator import Asked, opportunities_of
from locate.choose.offers import Offer
from locate.choose.rule_terms import rule_terms
from locate.tables import Case, Decision, Lender
from models.delivery.drift import Window
from models.delivery.estimators import DeliveryModel, Kind
from models.delivery.measures import Figure
from models.delivery.opportunities import Outcome
from records.database import Database
from records.errors import Broken, NeedsDecision, WrongUsage
from records.identity import uuid7
from tests.letters.batch.conftest import DAY
from tests.letters.conftest import compose_case

MODEL = DeliveryModel(Kind.EMPIRICAL_BAYES, 0.0, rule_terms(), intercept=-0.4)


def tried(kind: str, loss: float, letters: int = 1_000) -> dict[str, Any]:
    figure = {"value": loss, "low": loss - 0.01, "high": loss + 0.01, "of": letters}
    return {"kind": kind, "memory_days": 0.0, "letters": letters, "delivered": 400, "log_loss": figure, "brier": figure, "ece": 0.01, "intercept": 0.0,
            "slope": 1.0, "bins": [{"said": 0.4, "seen": 0.4, "letters": letters}], "above_best": None}  # fmt: skip


FACTS = {
    "kind": "empirical_bayes", "memory_days": 0.0, "as_of": "2026-11-01", "synthetic": False, "source": "本机全部函件", "letters": 5_000, "delivered": 2_000,
    "censored": 100, "debtors": 4_000, "window": ["2026-01-05", "2026-10-20"], "test_window": ["2026-09-01", "2026-10-20"], "ripe_days": 26, "by_hand": 0,
    "tried": [tried("rule", 0.65), tried("empirical_bayes", 0.60)], "new_debtors": None, "looked_at": [], "groups": [], "rule_line": [0.0, 1.0],
    "usual_edges": [0.1 * n for n in range(1, 10)], "seed": 0,
}  # fmt: skip


def keep_one(house: Database, facts: dict[str, Any] = FACTS, model: DeliveryModel = MODEL) -> str:
    with house.session() as session:
        keep_model(session, model, facts, date(2026, 11, 1), actor="test", clock=house.clock)
    return model.version


def put(house: Database, version: str, *, anyway: bool = False) -> str:
    with house.session() as session:
        return promote(session, version, "试用", anyway=anyway, actor="test", clock=house.clock)


def decisions(house: Database) -> list[Decision]:
    with house.session() as session:
        found = list(session.scalars(select(Decision).order_by(Decision.made_at, Decision.id)))
        session.expunge_all()
        return found


def test_a_decision_names_the_model_and_keeps_what_was_known(house: Database, keep) -> None:
    keep(*[compose_case(n) for n in range(3)])
    version = keep_one(house)
    put(house, version)
    assert plan_lender(house, "DEMO", DAY, actor="test", workers=1).planned == 3
    for one in decisions(house):
        assert one.model_version.startswith(f"{version}+")
        assert one.propensity == 1.0
        assert any(reason["code"] == "model.outcomes" for reason in one.reasons)
        assert one.offer is not None
        assert one.offer["voices"] >= 1
        assert one.offer["phone_region"] in (-1, 0, 1, 2)
        assert "路" not in json.dumps(one.offer, ensure_ascii=False)


def test_the_rules_keep_what_was_known_too_and_planning_again_is_the_same(house: Database, keep) -> None:
    keep(compose_case(0))
    plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    again = plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    (one,) = decisions(house)
    assert (again.planned, one.model_version) == (0, RuleEstimator.version)
    assert one.offer is not None


def test_letters_teach_with_what_was_known_and_what_became_of_them(house: Database, keep, send, track) -> None:
    keep(*[replace(compose_case(n), mobile=mobile) for n, mobile in enumerate(("13000080000", "19900000001", ""))])
    send()
    with house.session() as session:
        before = delivery_rows(session, house.cipher, house.clock())
    assert (len(before.rows), before.reconstructed, set(before.rows.outcome.tolist())) == (3, 0, {-1})
    assert set(before.versions) == {RuleEstimator.version}
    assert (before.said > 0).all()
    with house.session() as session:
        from letters.batch.lookup import batch_by_no, live_pieces

        pieces = list(live_pieces(session, house.cipher, batch_by_no(session, "B20261120-01")))
    track(pieces[0].item_no, (DAY, "00", "", ""), (DAY + timedelta(2), "10", "10", ""))
    track(pieces[1].item_no, (DAY, "00", "", ""), (DAY + timedelta(3), "20", "", "126"), (DAY + timedelta(6), "10", "13", ""))
    with house.session() as session:
        rows = delivery_rows(session, house.cipher, house.clock()).rows
        session.execute(update(Decision).values(offer=None))
        rebuilt = delivery_rows(session, house.cipher, house.clock())
    assert sorted(rows.outcome.tolist()) == [-1, Outcome.SELF, Outcome.MOVED]
    assert (rows.known_day[rows.outcome >= 0] >= rows.day[rows.outcome >= 0]).all()
    assert sorted(rows.phone_region.tolist()) == [-1, -1, 2]
    assert set(rebuilt.rows.phone_region.tolist()) == {-1}
    assert rebuilt.reconstructed == 3
    for name in ("kind", "source", "grade", "district", "age_days", "outcome"):
        assert getattr(rebuilt.rows, name).tolist() == getattr(rows, name).tolist(), name


def test_what_was_erased_teaches_nothing_of_the_place(house: Database, keep, send) -> None:
    keep(compose_case(0))
    send()
    with house.session() as session:
        lender = session.scalars(select(Lender)).one()
        ids = list(session.scalars(select(Case.id)))
        erase_cases(session, house.cipher, lender, ids, by="张", reason="试", actor="test", clock=house.clock)
    assert [one.offer for one in decisions(house)] == [None]


def test_a_model_is_not_put_in_force_against_the_gate(house: Database) -> None:
    worse = {**FACTS, "tried": [tried("rule", 0.60), tried("empirical_bayes", 0.62, 120)], "synthetic": True}
    version = keep_one(house, worse)
    with pytest.raises(NeedsDecision) as held:
        put(house, version)
    for word in ("高于规则", "120 件", "模拟数据"):
        assert word in held.value.message
    assert put(house, version[:24], anyway=True) == version
    with pytest.raises(WrongUsage, match="已经在用"):
        put(house, version)
    assert put(house, RULES) == RULES
    with house.session() as session:
        assert [one.version for one in turns(session)] == ["", version]
        assert choice_version(session) == RuleEstimator.version
    with pytest.raises(WrongUsage, match="规则"):
        put(house, RULES)
    with pytest.raises(WrongUsage, match="没有版本"):
        put(house, "delivery-none")


def test_a_model_file_that_was_changed_is_not_opened(house: Database) -> None:
    version = keep_one(house)
    with house.session() as session:
        row = session.scalars(select(LearnedModel).where(LearnedModel.version == version)).one()
        session.add(LearnedModel(
            id=uuid7(), task="delivery", version="delivery-forged-1", content=row.content, facts=row.facts, as_of=row.as_of, actor="x", at=row.at,
        ))  # fmt: skip
        session.flush()
        with pytest.raises(Broken, match="不一致"):
            open_model(session, "delivery-forged-1")


def test_keeping_the_same_model_twice_keeps_one(house: Database) -> None:
    keep_one(house)
    keep_one(house)
    with house.session() as session:
        assert len(kept_models(session)) == 1


def test_exploration_is_off_until_the_policy_says_so_and_then_logged(house: Database, keep, monkeypatch: pytest.MonkeyPatch) -> None:
    from letters.batch import frame
    from letters.rules.policy import Policy

    first = compose_case(0)
    two = replace(first, addresses=(first.addresses[0], replace(first.addresses[0], ordinal=2, text=first.addresses[0].text.replace("1号", "77号"))))
    keep(two)
    monkeypatch.setattr(frame, "effective_policy", lambda *_a, **_k: Policy(explore_per_mille=200, explore_floor_per_mille=0))
    plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    (one,) = decisions(house)
    assert one.propensity in (pytest.approx(0.9), pytest.approx(0.1))
    assert one.offer is not None
    assert len(one.offer["others"]) == 1
    assert (one.offer["worth_fen"], one.offer["cost_fen"]) == (10_202, 420)


def test_another_policy_is_compared_on_letters_that_were_explored(house: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decisions as a house with exploration keeps them, ends as they would be: the better address is found to be better."""
    rng = np.random.default_rng(8)
    count = 900
    offers = [Offer(1, 2, 3, 4, 420103, n, kind, 0, 0, 100, 0.9, 0, 1, 2, 100, 3, 2) for n, kind in enumerate((0, 4))]
    took = rng.random(count) < 0.1
    good = rng.random(count) < np.where(took, 0.7, 0.3)
    ids = [uuid7() for _ in range(count)]
    kept = {
        letter_id: with_others(offer_to_keep(offers[int(other)], 0), [(offer_to_keep(offers[1 - int(other)], 0), 420)], 10_000, 420)
        for letter_id, other in zip(ids, took, strict=True)
    }
    day = np.full(count, DAY.toordinal() - 200) + np.arange(count) % 100
    blank = opportunities_of([Asked((), (offers[int(other)],), 0, 1_000_000, 420) for other in took], 1, DAY, 0)
    rows = replace(
        blank, debtor=np.arange(count), day=day, written=np.ones(count, bool), propensity=np.where(took, 0.1, 0.9),
        outcome=np.where(good, Outcome.SELF, Outcome.UNKNOWN).astype(np.int64), known_day=day + 5,
    )  # fmt: skip
    monkeypatch.setattr(policy_comparison, "delivery_rows", lambda *_a, **_k: DeliveryRows(rows, np.full(count, 0.4), ("rule",) * count, 0, tuple(ids)))
    monkeypatch.setattr(policy_comparison, "_offers", lambda *_: kept)
    likes_parcels = replace(MODEL, kind=Kind.RULE, terms=replace(rule_terms(), kind=(-2.0, 0.0, 0.0, 0.0, 2.0, 0.0)))
    with house.session() as session:
        found = policy_comparison.compare_policy(session, house.cipher, likes_parcels, house.clock())
    assert found is not None
    assert found.letters == count
    assert found.reached < 0.42
    estimated = found.estimated.doubly_robust
    assert estimated.low <= 0.7 <= estimated.high
    assert estimated.low > found.reached
    assert found.value_fen == pytest.approx(found.reached * 10_000 - 420)
    worth = found.estimated_value.doubly_robust
    assert worth.low <= 0.7 * 10_000 - 420 <= worth.high


def test_a_policy_that_weighs_products_is_compared_on_letters_whose_product_was_drawn(house: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """EMS arrives more often and costs more: what the model that prefers it would have come to is told, in share and in money."""
    from tests.locate.choose.test_products import likes_ems

    rng = np.random.default_rng(9)
    count = 2_000
    offer = Offer(1, 2, 3, 4, 420103, 0, 0, 0, 0, 100, 0.9, 0, 1, 1, -1, 3, -1)
    ems = rng.random(count) < 0.2
    good = rng.random(count) < np.where(ems, 0.6, 0.4)
    ids = [uuid7() for _ in range(count)]
    kept = {
        letter_id: with_others(
            offer_to_keep(offer, int(one)), [(offer_to_keep(offer, 1 - int(one)), 420 if one else 2_000)], 10_000, 2_000 if one else 420,
        )
        for letter_id, one in zip(ids, ems, strict=True)
    }  # fmt: skip
    day = np.full(count, DAY.toordinal() - 200) + np.arange(count) % 100
    blank = opportunities_of([Asked((), (offer,), 0, 1_000_000, 420) for _ in ids], 1, DAY, 0)
    rows = replace(
        blank, debtor=np.arange(count), day=day, written=np.ones(count, bool), propensity=np.where(ems, 0.2, 0.8), product=ems.astype(np.int64),
        outcome=np.where(good, Outcome.SELF, Outcome.UNKNOWN).astype(np.int64), known_day=day + 5,
    )  # fmt: skip
    monkeypatch.setattr(policy_comparison, "delivery_rows", lambda *_a, **_k: DeliveryRows(rows, np.full(count, 0.4), ("rule",) * count, 0, tuple(ids)))
    monkeypatch.setattr(policy_comparison, "_offers", lambda *_: kept)
    with house.session() as session:
        apart = policy_comparison.compare_policy(session, house.cipher, likes_ems((0, 1)), house.clock())
        blind = policy_comparison.compare_policy(session, house.cipher, likes_ems(()), house.clock())
    assert apart is not None
    assert blind is not None
    share, worth = apart.estimated.doubly_robust, apart.estimated_value.doubly_robust
    assert share.low <= 0.6 <= share.high
    assert worth.low <= 0.6 * 10_000 - 2_000 <= worth.high
    assert blind.estimated.doubly_robust.low <= 0.4 <= blind.estimated.doubly_robust.high, "who can't tell them apart takes the cheaper one"


def window(loss: float, letters: int = 500) -> Window:
    return Window(739_000, 739_027, letters, 150, 0.5, 0.4, Figure(loss, loss - 0.01, loss + 0.01, letters))


def test_a_model_worse_than_the_rules_twice_steps_back_before_the_next_planning(house: Database, keep, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(compose_case(0))
    version = keep_one(house)
    put(house, version)
    found = Watch(version, (window(0.02), window(0.01)), DAY)
    monkeypatch.setattr(model_watch, "watch", lambda *_: found)
    assert found.steps_back
    assert "自动退回" in watch_notes(found)[-1]
    result = plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    assert any("已自动退回规则" in warning for warning in result.warnings)
    with house.session() as session:
        assert champion(session) == ""
        assert turns(session)[0].kind == STEPPED_BACK
    assert decisions(house)[0].model_version == RuleEstimator.version


@pytest.mark.parametrize("windows", [(window(0.02), window(-0.01)), (window(0.02, 150), window(0.03)), (window(0.02),), ()])
def test_it_stays_while_the_evidence_is_thin(windows: tuple[Window, ...]) -> None:
    assert not Watch("x", windows, DAY).steps_back


def test_the_days_report_tells_of_the_model(house: Database, keep) -> None:
    keep(compose_case(0))
    with house.session() as session:
        assert day_figures(session, DAY, house.cipher, house.clock)["model"]["notes"] == ["选址：规则（没有启用学习的模型）。"]
    version = keep_one(house)
    put(house, version)
    with house.session() as session:
        assert watch(session, house.cipher, house.clock()).version == version
        assert version in day_figures(session, DAY, house.cipher, house.clock)["model"]["notes"][0]


def test_a_house_without_outcomes_has_nothing_to_learn_from(house: Database, keep, send) -> None:
    keep(compose_case(0))
    send()
    with pytest.raises(NeedsDecision, match="0 件"):
        train_delivery(house, DAY, lender_code=None, data=None, synthetic=False, seed=0, actor="test", say=lambda _what: None)
