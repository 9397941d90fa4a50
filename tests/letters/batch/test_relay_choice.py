"""Exploring among contacts: off until the policy says so, never beyond the rules, drawn by key, kept with the ask, erased with the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from letters.batch import frame, relaying
from letters.batch.contact_trials import contact_trials
from letters.batch.handing import hand_over
from letters.batch.relay_choice import contact_draw
from letters.privacy.erasing import erase_cases
from letters.rules.model import Verdict
from letters.rules.policy import Policy
from locate.contacts import relations
from locate.contacts.kept_options import CONTACTS, KeptOption, options_kept
from locate.stops import case_by_no
from locate.tables import Case, Decision, Lender
from models.contacts.trials import ContactTrials, Result
from records.database import Database
from records.identity import uuid7
from tests.letters.batch.test_relaying import CONTACT, DAY, carry, lost_case, relay  # noqa: F401  the fixture

FATHER = replace(CONTACT, ordinal=2, name="李父亲", relation="父亲", mobile="19900100002", address="湖北省武汉市武昌区中山路68号1栋1单元101室")
SISTER = replace(CONTACT, ordinal=3, name="王姐妹", relation="姐妹", mobile="19900100003", address="湖北省武汉市武昌区中山路70号1栋1单元102室")
WIFE = replace(CONTACT, ordinal=4, name="孙配偶", relation="配偶", mobile="19900100004", address="湖北省武汉市武昌区中山路72号1栋1单元103室")


@pytest.fixture
def exploring(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A house whose policy explores a fifth of the cases, above a floor of nought; the draw is set by ``drawn``."""
    monkeypatch.setattr(frame, "effective_policy", lambda *_a, **_k: Policy(contact_explore_per_mille=200, contact_explore_floor_per_mille=0))
    return monkeypatch


def drawn(patch: pytest.MonkeyPatch, draw: float) -> None:
    patch.setattr(relaying, "contact_draw", lambda *_: draw)


def decided(db: Database) -> list[Decision]:
    with db.session() as session:
        return list(session.scalars(select(Decision).order_by(Decision.made_at, Decision.id)))


def chances(decision: Decision) -> Mapping[int, float]:
    return {one.features.ordinal: one.propensity for one in options_kept(decision.offer)}


def trials(db: Database, as_of: datetime) -> ContactTrials:
    with db.session() as session:
        return contact_trials(session, db.cipher, session.query(Lender).one(), as_of)


def test_off_by_default_and_then_nothing_is_drawn_or_kept(house: Database, lost_case, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(relaying, "contact_draw", lambda *_: pytest.fail("nothing is to be drawn"))
    lost_case(1, CONTACT, FATHER)
    assert relay(house).results[0][1] == 2, "the father ranks first by the rules"
    (one,) = decided(house)
    assert (one.propensity, one.offer) == (1.0, None)


def test_whom_a_person_named_has_no_probability(house: Database, lost_case) -> None:  # noqa: F811
    case_no = lost_case(1, CONTACT, FATHER)
    relay(house, case_no, 1)
    assert decided(house)[0].propensity is None


@pytest.mark.parametrize(("draw", "taken"), [(0.0, 2), (0.08, 1), (0.15, 3), (0.2, 2), (0.9, 2)])
def test_the_draw_decides_whom_and_the_probabilities_are_kept(
    house: Database, lost_case, exploring: pytest.MonkeyPatch, draw: float, taken: int  # noqa: F811
) -> None:
    drawn(exploring, draw)
    lost_case(1, CONTACT, FATHER, SISTER)
    (result,) = relay(house).results
    assert (result[1], result[2]) == (taken, Verdict.PLANNED)
    assert any("探索比例" in sentence for sentence in result[3]) == (taken != 2)
    (one,) = decided(house)
    assert chances(one) == {2: pytest.approx(0.8 + 0.2 / 3), 1: pytest.approx(0.2 / 3), 3: pytest.approx(0.2 / 3)}
    assert one.propensity == pytest.approx(chances(one)[taken])
    assert any(reason["code"] == "explore" for reason in one.reasons) == (taken != 2)
    assert one.offer is not None
    assert {name for option in one.offer[CONTACTS] for name in option} == {"ordinal", "group", "values", "useful", "complaint", "score", "propensity"}
    for secret in (CONTACT, FATHER, SISTER):
        assert not any(text in str(one.offer) for text in (secret.name, secret.mobile, secret.address))


def test_a_contact_below_the_floor_is_not_drawn(house: Database, lost_case, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    def planned(floor: int) -> Mapping[int, float]:
        monkeypatch.setattr(
            frame, "effective_policy", lambda *_a, **_k: Policy(contact_explore_per_mille=200, contact_explore_floor_per_mille=floor, in_flight_days=0)
        )
        relay(house)
        return chances(decided(house)[-1])

    drawn(monkeypatch, 0.19)
    lost_case(1, CONTACT, FATHER)
    assert planned(0)[1] == pytest.approx(0.1)
    score = {one.features.ordinal: one.score for one in options_kept(decided(house)[-1].offer)}
    between = int(1000 * (score[1] + score[2]) / 2)
    assert planned(between) == {2: 1.0, 1: 0.0}


_SPOILT: dict[str, Mapping[str, Any]] = {
    "opted out": {"opted_out": True}, "no consent": {"consent": False}, "no source": {"source": None}, "no basis": {"basis": ""},
    "no number": {"mobile": ""}, "unknown relation": {"relation": "其他"}, "no address": {"address": "湖北省武汉市"},
    "a child who may be a minor": {"relation": "儿子"}, "the debtor's name on the envelope": {},
}  # fmt: skip


@pytest.mark.parametrize("what", _SPOILT)
def test_whoever_a_rule_holds_or_bars_is_never_drawn(
    house: Database, lost_case, composed, exploring: pytest.MonkeyPatch, what: str  # noqa: F811
) -> None:
    spoilt = replace(SISTER, **_SPOILT[what])
    number = 9  # the youngest of the composed debtors
    exploring.setattr(relations, "ADULT_PARENT_AGE", 25)
    if what == "the debtor's name on the envelope":
        spoilt = replace(SISTER, address=f"{SISTER.address}（{composed(number).debtor_name}收）")
    drawn(exploring, 0.199999)
    lost_case(number, CONTACT, FATHER, spoilt)
    (result,) = relay(house).results
    assert result[1] in (1, 2)
    (one,) = decided(house)
    assert chances(one).get(3, 0.0) == 0.0, chances(one)
    assert sum(chances(one).values()) == pytest.approx(1.0)


def test_who_needs_a_persons_word_may_be_the_best_but_is_not_drawn(house: Database, lost_case, exploring: pytest.MonkeyPatch) -> None:  # noqa: F811
    lost_case(1, WIFE, replace(CONTACT, ordinal=1))
    drawn(exploring, 0.1)
    assert relay(house).results[0][1:3] == (1, Verdict.PLANNED), "the wife ranks first, and only the brother can be drawn"
    (one,) = decided(house)
    assert chances(one) == {1: pytest.approx(0.2), 4: pytest.approx(0.8)}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.dates(date(2026, 1, 1), date(2027, 1, 1)), min_size=2, max_size=2, unique=True))
def test_one_draw_a_case_and_day(db: Database, days: list[date]) -> None:
    case, other = uuid7(), uuid7()
    first = contact_draw(db.cipher, case, days[0])
    assert 0 <= first < 1
    assert contact_draw(db.cipher, case, days[0]) == first
    assert len({first, contact_draw(db.cipher, case, days[1]), contact_draw(db.cipher, other, days[0])}) == 3


def test_draws_are_even(db: Database) -> None:
    found = np.sort([contact_draw(db.cipher, uuid7(), DAY) for _ in range(2_000)])
    assert np.abs(found - (np.arange(2_000) + 0.5) / 2_000).max() < 0.04, "Kolmogorov's distance of so many is below this 997 times in 1,000"


def test_a_planning_that_is_killed_and_run_again_draws_the_same(house: Database, lost_case, exploring: pytest.MonkeyPatch) -> None:  # noqa: F811
    for number in range(1, 13):
        lost_case(number, CONTACT, FATHER, SISTER)
    seen: list[list[tuple[Any, ...]]] = []
    make_batches = relaying.make_batches

    def content(one: Decision) -> tuple[Any, ...]:
        return (one.case_id, one.propensity, one.offer, one.reasons, bytes(one.inputs_sha256))

    def dies(session, *_args: object) -> None:
        seen.append(sorted((content(one) for one in session.scalars(select(Decision))), key=lambda row: str(row[0])))
        raise KeyboardInterrupt

    exploring.setattr(relaying, "make_batches", dies)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            relay(house)
        assert decided(house) == []
    exploring.setattr(relaying, "make_batches", make_batches)
    done = relay(house)
    kept = sorted((content(one) for one in decided(house)), key=lambda row: str(row[0]))
    with house.session() as session:
        cases = {case.case_no: case.id for case in session.scalars(select(Case))}
    expected = {case_no: contact_draw(house.cipher, case_id, DAY) for case_no, case_id in cases.items()}
    assert {one[0]: one[1] for one in done.results} == {
        case_no: 2 if draw >= 0.2 else (2, 1, 3)[int(draw / 0.2 * 3)] for case_no, draw in expected.items()
    }, "the key alone decides"
    assert seen[0] == seen[1] == kept


def test_what_was_kept_is_erased_with_the_case(house: Database, lost_case, exploring: pytest.MonkeyPatch) -> None:  # noqa: F811
    drawn(exploring, 0.15)
    case_no = lost_case(1, CONTACT, FATHER, SISTER)
    lost_case(2, CONTACT, FATHER, SISTER, attempts=3)
    relay(house)
    assert all(one.offer is not None for one in decided(house))
    with house.session() as session:
        case = case_by_no(session, "DEMO", case_no)
        erase_cases(session, house.cipher, session.query(Lender).one(), [case.id], by="张三", reason="委托终止", actor="test", clock=house.clock)
        gone = case.id
    assert {one.case_id: one.offer is None for one in decided(house)}[gone]
    assert sum(one.offer is None for one in decided(house)) == 1


def posted(house: Database, lost_case, exploring: pytest.MonkeyPatch) -> str:  # noqa: F811
    drawn(exploring, 0.15)
    case_no = lost_case(1, CONTACT, FATHER, SISTER, WIFE)
    plan = relay(house)
    assert plan.batch_no is not None
    carry(house, plan.batch_no)
    hand_over(house, plan.batch_no, actor="test", workers=1)
    return case_no


def test_trials_know_the_probability_of_every_contact_of_an_explored_day(house: Database, lost_case, exploring: pytest.MonkeyPatch) -> None:  # noqa: F811
    posted(house, lost_case, exploring)
    house.clock = lambda: datetime(2027, 2, 1, tzinfo=UTC)
    found = trials(house, house.clock())
    assert found.asked.sum() == 1
    assert np.isfinite(found.propensity).all()
    assert found.propensity.sum() == pytest.approx(1.0)
    assert found.propensity[found.asked][0] < 0.2
    assert found.result[found.asked][0] == Result.UNKNOWN, "nobody knows that the letter arrived"


def test_after_the_file_changed_the_day_is_told_by_what_was_kept(house: Database, lost_case, composed, keep, exploring: pytest.MonkeyPatch) -> None:  # noqa: F811
    posted(house, lost_case, exploring)
    before = trials(house, house.clock() + timedelta(days=60))
    (decision,) = decided(house)
    keep(composed(1, contacts=(SISTER, replace(CONTACT, ordinal=2), replace(FATHER, ordinal=1))))
    after = trials(house, house.clock() + timedelta(days=60))
    kept: tuple[KeptOption, ...] = options_kept(decision.offer)
    assert len(after) == len(kept)
    assert after.asked.sum() == before.asked.sum() == 1
    assert [tuple(row) for row in after.values] == [one.features.values for one in kept]
    assert after.propensity.tolist() == [one.propensity for one in kept]
