"""The data: complete, consistent, sourced and small."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from locate.address import parse
from locate.address.gazetteer import CITY, DATA, DISTRICT, PROVINCE, gazetteer

MEGABYTE = 1 << 20


def test_every_county_level_unit_of_today_is_read_back_from_its_own_name() -> None:
    g = gazetteer()
    missed = []
    for unit, level in enumerate(g.levels):
        if level != DISTRICT:
            continue
        names = [g.names[u] for u in g.chain(unit)][::-1]
        read = parse("".join(names) + "人民路1号")
        if (read.district, read.adcode, read.road) != (g.names[unit], g.codes[unit], "人民路"):
            missed.append("".join(names))
    assert missed == []


def test_counts_are_those_of_the_sources() -> None:
    g = gazetteer()
    counts = {level: sum(1 for u, lv in enumerate(g.levels) if lv == level and g.codes[u]) for level in (PROVINCE, CITY, DISTRICT)}
    assert counts == {PROVINCE: 34, CITY: 333, DISTRICT: 2847}


def test_the_checked_in_data_is_what_the_sources_file_says() -> None:
    listed = json.loads((DATA / "SOURCES.json").read_text(encoding="utf-8"))
    for name, digest in listed["sha256"].items():
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == digest, name
    assert all(s["version"] and s["licence"] for s in listed["sources"])


def test_the_data_stays_under_thirty_megabytes() -> None:
    assert sum(p.stat().st_size for p in Path(DATA).iterdir()) < 30 * MEGABYTE


def test_every_district_s_postcode_begins_as_its_neighbours_do() -> None:
    g = gazetteer()
    assert all(len(p) == 6 and p.isdigit() for p in g.postcodes.values())
    assert g.postcodes[g.by_code["110108"]].startswith("100")
