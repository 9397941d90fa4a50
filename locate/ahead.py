"""Reads addresses ahead: another process reads the texts of a case file while this one is still checking its rows.

Checking rows and reading addresses take about the same time, and neither needs the other. What was read is kept with the
cases, in their transaction; what was not (a small file, a process that died) is read afterwards by ``locate.reading``.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass

from records.crew import die_with
from records.work import collect_seldom

BATCH = 1_000
"""Texts sent at once. A file with fewer is not worth another process."""
_OPENED = 4
"""Batches held unpacked: cases are kept in the order in which they were heard, nearly."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text's standard form as it is stored, and the columns that stand beside it in clear."""

    version: str
    """Of the reader."""
    parsed: str
    """The contract's JSON object."""
    key: str
    adcode: str | None
    postcode: str | None
    grade: str
    confidence: float
    issues: tuple[str, ...]


def _begin(parent: int) -> None:
    die_with(parent)
    collect_seldom()


def read_texts(texts: list[str]) -> bytes:
    """The readings of the texts in their order, packed (a tenth of the size): this runs in the other process."""
    from locate.address import parse_many, reader_version, to_json_dict  # noqa: PLC0415  not in the process that asks

    version = reader_version()
    rows = [
        (
            version, json.dumps(to_json_dict(read), ensure_ascii=False, separators=(",", ":")), read.key, read.adcode,
            read.postcode, read.grade.value, read.confidence, [issue.value for issue in read.issues],
        )
        for read in parse_many(texts, second_reader=True)
    ]  # fmt: skip
    return zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode(), 1)


class ReadAhead:
    """Hears texts, and gives their readings. ``reading_ahead`` makes one."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._waiting: list[str] = []
        self._batches: list[Future[bytes]] = []
        self._places: dict[str, tuple[int, int]] = {}
        self._opened: OrderedDict[int, list[Reading]] = OrderedDict()

    def hear(self, text: str) -> None:
        """Note a text that will be asked for; returns at once."""
        if text in self._places:
            return
        self._places[text] = (len(self._batches), len(self._waiting))
        self._waiting.append(text)
        if len(self._waiting) == BATCH:
            self._send()

    def heard_all(self) -> None:
        """No more texts come."""
        if self._waiting and self._batches:
            self._send()

    def reading(self, text: str) -> Reading | None:
        """The reading of a text, waited for; None where it was not sent or could not be read here."""
        batch, position = self._places.get(text, (-1, 0))
        if not 0 <= batch < len(self._batches):
            return None
        rows = self._opened.get(batch)
        if rows is None:
            rows = self._opened[batch] = self._open(batch)
            if len(self._opened) > _OPENED:
                self._opened.popitem(last=False)
        return rows[position] if rows else None

    def close(self) -> None:
        """End the other process, whatever it is doing."""
        if self._pool is not None:
            for process in (self._pool._processes or {}).values():
                process.terminate()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin,
                initargs=(os.getpid(),),
            )
        try:
            self._batches.append(self._pool.submit(read_texts, waiting))
        except BrokenProcessPool as fault:
            unread: Future[bytes] = Future()
            unread.set_exception(fault)
            self._batches.append(unread)

    def _open(self, batch: int) -> list[Reading]:
        try:
            packed = self._batches[batch].result()
        except BrokenProcessPool:
            return []  # killed, out of memory: read afterwards, by workers that are replaced when they die
        return [
            Reading(version, parsed, key, adcode, postcode, grade, confidence, tuple(issues))
            for version, parsed, key, adcode, postcode, grade, confidence, issues in json.loads(zlib.decompress(packed))
        ]


@contextmanager
def reading_ahead(*, worthwhile: bool) -> Iterator[ReadAhead | None]:
    """A reader for the time of an import; None where it would only be in the way (a single core)."""
    if not worthwhile:
        yield None
        return
    ahead = ReadAhead()
    try:
        yield ahead
    finally:
        ahead.close()
