"""Fonts: what they cover, and that a subset shows the same outlines as the font it was cut from."""

from __future__ import annotations

import io
import random

import pytest

from letters.press.cff import CffFont, NotUsable
from letters.press.faces import MissingGlyph, house_faces
from letters.press.glyphs import unprintable

FACES = house_faces()
SONG, HEI = FACES.faces[:2]
RARE = "𬱖𠅤㛃䶮㸃龑喆堃赟〇·"


def test_rare_name_characters_are_there_beyond_the_bmp_too() -> None:
    assert unprintable(RARE) == []
    assert all(char in SONG.covered for char in RARE)


@pytest.mark.parametrize("char", ["😀", "\U0002a6a5", "\u0e01"])
def test_what_no_font_shows_is_named(char: str) -> None:
    assert unprintable(f"张{char}三{char}\n\t") == [char]
    with pytest.raises(MissingGlyph, match=f"U\\+{ord(char):04X}"):
        FACES.face_for(char, 0)


def test_every_character_of_common_chinese_is_covered() -> None:
    assert unprintable("".join(chr(point) for point in range(0x4E00, 0x9FA6))) == []


def test_private_use_and_controls_are_never_covered() -> None:
    for point in (0, 7, 0xA, 0xD, 0xE000, 0xE123, 0xF8FF, 0xD800):
        assert chr(point) not in FACES.covered


def test_codes_are_two_bytes_and_unique_and_beyond_the_bmp_use_slots() -> None:
    used = SONG.used(RARE + "张三")
    codes = [code for code, _, _ in used]
    assert codes == sorted(set(codes))
    assert all(0 < code <= 0xFFFF for code in codes)
    assert all(0xE000 <= SONG.slots[ord(char)] <= 0xF8FF for char in RARE if char > "\uffff")


def test_string_bytes_never_end_or_escape_the_string() -> None:
    for char in "尨⠨⠩尩嘍岧\u2828\u5c5c\u0d0d\u280d":
        if char in SONG.covered:
            escaped = SONG.strings[char]
            plain = escaped.replace(b"\\\\", b"").replace(b"\\(", b"").replace(b"\\)", b"").replace(b"\\r", b"")
            assert not set(plain) & {0x28, 0x29, 0x5C, 0x0D}


@pytest.mark.parametrize("face", [SONG, HEI], ids=["song", "hei"])
def test_a_subset_has_the_outlines_of_the_font(face: object) -> None:
    ttlib = pytest.importorskip("fontTools.ttLib")
    from fontTools.cffLib import CFFFontSet
    from fontTools.pens.recordingPen import RecordingPen

    font = ttlib.TTFont(face.path, lazy=True)  # type: ignore[attr-defined]
    whole, names = font.getGlyphSet(), font.getBestCmap()
    rng = random.Random(7)
    chars = [*rng.sample(sorted(face.covered), 250), *"0123456789ABCabc,.()（）“”《》%"]  # type: ignore[attr-defined]
    used = face.used(chars)  # type: ignore[attr-defined]
    data = face.cff.subset("ABCDEF+Test", [(code, glyph) for code, glyph, _ in used])  # type: ignore[attr-defined]
    parsed = CFFFontSet()
    parsed.decompile(io.BytesIO(data), None)
    programs = parsed.topDictIndex[0].CharStrings
    for code, _, point in used:
        ours, theirs = RecordingPen(), RecordingPen()
        programs[f"cid{code:05d}"].draw(ours)
        whole[names[point]].draw(theirs)
        assert ours.value == theirs.value, chr(point)
        assert programs[f"cid{code:05d}"].width == whole[names[point]].width == face.widths[chr(point)]  # type: ignore[attr-defined]


def test_a_subset_is_the_same_bytes_every_time() -> None:
    used = [(code, glyph) for code, glyph, _ in SONG.used("律师函一二三")]
    assert SONG.cff.subset("A+B", used) == SONG.cff.subset("A+B", used)


def test_a_broken_font_is_refused() -> None:
    with pytest.raises((NotUsable, IndexError, KeyError, ValueError)):
        CffFont(b"\x01\x00\x04\x02" + b"\x00" * 20)
