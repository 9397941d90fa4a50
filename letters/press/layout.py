"""A bundle's layout.toml as lengths of the sheet, checked; the press knows no other measures of a letter."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Final

from letters.compose.errors import BundleUnusable
from letters.press.geometry import PAGE_HEIGHT, PAGE_WIDTH, Envelope, Hp, envelope, mm, points
from letters.press.mark import mark_box

_TABLES: Final = {
    "page": {"left", "right", "first_top", "next_top", "bottom", "title_baseline", "number_baseline"},
    "text": {"size", "leading", "paragraph_gap", "heading_gap", "title_size", "number_size"},
    "table": {"size", "row"},
}


_LETTERHEAD_BOTTOM: Final[Hp] = mm(17)
"""The letterhead's rule; the firm's name above it must not show on the outside of the envelope."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures of a letter's pages, in hundredths of a point from the top left corner."""

    envelope: Envelope
    left: Hp
    right: Hp
    """Right edge of the text, from the left edge of the sheet."""
    first_top: Hp
    next_top: Hp
    bottom: Hp
    title_baseline: Hp
    number_baseline: Hp
    size: Hp
    leading: Hp
    paragraph_gap: Hp
    heading_gap: Hp
    title_size: Hp
    number_size: Hp
    table_size: Hp
    table_row: Hp

    @property
    def width(self) -> Hp:
        """Width of the text."""
        return self.right - self.left


def read_layout(text: str, envelope_name: str) -> Layout:
    """The layout that a bundle's layout.toml gives for its envelope.

    Raises:
        BundleUnusable: unknown or missing measures, or a title that the window could show.
    """
    raw = tomllib.loads(text)
    for name, keys in _TABLES.items():
        if set(raw.get(name, {})) != keys:
            raise BundleUnusable(f"layout.toml 的 [{name}] 应恰好有 {'、'.join(sorted(keys))}", "请改正版式文件。")
    page, body, table = raw["page"], raw["text"], raw["table"]
    try:
        window = envelope(envelope_name)
    except KeyError:
        raise BundleUnusable(f"没有信封“{envelope_name}”的窗口数据", "请改用已登记的信封，或登记新信封的窗口尺寸。") from None
    layout = Layout(
        envelope=window,
        left=mm(page["left"]),
        right=PAGE_WIDTH - mm(page["right"]),
        first_top=mm(page["first_top"]),
        next_top=mm(page["next_top"]),
        bottom=PAGE_HEIGHT - mm(page["bottom"]),
        title_baseline=mm(page["title_baseline"]),
        number_baseline=mm(page["number_baseline"]),
        size=points(body["size"]),
        leading=points(body["leading"]),
        paragraph_gap=points(body["paragraph_gap"]),
        heading_gap=points(body["heading_gap"]),
        title_size=points(body["title_size"]),
        number_size=points(body["number_size"]),
        table_size=points(table["size"]),
        table_row=points(table["row"]),
    )
    if window.leak.top < _LETTERHEAD_BOTTOM:
        raise BundleUnusable(f"信封“{envelope_name}”的窗口可能露出信头", "请改用 DL 或 C5 窗口信封（见 R-ENV-01）。")
    if layout.title_baseline - layout.title_size < window.private_top or layout.first_top < window.private_top:
        raise BundleUnusable("标题或正文进入信封窗口可能露出的区域", "请把 title_baseline、first_top 下移（见 R-ENV-02）。")
    if layout.left < mark_box(window).right:
        raise BundleUnusable("正文的左边距进入装封标记的区域", "请把 layout.toml 的 left 改到 20 mm 以上。")
    return layout
