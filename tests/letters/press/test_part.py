"""Parts: the same bytes every time, every page its own letter's, nothing half written."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letters.compose import compose, load_bundle
from letters.compose.model import ClaimLine, LetterFields, letter_sha256
from letters.press.extract import content_sha256, extract_letter
from letters.press.faces import MissingGlyph, house_faces
from letters.press.furniture import PageRefused
from letters.press.part import PartWriter, PieceLayout, press_one
from letters.press.proof import ProofPiece, check_pages
from letters.press.seal import Seal, SealUnusable
from letters.press.warrant import SealRefused, SealWarrant
from records.errors import Broken
from records.money import yuan

BUNDLE = load_bundle("consumer@1")
SAMPLE = BUNDLE.sample
BATCH = "B20261121-01"
SEAL = Seal.sample(SAMPLE.firm_name)


def letter_fields(number: int) -> LetterFields:
    """The sample as another person's letter; composed, every identifying value its own."""
    names = "赵钱孙李周吴郑王冯陈褚卫"
    lines = (ClaimLine("剩余本金", 1_000_000 + 7919 * number), ClaimLine("正常利息", 31_337 + number))
    return replace(
        SAMPLE, letter_no=f"（2026）鄂示例律函字第{500000 + number}号", item_no=f"XA2{number:010d}",
        addressee_name=f"{names[number % 12]}{chr(0x6000 + number)}{chr(0x7000 + number)}",
        addressee_address=(f"湖北省武汉市江汉区甲{chr(0x5000 + number)}路{1000 + number}号",), id_tail=f"{3000 + number}",
        contract_no=f"HT{770000 + number}", verification_code=f"C{number:04d}-ABCDE", claim_lines=lines,
        total_fen=sum(line.amount_fen for line in lines), is_card=number % 3 == 0, addressee_phone_masked=f"199****{number:04d}",
    )


def write(out: io.BytesIO | Path, letters: list[LetterFields], duplex: bool = True) -> list[PieceLayout]:
    with PartWriter(out, BUNDLE, batch_no=BATCH, dated=SAMPLE.letter_date, seal=SEAL, duplex=duplex) as part:
        layouts = [
            part.add(compose(BUNDLE, fields), fields, position, len(letters)) for position, fields in enumerate(letters, 1)
        ]
        part.close()
    return layouts


def page_texts(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    texts = [document[number].get_textpage().get_text_range() for number in range(len(document))]
    document.close()
    return ["".join(text.split()) for text in texts]


def marks(fields: LetterFields) -> list[str]:
    return [
        fields.addressee_name, "".join(fields.addressee_address), fields.contract_no, fields.letter_no, fields.item_no,
        yuan(fields.total_fen), fields.verification_code, fields.addressee_phone_masked,
    ]


def test_each_page_carries_its_own_letters_data_and_nobody_elses() -> None:
    letters = [letter_fields(number) for number in range(24)]
    out = io.BytesIO()
    layouts = write(out, letters)
    texts = page_texts(out.getvalue())
    for fields, layout in zip(letters, layouts, strict=True):
        own = "".join(texts[layout.first_page - 1 : layout.first_page - 1 + layout.pages])
        assert all(mark in own for mark in marks(fields))
        for other in letters:
            if other is not fields:
                assert not [mark for mark in marks(other) if mark in own]


def test_the_same_letters_give_the_same_bytes() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    letters = [letter_fields(number) for number in range(6)]
    assert write(first, letters) == write(second, letters)
    assert first.getvalue() == second.getvalue()


def test_a_letter_alone_has_the_pages_it_has_in_the_part() -> None:
    letters = [letter_fields(number) for number in range(5)]
    out = io.BytesIO()
    layouts = write(out, letters)
    for position in (1, 4):
        fields, layout = letters[position - 1], layouts[position - 1]
        alone = press_one(BUNDLE, compose(BUNDLE, fields), fields, batch_no=BATCH, piece_position=position, piece_count=5,
                          seal=SEAL, duplex=True)
        assert content_sha256(io.BytesIO(alone), 1, layout.printed_pages) == layout.content_sha256
        assert content_sha256(io.BytesIO(out.getvalue()), layout.first_page, layout.printed_pages) == layout.content_sha256


def test_any_change_of_a_letter_changes_its_hash() -> None:
    fields = letter_fields(1)
    base = write(io.BytesIO(), [fields])[0].content_sha256
    for changed in (
        replace(fields, firm_address="别处"), replace(fields, client_name="别的委托人"), replace(fields, addressee_name="别人"),
        replace(fields, lawyer_name="别的律师"), replace(fields, verification_code="C0001-ABCDF"),
    ):
        assert write(io.BytesIO(), [changed])[0].content_sha256 != base


@pytest.mark.parametrize("duplex", [True, False])
def test_no_two_letters_share_a_sheet(duplex: bool) -> None:
    letters = [letter_fields(number) for number in range(3)]
    long_lines = tuple(ClaimLine(f"第{number}期应还款项", 100_00 + number) for number in range(40))
    letters[1] = replace(letters[1], claim_lines=long_lines, total_fen=sum(line.amount_fen for line in long_lines))
    layouts = write(io.BytesIO(), letters, duplex)
    assert layouts[1].printed_pages == 3
    at = 1
    for layout in layouts:
        assert layout.first_page == at
        assert layout.pages == (layout.printed_pages + layout.printed_pages % 2 if duplex else layout.printed_pages)
        assert layout.sheets == (layout.pages // 2 if duplex else layout.pages)
        at += layout.pages


def test_an_extracted_letter_is_that_letter_only(tmp_path: Path) -> None:
    letters = [letter_fields(number) for number in range(6)]
    layouts = write(tmp_path / "part.pdf", letters)
    layout = layouts[3]
    extract_letter(tmp_path / "part.pdf", layout.first_page, layout.pages, tmp_path / "one.pdf")
    text = "".join(page_texts((tmp_path / "one.pdf").read_bytes()))
    assert all(mark in text for mark in marks(letters[3]))
    assert not any(mark in text for number in (0, 1, 2, 4, 5) for mark in marks(letters[number]))
    assert content_sha256(tmp_path / "one.pdf", 1, layout.printed_pages) == layout.content_sha256
    with pikepdf.open(tmp_path / "one.pdf") as pdf, pikepdf.open(tmp_path / "part.pdf") as part:
        shown = [set(page.resources.get("/XObject", {}).keys()) for page in pdf.pages]
        assert all(len(names) < len(part.pages[0].resources["/XObject"].keys()) for names in shown)
    with pytest.raises(Broken):
        extract_letter(tmp_path / "part.pdf", 999, 1, tmp_path / "none.pdf")


def test_the_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "part-0001.pdf"
    fields = letter_fields(1)
    with pytest.raises(RuntimeError), PartWriter(target, BUNDLE, batch_no=BATCH, dated=SAMPLE.letter_date) as part:
        part.add(compose(BUNDLE, fields), fields, 1, 1)
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    write(target, [fields])
    assert [path.name for path in tmp_path.iterdir()] == ["part-0001.pdf"]


def test_result_tells_the_files_hash_size_and_pages(tmp_path: Path) -> None:
    import hashlib

    fields = letter_fields(1)
    part = PartWriter(tmp_path / "part.pdf", BUNDLE, batch_no=BATCH, dated=SAMPLE.letter_date, duplex=True)
    layout = part.add(compose(BUNDLE, fields), fields, 1, 1)
    result = part.close()
    data = (tmp_path / "part.pdf").read_bytes()
    assert (result.sha256, result.size, result.pages) == (hashlib.sha256(data).hexdigest(), len(data), layout.pages)


def test_the_file_is_sound_to_another_reader(tmp_path: Path) -> None:
    write(tmp_path / "part.pdf", [letter_fields(number) for number in range(70)])
    with pikepdf.open(tmp_path / "part.pdf") as pdf:
        assert pdf.check_pdf_syntax() == []
        assert len(pdf.pages) == 140
        assert str(pdf.docinfo["/CreationDate"]) == "D:20261120000000+08'00'"


def test_a_missing_glyph_writes_nothing_of_the_letter() -> None:
    out = io.BytesIO()
    good = letter_fields(1)
    bad = replace(letter_fields(2), addressee_name="张\U0002a6a5三")
    with PartWriter(out, BUNDLE, batch_no=BATCH, dated=SAMPLE.letter_date) as part:
        part.add(compose(BUNDLE, good), good, 1, 2)
        before = out.tell()
        with pytest.raises(MissingGlyph, match=r"U\+2A6A5"):
            part.add(compose(BUNDLE, bad), bad, 2, 2)
        assert out.tell() == before
        part.close()
    assert len(page_texts(out.getvalue())) == 2


@pytest.mark.parametrize(("changes", "code"), [
    ({"addressee_name": "欧" * 60}, "WINDOW_OVERFLOW"),
    ({"item_no": ""}, "NO_ITEM_NUMBER"),
    ({"firm_address": "长" * 80, "firm_phone": "0" * 80}, "LETTERHEAD_OVERFLOW"),
])
def test_what_does_not_fit_the_page_is_refused(changes: dict[str, str], code: str) -> None:
    fields = replace(letter_fields(1), **changes)
    with pytest.raises(PageRefused) as refused:
        write(io.BytesIO(), [fields])
    assert refused.value.code == code


def test_the_longest_address_of_the_manifest_fits_the_window() -> None:
    address = "湖北省武汉市江汉区" + "长江日报路" * 22
    fields = replace(letter_fields(1), addressee_address=(address[:120],))
    out = io.BytesIO()
    write(out, [fields])
    assert address[:120] in page_texts(out.getvalue())[0]


def test_positions_and_bundles_must_match() -> None:
    fields = letter_fields(1)
    with PartWriter(io.BytesIO(), BUNDLE, batch_no=BATCH, dated=SAMPLE.letter_date) as part:
        with pytest.raises(ValueError, match="piece"):
            part.add(compose(BUNDLE, fields), fields, 3, 2)
        other = replace(compose(BUNDLE, fields).form, bundle_sha256="00")
        with pytest.raises(ValueError, match="bundle"):
            part.add(replace(compose(BUNDLE, fields), form=other), fields, 1, 1)


COVERED = sorted(house_faces().faces[0].covered - {" ", "\xa0", "\u3000"} - {chr(c) for c in range(0x2000, 0x2010)})
DANGEROUS = [char for char in COVERED if set(char.encode("utf-16-be")) & {0x28, 0x29, 0x5C, 0x0D, 0x0A}]
UNIFIED = [char for char in COVERED if "\u3400" <= char <= "\u9fff" or char > "\U0001ffff"]
"""Names are ideographs; compatibility forms and marks are folded by readers and prove nothing."""


@given(name=st.lists(st.one_of(
    st.sampled_from([char for char in UNIFIED if char in set(DANGEROUS)]), st.sampled_from(UNIFIED),
    st.sampled_from([char for char in UNIFIED if char > "\uffff"]),
), min_size=1, max_size=20).map("".join))
@settings(max_examples=40, deadline=None)
def test_any_name_is_read_back_from_the_page(name: str) -> None:
    fields = replace(SAMPLE, addressee_name=name)
    texts = page_texts(press_one(BUNDLE, compose(BUNDLE, fields), fields, batch_no=BATCH))
    assert texts[0].count(name) == 2


def test_a_character_that_only_one_face_has_is_shown_by_it_everywhere() -> None:
    """The name stands in Hei in the window; what Hei lacks comes from Song, in its place, without a box."""
    song, hei = house_faces().faces[:2]
    only_song = sorted(char for char in song.covered - hei.covered if "\u4db6" <= char <= "\u9fff")[:3]
    assert only_song
    name = f"张{only_song[0]}三{''.join(only_song[1:])}"
    fields = replace(SAMPLE, addressee_name=name)
    data = press_one(BUNDLE, compose(BUNDLE, fields), fields, batch_no=BATCH)
    assert page_texts(data)[0].count(name) == 2


@pytest.mark.parametrize("hostile", [
    "张(三)", "张\\三", "(((", ")))", "\\(", "Tj ET Q", "<</Type/Page>>", "endstream", "{{7*7}}", "<b>张</b>", "%PDF", "张&三",
])
def test_pdf_operators_in_a_name_are_only_text(hostile: str) -> None:
    fields = replace(SAMPLE, addressee_name=hostile)
    data = press_one(BUNDLE, compose(BUNDLE, fields), fields, batch_no=BATCH)
    assert "".join(hostile.split()) in page_texts(data)[0]
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert len(pdf.pages) == 2


@pytest.mark.parametrize("name", [
    "letter_no", "addressee_name", "addressee_phone_masked", "id_tail", "firm_name", "firm_licence_no", "firm_address",
    "firm_phone", "lawyer_name", "lawyer_licence_no", "client_name", "product_name", "contract_no", "annual_rate",
    "payment_channel", "query_channel", "complaint_channel", "send_method",
])
def test_hostile_text_in_any_field_is_printed_as_it_stands(name: str) -> None:
    hostile = "尨(&<b>{{7*7}}%d)\\TjET"
    fields = replace(SAMPLE, **{name: hostile})  # type: ignore[arg-type]
    data = press_one(BUNDLE, compose(BUNDLE, fields), fields, batch_no=BATCH)
    assert hostile in "".join(page_texts(data))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.check_pdf_syntax() == []


def test_bytes_do_not_depend_on_the_process() -> None:
    """Set order, hash seeds and warm caches must not show."""
    import os
    import subprocess
    import sys

    code = (
        "import io; from letters.compose import compose, load_bundle; from letters.press.part import PartWriter\n"
        "from letters.press.seal import Seal; import dataclasses\n"
        "b = load_bundle('consumer@1'); f = b.sample\n"
        "w = PartWriter(io.BytesIO(), b, batch_no='B1', dated=f.letter_date, seal=Seal.sample(f.firm_name))\n"
        "for n, name in enumerate(('𬱖㛃', '张三', '𠅤䶮'), 1):\n"
        "    g = dataclasses.replace(f, addressee_name=name); w.add(compose(b, g), g, n, 3)\n"
        "print(w.close().sha256)"
    )
    root = Path(__file__).resolve().parents[3]
    hashes = {
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, cwd=root, check=True,
                       capture_output=True, text=True).stdout
        for seed in ("1", "2")
    }
    assert len(hashes) == 1
    assert len(hashes.pop().strip()) == 64


@pytest.mark.parametrize("envelope", ["DL-100x40", "DL-100x50", "C5-100x40"])
@pytest.mark.parametrize("item_no", ["XA10000000123", "RR473124829CN", "1186465887499"])
def test_every_envelope_has_room_for_bars_address_and_name(envelope: str, item_no: str) -> None:
    fields = replace(SAMPLE, item_no=item_no)
    layout = BUNDLE.layout
    if envelope.startswith("C5"):
        for old, new in (("first_top = 103", "first_top = 114"), ("title_baseline = 93", "title_baseline = 104"),
                         ("number_baseline = 98", "number_baseline = 109")):
            assert old in layout
            layout = layout.replace(old, new)
    bundle = replace(BUNDLE, envelope=envelope, layout=layout)
    data = press_one(bundle, compose(bundle, fields), fields, batch_no=BATCH, seal=SEAL)
    piece = ProofPiece(fields, 1, 2, 1, 2, False)
    assert check_pages(data, bundle, BATCH, [piece]) == []


def test_a_firms_own_seal_picture_is_stamped() -> None:
    from PIL import Image, ImageDraw

    picture = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((10, 10, 290, 290), outline=(200, 0, 0, 255), width=12)
    png = io.BytesIO()
    picture.save(png, "PNG")
    letter = compose(BUNDLE, SAMPLE)
    with pytest.raises(SealRefused, match="R-LAW-06"):
        press_one(BUNDLE, letter, SAMPLE, batch_no=BATCH, seal=Seal(png.getvalue()))
    data = press_one(BUNDLE, letter, SAMPLE, batch_no=BATCH, seal=Seal(png.getvalue(), warrant=warrant_for(SAMPLE)))
    document = pypdfium2.PdfDocument(data)
    page = document[len(document) - 1].render(scale=1).to_pil().convert("RGB")
    red = sum(1 for pixel in zip(*[iter(page.tobytes())] * 3, strict=True) if pixel[0] > 150 and pixel[1] < 100)
    document.close()
    assert red > 100


def test_a_broken_seal_picture_is_said() -> None:
    with pytest.raises(SealUnusable):
        press_one(BUNDLE, compose(BUNDLE, SAMPLE), SAMPLE, batch_no=BATCH, seal=Seal(b"not a picture", warrant=warrant_for(SAMPLE)))


def warrant_for(*letters: LetterFields, token: str = "TOKEN", held: str = "TOKEN") -> SealWarrant:
    hashes = b"".join(
        bytes.fromhex(letter_sha256(fields.numbered("", "", "").sha256, fields.letter_no)) for fields in letters
    )
    return SealWarrant(token, hashlib.sha256(hashes).hexdigest(), hashes, lambda _sha256, said: said == held)


def test_a_seal_is_refused_without_a_genuine_token_and_on_any_other_letter() -> None:
    letter = compose(BUNDLE, SAMPLE)
    forged = Seal.sample(SAMPLE.firm_name, warrant_for(SAMPLE, token="FORGED"))
    with pytest.raises(SealRefused, match="令牌"):
        press_one(BUNDLE, letter, SAMPLE, batch_no=BATCH, seal=forged)
    other = replace(SAMPLE, contract_no=SAMPLE.contract_no[:-1] + "X")
    with pytest.raises(SealRefused, match="不是律师签发的内容"):
        press_one(BUNDLE, compose(BUNDLE, other), other, batch_no=BATCH, seal=Seal.sample(SAMPLE.firm_name, warrant_for(SAMPLE)))
    changed = replace(warrant_for(SAMPLE, other), hashes=warrant_for(other).hashes)
    assert not changed.holds, "hashes that do not give the released hash are no warrant"
