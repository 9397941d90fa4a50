"""A lender's contact model: trained on its own answers alone, in force for its own relay letters alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from letters.batch import contact_models
from letters.batch.contact_models import estimator_in_force, train_contact_model
from letters.batch.model_card import write_card
from letters.batch.model_store import RULES, champion, contact_scope, kept_models, model_called
from letters.batch.model_training import promote
from locate.contacts.features import FEATURE_NAMES
from locate.contacts.ranking import RulePrior
from locate.contacts.trial_rows import GROUP_NAMES
from models.contacts.trials import ContactTrials, Result
from records.database import Database
from records.errors import NeedsDecision, WrongUsage
from records.tables import AuditEntry
from tests.letters.batch.conftest import DAY


def trials(cases: int = 700) -> ContactTrials:
    """Made up: having helped before decides, the prior knows only relations."""
    rng = np.random.default_rng(4)
    n = cases * 3
    values = np.zeros((n, len(FEATURE_NAMES)))
    helped = rng.integers(0, 3, n)
    values[:, FEATURE_NAMES.index("helped")] = helped
    values[:, FEATURE_NAMES.index("listed")] = np.tile([1, 2, 3], cases)
    group = rng.integers(0, len(GROUP_NAMES), n)
    useful = rng.random(n) < 0.04 + 0.22 * helped
    asked = rng.random(n) < 0.5
    day = 739_000 + np.repeat(np.arange(cases), 3)
    return ContactTrials(
        FEATURE_NAMES, GROUP_NAMES, np.repeat(np.arange(cases), 3), np.repeat(np.arange(cases) // 2, 3), np.zeros(n, np.int64), day, group, values,
        np.where(group == 0, 0.3, 0.1), np.full(n, 0.02), asked, np.full(n, 0.5), np.where(asked, np.where(useful, int(Result.USEFUL), int(Result.NOT_USEFUL)), -1),
        np.where(asked, day + 30, -1),
    )  # fmt: skip


def put(house: Database, version: str, *, anyway: bool = False, lender: str | None = None) -> str:
    with house.session() as session:
        return promote(session, version, "试", anyway=anyway, actor="test", clock=house.clock, lender_code=lender)


def test_trained_promoted_used_and_taken_back(house: Database, keep, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(contact_models, "contact_trials", lambda *_: trials())
    came = train_contact_model(house, "DEMO", date(2026, 11, 1), kind="logistic", seed=0, actor="test")
    assert came.new
    assert came.version.startswith("contact-logistic-")
    assert came.facts["lender"] == "DEMO"
    assert not train_contact_model(house, "DEMO", date(2026, 11, 1), kind="logistic", seed=0, actor="test").new
    assert put(house, came.version, anyway=True) == came.version
    with house.session() as session:
        facts = model_called(session, came.version).facts
    for form in ("说明.html", "说明.pdf"):
        write_card(came.version, facts, tmp_path / form)
    assert "联系人模型" in (tmp_path / "说明.html").read_text("utf-8")
    with house.session() as session:
        assert champion(session) == "", "addresses are chosen as before"
        assert estimator_in_force(session, "DEMO").version.startswith(came.version)
        assert isinstance(estimator_in_force(session, "OTHER"), RulePrior)
        assert "model.promoted" in set(session.scalars(select(AuditEntry.action)))
    assert put(house, RULES, lender="DEMO") == RULES
    with house.session() as session:
        assert champion(session, contact_scope("DEMO")) == ""
        assert [one.task for one in kept_models(session)] == ["contacts"]
    with pytest.raises(WrongUsage, match="用的就是规则"):
        put(house, RULES, lender="DEMO")


def test_the_check_may_be_against_it(house: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    always = trials(300)
    monkeypatch.setattr(contact_models, "contact_trials", lambda *_: replace(always, propensity=np.where(always.asked, 1.0, np.nan)))
    came = train_contact_model(house, "DEMO", date(2026, 11, 1), kind="rates", seed=0, actor="test")
    with pytest.raises(NeedsDecision, match="说明不了"):
        put(house, came.version)


def test_nobody_asked_is_nothing_to_learn_from(house: Database) -> None:
    with pytest.raises(NeedsDecision, match="0 次"):
        train_contact_model(house, "DEMO", DAY, kind=None, seed=0, actor="test")
