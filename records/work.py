"""Long work cut into stages of chunks, which any number of processes claim from the database and do exactly once.

A chunk's writes and its ``done_at`` commit together or not at all; claims are row locks, so the chunk of a killed
process is open again at once. Here: what a stage is, how one is opened and a chunk done. ``records.crew`` runs several
processes over a stage. Chunk functions read their own data: pass ids, not rows.
"""

from __future__ import annotations

import gc
import importlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from records.bulk import copy_rows
from records.cipher import Cipher
from records.clock import Clock, system_clock
from records.database import Database
from records.errors import Broken
from records.identity import uuid7
from records.settings import Settings
from records.tables import WorkChunk, WorkStage

Json = Mapping[str, Any]
ChunkFunction = Callable[[Session, "WorkContext", Json, Json], Json | None]
"""``(session, context, stage_args, chunk_args) -> result``: all JSON. Commits nothing itself."""
Progress = Callable[[int, int], None]
"""Called with the size done and the size in all, whenever they change."""

_POLL_SECONDS = 0.25
_GC_THRESHOLDS = (100_000, 20, 50)
"""Chunks make many short-lived objects and no cycles; the collector's default walks the tables that a process keeps
(a gazetteer, fonts) over and over, a fifth to a half of all time. It still runs, only seldom."""


def collect_seldom() -> None:
    """Set this process's garbage collector for bulk work."""
    gc.set_threshold(*_GC_THRESHOLDS)


@dataclass(slots=True)
class WorkContext:
    """What a chunk function may use besides its session. One a process; ``caches`` lives as long as it does."""

    settings: Settings
    cipher: Cipher
    clock: Clock = system_clock
    caches: dict[str, Any] = field(default_factory=dict)
    """For costly things (tables, fonts, models), each under a name of its user's own."""

    @classmethod
    def of(cls, settings: Settings, clock: Clock = system_clock) -> WorkContext:
        """The context of a process that has these settings."""
        return cls(settings, Cipher(settings.keys()), clock)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of work to be: its arguments, and its size in whatever the progress bar counts."""

    args: Json
    size: int = 1


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as opened. ``args`` are those it was first opened with."""

    id: UUID
    name: str
    subject: str
    args: Json
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Done:
    """A chunk that this process has just done."""

    chunk_id: UUID
    size: int


_functions: dict[str, tuple[str, ChunkFunction]] = {}


def register(name: str) -> Callable[[ChunkFunction], ChunkFunction]:
    """Decorator: the module-level function that does the chunks of stages called ``name``."""

    def note(function: ChunkFunction) -> ChunkFunction:
        path = f"{function.__module__}:{function.__qualname__}"
        if "<locals>" in path or path.startswith("__main__:"):
            raise ValueError(f"{path} can't be imported by another process")
        known = _functions.setdefault(name, (path, function))
        if known[0] != path:
            raise ValueError(f"{name} is {known[0]} already")
        _functions[name] = (path, function)
        return function

    return note


def function_of(name: str, path: str) -> ChunkFunction:
    """The chunk function of a stage, imported from the path that the stage has stored.

    Only what ``register`` names is ever called: the path comes out of the database.

    Raises:
        Broken: this program has no such function.
    """
    if name not in _functions:
        try:
            importlib.import_module(path.partition(":")[0])
        except ImportError as fault:
            raise _unknown(name) from fault
    known = _functions.get(name)
    if known is None or known[0] != path:
        raise _unknown(name)
    return known[1]


def _unknown(name: str) -> Broken:
    return Broken(f"本程序不认识这种工作：{name}", "各台机器上的程序版本要一致，请升级后重试。", code="E-WORK")


def open_stage(
    session: Session,
    name: str,
    subject: str,
    args: Json,
    chunks: Iterable[Chunk | tuple[Json, int]],
    clock: Clock = system_clock,
) -> Stage:
    """The stage ``name`` of ``subject``: made with its chunks, or as it was made before.

    Args:
        session: the stage is there for others once it commits.
        name: as given to ``register``.
        subject: what it is about; together with the name it is unique for ever.
        args: passed to every chunk.
        chunks: taken only when the stage is new; numbered in their order.
        clock: the present.
    """
    path = _functions[name][0]
    made = session.execute(
        insert(WorkStage)
        .values(id=uuid7(), name=name, subject=subject, function=path, args=dict(args), created_at=clock())
        .on_conflict_do_nothing(index_elements=["name", "subject"])
        .returning(WorkStage.id)
    ).scalar_one_or_none()
    if made is not None:
        rows = (
            (uuid7(), made, number, dict(chunk_args), size)
            for number, (chunk_args, size) in enumerate(
                (chunk.args, chunk.size) if isinstance(chunk, Chunk) else chunk for chunk in chunks
            )
        )
        copy_rows(session, WorkChunk.__table__, ["id", "stage_id", "number", "args", "size"], rows)
    stage = session.execute(
        select(WorkStage.id, WorkStage.args, WorkStage.done_at).where(WorkStage.name == name, WorkStage.subject == subject)
    ).one()
    return Stage(stage.id, name, subject, stage.args, stage.done_at)


def stage_sizes(session: Session, stage_id: UUID) -> tuple[int, int]:
    """The size done and the size in all."""
    done = func.coalesce(func.sum(WorkChunk.size).filter(WorkChunk.done_at.is_not(None)), 0)
    total = func.coalesce(func.sum(WorkChunk.size), 0)
    row = session.execute(select(done, total).where(WorkChunk.stage_id == stage_id)).one()
    return int(row[0]), int(row[1])


def stage_results(session: Session, stage_id: UUID) -> list[dict[str, Any]]:
    """What the chunks done so far gave, in the order of the chunks."""
    rows = session.scalars(
        select(WorkChunk.result).where(WorkChunk.stage_id == stage_id, WorkChunk.done_at.is_not(None)).order_by(WorkChunk.number)
    )
    return [result or {} for result in rows]


def do_one(
    db: Database, context: WorkContext, stage_id: UUID, claimed: Callable[[UUID], None] = lambda _: None
) -> Done | None:
    """Claim an open chunk of the stage, do it and commit.

    Args:
        claimed: told the chunk's id before it is begun.

    Returns:
        None when none is to be had: all are done, or the last ones are in other hands.
    """
    with db.session() as session:
        chunk = session.execute(
            select(WorkChunk.id, WorkChunk.args, WorkChunk.size)
            .where(WorkChunk.stage_id == stage_id, WorkChunk.done_at.is_(None))
            .order_by(WorkChunk.number)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if chunk is None:
            return None
        claimed(chunk.id)
        stage = session.execute(
            select(WorkStage.name, WorkStage.function, WorkStage.args).where(WorkStage.id == stage_id)
        ).one()
        result = function_of(stage.name, stage.function)(session, context, stage.args, chunk.args)
        session.execute(
            update(WorkChunk)
            .where(WorkChunk.id == chunk.id)
            .values(done_at=context.clock(), result=dict(result) if result is not None else None)
        )
        return Done(chunk.id, chunk.size)


def close_if_done(db: Database, stage_id: UUID, clock: Clock = system_clock) -> bool:
    """Note the stage as done once no chunk is open.

    Returns:
        Whether all its chunks are done.
    """
    with db.session() as session:
        still_open = session.scalar(
            select(func.count()).select_from(WorkChunk).where(WorkChunk.stage_id == stage_id, WorkChunk.done_at.is_(None))
        )
        if still_open:
            return False
        session.execute(update(WorkStage).where(WorkStage.id == stage_id, WorkStage.done_at.is_(None)).values(done_at=clock()))
        return True


def run_here(db: Database, stage_id: UUID, progress: Progress | None = None, clock: Clock = system_clock) -> None:
    """Do the stage in this process until no chunk is open; chunks in other hands are waited for."""
    collect_seldom()
    context = WorkContext.of(db.settings, clock)
    with db.session() as session:
        done, total = stage_sizes(session, stage_id)
    tell = progress or (lambda _done, _total: None)
    tell(done, total)
    while True:
        mine = do_one(db, context, stage_id)
        if mine is not None:
            done += mine.size
            tell(done, total)
            continue
        finished = close_if_done(db, stage_id, clock)
        with db.session() as session:
            elsewhere, total = stage_sizes(session, stage_id)
        if elsewhere != done:
            done = elsewhere
            tell(done, total)
        if finished:
            return
        time.sleep(_POLL_SECONDS)


def run_stage(
    db: Database, stage_id: UUID, workers: int = 1, progress: Progress | None = None, clock: Clock = system_clock
) -> None:
    """Do all open chunks of a stage, with this process alone or with ``workers`` of its own.

    Other machines may work on the same stage (``handa worker``): it returns when the whole stage is done.

    Args:
        db: where the stage is.
        stage_id: of ``open_stage``.
        workers: processes at the most; one open chunk, or 1, means here, without another process.
        progress: told the size done and in all.
        clock: the present; only with one worker, others look at their own.

    Raises:
        HandaError: as the chunk function raised it; all that was done stays done.
        Broken: a chunk whose process died three times.
    """
    with db.session() as session:
        open_chunks = session.scalar(
            select(func.count()).select_from(WorkChunk).where(WorkChunk.stage_id == stage_id, WorkChunk.done_at.is_(None))
        )
    # A process of its own costs a second before it does anything: not for a single chunk.
    workers = min(workers, open_chunks or 0)
    if workers <= 1:
        run_here(db, stage_id, progress, clock)
        return
    collect_seldom()
    from records.crew import run_with_crew  # noqa: PLC0415 - crew imports this module

    run_with_crew(db, stage_id, workers, progress)


def run_worker(
    db: Database, *, once: bool = False, clock: Clock = system_clock, did: Callable[[str, int], None] | None = None
) -> int:
    """``handa worker``: do chunks of any open stage, oldest stage first.

    Args:
        once: return when nothing is open or claimable, instead of waiting for more.
        did: told the stage's name and the size of every chunk done.

    Returns:
        How many chunks were done.

    Raises:
        HandaError: as the chunk function raised it.
    """
    context = WorkContext.of(db.settings, clock)
    count = 0
    while True:
        with db.session() as session:
            stages = session.execute(
                select(WorkStage.id, WorkStage.name).where(WorkStage.done_at.is_(None)).order_by(WorkStage.created_at, WorkStage.id)
            ).all()
        busy = False
        for stage_id, name in stages:
            while (mine := do_one(db, context, stage_id)) is not None:
                busy = True
                count += 1
                if did:
                    did(name, mine.size)
            close_if_done(db, stage_id, clock)
        if not busy:
            if once:
                return count
            time.sleep(1.0)
