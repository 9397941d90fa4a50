"""A second's worth at once and no more; a day's worth over all processes, from midnight in Shanghai."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from locate.maps.limits import DailyQuota, TokenBucket
from locate.maps.model import Service
from locate.tables import MapUse
from records.cipher import Cipher
from records.database import Database


def test_the_bucket_lets_its_rate_pass() -> None:
    now = [0.0]
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += seconds

    bucket = TokenBucket(2.0, lambda: now[0], sleep)
    for _ in range(6):
        bucket.take()
    assert pauses == pytest.approx([0.5] * 4)
    now[0] += 60
    pauses.clear()
    for _ in range(3):
        bucket.take()
    assert pauses == pytest.approx([0.5]), "a long rest saves up no more than a second's worth"


def test_threads_together_keep_the_rate() -> None:
    pauses: list[float] = []
    bucket = TokenBucket(1.0, lambda: 0.0, pauses.append)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: bucket.take(), range(5)))
    assert sorted(pauses) == pytest.approx([1.0, 2.0, 3.0, 4.0])


def test_a_day_has_its_number_and_the_next_day_a_new_one(db: Database, cipher: Cipher) -> None:
    now = [datetime(2026, 11, 20, 15, 59, tzinfo=UTC)]  # 23:59 in Shanghai
    quota = DailyQuota(db, cipher, 2, lambda: now[0])
    assert [quota.take(Service.AMAP, "a") for _ in range(3)] == [True, True, False]
    assert quota.take(Service.AMAP, "b"), "another key has its own"
    assert quota.take(Service.BAIDU, "a"), "so has another service"
    now[0] = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert quota.take(Service.AMAP, "a")
    quota.forget_past_days()
    with db.session() as session:
        assert session.scalar(select(func.count()).select_from(MapUse)) == 1


def test_takers_at_once_get_no_more_than_the_number(db: Database, cipher: Cipher) -> None:
    quota = DailyQuota(db, cipher, 10, lambda: datetime(2026, 11, 20, tzinfo=UTC))
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: quota.take(Service.AMAP, "a"), range(25))) == 10


def test_the_key_is_not_in_the_records(db: Database, cipher: Cipher) -> None:
    DailyQuota(db, cipher, 10, lambda: datetime(2026, 11, 20, tzinfo=UTC)).take(Service.AMAP, "my-key")
    with db.session() as session:
        row = session.execute(select(MapUse)).scalar_one()
    assert b"my-key" not in row.key_bidx
    assert len(row.key_bidx) == 32
