"""Chunks of work over several processes, results in the chunks' order, never more than a few chunks in memory.

For commands that need no database; what must survive a kill goes through ``records.work``. The processes are fresh
interpreters: none of our connections, locks or random state is carried over.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import Final, TypeVar

from records.errors import Broken

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

_AHEAD: Final = 3
"""Chunks in flight for each process: enough that none waits, few enough that memory stays flat."""
_WORTH_A_PROCESS: Final = 4
"""Chunks: with fewer the start of processes costs more than they save."""


def in_order(work: Callable[[Chunk], Result], chunks: Iterable[Chunk], workers: int) -> Iterator[Result]:
    """``map(work, chunks)``, over ``workers`` processes where there is enough to do.

    Raises:
        Broken: a process was killed (out of memory).
    """
    waiting = iter(chunks)
    first = list(islice(waiting, _WORTH_A_PROCESS))
    if workers <= 1 or len(first) < _WORTH_A_PROCESS:
        yield from map(work, chain(first, waiting))
        return
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)
    flying: deque[Future[Result]] = deque()
    try:
        for chunk in chain(first, waiting):
            flying.append(pool.submit(work, chunk))
            if len(flying) >= workers * _AHEAD:
                yield flying.popleft().result()
        while flying:
            yield flying.popleft().result()
    except BrokenProcessPool as fault:
        raise Broken("有工作进程意外结束，多半是内存不足。", "请减少 --workers 或加内存后重试。", code="E-WORKER-DIED") from fault
    finally:
        for future in flying:
            future.cancel()
        pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """Ctrl-C is for the parent: it stops handing out work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
