"""Looks at a workspace after a day: batches, letters, decisions and the audit chain as one JSON document.

``python -m scripts.daylab.look DATE`` says the same words to the command line as an operator would, but in one process
that keeps the database open: starting it anew for each question would take most of a trial's time.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stdout
from typing import Any

from console.main import run
from records.database import open_database
from records.settings import load_settings


def ask(*words: str) -> Any:
    """The JSON document of one command.

    Raises:
        SystemExit: the command failed.
    """
    out = io.StringIO()
    with redirect_stdout(out):
        code = run([*words, "--json"])
    if code not in (0, 1):
        raise SystemExit(f"handa {' '.join(words)}：退出码 {code}")
    return json.loads(out.getvalue())


def audit() -> int:
    """Exit code of ``handa audit verify``; what it says goes to standard error."""
    with redirect_stdout(sys.stderr):
        return run(["audit", "verify"])


def main() -> None:
    day = sys.argv[1]
    with open_database(load_settings()):
        batches = ask("batch", "list")["batches"]
        found = {
            "batches": [ask("batch", "show", batch["batch_no"]) for batch in batches],
            "decisions": ask("batch", "decisions", "--date", day)["decisions"],
            "audit": audit(),
        }
    json.dump(found, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
