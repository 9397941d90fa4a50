"""Answers of map services, kept for a time so that nothing is asked twice: found by a keyed index, sealed like all
personal data. Neither the text nor the place can be read from the records without the key ring.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from locate.maps.model import Place, Point, Said, Service, Voice
from locate.tables import MapAnswer
from records.cipher import Cipher
from records.clock import Clock
from records.database import Database
from records.identity import uuid7

COLUMN: Final = "map_answer.answer"
_DOMAIN: Final = "map_answer.text"


class AnswerCache:
    """What services have answered. Faults are not kept: they pass."""

    def __init__(self, db: Database, cipher: Cipher, keep_days: int, clock: Clock) -> None:
        self._db, self._cipher, self._clock = db, cipher, clock
        self._keep = timedelta(days=keep_days)

    def find(self, text: str, services: Sequence[Service]) -> dict[Service, Voice]:
        """The kept answers to a text that are not too old."""
        wanted = (
            select(MapAnswer.id, MapAnswer.service, MapAnswer.answer_sealed)
            .where(MapAnswer.text_bidx == self._cipher.blind(_DOMAIN, text))
            .where(MapAnswer.service.in_([service.value for service in services]))
            .where(MapAnswer.expires_at > self._clock())
        )
        with self._db.session() as session:
            rows = session.execute(wanted).all()
        return {Service(row.service): _voice(Service(row.service), self._cipher.open(COLUMN, row.id, row.answer_sealed)) for row in rows}

    def keep(self, text: str, voice: Voice) -> None:
        """Keep an answer until its time is over; a later one takes its place."""
        if voice.said not in (Said.PLACE, Said.NOTHING) or not self._keep:
            return
        now, row_id = self._clock(), uuid7()
        answer = json.dumps({"said": voice.said, "code": voice.code, "place": asdict(voice.place) if voice.place else None})
        values = {
            "id": row_id,
            "service": voice.service.value,
            "text_bidx": self._cipher.blind(_DOMAIN, text),
            "answer_sealed": self._cipher.seal(COLUMN, row_id, answer),
            "asked_at": now,
            "expires_at": now + self._keep,
        }
        change = {name: values[name] for name in ("id", "answer_sealed", "asked_at", "expires_at")}
        with self._db.session() as session:
            session.execute(
                insert(MapAnswer)
                .values(values)
                .on_conflict_do_update(index_elements=[MapAnswer.service, MapAnswer.text_bidx], set_=change)
            )

    def forget_expired(self) -> int:
        """Delete what is too old to be used; the number of answers."""
        with self._db.session() as session:
            gone = session.execute(delete(MapAnswer).where(MapAnswer.expires_at <= self._clock()).returning(MapAnswer.id))
            return len(gone.all())


def _voice(service: Service, answer: str) -> Voice:
    kept = json.loads(answer)
    place = kept["place"]
    if place is not None:
        place = Place(**{**place, "point": Point(**place["point"])})
    return Voice(service, Said(kept["said"]), place, kept["code"])
