"""The text of ``--help`` in Chinese: usage, what the command does, an example, arguments, options, commands.

Chinese signs are two columns wide and lines may break between any two of them, which click's own formatter does not
know. Knows nothing of what the commands do.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

WIDEST = 100
"""Columns: longer lines are hard to read, however wide the terminal."""
_LEFT = 26
"""Columns of names; a longer name has its text on the next line."""
_PIECES = re.compile(r"[\x21-\x7e]+|\s+|.", re.DOTALL)
_NEVER_FIRST = "，。；：、？！）】》”’…,.;:?!)]"
EXAMPLE = "示例："


@dataclass(frozen=True, slots=True)
class Line:
    """A name and what it means."""

    name: str
    text: str


def cells(text: str) -> int:
    """Columns that a terminal needs for the text."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 0 if unicodedata.combining(sign) else 1 for sign in text)


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most ``width`` columns; words of Latin signs are kept whole where they fit at all."""
    lines: list[str] = []
    line, used = "", 0
    for piece in _PIECES.findall(text):
        size = cells(piece)
        if used + size > width and line and not (piece in _NEVER_FIRST and used + size <= width + 2):
            lines.append(line.rstrip())
            line, used = "", 0
            if piece.isspace():
                continue
        line, used = line + piece, used + size
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def page(usage: str, text: str, sections: Iterable[tuple[str, Iterable[Line]]]) -> str:
    """One help text."""
    width = min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns) - 2  # a closing mark may hang over
    words, examples = split_examples(text)
    lines = [f"用法：{usage}", ""]
    for paragraph in words:
        lines += [f"  {line}" for line in wrapped(paragraph, width - 2)]
    if examples:
        # Never wrapped: it is there to be copied.
        lines += ["", "示例：", *(f"  {example}" for example in examples)]
    for title, entries in sections:
        shown = list(entries)
        if shown:
            lines += ["", f"{title}：", *_columns(shown, width)]
    return "\n".join(lines)


def split_examples(text: str) -> tuple[list[str], list[str]]:
    """(paragraphs, examples) of a help text that says ``示例：handa …`` after what it explains."""
    words, *examples = text.strip().split(EXAMPLE)
    paragraphs = [" ".join(part.split()) for part in words.split("\n\n") if part.strip()]
    return paragraphs, [" ".join(example.split()) for example in examples if example.strip()]


def first_sentence(text: str) -> str:
    """What stands beside a command in a list of commands."""
    paragraphs, _ = split_examples(text)
    return paragraphs[0].rstrip("。") if paragraphs else ""


def _columns(entries: list[Line], width: int) -> Iterator[str]:
    left = min(_LEFT, max(cells(entry.name) for entry in entries))
    for entry in entries:
        text = wrapped(entry.text, width - left - 4)
        if cells(entry.name) > left:
            yield f"  {entry.name}"
            yield from (f"  {' ' * left}  {line}" for line in text)
            continue
        yield f"  {entry.name}{' ' * (left - cells(entry.name))}  {text[0]}".rstrip()
        yield from (f"  {' ' * left}  {line}" for line in text[1:])
