"""Training on a user's own labels: what is held out stays out, the same labels give the same bytes, the weights in use stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from locate.address import parse
from locate.address.labelled import Labelled
from locate.address.own_labels import LEAST, TooFewLabels, train_on
from locate.address.tagging import use, weights_version
from models.address_tagger.weights import Weights


def odd_habit(number: int) -> Labelled:
    """A house style that the shipped weights read otherwise: the shop's name before the road, in words of its own."""
    shop, road, no = f"客栈{'甲乙丙丁戊己庚辛'[number % 8]}{'天地玄黄'[number % 4]}", f"{'东西南北'[number % 4]}塔路", f"{number + 1}号"
    a, b = len(shop), len(shop) + len(road)
    return Labelled(shop + road + no, ((0, a, "person"), (a, b, "road"), (b, b + len(no), "roadno")))


LABELS = [odd_habit(n) for n in range(120)]


def test_it_learns_a_habit_and_measures_on_what_it_did_not_see(tmp_path: Path) -> None:
    before = weights_version()
    gain = train_on(LABELS, tmp_path / "new" / "a.bin")
    assert gain.trained + gain.after.texts == len(LABELS)
    assert gain.before.texts == gain.after.texts > 0
    assert gain.after.f1 > gain.before.f1
    assert gain.after.f1 > 0.9
    assert weights_version() == before
    about = Weights.load(tmp_path / "new" / "a.bin").about
    assert (about["trained_on"], about["held_out"]) == ({"own_labels": gain.trained}, gain.after.texts)
    again = train_on(LABELS, tmp_path / "b.bin")
    assert again == gain
    assert (tmp_path / "b.bin").read_bytes() == (tmp_path / "new" / "a.bin").read_bytes()


def test_what_it_starts_from_does_not_depend_on_the_weights_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.bin").write_bytes(b"")
    first = train_on(LABELS, tmp_path / "a.bin")
    monkeypatch.setenv("HANDA_ADDRESS_MODEL", str(tmp_path / "bad.bin"))
    try:
        assert train_on(LABELS, tmp_path / "b.bin") == first
    finally:
        monkeypatch.undo()
        use(None)
    assert parse(LABELS[0].text).spans


@pytest.mark.parametrize("labels", [LABELS[: LEAST - 1], [LABELS[0]] * LEAST])
def test_too_few_labels_or_none_to_measure_on_are_refused(tmp_path: Path, labels: list[Labelled]) -> None:
    with pytest.raises(TooFewLabels):
        train_on(labels, tmp_path / "a.bin")
    assert not (tmp_path / "a.bin").exists()
