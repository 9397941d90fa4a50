"""In whatever order steps, stops, payments, complaints, refusals, newer files and attacks come, nothing wrong is handed over.

One machine on real databases, with batches of a few letters. The model knows only what was recorded when; what the batch
room makes of it is read from the partner's place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from letters.answers.complaints import ComplaintKind, take_in
from letters.batch import parties
from letters.batch.handing import hand_over
from letters.batch.late import note_late
from letters.batch.lookup import batch_by_no, kinds_of
from letters.batch.planning import plan_lender
from letters.batch.preview import write_sample
from letters.batch.printing import print_batch
from letters.batch.register import check_register
from letters.batch.releasing import release_batch
from letters.batch.sealing import seal
from letters.batch.voiding import void_batch
from letters.post.manifest import read_manifest
from letters.post.verify import verify_batch
from letters.rules.policy import Policy
from letters.tables import Batch, Firm, Letter, LetterNumber, Piece
from locate.case import StopKind
from locate.contacts.store import record_opt_out
from locate.payments import BY_HAND, PaymentRow, record_payments
from locate.stops import case_by_no, stop_case
from locate.tables import Case
from records.database import Database
from records.errors import Broken, NeedsDecision, WrongUsage

DAY = date(2026, 11, 20)
CASES = 4
NUMBERS = st.integers(0, CASES - 1)
Open = Callable[[], AbstractContextManager[tuple[Database, Callable[..., None], Callable[..., Any]]]]


class Day(RuleBasedStateMachine):
    """A lender's few cases, and whoever does something to them."""

    open: Open

    def __init__(self) -> None:
        super().__init__()
        self._world = type(self).open()
        self.db, self.keep, self.composed = self._world.__enter__()
        self.day = DAY
        self.claims = dict.fromkeys(range(CASES), date(2026, 11, 18))
        self.blocked: set[str] = set()
        """Cases with a stop, a payment or a complaint that nothing has cleared."""
        self.planned: dict[str, set[str]] = {}
        """Cases of each batch that nothing has touched since it was planned."""
        self.handed: dict[str, Path] = {}
        self.tampered: set[str] = set()
        self.payments = 0

    def teardown(self) -> None:
        self._world.__exit__(None, None, None)

    @initialize()
    def cases_come(self) -> None:
        self.keep(*(self.composed(number) for number in range(CASES)))
        self.plan()

    def touch(self, number: int) -> None:
        case_no = f"T{number:05d}"
        for batch_no, cases in self.planned.items():
            if batch_no not in self.handed:
                cases.discard(case_no)

    def latest(self) -> str:
        return max(self.planned)

    @rule()
    def plan(self) -> None:
        self.day += timedelta(days=1)
        batch_no = plan_lender(self.db, "DEMO", self.day, actor="test", workers=1).batch_no
        if batch_no is None:
            return
        with self.db.session() as session:
            cases = set(
                session.scalars(
                    select(Case.case_no).join(Letter, Letter.case_id == Case.id).join(Batch, Batch.id == Letter.batch_id)
                    .where(Batch.batch_no == batch_no)
                )
            )  # fmt: skip
        assert not cases & self.blocked, "a blocked case is not even planned"
        self.planned[batch_no] = cases

    def step(self, what: Callable[[str], None]) -> None:
        """Do a step of the latest batch; that it is refused in its turn is no fault, that it breaks is one."""
        batch_no = self.latest()
        try:
            what(batch_no)
        except (NeedsDecision, WrongUsage):
            return
        except Broken:
            assert batch_no in self.tampered

    def release(self, batch_no: str) -> None:
        write_sample(self.db, batch_no, None, actor="lawyer:L001")
        with self.db.session() as session:
            release_batch(session, self.db.cipher, batch_by_no(session, batch_no), "L001", clock=self.db.clock)

    def print(self, batch_no: str) -> None:
        print_batch(self.db, batch_no, actor="test", workers=1)
        assert batch_no not in self.tampered, "printed under a release of other letters"

    def seal(self, batch_no: str) -> None:
        seal(self.db, batch_no, actor="test", workers=1)

    def hand_over(self, batch_no: str) -> None:
        before = batch_no in self.handed
        folder = Path(hand_over(self.db, batch_no, actor="test", workers=1))
        assert before or batch_no not in self.tampered
        self.handed[batch_no] = folder

    @precondition(lambda self: self.planned)
    @rule()
    def next_step(self) -> None:
        """The step whose turn it is; most of the time somebody does just that."""
        batch_no = self.latest()
        with self.db.session() as session:
            reached = len({"released", "printed", "sealed", "handed_over"} & kinds_of(session, batch_by_no(session, batch_no)))
        self.step(self.steps()[min(reached, 3)])

    @precondition(lambda self: self.planned)
    @rule()
    def another_step(self) -> None:
        self.next_step()

    @precondition(lambda self: self.planned)
    @rule(which=st.integers(0, 3))
    def odd_step(self, which: int) -> None:
        """A step out of its turn, or once more."""
        self.step(self.steps()[which])

    def steps(self) -> list[Callable[[str], None]]:
        return [self.release, self.print, self.seal, self.hand_over]

    @rule(number=NUMBERS, how=st.sampled_from(["stop", "payment", "objection", "newer_file", "opt_out"]), kind=st.sampled_from(list(StopKind)))
    def something_comes(self, number: int, how: str, kind: StopKind) -> None:
        """A message about a case."""
        with self.db.session() as session:
            case = case_by_no(session, "DEMO", f"T{number:05d}")
            common: dict[str, Any] = {"actor": "test", "clock": self.db.clock}
            if how == "stop":
                stop_case(session, case, kind, "资方通知", **common)
            elif how == "payment":
                self.payments += 1
                row = PaymentRow(0, case.case_no, self.day, 10_000, f"LS{self.payments}")
                record_payments(session, parties.lender_by_code(session, "DEMO"), [row, row], BY_HAND, **common)
            elif how == "objection":
                take_in(
                    session, self.db.cipher, case, ComplaintKind.OBJECTION, letter=None, channel="来电", what="称不欠款",
                    received_on=DAY, policy=Policy(), **common,
                )  # fmt: skip
            elif how == "opt_out":
                mobile = self.composed(number).contacts[0].mobile
                record_opt_out(session, self.db.cipher, mobile, how="来电", reason="不愿联系", **common)
        if how == "newer_file":
            self.claims[number] += timedelta(days=1)
            record = self.composed(number)
            self.keep(replace(record, claim=replace(record.claim, as_of=self.claims[number])))
        if how in ("stop", "payment", "objection"):
            self.blocked.add(case.case_no)
        if how != "opt_out":  # a contact's refusal is no stop of the debtor's letter
            self.touch(number)

    @precondition(lambda self: self.planned and self.latest() not in self.handed)
    @rule(attack=st.booleans())
    def end(self, attack: bool) -> None:
        """The batch is voided, or somebody changes a letter in the database."""
        batch_no = self.latest()
        with self.db.session() as session:
            batch = batch_by_no(session, batch_no)
            if not attack:
                void_batch(session, batch, "改日再发", actor="test", clock=self.db.clock)
                del self.planned[batch_no]
                return
            letter = session.scalars(select(Letter).where(Letter.batch_id == batch.id).order_by(Letter.position)).first()
            assert letter is not None
            letter.fields_sha256 = "0" * 64
        self.tampered.add(batch_no)

    @invariant()
    def only_what_may_go_was_handed_over(self) -> None:
        for batch_no, folder in self.handed.items():
            letters = [row.letter_no for row in read_manifest(folder / "manifest.csv")]
            with self.db.session() as session:
                went = set(
                    session.scalars(select(Case.case_no).join(Letter, Letter.case_id == Case.id).where(Letter.letter_no.in_(letters)))
                )
            assert went == self.planned[batch_no], "exactly the untouched cases"
            assert verify_batch(folder) == []

    @invariant()
    def what_came_too_late_is_known(self) -> None:
        for batch_no in self.handed:
            with self.db.session() as session:
                batch = batch_by_no(session, batch_no)
                note_late(session, batch, actor="test", clock=self.db.clock)
                session.flush()
                assert note_late(session, batch, actor="test", clock=self.db.clock) == []

    @invariant()
    def numbers_are_gapless_and_never_repeat(self) -> None:
        with self.db.session() as session:
            assert all(check.sound for check in check_register(session, session.scalars(select(Firm)).one()))
            for column in (LetterNumber.letter_no, Piece.item_no):
                assert session.scalar(select(func.count(column))) == session.scalar(select(func.count(column.distinct())))


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Open:
    """Opens a fresh house with its ``keep`` and ``composed``, as the other tests' fixtures make them."""
    from tests.letters.conftest import add_parties, compose_case, keeper, open_gate

    server, migrated = request.getfixturevalue("server"), request.getfixturevalue("migrated")
    plain = request.getfixturevalue("settings")

    @contextmanager
    def opened() -> Iterator[tuple[Database, Callable[..., None], Callable[..., Any]]]:
        import dataclasses
        import shutil

        from records.database import open_database

        with server.database(migrated) as url, open_database(dataclasses.replace(plain, database_url=url)) as db:
            add_parties(db)
            open_gate(db)
            yield db, keeper(db), compose_case
        for folder in (plain.workspace.batches, plain.workspace.outbox):
            shutil.rmtree(folder)
            folder.mkdir(mode=0o700)

    return opened


def test_no_order_of_events_lets_a_wrong_letter_be_handed_over(world: Open) -> None:
    machine = type("Day", (Day,), {"open": staticmethod(world)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck), database=None,
            phases=[Phase.generate],  # an example is seconds of real work: a long one that fails is told, not made shorter
        ),
    )
