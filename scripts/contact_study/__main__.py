"""``python -m scripts.contact_study [--seeds 101,102,103] [--json file]``: the tables of docs/contact-selector.md, anew.

All figures are synthetic. Seeds 1 to 3 were developed on; 101 to 103 are held out. Some ten minutes on two cores, and as
long again or twice that for the tables of exploring (``--only Exploring``).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from scripts.contact_study import exploring
from scripts.contact_study.experiments import (
    TableRows,
    ablations,
    after_the_change,
    by_clerk,
    by_floor,
    by_penalty,
    cold_start,
    log_against_truth,
    main_table,
    mislabelled,
)


def show(title: str, rows: TableRows) -> None:
    """One table in Markdown."""
    print(f"\n### {title}\n")
    names = list(rows[0])
    print("| " + " | ".join(names) + " |")
    print("|" + "---|" * len(names))
    for row in rows:
        print("| " + " | ".join(str(row[name]) for name in names) + " |", flush=True)


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(prog="python -m scripts.contact_study")
    parser.add_argument("--seeds", default="101,102,103")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    seeds = [int(seed) for seed in given.seeds.split(",")]
    tables = {
        "Worlds and models": main_table, "Penalty": by_penalty, "Abstaining": by_floor, "Ablations": ablations, "Cold start": cold_start,
        "After the change": after_the_change, "Who was asked": by_clerk, "One result in a hundred mislabelled": mislabelled,
        "What the log alone would have said": log_against_truth,
        "Exploring: off-policy against truth": exploring.off_policy_against_truth, "Exploring: the policy in force by its own log": exploring.as_it_is,
        "Exploring: what is learned": exploring.learned_from_exploring,
    }  # fmt: skip
    found = {}
    for title, make in tables.items():
        if given.only in title:
            start = time.time()
            found[title] = make(seeds)
            show(f"{title} (synthetic, seeds {given.seeds}, {time.time() - start:.0f} s)", found[title])
    if given.json:
        given.json.write_text(json.dumps(found, ensure_ascii=False, indent=1, default=str), "utf-8")


if __name__ == "__main__":
    main()
