"""What became of a letter decides the next one, through planning on a real database: by reason, never two at once."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from letters.batch.consequence_view import address_facts, consequence_report, letter_consequence
from letters.batch.letterview import find_letter
from letters.batch.lookup import batch_by_no
from letters.batch.planning import PlanResult, plan_lender
from letters.batch.policies import adopt
from letters.batch.pulling import due
from letters.batch.ruling import rule_on
from letters.batch.training_labels import COLUMNS, delivery_labels
from letters.post import deaths, outcomes, store
from letters.post.codes import code_table_with
from letters.post.consequences import Follow
from letters.post.store import import_answer
from letters.rules.policyfile import read_policy
from letters.tables import Letter, Piece
from locate.case import AddressKind, CaseRecord, GivenAddress, Source, StopKind
from locate.stops import case_by_no, resume_case
from locate.tables import Case, CaseAddress, CaseStop, Decision
from records.database import Database
from records.errors import NeedsDecision
from tests.letters.batch.conftest import HEADER

DAY = date(2026, 11, 20)
RETURNED = (DAY + timedelta(days=6), "10", "14", "")
TAKEN = (DAY + timedelta(days=1), "00", "", "")


def failed(code: str) -> tuple[date, str, str, str]:
    return (DAY + timedelta(days=3), "20", "", code)


@pytest.fixture
def two_places(composed: Callable[..., CaseRecord]) -> Callable[[int], CaseRecord]:
    """A case with an address of contract and another, less likely one."""

    def make(number: int) -> CaseRecord:
        one = composed(number)
        second = GivenAddress(
            2, f"湖北省武汉市江岸区中山大道{number + 900}号3栋1单元{number % 20 + 1}02室", AddressKind.BILLING, Source.RESERVED, "本人预留",
            f"YL-{number}", date(2024, 1, 15), DAY,
        )  # fmt: skip
        return replace(one, addresses=(*one.addresses, second))

    return make


@pytest.fixture(autouse=True)
def patient(house: Database) -> None:
    """Amounts may be a month old: what is tried here is the letters' rhythm."""
    document = read_policy("format = 1\n[house]\nmax_as_of_age_days = 60\n", "test")
    with house.session() as session:
        adopt(session, document, by="张某", reason="试", actor="test", clock=house.clock)


@pytest.fixture
def posted(house, keep, two_places, send) -> dict[str, str]:
    """Case number → item number of its first letter, handed over."""
    keep(*(two_places(number) for number in range(6)))
    send(DAY)
    with house.session() as session:
        rows = session.execute(select(Case.case_no, Piece.item_no).join(Letter, Letter.case_id == Case.id).join(Piece, Piece.letter_id == Letter.id))
        return dict(rows.all())


def again(db: Database, days: int) -> PlanResult:
    return plan_lender(db, "DEMO", DAY + timedelta(days=days), actor="test", workers=1)


def addresses_of(db: Database, case_no: str) -> list[int]:
    with db.session() as session:
        return list(
            session.scalars(
                select(CaseAddress.ordinal).join(Letter, Letter.address_id == CaseAddress.id).join(Case, Case.id == Letter.case_id)
                .where(Case.case_no == case_no).order_by(Letter.day)
            )
        )  # fmt: skip


def rules_of(db: Database, case_no: str, days: int) -> set[str]:
    with db.session() as session:
        query = select(Decision.rule_ids).join(Case, Case.id == Decision.case_id)
        found = session.scalars(query.where(Case.case_no == case_no, Decision.day == DAY + timedelta(days=days)).order_by(Decision.made_at.desc()))
        return set(found.first() or ())


def voided(db: Database, folder: Path, item_no: str, day: date, action: str, proper: str) -> None:
    """The row that takes an event back."""
    path = folder / f"void-{item_no}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerow(["9", item_no, f"{day:%Y%m%d}", "110000", "某某局", action, proper, "", "", "0"])
    assert import_answer(db, "POST", path, actor="test").counts["quarantined"] == 0


def test_each_reason_leads_where_the_table_says(house, posted, track) -> None:
    moved, absent, refused, signed, silent, unclear = (f"T{number:05d}" for number in range(6))
    track(posted[moved], TAKEN, failed("126"), RETURNED)
    track(posted[absent], TAKEN, failed("103"), RETURNED)
    track(posted[refused], TAKEN, failed("104"), RETURNED)
    track(posted[signed], TAKEN, (DAY + timedelta(days=3), "10", "10", ""))
    track(posted[silent], TAKEN)
    track(posted[unclear], TAKEN, failed("130"), RETURNED)

    early = again(house, 8)  # results have not stood for long enough
    assert early.planned == 0 and early.waiting == 3
    assert "H-RTY-03" in rules_of(house, moved, 8)

    found = again(house, 14)
    assert (found.planned, found.first, found.retries) == (2, 0, 2)
    assert addresses_of(house, moved) == [1, 2], "moved: the next address"
    assert addresses_of(house, absent) == [1, 1], "absent: the same again"
    for case_no, rule_id in ((refused, "H-RTY-02"), (signed, "H-RTY-02"), (silent, "H-RTY-01"), (unclear, "H-RTY-04"), (moved, "H-RTY-05")):
        assert rule_id in rules_of(house, case_no, 14), case_no

    with house.session() as session:
        report = consequence_report(session, DAY + timedelta(days=14), "DEMO")
        assert {one.case_no: one.turn for one in report.waiting} == {unclear: "ask"}
        assert {row["reason"]: row["letters"] for row in report.reasons} == {
            "MOVED_UNKNOWN": 1, "NOT_AT_ADDR": 1, "REFUSED": 1, "OK_SELF": 1, "OPEN": 1, "OTHER": 1,
        }  # fmt: skip
        facts = address_facts(session, house.cipher, case_by_no(session, "DEMO", moved), DAY + timedelta(days=14))
        assert [(one["address"], one["person"], bool(one["shut"])) for one in facts] == [("invalid", "moved", True), ("unknown", "unknown", False)]
        letter, _ = find_letter(session, posted[refused])
        assert letter_consequence(session, letter)["reached"] == "refused"

    assert again(house, 20).planned == 0, "a second letter under way"
    with house.session() as session:
        assert session.scalar(select(func.count()).select_from(Letter)) == 8


def test_a_return_that_is_taken_back_pulls_the_retry_and_waits(house, posted, track, tmp_path) -> None:
    case_no = "T00000"
    track(posted[case_no], TAKEN, failed("126"), RETURNED)
    for number in range(1, 6):
        track(posted[f"T{number:05d}"], TAKEN, (DAY + timedelta(days=3), "10", "10", ""))
    retry = again(house, 14)
    assert retry.retries == 1
    voided(house, tmp_path, posted[case_no], RETURNED[0], "10", "14")
    with house.session() as session:
        (one,) = due(session, batch_by_no(session, str(retry.batch_no)))
        assert "仍可能投到" in one.reason


def test_a_person_says_what_follows_where_the_outcome_does_not(house, posted, track) -> None:
    case_no = "T00005"
    track(posted[case_no], TAKEN, failed("130"), RETURNED)
    common = {"by": "张某", "reason": "退批写明已迁", "day": DAY + timedelta(days=14), "actor": "test", "clock": house.clock}
    with house.session() as session:
        with pytest.raises(NeedsDecision, match="仍可能投到"):
            rule_on(session, house.cipher, posted["T00004"], Follow.NEXT, **common)
        rule_on(session, house.cipher, posted[case_no], Follow.NEXT, **common)
    assert again(house, 14).retries == 1
    assert addresses_of(house, case_no) == [1, 2]


def test_a_death_stops_every_case_of_the_debtor_and_a_person_clears_it(house, keep, two_places, send, track, monkeypatch) -> None:
    first, second = two_places(0), two_places(1)
    keep(first, replace(second, id_number=first.id_number, debtor_name=first.debtor_name))
    send(DAY)
    row = "notproperdelivery,190,收件人死亡,attempt_failed,,DECEASED,,V,,?,0,,,,\n"
    header = "field,code,name,kind,refined_by,norm,how,address,address_again,person,reached,train,evidence,voids,next_action\n"
    codes = code_table_with(header + row)
    monkeypatch.setattr(store, "table_in_force", lambda _session, _partner: codes)
    monkeypatch.setattr(outcomes, "tables_of", lambda _session, partners: dict.fromkeys(partners, codes))
    with house.session() as session:
        item = session.scalar(select(Piece.item_no).join(Letter, Letter.id == Piece.letter_id).join(Case).where(Case.case_no == "T00000"))
    track(str(item), TAKEN, failed("190"), RETURNED)
    with house.session() as session:
        stops = session.execute(select(Case.case_no, CaseStop.kind).join(CaseStop, CaseStop.case_id == Case.id).order_by(Case.case_no)).all()
        assert [tuple(one) for one in stops] == [("T00000", "deceased"), ("T00001", "deceased")]
        case = case_by_no(session, "DEMO", "T00000")
        resume_case(session, case, StopKind.DECEASED, "核实为同名", actor="test", clock=house.clock)
        session.flush()
        assert deaths.stop_dead_debtors(session, [(case.id, _letter_no(session, case))], house.clock) == 0, "a cleared stop stays so"
    assert again(house, 14).planned == 0
    assert "H-RTY-02" in rules_of(house, "T00000", 14)


def _letter_no(session, case: Case) -> str:
    return str(session.scalar(select(Letter.letter_no).where(Letter.case_id == case.id)))


def test_labels_are_of_a_point_in_time_and_hold_no_person(house, posted, track, tmp_path) -> None:
    track(posted["T00000"], TAKEN, failed("126"), RETURNED)
    track(posted["T00001"], TAKEN, (DAY + timedelta(days=3), "20", "", "117"))
    track(posted["T00002"], TAKEN, (DAY + timedelta(days=3), "10", "11", ""))
    track(posted["T00003"], TAKEN, failed("126"), RETURNED)
    voided(house, tmp_path, posted["T00003"], RETURNED[0], "10", "14")

    def labels(as_of) -> dict[str, tuple[object, ...]]:
        with house.session() as session:
            return {str(row[0]): row for row in delivery_labels(session, house.cipher, as_of)}

    now = labels(house.clock() + timedelta(days=1))
    said = sorted((row[COLUMNS.index("label")], row[COLUMNS.index("censored")]) for row in now.values())
    assert said == [("censored", "carrier_fault"), *[("censored", "pending")] * 3, ("moved", ""), ("other", "")]
    assert labels(house.clock() - timedelta(days=30)) == {}, "nothing had been handed over"
    text = repr(list(now.values()))
    with house.session() as session:
        for case in session.scalars(select(Case)):
            assert house.cipher.open("case.name", case.id, case.name_sealed) not in text
            assert bytes(case.id_bidx).hex() not in text
