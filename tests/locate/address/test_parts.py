"""Roads, numbers, estates, buildings, units, floors and rooms in their many habits."""

from __future__ import annotations

import pytest

from locate.address import Grade, parse

PREFIX = "浙江省杭州市西湖区"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("文三路90号3幢2单元1502室", {"road": "文三路", "road_no": "90号", "building": "3幢", "unit": "2单元", "room": "1502室"}),
        ("翠苑新村8-2-1203", {"poi": "翠苑新村", "building": "8", "unit": "2", "room": "1203"}),
        ("翠苑新村8栋2单元", {"poi": "翠苑新村", "building": "8栋", "unit": "2单元"}),
        ("翠苑新村十八幢三单元", {"building": "十八幢", "unit": "三单元"}),
        ("文三路90号华星大厦B座1203", {"poi": "华星大厦", "building": "B座", "room": "1203"}),
        ("文三路90号华星大厦负一层", {"poi": "华星大厦", "floor": "负一层"}),
        ("文三路90号5号楼东2单元西户", {"building": "5号楼", "unit": "东2单元", "room": "西户"}),
        ("文三路90号院2号楼3层301", {"road_no": "90号院", "building": "2号楼", "floor": "3层", "room": "301"}),
        ("文三路90号之一", {"road_no": "90号之一"}),
        ("文三路12-3号", {"road_no": "12-3号"}),
        ("双浦镇湖埠村8组13号", {"township": "双浦镇", "village": "湖埠村", "road": "8组", "road_no": "13号"}),
        ("双浦镇湖埠村3组", {"village": "湖埠村", "road": "3组"}),
        ("文三路与学院路交叉口", {"road": "文三路", "sub_road": "学院路"}),
        ("８号大街１２号", {"road": "8号大街", "road_no": "12号"}),
        ("文三路90号(西湖国际科技大厦)B座1203室", {"poi": "西湖国际科技大厦", "room": "1203室"}),
    ],
)
def test_parts_below_the_area(text: str, expected: dict[str, str]) -> None:
    read = parse(PREFIX + text)
    assert {k: getattr(read, k) for k in expected} == expected


def test_a_shanghai_lane_keeps_lane_house_and_room_apart() -> None:
    read = parse("上海市闵行区七莘路18弄5号202室")
    assert (read.road, read.road_no, read.building, read.room) == ("七莘路", "18弄", "5号", "202室")


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("文三路90号3幢2单元1502室", Grade.DOOR),
        ("文三路90号3幢", Grade.BUILDING),
        ("文三路90号", Grade.PLACE),
        ("翠苑新村", Grade.PLACE),
        ("双浦镇湖埠村8组13号", Grade.DOOR),
        ("文三路", Grade.AREA),
        ("文三路90号人民银行", Grade.BUILDING),  # a house and who is in it
        ("三墩工业园文三路90号华星纸业有限公司", Grade.BUILDING),
        ("文三路90号人民银行对面", Grade.PLACE),
        ("文三路90号华星大厦", Grade.PLACE),  # a tower of a hundred doors
        ("文三路90号翠苑小区", Grade.PLACE),
        ("文三路90号浙江外国语学院镜湖小区", Grade.PLACE),
        ("文三路90号公司附近", Grade.PLACE),
        ("王家里914号", Grade.BUILDING),
        ("翠苑新村74号", Grade.BUILDING),
        ("黄龙体育中心北门72号", Grade.PLACE),
        ("文三路26幢", Grade.BUILDING),
        ("文三路2楼", Grade.AREA),
        ("", Grade.AREA),
    ],
)
def test_grades_tell_how_far_the_text_leads(text: str, grade: Grade) -> None:
    assert parse(PREFIX + text).grade is grade


def test_without_an_area_nothing_is_deliverable() -> None:
    assert parse("文三路90号3幢2单元1502室").grade is Grade.UNUSABLE


def test_a_village_place_is_deliverable_and_an_urban_estate_without_door_is_not() -> None:
    assert parse("湖北省恩施州利川市建南镇黄金村").deliverable
    assert not parse(PREFIX + "北山街道翠苑新村").deliverable
