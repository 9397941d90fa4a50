"""Chinese lines: nothing lost, nothing broken that must stay whole, nothing wider than the column."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from letters.press.faces import house_faces
from letters.press.linebreak import HALF, HALF_BLANK_RIGHT, NOT_AT_END, NOT_AT_START, break_lines, may_break

WIDTHS = house_faces().faces[0].widths
ALPHABET = "一二三债务人元年月日，。、；：“”（）《》0123456789.,-%ABCxyz/ ·"


def ends_of(text: str) -> list[int]:
    return [0, *accumulate(WIDTHS[char] for char in text)]


def lines_of(text: str, width: int, indent: int = 0, kept: list[tuple[int, int]] | None = None) -> list[str]:
    return [text[start:end] for start, end, _ in break_lines(text, ends_of(text), width, indent, kept or [])]


@given(text=st.text(alphabet=ALPHABET, min_size=1, max_size=120), width=st.integers(6000, 44000), indent=st.sampled_from([0, 2000]))
@settings(max_examples=400, deadline=None)
def test_lines_put_together_are_the_text_and_fit(text: str, width: int, indent: int) -> None:
    lines = break_lines(text, ends_of(text), width, indent)
    assert "".join(text[start:end] for start, end, _ in lines) == text
    ends = ends_of(text)
    for number, (start, end, slack) in enumerate(lines):
        room = width - (indent if number == 0 else 0)
        wide = ends[end] - ends[start]
        hanging = HALF if text[end - 1] in HALF_BLANK_RIGHT else 0
        assert wide <= room + hanging
        assert slack == -1 or slack >= 0
        assert end > start


@given(text=st.text(alphabet=ALPHABET, min_size=1, max_size=120))
@settings(max_examples=300, deadline=None)
def test_lines_break_only_where_they_may(text: str) -> None:
    width = 20000
    ends = ends_of(text)
    for start, end, _ in break_lines(text, ends, width)[:-1]:
        places = [at for at in range(start + 1, end + 1) if at < len(text) and may_break(text, at)]
        if places:
            assert end == max(places)


def test_no_closing_mark_begins_a_line_and_no_opening_mark_ends_one() -> None:
    text = "委托人陈述，“借款人应当按照约定的期限返还借款。”（见合同）、《民法典》；如有异议：请联系。" * 6
    for width in range(8000, 30000, 700):
        lines = lines_of(text, width)
        assert all(line[0] not in NOT_AT_START for line in lines[1:])
        assert all(line[-1] not in NOT_AT_END for line in lines[:-1])


def test_numbers_and_words_are_never_broken() -> None:
    text = "截至2026年11月17日归还人民币17,532.80元，合同编号XF202301150001234，热线400-000-0000。" * 3
    for width in range(12000, 40000, 500):
        for line, following in zip(lines_of(text, width), lines_of(text, width)[1:], strict=False):
            assert not (line[-1].isascii() and line[-1].isalnum() and following[0].isascii() and following[0].isalnum())
            assert not (line[-1].isdigit() and following[0] in "元年月日")


def test_a_name_is_never_broken() -> None:
    before = "就您与委托人之间的金融借款合同纠纷事宜向您致送"
    name = "阿不都热西提·买买提"
    text = before + name + "本函请予重视"
    kept = [(len(before), len(before) + len(name))]
    for width in range(12000, 36000, 500):
        assert any(name in line for line in lines_of(text, width, 0, kept))


def test_what_is_longer_than_a_line_is_broken_rather_than_lost() -> None:
    text = "A" * 200
    assert "".join(lines_of(text, 8000)) == text
    assert len(lines_of(text, 8000, 0, [(0, 200)])) > 1
