"""The disturbances: SIGKILL at random moments, two runs at once, a database that goes away, a disk that is full."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import psutil

from scripts.benches.measured import servers_in
from scripts.daylab.workspace import FINE, Lab, Outcome, Trial, compare, crashed, fine

Say = Callable[[str], None]
OUTSIDE = 4
"""Exit code: something outside failed, run again (contract.md)."""
SHORTEST = 0.2
"""Seconds before the first kill: earlier, only the interpreter is starting."""
TRIES = 40
MORE_CUTS = 6
"""Further tries until a run has felt the database go away."""
GRACE = 10.0
"""Seconds that orphaned workers have to notice that their parent is gone."""


def _kill(trial: Trial, process: subprocess.Popen[bytes], rng: random.Random) -> str:
    """SIGKILL the run in one of three ways; gives which."""
    how = rng.choices(("group", "main", "group+server"), (60, 20, 20))[0]
    with suppress(ProcessLookupError):
        if how == "main":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if how == "group+server":
        for server in servers_in(trial.home):
            with suppress(psutil.Error):
                server.kill()
    return how


def kill_until_done(lab: Lab, plain: Outcome, rng: random.Random, runs: int, violations: list[str], say: Say) -> dict[str, object]:
    """``runs`` days, each killed one to four times before it may end; then compared with the undisturbed one."""
    kills: Counter[str] = Counter()
    for number in range(1, runs + 1):
        trial = lab.copy(f"kill-{number:03d}")
        found: list[str] = []
        wanted = rng.randint(1, 4)
        moments: list[str] = []
        for attempt in range(TRIES):
            if attempt >= wanted:
                code, said = trial.run()
                if fine(code, said):
                    break
                if code != OUTSIDE or crashed(said):
                    found.append(f"{trial.name}: 被打断后再运行，退出码 {code}：{said[-400:]}")
                    break
                time.sleep(0.5)
                continue
            process = trial.start()
            # What was done stays done, so later runs are shorter: so are the times until they are killed.
            moment = rng.uniform(SHORTEST, plain.seconds * (1.0 if attempt == 0 else 0.6))
            try:
                process.wait(timeout=moment)
                moments.append(f"{moment:.2f}s 已自行结束")
                wanted = attempt + 1
                continue
            except subprocess.TimeoutExpired:
                pass
            how = _kill(trial, process, rng)
            kills[how] += 1
            moments.append(f"{moment:.2f}s {how}")
        else:
            found.append(f"{trial.name}: 运行 {TRIES} 次仍未完成")
        found += _orphans(trial)
        if not any("退出码" in text for text in found):
            found += compare(trial.name, plain, trial.outcome())
        violations += found
        say(f"  {trial.name}: {'，'.join(moments)} → {'一致' if not found else f'违反 {len(found)} 处'}")
        if not found:
            lab.drop(trial)
    return {"runs": runs, "kills": sum(kills.values()), "by_way": dict(kills), "violations": len(violations)}


def _orphans(trial: Trial) -> list[str]:
    deadline = time.monotonic() + GRACE
    while left := trial.leftovers():
        if time.monotonic() > deadline:
            return [f"{trial.name}: 主进程已不在，仍有进程 {left}"]
        time.sleep(0.2)
    return []


def two_at_once(lab: Lab, plain: Outcome, violations: list[str], say: Say, rounds: int) -> dict[str, object]:
    """Two runs started together: one works, the other says that one is at work; the result is that of one."""
    seen = []
    for number in range(1, rounds + 1):
        trial = lab.copy(f"twice-{number}")
        first, second = trial.start(), trial.start()
        codes = sorted([first.wait(), second.wait()])
        seen.append(codes)
        words = (trial.home.parent / "err.txt").read_text(encoding="utf-8", errors="replace")
        if all(code in FINE for code in codes):
            # The first had ended before the second asked for the lock: no meeting, and still the result of one run.
            say(f"  {trial.name}: 两次运行先后完成，未相遇")
        elif codes[0] not in FINE or codes[1] != OUTSIDE:
            violations.append(f"{trial.name}: 退出码 {codes}，应为一个完成、一个 4：{words[-400:]}")
        elif not any(word in words for word in ("正在运行", "另一个", "正在进行", "已有")):
            violations.append(f"{trial.name}: 第二个运行没有说明已有运行：{words[-400:]}")
        violations += compare(trial.name, plain, trial.outcome())
        say(f"  {trial.name}: 退出码 {codes}")
        lab.drop(trial)
    return {"rounds": rounds, "exit_codes": seen}


def _take_away(lab: Lab, trial: Trial) -> bool:
    """Make the database go away under the run; False when there was none (yet, or any more)."""
    if lab.server:
        lab.set_reachable(trial, False)
        return True
    servers = servers_in(trial.home)
    for server in servers:
        with suppress(psutil.Error):
            server.kill()
    return bool(servers)


def lose_database(lab: Lab, plain: Outcome, rng: random.Random, runs: int, violations: list[str], say: Say) -> dict[str, object]:
    """The database goes away in the middle: exit code 4 with a clear message; a later run completes with the same bytes."""
    codes: Counter[int] = Counter()
    number = 0
    # A cut before the first or after the last statement shows nothing: at least one has to be felt.
    while number < runs or (OUTSIDE not in codes and number < runs + MORE_CUTS):
        number += 1
        trial = lab.copy(f"database-{number:03d}")
        process = trial.start()
        moment = rng.uniform(SHORTEST, plain.seconds) if number < runs else plain.seconds * rng.uniform(0.2, 0.7)
        time.sleep(moment)
        alive = process.poll() is None
        hit = _take_away(lab, trial) and alive
        code = process.wait()
        codes[code] += 1
        words = (trial.home.parent / "err.txt").read_text(encoding="utf-8", errors="replace")
        if lab.server:
            lab.set_reachable(trial, True)
        if hit and (code not in (*FINE, OUTSIDE) or crashed(words)):
            violations.append(f"{trial.name}: 数据库在 {moment:.2f} 秒时断开，退出码 {code}，应为 4：{words[-600:]}")
        if code == OUTSIDE and "数据库" not in words:
            violations.append(f"{trial.name}: 退出码 4 但没有说清是数据库：{words[-600:]}")
        again, said = trial.run()
        if not fine(again, said):
            violations.append(f"{trial.name}: 数据库恢复后再运行，退出码 {again}：{said[-400:]}")
        violations += compare(trial.name, plain, trial.outcome())
        say(f"  {trial.name}: {moment:.2f} 秒时断开 → 退出码 {code}，再运行 {again}")
        lab.drop(trial)
    if OUTSIDE not in codes:
        violations.append(f"database: 断开 {number} 次，没有一次被运行感觉到（退出码 {dict(codes)}），请增加案件数")
    return {"runs": number, "exit_codes": {str(code): count for code, count in sorted(codes.items())}}


def full_disk(lab: Lab, plain: Outcome, violations: list[str], say: Say, spares: list[float]) -> dict[str, object]:
    """The workspace lies on a small file system that fills up during the day; then it gets room and the day is run again."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        say("  跳过：要 root 才能挂载小文件系统")
        return {"skipped": "not root"}
    base = lab.root / "base" / "home"
    used = sum(path.lstat().st_blocks * 512 for path in base.rglob("*"))
    results = {}
    for number, spare in enumerate((int(mib * (1 << 20)) for mib in spares), start=1):
        trial = lab._trial(f"disk-{number}")
        trial.home.mkdir(parents=True)
        trial.home.parent.chmod(0o711)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={used + spare},mode=0711", "tmpfs", str(trial.home)], capture_output=True, check=False
        )
        if mounted.returncode != 0:
            say("  跳过：不能挂载 tmpfs（容器没有这个权限）")
            return {"skipped": "mount refused"}
        try:
            trial = lab.copy(trial.name, trial.home)
            code, said = trial.run()
            results[f"{spare >> 10} KiB"] = code
            if code not in (*FINE, OUTSIDE) or crashed(said):
                violations.append(f"{trial.name}: 余 {spare >> 10} KiB，退出码 {code}，应为 4：{said[-600:]}")
            if code == OUTSIDE and not any(word in said for word in ("磁盘", "空间", "数据库")):
                violations.append(f"{trial.name}: 没有说清磁盘已满：{said[-600:]}")
            subprocess.run(["mount", "-o", f"remount,size={used + (1 << 30)}", str(trial.home)], check=True)
            again, said = trial.run()
            if not fine(again, said):
                violations.append(f"{trial.name}: 腾出空间后再运行，退出码 {again}：{said[-600:]}")
            violations += compare(trial.name, plain, trial.outcome())
            say(f"  余 {spare >> 10} KiB：退出码 {code}，腾出空间后 {again}")
        finally:
            for server in servers_in(trial.home):
                with suppress(psutil.Error):
                    server.kill()
            time.sleep(0.3)
            subprocess.run(["umount", "-l", str(trial.home)], check=False)
        lab.drop(trial)
    if OUTSIDE not in results.values():
        violations.append(f"disk: 没有一次真的写满（{results}），请增加案件数")
    return {"exit_codes": results}
