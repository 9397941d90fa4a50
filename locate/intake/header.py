"""Finds the header of a sheet: headers are found, not assumed (contract.md, "Case file").

Titles and notes may stand above, the header may take two rows (a group cell over its members), and what kind of table
it is follows from what its words mean. Pure: works on the first rows of a sheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from locate.intake.checks.dates import read_date
from locate.intake.columns import HeaderCell, Mapped, exact_meanings, match_columns
from locate.intake.fields import Group, Role, speaks_of_others
from locate.intake.headings import bare_key
from locate.intake.problems import Fault
from locate.intake.profile import Profile
from locate.intake.text import Cell, narrow, plain

SEARCHED_ROWS: Final = 60
"""How far down a header is looked for."""
_LEAST_FIELDS: Final = {Role.CASES: 5, Role.ADDRESSES: 2, Role.CONTACTS: 3}
_TWO_ROW_GAIN: Final = 2
_DATA_LIKE: Final = re.compile(r"\d{6,}|\d{4}[-/.年]\d{1,2}")
_ADDRESS_ITSELF: Final = re.compile("(?:详细|具体|完整)?(?:地址|住址)|地址(?:内容|文本|全文)")
_LONGEST_HEADER: Final = 60
_UNIT_NOTE: Final = re.compile(
    r"(?:金额)?单位\s*(?:均?[为是:：]|=)?\s*(?:人民币)?\s*[:：]?(百万元|万元|千元|百元|亿元|元|分)"
)
_AS_OF_NOTE: Final = re.compile(
    r"截[至止](?:日期|时间|日)?\s*[为是:：]?\s*(20\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}日?|20\d{6})"
)
_SHEET_WORDS: Final = {
    Role.CASES: (
        "案件",
        "客户",
        "委案",
        "债务",
        "主表",
        "基本信息",
        "名单",
        "清单",
        "明细",
        "case",
        "debtor",
        "loan",
    ),
    Role.ADDRESSES: ("地址", "住址", "address"),
    Role.CONTACTS: ("联系人", "联络", "contact"),
}


@dataclass(frozen=True, slots=True)
class Header:
    """A found header. Rows are 0-based indexes into the sheet; ``notes`` are the texts above it."""

    role: Role
    first_row: int
    last_row: int
    cells: tuple[HeaderCell, ...]
    mapped: Mapped
    notes: tuple[str, ...] = ()
    texts: tuple[frozenset[str], ...] = field(default=())
    """Comparison keys of each column's header, to recognise a repeated header."""

    @property
    def is_complete(self) -> bool:
        """Whether the columns make a table of this role."""
        mapped = self.mapped
        has_key = any(mapped.first(Group.CASE, name) for name in ("case_no", "contract_no", "id_number"))
        if self.role is Role.CASES:
            has_money = mapped.first(Group.CASE, "total") or mapped.first(Group.CASE, "principal_due")
            return bool(has_key and mapped.first(Group.CASE, "debtor_name") and has_money)
        if self.role is Role.ADDRESSES:
            return bool(has_key and mapped.first(Group.ADDRESS, "text"))
        has_means = mapped.first(Group.CONTACT, "relation") or mapped.first(Group.CONTACT, "mobile")
        return bool(has_key and mapped.first(Group.CONTACT, "name") and has_means)

    @property
    def width(self) -> int:
        """Columns up to the last header cell."""
        return max((cell.index for cell in self.cells), default=-1) + 1

    def unit_note(self) -> str | None:
        """The unit of money that a note above the table names."""
        return next((found[1] for note in self.notes if (found := _UNIT_NOTE.search(note))), None)

    def as_of_note(self) -> date | None:
        """The day that a note above the table gives for all amounts."""
        for note in self.notes:
            found = _AS_OF_NOTE.search(narrow(note))
            day = read_date(found[1], "截至日") if found else None
            if day is not None and not isinstance(day, Fault):
                return day
        return None


def find_header(
    rows: Sequence[Sequence[Cell]], sheet: str, profile: Profile | None = None, role: Role | None = None
) -> Header | None:
    """The best header among a sheet's first rows, or None where none is like one.

    Args:
        rows: the first rows, from the sheet's row 1, merged cells filled in.
        sheet: its name; breaks ties between roles.
        profile: the lender's own mapping.
        role: the role the profile gives this sheet, or None to find it out.
    """
    candidates = list(_candidates(rows))
    found = [
        best
        for each in ((role,) if role else Role)
        if (best := _best(candidates, rows, each, profile, sheet)) is not None
    ]
    if not found:
        return None
    return max(found, key=lambda header: (header.is_complete, _likeness(header, sheet)))


def _likeness(header: Header, sheet: str) -> float:
    named = any(word in sheet.casefold() for word in _SHEET_WORDS[header.role])
    known = sum(column.target.group is not Group.IGNORED for column in header.mapped.columns)
    return known / max(1, len(header.cells)) * 4 + known / 4 + 2 * named


def _best(
    candidates: Sequence[tuple[int, int, tuple[HeaderCell, ...]]],
    rows: Sequence[Sequence[Cell]],
    role: Role,
    profile: Profile | None,
    sheet: str,
) -> Header | None:
    scored = [(exact_meanings(cells, role, profile), first, last, cells) for first, last, cells in candidates]
    single = {first: score for score, first, last, _ in scored if first == last}
    fit = [
        each
        for each in scored
        if each[0] >= _LEAST_FIELDS[role]
        and (
            each[1] == each[2]
            or each[0] >= _TWO_ROW_GAIN + max(single.get(each[1], 0), single.get(each[2], 0))
        )
    ]
    if not fit:
        return None
    _, first, last, cells = max(fit, key=lambda each: (each[0], -each[1]))
    notes = tuple(text for row in rows[:first] for cell in dict.fromkeys(row) if (text := plain(cell)))
    texts = tuple(frozenset(bare_key(text) for text in (cell.shown, *cell.texts)) for cell in cells)
    return Header(role, first, last, cells, match_columns(cells, role, profile), notes, texts)


def _candidates(rows: Sequence[Sequence[Cell]]) -> Iterator[tuple[int, int, tuple[HeaderCell, ...]]]:
    texts = [[plain(cell) if isinstance(cell, str) else "" for cell in row] for row in rows]
    for index, row in enumerate(texts):
        if _could_be_header(rows[index], row):
            yield index, index, tuple(HeaderCell(at, text, (text,)) for at, text in enumerate(row) if text)
            below = index + 1
            if below < len(texts) and _could_be_header(rows[below], texts[below]):
                yield index, below, tuple(_two_rows(row, texts[below]))


def _could_be_header(cells: Sequence[Cell], texts: Sequence[str]) -> bool:
    filled = [text for text in texts if text]
    if not filled or any(isinstance(cell, date | datetime) for cell in cells):
        return False
    return not any(_DATA_LIKE.search(text) for text in filled if len(text) <= _LONGEST_HEADER)


def _two_rows(upper: Sequence[str], lower: Sequence[str]) -> Iterator[HeaderCell]:
    width = max(len(upper), len(lower))
    tops = [*upper, *[""] * (width - len(upper))]
    members = [*lower, *[""] * (width - len(lower))]
    group = ""
    for at in range(width):
        group = tops[at] or (group if members[at] else "")
        member = members[at]
        if not member or member == group:
            if group and (tops[at] or member):
                yield HeaderCell(at, group, (group,))
        elif not group:
            yield HeaderCell(at, member, (member,))
        else:
            together: tuple[str, ...] = (group + member, member + group)
            if group.endswith(("地址", "住址")) and _ADDRESS_ITSELF.fullmatch(member):
                together = (*together, group)  # 户籍地址 over 地址 | 来源 | 采集日期: the address of that kind
            alone = () if speaks_of_others(bare_key(group)) else (member,)
            yield HeaderCell(at, f"{group} {member}", (*together, *alone))
