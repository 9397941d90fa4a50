"""Labelled addresses in files: the NAACL form (a token and its label a line, blank line between) and ours (one address a line).

    编号<TAB>浙江省/prov|杭州市/city|文三路/road|90号/roadno

Used to train the tagger on a user's own labels and to score it. What a line lacks is said with its number, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.address_tagger.labels import LABEL_IDS

Span = tuple[int, int, str]
_SPELLINGS = {"subRoad": "subroad", "subRoadno": "subroadno", "devZone": "devzone", "intersection": "assist"}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and its labelled spans, in order; signs outside of spans are blanks."""

    text: str
    spans: tuple[Span, ...]
    name: str = ""


class UnreadableLabels(ValueError):
    """A line that is no labelled address. ``line`` counts from one."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"第 {line} 行：{why}")
        self.line = line
        self.why = why


def read_labelled(path: Path) -> list[Labelled]:
    """All addresses of the file, whichever of the two forms it has.

    Raises:
        UnreadableLabels: at the first line that has neither form.
    """
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    first = next((line for line in lines if line.strip()), "")
    return list(_segments(lines) if "\t" in first and "/" in first else _tokens(lines))


def labelled_line(one: Labelled) -> str:
    """The line of our form."""
    return f"{one.name}\t" + "|".join(f"{one.text[s:e]}/{label}" for s, e, label in one.spans)


def _segments(lines: list[str]) -> Iterator[Labelled]:
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, tab, cells = line.partition("\t")
        if not tab:
            raise UnreadableLabels(number, "缺少制表符")
        text, spans = "", []
        for cell in cells.split("|"):
            segment, slash, label = cell.rpartition("/")
            if not slash or not segment or label not in LABEL_IDS:
                raise UnreadableLabels(number, f"“{cell}”不是“文字/标签”")
            spans.append((len(text), len(text) + len(segment), label))
            text += segment
        yield Labelled(text, tuple(spans), name)


def _tokens(lines: list[str]) -> Iterator[Labelled]:
    text, spans = "", list[Span]()
    for number, line in enumerate([*lines, ""], 1):
        cells = line.split()
        if not cells:
            if text:
                yield Labelled(text, tuple(spans))
            text, spans = "", []
            continue
        if len(cells) == 1 and text and cells[0] == "O":
            continue  # a blank as a token
        if len(cells) != 2:
            raise UnreadableLabels(number, "应为“字 标签”两列")
        token, tag = cells
        start, text = len(text), text + token
        if tag == "O":
            continue
        kind, _, label = tag.partition("-")
        label = _SPELLINGS.get(label, label)
        if kind not in ("B", "I", "E", "S") or label not in LABEL_IDS:
            raise UnreadableLabels(number, f"不认识标签“{tag}”")
        if kind in ("I", "E") and spans and spans[-1][1] == start and spans[-1][2] == label:
            spans[-1] = (spans[-1][0], len(text), label)
        else:
            spans.append((start, len(text), label))
