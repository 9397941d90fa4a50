"""Addresses a line: plain text, and JSON Lines (an object a line, the address under one key)."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from console.address_input import (
    LONGEST_TEXT,
    Cell,
    Input,
    Row,
    count_lines,
    named,
    no_column,
    reopener,
    too_long,
)
from locate.intake.delimited import WIDEST, encoding_of
from records.errors import UnreadableInput

_LONGEST_OBJECT: Final = 1 << 20
"""Characters of a JSON line."""


def open_lines(path: Path, shown: str, _column: str | None) -> Input:
    """A text: every line is an address, blank ones too.

    Raises:
        UnreadableInput: neither UTF-8 (or -16 with its mark) nor GB18030.
    """
    with named(shown):
        encoding = encoding_of(reopener(path))
    return Input(shown, (), count_lines(path), _lines(path, shown, encoding))


def _lines(path: Path, shown: str, encoding: str) -> Iterator[Row]:
    for number, line in _numbered(reopener(path), encoding, LONGEST_TEXT + 2):
        text = line.rstrip("\r\n")
        if len(text) > LONGEST_TEXT:
            raise too_long(shown, number)
        yield text, ()


def _numbered(opener: Callable[[], BinaryIO], encoding: str, longest: int) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; of a longer line only its first part, and then no more."""
    with opener() as raw, io.TextIOWrapper(raw, encoding=encoding, newline=None) as text:
        number = 0
        while line := text.readline(longest):
            number += 1
            yield number, line


def open_json_lines(path: Path, shown: str, column: str | None) -> Input:
    """JSON Lines: every line an object; blank lines are passed over. Read twice: once for its keys.

    Raises:
        UnreadableInput: a line is no JSON object.
        WrongUsage: no line has the key.
    """
    keys: dict[str, None] = {}
    total = 0
    for number, entry in _objects(path, shown):
        keys.update(dict.fromkeys(entry))
        total += 1
        if len(keys) > WIDEST:
            raise UnreadableInput(f"{shown} 第 {number} 行：键超过 {WIDEST} 种。", "请核对文件。")
    if column is None and len(keys) == 1:
        [column] = keys
    if column is None or column not in keys:
        raise no_column(shown, column, tuple(keys))
    others = tuple(key for key in keys if key != column)
    return Input(shown, others, total, _json_rows(path, shown, column, others))


def _json_rows(path: Path, shown: str, column: str, others: tuple[str, ...]) -> Iterator[Row]:
    for number, entry in _objects(path, shown):
        text = entry.get(column)
        if text is not None and not isinstance(text, str):
            raise UnreadableInput(f"{shown} 第 {number} 行“{column}”不是文字。", "地址要写成字符串。")
        if text is not None and len(text) > LONGEST_TEXT:
            raise too_long(shown, number)
        yield _sound(text or ""), tuple(_cell(entry.get(key)) for key in others)


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, bool | int | float):
        return value
    return _sound(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _sound(text: str) -> str:
    """Without lone surrogates, which JSON can escape and no file can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _objects(path: Path, shown: str) -> Iterator[tuple[int, dict[str, object]]]:
    with named(shown):
        encoding = encoding_of(reopener(path))
    for number, line in _numbered(reopener(path), encoding, _LONGEST_OBJECT + 2):
        if len(line) > _LONGEST_OBJECT:
            raise UnreadableInput(f"{shown} 第 {number} 行过长。", "一行一个 JSON 对象，不要写在一行里。")
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as fault:
            raise UnreadableInput(f"{shown} 第 {number} 行不是 JSON。", "一行一个 JSON 对象。") from fault
        if not isinstance(entry, dict):
            raise UnreadableInput(f"{shown} 第 {number} 行不是 JSON 对象。", "一行一个 JSON 对象，如 {\"地址\": \"…\"}。")
        yield number, entry
