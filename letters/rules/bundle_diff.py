"""What two versions of a template say differently: head, layout, and the wording in every way that both have. Pure."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from letters.compose.bundle import Bundle
from letters.rules.bundle_lint import ways

_HEAD: Final[Mapping[str, str]] = {
    "title": "名称", "letter_type": "函件类型", "envelope": "信封窗口", "postal_item_name": "内件品名", "enclosures": "附件",
    "for_card": "用于信用卡",
}  # fmt: skip
_LAYOUT: Final[Mapping[str, str]] = {
    "page.left": "左边距", "page.right": "右边距", "page.first_top": "首页正文起点", "page.next_top": "续页正文起点",
    "page.bottom": "下边距", "page.title_baseline": "标题位置", "page.number_baseline": "函号位置", "text.size": "正文字号",
    "text.leading": "行距", "text.paragraph_gap": "段距", "text.heading_gap": "小标题前距", "text.title_size": "标题字号",
    "text.number_size": "函号字号", "table.size": "表格字号", "table.row": "表格行高",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: where, what stood, what stands."""

    where: str
    old: str
    new: str


def differences(old: Bundle, new: Bundle) -> tuple[Difference, ...]:
    """Every difference, head first, then layout, then wording in the order of the letter; each wording once."""
    wording = dict.fromkeys(_wording(old, new))
    return (*_head(old, new), *_layout(old, new), *wording)


def _head(old: Bundle, new: Bundle) -> Iterator[Difference]:
    def values(bundle: Bundle) -> dict[str, str]:
        enclosures = "、".join(f"{one.name}（{one.sheets} 张）" for one in bundle.enclosures) or "无"
        return {
            "title": bundle.title, "letter_type": bundle.letter_type.value, "envelope": bundle.envelope,
            "postal_item_name": bundle.postal_item_name, "enclosures": enclosures, "for_card": "是" if bundle.card_parts else "否",
        }  # fmt: skip

    before, after = values(old), values(new)
    for name, title in _HEAD.items():
        if before[name] != after[name]:
            yield Difference(title, before[name], after[name])


def _layout(old: Bundle, new: Bundle) -> Iterator[Difference]:
    def values(bundle: Bundle) -> dict[str, str]:
        raw = tomllib.loads(bundle.layout)
        return {f"{part}.{name}": str(value) for part, rows in raw.items() for name, value in rows.items()}

    before, after = values(old), values(new)
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield Difference(f"版式：{_LAYOUT.get(name, name)}", before.get(name, "无"), after.get(name, "无"))


def _wording(old: Bundle, new: Bundle) -> Iterator[Difference]:
    before = {way.name: _body(way.letter.text) for way in ways(old)}
    after = {way.name: _body(way.letter.text) for way in ways(new)}
    common = [name for name in before if name in after]
    if set(before) != set(after):
        yield Difference("写法", f"{len(before)} 种", f"{len(after)} 种（两版共有 {len(common)} 种）")
    if not common:
        yield from _lines(next(iter(before.values())), next(iter(after.values())))
    for name in common:
        yield from _lines(before[name], after[name])


def _body(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _lines(before: list[str], after: list[str]) -> Iterator[Difference]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind != "equal":
            word = {"replace": "改写", "delete": "删去", "insert": "新增"}[kind]
            yield Difference(f"文字：{word}", "\n".join(before[first:last]), "\n".join(after[start:end]))
