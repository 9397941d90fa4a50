"""Letters of a simulated world as a file, and the study of the chooser: what it reaches, where, and how soon.

    python -m scripts.world.delivery rows plain --seed 1 --weeks 26 -o letters.csv
    python -m scripts.world.delivery study --seeds 101 102 103 --json study.json
    python -m scripts.world.delivery off-policy --seeds 101 102 103
    python -m scripts.world.delivery ablation --seed 101
    python -m scripts.world.delivery products --seeds 101 102 103
    python -m scripts.world.delivery phone-regions --seeds 101 102 103

Everything printed is synthetic. Seeds from 101 on were not looked at while the models were made.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path

from models.delivery.estimators import Kind
from scripts.world.delivery import products, study
from scripts.world.delivery.worlds import FIRST_DAY, PHONES, WORLDS, DeliveryWorld


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.world.delivery", description="模拟世界（全部为模拟数据）")
    commands = parser.add_subparsers(dest="command", required=True)
    rows = commands.add_parser("rows", help="把一个世界的函件写成 CSV")
    rows.add_argument("world", choices=WORLDS)
    rows.add_argument("--seed", type=int, default=1)
    rows.add_argument("--weeks", type=int, default=26)
    rows.add_argument("--cases", type=int, default=400, help="每周案件")
    rows.add_argument("-o", "--output", type=Path, required=True)
    whole = commands.add_parser("study", help="逐周学习，与不学习的做法相比")
    off = commands.add_parser("off-policy", help="用一种做法的记录估计另一种做法，与真值相比")
    several = commands.add_parser("products", help="逐案选用邮政产品，与全部用一种相比")
    for one in (whole, off, several):
        one.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
        one.add_argument("--worlds", nargs="+", choices=WORLDS, default=list(WORLDS))
        one.add_argument("--json", type=Path)
    for one in (whole, off, several):
        one.add_argument("--weeks", type=int, default=32)
        one.add_argument("--cases", type=int, default=1500)
    several.add_argument("--explore", type=float, default=0.1)
    several.add_argument("--retrain", type=int, default=4, help="每几周重训一次")
    whole.add_argument("--explore", type=float, default=0.1, help="探索的案件比例；0 则不知道 EMS 有何作用，全部寄挂号")
    whole.add_argument("--retrain", type=int, default=1, help="每几周重训一次")
    whole.add_argument("--weekly-from", type=int, help="从这一周起每周重训")
    whole.add_argument("--kinds", nargs="+", choices=[one.value for one in Kind], help="只试这几种模型（须含 rule），不限期记忆")
    whole.add_argument("--mislabelled", type=float, default=0.0)
    whole.add_argument("--phones", choices=PHONES, default="persons", help="手机号归属地：一人一号、逐行随机（早先的表所用，等于偷看住处）、从不知道")
    ablation = commands.add_parser("ablation", help="每组特征值多少")
    ablation.add_argument("--seed", type=int, default=101)
    ablation.add_argument("--world", choices=WORLDS, default="plain")
    ablation.add_argument("--json", type=Path)
    phones = commands.add_parser("phone-regions", help="手机号归属地值多少，此前不知道的函件有没有害处")
    phones.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    phones.add_argument("--world", choices=WORLDS, default="plain")
    phones.add_argument("--json", type=Path)
    args = parser.parse_args(argv)

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    if args.command == "rows":
        from letters.batch.delivery_file import write_rows

        letters = study.letters_by_rule(DeliveryWorld(args.world, args.seed, weeks=args.weeks, cases_per_week=args.cases), args.weeks)
        with args.output.open("w", encoding="utf-8", newline="") as file:
            count = write_rows(letters, file)
        last = date.fromordinal(FIRST_DAY + 7 * args.weeks)
        print(f"已写入 {count} 行模拟函件：{args.output}\n训练：handa models train delivery --data {args.output} --synthetic --as-of {last}")
        return 0
    if args.command == "study":
        found = study.whole(
            args.worlds, args.seeds, args.weeks, args.cases, args.explore, args.mislabelled, say, retrain=args.retrain, weekly_from=args.weekly_from,
            kinds=args.kinds, phones=args.phones,
        )  # fmt: skip
    elif args.command == "off-policy":
        found = study.off_policy_check(args.worlds, args.seeds, args.cases, say)
    elif args.command == "products":
        found = products.study(args.worlds, args.seeds, args.weeks, args.cases, args.explore, args.retrain, say)
    elif args.command == "phone-regions":
        found = study.phone_regions(args.world, args.seeds, say)
    else:
        found = study.ablation(args.world, args.seed, say)
    print(study.markdown(found))
    if args.json:
        args.json.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
