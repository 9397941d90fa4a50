"""``python -m scripts.guidance_study [--seeds 1 2 3]``: is advice to couriers right, in worlds where that is known? Synthetic."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from models.guidance import OPTIONS, SLOTS, advice
from scripts.world.guidance_worlds import FIRST_DAY, OFFICES, WEEKS, WORLDS, GuidanceWorld


def row(name: str, seed: int, pieces: float) -> tuple[object, ...]:
    """One world: advice given, how much of it is right, and what heeding it would change in the weeks after."""
    world = GuidanceWorld(name, seed, pieces)
    found, looked = advice(world.visits(), FIRST_DAY + 7 * WEEKS)
    homes = [one for one in found if not one.work]
    truth = world.rates(False, WEEKS)
    usual = (world.rounds * truth).sum(axis=1)
    heeded, right = usual.copy(), 0
    for one in homes:
        slots = np.isin(np.arange(SLOTS), list(dict(OPTIONS)[one.option]))
        rounds = np.where(slots, world.rounds[one.office], 0.0)
        heeded[one.office] = float(rounds @ truth[one.office]) / float(rounds.sum())
        right += heeded[one.office] > usual[one.office] + 0.01
    advised = [one.office for one in homes]
    gain = float((heeded - usual)[advised].mean()) if advised else 0.0
    best = truth.max(axis=1)
    worse = sum(heeded[office] < usual[office] - 0.01 for office in advised)
    work = sum(one.work for one in found)
    return (
        name, seed, len(world.visits()), OFFICES, len(homes), right, worse, f"{usual.mean():.3f}", f"{heeded.mean():.3f}", f"{best.mean():.3f}", f"{100 * gain:+.1f}", work, looked,
    )  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m scripts.guidance_study", description="投递建议在模拟世界里的检验（全部为模拟数据）。")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="世界的种子；101-103 留作最终检验")
    parser.add_argument("--pieces", type=float, nargs="+", default=[60.0, 200.0], help="每个投递局的中位件数")
    given = parser.parse_args()
    head: Sequence[str] = (
        "world", "seed", "visits", "offices", "advised (homes)", "right", "worse", "met: usual", "met: heeded", "met: best hour", "gain where advised, points",
        "advised (work)", "office-kinds",
    )  # fmt: skip
    print(f"| pieces | {' | '.join(head)} |\n|{'---|' * (len(head) + 1)}")
    for pieces in given.pieces:
        for name in WORLDS:
            for seed in given.seeds:
                print(f"{name} {seed}", file=sys.stderr, flush=True)
                print(f"| {pieces:.0f} | {' | '.join(map(str, row(name, seed, pieces)))} |", flush=True)


if __name__ == "__main__":
    main()
