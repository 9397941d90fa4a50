"""The simulated partner by hand: over a folder, as an SFTP server, or in a soak of many batches.

    python -m scripts.partner HANDOVER ANSWERS --day 2026-11-21 --fault all
    python -m scripts.partner serve ROOT --day 2026-11-21 --pace 10 --fault lost=0.1
    python -m scripts.partner soak --batches 200 --seed 1 --json soak.json
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from scripts.partner.faults import Fault, FaultPlan
from scripts.partner.serve import serve
from scripts.partner.simulator import simulate

NAMES = {"delivered": "妥投", "returned": "退回", "lost": "丢失", "in_transit": "在途", "refused": "拒收寄"}


def _plan(parser: argparse.ArgumentParser, seed: int, words: Sequence[str]) -> FaultPlan:
    try:
        return FaultPlan.read(seed, words)
    except ValueError as fault:
        parser.error(f"--fault：{fault}（可选：{'、'.join([*Fault, 'all'])}，可写占比如 lost=0.1）")


def _add_chance(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=0, help="同一种子给出同样的文件")
    parser.add_argument("--fault", action="append", default=[], help="要模拟的差错，可多次给出，可写占比：lost=0.1；all 为全部")


def _folder(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.partner", description="模拟邮政合作方：收批次，写回执和投递结果")
    parser.add_argument("handover", type=Path, help="交件文件夹")
    parser.add_argument("answers", type=Path, help="写回执和投递结果的文件夹")
    parser.add_argument("--day", type=date.fromisoformat, required=True, help="收寄日期，如 2026-11-21")
    parser.add_argument("--until", type=date.fromisoformat, help="写到哪一天的轨迹，默认 90 天后")
    parser.add_argument("--sender-key", help="约定的签名公钥（十六进制）；不写则以封签中的公钥为准")
    parser.add_argument("--json", action="store_true", help="输出模拟方自己的账")
    _add_chance(parser)
    args = parser.parse_args(words)
    plan = _plan(parser, args.seed, args.fault)
    truth = simulate(args.handover, args.answers, args.day, args.seed, plan.shares, until=args.until, sender_key=args.sender_key)
    if args.json:
        print(truth.to_json())
    else:
        for name, reasons in truth.rejected.items():
            print(f"未收：{name}：{'；'.join(reasons)}")
        told = "，".join(f"{NAMES[state]} {count}" for state, count in sorted(truth.counts().items()))
        print(f"收批次 {len(truth.batches)} 个，邮件 {len(truth.items)} 件：{told or '无'}；写出文件 {len(truth.arrived)} 个")
    return 1 if truth.rejected else 0


def _serve(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.partner serve", description="模拟邮政合作方的 SFTP 服务（仅本机）")
    parser.add_argument("root", type=Path, help="服务的文件夹：inbox 收批次，answers 放回执和投递结果")
    parser.add_argument("--day", type=date.fromisoformat, required=True, help="模拟日历的第一天")
    parser.add_argument("--days", type=int, help="模拟几天后结束；不写则直到中断")
    parser.add_argument("--pace", type=float, default=10.0, help="模拟的一天合几秒，默认 10")
    parser.add_argument("--port", type=int, default=0, help="端口；不写则任选")
    _add_chance(parser)
    args = parser.parse_args(words)
    return serve(args.root, args.day, _plan(parser, args.seed, args.fault), port=args.port, pace=args.pace, days=args.days)


def main(words: Sequence[str] | None = None) -> int:
    """Exit code 1 when a batch was not taken, or when a soak found something wrong."""
    words = sys.argv[1:] if words is None else words
    if words[:1] == ["serve"]:
        return _serve(words[1:])
    if words[:1] == ["soak"]:
        from scripts.partner.soak.main import main as soak

        return soak(words[1:])
    return _folder(words)


if __name__ == "__main__":
    sys.exit(main())
