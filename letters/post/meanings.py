"""The words that a person may choose a code's meaning from: each is a row of the shipped tables. Pure: no database.

``returned``, ``MOVED_UNKNOWN``, ``voids:704``… A mapped code is read exactly as the code whose row the word names; nothing
is ever told from a code's name or description.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from letters.post.codes import CodeTable, Meaning, load_code_table, meaning_of_cells, table_of
from letters.post.model import EventKind
from records.errors import WrongUsage

FIELDS: Final[Mapping[str, str]] = {
    "action": "推送动作",
    "proper": "推送签收情况",
    "notproper": "推送未妥投原因",
    "op": "开放平台操作码",
    "signed": "开放平台妥投代码",
    "unsigned": "开放平台未妥投代码",
}
"""Words of ``--kind``; the push form's sub-codes bear other names in the files."""
_FIELD_OF_KIND: Final = {"proper": "properdelivery", "notproper": "notproperdelivery"}
_REFINED: Final = {
    "properdelivery": "delivered", "signed": "delivered", "notproperdelivery": "attempt_failed", "unsigned": "attempt_failed",
}  # fmt: skip
_ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "action": ("properdelivery", "notproperdelivery", "signed", "unsigned"), "op": ("signed", "unsigned"),
    "properdelivery": ("signed",), "signed": ("properdelivery",),
    "notproperdelivery": ("unsigned",), "unsigned": ("notproperdelivery",),
}  # fmt: skip
VOIDS: Final = "voids:"
_LONGEST_CODE: Final = 20


def field_of(kind: str) -> str:
    """The code table's field of a word of ``--kind``; the field's own name is taken too.

    Raises:
        WrongUsage: there is none.
    """
    field = _FIELD_OF_KIND.get(kind, kind)
    if field not in {*FIELDS, *_FIELD_OF_KIND.values()} - set(_FIELD_OF_KIND):
        raise WrongUsage(f"没有“{kind}”这一类代码。", f"--kind 可用：{'、'.join(FIELDS)}。")
    return field


def _word(row: Meaning) -> str:
    if row.refined_by:
        return _REFINED[row.refined_by]
    if row.kind is EventKind.VOIDS:
        return VOIDS + "|".join(sorted(row.voids))
    return row.norm or str(row.kind or "")


def meanings(field: str) -> dict[str, Meaning]:
    """Word → the shipped row it stands for. Of several rows the one that a sub-code makes precise, else the first.

    A partner may say with an action what another says with a sub-code, and with a push code what the open platform knows:
    all that is said on the same level or below it may be chosen.
    """
    found: dict[str, Meaning] = {}
    for source in (field, *_ALSO.get(field, ())):
        for row in sorted(load_code_table().rows(source), key=lambda row: not row.refined_by):
            if source != field and (row.refined_by or row.kind is EventKind.VOIDS):
                continue
            word = _word(row)
            if word in found and row.how is not None and row.how is not found[word].how:
                word = f"{word}:{row.how}"
            found.setdefault(word, replace(row, field=field))
    return found


def mapped_row(table: CodeTable, field: str, code: str, word: str, name: str = "") -> Meaning:
    """The code-table row of a code that a person gives a meaning.

    Args:
        table: the partner's codes so far: a void may name any of them.
        word: one of ``meanings(field)``, or ``voids:CODE`` (several with ``|``) for actions and operations.
        name: the partner's own words for the code; without, those of the meaning.

    Raises:
        WrongUsage: the code is none, or the word is not among the allowed ones; it lists them.
    """
    if not (code.isascii() and code.isprintable() and 0 < len(code) <= _LONGEST_CODE) or " " in code:
        raise WrongUsage(f"代码“{code}”不能用。", f"请照文件中的写法给出，至多 {_LONGEST_CODE} 个字符，不含空格。")
    allowed = meanings(field)
    if word.startswith(VOIDS) and field in ("action", "op"):
        targets = frozenset(word.removeprefix(VOIDS).split("|"))
        if missing := sorted(one for one in targets if table.row(field, one) is None or one == code):
            raise WrongUsage(
                f"“{word}”所作废的代码 {missing[0]} 不在代码表中。",
                "请先为它指定含义，或用 handa post codes 查看。",
            )
        blank = next(row for row in allowed.values() if row.kind is EventKind.IN_TRANSIT and not row.norm)
        return replace(
            blank,
            code=code,
            name=name or f"作废 {'、'.join(sorted(targets))}",
            kind=EventKind.VOIDS,
            voids=targets,
        )
    if word not in allowed:
        listed = "、".join(f"{one}（{row.name}）" for one, row in allowed.items())
        more = "，或 voids:代码" if field in ("action", "op") else ""
        raise WrongUsage(f"含义“{word}”不在可选之列。", f"可选：{listed}{more}。")
    return replace(allowed[word], code=code, name=name or allowed[word].name)


def table_with_rows(rows: Iterable[Mapping[str, str]]) -> CodeTable:
    """The shipped tables with mapped rows (kept cells) on top.

    Raises:
        WrongUsage: they contradict each other.
    """
    return table_of(meaning_of_cells(cells, f" {cells.get('field')} {cells.get('code')}") for cells in rows)
