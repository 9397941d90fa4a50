"""What a text says about areas: present, abbreviated, missing, doubled, out of order, renamed, split, open."""

from __future__ import annotations

import pytest

from locate.address import Issue, parse


def area(text: str) -> tuple[str | None, str | None, str | None]:
    read = parse(text)
    return read.province, read.city, read.district


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("浙江省杭州市西湖区文三路1号", ("浙江省", "杭州市", "西湖区")),
        ("杭州西湖区文三路1号", ("浙江省", "杭州市", "西湖区")),
        ("浙江义乌稠城街道工人北路1号", ("浙江省", "金华市", "义乌市")),
        ("浙江省 杭州市 滨江区 浙江省 杭州市 滨江区 江南大道1号", ("浙江省", "杭州市", "滨江区")),
        ("闵行区七莘路1号", ("上海市", "上海市", "闵行区")),
        ("沪浦东新区世纪大道1号", ("上海市", "上海市", "浦东新区")),
        ("内蒙呼市新城区中山东路1号", ("内蒙古自治区", "呼和浩特市", "新城区")),
        ("海西州德令哈市柴达木路1号", ("青海省", "海西蒙古族藏族自治州", "德令哈市")),
        ("湖北省仙桃市沔州大道1号", ("湖北省", None, "仙桃市")),
        ("广东省东莞市虎门镇人民路1号", ("广东省", "东莞市", None)),
    ],
)
def test_areas_are_found_however_much_of_them_is_written(text: str, expected: tuple[str | None, ...]) -> None:
    assert area(text) == expected


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("上海市卢湾区淮海中路1号", "黄浦区"),
        ("上海市南汇区惠南镇人民路1号", "浦东新区"),
        ("江苏省苏州市平江区观前街1号", "姑苏区"),
        ("浙江省杭州市江干区凯旋路1号", "上城区"),
        ("浙江省杭州市下城区延安路1号", "拱墅区"),
        ("安徽省巢湖市居巢区人民路1号", "巢湖市"),
        ("山东省莱芜市莱城区文化路1号", "莱芜区"),
        ("河南省开封县人民路1号", "祥符区"),
        ("四川省万县市天城区人民路1号", "万州区"),
    ],
)
def test_a_district_of_the_past_is_written_as_of_now_with_the_reason(text: str, district: str) -> None:
    read = parse(text)
    assert read.district == district
    assert Issue.OUTDATED in read.issues
    assert any(c.field == "district" and c.after == district and c.why for c in read.corrections)


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("杭州市余杭区临平街道藕花洲大街1号", "临平区"),
        ("杭州市余杭区五常街道文一西路969号", "余杭区"),
        ("杭州市江干区白杨街道文泽路1号", "钱塘区"),
        ("重庆市渝北区茨竹镇人民路1号", "北碚区"),
        ("重庆市渝北区龙溪街道新牌坊1号", "两江新区"),
        ("深圳市宝安区大浪街道华旺路1号", "龙华区"),
    ],
)
def test_the_township_decides_where_a_split_district_s_address_lies_today(text: str, district: str) -> None:
    assert parse(text).district == district


@pytest.mark.parametrize("text", ["鼓楼区中山路1号", "新华区人民路1号", "和平区南京街2号", "市中区建设路3号", "铁西区兴华街1号"])
def test_a_district_found_in_several_cities_is_said_to_be_ambiguous(text: str) -> None:
    read = parse(text)
    assert (read.province, read.city) == (None, None)
    assert Issue.AMBIGUOUS in read.issues
    assert read.confidence <= 0.35
    assert not read.deliverable


def test_a_split_district_without_a_township_is_ambiguous_but_keeps_its_city() -> None:
    read = parse("河北省邯郸市邯郸县人民路1号")
    assert read.city == "邯郸市"
    assert Issue.AMBIGUOUS in read.issues


def test_a_village_settles_which_of_the_equally_named_townships_is_meant() -> None:
    assert area("长安镇霄边社区振安中路1号")[:2] == ("广东省", "东莞市")


@pytest.mark.parametrize(
    "text", ["浙江省杭州市姑苏区人民路1号", "四川省成都市郫县浙江省衢州市柯城区崇文路1号", "浙江省温州市义乌市工人北路1号"]
)
def test_contradicting_areas_are_a_conflict_and_never_deliverable(text: str) -> None:
    read = parse(text)
    assert Issue.CONFLICT in read.issues
    assert not read.deliverable


@pytest.mark.parametrize(
    ("text", "road"),
    [
        ("上海市黄浦区南京东路100号", "南京东路"),
        ("青岛市市南区香港中路10号", "香港中路"),
        ("北海市重庆路11号", "重庆路"),
        ("大连市中山区上海路50号", "上海路"),
        ("天津市和平区新疆路3号", "新疆路"),
    ],
)
def test_a_road_named_after_an_area_stays_a_road(text: str, road: str) -> None:
    read = parse(text)
    assert read.road == road
    assert Issue.CONFLICT not in read.issues


@pytest.mark.parametrize(
    ("text", "district"),
    [("浙江省杭州市西胡区文三路1号", "西湖区"), ("四川省成都市武候区一环路1号", "武侯区"), ("浙江省航州市西湖区文三路1号", "西湖区")],
)
def test_one_wrong_sign_is_corrected_where_only_one_place_fits(text: str, district: str) -> None:
    read = parse(text)
    assert read.district == district
    assert Issue.TYPO_CORRECTED in read.issues
    assert any("一字之误" in c.why for c in read.corrections)


def test_nothing_is_claimed_of_a_made_up_county() -> None:
    assert area("假县人民路1号") == (None, None, None)


@pytest.mark.parametrize(
    ("text", "code", "postcode"),
    [
        ("浙江省杭州市西湖区文三路1号", "330106", "310012"),
        ("浙江省杭州市西湖区北山街道曙光路1号", "330106003", "310012"),
        ("浙江省杭州市钱塘区下沙街道1号大街1号", "330114001", "310016"),
        ("福建省泉州市金门县金湖镇1号", "350527", None),
    ],
)
def test_codes_go_as_deep_as_the_text_and_a_postcode_is_never_invented(text: str, code: str, postcode: str | None) -> None:
    read = parse(text)
    assert read.adcode is not None
    assert read.adcode[:6] == code[:6]
    assert len(read.adcode) == len(code)
    assert read.postcode == postcode
    assert (Issue.POSTCODE_UNKNOWN in read.issues) == (postcode is None)


@pytest.mark.parametrize(
    ("text", "district", "town"),
    [
        ("笕桥镇新风路1331号3幢1470", "上城区", "笕桥街道"),
        ("瓯北镇双塔路2618号", "永嘉县", "瓯北街道"),
        ("双屿镇黄龙住宅区三区16栋1853", "鹿城区", "双屿街道"),  # and not 陕西's 黄龙县
    ],
)
def test_a_former_town_that_china_has_but_once_tells_the_district_with_less_confidence(text: str, district: str, town: str) -> None:
    read = parse(text)
    assert (read.district, read.township) == (district, town)
    assert Issue.AMBIGUOUS not in read.issues
    assert read.confidence < 0.9
    assert any(c.field == "township" and c.after == town for c in read.corrections)


@pytest.mark.parametrize("text", ["龙州街道广和红树林16栋901", "吉林镇陈模楼工业区B区F座", "城关镇人民路1号", "瓯北镇黄田街道黄田南路629号"])
def test_a_town_s_name_that_proves_nothing_settles_nothing(text: str) -> None:
    read = parse(text)
    assert read.district is None
    assert not read.deliverable


def test_a_city_s_full_name_further_on_settles_which_of_two_towns_is_meant() -> None:
    assert parse("上溪镇工业区四通西路100号义乌市烁美化妆品有限公司").district == "义乌市"
    assert Issue.AMBIGUOUS in parse("上溪镇工业区四通西路100号烁美化妆品有限公司").issues


@pytest.mark.parametrize(
    ("text", "town", "road"),
    [
        ("陆家镇江苏省苏州市昆山市陆家镇陆丰路12号楼1711", "陆家镇", "陆丰路"),
        ("文屏镇云南省昭通市鲁甸县文屏镇仿古街171号", "文屏街道", "仿古街"),
        ("虞山镇江苏省苏州市常熟市虞山镇荡墩路99号", "虞山街道", "荡墩路"),
    ],
)
def test_a_town_before_the_whole_address_is_nobody_s_name_and_read_once(text: str, town: str, road: str) -> None:
    read = parse(text)
    assert read.recipient is None
    assert (read.township, read.road) == (town, road)
