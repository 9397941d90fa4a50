"""Code tables: what a carrier's codes mean, as data under ``codes/``, checked at load, versioned by hash.

A partner's own table (a CSV of the same columns) is merged on top row by row. A code that stands in no table comes back as
``UnknownCode``: nothing is guessed and nothing is matched by words (无法签收 contains 签收).
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from letters.post.model import EventKind
from records.errors import WrongUsage

_FOLDER: Final = Path(__file__).with_name("codes")
_SHIPPED: Final = (_FOLDER / "push.csv", _FOLDER / "open_platform.csv")
_COLUMNS: Final = (
    "field", "code", "name", "kind", "refined_by", "norm", "how", "address", "address_again", "person", "reached", "train",
    "evidence", "voids", "next_action",
)  # fmt: skip
_FIELDS: Final = frozenset({"action", "properdelivery", "notproperdelivery", "op", "signed", "unsigned"})
_REFINED_BY: Final = {"action": {"properdelivery", "notproperdelivery"}, "op": {"signed", "unsigned"}}
SIGNED: Final = "signed:"
UNSIGNED: Final = "unsigned:"
"""Prefixes of the open platform's sub-codes inside a ``PostEvent``: both forms number their sub-codes from 10 and 1."""


class Form(StrEnum):
    """The two forms of outcome events; they number their codes differently."""

    PUSH = "push"
    OPEN = "open"


class How(StrEnum):
    """How a piece was handed out. FAMILY comes only from a relation that the post states, never from a code."""

    SELF = "self"
    FAMILY = "family"
    OTHER = "other"
    UNIT = "unit"
    OFFICE = "office"
    PROPERTY = "property"
    VILLAGE = "village"
    LETTERBOX = "letterbox"
    UNATTENDED = "unattended"
    LOCKER = "locker"
    PICKED_UP = "picked_up"
    UNSPECIFIED = "unspecified"


HOW_NAMES: Final[Mapping[How, str]] = {
    How.SELF: "本人",
    How.FAMILY: "家人",
    How.OTHER: "他人代收",
    How.UNIT: "单位收发",
    How.OFFICE: "办公室",
    How.PROPERTY: "物业",
    How.VILLAGE: "村（居）委会",
    How.LETTERBOX: "信报箱",
    How.UNATTENDED: "无人签收处放置",
    How.LOCKER: "自提柜",
    How.PICKED_UP: "自提取走",
    How.UNSPECIFIED: "签收人不明",
}


class Address(StrEnum):
    """What an outcome says of the address (law-and-post.md §7c)."""

    VALID = "V"
    LEANS_VALID = "V?"
    INVALID = "I"
    UNKNOWN = "U"


class Person(StrEnum):
    """What an outcome says of the person at the address."""

    HERE = "H"
    MOVED = "M"
    PERHAPS_MOVED = "M?"
    NOT_THERE = "N"
    PERHAPS_NOT_THERE = "N?"
    UNKNOWN = "?"


class Reached(StrEnum):
    """Whether the debtor was reached; X = refused, and so reached."""

    YES = "R"
    PERHAPS = "R?"
    REFUSED = "X"
    NO = "0"


class Evidence(StrEnum):
    """Hint of the evidence grade (R-LIM-02) from the codes alone; the grade itself needs the case's facts."""

    E1 = "E1"
    E2_IF_RELATED = "E2_IF_RELATED"
    E3 = "E3"
    E3_LIKE = "E3_LIKE"
    E4_IF_RESERVED = "E4_IF_RESERVED"
    E5 = "E5"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row of a code table. None = the code says nothing about it."""

    field: str
    code: str
    name: str
    kind: EventKind | None
    refined_by: str
    norm: str
    how: How | None
    address: Address | None
    address_again: Address | None
    person: Person | None
    reached: Reached | None
    train: int | None
    evidence: Evidence | None
    voids: frozenset[str]
    next_action: str


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A code that no table explains. ``reason``: UNKNOWN_CODE, MISSING_SUBCODE or MISPLACED_SUBCODE."""

    reason: str
    field: str
    code: str


def form_of_subcodes(field: str) -> str:
    """The prefix that a sub-code field's values carry inside a ``PostEvent``."""
    return {"signed": SIGNED, "unsigned": UNSIGNED}.get(field, "")


class CodeTable:
    """All codes of one partner. ``sha256`` names the version: same rows, same hash, whatever files they came from."""

    def __init__(self, rows: Iterable[Meaning]) -> None:
        self._rows = {(row.field, row.code): row for row in rows}
        self._known: dict[tuple[str, str, str], Meaning | UnknownCode] = {}
        self._check()
        lines = sorted(repr(cells_of(row)) for row in self._rows.values())
        self.sha256 = hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, field: str, code: str) -> Meaning | None:
        """The row of one code, None when the table has none."""
        return self._rows.get((field, code))

    def rows(self, field: str) -> list[Meaning]:
        """All rows of a field, in table order."""
        return [row for row in self._rows.values() if row.field == field]

    def meaning_of_end(self, kind: EventKind, how: How | None) -> Meaning | None:
        """The first row that says this end; of a delivery, handed out in this way. None when no code says it."""
        ends = (row for row in self._rows.values() if row.kind is kind and row.norm and not row.refined_by)
        return next((row for row in ends if kind is not EventKind.DELIVERED or row.how is how), None)

    def has_action(self, form: Form, action: str) -> bool:
        """Whether ``action`` is an action of the push form, or an operation code of the open platform."""
        return ("action" if form is Form.PUSH else "op", action) in self._rows

    def meaning(self, action: str, proper_delivery: str, not_proper_delivery: str) -> Meaning | UnknownCode:
        """What an event's three codes mean together: the action's row, made precise by its sub-code where it has one."""
        key = (action, proper_delivery, not_proper_delivery)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._find(*key)
        return found

    def _find(self, action: str, proper: str, not_proper: str) -> Meaning | UnknownCode:
        base = self._rows.get(("action", action)) or self._rows.get(("op", action))
        if base is None:
            return UnknownCode("UNKNOWN_CODE", "action", action)
        given = {}
        for value, push, opened, prefix in (
            (proper, "properdelivery", "signed", SIGNED),
            (not_proper, "notproperdelivery", "unsigned", UNSIGNED),
        ):
            if value:
                field = opened if value.startswith(prefix) else push
                given[field] = value.removeprefix(prefix)
        for field, code in given.items():
            if field != base.refined_by:
                return UnknownCode("MISPLACED_SUBCODE", field, code)
        if base.refined_by in given:
            code = given[base.refined_by]
            return self._rows.get((base.refined_by, code)) or UnknownCode("UNKNOWN_CODE", base.refined_by, code)
        if base.kind is None:
            return UnknownCode("MISSING_SUBCODE", base.refined_by, "")
        return base

    def _check(self) -> None:
        actions = {row.code for row in self.rows("action")}
        operations = {row.code for row in self.rows("op")}
        if both := sorted(actions & operations):
            raise WrongUsage(f"代码表中 {both[0]} 既是推送动作又是操作码，无法区分")
        for row in self._rows.values():
            where = f"代码表 {row.field} {row.code}"
            if row.refined_by and row.refined_by not in _REFINED_BY.get(row.field, set()):
                raise WrongUsage(f"{where} 的 refined_by 不合规则：{row.refined_by}")
            if row.kind is None and not row.refined_by:
                raise WrongUsage(f"{where} 没有说明是什么事件（kind）")
            if (row.kind is EventKind.VOIDS) != bool(row.voids):
                raise WrongUsage(f"{where} 的 voids 与 kind 不一致")
            if row.kind is EventKind.DELIVERED and row.how is None:
                raise WrongUsage(f"{where} 是妥投，但没有说明怎样交付（how）")
            if missing := sorted(row.voids - {other.code for other in self.rows(row.field)}):
                raise WrongUsage(f"{where} 作废的代码 {missing[0]} 不在表中")


def cells_of(row: Meaning) -> dict[str, str]:
    """A row as the cells of a table file."""
    return {
        name: "|".join(sorted(row.voids)) if name == "voids" else str(value if value is not None else "")
        for name in _COLUMNS
        for value in (getattr(row, name),)
    }


def meaning_of_cells(cells: Mapping[str, str], where: str) -> Meaning:
    """The row that cells say; columns that a later release added are empty in older cells.

    Raises:
        WrongUsage: a value out of form; it names ``where``.
    """
    cells = {**dict.fromkeys(_COLUMNS, ""), **cells}
    try:
        if cells["field"] not in _FIELDS or not cells["code"] or not cells["name"]:
            raise ValueError("field、code、name 不合规则")
        if cells["train"] not in ("", "0", "1"):
            raise ValueError(f"train 应为 1、0 或空：{cells['train']}")
        return Meaning(
            field=cells["field"],
            code=cells["code"],
            name=cells["name"],
            kind=EventKind(cells["kind"]) if cells["kind"] else None,
            refined_by=cells["refined_by"],
            norm=cells["norm"],
            how=How(cells["how"]) if cells["how"] else None,
            address=Address(cells["address"]) if cells["address"] else None,
            address_again=Address(cells["address_again"]) if cells["address_again"] else None,
            person=Person(cells["person"]) if cells["person"] else None,
            reached=Reached(cells["reached"]) if cells["reached"] else None,
            train=int(cells["train"]) if cells["train"] else None,
            evidence=Evidence(cells["evidence"]) if cells["evidence"] else None,
            voids=frozenset(cells["voids"].split("|")) if cells["voids"] else frozenset(),
            next_action=cells["next_action"],
        )
    except ValueError as fault:
        raise WrongUsage(f"代码表{where}：{fault}", "请对照 letters/post/codes/README.md 改正") from fault


def rows_of(text: str, name: str) -> list[Meaning]:
    """The rows of one table file.

    Raises:
        WrongUsage: other columns, a doubled code, or a value out of form; the message names file and row.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), restkey="?", restval="?")
    if tuple(reader.fieldnames or ()) != _COLUMNS:
        raise WrongUsage(f"代码表 {name} 的列应为：{','.join(_COLUMNS)}")
    found: dict[tuple[str, str], Meaning] = {}
    for number, cells in enumerate(reader, start=2):
        where = f" {name} 第 {number} 行"
        if "?" in cells or "?" in (value for key, value in cells.items() if key != "person"):
            raise WrongUsage(f"代码表{where}的列数不对")
        row = meaning_of_cells(cells, where)
        if (row.field, row.code) in found:
            raise WrongUsage(f"代码表{where}：{row.field} {row.code} 重复")
        found[row.field, row.code] = row
    return list(found.values())


@cache
def load_code_table(override: Path | None = None) -> CodeTable:
    """The shipped tables, with a partner's own rows on top. Read once per process.

    Raises:
        WrongUsage: a file can't be read, or its rows contradict each other.
    """
    merged: dict[tuple[str, str], Meaning] = {}
    for path in (*_SHIPPED, *([override] if override else [])):
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise WrongUsage(f"代码表 {path.name} 无法读取：{fault}") from fault
        merged |= {(row.field, row.code): row for row in rows_of(text, path.name)}
    return CodeTable(merged.values())


def table_of(rows: Iterable[Meaning]) -> CodeTable:
    """The shipped tables with a partner's own rows on top.

    Raises:
        WrongUsage: its rows contradict the others.
    """
    shipped = load_code_table()
    merged = {(row.field, row.code): row for field in sorted(_FIELDS) for row in shipped.rows(field)}
    merged |= {(row.field, row.code): row for row in rows}
    return CodeTable(merged.values())


def code_table_with(text: str, name: str = "override") -> CodeTable:
    """The shipped tables with the rows of a partner's table given as text."""
    return table_of(rows_of(text, name))
