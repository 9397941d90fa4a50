"""A day of 50,000 composed cases in one XLSX, through ``handa`` as a user runs it: one process a stage.

Targets of the first release on two cores: import 60 s, plan 60 s, print and seal 4 minutes, peak memory 1 GiB. They are
shown beside the figures and never asserted.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from scripts.benches.measured import Measured, run_measured
from scripts.benches.report import Report, say, table
from scripts.world.compose_lender import compose_lender
from scripts.world.parties import FIRM, HANDA, LAWYER, LENDER, PAPERS, register

CASES = 50_000
QUICK_CASES = 1_000
DAY = date(2026, 11, 20)
SEED = 7
FINE = (0, 1)
TARGETS = {"import": 60.0, "plan": 60.0, "print+seal": 240.0}
GIB = 1 << 30


class _Day:
    """The stages of one day in one workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home"
        self.stages: dict[str, Measured] = {}

    def stage(self, name: str, *words: str) -> Measured:
        say(f"{name}：handa {' '.join(words[:3])} ……")
        done = run_measured([HANDA, *words], home=self.home)
        if done.exit_code not in FINE:
            raise SystemExit(f"{name} 失败，退出码 {done.exit_code}\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}")
        say(f"{name}：{done.wall:.1f} 秒（CPU {done.cpu:.1f}，内存峰值 {done.peak / GIB:.2f} GiB）")
        self.stages[name] = done
        return done

    def asked(self, *words: str) -> Any:
        done = run_measured([HANDA, *words, "--json"], home=self.home)
        return json.loads(done.stdout)


def _run(root: Path, cases: int) -> tuple[_Day, dict[str, Any], dict[str, Any]]:
    say(f"合成 {cases} 件案件……")
    started = time.perf_counter()
    file = compose_lender(root / "cases.xlsx", cases=cases, seed=SEED, day=DAY, values=False)
    inputs = {
        "cases": cases, "seed": SEED, "day": DAY.isoformat(), "file_bytes": file.path.stat().st_size,
        "file_sha256": hashlib.sha256(file.path.read_bytes()).hexdigest(), "expected_accepted": file.accepted,
        "composed_in_s": round(time.perf_counter() - started, 1),
    }  # fmt: skip
    day = _Day(root)
    day.stage("init", "init")
    register(day.home, standing=False)
    imported = json.loads(day.stage("import", "cases", "import", str(file.path), "--lender", LENDER, "--json").stdout)
    plan = json.loads(day.stage("plan", "batch", "plan", "--date", DAY.isoformat(), "--lender", LENDER, "--json").stdout)
    batch = plan["plans"][0]["batch_no"]
    day.stage("sample", "batch", "sample", batch, "--lawyer", LAWYER)
    day.stage("confirm", "batch", "confirm", batch, "--by", "示例资方经办人", "--evidence", str(PAPERS / "授权委托书-示例.txt"))
    day.stage("release", "batch", "release", batch, "--lawyer", LAWYER)
    day.stage("print", "batch", "print", batch)
    day.stage("seal", "batch", "seal", batch)
    day.stage("handover", "batch", "handover", batch)
    found = {
        "accepted": len(imported["accepted"]),
        "rejected": len({(r["sheet"], r["row"]) for r in imported["rejected"]}),
        "planned": plan["plans"][0]["planned"],
        "held": plan["plans"][0]["held"],
        "refused": plan["plans"][0]["refused"],
        "firm": FIRM,
    }
    return day, inputs, found


def _sum(day: _Day, names: Sequence[str]) -> float:
    return sum(day.stages[name].wall for name in names)


def run(*, quick: bool) -> Report:
    """Run the day once; ``quick`` takes 1,000 cases."""
    root = Path(tempfile.mkdtemp(prefix="handa-bench-day-"))
    root.chmod(0o711)
    try:
        day, inputs, found = _run(root, QUICK_CASES if quick else CASES)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    stages = {name: measured.as_json() for name, measured in day.stages.items()}
    totals = {"import": _sum(day, ["import"]), "plan": _sum(day, ["plan"]), "print+seal": _sum(day, ["print", "seal"])}
    peak = max(m.peak for m in day.stages.values())
    whole = max(m.peak + m.server_peak for m in day.stages.values())
    table(
        f"一天：{inputs['cases']} 件案件",
        ("步骤", "秒", "CPU 秒", "内存峰值 MiB", "数据库 CPU 秒", "数据库内存 MiB"),
        [
            (name, f"{m.wall:.1f}", f"{m.cpu:.1f}", m.peak >> 20, f"{m.server_cpu:.1f}", m.server_peak >> 20)
            for name, m in day.stages.items()
        ],
    )
    if not quick:
        table("与目标", ("步骤", "秒", "目标"), [(name, f"{totals[name]:.1f}", TARGETS[name]) for name in TARGETS])
    print(f"内存峰值：handa {peak >> 20} MiB，连同数据库 {whole >> 20} MiB（按比例分摊共享页，每 0.1 秒采样）")
    print(f"接受 {found['accepted']}（应为 {inputs['expected_accepted']}），计划 {found['planned']}，暂停 {found['held']}，拒绝 {found['refused']}")
    ours = {
        "stages": stages, "wall_s": {name: round(seconds, 2) for name, seconds in totals.items()},
        "total_wall_s": round(sum(m.wall for m in day.stages.values()), 2), "peak_bytes": peak,
        "peak_with_server_bytes": whole, "found": found,
        "letters_per_s": round(found["planned"] / max(totals["print+seal"], 1e-9), 1),
    }  # fmt: skip
    notes = [
        "memory: sum of proportional set sizes over the process tree of the command, sampled every 0.1 s; the embedded "
        "server apart",
        f"targets: {json.dumps(TARGETS)} seconds for {CASES} cases on 2 cores, 1 GiB",
    ]
    return Report(ours=ours, inputs=inputs, notes=notes)
