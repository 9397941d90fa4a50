"""Reading a part back: what the fast reader gives is what a plain one gives over a general PDF library; damage is said."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from letters.press.faces import house_faces
from letters.press.partfile import PartDamaged, PartFile
from letters.press.reading import PartReader
from tests.letters.press.test_part import letter_fields, write

TOKEN = re.compile(rb"/F(\d+) [\d.]+ Tf|\(((?:[^\\()]|\\.)*)\)|/(X[0-9a-f]{12}) Do|(T[Jj])", re.DOTALL)
PAIR = re.compile(rb"<([0-9A-Fa-f]{4})><([0-9A-Fa-f]+)>")
COVERED = sorted(char for char in house_faces().faces[0].covered if "\u4e00" <= char <= "\u9fff" or char > "\uffff")


def slow_texts(path: Path) -> list[str]:
    """Page by page with pikepdf, token by token, code by code."""
    with pikepdf.open(path) as pdf:
        resources = pdf.pages[0].resources
        fonts = {}
        for name, font in resources.Font.items():
            pairs = PAIR.findall(font.ToUnicode.read_bytes())
            fonts[name[2:]] = {int(code, 16): bytes.fromhex(point.decode()).decode("utf-16-be") for code, point in pairs}

        def read(content: bytes) -> str:
            out, font = "", {}
            for face, string, form, shown in TOKEN.findall(content):
                if string:
                    codes = re.sub(rb"\\(.)", lambda m: b"\r" if m[1] == b"r" else m[1], string, flags=re.DOTALL)
                    out += "".join(font.get(int.from_bytes(codes[at : at + 2], "big"), "\ufffd") for at in range(0, len(codes), 2))
                elif face:
                    font = fonts[face.decode()]
                elif form:
                    out += read(resources.XObject["/" + form.decode()].read_bytes())
                elif shown:
                    out += "\n"
            return out

        return [read(page.Contents.read_bytes()) if "/Contents" in page.obj else "" for page in pdf.pages]


@given(names=st.lists(st.text(st.sampled_from(COVERED), min_size=2, max_size=6), min_size=1, max_size=4), duplex=st.booleans())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_page_reads_as_the_plain_reader_reads_it(tmp_path: Path, names: list[str], duplex: bool) -> None:
    path = tmp_path / "part.pdf"
    write(path, [replace(letter_fields(number), addressee_name=name) for number, name in enumerate(names)], duplex)
    with PartReader(path) as reader:
        texts = [reader.text(number + 1, 1) for number in range(len(slow_texts(path)))]
    assert texts == slow_texts(path)
    assert all(name in "".join(texts) for name in names)


@pytest.fixture(scope="module")
def part() -> bytes:
    out = io.BytesIO()
    write(out, [letter_fields(number) for number in range(3)])
    return out.getvalue()


def opened(path: Path, data: bytes) -> list[str]:
    path.write_bytes(data)
    with PartReader(path) as reader, PartFile(path) as file:
        return [reader.text(number + 1, 1) for number in range(len(file))]


@given(cut=st.floats(0, 1, exclude_max=True))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_part_that_was_cut_short_is_damaged(tmp_path: Path, part: bytes, cut: float) -> None:
    with pytest.raises(PartDamaged, match="已损坏"):
        opened(tmp_path / "part.pdf", part[: int(len(part) * cut)])


@given(at=st.floats(0, 1, exclude_max=True), byte=st.integers(1, 255))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_byte_is_damage_or_reads_as_something_or_other_but_never_crashes(tmp_path: Path, part: bytes, at: float, byte: int) -> None:
    place = int(len(part) * at)
    changed = bytearray(part)
    changed[place] ^= byte
    try:
        texts = opened(tmp_path / "part.pdf", bytes(changed))
    except PartDamaged as told:
        assert "part.pdf" in str(told)
    else:
        assert isinstance("".join(texts), str)


def test_a_page_or_object_that_is_not_there_is_said(tmp_path: Path, part: bytes) -> None:
    path = tmp_path / "part.pdf"
    path.write_bytes(part)
    with PartFile(path) as file:
        for number in (0, len(file) + 1):
            with pytest.raises(PartDamaged, match="没有第"):
                file.content(number)
        with pytest.raises(PartDamaged, match="没有对象"):
            file.body(10**6)
        with pytest.raises(PartDamaged, match="没有内容"):
            file.stream(1)


def test_a_string_of_another_font_than_its_own_reads_as_unknown(tmp_path: Path, part: bytes) -> None:
    """Codes are read by the font that is set, not by any font that knows them."""
    path = tmp_path / "part.pdf"
    path.write_bytes(part)
    with PartReader(path) as reader:
        rare = next(char for char in COVERED if ord(char) < 0x10000 and char not in "".join(opened(tmp_path / "b.pdf", part)))
        shown = b"BT/F0 9 Tf[(" + rare.encode("utf-16-be").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")]TJ ET"
        assert reader._read(shown) == "\ufffd\n"
        assert reader._read(b"BT/F0 9 Tf[(\0)]TJ ET") == "\ufffd\n"
