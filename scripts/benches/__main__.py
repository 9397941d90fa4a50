"""Entry of ``scripts/bench``: runs one bench, prints its table, writes its JSON. Nothing here is asserted."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path

from scripts.benches.report import Report, machine

NAMES = ("addresses", "press", "rules", "post", "models", "day")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="测速：我们与同类程序在同一次运行中交替进行。")
    parser.add_argument("name", choices=NAMES, metavar="NAME", help=" | ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="小样本，40 秒以内结束")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE", help="结果写成 JSON")
    args = parser.parse_args(argv)
    module = f"scripts.benches.{args.name}"
    try:
        bench = importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name != module:
            raise
        print(f"“{args.name}”还没有测速程序。", file=sys.stderr)
        return 2
    started = time.monotonic()
    before = os.getloadavg()[0]
    report: Report = bench.run(quick=args.quick)
    document = {
        "bench": args.name,
        "quick": args.quick,
        "ours": report.ours,
        "peers": report.peers,
        "ratios": report.ratios,
        "machine": machine() | {"load_before": round(before, 2)},
        "inputs": report.inputs,
        "notes": report.notes,
        "seconds": round(time.monotonic() - started, 1),
    }
    if args.json is not None:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(f"已写入 {args.json}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
