"""The worlds of two wordings: the same by seed, different in what they claim to plant, and a study that reads them as the house would."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from models.uplift.trials import FEATURES, LetterTrials
from scripts import template_study as study
from scripts.world.template_worlds import WORLDS, TemplateWorld

WEEKLY = 1_500


@cache
def world(name: str) -> TemplateWorld:
    return TemplateWorld(name, 1)


@cache
def effect(name: str) -> np.ndarray:
    return world(name).effect_fen(0, world(name).week(0, WEEKLY))


@cache
def log(name: str, weeks: int = 12) -> LetterTrials:
    return LetterTrials.joined(*(world(name).log(number, WEEKLY, 0.4) for number in range(weeks)))


@pytest.mark.parametrize("name", WORLDS)
def test_a_world_is_the_same_by_seed_and_features_do_not_know_of_the_wording(name: str) -> None:
    one, other = world(name).log(3, 400, 0.4), TemplateWorld(name, 1).log(3, 400, 0.4)
    assert (one.repaid_fen == other.repaid_fen).all() and (one.treated == other.treated).all()
    assert (TemplateWorld(name, 2).log(3, 400, 0.4).amount_fen != one.amount_fen).any()
    assert (one.features == world(name).log(3, 400, 0.1).features).all() and np.isfinite(one.features).all()
    assert not one.features[:, [FEATURES.index(column) for column in ("delivery", "product.ems", "template.card")]].any(), "chosen after the template"
    assert (one.repaid_fen >= 0).all() and (one.repaid_fen <= one.amount_fen).all()
    assert log(name).treated.mean() == pytest.approx(0.4, abs=0.02)


def test_what_is_planted_is_there() -> None:
    assert not effect("alike").any()
    assert effect("better").mean() > 0
    suited = world("mixed").suited(world("mixed").week(0, WEEKLY))
    assert 0.4 < suited.mean() < 0.8
    assert effect("mixed")[~suited].mean() < 0 < effect("mixed")[suited].mean()
    assert (effect("mixed")[suited] == effect("better")[suited]).all(), "the better wording, for those whom it suits"
    with pytest.raises(ValueError, match="no world"):
        TemplateWorld("merry", 1)


def test_the_draw_tells_what_was_planted() -> None:
    trials = log("better")
    truth = float(np.mean([world("better").effect_fen(number, world("better").week(number, WEEKLY)).mean() for number in (0, 6, 11)]))
    arms = [trials.repaid_fen[trials.treated], trials.repaid_fen[~trials.treated]]
    error = sum(float(arm.var()) / len(arm) for arm in arms) ** 0.5
    assert abs(float(arms[0].mean() - arms[1].mean()) - truth) < 3 * error


def test_the_study_reads_them_as_the_house_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "TRIALS", (("alike", 400, 0.5), ("better", 400, 0.5)))
    monkeypatch.setattr(study, "LATER", range(38, 39))
    for row in study.rows([1]):
        name, gate = row[0], row[-1]
        assert gate in ("open", "against")
        if name == "alike":
            assert row[4] == "0.0" and row[8] == "0.0"
        else:
            assert float(str(row[9])) == float(str(row[10])) > 0, "who knows the plant gives everybody the better one"
    ((worlds, opened, missed, cased),) = study.silence([1])
    assert worlds == 1 and {opened, missed, cased} <= {0, 1}
    ((worlds, *missing),) = study.misses(1)
    assert worlds == 1 and set(missing) <= {0, 1}
