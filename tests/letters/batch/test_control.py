"""The control group: drawn once by key, held for a window and no longer, never against limitation, told to who reads the day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select

from letters.batch import allotting, frame, letter_models
from letters.batch.control import control_of
from letters.batch.letter_models import against_letters, open_letters, train_letter_model
from letters.batch.letter_order import scored_order
from letters.batch.letter_trials import TrialRows, letter_trials
from letters.batch.model_card import write_card
from letters.batch.model_store import LETTERS, VALUE, champion, keep_content, kept_models, put_in_force
from letters.batch.model_training import promote
from letters.batch.planning import plan_lender
from letters.batch.view import decision_rows
from letters.rules.policy import Policy
from locate.payments import PaymentRow, record_payments
from locate.tables import Decision, Lender
from models.uplift.learners import Kind, LetterModel
from models.uplift.trials import OPEN, WINDOW_DAYS
from records.cipher import Cipher
from records.database import Database
from records.errors import Broken, NeedsDecision, WrongUsage
from records.identity import uuid7
from records.keys import new_ring
from tests.letters.batch.conftest import DAY
from tests.letters.conftest import compose_case
from tests.models.uplift.test_training import AS_OF, TRIALS

CASES = 24


def draw(monkeypatch: pytest.MonkeyPatch, per_mille: int) -> None:
    monkeypatch.setattr(frame, "effective_policy", lambda *_a, **_k: Policy(control_per_mille=per_mille))


def at(db: Database, day: date) -> None:
    db.clock = lambda: datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def held(db: Database, day: date = DAY) -> list[dict[str, object]]:
    with db.session() as session:
        return [row for row in decision_rows(session, day) if "H-CONTROL" in str(row["rules"])]


@pytest.fixture(autouse=True)
def on_the_day(house: Database) -> None:
    at(house, DAY)


def plan(db: Database, day: date = DAY) -> int:
    return plan_lender(db, "DEMO", day, actor="test", workers=1).planned


def test_nobody_waits_unless_the_policy_says_so(house: Database, keep) -> None:
    keep(*[compose_case(n) for n in range(4)])
    assert plan(house) == 4
    with house.session() as session:
        assert all("control" not in (one.offer or {}) for one in session.scalars(select(Decision)))
        assert len(letter_trials(session, house.clock()).trials) == 0


def test_the_drawn_wait_for_a_window_and_then_go(house: Database, keep, monkeypatch) -> None:
    keep(*[compose_case(n) for n in range(CASES)])
    draw(monkeypatch, 200)
    planned = plan(house)
    waiting = held(house)
    assert 0 < len(waiting) < CASES and planned == CASES - len(waiting)
    until = DAY + timedelta(WINDOW_DAYS)
    assert all("对照组" in str(row["reasons"]) and until.isoformat() in str(row["reasons"]) and "20.0%" in str(row["reasons"]) for row in waiting)
    # Planned again, the same day or within the window, they still wait, and no letter has gone to them.
    assert plan(house) == 0
    soon = DAY + timedelta(5)
    at(house, soon)
    assert plan(house, soon) == 0
    names = {str(row["case_no"]) for row in waiting}
    assert {str(row["case_no"]) for row in held(house, soon)} == names
    assert all(until.isoformat() in str(row["reasons"]) for row in held(house, soon)), "the end does not move"
    # After it they are written to like anybody, and are in no draw again.
    after = until + timedelta(1)
    at(house, after)
    fresh = [replace(record, claim=replace(record.claim, as_of=after)) for record in (compose_case(n) for n in range(CASES)) if record.case_no in names]
    keep(*fresh)
    planned = plan(house, after)
    with house.session() as session:
        assert planned == len(names), decision_rows(session, after)
    with house.session() as session:
        found = letter_trials(session, house.clock())
    assert (len(found.trials), int((~found.trials.treated).sum()), found.broken) == (CASES, len(names), 0)


def test_the_draw_is_the_cases_own_and_ends_by_itself() -> None:
    cipher = Cipher(new_ring())
    policy = Policy(control_per_mille=200)
    ids = [uuid7() for _ in range(2_000)]
    late = DAY + timedelta(900)
    first = [control_of(cipher, one, policy, DAY, late, None) for one in ids]
    assert all(one is not None for one in first)
    share = sum(one.drawn for one in first if one) / len(ids)
    assert 0.17 < share < 0.23
    for case_id, one in zip(ids[:50], first, strict=False):
        assert one is not None
        again = control_of(cipher, case_id, policy, DAY + timedelta(WINDOW_DAYS), late, DAY)
        assert again == one, "the last day still waits"
        assert control_of(cipher, case_id, policy, DAY + timedelta(WINDOW_DAYS + 1), late, DAY) is None
        # Fewer drawn is a part of the same.
        fewer = control_of(cipher, case_id, Policy(control_per_mille=50), DAY, late, None)
        assert fewer is not None and (one.drawn or not fewer.drawn)
    urgent = DAY + timedelta(WINDOW_DAYS + policy.limitation_warn_days)
    assert control_of(cipher, ids[0], policy, DAY, urgent, None) is None
    assert control_of(cipher, ids[0], policy, DAY, urgent + timedelta(1), None) is not None
    assert control_of(cipher, ids[0], policy, DAY, None, None) is None, "who knows no last day lets nobody wait"
    assert control_of(cipher, ids[0], Policy(), DAY, late, None) is None


def test_who_found_no_place_is_no_comparison(house: Database, keep, monkeypatch) -> None:
    keep(*[compose_case(n) for n in range(CASES)])
    draw(monkeypatch, 200)
    plan_lender(house, "DEMO", DAY, actor="test", workers=1, budget_fen=3_000)
    with house.session() as session:
        rows = session.scalars(select(Decision)).all()
        trials = letter_trials(session, house.clock()).trials
    limited = [one for one in rows if "H-BUDGET" in one.rule_ids]
    assert limited and not any("H-CONTROL" in one.rule_ids for one in limited)
    assert len(trials) == len(rows) - len(limited)


def test_trials_tell_what_was_known_then_and_repaid_within_the_window(house: Database, keep, monkeypatch) -> None:
    keep(*[compose_case(n) for n in range(CASES)])
    draw(monkeypatch, 200)
    case_no = compose_case(0).case_no
    at(house, DAY - timedelta(1))
    pay(house, case_no, DAY - timedelta(3), 10_000)
    at(house, DAY)
    plan(house)
    for days, fen in ((0, 7_000), (1, 30_000), (WINDOW_DAYS, 5_000), (WINDOW_DAYS + 1, 90_000)):
        at(house, DAY + timedelta(days))
        pay(house, case_no, DAY + timedelta(days), fen)
    at(house, DAY + timedelta(WINDOW_DAYS + 5))
    with house.session() as session:
        found = letter_trials(session, house.clock())
        early = letter_trials(session, datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC) + timedelta(10))
    trials = found.trials
    assert len(trials) == CASES and trials.treated.sum() == CASES - len(held(house))
    assert set(trials.propensity.tolist()) == {0.8} and (trials.repaid_fen >= 0).all() and found.broken == 0
    assert sorted(trials.repaid_fen.tolist())[-1] == 35_000 and (trials.repaid_fen > 0).sum() == 1
    assert trials.features[:, 3].sum() == 1, "one payment before the decision, the same day's is not known yet"
    assert (early.trials.repaid_fen == OPEN).all()


def test_what_no_payment_file_has_told_is_not_unpaid(house: Database, keep, monkeypatch) -> None:
    keep(*[compose_case(n) for n in range(CASES)])
    draw(monkeypatch, 200)
    plan(house)
    end = DAY + timedelta(WINDOW_DAYS)
    at(house, end)
    pay(house, compose_case(0).case_no, DAY + timedelta(2), 4_000)
    at(house, end + timedelta(30))
    with house.session() as session:
        silent = letter_trials(session, house.clock())
    assert (silent.trials.repaid_fen == OPEN).all() and silent.unheard == CASES, "the last day of the window is not told yet"
    with pytest.raises(NeedsDecision, match=f"{CASES} 件观察期已过.*还款文件"):
        train_letter_model(house, end + timedelta(31), lender_code=None, seed=0, actor="test", say=lambda _what: None)
    pay(house, compose_case(1).case_no, end + timedelta(20), 900)
    with house.session() as session:
        told = letter_trials(session, house.clock())
        before = letter_trials(session, house.clock() - timedelta(1))
    assert told.unheard == 0 and told.trials.repaid_fen.sum() == 4_000, "what was paid after the window counts for nothing"
    assert before.unheard == CASES, "only what was recorded by then is known"


def pay(db: Database, case_no: str, on: date, fen: int) -> None:
    with db.session() as session:
        lender = session.scalars(select(Lender)).one()
        report = record_payments(session, lender, [PaymentRow(1, case_no, on, fen, f"R{on}")], "by hand", actor="test", clock=db.clock)
        assert report.accepted == 1, report.problems


def test_without_a_control_group_nothing_is_learned(house: Database, keep) -> None:
    keep(compose_case(0))
    plan(house)
    with pytest.raises(NeedsDecision, match="没有随机对照"):
        train_letter_model(house, DAY + timedelta(90), lender_code=None, seed=0, actor="test", say=lambda _what: None)


def test_few_cases_teach_nothing_and_say_how_many_there_are(house: Database, keep, monkeypatch) -> None:
    keep(*[compose_case(n) for n in range(CASES)])
    draw(monkeypatch, 200)
    plan(house)
    with pytest.raises(NeedsDecision, match=r"各须至少 200 件"):
        train_letter_model(house, DAY + timedelta(WINDOW_DAYS + 10), lender_code="DEMO", seed=0, actor="test", say=lambda _what: None)


def test_a_score_is_trained_kept_and_told(house: Database, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(letter_models, "letter_trials", lambda *_a, **_k: TrialRows(TRIALS, 3))
    as_of = date.fromordinal(AS_OF)
    came = train_letter_model(house, as_of, lender_code=None, seed=0, actor="test", say=lambda _what: None)
    assert came.new and came.facts["broken"] == 3 and came.facts["written"] + came.facts["alone"] == came.facts["lines"]
    assert not train_letter_model(house, as_of, lender_code=None, seed=0, actor="test", say=lambda _what: None).new
    assert against_letters(came.facts) == []
    with house.session() as session:
        assert promote(session, came.version, "试用", anyway=False, actor="test", clock=house.clock) == came.version
        assert open_letters(session, came.version).version == came.version
    for name in ("说明.html", "说明.pdf"):
        write_card(came.version, came.facts, tmp_path / name)
    page = (tmp_path / "说明.html").read_text("utf-8")
    assert "发函评分" in page and "Qini" in page and "最可能还款者在先" in page and "<polyline" in page
    assert (tmp_path / "说明.pdf").read_bytes().startswith(b"%PDF")


def test_a_draw_that_was_none_is_a_fault_and_nothing_is_kept(house: Database, monkeypatch) -> None:
    chosen = TRIALS.features[:, 5] > 0
    keep = np.where(chosen, TRIALS.treated, ~TRIALS.treated)
    monkeypatch.setattr(letter_models, "letter_trials", lambda *_a, **_k: TrialRows(TRIALS.take(keep), 0))
    with pytest.raises(Broken, match="接听过电话"):
        train_letter_model(house, date.fromordinal(AS_OF), lender_code=None, seed=0, actor="test", say=lambda _what: None)
    with house.session() as session:
        assert kept_models(session, LETTERS) == []


FIGURE = {"value": 900.0, "low": 100.0, "high": 1_700.0, "of": 4_000}
ORDERED = {"area": FIGURE, "first": [FIGURE] * 3, "curve": [FIGURE] * 10}
FACTS = {
    "model": "letters", "kind": "arriving", "as_of": "2026-11-01", "synthetic": False, "source": "本机全部案件", "lines": 4_000, "written": 3_600, "alone": 400,
    "open": 50, "undrawn": 0, "broken": 0, "window_days": WINDOW_DAYS, "window": ["2026-01-05", "2026-08-20"], "test_window": ["2026-07-01", "2026-08-20"],
    "average_fen": FIGURE, "seed": 0, "tried": [{"kind": "arriving", **ORDERED, "short_of_best": None}], "largest_debts": ORDERED, "likeliest_payers": ORDERED,
    "steps": [{"said": 10.0, "seen": FIGURE, "lines": 400}],
}  # fmt: skip
MODEL = LetterModel(Kind.ARRIVING, 0.02)


def keep_one(house: Database, facts: dict[str, object] = FACTS) -> str:
    with house.session() as session:
        keep_content(session, LETTERS, MODEL.version, MODEL.to_bytes(), facts, date(2026, 11, 1), actor="test", clock=house.clock)
    return MODEL.version


def test_a_score_comes_into_force_by_a_person_and_goes_again(house: Database) -> None:
    version = keep_one(house)
    with house.session() as session:
        with pytest.raises(WrongUsage, match="就按预期价值"):
            promote(session, VALUE, "试", anyway=False, actor="test", clock=house.clock)
        assert promote(session, version, "试用", anyway=False, actor="test", clock=house.clock) == version
        assert champion(session, LETTERS) == version
        with pytest.raises(WrongUsage, match="已经在用"):
            promote(session, version, "试用", anyway=False, actor="test", clock=house.clock)
    with house.session() as session:
        assert promote(session, VALUE, "退回", anyway=False, actor="test", clock=house.clock) == VALUE
    with house.session() as session:
        assert champion(session, LETTERS) == ""


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"average_fen": {**FIGURE, "low": -1.0}}, "平均效果"), ({"synthetic": True}, "模拟"), ({"broken": 40}, "观察期内仍然寄了函"),
        ({"tried": [{"kind": "arriving", **ORDERED, "area": {**FIGURE, "low": -2.0}, "short_of_best": None}]}, "随机先后"),
    ],
)  # fmt: skip
def test_the_gate_stands_before_a_score(house: Database, change: dict[str, object], why: str) -> None:
    version = keep_one(house, {**FACTS, **change})
    with house.session() as session, pytest.raises(NeedsDecision, match=why):
        promote(session, version, "试用", anyway=False, actor="test", clock=house.clock)
    with house.session() as session:
        assert promote(session, version, "试用", anyway=True, actor="test", clock=house.clock) == version


def test_under_a_budget_the_score_says_who_goes_first(house: Database, keep, monkeypatch) -> None:
    keep(*[compose_case(n) for n in range(6)])
    version = keep_one(house)
    with house.session() as session:
        put_in_force(session, version, "promoted", "试用", {}, actor="test", clock=house.clock, scope=LETTERS)
    asked: list[str] = []

    def backwards(session, version, rows, template, price_fen, until):  # type: ignore[no-untyped-def]
        asked.append(version)
        whole = scored_order(session, version, rows, template, price_fen, until)
        assert sorted(row.case_no for row in whole) == sorted(row.case_no for row in rows)
        return sorted(rows, key=lambda row: row.case_no, reverse=True)

    monkeypatch.setattr(allotting, "scored_order", backwards)
    found = plan_lender(house, "DEMO", DAY, actor="test", workers=1, budget_fen=2_000)
    assert asked == [version] and 0 < found.planned < 6
    with house.session() as session:
        rows = decision_rows(session, DAY)
    gone = {str(row["case_no"]) for row in rows if row["verdict"] == "planned"}
    left = {str(row["case_no"]) for row in rows if row["verdict"] == "held"}
    assert min(gone) > max(left) and all("发函评分" in str(row["reasons"]) for row in rows if row["verdict"] == "held")


def test_the_plans_own_word_goes_before_the_score(house: Database, keep, monkeypatch) -> None:
    keep(*[compose_case(n) for n in range(6)])
    version = keep_one(house)
    with house.session() as session:
        put_in_force(session, version, "promoted", "试用", {}, actor="test", clock=house.clock, scope=LETTERS)
    monkeypatch.setattr(allotting, "scored_order", lambda *_a: pytest.fail("the plan asked for the value"))
    plan_lender(house, "DEMO", DAY, actor="test", workers=1, budget_fen=2_000, order="value")
