"""A batch closes when every piece is accounted for, never with a gap, whatever came in whatever order."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from letters.batch.closing import NotClosable, close_batch
from letters.batch.lookup import batch_by_no, step_of
from letters.batch.postage import settle_differences
from letters.batch.state import BatchStep
from letters.batch.view import list_batches
from letters.gate.papers import Paper
from letters.post.account import accounts
from letters.post.gaps import find_gaps, gaps_of, pieces_of
from letters.post.proofs import note_proofs, owed_proofs, proof_gaps
from letters.post.settling import settle
from letters.post.standing import batch_facts
from letters.tables import (
    Acknowledgement,
    AnswerFile,
    BatchEvent,
    Letter,
    Partner,
    Piece,
    PostEventRow,
    QuarantinedRow,
)
from records.clock import SHANGHAI
from records.database import Database
from records.errors import NeedsDecision, WrongUsage
from records.identity import uuid7
from tests.letters.batch.conftest import DAY
from tests.letters.worked import Worked

PAPER = Paper("ab" * 32, "答复.pdf")
NOON = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=SHANGHAI)


class Post:
    """Writes the post's answers straight into the records, within one session."""

    def __init__(self, db: Database, session: Session, batch_no: str) -> None:
        self.db, self.session, self.batch = db, session, batch_by_no(session, batch_no)
        self.items = list(
            session.scalars(
                select(Piece.item_no).join(Letter, Letter.id == Piece.letter_id).where(Letter.batch_id == self.batch.id).order_by(Piece.item_no)
            )
        )
        self._count = 0

    def _file(self, kind: str, sequence: int | None = None) -> AnswerFile:
        self._count += 1
        partner = self.session.scalars(select(Partner)).one()
        file = AnswerFile(
            id=uuid7(), partner_id=partner.id, sha256=uuid7().hex, name=f"{self._count}.csv", kind=kind, sequence=sequence,
            received_at=NOON + timedelta(hours=self._count), counts={},
        )  # fmt: skip
        self.session.add(file)
        self.session.flush()
        return file

    def acknowledge(self, item: str, *, accepted: bool = True, weight_g: int | None = None, more_fen: int = 0) -> None:
        """The post takes the piece and charges what was computed, or ``more_fen`` more; or it refuses it."""
        file = self._file("acknowledgement")
        fen = self.session.scalars(select(Piece.postage_fen).where(Piece.item_no == item)).one() or 0
        self.session.add(
            Acknowledgement(
                id=uuid7(), file_id=file.id, batch_id=self.batch.id, item_no=item, accepted=accepted, reason="" if accepted else "超重",
                weight_g=weight_g, postage_fen=fen + more_fen if accepted else None,
            )
        )  # fmt: skip
        self.session.flush()

    def tell(self, item: str, hours: int, action: str, proper: str = "", not_proper: str = "", *, effective: bool = True) -> None:
        file, key = self._file("events"), uuid7()
        self.session.add(
            PostEventRow(
                id=key, file_id=file.id, item_no=item, serial="", occurred_at=NOON + timedelta(hours=hours), office="局", action=action,
                proper_delivery=proper, not_proper_delivery=not_proper, description_sealed=b"", effective=effective, digest=key.bytes,
            )
        )  # fmt: skip
        self.session.flush()

    def deliver(self, item: str, proper: str = "10") -> None:
        self.tell(item, 1, "00")
        self.tell(item, 20, "50")
        self.tell(item, 30, "10", proper)

    def close(self) -> bool:
        """Whether the batch could be closed."""
        try:
            close_batch(self.session, self.db.cipher, self.batch, by="张三", actor="test", clock=self.clock)
        except NotClosable:
            return False
        self.session.flush()
        return True

    def clock(self) -> datetime:
        return NOON + timedelta(days=60)

    def gaps(self, *, every: bool = True) -> dict[str, int]:
        facts = batch_facts(self.session, [self.batch.id])
        return {gap.code: gap.count for gap in gaps_of(self.session, self.clock, batches=facts, every=every).gaps}

    def settle(self, code: str, **more: Any) -> int:
        return settle(
            self.session, self.batch, code, by="张三", reason="已处理", actor="test", clock=self.clock, **{"evidence": PAPER, **more}
        ).pieces


@pytest.fixture
def posted(houses: Callable[[str, int], Worked[str]], tmp_path: Path) -> Iterator[tuple[Database, str]]:
    made = houses("handed over", 4)
    with made.copy(tmp_path / "house") as db:
        yield db, made.found


def test_a_batch_closes_with_its_last_piece_and_new_facts_open_it_again(posted) -> None:
    db, batch_no = posted
    with db.session() as session:
        post = Post(db, session, batch_no)
        assert not post.close()
        assert post.gaps() == {"NO_ACKNOWLEDGEMENT": 4}
        for item in post.items:
            post.acknowledge(item)
            post.deliver(item)
            assert post.close() is (item == post.items[-1])
        assert step_of(session, post.batch) is BatchStep.CLOSED
        assert [row["step"] for row in list_batches(session)] == [BatchStep.CLOSED]
        assert find_gaps(session, post.clock) == []
        again = close_batch(session, db.cipher, post.batch, by="张三", actor="test", clock=post.clock)
        assert again.already

        post.tell(post.items[0], 30, "10", "10", effective=False)  # the delivery is taken back weeks later
        assert {gap.code: gap.count for gap in find_gaps(session, post.clock)} == {"CLOSED_NEW_FACTS": 1, "STUCK_IN_TRANSIT": 1}
        assert [row["step"] for row in list_batches(session)] == [BatchStep.HANDED_OVER]
        assert not post.close()
        post.tell(post.items[0], 90, "10", "14")
        assert post.gaps() == {"CLOSED_NEW_FACTS": 2}
        assert post.close()
        assert find_gaps(session, post.clock) == []
        (account,) = accounts(session)
        assert (account.step, account.figures()["妥投"], account.figures()["退回"], account.differences) == ("已结清", 3, 1, 0)
        closings = session.scalars(select(BatchEvent).where(BatchEvent.kind == "closed")).all()
        assert sorted(event.detail["counts"]["妥投"] for event in closings) == [3, 4]


def test_what_facts_will_not_close_a_person_settles_and_new_facts_open_it(posted) -> None:
    db, batch_no = posted
    with db.session() as session:
        post = Post(db, session, batch_no)
        lost, refused, odd, good = post.items
        for item in (lost, odd, good):
            post.acknowledge(item, weight_g=999 if item == odd else None)
        post.acknowledge(refused, accepted=False)
        post.deliver(odd)
        post.deliver(good)
        post.tell(lost, 1, "00")
        assert post.gaps() == {"REFUSED_BY_POST": 1, "OTHER_FIGURES": 1, "STUCK_IN_TRANSIT": 1}
        with pytest.raises(WrongUsage, match="须附证据"):
            post.settle("STUCK_IN_TRANSIT", evidence=None)
        with pytest.raises(WrongUsage, match="没有"):
            post.settle("LOST_PIECE")
        with pytest.raises(WrongUsage, match="没有"):
            post.settle("STUCK_IN_TRANSIT", items=[good])
        with pytest.raises(WrongUsage, match="只有新的事实"):
            post.settle("CLOSED_NEW_FACTS")
        assert [post.settle(code) for code in ("STUCK_IN_TRANSIT", "STUCK_IN_TRANSIT", "REFUSED_BY_POST")] == [1, 0, 1]
        assert post.settle("OTHER_FIGURES", items=[odd], evidence=None) == 1
        assert post.gaps() == {}
        assert post.close()

        post.tell(lost, 50, "40")  # it moves after all
        assert post.gaps() == {"STUCK_IN_TRANSIT": 1, "CLOSED_NEW_FACTS": 1}
        (facts,) = batch_facts(session, [post.batch.id])
        (named,) = pieces_of(session, post.clock, facts, "STUCK_IN_TRANSIT", every=True)
        assert (named.item_no, named.place) == (lost, "未结")
        post.tell(lost, 60, "10", "10")
        assert post.close()
    for table in ("gap_settlement", "settled_piece"):
        with pytest.raises(Exception, match="append-only"), db.session() as session:
            session.execute(text(f"DELETE FROM {table}"))


def test_a_postage_difference_keeps_the_batch_open_until_it_is_worked_off(posted) -> None:
    db, batch_no = posted
    with db.session() as session:
        post = Post(db, session, batch_no)
        for item in post.items:
            post.acknowledge(item, more_fen=80 if item == post.items[0] else 0)
            post.deliver(item)
        assert post.gaps() == {"OTHER_FIGURES": 1}
        with pytest.raises(NotClosable) as refused:
            close_batch(session, db.cipher, post.batch, by="张三", actor="test", clock=post.clock)
        assert {gap.code for gap in refused.value.gaps} == {"OTHER_FIGURES", "POSTAGE_OPEN"}
        settle_differences(
            session, post.batch, items=post.items[:1], reason="复称属实", by="张三", actor="test", clock=post.clock
        )
        assert post.gaps() == {}
        assert post.close()


def test_a_quarantined_row_that_names_a_piece_keeps_its_batch_open(posted) -> None:
    db, batch_no = posted
    with db.session() as session:
        post = Post(db, session, batch_no)
        for item in post.items:
            post.acknowledge(item)
            post.deliver(item)
        file, key = post._file("events"), uuid7()
        content = db.cipher.seal("quarantined_row.content", key, f'{{"form": "push", "values": {{"mailnum": "{post.items[2]}"}}}}')
        row = QuarantinedRow(id=key, file_id=file.id, row=2, code="UNKNOWN_CODE", what="未知", content_sealed=content, resolved_at=None, resolved_by=None)
        session.add(row)
        session.flush()
        with pytest.raises(NotClosable) as fault:
            close_batch(session, db.cipher, post.batch, by="张三", actor="test", clock=post.clock)
        assert [(gap.code, gap.count) for gap in fault.value.gaps] == [("QUARANTINED_PIECE", 1)]
        row.resolved_at = post.clock()
        session.flush()
        assert post.close()


def test_no_order_of_answers_closes_a_batch_with_a_gap(posted) -> None:
    """Against a slow, obvious reference: closed only if each piece was taken and has one clear end."""
    db, batch_no = posted
    for seed in range(14):
        chance = random.Random(seed)
        with suppress(_Enough), db.session() as session:
            post = Post(db, session, batch_no)
            acts: list[Callable[[], None]] = []
            ended: set[str] = set()
            for item in post.items:
                fate = chance.choice(("delivered", "delivered", "delivered", "returned", "silent", "refused", "twice"))
                acts += _story(post, item, fate, ended)
            chance.shuffle(acts)
            for act in acts:
                act()
                if chance.random() < 0.4:
                    _check(post)
            _check(post)
            raise _Enough


class _Enough(Exception):
    """Takes everything back."""


def _story(post: Post, item: str, fate: str, _ended: set[str]) -> list[Callable[[], None]]:
    took = [lambda: post.acknowledge(item), lambda: post.tell(item, 1, "00"), lambda: post.tell(item, 20, "50")]
    return {
        "delivered": [*took, lambda: post.tell(item, 30, "10", "10")],
        "returned": [*took, lambda: post.tell(item, 25, "20", "", "102"), lambda: post.tell(item, 40, "10", "14")],
        "silent": took[:1],
        "refused": [lambda: post.acknowledge(item, accepted=False)],
        "twice": [*took, lambda: post.tell(item, 30, "10", "10"), lambda: post.tell(item, 50, "10", "14")],
    }[fate]


def _clear_end(post: Post, item: str) -> bool:
    told = post.session.execute(
        select(PostEventRow.action, PostEventRow.proper_delivery, PostEventRow.occurred_at).where(PostEventRow.item_no == item)
    ).all()
    ends = [at for action, _, at in told if action == "10"]
    taken = post.session.scalar(select(Acknowledgement.accepted).where(Acknowledgement.item_no == item))
    return taken is True and len(ends) == 1 and all(at <= ends[0] for _, _, at in told)


def _check(post: Post) -> None:
    clear = all(_clear_end(post, item) for item in post.items)
    assert post.close() is clear
    if not clear:
        assert post.gaps()


def test_a_batch_that_never_left_or_was_voided_is_not_closed(house, keep, composed) -> None:
    from letters.batch.planning import plan_lender
    from letters.batch.voiding import void_batch

    keep(composed(0))
    batch_no = plan_lender(house, "DEMO", DAY, actor="test", workers=1).batch_no
    with house.session() as session:
        batch = batch_by_no(session, batch_no)
        with pytest.raises(NeedsDecision, match="尚未交寄"):
            close_batch(session, house.cipher, batch, by="张三", actor="test", clock=house.clock)
        with pytest.raises(WrongUsage, match="谁负责"):
            close_batch(session, house.cipher, batch, by=" ", actor="test", clock=house.clock)
        void_batch(session, batch, "模板有误", actor="test", clock=house.clock)
        session.flush()
        with pytest.raises(WrongUsage, match="已作废"):
            close_batch(session, house.cipher, batch, by="张三", actor="test", clock=house.clock)
        assert [gap.code for gap in find_gaps(session, house.clock)] == []


def test_proofs_are_owed_from_the_ninth_month_asked_answered_or_missed(posted) -> None:
    db, batch_no = posted

    def day(days: int) -> datetime:
        return NOON + timedelta(days=days)

    with db.session() as session:
        post = Post(db, session, batch_no)
        for item in post.items[:3]:
            post.acknowledge(item)
            post.deliver(item)

        def due(days: int) -> dict[str, int]:
            return {gap.code: gap.count for gap in find_gaps(session, lambda: day(days)) if gap.code.startswith("PROOF")}

        assert [due(days) for days in (269, 270)] == [{}, {"PROOF_DUE": 3}]
        owed = list(owed_proofs(session, day(280).date()))
        assert [one.item_no for one in owed] == post.items[:3]
        assert (owed[0].last_day, owed[0].days_left) == (DAY.replace(year=DAY.year + 1), 85)
        common = {"on_date": day(280).date(), "reference": "CX-1", "actor": "test", "clock": post.clock}
        with pytest.raises(WrongUsage, match="须附凭证"):
            note_proofs(session, post.items[:1], "received", evidence=None, **common)
        with pytest.raises(WrongUsage, match="不是已交寄"):
            note_proofs(session, ["XA99999999999"], "asked", evidence=None, **common)
        assert [note_proofs(session, post.items[:2], "asked", evidence=None, **common) for _ in range(2)] == [2, 0]
        assert note_proofs(session, post.items[:1], "received", evidence=PAPER, **common) == 1
        assert due(300) == {"PROOF_DUE": 1}
        assert due(310) == {"PROOF_DUE": 1, "PROOF_UNANSWERED": 1}
        assert due(366) == {"PROOF_MISSED": 2}
        post.clock = lambda: day(366)  # type: ignore[method-assign]
        assert post.settle("PROOF_MISSED", evidence=None) == 2
        assert due(366) == {}
        assert list(proof_gaps(session, day(366).date())) == []
