"""``python -m scripts.partner soak``: runs a soak, prints its figures, and says what was wrong."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from scripts.benches.report import machine, table
from scripts.partner.faults import SHARES, Fault, FaultPlan
from scripts.partner.soak.run import soak

SHOWN = 40
FAULT_NAMES = {
    "lost": "轨迹文件丢失", "late": "文件迟到", "duplicated": "文件重发（新序号）", "truncated": "文件截断", "gbk": "文件为 GBK",
    "reordered": "行序打乱", "own-header": "列名用对方自己的说法", "lost-ack": "回执丢失", "repeated-ack": "回执重复（另一序号）",
    "foreign": "不是我方的号码", "refused": "单件拒收", "wrong-totals": "重量或资费有差", "voids": "数周后作废", "unknown-codes": "新代码",
    "same-second": "同一秒两条轨迹", "swapped": "两件标签互换", "cut-off": "上传中断", "full": "交件处满", "lost-reply": "交件成功而应答丢失",
}  # fmt: skip


def main(words: Sequence[str]) -> int:
    """Exit code 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m scripts.partner soak", description="多批次浸泡：经命令行与模拟合作方，全部差错与随机中断，最后逐件对账")
    parser.add_argument("--batches", type=int, default=200, help="批次数")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="随机种子；失败时照此重来")
    parser.add_argument("--largest", type=int, default=200, help="一批最多的案件数")
    parser.add_argument("--kills", type=float, default=0.15, help="被强行中断的步骤占比（day run 为其四倍）")
    parser.add_argument("--fault", action="append", default=[], help="只要这些差错，可写占比；不写则全部")
    parser.add_argument("--home", type=Path, default=None, help="在这个空文件夹里进行并保留；不写则用临时文件夹，有错才保留")
    parser.add_argument("--json", type=Path, default=None, metavar="文件", help="结果写成 JSON")
    args = parser.parse_args(words)
    plan = FaultPlan.read(args.seed, args.fault) if args.fault else FaultPlan(args.seed, SHARES)
    root = args.home.absolute() if args.home else Path(tempfile.mkdtemp(prefix="handa-soak-"))
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o711)
    print(f"种子 {args.seed}，{args.batches} 个批次，在 {root}", flush=True)
    result = soak(
        root, batches=args.batches, seed=args.seed, plan=plan, kill_share=args.kills, largest=args.largest,
        say=lambda text: print(text, flush=True),
    )  # fmt: skip
    show(result.figures, result.wrong)
    if args.json:
        document = result.figures | {"wrong": len(result.wrong), "list": result.wrong, "machine": machine(), "shares": dict(plan.shares)}
        args.json.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if not args.home and not result.wrong:
        with suppress(OSError):
            shutil.rmtree(root)
    return 1 if result.wrong else 0


def show(figures: dict[str, Any], wrong: list[str]) -> None:
    """The figures as tables for people."""
    states = "，".join(f"{name} {count}" for name, count in figures["states"].items())
    sizes = figures["batch_sizes"]
    table(
        "浸泡结果",
        ("项目", "数"),
        [
            ("批次", f"{figures['batches']}（每批 {sizes['least']}–{sizes['most']} 件）"),
            ("邮件", f"{figures['pieces']}：{states}"),
            ("模拟天数", figures["days"]),
            ("答复文件", figures["answer_files"]),
            ("轨迹（去重后）", figures["events"]),
            ("隔离的行", f"{figures['quarantined']}，未处理 {sum(figures['open_quarantine'].values())}"),
            ("标签互换", "，".join(f"{name} {count}" for name, count in zip(("互换", "到过门口", "认出"), figures["swapped_labels"].values(), strict=True))),
            ("步骤", figures["steps"]),
            ("强行中断", f"{sum(figures['restarts'].values())}（连同数据库 {figures['restarts'].get('process and server', 0)}）"),
            ("交件后重来", sum(figures["run_again_after_4"].values())),
            ("用时", f"{figures['seconds']:.0f} 秒"),
            ("错", len(wrong)),
        ],
    )
    table("对方的差错", ("差错", "次数"), [(FAULT_NAMES[fault], figures["faults"].get(fault, 0)) for fault in Fault])
    for problem in wrong[:SHOWN]:
        print(f"错：{problem}")
    if len(wrong) > SHOWN:
        print(f"……共 {len(wrong)} 处")
