"""The simulated worlds: chances are chances, the same seed is the same world, and the three differ as they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from letters.batch.delivery_file import read_rows, write_rows
from models.delivery.opportunities import Opportunities
from records.errors import UnreadableInput
from scripts.world.delivery.replay import GOOD, by_chance, first_listed, replay
from scripts.world.delivery.study import OPTIONS
from scripts.world.delivery.worlds import FIRST_DAY, WORLDS, DeliveryWorld


def world(name: str, seed: int = 3) -> DeliveryWorld:
    return DeliveryWorld(name, seed, weeks=26, cases_per_week=500)


@pytest.mark.parametrize("name", WORLDS)
def test_chances_add_up_and_who_knows_more_does_better(name: str) -> None:
    week = world(name).week(8)
    assert np.allclose(week.truth.sum(axis=1), 1)
    assert np.allclose(week.informed.sum(axis=1), 1)
    assert (week.truth >= -1e-12).all()
    good, informed = week.truth[:, GOOD].sum(axis=1), week.informed[:, GOOD].sum(axis=1)
    shares = [good[rows].mean() for rows in (first_listed(week), by_chance(week, informed), by_chance(week, good))]
    assert shares == sorted(shares)
    assert 0.2 < shares[0] < 0.45
    # What the informed expect of the rows they take is what comes, on the whole: no hidden advantage.
    assert abs(informed[by_chance(week, informed)].mean() - shares[1]) < 0.05


def test_the_same_seed_is_the_same_world_and_another_is_not() -> None:
    one, same, other = world("plain").week(3), world("plain").week(3), world("plain", 4).week(3)
    assert np.array_equal(one.truth, same.truth)
    assert one.truth.shape != other.truth.shape or not np.array_equal(one.truth, other.truth)


def test_a_letters_end_hangs_on_the_letter_and_not_on_who_chose_it() -> None:
    here = world("plain")
    week = here.week(5)
    every = here.post(week, np.arange(len(week.offers)), np.ones(len(week.offers)))
    some = np.arange(0, len(week.offers), 7)
    assert np.array_equal(here.post(week, some, np.ones(len(some))).outcome, every.outcome[some])
    seen = np.bincount(every.outcome[every.outcome >= 0], minlength=8) / (every.outcome >= 0).sum()
    assert np.allclose(seen, week.truth.mean(axis=0), atol=0.03)
    assert 0.005 < (every.outcome < 0).mean() < 0.05


def test_the_change_comes_in_its_week_and_only_in_its_world() -> None:
    before, after = (world("sudden").week(n) for n in (19, 20))
    drop = before.truth[first_listed(before)][:, GOOD].sum(axis=1).mean() - after.truth[first_listed(after)][:, GOOD].sum(axis=1).mean()
    assert drop > 0.03
    steady = [world("plain").week(n) for n in (19, 20)]
    shares = [week.truth[first_listed(week)][:, GOOD].sum(axis=1).mean() for week in steady]
    assert abs(shares[0] - shares[1]) < 0.04


def test_staff_know_what_no_file_says() -> None:
    week = world("hidden").week(2)
    good = week.truth[:, GOOD].sum(axis=1)
    assert good[week.staff].mean() > good[first_listed(week)].mean() + 0.05
    assert len(week.staff) == len(np.unique(week.offers.case))


def test_a_number_of_a_person_is_one_and_the_rest_of_the_world_is_the_same() -> None:
    rows, persons, none = (DeliveryWorld("plain", 3, weeks=26, cases_per_week=500, phones=phones).week(4) for phones in ("rows", "persons", "none"))
    assert np.array_equal(rows.truth, persons.truth)
    assert set(none.offers.phone_region.tolist()) == {-1}
    place = persons.offers.debtor * 100 + persons.offers.district - 420_000
    for column in (place, persons.offers.debtor):
        known = {one: set((persons.offers.phone_region[column == one] >= 0).tolist()) for one in column[:40]}
        assert all(len(found) == 1 for found in known.values())
    for one in place[:40]:
        assert len(set(persons.offers.phone_region[place == one].tolist())) == 1


def test_learning_week_by_week_overtakes_the_rules() -> None:
    done = replay(DeliveryWorld("plain", 2, weeks=14, cases_per_week=400), 14, retrain=4, options=OPTIONS[:2], explore=0.05)
    assert done.trainings
    assert done.mean("learned", 10) > done.mean("rules", 10)
    assert np.isfinite(done.log[3].propensity).all()


def test_rows_survive_the_file(tmp_path: Path) -> None:
    here = world("plain")
    week = here.week(1)
    rows = Opportunities.joined(here.post(week, week.staff, np.full(len(week.staff), np.nan)), week.offers.take(np.arange(5)))
    path = tmp_path / "函件.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        assert write_rows(rows, file) == len(rows)
    assert set(rows.phone_region.tolist()) == {-1, 0, 1, 2}
    back = read_rows(path)
    for name in Opportunities.__dataclass_fields__:
        assert np.allclose(getattr(back, name).astype(float), getattr(rows, name).astype(float), rtol=1e-4, equal_nan=True), name
    assert back.day.min() == FIRST_DAY + 7


@pytest.mark.parametrize(("column", "text"), [("phone_region", "3"), ("id_region", "4"), ("phone_region", "-2"), ("phone_region", "同市")])
def test_a_region_of_another_coding_is_refused(tmp_path: Path, column: str, text: str) -> None:
    week = world("plain").week(1)
    path = tmp_path / "函件.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_rows(week.offers.take(np.arange(2)), file)
    head, first, *rest = path.read_text("utf-8").splitlines()
    cells = first.split(",")
    cells[head.split(",").index(column)] = text
    path.write_text("\n".join([head, ",".join(cells), *rest]), encoding="utf-8")
    with pytest.raises(UnreadableInput, match=column):
        read_rows(path)
