"""Two templates tried against each other: drawn by the case, planned in two parts that are one day, and one series afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from letters.batch import frame, parties, planning
from letters.batch.approving import approve_template
from letters.batch.control import control_of
from letters.batch.delivery_rows import TEMPLATES, offer_kept
from letters.batch.explaining import explain_case
from letters.batch.forecasting import forecast
from letters.batch.handing import hand_over
from letters.batch.lookup import batch_by_no, live_pieces
from letters.batch.parties import firm_by_code, lawyer_of, lender_by_code
from letters.batch.planning import PlanResult, plan_lender, plan_lenders
from letters.batch.preview import write_sample
from letters.batch.printing import print_batch
from letters.batch.releasing import NotReleasable, release_batch
from letters.batch.sealing import seal
from letters.batch.template_trial import (
    IN_FORCE_MOST,
    TemplateTrial,
    chance_of_second,
    draw_number,
    in_force_per_mille,
    other_drawn,
    parts_of_day,
    trial_in,
)
from letters.batch.view import decision_rows
from letters.batch.voiding import void_batch
from letters.compose import compose, load_bundle
from letters.compose.bundle import OWN_TEMPLATES
from letters.compose.newbundle import copy_bundle
from letters.gate.capacity import set_capacity
from letters.gate.filing import file_template
from letters.post.verify import verify_batch
from letters.privacy.erasing import erase_cases
from letters.rules.policy import Policy
from letters.tables import Batch, Letter, LetterNumber, Planning
from locate.case import LenderKind
from locate.keeping import keep_cases
from locate.tables import Case, CaseFile, Decision
from records.cipher import Cipher
from records.database import Database
from records.errors import WrongUsage
from records.identity import uuid7
from records.keys import new_ring
from records.tables import AuditEntry
from tests.letters.batch.conftest import DAY
from tests.letters.conftest import compose_case

CASES = 24
PLAIN = "plain@1"
SOFTER = "如与您了解的情况不一致，请您告诉我们。"


def write_plain(root: Path) -> None:
    """The ordinary letter in other words."""
    folder = copy_bundle("consumer@1", PLAIN, root)
    letter = folder / "letter.jinja"
    text = letter.read_text("utf-8")
    hard = "如与您了解的情况不一致，敬请按本函第三部分载明的方式告知。"
    assert hard in text
    letter.write_text(text.replace(hard, SOFTER), "utf-8")


@pytest.fixture(autouse=True)
def own_templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OWN_TEMPLATES, str(tmp_path / "templates"))
    write_plain(tmp_path / "templates")


def approve(house: Database, reference: str = PLAIN) -> None:
    with house.session() as session:
        approve_template(session, firm_by_code(session, "F1"), load_bundle(reference), "L001", day=DAY, clock=house.clock)


def file_it(house: Database, reference: str = PLAIN) -> None:
    with house.session() as session:
        file_template(
            session, lender_by_code(session, "DEMO"), template=reference, bundle_sha256=load_bundle(reference).sha256, filed_on=date(2026, 1, 1),
            reference="BA-2", actor="test", clock=house.clock,
        )  # fmt: skip


def try_out(house: Database, value: str = f"{PLAIN}:400") -> None:
    with house.session() as session:
        lender = lender_by_code(session, "DEMO")
        lender.settings = {**lender.settings, "template_trial": value}


@pytest.fixture
def trying(house: Database, keep: Callable[..., None]) -> Database:
    """A lender that tries a second template on four of ten first letters, with ``CASES`` cases."""
    approve(house)
    file_it(house)
    try_out(house)
    keep(*(compose_case(number) for number in range(CASES)))
    return house


def plan(db: Database, day: date = DAY, **more: object) -> PlanResult:
    return plan_lender(db, "DEMO", day, actor="test", workers=1, **more)  # type: ignore[arg-type]


def letters(db: Database) -> dict[str, str]:
    """Template by case number, of letters in batches that were not voided."""
    with db.session() as session:
        return dict(session.execute(select(Case.case_no, Letter.template).join(Letter, Letter.case_id == Case.id).order_by(Letter.created_at)).all())


# ---- the draw ----


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 900), st.integers(1, 900), st.binary(min_size=16, max_size=16))
def test_the_draw_is_the_cases_own_and_fewer_drawn_is_a_part_of_the_same(few: int, many: int, body: bytes) -> None:
    cipher, case_id = CIPHER, UUID(bytes=body)
    few, many = sorted((few, many))
    assert other_drawn(cipher, case_id, PLAIN, few) == other_drawn(cipher, case_id, PLAIN, few)
    assert other_drawn(cipher, case_id, PLAIN, many) or not other_drawn(cipher, case_id, PLAIN, few)
    assert 0 <= draw_number(cipher, case_id, PLAIN) < 1
    assert chance_of_second(few, preferred=False) + chance_of_second(few, preferred=True) == pytest.approx(1)
    assert 1 <= in_force_per_mille(few) <= min(IN_FORCE_MOST, 1000 - few)


CIPHER = Cipher(new_ring())


def test_the_share_is_drawn_and_is_no_kin_of_the_control_group_nor_of_another_trial() -> None:
    ids = [uuid7() for _ in range(6_000)]
    mine = [other_drawn(CIPHER, one, PLAIN, 300) for one in ids]
    assert sum(mine) / len(ids) == pytest.approx(0.3, abs=0.03)
    policy = Policy(control_per_mille=200)
    waits = [(found := control_of(CIPHER, one, policy, DAY, DAY + timedelta(900), None)) is not None and found.drawn for one in ids]
    both = sum(a and b for a, b in zip(mine, waits, strict=True)) / len(ids)
    assert both == pytest.approx(0.3 * sum(waits) / len(ids), abs=0.015)
    other = [other_drawn(CIPHER, one, "other@1", 300) for one in ids]
    assert sum(a and b for a, b in zip(mine, other, strict=True)) / len(ids) == pytest.approx(0.09, abs=0.02)
    elsewhere = Cipher(new_ring())
    assert [other_drawn(elsewhere, one, PLAIN, 300) for one in ids] != mine, "another house's key draws otherwise"


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), per_mille=st.integers(1, 900), learned=st.booleans())
def test_the_parts_are_all_candidates_once_in_their_order(db: Database, data: st.DataObject, per_mille: int, learned: bool) -> None:
    ids = [uuid7() for _ in range(data.draw(st.integers(0, 40)))]
    preferred = {one for one in ids if data.draw(st.booleans())} if learned else set()
    with db.session() as session:
        parts = parts_of_day(session, db.cipher, TemplateTrial("consumer@1", PLAIN, per_mille), ids, preferred, model="m" if learned else "")
    assert parts[0].template == "consumer@1" and all(part.cases for part in parts[1:])
    assert sorted(one for part in parts for one in part.cases) == sorted(map(str, ids))
    place = {str(one): at for at, one in enumerate(ids)}
    assert all(place[a] < place[b] for part in parts for a, b in pairwise(part.cases))
    share = in_force_per_mille(per_mille) if learned else per_mille
    for part in parts:
        assert part.preferred == {str(one) for one in preferred} & set(part.cases)
        for one in part.cases:
            away = other_drawn(db.cipher, UUID(one), PLAIN, share)
            assert (part.template == PLAIN) == ((UUID(one) in preferred) != away)


# ---- the setting ----


@pytest.mark.parametrize("value", ["plain@1", "plain@1:0", "plain@1:901", "plain@1:-3", "plain:300", "plain@1:30.5", "plain@1: 300", "plain@1:0300"])
def test_a_trial_that_cannot_be_read_is_refused(value: str) -> None:
    with pytest.raises(WrongUsage, match="无法识别"):
        trial_in({"template_trial": value})


def test_a_trial_compares_words_and_nothing_else() -> None:
    assert trial_in({"template_trial": f" {PLAIN}:300 "}) == TemplateTrial("consumer@1", PLAIN, 300)
    assert trial_in({}) is None and trial_in({"template_trial": ""}) is None
    with pytest.raises(WrongUsage, match="就是常用模板"):
        trial_in({"template_trial": "consumer@1:300"})
    with pytest.raises(WrongUsage, match="致联系人的转告函"):
        trial_in({"template_trial": "relay@1:300"})
    for other, what in (("settlement@1", "所述事实"), ("statement@1", "所述事实"), ("micro@1", "必备部分")):
        with pytest.raises(WrongUsage, match=f"不只是措辞不同.*{what}"):
            trial_in({"template_trial": f"{other}:300"})


# ---- planning ----


def test_without_the_setting_nothing_is_drawn(house: Database, keep) -> None:
    keep(*(compose_case(number) for number in range(6)))
    result = plan(house)
    assert result.templates == (("consumer@1", 6),) and len(result.batches) == 1
    with house.session() as session:
        assert all(TEMPLATES not in (one.offer or {}) for one in session.scalars(select(Decision)))


def test_a_day_is_planned_in_two_parts_and_told_as_one(trying: Database) -> None:
    result = plan(trying)
    assert (result.planned, result.candidates, result.first, len(result.batches)) == (CASES, CASES, CASES, 2)
    (ordinary, first), (second, drawn) = result.templates
    assert (ordinary, second, first + drawn) == ("consumer@1", PLAIN, CASES) and 3 <= drawn <= 17
    with trying.session() as session:
        rows = list(session.scalars(select(Decision)))
        assert len(rows) == len({one.case_id for one in rows}) == CASES
        for one in rows:
            took = other_drawn(trying.cipher, one.case_id, PLAIN, 400)
            assert one.offer is not None
            assert one.offer[TEMPLATES] == {"ordinary": "consumer@1", "second": PLAIN, "given": "second" if took else "ordinary", "chance": 0.4}
            offer_kept(one.offer)
        for batch_no, template in zip(result.batches, ("consumer@1", PLAIN), strict=True):
            batch = batch_by_no(session, batch_no)
            assert batch.template == template
            for piece in live_pieces(session, trying.cipher, batch):
                text = compose(load_bundle(template), piece.fields).text
                assert (SOFTER in text) == (template == PLAIN)
                assert other_drawn(trying.cipher, piece.case_id, PLAIN, 400) == (template == PLAIN)
        assert list(session.scalars(select(LetterNumber.number).order_by(LetterNumber.number))) == list(range(1, CASES + 1))
        told = explain_case(session, trying.cipher, "DEMO", compose_case(0).case_no, None)["inputs"]
        assert told["template_draw"]["second"] == PLAIN
        said = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "batch.planned").order_by(AuditEntry.seq)).all()
        assert [(one["template"], one["drawn_between"], one["choice"]) for one in said] == [(one, f"consumer@1 / {PLAIN}", "") for one in ("consumer@1", PLAIN)]
    again = plan(trying)
    assert (again.planned, again.already, again.batches) == (0, CASES, ())


def test_wording_is_all_that_differs(trying: Database) -> None:
    """Amounts, addressee, address and product of every letter are those of the same case planned without a trial."""
    plan(trying)

    def facts() -> dict[str, dict[str, object]]:
        numbered = ("letter_no", "item_no", "verification_code", "template")
        with trying.session() as session:
            return {
                piece.case_no: {name: value for name, value in json.loads(piece.fields.to_json()).items() if name not in numbered}
                for batch in session.scalars(select(Batch).where(~Batch.id.in_(voided)))
                for piece in live_pieces(session, trying.cipher, batch)
            }

    voided: list[UUID] = []
    tried = facts()
    with trying.session() as session:
        for batch in session.scalars(select(Batch)):
            void_batch(session, batch, "试", actor="test", clock=trying.clock)
            voided.append(batch.id)
    try_out(trying, "")
    assert plan(trying).templates == (("consumer@1", CASES),)
    assert facts() == tried


def test_both_batches_go_their_way(trying: Database) -> None:
    result = plan(trying)
    for batch_no in result.batches:
        write_sample(trying, batch_no, None, actor="lawyer:L001")
        with trying.session() as session:
            release_batch(session, trying.cipher, batch_by_no(session, batch_no), "L001", clock=trying.clock)
        print_batch(trying, batch_no, actor="test", workers=1)
        folder = seal(trying, batch_no, actor="test", workers=1)
        hand_over(trying, batch_no, actor="test", workers=1)
        assert verify_batch(folder, count_pages=True) == []


def test_a_template_that_a_person_asks_for_is_for_all(trying: Database) -> None:
    result = plan(trying, template="consumer@1")
    assert result.templates == (("consumer@1", CASES),)
    with trying.session() as session:
        assert all(TEMPLATES not in (one.offer or {}) for one in session.scalars(select(Decision)))


def test_an_unapproved_second_template_goes_to_nobody(house: Database, keep) -> None:
    """R-LAW-05 stands before every letter; who was drawn to the template that nobody approved is not written to in other words."""
    file_it(house)
    try_out(house)
    keep(*(compose_case(number) for number in range(CASES)))
    result = plan(house)
    (_, first), (second, drawn) = result.templates
    assert (second, drawn) == (PLAIN, 0) and first + result.held + result.refused == CASES and 3 <= CASES - first <= 17
    assert set(letters(house).values()) == {"consumer@1"}
    with house.session() as session:
        stopped = [row for row in decision_rows(session, DAY) if row["verdict"] != "planned"]
        assert all("R-LAW-05" in str(row["rules"]) for row in stopped)


def test_an_unfiled_second_template_is_not_released_and_the_other_is(house: Database, keep) -> None:
    approve(house)
    try_out(house)
    keep(*(compose_case(number) for number in range(CASES)))
    first, second = plan(house).batches
    for batch_no in (first, second):
        write_sample(house, batch_no, None, actor="lawyer:L001")
    with house.session() as session:
        release_batch(session, house.cipher, batch_by_no(session, first), "L001", clock=house.clock)
        with pytest.raises(NotReleasable, match=f"模板 {PLAIN} 的这一版本未向资方 DEMO 备案（R-OUT-03）"):
            release_batch(session, house.cipher, batch_by_no(session, second), "L001", clock=house.clock)
    file_it(house)
    with house.session() as session:
        assert release_batch(session, house.cipher, batch_by_no(session, second), "L001", clock=house.clock).letters


# ---- killed and run again ----


def snapshot(db: Database) -> list[tuple[object, ...]]:
    """All that a day comes to, without ids made by chance: batch, number, template, case, position, letter number, hash of the fields."""
    with db.session() as session:
        return [
            tuple(row)
            for row in session.execute(
                select(Batch.batch_no, Batch.template, Batch.letters_sha256, Case.case_no, Letter.position, Letter.letter_no, Letter.fields_sha256)
                .join(Letter, Letter.batch_id == Batch.id).join(Case, Case.id == Letter.case_id).order_by(Letter.letter_no)
            )
        ]  # fmt: skip


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, name: str, after: int) -> Iterator[None]:
    """A kill when ``planning.<name>`` is called once more than ``after`` times."""
    whole, calls = getattr(planning, name), []

    def until(*args: object, **more: object) -> object:
        if len(calls) == after:
            raise KeyboardInterrupt
        calls.append(1)
        return whole(*args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(planning, name, until)
        with pytest.raises(KeyboardInterrupt):
            yield


@pytest.mark.parametrize(
    ("name", "after"), [("plan_args", 1), ("run_stage", 0), ("run_stage", 1), ("allot", 0), ("make_batches", 0), ("make_batches", 1), ("low_numbers", 0), ("low_numbers", 1)]
)
def test_killed_anywhere_and_run_again_the_day_is_the_same(trying: Database, monkeypatch: pytest.MonkeyPatch, name: str, after: int) -> None:
    with killed_at(monkeypatch, name, after):
        plan(trying)
    # What a person changes in between is for the next planning.
    if name != "plan_args":
        try_out(trying, "")
    result = plan(trying)
    assert (result.planned, len(result.batches), len(result.templates)) == (CASES, 2, 2)
    found = snapshot(trying)
    with trying.session() as session:
        assert session.scalar(select(func.count()).select_from(Planning)) == 2
        for case_no, template in letters(trying).items():
            case_id = session.scalar(select(Case.id).where(Case.case_no == case_no))
            assert case_id is not None
            assert (template == PLAIN) == other_drawn(trying.cipher, case_id, PLAIN, 400)
    assert [row[1] for row in found] == sorted(row[1] for row in found), "the ordinary template's batch comes first"
    assert [row[0] for row in found] == ["B20261120-01"] * result.templates[0][1] + ["B20261120-02"] * result.templates[1][1]
    assert [str(row[5])[-7:] for row in found] == [f"{number:06d}号" for number in range(1, CASES + 1)]


def test_a_person_asking_for_a_template_waits_until_the_day_is_whole(trying: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with killed_at(monkeypatch, "make_batches", 1):
        plan(trying)
    with pytest.raises(WrongUsage, match="尚未完成"):
        plan(trying, template="consumer@1")
    assert len(plan(trying).batches) == 2


def test_one_voided_batch_is_planned_again_as_it_was_drawn(trying: Database) -> None:
    first = plan(trying)
    drawn = {case_no for case_no, template in letters(trying).items() if template == PLAIN}
    with trying.session() as session:
        void_batch(session, batch_by_no(session, first.batches[1]), "试", actor="test", clock=trying.clock)
    again = plan(trying)
    assert again.templates == (("consumer@1", 0), (PLAIN, len(drawn)))
    assert {case_no for case_no, template in letters(trying).items() if template == PLAIN} == drawn


# ---- limits over both ----


@pytest.mark.parametrize("order", [None, "value"])
def test_a_budget_holds_over_both_parts_and_the_draw_has_no_say_in_it(trying: Database, order: str | None) -> None:
    result = plan(trying, budget_fen=9 * 420, order=order)
    assert (result.planned, result.held) == (9, CASES - 9)
    with_trial = set(letters(trying))
    assert set(letters(trying).values()) == {"consumer@1", PLAIN}
    with trying.session() as session:
        for batch in session.scalars(select(Batch)):
            void_batch(session, batch, "试", actor="test", clock=trying.clock)
    try_out(trying, "")
    assert plan(trying, budget_fen=9 * 420, order=order).planned == 9
    assert set(letters(trying)) == with_trial, "the same cases go, tried or not"


def test_the_lawyers_day_holds_over_both_parts_and_over_a_second_planning(trying: Database) -> None:
    with trying.session() as session:
        firm = firm_by_code(session, "F1")
        set_capacity(session, firm, lawyer_of(session, firm, "L001"), 10, actor="test", clock=trying.clock)
    assert plan(trying).planned == 10
    assert plan(trying).planned == 0


def add_second(house: Database) -> None:
    """Lender SECOND with twelve cases and no trial."""
    with house.session() as session:
        demo = lender_by_code(session, "DEMO")
        own = {name: value for name, value in demo.settings.items() if name != "template_trial"}
        parties.add_lender(session, "SECOND", "示例小额贷款有限公司", LenderKind.CONSUMER_FINANCE, own, "test", house.clock)
        session.flush()
        second = lender_by_code(session, "SECOND")
        file = CaseFile(id=uuid7(), lender_id=second.id, sha256=uuid7().hex, name="b.xlsx", size=1, as_of=DAY, imported_at=house.clock(), report=b"", counts={})
        session.add(file)
        session.flush()
        keep_cases(session, house.cipher, second.id, file.id, [compose_case(number) for number in range(40, 52)], actor="test", clock=house.clock)


def test_lenders_share_places_fairly_though_one_tries_two_templates(trying: Database) -> None:
    add_second(trying)
    results = plan_lenders(trying, ["DEMO", "SECOND"], DAY, actor="test", workers=1, total_budget_fen=8 * 420)
    assert [(one.lender, one.planned, len(one.templates)) for one in results] == [("DEMO", 4, 2), ("SECOND", 4, 1)], "two templates are no two turns"


def test_killed_after_the_dealing_both_parts_keep_their_places(trying: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    add_second(trying)
    with trying.session() as session:
        set_capacity(session, firm_by_code(session, "F1"), lawyer_of(session, firm_by_code(session, "F1"), "L001"), 10, actor="test", clock=trying.clock)
    with killed_at(monkeypatch, "make_batches", 1):
        plan(trying)
    assert plan_lender(trying, "SECOND", DAY, actor="test", workers=1).planned == 0, "all places of the lawyer's day are dealt out already"
    assert plan(trying).planned == 10


def test_a_forecast_tells_what_the_planning_then_does(trying: Database) -> None:
    found = forecast(trying, ["DEMO"], DAY, days=2, budget_fen=9 * 420)
    (lender,) = found.lenders
    assert (lender.template, lender.candidates, lender.planned.letters, lender.first_day) == (f"consumer@1,{PLAIN}", CASES, CASES, 9)
    assert [one.sum.letters for one in found.days] == [9, 9]
    assert plan(trying, budget_fen=9 * 420).planned == 9


# ---- beside the control group ----


def test_who_waits_is_drawn_apart_from_who_is_written_to_how(trying: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "effective_policy", lambda *_a, **_k: Policy(control_per_mille=200))
    trying.clock = lambda: datetime(DAY.year, DAY.month, DAY.day, 4, tzinfo=UTC)
    result = plan(trying)
    with trying.session() as session:
        rows = list(session.scalars(select(Decision)))
    waiting = [one for one in rows if "H-CONTROL" in one.rule_ids]
    assert 0 < len(waiting) == CASES - result.planned
    for one in rows:
        assert one.offer is not None
        assert one.offer["control"]["drawn"] == (one in waiting)
        assert (one.offer[TEMPLATES]["given"] == "second") == other_drawn(trying.cipher, one.case_id, PLAIN, 400)


# ---- afterwards ----


def test_a_letter_of_a_trial_is_of_both_templates_series(trying: Database) -> None:
    """Whichever words a debtor got, it was the letter: while it may still arrive, or has, no other of the two goes."""
    result = plan(trying)
    for batch_no in result.batches:
        write_sample(trying, batch_no, None, actor="lawyer:L001")
        with trying.session() as session:
            release_batch(session, trying.cipher, batch_by_no(session, batch_no), "L001", clock=trying.clock)
        print_batch(trying, batch_no, actor="test", workers=1)
        seal(trying, batch_no, actor="test", workers=1)
        hand_over(trying, batch_no, actor="test", workers=1)
    tomorrow = DAY + timedelta(1)
    assert (later := plan(trying, tomorrow)).planned == 0 and later.templates == (("consumer@1", 0),), "nobody is drawn twice"
    assert plan(trying, tomorrow, template=PLAIN).planned == 0
    try_out(trying, "")
    assert plan(trying, tomorrow).planned == 0, "nor after the trial has ended"


def test_what_was_drawn_goes_with_the_case(trying: Database) -> None:
    plan(trying)
    with trying.session() as session:
        case = session.scalars(select(Case).order_by(Case.case_no)).first()
        assert case is not None
        erase_cases(session, trying.cipher, lender_by_code(session, "DEMO"), [case.id], by="张示例", reason="试", actor="test", clock=trying.clock)
        assert session.scalars(select(Decision.offer).where(Decision.case_id == case.id)).all() == [None]
