"""Kinds of gaps as data (``gap_kinds.csv``): what each is called, who must act, within how long, what may close it.

A partner's agreement may set other days for a kind (its setting ``gap_days``). Nothing here looks for gaps.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from letters.answers.workdays import add_working_days
from records.errors import WrongUsage

_FILE: Final = Path(__file__).with_name("gap_kinds.csv")
_COLUMNS: Final = ("code", "title", "level", "who", "days", "unit", "settle", "advice", "command", "source")
LONGEST_DAYS: Final = 365
"""No kind may wait longer than the carrier answers at all (邮政法 49)."""


class Level(StrEnum):
    """What a kind of gap is about."""

    BATCH = "batch"
    PIECE = "piece"
    HOUSE = "house"


class Who(StrEnum):
    """Who must act."""

    OPERATOR = "operator"
    LAWYER = "lawyer"
    PARTNER = "partner"
    LENDER = "lender"


WHO_NAMES: Final[Mapping[Who, str]] = {
    Who.OPERATOR: "经办人",
    Who.LAWYER: "律师",
    Who.PARTNER: "邮政合作方",
    Who.LENDER: "资方",
}


class Settle(StrEnum):
    """What a person must give to close a gap: a reason, a reason with a paper; or only facts close it."""

    REASON = "reason"
    EVIDENCE = "evidence"
    NO = "no"


@dataclass(frozen=True, slots=True)
class GapKind:
    """One kind of gap."""

    code: str
    title: str
    level: Level
    who: Who
    days: int
    working: bool
    """Whether ``days`` are working days."""
    settle: Settle
    advice: str
    command: str
    source: str
    order: int

    def due(self, since: date, days: int | None = None) -> date:
        """The day from which somebody must act on what lasts since ``since``."""
        count = self.days if days is None else days
        return add_working_days(since, count) if self.working else since + timedelta(days=count)


@cache
def gap_kinds() -> Mapping[str, GapKind]:
    """Every kind by code, in the order in which they are shown.

    Raises:
        ValueError: the table is out of form.
    """
    lines = [line for line in _FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    reader = csv.DictReader(lines)
    if tuple(reader.fieldnames or ()) != _COLUMNS:
        raise ValueError(f"gap_kinds.csv: columns {reader.fieldnames}")
    found: dict[str, GapKind] = {}
    for order, row in enumerate(reader):
        if None in row or not all(row[name] for name in _COLUMNS) or row["code"] in found or row["unit"] not in ("calendar", "working"):
            raise ValueError(f"gap_kinds.csv: {row}")
        found[row["code"]] = GapKind(
            code=row["code"], title=row["title"], level=Level(row["level"]), who=Who(row["who"]), days=int(row["days"]),
            working=row["unit"] == "working", settle=Settle(row["settle"]), advice=row["advice"], command=row["command"],
            source=row["source"], order=order,
        )  # fmt: skip
    return found


def kind_of(code: str) -> GapKind:
    """The kind with this code.

    Raises:
        WrongUsage: there is none.
    """
    try:
        return gap_kinds()[code]
    except KeyError:
        raise WrongUsage(f"没有缺口种类“{code}”。", f"可选：{'、'.join(gap_kinds())}") from None


def days_of(settings: Mapping[str, object], partner: str) -> dict[str, int]:
    """The days that a partner's setting ``gap_days`` gives for kinds.

    Raises:
        WrongUsage: it names an unknown kind or no plausible number of days.
    """
    given = settings.get("gap_days") or {}
    if not isinstance(given, dict):
        raise WrongUsage(f"合作方 {partner} 的 gap_days 应为“代码: 天数”的表。", "请更正合作方设置。")
    for code, days in given.items():
        if code not in gap_kinds() or isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= LONGEST_DAYS:
            raise WrongUsage(
                f"合作方 {partner} 的 gap_days 中“{code}: {days}”不能用。", f"代码取自缺口种类表，天数为 0 至 {LONGEST_DAYS} 的整数。"
            )
    return dict(given)
