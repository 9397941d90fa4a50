"""Letters to learn from as a CSV file: tokens, codes and numbers, no text of anybody's. Written from the house, read from anywhere.

So outcomes of another system, or of a simulated world, go through the very same training. Columns are those of
``models.delivery.opportunities.Opportunities``, codes by their names; docs/delivery-model.md describes them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np

from models.delivery.features import GRADES, ISSUES, KINDS, SOURCES
from models.delivery.opportunities import NOT_KNOWN, Opportunities, Outcome
from records.errors import UnreadableInput

COLUMNS: Final = tuple(one.name for one in fields(Opportunities))
LONGEST: Final = 20_000_000
"""Rows; a file with more is refused rather than run out of memory."""
_GRADES: Final = (*GRADES, "area", "unusable")
_OUTCOMES: Final = tuple(one.name.lower() for one in Outcome)
_TOKENS: Final = ("case", "debtor", "lender", "room", "building", "estate", "office")
_DATES: Final = ("day", "known_day")
_NAMED: Final = {"kind": KINDS, "source": SOURCES, "grade": _GRADES, "outcome": _OUTCOMES}
_MOST: Final = {"id_region": 3, "phone_region": 2}
"""Codes of how far a region agrees; a larger one is of another coding, not more agreement."""
_FLOATS: Final = ("age_days", "elsewhere_days", "confidence", "propensity")
_NEEDED: Final = ("case", "debtor", "lender", "day", "district", "product", "listed", "kind", "source", "grade", "confidence", "voices", "places", "amount_fen", "cost_fen", "written")


class _Unreadable(ValueError):
    """A cell that can't be read; ``args[0]`` says why."""


def write_rows(rows: Opportunities, target: TextIO) -> int:
    """Write the rows; returns how many."""
    writer = csv.writer(target)
    writer.writerow(COLUMNS)
    columns = [_written(name, getattr(rows, name)) for name in COLUMNS]
    writer.writerows(zip(*columns, strict=True))
    return len(rows)


def _written(name: str, values: Any) -> Iterator[object]:
    if name in _DATES:
        return (date.fromordinal(int(value)).isoformat() if value >= 0 else "" for value in values)
    if name in _NAMED:
        names = _NAMED[name]
        return (names[int(value)] if 0 <= value < len(names) else "" for value in values)
    if name == "issues":
        return ("|".join(one for bit, one in enumerate(ISSUES) if int(value) >> bit & 1) for value in values)
    if name == "written":
        return (int(value) for value in values)
    if name in _FLOATS:
        return ("" if np.isnan(value) else f"{value:.6g}" for value in values)
    return ("" if value == NOT_KNOWN else int(value) for value in values)


def read_rows(path: Path, progress: Callable[[int], None] = lambda _read: None) -> Opportunities:
    """Read rows; a token may be any text.

    Raises:
        UnreadableInput: a column is missing, or a cell can't be read (row and column are named).
    """
    columns: dict[str, list[int | float]] = {name: [] for name in COLUMNS}
    tokens: dict[str, dict[str, int]] = {name: {} for name in _TOKENS}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise UnreadableInput(f"“{path.name}”缺少列：{'、'.join(missing)}。", "列名见 docs/delivery-model.md，可用 handa models rows 导出一份对照。")
            for number, row in enumerate(reader, start=2):
                if number > LONGEST:
                    raise UnreadableInput(f"“{path.name}”超过 {LONGEST} 行。", "请按时间拆分后训练。")
                for name in COLUMNS:
                    try:
                        columns[name].append(_value(name, (row[name] or "").strip(), tokens))
                    except ValueError as fault:
                        why = fault.args[0] if isinstance(fault, _Unreadable) else f"“{row[name]}”不是应有的值"
                        raise UnreadableInput(f"“{path.name}”第 {number} 行“{name}”列：{why}。", "请更正这一格后重试。") from fault
                if number % 20_000 == 0:
                    progress(number)
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise UnreadableInput(f"“{path.name}”读不出来：{fault}。", "应为 UTF-8 编码的 CSV 文件。") from fault
    try:
        return Opportunities(**{
            name: np.array(values, bool if name == "written" else np.float64 if name in _FLOATS else np.int64) for name, values in columns.items()
        })  # fmt: skip
    except ValueError as fault:
        raise UnreadableInput(f"“{path.name}”前后不一：有结果而未寄出，或结果日期早于批次日。", "请核对 written、outcome、day、known_day 四列。") from fault


def _value(name: str, text: str, tokens: dict[str, dict[str, int]]) -> int | float:
    if not text:
        if name in _NEEDED:
            raise _Unreadable("不能为空")
        return float("nan") if name in _FLOATS else 0 if name == "issues" else NOT_KNOWN
    if name in _TOKENS:
        if text.isascii() and text.isdigit() and len(text) < 19:
            return int(text)
        known = tokens[name]
        return known.setdefault(text, (1 << 61) + len(known))
    if name in _DATES:
        return date.fromisoformat(text).toordinal()
    if name in _NAMED:
        if text not in _NAMED[name]:
            raise _Unreadable(f"“{text}”不在代码之内（{'、'.join(_NAMED[name])}）")
        return _NAMED[name].index(text)
    if name == "issues":
        unknown = [one for one in text.split("|") if one not in ISSUES]
        if unknown:
            raise _Unreadable(f"“{unknown[0]}”不在代码之内")
        return sum(1 << ISSUES.index(one) for one in set(text.split("|")))
    if name in _FLOATS:
        return _number(name, text)
    value = int(text)
    if value < NOT_KNOWN:
        raise _Unreadable("不能为负数")
    if value > _MOST.get(name, value):
        raise _Unreadable(f"“{text}”不在代码之内（0 至 {_MOST[name]}，不明留空）")
    return value


def _number(name: str, text: str) -> float:
    value = float(text)
    low, high = (0.0, 1.0) if name in ("confidence", "propensity") else (0.0, 100_000.0)
    if not low <= value <= high:
        raise _Unreadable(f"“{text}”应在 {low:g} 与 {high:g} 之间")
    return value
