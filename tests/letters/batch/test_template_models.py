"""From a trial of two templates to a choice that follows from evidence: rows, training, gate, card, into force and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import select

from letters.answers.complaints import ComplaintKind, take_in
from letters.batch import template_models
from letters.batch.delivery_rows import TEMPLATES as KEPT
from letters.batch.lookup import batch_by_no
from letters.batch.model_card import write_card
from letters.batch.model_store import TEMPLATE, TEMPLATES, champion, keep_content, kept_models, template_scope
from letters.batch.model_training import promote
from letters.batch.parties import lender_by_code
from letters.batch.planning import plan_lender
from letters.batch.template_models import (
    against_templates,
    open_templates,
    posted_apart,
    train_template_model,
)
from letters.batch.template_trial import other_drawn
from letters.batch.template_trials import Arm, Pair, TemplateRows, template_trials
from letters.batch.voiding import void_batch
from letters.rules.policy import Policy
from letters.tables import Letter, Planning
from locate.payments import PaymentRow, record_payments
from locate.tables import Case, Decision
from models.uplift.learners import Kind, LetterModel, Ridge
from models.uplift.templates import TemplateChoice
from models.uplift.trials import FEATURES, OPEN, WINDOW_DAYS, LetterTrials
from records.audit import verify_audit
from records.database import Database
from records.errors import Broken, NeedsDecision, WrongUsage
from records.tables import AuditEntry
from tests.letters.batch.conftest import DAY
from tests.letters.batch.test_template_trial import (  # noqa: F401  fixtures
    CASES,
    PLAIN,
    approve,
    file_it,
    letters,
    own_templates,
    plan,
    try_out,
    trying,
)
from tests.letters.conftest import compose_case
from tests.models.uplift.test_templates import ALIKE, AS_OF, BETTER, MIXED

AS_OF_DAY = date.fromordinal(AS_OF)


def at(db: Database, day: date) -> None:
    db.clock = lambda: datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def on_the_day(house: Database) -> None:
    at(house, DAY)


def rows_of(db: Database, until: datetime | None = None) -> TemplateRows:
    with db.session() as session:
        return template_trials(session, lender_by_code(session, "DEMO"), until or db.clock())


def pay(db: Database, case_no: str, on: date, fen: int) -> None:
    with db.session() as session:
        report = record_payments(session, lender_by_code(session, "DEMO"), [PaymentRow(1, case_no, on, fen, f"R{on}")], "by hand", actor="test", clock=db.clock)
        assert report.accepted == 1, report.problems


# ---- rows ----


def test_rows_tell_what_was_drawn_and_what_followed(trying: Database) -> None:  # noqa: F811
    case_no = compose_case(0).case_no
    at(trying, DAY - timedelta(1))
    pay(trying, case_no, DAY - timedelta(3), 10_000)
    at(trying, DAY)
    plan(trying)
    for days, fen in ((0, 7_000), (1, 30_000), (WINDOW_DAYS, 5_000), (WINDOW_DAYS + 1, 90_000)):
        at(trying, DAY + timedelta(days))
        pay(trying, case_no, DAY + timedelta(days), fen)
    at(trying, DAY + timedelta(WINDOW_DAYS + 5))
    found, early = rows_of(trying), rows_of(trying, datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC) + timedelta(10))
    trials = found.trials
    assert found.pair == Pair("consumer@1", PLAIN) and len(trials) == CASES
    drawn = sum(template == PLAIN for template in letters(trying).values())
    assert (found.second.lines, found.ordinary.lines, int(trials.treated.sum())) == (drawn, CASES - drawn, drawn)
    assert set(trials.propensity.tolist()) == {0.4} and sorted(trials.repaid_fen.tolist())[-1] == 35_000
    assert trials.features[:, FEATURES.index("paid_times")].sum() == 1
    assert len(set(trials.features[:, FEATURES.index("delivery")].tolist())) == 1, "the address was chosen after the template"
    assert len(set(trials.features[:, FEATURES.index("template.consumer")].tolist())) == 1, "and the template is not told"
    assert (early.trials.repaid_fen == OPEN).all() and found.second.posted == 0


def test_complaints_and_objections_are_told_by_template(trying: Database) -> None:  # noqa: F811
    plan(trying)
    second = sorted(case_no for case_no, template in letters(trying).items() if template == PLAIN)
    first = sorted(case_no for case_no, template in letters(trying).items() if template != PLAIN)
    at(trying, DAY + timedelta(WINDOW_DAYS + 5))
    with trying.session() as session:
        for days, case_no, kind in (
            (3, second[0], ComplaintKind.COMPLAINT), (4, second[0], ComplaintKind.OBJECTION), (WINDOW_DAYS, second[1], ComplaintKind.OBJECTION),
            (WINDOW_DAYS + 1, second[2], ComplaintKind.COMPLAINT), (5, first[0], ComplaintKind.COMPLAINT),
        ):  # fmt: skip
            case = session.scalars(select(Case).where(Case.case_no == case_no)).one()
            take_in(
                session, trying.cipher, case, kind, letter=None, channel="电话", what="语气", received_on=DAY + timedelta(days), policy=Policy(), actor="test",
                clock=trying.clock,
            )  # fmt: skip
    found = rows_of(trying)
    assert (found.second.complaints, found.second.objections, found.second.troubled) == (1, 2, 2)
    assert (found.ordinary.complaints, found.ordinary.objections, found.ordinary.troubled) == (1, 0, 1)


def test_without_a_trial_there_is_nothing_to_learn(house: Database, keep: Callable[..., None]) -> None:
    keep(compose_case(0))
    plan(house)
    assert rows_of(house).pair is None
    with pytest.raises(NeedsDecision, match="没有抽签决定过模板"):
        train(house)


def test_few_cases_teach_nothing_and_say_how_many_there_are(trying: Database) -> None:  # noqa: F811
    plan(trying)
    with pytest.raises(NeedsDecision, match=rf"{PLAIN} 0 件.*consumer@1 0 件.*各须至少 200 件"):
        train(trying, DAY + timedelta(5))
    with pytest.raises(NeedsDecision, match=f"{CASES} 件观察期已过.*还款文件"):
        train(trying, DAY + timedelta(WINDOW_DAYS + 10))


def test_a_case_counts_once_and_as_drawn_though_its_letter_was_voided(trying: Database) -> None:  # noqa: F811
    result = plan(trying)
    with trying.session() as session:
        void_batch(session, batch_by_no(session, result.batches[1]), "试", actor="test", clock=trying.clock)
    at(trying, DAY + timedelta(1))
    plan(trying, DAY + timedelta(1))
    found = rows_of(trying)
    assert len(found.trials) == CASES and (found.trials.day == DAY.toordinal()).all()


# ---- training, gate, card ----

ARM = Arm(lines=4_000, posted=3_900, ended=3_000, delivered=1_500, complaints=20, objections=10, troubled=28)


def train(db: Database, as_of: date = AS_OF_DAY) -> template_models.CameTemplates:
    return train_template_model(db, "DEMO", as_of, seed=0, actor="test", say=lambda _what: None)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``told(trials, second=…)``: the house has seen these lines."""

    def tell(trials: LetterTrials, second: Arm = ARM) -> None:
        monkeypatch.setattr(template_models, "template_trials", lambda *_a, **_k: TemplateRows(Pair("consumer@1", PLAIN), trials, ARM, second))

    return tell


def test_a_better_template_is_told_kept_and_carded(trying: Database, told, tmp_path: Path) -> None:  # noqa: F811
    told(BETTER)
    came = train(trying)
    assert came.new and not train(trying).new and came.version.startswith("templates-average-")
    assert against_templates(came.facts) == [] and came.facts["second_lines"] + came.facts["ordinary_lines"] == came.facts["lines"]
    for name in ("说明.html", "说明.pdf"):
        write_card(came.version, came.facts, tmp_path / name)
    page = (tmp_path / "说明.html").read_text("utf-8")
    for words in ("模板比较", f"{PLAIN} 平均带来更多还款", "Qini", "投诉", "其中签收", "<polyline", "先给最合适的案件用第二模板的比例", "没有反对的理由"):
        assert words in page, words
    assert (tmp_path / "说明.pdf").read_bytes().startswith(b"%PDF")


def test_templates_that_work_alike_stay_out_of_force(trying: Database, told, tmp_path: Path) -> None:  # noqa: F811
    told(ALIKE)
    came = train(trying)
    (why,) = against_templates(came.facts)
    assert "区间含零" in why
    write_card(came.version, came.facts, tmp_path / "说明.html")
    assert "看不出" in (tmp_path / "说明.html").read_text("utf-8")
    with trying.session() as session, pytest.raises(NeedsDecision, match="区间含零"):
        promote(session, came.version, "试用", anyway=False, actor="test", clock=trying.clock)


def test_a_worse_template_is_called_worse(trying: Database, told) -> None:  # noqa: F811
    told(replace(BETTER, treated=~BETTER.treated, propensity=1 - BETTER.propensity))
    came = train(trying)
    assert against_templates(came.facts) == [f"{PLAIN} 带来的还款更少"]


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (replace(ARM, troubled=60), "投诉与异议更多，超出偶然：60/4000 件"), (replace(ARM, posted=3_700), "交寄的比例不同"), (replace(ARM, troubled=33), ""),
        (replace(ARM, troubled=5), ""),
    ],
)  # fmt: skip
def test_the_gate_looks_at_complaints_and_at_what_was_posted(trying: Database, told, second: Arm, why: str) -> None:  # noqa: F811
    told(BETTER, second)
    against = against_templates(train(trying).facts)
    assert (why in "；".join(against)) if why else against == []
    assert abs(posted_apart({"arms": {"second": {"lines": 0, "posted": 0}, "ordinary": {"lines": 0, "posted": 0}}})) == 0


@pytest.mark.parametrize(
    ("trials", "fault", "words"),
    [
        (BETTER.take(~(BETTER.treated & (np.arange(len(BETTER)) % 8 == 0))), Broken, "只在其中一个模板下被拦下"),
        (BETTER.take(np.arange(300)), NeedsDecision, "各须至少 200 件"),
        (replace(BETTER, propensity=np.full(len(BETTER), np.nan)), NeedsDecision, "没有抽签决定过模板"),
    ],
)  # fmt: skip
def test_what_is_no_draw_is_refused_and_nothing_is_kept(trying: Database, told, trials: LetterTrials, fault: type[Exception], words: str) -> None:  # noqa: F811
    told(trials)
    with pytest.raises(fault, match=words):
        train(trying)
    with trying.session() as session:
        assert kept_models(session, TEMPLATES) == []


# ---- in force ----


def keep_choice(db: Database, effect: LetterModel, facts: dict[str, object] | None = None) -> str:
    choice = TemplateChoice("DEMO", "consumer@1", PLAIN, effect)
    figure = {"value": 900.0, "low": 100.0, "high": 1_700.0, "of": 4_000}
    ordered = {"area": figure, "first": [figure] * 3, "curve": [figure] * 10}
    arm = {"lines": 4_000, "posted": 4_000, "ended": 0, "delivered": 0, "complaints": 0, "objections": 0, "troubled": 0}
    kept = {
        "model": TEMPLATES, "kind": effect.kind.value, "lender": "DEMO", "ordinary": "consumer@1", "second": PLAIN, "synthetic": False, "lines": 8_000,
        "average_fen": figure, "tried": [{"kind": effect.kind.value, "value": figure, "takes": 1.0, **ordered, "short_of_best": None}],
        "arms": {"ordinary": arm, "second": arm}, **(facts or {}),
    }  # fmt: skip
    with db.session() as session:
        keep_content(session, TEMPLATES, choice.version, choice.to_bytes(), kept, DAY, actor="test", clock=db.clock)
    return choice.version


def put(db: Database, version: str) -> None:
    with db.session() as session:
        promote(session, version, "试验有结果", anyway=False, actor="test", clock=db.clock)


def test_in_force_the_better_template_goes_and_a_share_stays_drawn(trying: Database) -> None:  # noqa: F811
    version = keep_choice(trying, LetterModel(Kind.AVERAGE, 0.02))
    put(trying, version)
    result = plan(trying)
    (_, first), (_, second) = (*result.templates, ("", 0))[:2]
    assert first + second == CASES and second > first
    with trying.session() as session:
        for one in session.scalars(select(Decision)):
            away = other_drawn(trying.cipher, one.case_id, PLAIN, 100)
            assert one.offer is not None
            assert one.offer[KEPT] == {"ordinary": "consumer@1", "second": PLAIN, "given": "ordinary" if away else "second", "chance": 0.9}
        assert {one.args["template_trial"]["model"] for one in session.scalars(select(Planning))} == {version}
    assert set(rows_of(trying).trials.propensity.tolist()) == {0.9}


def test_going_back_is_one_command(trying: Database) -> None:  # noqa: F811
    put(trying, keep_choice(trying, LetterModel(Kind.AVERAGE, 0.02)))
    with trying.session() as session:
        with pytest.raises(WrongUsage, match="须写明资方"):
            promote(session, TEMPLATE, "退回", anyway=False, actor="test", clock=trying.clock)
        assert promote(session, TEMPLATE, "退回", anyway=False, actor="test", clock=trying.clock, lender_code="DEMO") == TEMPLATE
    with trying.session() as session:
        assert champion(session, template_scope("DEMO")) == ""
        with pytest.raises(WrongUsage, match="没有按学到的结果"):
            promote(session, TEMPLATE, "退回", anyway=False, actor="test", clock=trying.clock, lender_code="DEMO")
        assert verify_audit(session).sound
        said = session.execute(select(AuditEntry.action, AuditEntry.subject, AuditEntry.detail).where(AuditEntry.action == "model.promoted").order_by(AuditEntry.seq)).all()
        assert [(one.detail["why"], one.detail["scope"]) for one in said] == [("试验有结果", "templates:DEMO"), ("退回", "templates:DEMO")]
        assert said[0].detail["second"] == PLAIN
    plan(trying)
    assert set(rows_of(trying).trials.propensity.tolist()) == {0.4}, "the trial goes on as it was set"


def test_case_by_case_each_has_the_template_that_suits_it(trying: Database, keep: Callable[..., None]) -> None:  # noqa: F811
    """A line in the claim's size: the second template for large claims only."""
    features = np.zeros((200, len(FEATURES)))
    features[:, 0] = np.linspace(5, 15, 200)
    middle = float(np.median(np.log1p(np.array([int(compose_case(n).claim.total) for n in range(CASES)]) / 100)))
    line = Ridge.fit(features, features[:, 0] - middle, np.ones(200), 1e-9).linear
    put(trying, keep_choice(trying, LetterModel(Kind.DOUBLY_ROBUST, 0.0, line)))
    plan(trying)
    with trying.session() as session:
        chances = {one.offer[KEPT]["chance"] for one in session.scalars(select(Decision)) if one.offer}
        assert chances == {0.1, 0.9}
        for case_no, template in letters(trying).items():
            case_id = session.scalar(select(Case.id).where(Case.case_no == case_no))
            assert isinstance(case_id, UUID)
            large = int(compose_case(int(case_no[1:])).claim.total) / 100 > np.expm1(middle)
            assert (template == PLAIN) == (large != other_drawn(trying.cipher, case_id, PLAIN, 100)), case_no


def test_what_was_learned_of_two_templates_says_nothing_of_others(trying: Database) -> None:  # noqa: F811
    version = keep_choice(trying, LetterModel(Kind.AVERAGE, 0.02))
    try_out(trying, "")
    with trying.session() as session, pytest.raises(WrongUsage, match="没有在试验"):
        promote(session, version, "试用", anyway=True, actor="test", clock=trying.clock)
    try_out(trying)
    put(trying, version)
    with trying.session() as session, pytest.raises(WrongUsage, match="已经在用"):
        promote(session, version, "试用", anyway=False, actor="test", clock=trying.clock)
    try_out(trying, "")
    assert plan(trying).templates == (("consumer@1", CASES),), "who ends the trial ends the choice"


def test_a_damaged_file_stops_the_day_with_the_way_out(trying: Database, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    version = keep_choice(trying, LetterModel(Kind.AVERAGE, 0.02))
    put(trying, version)
    other = TemplateChoice("DEMO", "consumer@1", PLAIN, LetterModel(Kind.AVERAGE, 0.03))
    monkeypatch.setattr(template_models, "content_of", lambda *_a: other.to_bytes())
    with trying.session() as session, pytest.raises(Broken, match="不一致"):
        open_templates(session, version)
    with pytest.raises(Broken) as told:
        plan_lender(trying, "DEMO", DAY, actor="test", workers=1)
    assert "handa models promote template" in told.value.advice
    with trying.session() as session:
        assert session.scalars(select(Letter)).all() == []


def test_mixed_effects_come_through_training_into_force(trying: Database, told) -> None:  # noqa: F811
    told(MIXED)
    came = train(trying)
    assert against_templates(came.facts) == [] and came.facts["kind"] != Kind.AVERAGE.value
    put(trying, came.version)
    plan(trying)
    assert set(rows_of(trying).trials.propensity.tolist()) <= {0.1, 0.9}
