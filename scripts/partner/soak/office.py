"""The sender's side of a soak as a process that can be killed: says words to ``handa`` at the time it is told.

Reads one JSON request a line, ``{"at": instant, "words": […]}`` or ``{"at": …, "look": true}``, and answers each with one
line. The database stays open between requests, because starting it for every command would take most of a soak's time;
everything else is as if the words had been typed. The house's clock is set before anything else is imported.
"""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from typing import Any

import records.clock as house_clock

_now = [datetime.now(UTC)]


def simulated_clock() -> datetime:
    """The instant of the request under way."""
    return _now[0]


house_clock.system_clock = simulated_clock
house_clock.today.__defaults__ = (simulated_clock,)

from console.main import run  # noqa: E402  after the clock
from console.speech import Voice  # noqa: E402
from records.database import open_database  # noqa: E402
from records.settings import load_settings  # noqa: E402
from scripts.partner.soak.looking import look  # noqa: E402

FAST = {"fsync": "off", "full_page_writes": "off"}
"""The server is killed here, not the power: what it has written survives in the system's cache. Commits must be written
before they are answered (``synchronous_commit`` stays on): a killed server loses what waits in its own memory."""


def say(words: list[str]) -> dict[str, Any]:
    """One command: exit code, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    Voice.documents = 0
    with redirect_stdout(out), redirect_stderr(err):
        code = run(words)
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


def main() -> None:
    # Whatever a library writes to standard output must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with open_database(load_settings(), FAST) as db:
        print(json.dumps({"ready": True}), file=answers, flush=True)
        for line in sys.stdin:
            request = json.loads(line)
            _now[0] = datetime.fromisoformat(request["at"]).astimezone(UTC)
            try:
                answer: dict[str, Any] = look(db) if "look" in request else say(request["words"])
            except Exception:
                answer = {"code": 99, "out": "", "err": traceback.format_exc()}
            print(json.dumps(answer, ensure_ascii=False, default=str), file=answers, flush=True)


if __name__ == "__main__":
    main()
