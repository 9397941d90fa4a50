"""Composed addresses over real divisions: what a lender's file says, and what it means.

Roads, estates, buildings and rooms are made up from parts that occur in every Chinese city; provinces down to townships
are real (``districts.csv``). Each address knows its present adcode and how far it would lead a postman, so that a
file's truth can be checked. Mess (left-out levels, full-width digits, old district names, remarks, a recipient inside)
is laid over the clean text by ``messy``.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class District:
    """A district or county as of 2025-12-31. ``city`` is '' in the four municipalities."""

    adcode: str
    province: str
    city: str
    name: str
    townships: tuple[str, ...]

    @property
    def is_urban(self) -> bool:
        """Whether most people here live on numbered roads."""
        return self.name.endswith(("区", "市"))


@dataclass(frozen=True, slots=True)
class ComposedAddress:
    """The text of a lender's file with its meaning. ``cleaned`` is what remains of ``text`` once intake has unified it."""

    text: str
    cleaned: str
    adcode: str
    grade: str
    """door | building | place | area, by the contract's words."""
    mess: tuple[str, ...] = ()


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ROAD_NAMES = _words(
    "人民 解放 建设 中山 文化 新华 和平 胜利 光明 团结 友谊 民主 长江 黄河 北京 南京 迎宾 朝阳 东风 红旗 滨河 环城 学府 科技 创业 "
    "工业 育才 兴业 振兴 富民 康庄 锦绣 翠竹 梧桐 银杏 玉兰 紫荆 凤凰 龙山 东湖 西湖 南山 北山 清河 白云 碧水 金桥 永安 太平 长青 "
    "华兴 嘉禾 广场 车站 体育 健康 幸福 平安 吉祥 惠民 祥和 春晖"
)
ROAD_TYPES = ("路", "路", "路", "路", "街", "街", "大道", "东路", "西路", "南路", "北路", "中路", "大街")
ESTATE_FIRST = _words(
    "阳光 锦绣 翠湖 金色 碧桂 万和 恒泰 御景 观澜 龙湖 紫金 江南 西城 东方 世纪 华府 盛世 丽景 香樟 银河 水岸 书香 和谐 康城 "
    "帝景 名仕 天悦 云锦 望江 枫林 海棠 玫瑰 春江 学院 德馨 福临 瑞丰 鼎盛"
)
ESTATE_LAST = ("花园", "家园", "小区", "小区", "新村", "苑", "华庭", "名邸", "公寓", "城", "广场", "佳苑", "国际", "雅居")
VILLAGE_FIRST = _words("李家 王家 张家 刘家 陈家 大石 小河 下湾 上坪 后山 前进 红星 新丰 石桥 柳树 杨柳 双井 三塘 马家 高坡 黄土 青石 白马 龙潭")
COMPANY_FIRST = _words("江川 宏远 瑞丰 恒达 新科 博雅 众诚 天工 嘉信 海纳 远景 金石 华创 普惠 泰和 中辰 云帆 启明")
COMPANY_LAST = ("科技有限公司", "贸易有限公司", "服饰有限公司", "物流有限公司", "餐饮管理有限公司", "机械厂", "建材经营部", "信息技术有限公司")
TOWERS = _words("国际大厦 商务中心 科技园 创业大厦 财富中心 金融大厦 软件园 世贸中心")
REMARKS = ("(电联)", "，门卫代收", "（白天不在家）", " 放门口", "（到了打电话）")

FORMER_NAMES = {
    "330102": ("杭州市江干区", "2021 江干区并入上城、钱塘"),
    "320613": ("南通市港闸区", "2020 并入崇川区"),
    "110101": ("崇文区", "2010 并入东城区"),
    "110102": ("宣武区", "2010 并入西城区"),
    "310106": ("闸北区", "2015 并入静安区"),
    "310101": ("卢湾区", "2011 并入黄浦区"),
    "310115": ("南汇区", "2009 并入浦东新区"),
    "320106": ("南京市下关区", "2013 并入鼓楼区"),
    "320104": ("南京市白下区", "2013 并入秦淮区"),
    "330212": ("宁波市江东区", "2016 并入鄞州区"),
    "330111": ("富阳市", "2014 改富阳区"),
    "120116": ("塘沽区", "2009 并入滨海新区"),
    "440104": ("广州市东山区", "2005 并入越秀区"),
    "440103": ("广州市芳村区", "2005 并入荔湾区"),
    "440112": ("广州市萝岗区", "2014 并入黄埔区"),
    "510116": ("双流县", "2015 改双流区"),
    "610118": ("户县", "2016 改鄠邑区"),
    "320508": ("苏州市平江区", "2012 并入姑苏区"),
    "320213": ("无锡市崇安区", "2015 并入梁溪区"),
    "370114": ("章丘市", "2016 改章丘区"),
    "430212": ("株洲县", "2018 改渌口区"),
}
"""Names that the public still writes, by the present adcode of their ground (国务院 approvals of the years given)."""


@cache
def districts() -> tuple[District, ...]:
    """The composed world's map, read once."""
    with Path(__file__).with_name("districts.csv").open(encoding="utf-8", newline="") as source:
        return tuple(
            District(r["adcode"], r["province"], r["city"], r["district"], tuple(r["townships"].split("|")))
            for r in csv.DictReader(source)
        )


def _building(rng: random.Random) -> str:
    return f"{rng.randrange(1, 40)}{rng.choice(('号楼', '幢', '栋', '座', '#楼'))}"


def _household(rng: random.Random) -> str:
    floor = rng.randrange(1, 30)
    room = f"{floor}{rng.randrange(1, 6):02d}"
    form = rng.random()
    if form < 0.62:
        return f"{_building(rng)}{rng.randrange(1, 5)}单元{room}室"
    if form < 0.82:
        return f"{rng.randrange(1, 60)}-{rng.randrange(1, 4)}-{room}"
    return f"{_building(rng)}{room}"


def _road(rng: random.Random) -> str:
    return f"{rng.choice(ROAD_NAMES)}{rng.choice(ROAD_TYPES)}{rng.randrange(1, 1200)}号"


def _estate(rng: random.Random) -> str:
    return rng.choice(ESTATE_FIRST) + rng.choice(ESTATE_LAST)


def _urban_tail(rng: random.Random) -> tuple[str, str]:
    form = rng.random()
    if form < 0.52:
        return f"{_road(rng)}{_estate(rng)}{_household(rng)}", "door"
    if form < 0.76:
        return f"{_estate(rng)}{_household(rng)}", "door"
    if form < 0.84:
        return f"{_road(rng)}{rng.randrange(1, 7)}0{rng.randrange(1, 9)}室", "door"
    if form < 0.91:
        return f"{_road(rng)}{_estate(rng)}{_building(rng)}", "building"
    if form < 0.97:
        return _road(rng), "place"
    return "", "area"


def _rural_tail(rng: random.Random) -> tuple[str, str]:
    village = rng.choice(VILLAGE_FIRST) + "村"
    form = rng.random()
    if form < 0.55:
        return f"{village}{rng.choice('一二三四五六七八九')}组{rng.randrange(1, 180)}号", "door"
    if form < 0.85:
        return f"{village}{rng.randrange(1, 260)}号", "door"
    if form < 0.97:
        return village, "place"
    return "", "area"


def _work_tail(rng: random.Random) -> tuple[str, str]:
    firm = rng.choice(COMPANY_FIRST) + rng.choice(COMPANY_LAST)
    floor = rng.randrange(1, 30)
    if rng.random() < 0.7:
        tower = rng.choice(ESTATE_FIRST) + rng.choice(TOWERS)
        return f"{_road(rng)}{tower}{rng.choice('ABC')}座{floor}层{floor}{rng.randrange(1, 20):02d}室{firm}", "door"
    return f"{_road(rng)}{firm}", "place"


def compose(rng: random.Random, district: District, *, work: bool = False) -> ComposedAddress:
    """A clean address in ``district``, spelled with all its levels."""
    town = rng.choice(district.townships)
    if work:
        tail, grade = _work_tail(rng)
    elif district.is_urban and (town.endswith("街道") or rng.random() < 0.5):
        tail, grade = _urban_tail(rng)
    else:
        tail, grade = _rural_tail(rng)
    with_town = not tail or "村" in tail or rng.random() < 0.55
    text = f"{district.province}{district.city}{district.name}{town if with_town else ''}{tail}"
    return ComposedAddress(text, text, district.adcode, grade)


def _short_levels(rng: random.Random, address: ComposedAddress, district: District) -> ComposedAddress:
    """Province left out, or its and the city's endings dropped, as people write."""
    tail = address.text.removeprefix(district.province + district.city)
    if district.city and rng.random() < 0.55:
        text = district.city + tail
    else:
        text = district.province.removesuffix("省").removesuffix("市") + district.city.removesuffix("市") + tail
    return ComposedAddress(text, text, address.adcode, address.grade, ("short_levels",))


def _former_name(address: ComposedAddress, district: District) -> ComposedAddress:
    former, _ = FORMER_NAMES[district.adcode]
    tail = address.text.removeprefix(district.province + district.city + district.name)
    text = district.province + (former if former.startswith(district.city) else district.city + former) + tail
    return ComposedAddress(text, text, address.adcode, address.grade, ("former_name",))


def _full_width(address: ComposedAddress) -> ComposedAddress:
    wide = address.text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"})
    return ComposedAddress(wide, address.text, address.adcode, address.grade, ("full_width",))


def messy(rng: random.Random, address: ComposedAddress, district: District) -> ComposedAddress:
    """The same place as a person may have typed it; two in three stay as they are."""
    form = rng.random()
    if form < 0.66:
        return address
    if form < 0.84:
        return _short_levels(rng, address, district)
    if form < 0.88:
        return _full_width(address)
    if form < 0.92:
        prefix = district.province + district.city + district.name
        return ComposedAddress(prefix + address.text, prefix + address.text, address.adcode, address.grade, ("doubled",))
    if form < 0.96:
        text = address.text + rng.choice(REMARKS)
        return ComposedAddress(text, text, address.adcode, address.grade, ("remark",))
    if district.adcode in FORMER_NAMES:
        return _former_name(address, district)
    return address
