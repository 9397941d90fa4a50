"""How often a key may be used: a token bucket for the second, a count in the records for the day.

The day's count is shared by every process and machine on the same records, and is taken before a request is sent: what
a service counts is what reaches it, further tries too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Final

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from locate.maps.model import Service
from locate.tables import MapUse
from records.cipher import Cipher
from records.clock import Clock, today
from records.database import Database

_DOMAIN: Final = "map_use.key"


class TokenBucket:
    """Lets ``per_second`` pass on average and no more than a second's worth at once. Safe between threads."""

    def __init__(self, per_second: float, monotonic: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._rate = per_second
        self._most = max(1.0, per_second)
        self._tokens = self._most
        self._monotonic, self._sleep = monotonic, sleep
        self._at = monotonic()
        self._lock = threading.Lock()

    def take(self) -> None:
        """Wait for a token and take it."""
        with self._lock:
            now = self._monotonic()
            self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate) - 1
            self._at = now
            wait = -self._tokens / self._rate
        if wait > 0:
            self._sleep(wait)


class DailyQuota:
    """Requests of a key on a day in Shanghai, counted in the records under the key's blind index."""

    def __init__(self, db: Database, cipher: Cipher, per_day: int, clock: Clock) -> None:
        self._db, self._cipher, self._per_day, self._clock = db, cipher, per_day, clock

    def take(self, service: Service, key: str) -> bool:
        """Count one more request; False when the day's are used up."""
        day: date = today(self._clock)
        first = insert(MapUse).values(
            service=service.value, key_bidx=self._cipher.blind(_DOMAIN, key), day=day, requests=1
        )
        counted = first.on_conflict_do_update(
            index_elements=[MapUse.service, MapUse.key_bidx, MapUse.day],
            set_={"requests": MapUse.requests + 1},
            where=MapUse.requests < self._per_day,
        ).returning(MapUse.requests)
        with self._db.session() as session:
            return session.execute(counted).scalar() is not None

    def forget_past_days(self) -> None:
        """Drop the counts of days that are over."""
        with self._db.session() as session:
            session.execute(delete(MapUse).where(MapUse.day < today(self._clock)))
