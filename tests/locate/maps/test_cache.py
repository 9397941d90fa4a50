"""Answers are kept for their time, found only with the keys, and hold no word in the clear."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import select, update

from locate.maps.cache import AnswerCache
from locate.maps.model import Place, Point, Said, Service, Voice
from locate.tables import MapAnswer
from records.cipher import Cipher
from records.database import Database
from records.errors import Broken
from records.identity import uuid7

TEXT = "武汉市江汉区新华路25号"
FOUND = Voice(Service.AMAP, Said.PLACE, Place(Point(114.27, 30.6), True, "门牌号", "湖北省", "武汉市", "江汉区"))
NONE = Voice(Service.TENCENT, Said.NOTHING, None, "347")


class Days:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_answers_come_back_as_they_were_until_their_time_is_over(db: Database, cipher: Cipher) -> None:
    clock = Days()
    cache = AnswerCache(db, cipher, 30, clock)
    cache.keep(TEXT, FOUND)
    cache.keep(TEXT, NONE)
    assert cache.find(TEXT, list(Service)) == {Service.AMAP: FOUND, Service.TENCENT: NONE}
    assert cache.find(TEXT, [Service.BAIDU]) == {}
    assert cache.find(TEXT + "1", list(Service)) == {}
    clock.now += timedelta(days=30)
    assert cache.find(TEXT, list(Service)) == {}
    assert cache.forget_expired() == 2
    assert cache.forget_expired() == 0


def test_a_later_answer_takes_the_place_of_an_earlier(db: Database, cipher: Cipher) -> None:
    cache = AnswerCache(db, cipher, 30, Days())
    cache.keep(TEXT, Voice(Service.AMAP, Said.NOTHING))
    cache.keep(TEXT, FOUND)
    assert cache.find(TEXT, list(Service)) == {Service.AMAP: FOUND}


@pytest.mark.parametrize("said", [Said.BUSY, Said.QUOTA, Said.KEY, Said.REFUSED])
def test_faults_are_not_kept(db: Database, cipher: Cipher, said: Said) -> None:
    cache = AnswerCache(db, cipher, 30, Days())
    cache.keep(TEXT, Voice(Service.AMAP, said))
    assert cache.find(TEXT, list(Service)) == {}


def test_keeping_can_be_switched_off(db: Database, cipher: Cipher) -> None:
    cache = AnswerCache(db, cipher, 0, Days())
    cache.keep(TEXT, FOUND)
    assert cache.find(TEXT, list(Service)) == {}


def test_neither_text_nor_place_stands_in_the_clear(db: Database, cipher: Cipher) -> None:
    AnswerCache(db, cipher, 30, Days()).keep(TEXT, FOUND)
    with psycopg.connect(db.url.replace("+psycopg", "")) as connection:
        [row] = connection.execute("SELECT map_answer::text FROM map_answer").fetchall()
    for word in (TEXT, "江汉", "114.27", "门牌号"):
        assert word not in row[0]
        assert word.encode().hex() not in row[0]


def test_an_answer_moved_to_another_row_does_not_open(db: Database, cipher: Cipher) -> None:
    cache = AnswerCache(db, cipher, 30, Days())
    cache.keep(TEXT, FOUND)
    with db.session() as session:
        session.execute(update(MapAnswer).values(id=uuid7()))
        assert session.execute(select(MapAnswer)).scalar_one()
    with pytest.raises(Broken):
        cache.find(TEXT, list(Service))
