"""Composes a lender's case file: messy as real ones are, of persons who don't exist, with its truth beside it.

    python -m scripts.world.compose_lender OUT.xlsx --cases 1000 --seed 7 --day 2026-11-20 [--shape wide|three|csv]

The same arguments give the same bytes. ``OUT.truth.json`` says what intake must accept and reject and which rule stops
what, in the form of the sample files. Not for training anything: names and places carry no real frequencies beyond
those that ``people`` and ``places`` state.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from scripts.world.defects import compose_defective
from scripts.world.sheets import SHAPES, open_writer
from scripts.world.truth import Truth

DEFECT_SHARE = 0.08
DEFAULT_DAY = date(2026, 11, 20)
VALUES_UP_TO = 5_000
"""Above so many cases the truth lists case numbers only, unless values are asked for."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A file that was written, its truth, and how many cases intake must accept, reject and drop as repeats."""

    path: Path
    truth: Path
    cases: int
    accepted: int
    rejected: int
    duplicates: int


def compose_lender(
    path: Path,
    *,
    cases: int,
    seed: int = 7,
    day: date = DEFAULT_DAY,
    shape: str = "wide",
    defect_share: float = DEFECT_SHARE,
    values: bool | None = None,
    prefix: str = "AJ",
    first: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Composed:
    """Write the cases ``first`` … of the world ``seed`` to ``path`` and the truth beside it.

    ``day`` is the batch date that the figures are fresh for; ``progress`` is called now and then with the number done.
    """
    wants_values = cases <= VALUES_UP_TO if values is None else values
    truth = Truth(path.name, shape, seed, day, wants_values)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_writer(shape, path, seed) as writer:
        for number in range(first, first + cases):
            truth.add(writer.add(compose_defective(seed, number, day, defect_share, prefix)))
            if progress is not None and number % 500 == 0:
                progress(number - first + 1)
    beside = path.with_name(path.stem + ".truth.json")
    beside.write_text(json.dumps(truth.as_json(), ensure_ascii=False, indent=1), encoding="utf-8")
    counts = truth.counts
    return Composed(path, beside, cases, counts["accepted"], counts["rejected"], counts["duplicates"])


def main(argv: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="compose_lender", description="合成一家资方的委案文件（人物全为虚构）及其答案。")
    parser.add_argument("out", type=Path, help="输出文件（.xlsx 或 .csv）")
    parser.add_argument("--cases", type=int, default=1_000, help="案件数")
    parser.add_argument("--seed", type=int, default=7, help="随机种子")
    parser.add_argument("--day", type=date.fromisoformat, default=DEFAULT_DAY, help="批次日期")
    parser.add_argument("--shape", choices=sorted(SHAPES), default=None, help="wide 宽表 / three 三表 / csv GB18030 文本")
    parser.add_argument("--defects", type=float, default=DEFECT_SHARE, help="带毛病的案件占比")
    args = parser.parse_args(argv)
    shape = args.shape or ("csv" if args.out.suffix == ".csv" else "wide")
    done = compose_lender(args.out, cases=args.cases, seed=args.seed, day=args.day, shape=shape, defect_share=args.defects)
    print(f"{done.path}：{done.cases} 件，应接受 {done.accepted}，应拒收 {done.rejected}，重复 {done.duplicates}")


if __name__ == "__main__":
    main()
