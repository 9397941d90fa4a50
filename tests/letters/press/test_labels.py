"""Labels: every barcode is read back by an independent decoder, every text stands on its label, what does not fit is refused."""

from __future__ import annotations

import io
from datetime import date

import pypdfium2
import pytest
import zxingcpp

from letters.press.labels import AddressLabel, ContainerLabel, LabelFile, LabelRefused, sheet_of, sheets
from letters.press.listsheet import ListColumn, ListFile
from records.errors import WrongUsage

DAY = date(2026, 11, 21)
LONG = "新疆维吾尔自治区克孜勒苏柯尔克孜自治州阿克陶县奥依塔克镇某某村12号楼3单元1801室"


def read(content: bytes) -> tuple[list[str], str, list[tuple[float, float, float, float]]]:
    """Barcodes, text and the boxes of all characters, from PDFium and ZXing."""
    codes, words, boxes = [], [], []
    for page in pypdfium2.PdfDocument(content):
        picture = page.render(scale=200 / 72, grayscale=True).to_numpy()
        codes += [found.text for found in zxingcpp.read_barcodes(picture.reshape(picture.shape[:2]))]
        text = page.get_textpage()
        words.append(text.get_text_range())
        boxes += [text.get_charbox(index) for index in range(text.count_chars())]
    return codes, "".join("".join(words).split()), boxes


def address_file(code: str, labels: list[AddressLabel]) -> bytes:
    out = io.BytesIO()
    file = LabelFile(out, sheet_of(code), title="收件人标签", dated=DAY, framed=False)
    for label in labels:
        file.address(label)
    file.close()
    return out.getvalue()


def label(number: int, **changes: str) -> AddressLabel:
    fields = {
        "where": f"第 {number} 件", "item_no": f"XA{number:011d}", "postcode": "430014",
        "address": "湖北省武汉市江汉区新华路25号3栋2单元501室", "name": "王小二", "slot": "43-001/02/1",
    }  # fmt: skip
    return AddressLabel(**{**fields, **changes})


@pytest.mark.parametrize("code", sorted(sheets()))
def test_address_labels_read_back_whole_on_every_sheet(code: str) -> None:
    count = sheet_of(code).columns * sheet_of(code).rows + 1
    content = address_file(code, [label(n, address=LONG if n % 2 else label(n).address) for n in range(1, count + 1)])
    codes, words, boxes = read(content)
    wanted = [f"XA{number:011d}" for number in range(1, count + 1)]
    assert sorted(codes) == (wanted if sheet_of(code).item_code else [])
    assert all(number in words for number in wanted)
    assert words.count("430014" + LONG) == (count + 1) // 2
    assert words.count("王小二（收）") == count
    assert len(pypdfium2.PdfDocument(content)) == 2
    margin = 9  # points that an office printer leaves white
    assert min(box[0] for box in boxes) > margin and max(box[2] for box in boxes) < 595.28 - margin
    assert min(box[1] for box in boxes) > margin and max(box[3] for box in boxes) < 841.89 - margin
    assert content == address_file(code, [label(n, address=LONG if n % 2 else label(n).address) for n in range(1, count + 1)])


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"address": LONG * 4}, "放不进"), ({"name": "阿" * 40}, "放不进"), ({"name": "王\U0010fffd"}, "字库没有")],
)
def test_what_does_not_fit_or_can_not_be_shown_is_refused_by_its_place(changes: dict[str, str], why: str) -> None:
    with pytest.raises(LabelRefused, match=f"第 7 件.*{why}"):
        address_file("21", [label(7, **changes)])


def test_an_unknown_sheet_names_those_there_are() -> None:
    with pytest.raises(WrongUsage) as told:
        sheet_of("7")
    assert "24" in told.value.advice


@pytest.mark.parametrize(("code", "slot"), [("8", "43-001"), ("8", "430014-012/T12"), ("24", "43-001/12"), ("24", "430014-012/123")])
def test_container_labels_hold_their_number_as_text_and_as_bars(code: str, slot: str) -> None:
    out = io.BytesIO()
    file = LabelFile(out, sheet_of(code), title="袋牌", dated=DAY, framed=True)
    number = f"B20261121-01/{slot}"
    lines = ("2 格 12 把　798 件　14.36 kg", "XA00000000001 — XA00000000798") if code == "8" else ("98 件", "XA00000000001 起")
    file.container(ContainerLabel("袋牌", number, "积石山保安族东乡族撒拉族自治县", "731700–731799", slot, lines, "未封装"))
    file.close()
    codes, words, _ = read(out.getvalue())
    assert codes == [number]
    for text in (number, "积石山保安族东乡族撒拉族自治县", "731700–731799", *lines):
        assert "".join(text.split()) in words


def test_a_container_label_that_would_be_unreadable_is_refused() -> None:
    for destination, lines in (("某" * 60, ()), ("武汉市", tuple(f"第 {n} 行" for n in range(9)))):
        with pytest.raises(LabelRefused):
            LabelFile(io.BytesIO(), sheet_of("8"), title="", dated=DAY, framed=True).container(
                ContainerLabel("袋牌", "B20261121-01/43-001", destination, "430014", "43-001", lines)
            )
    with pytest.raises(LabelRefused, match="条码"):
        LabelFile(io.BytesIO(), sheet_of("8"), title="", dated=DAY, framed=True).container(
            ContainerLabel("袋牌", "B20261121-01/" + "x" * 30, "武汉市", "430014", "43-001", ())
        )


def test_a_list_goes_over_pages_and_loses_nothing() -> None:
    out = io.BytesIO()
    listed = ListFile(out, [ListColumn("袋号", 1), ListColumn("寄达", 2), ListColumn("件数", 1, figure=True)], title="邮袋清单", head=("批次",), dated=DAY)
    for number in range(90):
        listed.row([f"43-{number:03d}", LONG, f"{number + 1000:,}"])
    listed.close(("交寄人：",))
    _, words, boxes = read(out.getvalue())
    assert len(pypdfium2.PdfDocument(out.getvalue())) > 1
    assert all(f"43-{number:03d}" in words and f"{number + 1000:,}" in words for number in range(90))
    assert words.count("寄达") == len(pypdfium2.PdfDocument(out.getvalue()))
    assert min(box[1] for box in boxes) > 20
