"""``handa models`` for a contact model, and the policy that lets contacts be drawn, as users meet them."""

from __future__ import annotations

from pathlib import Path

import pytest

from letters.batch import contact_evaluation, contact_models
from models.contacts.trials import ContactTrials
from tests.console.conftest import Handa
from tests.letters.batch.test_contact_evaluation import LATER, LEARNED_UNTIL, explored


def see(monkeypatch: pytest.MonkeyPatch, of: ContactTrials) -> None:
    for where in (contact_models, contact_evaluation):
        monkeypatch.setattr(where, "contact_trials", lambda *_: of)


@pytest.mark.parametrize("share", [0.2, 0.0])
def test_a_contact_model_is_trained_and_judged_on_later_questions(
    parties: Handa, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, share: float
) -> None:
    of = explored(share)
    see(monkeypatch, of)
    said = parties("models", "train", "contacts", "--lender", "DEMO", "--as-of", LEARNED_UNTIL, "--kind", "logistic", "--json")
    assert said.code == 0, said.err
    version = said.document["version"]
    assert version
    found = parties("models", "evaluate", version, "--as-of", LATER)
    assert found.code == 0, found.err
    told = found.out.replace("\n", "")
    assert ("双稳健" in told) == bool(share)
    assert ("contact_explore_per_mille" in told) == (not share)
    told_json = parties("models", "evaluate", version, "--as-of", LATER, "--json").document
    assert (told_json["reached"] is not None) == bool(share)
    assert parties("models", "card", version, "-o", tmp_path / "说明.html").code == 0
    wrong = tmp_path / "函件.csv"
    wrong.write_text("", "utf-8")
    assert parties("models", "evaluate", version, "--data", wrong).code == 2
    see(monkeypatch, of.take(of.day < LEARNED_UNTIL.toordinal()))
    assert parties("models", "evaluate", version, "--as-of", LATER).code == 3


def test_the_share_and_the_floor_are_policy_settings_with_limits(handa: Handa, tmp_path: Path) -> None:
    file = tmp_path / "策略.toml"
    file.write_text('format = 1\n[firm.F1]\ncontact_explore_per_mille = 50\ncontact_explore_floor_per_mille = 40\n', "utf-8")
    checked = handa("policy", "check", file)
    assert checked.code == 0, checked.err
    assert "contact_explore_per_mille" in checked.out
    for wrong in ("contact_explore_per_mille = 201", "contact_explore_per_mille = -1", "contact_explore_floor_per_mille = 1001", 'contact_explore_per_mille = "half"'):
        file.write_text(f"format = 1\n[firm.F1]\n{wrong}\n", "utf-8")
        assert handa("policy", "check", file).code == 2, wrong
