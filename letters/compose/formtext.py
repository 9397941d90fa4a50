"""Rendered template text → form. The only markup is the template's own; values are opaque one-character tokens here.

    ::p part=facts,statement_label      starts a block of that kind
    text lines                          joined without spaces in p; one line each elsewhere
    **text**                            strong
    ::table part=claim_table cols=3,3a,4    column shares, "a" = amount; cells are parted by " | ",
    = 合计 | …                           "!" starts a head row and "=" a total row
"""

from __future__ import annotations

import re
from typing import Final

from letters.compose.errors import TemplateFault
from letters.compose.form import Block, BlockKind, Column, LetterForm, SlotKind, Span, TableRow
from letters.compose.parts import ALL_PARTS

TOKEN_RANGE: Final = 2000
"""Slots of one kind in one letter; three ranges fit into the private use area."""
TOKEN_BASE: Final[dict[SlotKind, int]] = {
    SlotKind.CASE: 0xE000,
    SlotKind.KEPT: 0xE000 + TOKEN_RANGE,
    SlotKind.BATCH: 0xE000 + 2 * TOKEN_RANGE,
}
_KINDS: Final = tuple(TOKEN_BASE)
_PIECES: Final = re.compile("(\\*\\*|[\ue000-\uf8ff])")
_DIRECTIVE: Final = re.compile(r"::(\w+)((?: +\w+=\S+)*) *")
_MARK: Final = re.compile("[\ue000-\uf8ff]")


def has_token(text: str) -> bool:
    """Whether the text holds a character of the token range; template files must not."""
    return _MARK.search(text) is not None


def read_form(text: str, bundle_sha256: str, drawn: frozenset[str]) -> LetterForm:
    """The form that ``text`` (a rendered template with tokens for values) describes.

    ``drawn`` are the parts that the page's furniture supplies.

    Raises:
        TemplateFault: when the text does not follow the block language.
    """
    blocks: list[Block] = []
    head: tuple[BlockKind, dict[str, str]] | None = None
    lines: list[str] = []
    for raw in [*text.splitlines(), "::end"]:
        line = raw.strip()
        if not line.startswith("::"):
            if line:
                if head is None:
                    raise TemplateFault(f"第一个“::”之前有文字：“{line}”")
                lines.append(line)
            continue
        if head is not None and lines:
            blocks.append(_block(head[0], head[1], lines))
        lines = []
        if line == "::end":
            break
        head = _directive(line)
    parts = frozenset().union(drawn, *(block.parts for block in blocks))
    return LetterForm(bundle_sha256, tuple(blocks), parts)


def _directive(line: str) -> tuple[BlockKind, dict[str, str]]:
    match = _DIRECTIVE.fullmatch(line)
    if match is None:
        raise TemplateFault(f"段落块的写法有误：“{line}”")
    options = dict(pair.split("=", 1) for pair in match[2].split())
    try:
        kind = BlockKind(match[1])
    except ValueError:
        raise TemplateFault(f"没有段落块“::{match[1]}”") from None
    unknown = set(options) - {"part", "cols", "keep"}
    if unknown:
        raise TemplateFault(f"“{line}”中没有选项 {'、'.join(sorted(unknown))}")
    return kind, options


def _block(kind: BlockKind, options: dict[str, str], lines: list[str]) -> Block:
    parts = frozenset(options["part"].split(",")) if "part" in options else frozenset()
    if parts - ALL_PARTS:
        raise TemplateFault(f"没有必备部分 {'、'.join(sorted(parts - ALL_PARTS))}（名称见 letters/compose/parts.py）")
    keep = options.get("keep") == "yes"
    if kind is BlockKind.TABLE:
        columns = tuple(
            Column(int(share.rstrip("a")), share.endswith("a")) for share in options.get("cols", "").split(",") if share
        )
        whole = sum(column.share for column in columns)
        if not whole:
            raise TemplateFault("表格须写明列宽 cols=")
        columns = tuple(Column(column.share * 1000 // whole, column.amount) for column in columns)
        rows = tuple(_row(line, len(columns)) for line in lines)
        return Block(kind, parts, (), columns, rows, keep)
    if kind is BlockKind.PARAGRAPH:
        lines = ["".join(lines)]
    return Block(kind, parts, tuple(_spans(line) for line in lines), keep=keep)


def _row(line: str, width: int) -> TableRow:
    head, total = line.startswith("!"), line.startswith("=")
    cells = [cell.strip() for cell in line.lstrip("!=").split("|")]
    if len(cells) != width:
        raise TemplateFault(f"表格有 {width} 列，这一行有 {len(cells)} 格：“{line}”")
    return TableRow(tuple(_spans(cell) for cell in cells), head, total)


def _spans(line: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    strong = False
    for piece in _PIECES.split(line):
        if piece == "**":
            strong = not strong
        elif len(piece) == 1 and "\ue000" <= piece <= "\uf8ff":
            kind, number = divmod(ord(piece) - 0xE000, TOKEN_RANGE)
            spans.append(Span("", number, _KINDS[kind], strong))
        elif piece:
            spans.append(Span(piece, -1, SlotKind.CASE, strong))
    if strong:
        raise TemplateFault(f"“{line}”中的 ** 没有成对")
    return tuple(spans)
