"""Reading thousands of pieces by shape gives what reading each piece whole gives."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from letters.batch.lookup import batch_by_no
from letters.post import standing
from letters.post.codes import load_code_table
from letters.post.model import PostEvent
from letters.post.outcome import outcome
from letters.post.standing import _outcome_of, batch_facts, facts_of, standings
from letters.post.store import import_answer, post_outcomes
from letters.tables import Letter
from records.clock import SHANGHAI
from records.database import Database
from scripts.partner import simulate
from scripts.partner.simulator import Fault
from tests.letters.batch.conftest import send  # noqa: F401  a fixture

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=SHANGHAI)
CODES = [
    ("00", "", ""), ("40", "", ""), ("50", "", ""), ("20", "", "102"), ("20", "", "103"), ("10", "10", ""), ("10", "14", ""),
    ("10", "", ""), ("97", "", ""),
]  # fmt: skip
events = st.lists(
    st.builds(
        lambda hours, codes, effective: PostEvent("X", "", NOON + timedelta(hours=hours), "局", *codes, "", effective),
        st.integers(-30, 30), st.sampled_from(CODES), st.booleans(),
    ),
    min_size=1, max_size=7,
)  # fmt: skip


def shape_of(told: list[PostEvent]) -> tuple[str, list[datetime]]:
    """What the database makes of events, in words that can be read."""
    times = sorted({event.occurred_at for event in told})
    steps = {
        "\x1f".join(
            [f"{times.index(e.occurred_at) + 1:06d}", str(int(e.occurred_at.date() < DAY)), e.action, e.proper_delivery,
             e.not_proper_delivery, str(int(e.effective))]
        )
        for e in told
    }  # fmt: skip
    return "\x1e".join(sorted(steps)), times


@given(events)
def test_an_outcome_depends_on_the_order_of_times_alone(told) -> None:
    table = load_code_table()
    whole = outcome(told, table, handed_over_on=DAY)
    shape, times = shape_of(told)
    found = _outcome_of(shape, table)
    for name in ("state", "claimed", "how", "norm_code", "address", "person", "reached", "train", "evidence", "attempts", "voided", "anomalies"):
        assert getattr(found.outcome, name) == getattr(whole, name), name
    assert (None if found.accepted_rank is None else times[found.accepted_rank]) == whole.accepted_at


@pytest.fixture
def answered(house: Database, keep, composed, send, tmp_path: Path) -> tuple[Database, str]:  # noqa: F811
    """A batch whose partner made every kind of fault (but columns of his own, which want a saved profile)."""
    keep(*(composed(number) for number in range(30)))
    batch_no = send(DAY)
    truth = simulate(house.settings.workspace.outbox / "POST", tmp_path, DAY, 11, set(Fault) - {Fault.LOST_ACK, Fault.OWN_HEADER})
    for path in truth.arrived:
        import_answer(house, "POST", path, actor="test")
    return house, batch_no


def test_every_piece_stands_where_its_whole_track_says(answered, monkeypatch) -> None:
    db, batch_no = answered
    monkeypatch.setattr(standing, "PAGE", 7)
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        letters = session.scalars(select(Letter).where(Letter.batch_id == batch.id)).all()
        said = post_outcomes(session, [letter.id for letter in letters])
        found = [piece for _, piece in standings(session, [batch.id])]
        assert [piece.position for piece in found] == list(range(1, len(letters) + 1))
        for piece in found:
            told = said.get(piece.letter_id)
            assert piece.acknowledged == (told.acknowledged if told else None)
            assert piece.state == (told.state if told else None)
            if told and told.outcome:
                whole = told.outcome
                assert (piece.norm_code, piece.needs_person, piece.attempts) == (whole.norm_code, whole.needs_person, whole.attempts)
                assert piece.anomalies == tuple(anomaly.code for anomaly in whole.anomalies)
                assert piece.accepted_at == whole.accepted_at
        (facts,) = batch_facts(session, [batch.id])
        assert facts.sealed_pieces == len(letters)
        assert facts_of(session, [batch.id])[batch.id] == sum(piece.facts for piece in found) > 0
