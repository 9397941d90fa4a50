"""Stand-ins that run for a test, and geocoders that ask them without waiting."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from locate.maps.geocoder import Geocoder, quiet_client
from locate.maps.limits import DailyQuota, TokenBucket
from locate.maps.protocol import MapService
from locate.maps.review import SERVICES
from records.cipher import Cipher
from records.clock import system_clock
from records.database import Database
from tests.locate.maps.standins import StandIn, standing_in

Geocoders = Callable[..., Geocoder]


@pytest.fixture
def stand_in() -> Iterator[Callable[..., StandIn]]:
    """Starts a stand-in for a service."""
    with ExitStack() as stack:
        yield lambda service, **how: stack.enter_context(standing_in(service, **how))


@pytest.fixture
def pauses() -> list[float]:
    """Every pause that was made instead of waiting."""
    return []


@pytest.fixture
def geocoder(db: Database, cipher: Cipher, pauses: list[float]) -> Iterator[Geocoders]:
    """A geocoder on a stand-in; pauses are noted and not made."""
    with quiet_client() as client:

        def made(running: StandIn, *, per_day: int = 1000, per_second: float = 1000.0) -> Geocoder:
            quota = DailyQuota(db, cipher, per_day, system_clock)
            bucket = TokenBucket(per_second, time.monotonic, pauses.append)
            return Geocoder(
                service_of(running.service), running.access, bucket, quota,
                client=client, sleep=pauses.append, rng=random.Random(1),
            )  # fmt: skip

        yield made


def service_of(name: str) -> MapService:
    """Our client side of a service."""
    return next(each for each in SERVICES if each.service == name)
