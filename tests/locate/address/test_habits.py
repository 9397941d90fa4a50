"""Every habit of writing that the engine promises to read, one line each."""

from __future__ import annotations

import pytest

from locate.address import Issue, parse

PREFIX = "浙江省杭州市西湖区"


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("文三路90号", {"road": "文三路", "road_no": "90号"}),
        ("文三路甲90号", {"road": "文三路", "road_no": "甲90号"}),
        ("文三路90号附3号", {"road": "文三路", "road_no": "90号附3号"}),
        ("文三路90号之一", {"road": "文三路", "road_no": "90号之一"}),
        ("文三路90-2号", {"road": "文三路", "road_no": "90-2号"}),
        ("三墩镇双桥村8组13号", {"township": "三墩镇", "village": "双桥村"}),
        ("三墩镇双桥村三队", {"village": "双桥村", "road": "三队"}),
        ("三墩镇双桥村第五村民小组", {"village": "双桥村", "road": "第五村民小组"}),
        ("幸福里小区8-2-1203", {"poi": "幸福里小区", "building": "8", "unit": "2", "room": "1203"}),
        ("幸福里小区8栋2单元1203室", {"building": "8栋", "unit": "2单元", "room": "1203室"}),
        ("幸福里小区十八幢二单元301", {"building": "十八幢", "unit": "二单元", "room": "301"}),
        ("华星大厦B座1203", {"poi": "华星大厦", "building": "B座", "room": "1203"}),
        ("幸福里小区3号楼东2单元501", {"building": "3号楼", "unit": "东2单元", "room": "501"}),
        ("文三路90号华星大厦負一层", {"floor": "负一层"}),
        ("幸福里小区3幢2单元1楼西户", {"building": "3幢", "unit": "2单元", "floor": "1楼", "room": "西户"}),
        ("文三路与学院路交汇处", {"road": "文三路", "sub_road": "学院路"}),
        ("文三路９０号３幢", {"road_no": "90号", "building": "3幢"}),
        ("文三路90號3棟", {"road_no": "90号", "building": "3栋"}),
        ("文三\u200b路90\u200b号", {"road": "文三路", "road_no": "90号"}),
        ("华星工业园5号楼3楼", {"poi": "华星工业园", "building": "5号楼", "floor": "3楼"}),
        ("文三路90号华星大厦12层1203室某某科技有限公司", {"floor": "12层", "room": "1203室"}),
    ],
)
def test_habit(text: str, fields: dict[str, str]) -> None:
    read = parse(PREFIX + text)
    assert {name: getattr(read, name) for name in fields} == fields
    assert read.district == "西湖区"


def test_a_lane_and_a_branch_lane() -> None:
    read = parse("上海市闵行区七莘路18弄5号202室")
    assert (read.road, read.road_no, read.building, read.room) == ("七莘路", "18弄", "5号", "202室")


def test_radicals_and_doubled_prefixes() -> None:
    assert parse("陕⻄省⻄安市雁塔区科技路1号").city == "西安市"
    doubled = parse("浙江省杭州市西湖区浙江省杭州市西湖区文三路90号")
    assert (doubled.road, doubled.road_no) == ("文三路", "90号")
    assert Issue.DUPLICATED_PREFIX in doubled.issues


@pytest.mark.parametrize("remark", ["放门卫", "请放丰巢", "送货前电话联系", "电联", "（放门卫）"])
def test_remarks_are_no_address(remark: str) -> None:
    read = parse(f"{PREFIX}文三路90号3幢502室{remark}")
    assert (read.building, read.room) == ("3幢", "502室")
    assert Issue.REMARK_REMOVED in read.issues


WAYBILL = f"{PREFIX}文三路90号3幢502室"


@pytest.mark.parametrize(
    "text",
    [
        "张三 13800138000 {}", "张三，13800138000，{}", "{} 张三 13800138000", "{}，张三，13800138000", "{}张三收13800138000", "13800138000 张三 {}",
        "收货人：张三 手机：13800138000 地址：{}", "张三 138-0013-8000 {}", "{} 李小方 +86 13800138000", "王建国\t13800138000\t{}",
    ],
)  # fmt: skip
def test_a_name_and_a_phone_around_the_address_do_not_disturb_it(text: str) -> None:
    read = parse(text.format(WAYBILL))
    assert (read.province, read.district, read.road, read.road_no, read.building, read.room) == ("浙江省", "西湖区", "文三路", "90号", "3幢", "502室")
    assert read.recipient is not None
    assert (read.recipient.phone or "").endswith("13800138000")
    assert read.recipient.name in ("张三", "李小方", "王建国")
