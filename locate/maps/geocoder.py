"""Asks one map service over HTTPS: patiently with what passes, once with what does not, and never saying what it asks.

Sent are the address text, the key and the signature, nothing else. Logged are service, outcome, code and time: neither
the text, nor the key, nor an answer. httpx would log whole URLs, so its own log is closed.
"""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import httpx

from locate.maps.limits import DailyQuota, TokenBucket
from locate.maps.model import Said, Voice
from locate.maps.protocol import AnswerUnclear, MapService
from records.map_settings import MapAccess

log = logging.getLogger("handa.maps")
TRIES: Final = 3
FIRST_PAUSE: Final = 0.5
"""Seconds before the second try; doubled each time, with a fifth of chance so that processes don't march in step."""
TIMEOUT: Final = httpx.Timeout(5.0, connect=3.0, pool=10.0)
DEADLINE: Final = 10.0
"""Seconds for a whole answer: a server that drips a byte a second is no server."""
LARGEST_ANSWER: Final = 256 * 1024
"""Bytes; an answer has one or two thousand."""
HOPELESS: Final = frozenset({Said.QUOTA, Said.KEY})
"""Every further question would end alike: the service is left alone for the rest of the run."""
_TEMPORARY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(slots=True)
class Tally:
    """How the questions to a service ended, for the end of a run."""

    counts: dict[Said, int] = field(default_factory=dict)
    kept: int = 0
    """Answers that were in the cache."""
    stopped: Voice | None = None
    """The voice after which it was not asked any more."""


class Geocoder:
    """One service with one key. Safe between threads."""

    def __init__(
        self,
        service: MapService,
        access: MapAccess,
        bucket: TokenBucket,
        quota: DailyQuota,
        *,
        client: httpx.Client,
        sleep: Callable[[float], None] = time.sleep,
        rng: random.Random | None = None,
    ) -> None:
        self.service = service
        self.tally = Tally()
        self._access, self._bucket, self._quota, self._client = access, bucket, quota, client
        self._sleep, self._rng = sleep, rng or random.Random()  # noqa: S311 - spreads retries, guards nothing
        self._lock = threading.Lock()

    def ask(self, text: str) -> Voice:
        """The service's voice on a text; a fault is a voice too."""
        if self.tally.stopped is not None:
            return self.tally.stopped
        begun = time.monotonic()
        voice = self._tried(text)
        log.info("%s %s %s %.0f ms", voice.service, voice.said, voice.code or "-", (time.monotonic() - begun) * 1000)
        with self._lock:
            self.tally.counts[voice.said] = self.tally.counts.get(voice.said, 0) + 1
            if voice.said in HOPELESS and self.tally.stopped is None:
                self.tally.stopped = voice
        return voice

    def _tried(self, text: str) -> Voice:
        voice = self._no(Said.BUSY)
        for attempt in range(TRIES):
            if attempt:
                self._sleep(FIRST_PAUSE * 2 ** (attempt - 1) * (1 + self._rng.random() / 5))
            if not self._quota.take(self.service.service, self._access.key):
                return self._no(Said.QUOTA, "own-limit")
            self._bucket.take()
            voice = self._once(text)
            if voice.said is not Said.BUSY:
                break
        return voice

    def _once(self, text: str) -> Voice:
        url = self._access.url + self.service.request(text, self._access.key, self._access.secret)
        try:
            status, body = self._fetched(url)
        except httpx.HTTPError as fault:  # its words hold the URL: only its kind is kept
            return self._no(Said.BUSY, type(fault).__name__)
        if status != httpx.codes.OK:
            return self._no(Said.BUSY if status in _TEMPORARY else Said.REFUSED, f"HTTP-{status}")
        try:
            answer = json.loads(body)
            if not isinstance(answer, dict):
                raise AnswerUnclear
            said, code, place = self.service.read(answer)
        except (ValueError, RecursionError, AnswerUnclear):
            return self._no(Said.BUSY, "unclear")
        return Voice(self.service.service, said, place, "" if place else code)

    def _fetched(self, url: str) -> tuple[int, bytes]:
        """Status and body, within the bounds of size and time.

        Raises:
            httpx.HTTPError: not reached, or out of bounds.
        """
        end = time.monotonic() + DEADLINE
        with self._client.stream("GET", url) as response:
            body = bytearray()
            for block in response.iter_bytes():
                body += block
                if len(body) > LARGEST_ANSWER or time.monotonic() > end:
                    raise httpx.ReadError("out of bounds")
            return response.status_code, bytes(body)

    def _no(self, said: Said, code: str = "") -> Voice:
        return Voice(self.service.service, said, None, code)


def quiet_client() -> httpx.Client:
    """A client that follows no redirects (they would carry the key elsewhere) and writes no URLs into any log."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False, headers={"User-Agent": "handa"})
