"""``python -m scripts.partner HANDOVER ANSWERS --day 2026-11-21``: run the simulated partner over a folder."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from scripts.partner.simulator import simulate
from scripts.partner.truth import Fault


def main() -> int:
    """Exit code 1 when a batch was not taken."""
    parser = argparse.ArgumentParser(prog="python -m scripts.partner", description="模拟邮政合作方：收批次，写回执和投递结果")
    parser.add_argument("handover", type=Path, help="交件文件夹")
    parser.add_argument("answers", type=Path, help="写回执和投递结果的文件夹")
    parser.add_argument("--day", type=date.fromisoformat, required=True, help="收寄日期，如 2026-11-21")
    parser.add_argument("--until", type=date.fromisoformat, help="写到哪一天的轨迹，默认 45 天后")
    parser.add_argument("--seed", type=int, default=0, help="同一种子给出同样的文件")
    parser.add_argument("--fault", action="append", default=[], choices=[*Fault, "all"], help="要模拟的差错，可多次给出")
    parser.add_argument("--json", action="store_true", help="输出模拟方自己的账")
    args = parser.parse_args()
    faults = frozenset(Fault) if "all" in args.fault else frozenset(Fault(name) for name in args.fault)
    truth = simulate(args.handover, args.answers, args.day, args.seed, faults, until=args.until)
    if args.json:
        print(truth.to_json())
    else:
        for name, reasons in truth.rejected.items():
            print(f"未收：{name}：{'；'.join(reasons)}")
        names = {"delivered": "妥投", "returned": "退回", "lost": "丢失", "in_transit": "在途", "refused": "拒收寄"}
        told = "，".join(f"{names[state]} {count}" for state, count in sorted(truth.counts().items()))
        print(f"收批次 {len(truth.batches)} 个，邮件 {len(truth.items)} 件：{told or '无'}；写出文件 {len(truth.arrived)} 个")
    return 1 if truth.rejected else 0


if __name__ == "__main__":
    sys.exit(main())
