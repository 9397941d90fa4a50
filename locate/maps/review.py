"""The second opinion as a whole: settings in, reviewed addresses out. The edge that knows network and records."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from locate.address import Address
from locate.maps.amap import Amap
from locate.maps.asked import asked_text
from locate.maps.baidu import Baidu
from locate.maps.cache import AnswerCache
from locate.maps.consensus import consider, not_asked
from locate.maps.geocoder import Geocoder, Tally, quiet_client
from locate.maps.limits import DailyQuota, TokenBucket
from locate.maps.model import SecondOpinion, Service, Voice
from locate.maps.protocol import MapService
from locate.maps.tencent import Tencent
from records.cipher import Cipher
from records.clock import Clock, system_clock
from records.database import Database

SERVICES: Final[tuple[MapService, ...]] = (Amap(), Tencent(), Baidu())


class Review:
    """Asks every service that has a key, all at once, and keeps what they answer."""

    def __init__(self, geocoders: list[Geocoder], cache: AnswerCache, threads: ThreadPoolExecutor) -> None:
        self._geocoders, self._cache, self._threads = geocoders, cache, threads

    def __call__(self, address: Address) -> tuple[Address, SecondOpinion]:
        """The address, its confidence adjusted, and what was heard."""
        texts = {each: text for each in self._geocoders if (text := asked_text(address, each.service.longest_bytes))}
        if not texts:
            return address, not_asked(address)
        kept = {text: self._cache.find(text, [each.service.service for each in texts]) for text in set(texts.values())}
        jobs = {
            each: self._threads.submit(each.ask, text)
            for each, text in texts.items()
            if each.service.service not in kept[text]
        }
        voices: list[Voice] = []
        for each, text in texts.items():
            if each in jobs:
                voices.append(jobs[each].result())
                self._cache.keep(text, voices[-1])
            else:
                voices.append(kept[text][each.service.service])
                each.tally.kept += 1
        return consider(address, voices)

    def tallies(self) -> dict[Service, Tally]:
        """How the questions ended, a service each."""
        return {each.service.service: each.tally for each in self._geocoders}


@contextmanager
def open_review(
    db: Database, *, clock: Clock = system_clock, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Review]:
    """A review with the services that the settings of ``db`` have keys for."""
    found = db.settings.maps
    cipher = Cipher(db.settings.keys())
    quota = DailyQuota(db, cipher, found.per_day, clock)
    cache = AnswerCache(db, cipher, found.keep_days, clock)
    quota.forget_past_days()
    cache.forget_expired()
    with quiet_client() as client, ThreadPoolExecutor(len(SERVICES), thread_name_prefix="maps") as threads:
        geocoders = [
            Geocoder(
                service,
                found.services[service.service.value],
                TokenBucket(found.per_second, time.monotonic, sleep),
                quota,
                client=client,
                sleep=sleep,
            )
            for service in SERVICES
            if service.service.value in found.services
        ]
        yield Review(geocoders, cache, threads)
