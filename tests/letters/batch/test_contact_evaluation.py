"""A contact model on later questions: compared with the rules, and refused an estimate where nobody explored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from console.models_contacts import show_contacts
from letters.batch import contact_evaluation, contact_models
from letters.batch.contact_evaluation import NOT_EXPLORED, contact_model_called, evaluate_contacts
from letters.batch.contact_models import train_contact_model
from letters.batch.model_card import write_card
from letters.batch.model_store import model_called
from models.contacts.trials import ContactTrials, Result
from records.database import Database
from records.errors import NeedsDecision
from tests.letters.batch.test_contact_models import trials

LEARNED_UNTIL = date.fromordinal(739_000 + 2_000)
LATER = date.fromordinal(739_000 + 7_200)


def explored(share: float = 0.2, cases: int = 7_000) -> ContactTrials:
    """One contact of each case asked: the first but in ``share`` of the cases; having helped before decides, the prior knows nothing."""
    made, rng = trials(cases), np.random.default_rng(9)
    listed = made.column("listed")
    chance = np.where(listed == 1, 1 - share, 0.0) + share / 3
    taken = np.where(rng.random(cases) < share, rng.integers(1, 4, cases), 1)
    asked = listed == np.repeat(taken, 3)
    useful = rng.random(len(made)) < 0.04 + 0.22 * made.column("helped")
    result = np.where(asked, np.where(useful, int(Result.USEFUL), int(Result.NOT_USEFUL)), -1)
    return replace(
        made, asked=asked, propensity=chance if share else np.where(asked, 1.0, np.nan), result=result, known_day=np.where(asked, made.day + 30, -1),
        prior_useful=np.full(len(made), 0.1),
    )  # fmt: skip


def train(house: Database, monkeypatch: pytest.MonkeyPatch, of: ContactTrials) -> str:
    for where in (contact_models, contact_evaluation):
        monkeypatch.setattr(where, "contact_trials", lambda *_: of)
    return train_contact_model(house, "DEMO", LEARNED_UNTIL, kind="logistic", seed=0, actor="test").version


def test_later_questions_judge_and_the_draw_says_what_the_model_would_have_reached(
    house: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    of = explored()
    version = train(house, monkeypatch, of)
    found = evaluate_contacts(house, version, LATER)
    assert (found.version, found.lender) == (version, "DEMO")
    assert found.first >= LEARNED_UNTIL
    assert found.reached is not None
    later = of.take(of.day >= LEARNED_UNTIL.toordinal())
    # The world's truth: of three contacts the one that helped most often, against the first listed.
    most = np.maximum.reduceat(later.column("helped"), np.flatnonzero(later.column("listed") == 1))
    truth = float((0.04 + 0.22 * most).mean())
    assert found.reached.doubly_robust.low <= truth <= found.reached.doubly_robust.high
    assert found.reached.gain.low > 0
    assert found.rules_reached is not None
    assert abs(found.rules_reached.doubly_robust.value - 0.26) < 0.04
    show_contacts(found, as_json=False)
    said = capsys.readouterr().out
    assert "双稳健" in said and "模型更好" in said and version in said
    show_contacts(found, as_json=True)
    assert '"doubly_robust"' in capsys.readouterr().out
    with house.session() as session:
        facts = model_called(session, version).facts
        assert contact_model_called(session, version) is not None
        assert contact_model_called(session, None) is None
    assert set(facts["reached"]) >= {"prior", "logistic"}
    for form in ("说明.html", "说明.pdf"):
        write_card(version, facts, tmp_path / form)
    page = (tmp_path / "说明.html").read_text("utf-8")
    assert "改用它会问到多少" in page and NOT_EXPLORED not in page


def test_where_nobody_explored_there_is_no_estimate_and_it_says_so(
    house: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    version = train(house, monkeypatch, explored(0.0))
    found = evaluate_contacts(house, version, LATER)
    assert found.reached is None and found.rules_reached is None
    show_contacts(found, as_json=False)
    assert "contact_explore_per_mille" in capsys.readouterr().out.replace("\n", "")
    with house.session() as session:
        facts = model_called(session, version).facts
    assert facts["reached"] == {}
    write_card(version, facts, tmp_path / "说明.html")
    assert NOT_EXPLORED in (tmp_path / "说明.html").read_text("utf-8")


def test_nothing_asked_since_is_nothing_to_judge_by(house: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    of = explored()
    version = train(house, monkeypatch, of)
    monkeypatch.setattr(contact_evaluation, "contact_trials", lambda *_: of.take(of.day < LEARNED_UNTIL.toordinal()))
    with pytest.raises(NeedsDecision, match="训练"):
        evaluate_contacts(house, version, LATER)
