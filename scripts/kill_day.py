"""Kills ``handa day run`` at random moments and checks what the house promises: exactly one letter a case, and the
same bytes as a run that nobody disturbed.

    python -m scripts.kill_day kill --runs 50 --cases 60      SIGKILL to the whole process group, at random times
    python -m scripts.kill_day twice                          two runs at the same time
    python -m scripts.kill_day database                       the database server is killed under a run
    python -m scripts.kill_day disk                           the disk is full (root: a small tmpfs)
    python -m scripts.kill_day all --runs 20

One workspace is prepared and copied for every run, so that all have the same cases and the same keys. With
``--database-url`` (a superuser's URL of a PostgreSQL server) the records lie there instead, one database a copy.
Prints every violation and ends with exit code 1 if there was one.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

from scripts.daylab.disturb import full_disk, kill_until_done, lose_database, two_at_once
from scripts.daylab.workspace import Lab

SCENARIOS = ("kill", "twice", "database", "disk")


def say(text: str) -> None:
    print(text, flush=True)


def main(argv: list[str] | None = None) -> int:
    """The command line; gives the number of violations, capped for an exit code."""
    parser = argparse.ArgumentParser(prog="kill_day", description="反复打断 handa day run，核对每案只有一封函、字节与未被打断时相同。")
    parser.add_argument("scenario", choices=(*SCENARIOS, "all"), nargs="?", default="all")
    parser.add_argument("--runs", type=int, default=20, help="被打断的运行次数（kill）；database 用其四分之一")
    parser.add_argument("--cases", type=int, default=60, help="案件数")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="同时运行两个的次数（twice）")
    parser.add_argument("--spares", default="0.1,0.25,0.5,0.75,1,1.25,1.5,2", help="磁盘余量，MiB，逗号分隔（disk）")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="打断时刻的随机种子；失败时照此重来")
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 11, 20))
    parser.add_argument("--database-url", default=None, help="外部 PostgreSQL 的超级用户 URL")
    parser.add_argument("--keep", type=Path, default=None, help="有违反时把工作区留在这里")
    parser.add_argument("--json", type=Path, default=None)
    args = parser.parse_args(argv)
    # A harness that is stopped must not leave mounts and servers behind.
    with suppress(ValueError):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = SCENARIOS if args.scenario == "all" else (args.scenario,)
    rng = random.Random(args.seed)
    say(f"种子 {args.seed}，{args.cases} 件案件，{args.workers} 个进程")
    if args.keep:
        args.keep.mkdir(mode=0o711, parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix="handa-kill-", dir=args.keep))
    root.chmod(0o711)
    violations: list[str] = []
    figures: dict[str, object] = {"seed": args.seed, "cases": args.cases}
    lab: Lab | None = None
    try:
        lab = Lab.prepare(root, cases=args.cases, day=args.day, workers=args.workers, database_url=args.database_url)
        ready = lab
        plain = lab.undisturbed()
        figures["undisturbed_s"] = round(plain.seconds, 2)
        violations += plain.problems
        say(f"未打断：{plain.seconds:.1f} 秒，{plain.letters} 封函，{len(plain.files)} 个文件")
        scenarios: dict[str, Callable[[], dict[str, object]]] = {
            "kill": lambda: kill_until_done(ready, plain, rng, args.runs, violations, say),
            "twice": lambda: two_at_once(ready, plain, violations, say, args.rounds),
            "database": lambda: lose_database(ready, plain, rng, max(1, args.runs // 4), violations, say),
            "disk": lambda: full_disk(ready, plain, violations, say, [float(part) for part in args.spares.split(",")]),
        }
        for name in chosen:
            figures[name] = scenarios[name]()
            say(f"{name}: {json.dumps(figures[name], ensure_ascii=False)}")
    finally:
        if lab is not None:
            lab.close()
        if not (violations and args.keep):
            with suppress(OSError):
                shutil.rmtree(root)
    figures["violations"] = len(violations)
    for violation in violations:
        say(f"违反：{violation}")
    say(f"违反 {len(violations)} 处")
    if args.json:
        args.json.write_text(json.dumps(figures | {"list": violations}, ensure_ascii=False, indent=1), encoding="utf-8")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
