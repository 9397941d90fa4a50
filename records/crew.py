"""Several processes over one stage: started, listened to, replaced when they die, ended with their parent.

Each is spawned (never forked: no inherited connections, locks or random state), has its own connection and cipher, and
tells what it claimed and did through a pipe of its own, so that killing one harms no other.
"""

from __future__ import annotations

import ctypes
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from uuid import UUID

from records.database import Database
from records.errors import Broken, HandaError
from records.settings import Settings
from records.work import Progress, WorkContext, close_if_done, do_one, stage_sizes

ATTEMPTS = 3
"""A chunk whose process died (out of memory, killed) is given to another so often in all."""
_POLL_SECONDS = 0.25
_GRACE_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class _Claimed:
    chunk_id: UUID


@dataclass(frozen=True, slots=True)
class _Did:
    chunk_id: UUID
    size: int


@dataclass(frozen=True, slots=True)
class _Idle:
    """Nothing to claim: waits to be woken."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """A fault, told by name: exceptions don't pickle reliably, and their text may be personal."""

    module: str
    name: str
    message: str
    advice: str
    code: str
    where: str


@dataclass(slots=True)
class _Member:
    process: SpawnProcess
    pipe: Connection
    chunk_id: UUID | None = None


def _die_with(parent: int) -> None:
    """End this process when its parent ends, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        return
    mother = multiprocessing.parent_process()
    if mother is not None:
        threading.Thread(target=lambda: (mother.join(), os._exit(1)), daemon=True).start()


def _failure(fault: BaseException) -> _Failed:
    frames = traceback.extract_tb(fault.__traceback__)
    where = "\n".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    kind = type(fault)
    if isinstance(fault, HandaError):
        return _Failed(kind.__module__, kind.__qualname__, fault.message, fault.advice, fault.code, where)
    # The exception's own text is left out: a driver's or a parser's may quote a debtor's data.
    return _Failed("", kind.__qualname__, "", "", "", where)


def _fault_of(failed: _Failed) -> HandaError:
    kind: object = None
    if failed.module:
        kind = getattr(importlib.import_module(failed.module), failed.name, None)
    if isinstance(kind, type) and issubclass(kind, HandaError):
        fault = kind(failed.message, failed.advice, code=failed.code)
    else:
        fault = Broken(
            f"工作进程里出了程序错误：{failed.name}", "已完成的部分都在。请把 logs 里的记录交给维护人员。", code="E-PROGRAM"
        )
    fault.add_note("in a worker process:\n" + failed.where)
    return fault


def _work(url: str, settings: Settings, stage_id: UUID, pipe: Connection, parent: int) -> None:
    """A member's whole life."""
    _die_with(parent)
    # Ctrl-C reaches the whole terminal group; the parent decides what happens then.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        db = Database.connect(url, settings)
        context = WorkContext.of(settings)
        while True:
            done = do_one(db, context, stage_id, claimed=lambda chunk_id: pipe.send(_Claimed(chunk_id)))
            if done:
                pipe.send(_Did(done.chunk_id, done.size))
            else:
                pipe.send(_Idle())
                pipe.recv_bytes()
    except (BrokenPipeError, ConnectionResetError, EOFError):
        return
    except BaseException as fault:
        pipe.send(_failure(fault))


@contextmanager
def _single_threaded() -> Iterator[None]:
    """Numeric libraries in the members use one thread each: two a core are four times as slow."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class _Crew:
    """The members and what they have said. Ends when the stage is done or a member fails."""

    def __init__(self, db: Database, stage_id: UUID, tell: Progress) -> None:
        self._db = db
        self._stage_id = stage_id
        self._tell = tell
        self._context = multiprocessing.get_context("spawn")
        self._members: list[_Member] = []
        self._idle: list[_Member] = []
        self._deaths: Counter[UUID | None] = Counter()
        with db.session() as session:
            self._done, self._total = stage_sizes(session, stage_id)
        tell(self._done, self._total)

    def hire(self) -> None:
        """Start one more process."""
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(self._db.url, self._db.settings, self._stage_id, theirs, os.getpid()), daemon=True
        )
        with _single_threaded():
            process.start()
        theirs.close()
        self._members.append(_Member(process, ours))

    def run(self) -> None:
        """Listen until the stage is done, by us or by others."""
        while True:
            ready = wait([member.pipe for member in self._members], timeout=_POLL_SECONDS)
            for member in [member for member in self._members if member.pipe in ready]:
                self._hear(member)
            if self._idle and self._finished():
                return
            if not ready:
                # Chunks in other hands come free only when their process dies: asking now and then is enough.
                self._wake()

    def _hear(self, member: _Member) -> None:
        try:
            said = member.pipe.recv()
        except (EOFError, OSError):
            self._replace(member)
            return
        match said:
            case _Claimed(chunk_id):
                member.chunk_id = chunk_id
            case _Did(_, size):
                member.chunk_id = None
                self._done += size
                self._tell(self._done, self._total)
            case _Idle():
                self._idle.append(member)
            case _Failed():
                raise _fault_of(said)

    def _finished(self) -> bool:
        finished = close_if_done(self._db, self._stage_id)
        with self._db.session() as session:
            everywhere, self._total = stage_sizes(session, self._stage_id)
        if everywhere > self._done:
            self._done = everywhere
            self._tell(self._done, self._total)
        return finished

    def _wake(self) -> None:
        for member in self._idle:
            with suppress(OSError):
                member.pipe.send_bytes(b"go on")
        self._idle.clear()

    def _replace(self, member: _Member) -> None:
        self._bury(member)
        self._deaths[member.chunk_id] += 1
        if self._deaths[member.chunk_id] >= ATTEMPTS:
            raise _too_many_deaths(member)
        self.hire()
        self._wake()

    def _bury(self, member: _Member) -> None:
        member.process.join(_GRACE_SECONDS)
        member.pipe.close()
        self._members.remove(member)
        if member in self._idle:
            self._idle.remove(member)

    def dismiss(self) -> None:
        """End every member. Those within a chunk are cut off: it stays open, as if never begun."""
        for member in self._members:
            member.process.kill()
        for member in list(self._members):
            self._bury(member)


def run_with_crew(db: Database, stage_id: UUID, workers: int, progress: Progress | None) -> None:
    """Do the stage with ``workers`` processes; see ``records.work.run_stage``."""
    crew = _Crew(db, stage_id, progress or (lambda _done, _total: None))
    if close_if_done(db, stage_id):
        return
    try:
        for _ in range(workers):
            crew.hire()
        crew.run()
    finally:
        crew.dismiss()


def _too_many_deaths(member: _Member) -> Broken:
    code = member.process.exitcode
    how = f"被信号 {-code} 终止" if code is not None and code < 0 else f"返回码 {code}"
    what = "做同一块工作时" if member.chunk_id else "刚启动就"
    return Broken(
        f"工作进程{what}接连 {ATTEMPTS} 次意外结束（{how}）",
        "多半是内存不足：请减少 --workers 或加内存后重新运行，已完成的部分都在。",
        code="E-WORKER-DIED",
    )
