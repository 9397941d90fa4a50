"""How letters flow over pages: nothing lost or doubled, tables carry their head on, the signature keeps company."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letters.compose import compose, load_bundle
from letters.compose.errors import BundleUnusable
from letters.compose.form import BlockKind, LetterForm
from letters.compose.model import ClaimLine, LetterFields
from letters.press.layout import read_layout
from letters.press.pages import PageSetter, _Unit
from letters.press.part import press_one
from letters.press.seal import Seal
from records.money import yuan

BUNDLE = load_bundle("consumer@1")
SAMPLE = BUNDLE.sample


def pages_of(fields: LetterFields) -> list[str]:
    pdf = press_one(BUNDLE, compose(BUNDLE, fields), fields, batch_no="B20261121-01", seal=Seal.sample(fields.firm_name))
    document = pypdfium2.PdfDocument(pdf)
    out = ["".join(document[number].get_textpage().get_text_range().split()) for number in range(len(document))]
    document.close()
    return out


def with_lines(count: int, note: str = "", **changes: object) -> LetterFields:
    lines = tuple(ClaimLine(f"第{number + 1}期", 100_00 + 137 * number, note) for number in range(count))
    return replace(SAMPLE, claim_lines=lines, total_fen=sum(line.amount_fen for line in lines), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("note", ["", "依合同第八条按日万分之五自逾期之日起计算至本表截止日"])
@pytest.mark.parametrize("count", [1, 5, 8, 9, 10, 11, 12, 13, 20, 40])
def test_every_row_is_printed_once_and_the_table_carries_its_head(count: int, note: str) -> None:
    fields = with_lines(count, note)
    pages = pages_of(fields)
    whole = "".join(pages)
    places = [whole.index(f"第{number + 1}期{yuan(line.amount_fen)}") for number, line in enumerate(fields.claim_lines)]
    assert places == sorted(places)
    for page in pages:
        rows = [line for number, line in enumerate(fields.claim_lines) if f"第{number + 1}期{yuan(line.amount_fen)}" in page]
        assert page.count("项目金额（元）") == (1 if rows else 0)
    total_page = next(page for page in pages if "合计" in page and yuan(fields.total_fen) in page)
    assert f"第{count}期" in total_page


@given(
    count=st.integers(1, 40), note=st.text(alphabet="合同约定利率逾期", max_size=60), is_card=st.booleans(),
    channel=st.text(alphabet="官方客服热线在线", min_size=1, max_size=200), client=st.text(alphabet="示例消费金融", min_size=1, max_size=80),
)
@settings(max_examples=40, deadline=None)
def test_all_words_are_on_the_pages_in_order(count: int, note: str, is_card: bool, channel: str, client: str) -> None:
    fields = with_lines(count, note, is_card=is_card, query_channel=channel, payment_channel=channel, client_name=client)
    letter = compose(BUNDLE, fields)
    pages = pages_of(fields)
    body = "".join(pages)
    for number in range(len(pages)):
        body = body.replace(f"第{number + 1}页共{len(pages)}页", "")
    at = 0
    for block in letter.blocks:
        if block.kind in (BlockKind.PARAGRAPH, BlockKind.TABLE):
            continue
        for line in block.lines:
            words = "".join(line.split())
            assert words in body
            at = max(at, body.index(words))
    signature = next(block for block in letter.blocks if block.kind is BlockKind.SIGNATURE)
    last = pages[-1] if "".join(signature.lines) in pages[-1] else pages[-2]
    company = last[: last.index("".join(signature.lines))]
    assert "核实本函是否由本所发出" in company, "the signature stands alone on its page"


def letter_by_letter(setter: PageSetter, form: LetterForm) -> list[_Unit]:
    """Every block set for itself, as one that no batch shares."""
    compiled = [setter._flow.compile(block) for block in form.blocks]
    kinds = [block.kind for block in form.blocks]
    return [_Unit([(item, following)], False) for item, following in zip(compiled, [*kinds[1:], None], strict=True)]


def glyphs(pdf: bytes) -> list[tuple[str, tuple[float, ...]]]:
    """Every character with its box, page by page; boxes to a hundredth of a point."""
    found: list[tuple[str, tuple[float, ...]]] = []
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        text = page.get_textpage()
        boxes = [(text.get_text_range(at, 1), tuple(round(edge, 2) for edge in text.get_charbox(at))) for at in range(text.count_chars())]
        found += sorted(((char, box) for char, box in boxes if char.strip()), key=lambda one: (-one[1][3], one[1][0], one[0]))
        found.append(("page", ()))
    document.close()
    return found


@given(
    count=st.integers(1, 30), note=st.text(alphabet="合同约定利率逾期（12）", max_size=40), is_card=st.booleans(),
    channel=st.text(alphabet="官方客服热线，。400-", min_size=1, max_size=120).filter(str.strip), client=st.text(alphabet="示例消费金融（）A1", min_size=1, max_size=60),
)
@settings(max_examples=15, deadline=None)
def test_what_a_batch_shares_stands_where_it_would_stand_set_letter_by_letter(count: int, note: str, is_card: bool, channel: str, client: str) -> None:
    fields = with_lines(count, note, is_card=is_card, query_channel=channel, payment_channel=channel, client_name=client)
    letter = compose(BUNDLE, fields)
    both = []
    for compile_ in (PageSetter._compile, letter_by_letter):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PageSetter, "_compile", compile_)
            both.append(glyphs(press_one(BUNDLE, letter, fields, batch_no="B20261121-01", seal=Seal.sample(fields.firm_name))))
    assert len(both[0]) > 500 and both[0] == both[1]


def test_figures_stand_under_figures_and_end_at_one_edge() -> None:
    """Looked at and found wrong once: two adjustments that ran together spread a 1 over the column's edge."""
    lines = tuple(ClaimLine(label, fen) for label, fen in (("甲", 111_111_11), ("乙", 222_222_22), ("丙", 901_784_16), ("丁", 1)))
    fields = replace(SAMPLE, claim_lines=lines, total_fen=sum(line.amount_fen for line in lines))
    pdf = press_one(BUNDLE, compose(BUNDLE, fields), fields, batch_no="B20261121-01")
    document = pypdfium2.PdfDocument(pdf)
    page = document[0].get_textpage()
    text = page.get_text_range()
    points, commas = set(), set()
    for line in lines[:3]:
        start = text.index(yuan(line.amount_fen))
        amount = yuan(line.amount_fen)
        boxes = [page.get_charbox(start + at, loose=True) for at in range(len(amount))]
        points.add(round(boxes[amount.index(".")][0], 1))
        commas.add(round(boxes[amount.index(",")][0], 1))
        middles = [(box[0] + box[2]) / 2 for box, char in zip(boxes, amount, strict=True) if char.isdigit()]
        assert max(after - before for before, after in pairwise(middles)) < 9.5
    document.close()
    assert len(points) == 1
    assert len(commas) == 1


def test_a_heading_is_never_the_last_line_of_a_page() -> None:
    for count in range(1, 25):
        for page in pages_of(with_lines(count))[:-1]:
            text = page.rsplit("第1页", 1)[0] if page.endswith("页") else page
            for heading in ("一、相关事实（委托人陈述事实如下）", "二、法律意见", "三、律师建议", "四、权利保留与声明"):
                assert not text.endswith(heading)


def test_the_page_says_its_number() -> None:
    pages = pages_of(with_lines(40))
    assert len(pages) == 3
    for number, page in enumerate(pages, 1):
        assert f"第{number}页共3页" in page
        assert SAMPLE.letter_no in page


@pytest.mark.parametrize(("old", "new"), [
    ("title_baseline = 93.0", "title_baseline = 80.0"), ("first_top = 103.0", "first_top = 60.0"),
    ("left = 25.0", "lefft = 25.0"), ("[table]", "[tables]"),
])
def test_a_layout_that_the_window_could_show_or_that_is_unknown_is_refused(old: str, new: str) -> None:
    assert old in BUNDLE.layout
    with pytest.raises(BundleUnusable):
        read_layout(BUNDLE.layout.replace(old, new), BUNDLE.envelope)


def test_an_envelope_that_would_show_the_letterhead_is_refused() -> None:
    with pytest.raises(BundleUnusable, match="信头"):
        read_layout(BUNDLE.layout, "ZL-100x50")


def test_an_unknown_envelope_is_refused() -> None:
    with pytest.raises(BundleUnusable, match="信封"):
        read_layout(BUNDLE.layout, "B6-90x35")


def red_at_the_edge(pdf: bytes) -> list[bool]:
    """Whether each page has red in its outermost 20 mm on the right, where slices of the seal stand."""
    document = pypdfium2.PdfDocument(pdf)
    out = []
    for number in range(len(document)):
        picture = document[number].render(scale=1).to_numpy()[:, -56:, :3].astype(int)
        out.append(bool((abs(picture[:, :, 0] - picture[:, :, 2]) > 60).any()))
    document.close()
    return out


@pytest.mark.parametrize(("count", "duplex", "stamped"), [
    (3, False, [True, True]), (3, True, [False, False]), (40, False, [True, True, True]), (40, True, [True, False, True, False]),
])
def test_the_seal_goes_across_the_edges_of_sheets_not_of_sides(count: int, duplex: bool, stamped: list[bool]) -> None:
    fields = with_lines(count)
    pdf = press_one(BUNDLE, compose(BUNDLE, fields), fields, batch_no="B20261121-01", duplex=duplex,
                    seal=Seal.sample(fields.firm_name))
    assert red_at_the_edge(pdf) == stamped
