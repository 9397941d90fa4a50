"""What a row below the header is: a case, or something that people put between and under cases."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

from locate.intake.fields import AMOUNT_FIELDS, Role
from locate.intake.headings import bare_key
from locate.intake.plan import Plan
from locate.intake.sheets import Row
from locate.intake.text import Cell, plain, word

_TOTAL: Final = re.compile(
    r".{0,16}(?:合计|小计|总计|共计|累计|汇总|总数|总额)[:：]?.{0,8}|(?:grand|sub)?total[:：]?|sum[:：]?"
)
_NOTE: Final = re.compile(
    r"制表|制单|审核|复核|经办|填表|填报|打印|说明|备注|注[:：\d]|以上|以下|第\d+页|共\d+|续表|续上|接上|转下|数据来源|单位[:：]|盖章|签字|签章|附注|声明|本表|截[至止]|联系方式|公司名称|日期[:：]|制作|导出|page\d*|---+|\*\*\*+|以下空白|此行以下"
)
_FEW: Final = 3
_LONGEST_LABEL: Final = 30


class RowKind(Enum):
    """What a row is."""

    DATA = auto()
    BLANK = auto()
    HEADER = auto()
    TOTAL = auto()
    UNLABELLED_TOTAL = auto()
    NOTE = auto()


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing that can be seen."""
    return cell == "" or (isinstance(cell, str) and (cell.isspace() or not plain(cell)))


class RowSorter:
    """Tells the rows of one sheet apart."""

    __slots__ = (
        "_amounts",
        "_header",
        "_id",
        "_id_has_digits",
        "_key",
        "_keys",
        "_mapped",
        "_name",
        "_texts",
        "_width",
    )

    def __init__(self, plan: Plan) -> None:
        self._header = plan.header
        self._mapped = sorted(plan.mapped_indexes())
        self._amounts = frozenset(
            column.index for name in AMOUNT_FIELDS for column in plan.scalars.get(name, ())
        )
        self._id_has_digits = plan.role is Role.CASES
        if plan.role is Role.CASES:
            self._id = self._index(plan, "id_number")
        else:
            self._id = next((slot.text.index for slot in plan.addresses), -1)
            if plan.contacts:
                self._id = next(iter(plan.contacts[0].columns.values())).index
        self._key = next(
            (at for name in ("case_no", "contract_no", "id_number") if (at := self._index(plan, name)) >= 0),
            -1,
        )
        self._name = self._index(plan, "debtor_name")
        self._texts = {
            cell.index: keys for cell, keys in zip(plan.header.cells, plan.header.texts, strict=True)
        }
        self._keys = self._texts.get(self._key, frozenset())
        self._width = max(self._mapped, default=0) + 1

    @staticmethod
    def _index(plan: Plan, name: str) -> int:
        column = plan.column(name)
        return -1 if column is None else column.index

    def kind_of(self, row: Row) -> RowKind:
        """What the row is."""
        if len(row) < self._width:
            row = [*row, *[""] * (self._width - len(row))]
        key, identity = row[self._key], row[self._id] if self._id >= 0 else ""
        if key == "" or identity == "" or is_blank(key) or not self._identifies(identity):
            return self._slowly(row)
        repeats = isinstance(key, str) and bare_key(key) in self._keys and self._repeats(row)
        return RowKind.HEADER if repeats else RowKind.DATA

    def _identifies(self, cell: Cell) -> bool:
        """Whether a cell may be what it should be: an ID number has digits, an address or a contact has anything."""
        if self._id_has_digits and isinstance(cell, str):
            return any(character.isdigit() for character in cell)
        return not is_blank(cell)

    def _slowly(self, row: Row) -> RowKind:
        filled = [index for index in self._mapped if not is_blank(row[index])]
        everything = [index for index, cell in enumerate(row) if not is_blank(cell)]
        texts = [plain(row[index]) for index in everything if isinstance(row[index], str)]
        if not everything or (not filled and not texts):
            return RowKind.BLANK
        if self._repeats(row):
            return RowKind.HEADER
        identity_blank = self._id < 0 or is_blank(row[self._id]) or self._id == self._key
        if identity_blank and texts and self._is_total(texts[0], row):
            return RowKind.TOTAL
        if filled and self._amounts.issuperset(filled):
            return RowKind.UNLABELLED_TOTAL
        return self._note_or_data(row, filled, texts)

    def _is_total(self, first: str, row: Row) -> bool:
        """合计 as the row's first words, and no case number unless those words stand in its place."""
        if len(first) > _LONGEST_LABEL or not _TOTAL.fullmatch(word(first)):
            return False
        return self._key < 0 or is_blank(row[self._key]) or plain(row[self._key]) == first

    def _note_or_data(self, row: Row, filled: list[int], texts: list[str]) -> RowKind:
        distinct = list(dict.fromkeys(texts))
        has_amounts = any(index in self._amounts for index in filled)
        only_key = filled == [self._key] and plain(row[self._key]).isascii()
        if has_amounts or only_key or not distinct:
            return RowKind.DATA if filled else RowKind.BLANK
        if _NOTE.match(word(distinct[0])) or (not filled and distinct):
            return RowKind.NOTE
        return (
            RowKind.NOTE
            if len(distinct) == 1 and len(filled) <= _FEW and len(texts) == len(filled)
            else RowKind.DATA
        )

    def _repeats(self, row: Row) -> bool:
        """Whether the row says again what the header says."""
        same = asked = 0
        for index, keys in self._texts.items():
            cell = row[index] if index < len(row) else ""
            if isinstance(cell, str) and cell:
                asked += 1
                same += bare_key(cell) in keys
            elif cell != "":
                asked += 1
        return same >= _FEW and same * 2 > asked
