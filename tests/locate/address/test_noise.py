"""Names, phones, postcodes, remarks and damaged signs inside an address."""

from __future__ import annotations

import pytest

from locate.address import Issue, parse

PLAIN = "浙江省杭州市西湖区文三路90号3幢1502室"


@pytest.mark.parametrize(
    ("text", "name", "phone"),
    [
        (f"王小明 19900012345 {PLAIN}", "王小明", "19900012345"),
        (f"王小明{PLAIN}19900012345", "王小明", "19900012345"),
        (f"欧阳小明，199-0001-2345，{PLAIN}", "欧阳小明", "19900012345"),
        (f"{PLAIN} 王小明 19900012345", "王小明", "19900012345"),
        (f"收件人：王小明 电话：19900012345 地址：{PLAIN}", "王小明", "19900012345"),
        (f"{PLAIN} 王小明（先生）收", "王小明", None),
    ],
)
def test_a_recipient_in_the_text_is_taken_out_and_kept(text: str, name: str, phone: str | None) -> None:
    read = parse(text)
    assert read.recipient is not None
    assert (read.recipient.name, read.recipient.phone) == (name, phone)
    assert Issue.RECIPIENT_INSIDE in read.issues
    assert read.canonical == PLAIN
    assert name not in read.canonical


def test_an_address_without_a_recipient_has_none() -> None:
    assert parse(PLAIN).recipient is None


@pytest.mark.parametrize(
    "text",
    [
        "３１００１２ 浙江省杭州市西湖区文三路９０号３幢１５０２室",
        "浙江省\u200b杭州市西湖区文三\ufeff路90号3幢1502室",
        "浙江省杭州市西湖區文三路90號3幢1502室",
        "浙江省杭州市⻄湖区文三路90号3幢1502室",
        "中国 浙江省 杭州市 西湖区 文三路90号3幢1502室",
        "浙江省，杭州市，西湖区，文三路90号，3幢，1502室",
        "浙江省杭州市西湖区文三路90号3幢1502室（放门卫）",
        "浙江省杭州市浙江省杭州市西湖区文三路90号3幢1502室",
    ],
)
def test_writing_habits_and_damage_do_not_change_the_place(text: str) -> None:
    read = parse(text)
    assert read.key == parse(PLAIN).key
    assert read.canonical == PLAIN


def test_spans_point_into_the_raw_text_even_where_signs_were_removed() -> None:
    raw = "浙江省\u200b杭州市西湖区文三\ufeff路９０号"
    read = parse(raw)
    assert [(raw[s:e], label) for s, e, label in read.spans] == [
        ("浙江省", "prov"), ("杭州市", "city"), ("西湖区", "district"), ("文三\ufeff路", "road"), ("９０号", "roadno"),
    ]  # fmt: skip


def test_a_remark_is_left_off_the_envelope_and_said() -> None:
    read = parse(PLAIN + " 放门卫")
    assert Issue.REMARK_REMOVED in read.issues
    assert "门卫" not in read.canonical
