"""Groups of one place among very many texts: read, blocked and compared in chunks by several processes.

Gives the groups that ``dedupe`` gives. The parent keeps one line a text and the blocks as arrays; processes get chunks of
texts to read and chunks of pairs to compare, and hold nothing. Needs no database.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, islice
from multiprocessing import get_context
from typing import Final, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from locate.address.matching.blocks import all_keys
from locate.address.matching.clusters import joined
from locate.address.matching.grouping import LARGEST_BLOCK, NEIGHBOURS, Pair, reason, same_pairs
from locate.address.matching.parts import Parts, parts_of, unpacked

READ_CHUNK: Final = 4_000
COMPARE_CHUNK: Final = 40_000
WORTH_A_PROCESS: Final = 2
"""Chunks of texts: fewer are read in this process."""
Longs = NDArray[np.int64]
Progress = Callable[[str, int, int], None]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class PlaceGroup:
    """One place among the texts: positions (fullest first), a reason for each further one, key and line of the fullest."""

    members: tuple[int, ...]
    reasons: tuple[str, ...]
    key: str
    canonical: str


@dataclass(frozen=True, slots=True)
class _Read:
    """A chunk of texts, read: a line of parts, the canonical line and the confidence of each, and its block hashes."""

    lines: list[str]
    canonical: list[str]
    confidence: list[float]
    hashes: bytes
    owners: bytes


class _Here(Executor):
    """Does the work at once, in this process: for few texts the start of processes costs more than they save."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """The finished future of the call."""
        done: Future[R] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def _begin() -> None:
    """Ctrl-C is for the parent: it stops handing out work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _hashed(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little", signed=True)


def read_chunk(texts: Sequence[str]) -> _Read:
    """Read texts and name their blocks; the part of the work that a process does for a chunk."""
    from locate.address.reader import parse_many  # noqa: PLC0415  the gazetteer is loaded where texts are read

    lines, canonical, confidence = [], [], []
    hashes: list[int] = []
    owners: list[int] = []
    for at, address in enumerate(parse_many(texts)):
        parts = parts_of(address)
        lines.append(parts.packed())
        canonical.append(address.canonical)
        confidence.append(address.confidence)
        keys = list(all_keys(parts))
        hashes += map(_hashed, keys)
        owners += [at] * len(keys)
    return _Read(lines, canonical, confidence, np.array(hashes, np.int64).tobytes(), np.array(owners, np.int64).tobytes())


def compare_chunk(lines: Sequence[str], pairs: Sequence[tuple[int, int]]) -> list[Pair]:
    """The pairs (positions in ``lines``) that are one place; the other part of the work."""
    return list(same_pairs([unpacked(line) for line in lines], pairs))


def _pairs(hashes: Longs, owners: Longs, lines: Sequence[str]) -> Longs:
    """Rows (i, j), i < j, of all pairs that share a block."""
    order = np.lexsort((owners, hashes))
    hashes, owners = hashes[order], owners[order]
    starts = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1])))
    sizes = np.diff(np.append(starts, len(hashes)))
    found: list[Longs] = []
    for size in np.unique(sizes[(sizes > 1) & (sizes <= LARGEST_BLOCK)]):
        blocks = owners[starts[sizes == size][:, None] + np.arange(size)]
        left, right = np.triu_indices(int(size), 1)
        found.append(np.stack((blocks[:, left].ravel(), blocks[:, right].ravel()), axis=1))
    for start, size in zip(starts[sizes > LARGEST_BLOCK], sizes[sizes > LARGEST_BLOCK], strict=True):
        block = sorted(owners[start : start + size].tolist(), key=lambda i: unpacked(lines[i]).below)
        near = [sorted((i, j)) for at, i in enumerate(block) for j in block[at + 1 : at + 1 + NEIGHBOURS]]
        found.append(np.array(near, np.int64))
    if not found:
        return np.empty((0, 2), np.int64)
    count = np.int64(len(lines))
    joint = np.concatenate(found)
    flat = np.unique(joint[:, 0] * count + joint[:, 1])
    return np.stack((flat // count, flat % count), axis=1)


def _compared(pool: Executor, lines: Sequence[str], pairs: Longs, progress: Progress) -> Iterator[Pair]:
    def chunks() -> Iterator[tuple[Longs, list[str], list[tuple[int, int]]]]:
        for start in range(0, len(pairs), COMPARE_CHUNK):
            part = pairs[start : start + COMPARE_CHUNK]
            members, local = np.unique(part.ravel(), return_inverse=True)
            ends = local.reshape(part.shape)
            yield members, [lines[i] for i in members.tolist()], list(zip(ends[:, 0].tolist(), ends[:, 1].tolist(), strict=True))

    sent = list(chunks())
    done = 0
    results = pool.map(compare_chunk, (s[1] for s in sent), (s[2] for s in sent))
    for (members, _, local), same in zip(sent, results, strict=True):
        done += len(local)
        progress("比对地址", done, len(pairs))
        for score, i, j in same:
            yield score, int(members[i]), int(members[j])


def group_texts(texts: Iterable[str], *, workers: int = 2, progress: Progress = lambda *_: None, total: int = 0) -> list[PlaceGroup]:
    """All texts in groups of one place each, in order of first appearance."""
    lines: list[str] = []
    canonical: list[str] = []
    confidence: list[float] = []
    hashes: list[Longs] = []
    owners: list[Longs] = []
    source = iter(texts)
    ahead = list(islice(source, READ_CHUNK * WORTH_A_PROCESS))
    few = workers <= 1 or len(ahead) < READ_CHUNK * WORTH_A_PROCESS
    source = chain(ahead, source)
    with _Here() if few else ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin) as pool:
        chunks = iter(lambda: list(islice(source, READ_CHUNK)), [])
        waiting = [pool.submit(read_chunk, chunk) for chunk in islice(chunks, 2 * workers)]
        while waiting:
            read = waiting.pop(0).result()
            waiting += [pool.submit(read_chunk, chunk) for chunk in islice(chunks, 1)]
            owners.append(np.frombuffer(read.owners, np.int64) + len(lines))
            hashes.append(np.frombuffer(read.hashes, np.int64))
            lines += read.lines
            canonical += read.canonical
            confidence += read.confidence
            progress("解析地址", len(lines), max(total, len(lines)))
        if not lines:
            return []
        pairs = _pairs(np.concatenate(hashes), np.concatenate(owners), lines)
        same = list(_compared(pool, lines, pairs, progress))
    return list(_grouped(lines, canonical, confidence, same))


def _grouped(lines: Sequence[str], canonical: Sequence[str], confidence: Sequence[float], same: Sequence[Pair]) -> Iterator[PlaceGroup]:
    """Clusters of the pairs; only what stands in a pair is unpacked."""
    named = sorted({i for _, *pair in same for i in pair})
    position = {i: at for at, i in enumerate(named)}
    parts: list[Parts] = [unpacked(lines[i]) for i in named]
    clusters, _ = joined(parts, ((score, position[i], position[j]) for score, i, j in same))
    groups: dict[int, list[int]] = {}
    for at in range(len(named)):
        groups.setdefault(clusters.root(at), []).append(at)
    first_of = {named[members[0]]: members for members in groups.values()}
    for i, line in enumerate(lines):
        if i not in position:
            yield PlaceGroup((i,), (), unpacked(line).key, canonical[i])
        elif i in first_of:
            members = first_of[i]
            best = max(members, key=lambda at: (confidence[named[at]], len(canonical[named[at]])))
            rest = [at for at in members if at != best]
            reasons = tuple(reason(parts, best, at, members, named) for at in rest)
            yield PlaceGroup((named[best], *(named[at] for at in rest)), reasons, parts[best].key, canonical[named[best]])
