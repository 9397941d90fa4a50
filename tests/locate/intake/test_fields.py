"""Each field's check: what is cleaned, what is refused, and that the reason has a name."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time
from decimal import Decimal
from time import process_time as time_spent
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from locate.case import AddressKind, Source, StopKind
from locate.intake.checks.addresses import CleanAddress, SameAs, clean, read_address
from locate.intake.checks.amounts import Amount, read_amount
from locate.intake.checks.capital import fen_of_capital
from locate.intake.checks.dates import read_date
from locate.intake.checks.id_number import birth_date, check_character, read_id_number
from locate.intake.checks.identifiers import read_free_text, read_identifier
from locate.intake.checks.names import read_name
from locate.intake.checks.phones import first_of_several, read_mobile
from locate.intake.checks.rates import RateUnit, column_unit, read_rate
from locate.intake.checks.stops import stops_in
from locate.intake.problems import VOCABULARY, Fault, Level
from locate.intake.text import is_empty_word, number_text, plain
from locate.intake.words import kind_of, opted_out, source_of
from records.money import capital, yuan


def code(found: object) -> str:
    assert isinstance(found, Fault), found
    assert found.code in VOCABULARY
    return found.code


# ---- ID numbers ----
GOOD = "11010519491231002X"


@pytest.mark.parametrize("cell", [GOOD, GOOD.lower(), f"'{GOOD}", f"‘{GOOD}", f"`{GOOD}", f" {GOOD}\t", "110105 19491231 002X", f'="{GOOD}"', "１１０１０５１９４９１２３１００２Ｘ", GOOD.replace("X", "×"), f"\u200b{GOOD}"])
def test_an_id_number_is_found_behind_what_spreadsheets_put_around_it(cell: str) -> None:
    assert read_id_number(cell) == GOOD


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("", "VALUE_MISSING"), ("无", "VALUE_MISSING"), ("110105491231002", "ID_FIFTEEN"), ("110105194912310021", "ID_CHECKSUM"),
        ("990105194912310029", "ID_REGION"), ("110105********002X", "ID_MASKED"), ("1101051949123100", "ID_FORM"),
        ("4.20106199402264E+17", "ID_DAMAGED"), ("2.1E17", "ID_DAMAGED"), ("420106199402264000", "ID_DAMAGED"), ("G12345678", "ID_FORM"),
        (4.20106199402264e17, "ID_DAMAGED"), (110105494912310.0, "ID_FIFTEEN"), (True, "ID_FORM"), (date(1949, 12, 31), "ID_FORM"),
    ],
)  # fmt: skip
def test_a_wrong_id_number_is_refused_by_name(cell: Any, expected: str) -> None:
    assert code(read_id_number(cell)) == expected


@pytest.mark.parametrize("born", ["19491331", "20230229", "18990101", "00000000"])
def test_an_impossible_birth_date_is_refused(born: str) -> None:
    first = "110105" + born + "002"
    assert code(read_id_number(first + check_character(first))) == "ID_BIRTH"


def test_residence_permits_and_the_foreigners_card_are_id_numbers() -> None:
    for first in ("81000019900101001", "83000019900101001", "91114019900101001"):
        number = first + check_character(first)
        assert read_id_number(number) == number


@given(st.integers(0, 999), st.dates(date(1940, 1, 1), date(2007, 1, 1)), st.integers(0, 17), st.integers(1, 9))
def test_any_single_wrong_digit_is_noticed(serial: int, born: date, place: int, shift: int) -> None:
    first = f"330106{born:%Y%m%d}{serial:03d}"
    number = first + check_character(first)
    assert read_id_number(number) == number and birth_date(number) == born
    digits = "0123456789X" if place == 17 else "0123456789"
    wrong = digits[(digits.index(number[place]) + shift) % len(digits)]
    assert isinstance(read_id_number(number[:place] + wrong + number[place + 1 :]), Fault)


# ---- names ----
@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("王小明", "王小明"), (" 王 小明\u3000", "王小明"), ("尉迟\u200d宁文", "尉迟宁文"), ("\ufeff王明", "王明"), ("王\n明", "王明"),
        ("巴合提 · 加克斯", "巴合提·加克斯"), ("买买提•吐尔逊", "买买提·吐尔逊"), ("买买提.吐尔逊", "买买提·吐尔逊"), ("买买提・吐尔逊", "买买提·吐尔逊"),
        ("买买提‧吐尔逊‧江", "买买提·吐尔逊·江"), ("丁燕䶮", "丁燕䶮"), ("王𠮷", "王𠮷"), ("谭堃", "谭堃"), ("㛃某", "㛃某"), ("⽅⽅", "方方"),
        ("John  SMITH", "John SMITH"), ("Ｊｏｈｎ", "John"), ("O'Neil J. Smith", "O'Neil J. Smith"), ("苏〇", "苏〇"), ("王\u0301明", unicodedata.normalize("NFC", "王\u0301明")),
    ],
)  # fmt: skip
def test_names_are_unified_and_kept(cell: str, expected: str) -> None:
    assert read_name(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("", "VALUE_MISSING"), ("   ", "VALUE_MISSING"), ("\u3000", "VALUE_MISSING"), ("不详", "VALUE_MISSING"), ("无", "VALUE_MISSING"),
        ("董\x08丽勇", "TEXT_CONTROL"), ("秦\x1b[31m倩", "TEXT_CONTROL"), ("卢\x85鹏", "TEXT_CONTROL"), ("王\x00明", "TEXT_CONTROL"), ("王\u202e明", "TEXT_CONTROL"), ("王\u2066明", "TEXT_CONTROL"),
        ('<img src="file:///etc/passwd"/>付建', "NAME_MARKUP"), ("{{7*7}}", "NAME_MARKUP"), ("王&#60;明", "NAME_MARKUP"), ("＜b＞王", "NAME_MARKUP"), ("${jndi:x}", "NAME_MARKUP"),
        ("王*明", "NAME_MASKED"), ("王＊", "NAME_MASKED"), ("王\ue000明", "NAME_PRIVATE_USE"), ("王\ufffd明", "TEXT_DAMAGED"), ("锟斤拷", "TEXT_DAMAGED"),
        ("王明2", "NAME_CHARACTERS"), ("王明（已故）", "NAME_CHARACTERS"), ("王明、李红", "NAME_CHARACTERS"), ("王?明", "NAME_CHARACTERS"), ("王明😀", "NAME_CHARACTERS"),
        ("王先生", "NAME_NOT_FULL"), ("李女士", "NAME_NOT_FULL"), ("王" * 60, "NAME_LENGTH"),
    ],
)  # fmt: skip
def test_what_is_no_name_is_refused(cell: str, expected: str) -> None:
    assert code(read_name(cell)) == expected


@given(st.text(max_size=30))
@example("·")
def test_a_name_that_passes_holds_nothing_that_could_hurt_and_stays_as_it_is(text: str) -> None:
    name = read_name(text)
    if isinstance(name, str):
        assert name and read_name(name) == name and name == unicodedata.normalize("NFC", name)
        assert not set(name) & set("<>{}&$=;\\\"\n\t\r\u202e\u200b")
        assert all(unicodedata.category(c)[0] in "LMN" or c in "· -'.’" or ord(c) >= 0x20000 or 0x2E80 <= ord(c) < 0x3100 for c in name)


# ---- amounts ----
@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("1234.56", 123456), ("1,234.56", 123456), ("¥1,234.56", 123456), ("￥1234.5", 123450), ("人民币650.70元", 65070), ("57752.22 元", 5775222),
        ("３２，４３５．４２元", 3243542), (" 85,704.45 ", 8570445), ("RMB 100", 10000), ("100元整", 10000), ("1.5万", 1500000), ("1.5万元", 1500000),
        (150000.0, 15000000), (27400.73, 2740073), (0.1 + 0.2, 30), (0, 0), ("0.00", 0), ("1234.5600", 123456), ("'12.30", 1230), ("壹万贰仟元整", 1200000),
        ("人民币壹仟零伍元叁角整", 100530), ("1e3".upper().replace("E3", "000"), 100000),
    ],
)  # fmt: skip
def test_amounts_in_every_written_form(cell: Any, fen: int) -> None:
    found = read_amount(cell, "合计")
    assert isinstance(found, Amount) and found.fen == fen


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("12,34,5.6.7", "AMOUNT_NOT_NUMBER"), ("N/A", "AMOUNT_NOT_NUMBER"), ("一千多", "AMOUNT_NOT_NUMBER"), ("约500", "AMOUNT_NOT_NUMBER"), ("1,23.45", "AMOUNT_NOT_NUMBER"),
        ("1.234,56", "AMOUNT_NOT_NUMBER"), ("1.2E+5", "AMOUNT_NOT_NUMBER"), ("不详", "AMOUNT_NOT_NUMBER"), ("(12.00", "AMOUNT_NOT_NUMBER"), (True, "AMOUNT_NOT_NUMBER"), (datetime.combine(date(2026, 1, 1), time()), "AMOUNT_NOT_NUMBER"),
        ("-28362.32", "AMOUNT_NEGATIVE"), ("(1,234.56)", "AMOUNT_NEGATIVE"), ("（1,234.56）", "AMOUNT_NEGATIVE"), ("－12.00", "AMOUNT_NEGATIVE"), ("12.00-", "AMOUNT_NEGATIVE"), (-0.01, "AMOUNT_NEGATIVE"),
        ("1.234", "AMOUNT_FRACTION"), (1.234, "AMOUNT_FRACTION"), (1e16, "AMOUNT_TOO_LARGE"), ("$100", "AMOUNT_CURRENCY"), ("100 USD", "AMOUNT_CURRENCY"), ("", "VALUE_MISSING"), ("-", "VALUE_MISSING"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(cell: Any, expected: str) -> None:
    assert code(read_amount(cell, "合计")) == expected


@given(st.integers(0, 10**13))
def test_every_amount_comes_back_to_the_fen(fen: int) -> None:
    exact = f"{fen // 100}.{fen % 100:02d}"
    for cell in (exact, yuan(fen), f"￥{yuan(fen)}元", Decimal(exact).__float__() if fen < 10**13 else exact):
        found = read_amount(cell, "合计")
        assert isinstance(found, Amount) and found.fen == fen, cell
    in_ten_thousands = read_amount(f"{Decimal(fen) / 1000000:f}", "合计", "万元")
    assert isinstance(in_ten_thousands, Amount) and in_ten_thousands.fen == fen


@given(st.integers(1, 10**14))
def test_capital_figures_come_back(fen: int) -> None:
    assert fen_of_capital(capital(fen)) == fen
    assert fen_of_capital("人民币" + capital(fen)) == fen


@given(st.text(alphabet="零壹贰叁拾佰仟万亿元角分整", min_size=1, max_size=10))
def test_what_reads_as_capital_figures_writes_the_same_amount(text: str) -> None:
    fen = fen_of_capital(text)
    if fen is not None:
        assert fen_of_capital(capital(fen)) == fen


# ---- dates ----
@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-07", "2026/11/7", "2026.11.07", "20261107", "2026年11月7日", "2026年11月07日", "2026-11-07 00:00:00", "2026-11-07T08:00:00+08:00", "2026-11-06T16:00:00Z",
        "2026/11/7 14:05", "２０２６－１１－０７", " 2026-11-7 ", "'2026-11-07", "二〇二六年十一月七日", "7-Nov-2026", "Nov 7, 2026", "20261107000000", "截至2026年11月7日", "2026-11-07（周六）",
        date(2026, 11, 7), datetime.combine(date(2026, 11, 7), time(23, 59)), 46333, 46333.75, 20261107.0, "46333", "1793980800000", "2026 11 07", "2026年11月7号", "2026_11_07",
    ],
)  # fmt: skip
def test_dates_in_every_written_form(cell: Any) -> None:
    assert read_date(cell, "截至日") == date(2026, 11, 7)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-02-30", "DATE_IMPOSSIBLE"), ("20260230", "DATE_IMPOSSIBLE"), ("2025-13-05", "DATE_IMPOSSIBLE"), ("2025-02-29", "DATE_IMPOSSIBLE"), ("26-11-07", "DATE_TWO_DIGIT_YEAR"), ("26年11月7日", "DATE_TWO_DIGIT_YEAR"),
        ("5/6/2026", "DATE_AMBIGUOUS"), ("2026年11月", "DATE_INCOMPLETE"), ("202611", "DATE_INCOMPLETE"), ("2026", "DATE_INCOMPLETE"), ("11月7日", "DATE_INCOMPLETE"), ("昨天", "DATE_FORM"), ("2026-11-07-08", "DATE_FORM"),
        ("1899-12-31", "DATE_RANGE"), (date(1900, 1, 1), "DATE_RANGE"), (1.0, "DATE_FORM"), (True, "DATE_FORM"), ("", "VALUE_MISSING"), ("不详", "VALUE_MISSING"), ("0000-00-00", "DATE_IMPOSSIBLE"), ("2026-11-07 25时", "DATE_FORM"),
    ],
)  # fmt: skip
def test_what_is_no_single_day_is_refused(cell: Any, expected: str) -> None:
    assert code(read_date(cell, "截至日")) == expected


def test_serial_numbers_follow_the_workbooks_date_system() -> None:
    assert read_date(45000.0, "日", date1904=True) == date(2027, 3, 16)
    assert read_date(45000.0, "日") == date(2023, 3, 15)


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_every_day_in_every_form_is_that_day(day: date) -> None:
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%d-%b-%Y", "%b %d, %Y", "%Y-%m-%d 00:00:00"):
        assert read_date(day.strftime(form), "日") == day
    assert read_date(f"{day.year}年{day.month}月{day.day}日", "日") == day
    american = read_date(f"{day.month}/{day.day}/{day.year}", "日")
    assert american == day or code(american) == "DATE_AMBIGUOUS"


# ---- rates ----
@pytest.mark.parametrize(
    ("cell", "unit", "expected"),
    [
        ("15.4%", RateUnit.PERCENT, "15.4"), ("15.40", RateUnit.PERCENT, "15.4"), (18, RateUnit.PERCENT, "18"), ("１８．２５％", RateUnit.PERCENT, "18.25"), ("15.4%/年", RateUnit.PERCENT, "15.4"),
        (0.154, RateUnit.FRACTION, "15.4"), ("0.36", RateUnit.FRACTION, "36"), ("24%", RateUnit.FRACTION, "24"), (0, RateUnit.PERCENT, "0"), ("年化15.4%", RateUnit.PERCENT, "15.4"), (1, RateUnit.FRACTION, "100"),
    ],
)  # fmt: skip
def test_rates_are_percentages(cell: Any, unit: RateUnit, expected: str) -> None:
    found = read_rate(cell, unit)
    assert isinstance(found, Decimal) and str(found) == expected


def test_rates_that_cannot_be_sure_are_refused() -> None:
    assert code(read_rate("0.154", RateUnit.PERCENT)) == "RATE_AMBIGUOUS"
    assert code(read_rate("15.4", RateUnit.FRACTION)) == "RATE_AMBIGUOUS"
    assert code(read_rate("4倍LPR", RateUnit.PERCENT)) == "RATE_FORM"
    assert code(read_rate("5‰", RateUnit.PERCENT)) == "RATE_FORM"
    assert read_rate("", RateUnit.PERCENT) is None


def test_a_columns_unit_is_decided_by_all_its_numbers() -> None:
    assert column_unit(["15.4", "18", "36", 7.2], None) is RateUnit.PERCENT
    assert column_unit([0.154, 0.18, 0.36], "percent") is RateUnit.FRACTION
    assert column_unit(["15.4%", "18%"], None) is RateUnit.PERCENT
    assert column_unit([18.0] * 20 + [0.5], None) is RateUnit.PERCENT
    assert column_unit([0.18] * 20 + [36.0], None) is RateUnit.FRACTION


# ---- identifiers, phones, free text ----
@pytest.mark.parametrize(
    ("cell", "expected"),
    [(1.0, "1"), (20261100001.0, "20261100001"), ("BK 2026\t", "BK2026"), ("'0012", "0012"), ("ＢＫ１", "BK1"), ('="00123"', "00123"), ("合同〔2026〕1号", "合同〔2026〕1号"), (12.5, "12.5")],
)
def test_identifiers_are_kept_letter_for_letter(cell: Any, expected: str) -> None:
    assert read_identifier(cell, "案件编号") == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("", "VALUE_MISSING"), (" ", "VALUE_MISSING"), ("无", "VALUE_MISSING"), (2.02611000012345e17, "NUMBER_DAMAGED"), ("2.02611E+17", "NUMBER_DAMAGED"), ("BK\x07", "TEXT_CONTROL"), ("BK\ufffd", "TEXT_DAMAGED")],
)
def test_damaged_identifiers_are_refused(cell: Any, expected: str) -> None:
    assert code(read_identifier(cell, "案件编号")) == expected


@pytest.mark.parametrize("cell", ["19900009109", "１９９００００９１０９", 19900009109.0, "+86 199-0000-9109", "0086 19900009109", "'19900009109", "199 0000 9109", "\u202d19900009109\u202c", "86-19900009109"])
def test_mobiles_are_found_behind_their_noise(cell: Any) -> None:
    assert read_mobile(cell) == "19900009109"


@pytest.mark.parametrize("cell", ["199000012345", "29900001234", "空号", "0571-88888888", "1.99E+10", "19900009109/19900009110"])
def test_what_is_no_mobile_is_said(cell: str) -> None:
    assert code(read_mobile(cell)) == "PHONE_INVALID"
    assert VOCABULARY["PHONE_INVALID"].level is Level.WARNING


def test_several_mobiles_give_the_first() -> None:
    assert first_of_several("19900009109 / 19900009110") == "19900009109"
    assert first_of_several("19900009109 转 12") is None
    assert read_mobile("") is None and read_mobile("无") is None


def test_free_text_is_kept_as_text() -> None:
    assert read_free_text("=cmd|' /C calc'!A0") == "=cmd|' /C calc'!A0"
    assert read_free_text(" 首次\n委案\x07 ") == "首次 委案"
    assert read_free_text("无") == ""


# ---- addresses ----
@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("湖北巴\n东县沿渡河镇官田村四组", "湖北巴东县沿渡河镇官田村四组"), ("西城街道浙江省 台州市 黄岩区 东岙", "西城街道浙江省台州市黄岩区东岙"), ("杭州市将军路１５５号Ａ座", "杭州市将军路155号A座"),
        ("平湖市乍浦镇\t", "平湖市乍浦镇"), ("上城區近江家園一園6-7-1194", "上城區近江家園一園6-7-1194"), ("文三路 12 B 3号", "文三路12 B 3号"), ("杭州\u200b市文三路\x071号", "杭州市文三路1号"), ("浙江-温州-乐清市虹桥镇", "浙江-温州-乐清市虹桥镇"),
        ("同德路12号", "同德路12号"), ("如意路5号", "如意路5号"), ("见山村3组", "见山村3组"), ("无锡市滨湖区体育西路293号", "无锡市滨湖区体育西路293号"), ("解放路1号，门卫代收", "解放路1号，门卫代收"), ("解放路1号（白天不在家）", "解放路1号（白天不在家）"),
    ],
)  # fmt: skip
def test_addresses_are_cleaned_and_nothing_else(cell: str, expected: str) -> None:
    assert read_address(cell) == CleanAddress(expected)


@pytest.mark.parametrize(
    "cell",
    [
        "收货人:李远辉 电话:19900002254 地址:浙江省温州市永嘉县阳光大道辅路", "司马桂娜,19900005328,浙江省温州市永嘉县阳光大道辅路", "浙江省温州市永嘉县阳光大道辅路 李四 19900001111", "19900001111 李四 浙江省温州市永嘉县阳光大道辅路",
        "浙江省温州市永嘉县阳光大道辅路(李四收)", "浙江省温州市永嘉县阳光大道辅路19900001111", "收件人：张三，手机：19900001234，浙江省温州市永嘉县阳光大道辅路", "地址：浙江省温州市永嘉县阳光大道辅路 收件人：张三 电话：19900001111",
        "浙江省温州市永嘉县阳光大道辅路（联系人：张三，电话：19900001111）", "欧阳小明 19900001111 浙江省温州市永嘉县阳光大道辅路",
    ],
)  # fmt: skip
def test_a_recipient_inside_is_taken_out_and_said(cell: str) -> None:
    assert read_address(cell) == CleanAddress("浙江省温州市永嘉县阳光大道辅路", recipient_removed=True)


@pytest.mark.parametrize("cell", ["", "无", "不详", "暂无", "-", "/", "N/A", "NULL", "地址不详", "未提供", " 无 ", "ＮＡ"])
def test_words_that_say_there_is_no_address(cell: str) -> None:
    assert read_address(cell) is None


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("同上", SameAs()), ("同前", SameAs()), ("如上", SameAs()), ("同户籍地址", SameAs(AddressKind.HOUSEHOLD)), ("同户籍", SameAs(AddressKind.HOUSEHOLD)), ("同身份证地址", SameAs(AddressKind.HOUSEHOLD)), ("同收货", SameAs(AddressKind.DELIVERY)),
        ("与现住址一致", SameAs(AddressKind.RESIDENCE)), ("同单位地址", SameAs(AddressKind.WORK)), ("同地址1", SameAs(ordinal=1)), ("同账单", SameAs(AddressKind.BILLING)),
    ],
)  # fmt: skip
def test_references_to_another_address(cell: str, expected: SameAs) -> None:
    assert read_address(cell) == expected


@given(st.text(alphabet="浙江省杭州市 文三路12-3号\n\t　 ABab（），,:：收 张19900001111", max_size=60))
def test_a_cleaned_address_stays_clean(text: str) -> None:
    found = read_address(text)
    if isinstance(found, CleanAddress):
        assert found.text and clean(found.text) == found.text and "\n" not in found.text


# ---- words ----
def test_the_nine_sources_the_banned_and_the_unknown() -> None:
    lawful = ["合同约定", "本人预留", "本人授权", "双方沟通", "合法公开", "预留联系人告知", "授权征信查询", "司法调查令", "担保/共债合同"]
    assert [source_of(text) for text in lawful] == [s for s in Source if s is not Source.BANNED]
    assert {source_of(text) for text in ("通讯录", "购买数据", "电商订单", "快递面单", "外卖平台", "爬虫抓取", "本人预留、快递信息", "第三方数据公司")} == {Source.BANNED}
    assert {source_of(text) for text in ("其他", "系统", "未授权", "不明来源", "合同约定？", "朋友")} == {None}
    assert source_of("本人预留（申请表）") is Source.RESERVED and source_of("合同约定、本人预留") is Source.CONTRACT
    for source in Source:
        assert source is Source.BANNED or source_of(source.value) is source


def test_kinds_of_address() -> None:
    assert [kind_of(text) for text in ("户籍", "居住", "单位", "账单", "收货", "合同约定送达")] == list(AddressKind)
    assert [kind_of(kind.value) for kind in AddressKind] == list(AddressKind)
    assert kind_of("父母家") is None and kind_of("其他") is None


def test_refusals_of_contact_are_never_missed() -> None:
    assert all(opted_out(text) is True for text in ("是", "1", "Y", "已拒绝", "拒绝联系", "TRUE", "√"))
    assert all(opted_out(text) is False for text in ("", "否", "0", "N", "无", "可联系", "-"))
    assert opted_out("说不要再打了") is None


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("状态=债务人已故", {StopKind.DECEASED}), ("状态=已身故", {StopKind.DECEASED}), ("家属称客户已去世", {StopKind.DECEASED}), ("客户母亲已故", set()), ("父亲去世办理丧事", set()), ("状态=投诉中;监管转办", {StopKind.COMPLAINT}), ("曾投诉已撤诉", {StopKind.COMPLAINT}),
        ("无投诉", set()), ("未投诉", set()), ("状态＝已结清", {StopKind.SETTLED}), ("结清", {StopKind.SETTLED}), ("未结清", set()), ("尚未还清", set()), ("承诺月底结清", set()), ("客户曾承诺还款", set()), ("首次委案", set()), ("系统多次拨打未接", set()),
        ("非本人接听", set()), ("非本人借款", {StopKind.FRAUD_VICTIM}), ("客户称被骗贷款", {StopKind.FRAUD_VICTIM}), ("已起诉立案", {StopKind.SUIT_SERVED}), ("拟起诉", set()), ("申请个人破产", {StopKind.BANKRUPT}), ("已停催", {StopKind.WITHDRAWN}), ("退案", {StopKind.WITHDRAWN}),
        ("对金额有异议", {StopKind.DISPUTED}), ("无异议", set()), ("已达成分期", {StopKind.INSTALMENT}), ("已结清，曾投诉", {StopKind.SETTLED, StopKind.COMPLAINT}), ("settled", {StopKind.SETTLED}), ("deceased", {StopKind.DECEASED}), ("", set()),
    ],
)  # fmt: skip
def test_stops_are_read_from_what_lenders_write(text: str, kinds: set[StopKind]) -> None:
    assert {kind for kind, _ in stops_in(text)} == kinds


# ---- cells ----
@given(st.floats(min_value=0, max_value=1e14).map(lambda number: round(number, 2)))
def test_numbers_become_the_text_that_the_spreadsheet_shows(number: float) -> None:
    assert abs(Decimal(number_text(number)) - Decimal(repr(number))) <= Decimal("0.1")
    assert float(number_text(number)) == pytest.approx(number, rel=1e-14)


@given(st.text(max_size=40))
def test_plain_text_has_no_outer_space_and_no_zero_width(text: str) -> None:
    found = plain(text)
    assert found == found.strip(" \t\r\n\u3000\u00a0")
    assert not set(found) & set("\u200b\u200c\u200d\u2060\ufeff")


def test_empty_words() -> None:
    assert all(is_empty_word(word) for word in ("", "-", "——", "无", "N/A", "null", "不详", "ＮＵＬＬ"))
    assert not any(is_empty_word(word) for word in ("0", "无锡市", "王", "A", "1"))


def test_every_problem_has_a_sentence_and_where_it_refuses_an_advice() -> None:
    for entry in VOCABULARY.values():
        said = entry.sentence("甲", "乙", 3)
        assert said.endswith("。") and "{" not in said and "。。" not in said
        assert entry.advice or entry.level is Level.WARNING


@pytest.mark.parametrize("filler", [" ", "，", "1", "-", "（", "一", "王 ", "2026 ", "19900001111 ", "收", "地址：", "a", "\u200b", "="])
def test_hostile_long_cells_cost_no_time(filler: str) -> None:
    """A cell may hold thousands of characters: no check may take more than linear time over them."""
    text = filler * (20_000 // len(filler)) + "x"
    started = time_spent()
    for check in (read_address, read_name, read_id_number, read_mobile, first_of_several, stops_in, source_of, kind_of, opted_out):
        check(text)
    read_amount(text, "合计")
    read_date(text, "截至日")
    read_identifier(text, "案件编号")
    read_free_text(text)
    column_unit([text], None)
    read_rate(text, RateUnit.PERCENT)
    assert time_spent() - started < 1.0
