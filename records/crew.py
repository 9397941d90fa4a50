"""Several processes over one stage: started, listened to, replaced when they die, ended with their parent.

Each is a fresh interpreter (never forked: no inherited connections, locks or random state; and no second import of the
program's main module), has its own connection and cipher, and tells what it claimed and did through a pipe of its own,
so that killing one harms no other.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from uuid import UUID

from records.database import Database
from records.errors import Broken, HandaError
from records.settings import Settings
from records.work import Progress, WorkContext, close_if_done, collect_seldom, do_one, stage_sizes

ATTEMPTS = 3
"""After so many deaths in a chunk (out of memory, killed) the stage is given up. Another member may just then be in it."""
_POLL_SECONDS = 0.25
_FINISH_SECONDS = 60.0
_PR_SET_PDEATHSIG = 1
_GO_ON = b"go on"
_STOP = b"stop"
_BOOT = """
import sys
from multiprocessing.connection import Connection
pipe = Connection(int(sys.argv[1]))
sys.path[:] = pipe.recv()
from records.crew import member
member(pipe)
"""


@dataclass(frozen=True, slots=True)
class _Claimed:
    chunk_id: UUID


@dataclass(frozen=True, slots=True)
class _Did:
    chunk_id: UUID


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


@dataclass(frozen=True, slots=True)
class _Orders:
    """What a member is told on starting."""

    url: str
    settings: Settings
    stage_id: UUID
    parent: int


@dataclass(slots=True)
class _Member:
    process: subprocess.Popen[bytes]
    pipe: Connection
    chunk_id: UUID | None = None


def die_with(parent: int) -> None:
    """End this process when its parent ends, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


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


def member(pipe: Connection) -> None:
    """A member's whole life: the other end of ``pipe`` is its crew's."""
    # Ctrl-C reaches the whole terminal group; the parent decides what happens then.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    try:
        orders: _Orders = pipe.recv()
        die_with(orders.parent)
        db = Database.connect(orders.url, orders.settings)
        context = WorkContext.of(orders.settings)
        while not (pipe.poll() and pipe.recv_bytes() == _STOP):
            done = do_one(db, context, orders.stage_id, claimed=lambda chunk_id: pipe.send(_Claimed(chunk_id)))
            pipe.send(_Did(done.chunk_id) if done else _Idle())
            if done is None and pipe.recv_bytes() == _STOP:
                return
    except (BrokenPipeError, ConnectionResetError, EOFError):
        return
    except BaseException as fault:
        pipe.send(_failure(fault))


def _start(orders: _Orders) -> _Member:
    ours, theirs = Pipe()
    # Numeric libraries use one thread each: two a core are four times as slow.
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    process = subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, "-P", "-c", _BOOT, str(theirs.fileno())],
        stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env={**os.environ, **threads},
    )  # fmt: skip
    theirs.close()
    with suppress(OSError):
        # A pipe that is broken already shows as a death when it is listened to.
        ours.send(sys.path)
        ours.send(orders)
    return _Member(process, ours)


class _Crew:
    """The members and what they have said. Ends when the stage is done or a member fails."""

    def __init__(self, db: Database, stage_id: UUID, tell: Progress) -> None:
        self._db = db
        self._stage_id = stage_id
        self._tell = tell
        self._members: list[_Member] = []
        self._idle: list[_Member] = []
        self._deaths: Counter[UUID | None] = Counter()
        self._told = (-1, -1)

    def look(self) -> bool:
        """Tell how far the stage is, by whomever, and whether that is the end."""
        # Asked of the database every time: counting the members' own words would miss or double what others do.
        finished = close_if_done(self._db, self._stage_id)
        with self._db.session() as session:
            sizes = stage_sizes(session, self._stage_id)
        if sizes != self._told:
            self._told = sizes
            self._tell(*sizes)
        return finished

    def hire(self) -> None:
        """Start one more process."""
        self._members.append(_start(_Orders(self._db.url, self._db.settings, self._stage_id, os.getpid())))

    def run(self) -> None:
        """Listen until the stage is done, by us or by others."""
        while True:
            ready = wait([member.pipe for member in self._members], timeout=_POLL_SECONDS)
            news = False
            for member in [member for member in self._members if member.pipe in ready]:
                news |= self._hear(member)
            if (news or not ready) and self.look():
                return
            if not ready:
                # Chunks in other hands come free only when their process dies: asking now and then is enough.
                self._wake()

    def _hear(self, member: _Member) -> bool:
        """Take what a member says; whether a chunk is done or none is left for it."""
        try:
            said = member.pipe.recv()
        except (EOFError, OSError):
            self._replace(member)
            return False
        match said:
            case _Claimed(chunk_id):
                member.chunk_id = chunk_id
                # Processes can start here: deaths between chunks count only when they come in a row.
                del self._deaths[None]
                return False
            case _Did():
                member.chunk_id = None
            case _Idle():
                self._idle.append(member)
            case _Failed():
                self._finish()
                raise _fault_of(said)
        return True

    def _wake(self) -> None:
        for member in self._idle:
            with suppress(OSError):
                member.pipe.send_bytes(_GO_ON)
        self._idle.clear()

    def _finish(self) -> None:
        """Before giving up: let every member end the chunk it is in, which would otherwise be lost work."""
        for member in self._members:
            with suppress(OSError):
                member.pipe.send_bytes(_STOP)
        deadline = time.monotonic() + _FINISH_SECONDS
        for member in self._members:
            with suppress(subprocess.TimeoutExpired):
                member.process.wait(max(0.0, deadline - time.monotonic()))

    def _replace(self, member: _Member) -> None:
        self._bury(member)
        self._deaths[member.chunk_id] += 1
        if self._deaths[member.chunk_id] >= ATTEMPTS:
            self._finish()
            raise _too_many_deaths(member)
        self.hire()
        self._wake()

    def _bury(self, member: _Member) -> None:
        # Its end of the pipe is closed or it was killed: it is over in a moment, and must not stay a zombie.
        member.process.wait()
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
    if crew.look():
        return
    try:
        for _ in range(workers):
            crew.hire()
        crew.run()
    finally:
        crew.dismiss()


def _too_many_deaths(member: _Member) -> Broken:
    code = member.process.returncode
    how = f"被信号 {-code} 终止" if code < 0 else f"返回码 {code}"
    what = "做同一块工作时" if member.chunk_id else "刚启动就"
    return Broken(
        f"工作进程{what}接连 {ATTEMPTS} 次意外结束（{how}）",
        "多半是内存不足：请减少 --workers 或加内存后重新运行，已完成的部分都在。",
        code="E-WORKER-DIED",
    )
