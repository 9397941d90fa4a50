"""Chunk functions for the tests of work: a module of its own, because worker processes import it by name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from records.errors import NeedsDecision
from records.work import Json, WorkContext, register


@register("test.effect")
def effect(session: Session, context: WorkContext, stage_args: Json, chunk_args: Json) -> dict[str, Any]:
    """Leaves a row for every time it was done and committed."""
    number = int(chunk_args["n"])
    session.execute(text("INSERT INTO effect (number, pid) VALUES (:n, :pid)"), {"n": number, "pid": os.getpid()})
    time.sleep(float(stage_args.get("seconds", 0)))
    context.caches["done"] = context.caches.get("done", 0) + 1
    return {
        "n": number,
        "pid": os.getpid(),
        "nth": context.caches["done"],
        "threads": os.environ.get("OMP_NUM_THREADS"),
        "token": context.cipher.token("test", str(number)),
        "home": str(context.settings.home),
    }


@register("test.decision")
def decision(session: Session, context: WorkContext, stage_args: Json, chunk_args: Json) -> None:
    """Does a chunk, except the one that needs a decision."""
    effect(session, context, stage_args, chunk_args)
    if chunk_args["n"] == stage_args["bad"]:
        raise NeedsDecision("要人决定", "请决定", code="E-TEST")


@register("test.bug")
def bug(session: Session, context: WorkContext, stage_args: Json, chunk_args: Json) -> None:
    """A program error whose text quotes what must not go on."""
    raise ValueError("示例姓名 19900012345")


@register("test.dies")
def dies(session: Session, context: WorkContext, stage_args: Json, chunk_args: Json) -> dict[str, Any]:
    """Its process is killed in chunk 3, as often as asked."""
    result = effect(session, context, stage_args, chunk_args)
    marks = Path(str(stage_args["marks"]))
    if chunk_args["n"] == 3 and len(list(marks.iterdir())) < int(stage_args["times"]):
        (marks / str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return result
