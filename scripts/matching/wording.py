"""How a place is written: as a sender writes it, and as a list of places holds it. Habits and slips, all by an rng."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from scripts.matching.names import Names
from scripts.world.places import District, districts

_NUMERALS: Final = "零一二三四五六七八九十"
_PROVINCIAL: Final = ("江", "华", "中", "新", "金", "宏", "恒", "盛", "瑞", "嘉", "泰", "鑫", "兴", "德", "信", "科", "远", "博", "创", "达", "龙", "海", "天", "佳", "美", "康", "丰", "利", "源", "顺")
_TRADES: Final = ("科技", "贸易", "服饰", "物流", "机械", "电子", "建材", "装饰工程", "信息技术", "食品", "汽车服务", "医药", "包装", "塑料", "五金", "环保", "传媒", "教育咨询", "电器", "模具", "化工", "纺织", "印刷", "精密机械", "仪器")
_FIRM_ENDS: Final = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "厂", "公司", "集团")
_BRANDS: Final = ("万科", "恒大", "碧桂园", "绿地", "保利", "金地", "融创", "龙湖", "华润", "中海", "城建", "中铁", "老", "新", "大", "东", "西", "南", "北", "中国", "市", "村")
_SHOPS: Final = ("超市", "便利店", "大药房", "美发", "足浴", "烟酒店", "汽修", "电动车", "幼儿园", "宾馆", "快餐", "火锅", "菜鸟驿站", "服装店", "五金店", "诊所", "水果店", "网吧", "茶楼", "健身房", "小学", "中学", "医院", "卫生院", "KTV", "房产中介", "彩票店", "手机店", "花店", "眼镜店", "酒店", "大酒店", "银行", "加油站")
_REMARKS: Final = ("放门卫", "(电联)", "到了打电话", "快递柜", "门口", "丰巢快递柜", "前台", "。")
_GATES: Final = ("东门", "西门", "南门", "北门", "东南门", "西南门", "东北门", "西北门", "正门", "东1门", "西2门", "地下停车场", "南侧门", "停车场入口")
_SIDES: Final = ("东", "西", "南", "北", "东南", "西南", "东北", "西北")
_PARTS: Final = ("一期", "二期", "三期", "东区", "西区", "南区", "北区", "A区")
_SLIPS: Final = {"园": "圆", "苑": "宛", "花": "华", "庄": "桩", "新": "鑫", "城": "成", "家": "佳", "湖": "胡", "江": "姜", "名": "明", "府": "俯", "东": "冬", "阳": "杨", "龙": "隆", "石": "时", "桥": "侨", "和": "合", "丽": "利", "景": "锦", "御": "玉"}
_WORKS: Final = ("大厦", "广场", "工业园", "工业区", "科技园", "产业园", "商务中心", "大楼", "市场", "国际中心", "创业园", "商城", "大学", "学院", "医院", "宿舍", "家属院", "生活区")
_KIND_WORDS: Final = {"工业园": "工业区", "工业区": "工业园区", "科技园": "科技工业园", "家属院": "家属楼", "宿舍": "生活区", "中学": "学校", "市场": "商城", "花园": "花苑", "小区": "", "公寓": "", "大厦": "大楼", "广场": "", "家园": "佳园", "新村": "小区"}


@dataclass(frozen=True, slots=True)
class Place:
    """What a pair of texts is about. Parts that a place of its kind has not are ''."""

    kind: str  # estate | number | lane | village | crossing | firm | shop
    area: District
    town: str = ""
    road: str = ""
    number: str = ""
    crossing: str = ""
    village: str = ""
    group: str = ""
    estate: str = ""
    phase: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    firm: str = ""
    far: bool = False


_KINDS: Final = (("estate", 44), ("number", 11), ("lane", 4), ("village", 12), ("crossing", 4), ("firm", 16), ("shop", 9))


def new_name(rng: random.Random, names: Names) -> str:
    """The name of an estate, or of a place where people work."""
    name = rng.choice(names.estates)
    return name if rng.random() < 0.72 else name[: rng.choice((2, 2, 3, 4))] + rng.choice(_WORKS)


def new_firm(rng: random.Random, names: Names, area: District, kind: str) -> str:
    """The name of a firm or of a shop."""
    coined = rng.choice(names.estates)[:2] if rng.random() < 0.5 else rng.choice(_PROVINCIAL) + rng.choice(_PROVINCIAL)
    if kind == "shop":
        return coined + rng.choice(_SHOPS)
    city = (area.city or area.province).removesuffix("市").removesuffix("省")[:2]
    return (city if rng.random() < 0.6 else "") + coined + rng.choice(_TRADES) + rng.choice(_FIRM_ENDS)


def new_place(rng: random.Random, names: Names, *, kind: str = "") -> Place:
    """A place of its own."""
    area = rng.choice(districts())
    chosen = kind or rng.choices([k for k, _ in _KINDS], [w for _, w in _KINDS])[0]
    floor = rng.randrange(1, 28)
    door = {
        "building": rng.choice((str(rng.randrange(1, 60)), str(rng.randrange(1, 20)), rng.choice("ABCDE"))),
        "unit": str(rng.randrange(1, 5)) if rng.random() < 0.5 else "",
        "floor": str(floor) if rng.random() < 0.2 else "",
        "room": f"{floor}0{rng.randrange(1, 5)}" if rng.random() < 0.12 else "",
    }
    road, number = rng.choice(names.roads), str(rng.choice((rng.randrange(1, 100), rng.randrange(1, 999))))
    town = rng.choice(area.townships)
    village = rng.choice(names.villages) if rng.random() < 0.1 else ""
    occupant = new_firm(rng, names, area, rng.choice(("firm", "shop"))) if rng.random() < 0.16 else ""
    if chosen == "estate":
        if rng.random() < 0.2:
            door["building"] = ""
        phase = rng.choice(_PARTS) if rng.random() < 0.12 else ""
        return Place("estate", area, town, road, number, rng.choice(names.roads), village, estate=new_name(rng, names), phase=phase, firm=occupant, building=door["building"], unit=door["unit"], floor=door["floor"], room=door["room"])
    if chosen == "number":
        if rng.random() < 0.55:
            door = {"building": "", "unit": "", "floor": door["floor"], "room": ""}
        crossing = rng.choice(names.roads)
        return Place("number", area, town, road, number, crossing, village, firm=occupant, building=door["building"], unit=door["unit"], floor=door["floor"], room=door["room"])
    if chosen == "lane":
        estate = rng.choice(names.estates) if rng.random() < 0.3 else ""
        return Place("lane", area, town, road, number, estate=estate, building=str(rng.randrange(1, 120)), room=door["room"])
    if chosen == "village":
        group = str(rng.randrange(1, 15)) if rng.random() < 0.25 else ""
        number = str(rng.randrange(1, 300)) if rng.random() < 0.7 else ""
        road = road if rng.random() < 0.25 else ""
        return Place("village", area, town, road, number, village=rng.choice(names.villages), group=group, firm=occupant)
    if chosen == "crossing":
        return Place("crossing", area, town, road, crossing=rng.choice(names.roads))
    estate = new_name(rng, names) if rng.random() < 0.45 else ""
    building = door["building"] if estate and rng.random() < 0.5 else ""
    firm = new_firm(rng, names, area, chosen)
    return Place(chosen, area, town, road, number, rng.choice(names.roads), village, estate=estate, building=building, floor=door["floor"], firm=firm)


def chinese(number: str) -> str:
    """12 → 十二; what has no such form stays."""
    if not number.isdigit() or not 0 < int(number) < 100:
        return number
    tens, ones = divmod(int(number), 10)
    return ("" if tens == 0 else "十" if tens == 1 else _NUMERALS[tens] + "十") + (_NUMERALS[ones] if ones or not tens else "")


def slip(rng: random.Random, text: str) -> str:
    """One sign written wrong or left out."""
    spots = [i for i, ch in enumerate(text) if ch in _SLIPS]
    if spots and rng.random() < 0.7:
        at = rng.choice(spots)
        return text[:at] + _SLIPS[text[at]] + text[at + 1 :]
    if len(text) <= 3:
        return text
    at = rng.randrange(len(text))
    return text[:at] + text[at + 1 :]


def _building(rng: random.Random, building: str) -> str:
    if not building:
        return ""
    if building.isalpha():
        return building + rng.choice(("座", "栋", "幢"))
    if rng.random() < 0.12:
        return chinese(building) + rng.choice(("号楼", "栋", "幢"))
    return building + rng.choice(("号楼", "号楼", "栋", "栋", "幢", "幢", "#楼", "座"))


def _number(rng: random.Random, number: str) -> str:
    return number + "号" if number and rng.random() < 0.97 else number


def _name(rng: random.Random, name: str, mess: float = 1.0) -> str:
    """An estate's or firm's name as it comes to somebody's mind; ``mess`` is how often it is not the full name."""
    if rng.random() < 0.07 * mess:
        name = slip(rng, name)
    if rng.random() < 0.14 * mess:
        for end, other in _KIND_WORDS.items():
            if name.endswith(end) and len(name) > len(end) + 1:
                return name.removesuffix(end) + other
    form = rng.random() / mess
    if form < 0.09 and len(name) >= 6:
        return name[2:]  # the builder's brand or the city is left out
    if form < 0.16 and len(name) >= 4:
        return name[: -rng.choice((1, 2))] if len(name) < 7 else name[: rng.randrange(4, len(name) - 1)]
    if form < 0.21:
        return rng.choice(_BRANDS) + name
    if form < 0.24 and len(name) >= 5:
        at = rng.randrange(2, len(name) - 2)
        return name[:at] + rng.choice(("·", rng.choice(_PROVINCIAL), rng.choice(_BRANDS))) + name[at:]
    if form < 0.27:
        return name + rng.choice(("小区", "社区", "大厦", "家属院", "生活区", "分公司", "旗舰店"))
    if form < 0.29 and len(name) >= 4:
        return name[1] + name[0] + name[2:]
    if form < 0.33 and len(name) >= 6:
        at = rng.randrange(1, len(name) - 3)
        return name[:at] + name[at + 2 :]
    return name


def _areas(rng: random.Random, place: Place) -> str:
    area = place.area
    city = area.city or area.province
    town = place.town if rng.random() < 0.4 else ""
    form = rng.random()
    if form < 0.38:
        return f"{area.province}{area.city}{area.name}{town}"
    if form < 0.50:
        return f"{city}{area.name if rng.random() < 0.6 else ''}{town}"
    if form < 0.58:
        return f"{city.removesuffix('市')}{area.name if rng.random() < 0.5 else ''}"
    if form < 0.66:
        return area.name + town
    if form < 0.76:
        return place.town
    return ""


def as_sent(rng: random.Random, names: Names, place: Place) -> str:
    """The sender's line."""
    door = _building(rng, place.building)
    if place.unit:
        door += (chinese(place.unit) if rng.random() < 0.4 else place.unit) + "单元"
    if place.floor:
        door += (chinese(place.floor) if rng.random() < 0.25 else place.floor) + rng.choice(("楼", "层"))
    if place.room:
        door += place.room + ("室" if rng.random() < 0.6 else "")
    road = place.road if rng.random() > 0.04 else slip(rng, place.road)
    at = road + _number(rng, place.number) if place.road else ""
    mess = rng.choice((0.5, 1.4, 2.4))
    estate = _name(rng, place.estate, mess) + place.phase if place.estate else ""
    firm = _name(rng, place.firm, mess) if place.firm else ""
    if place.kind == "estate":
        form = rng.random()
        at = at if form < 0.32 else road if form < 0.52 else f"{road}与{place.crossing}{rng.choice(_CROSSED)}" if form < 0.58 else ""
        body = at + estate + door + firm
    elif place.kind == "number":
        body = at + door + firm
    elif place.kind == "lane":
        body = f"{road}{place.number}弄{place.building}号{place.room}" + (f"({estate})" if estate and rng.random() < 0.5 else estate)
    elif place.kind == "village":
        group = (chinese(place.group) if rng.random() < 0.5 else place.group) + rng.choice(("组", "队")) if place.group else ""
        body = place.village + road + group + _number(rng, place.number) + firm
    elif place.kind == "crossing":
        body = road + rng.choice(("与", "和", "", "")) + place.crossing + rng.choice((*_CROSSED, ""))
    else:
        where = at if rng.random() < 0.42 else road if rng.random() < 0.5 else ""
        body = where + estate + door + firm if rng.random() < 0.75 else where + estate + firm + (place.floor and place.floor + "楼")
    if rng.random() < 0.08 and place.road:
        body = place.road + body  # said twice
    if place.kind != "village":
        body = place.village + body
        if rng.random() < 0.08:
            body = rng.choice(names.villages) + body
    if rng.random() < 0.04 and place.estate:
        body = rng.choice(names.estates) + rng.choice(("旁", "对面", "附近", "")) + body
    if rng.random() < 0.05:
        body += rng.choice(_REMARKS)
    return _areas(rng, place) + body


_CROSSED: Final = ("交叉口", "交汇处", "路口", "交界处")
_SPOTS: Final = (18, 20, 7, 10, 45)


def _listed_spot(rng: random.Random, place: Place, weights: tuple[int, ...] = _SPOTS) -> str:
    """Where a list says a place is: by number, by a crossing, near a number, off a road, or not at all."""
    if not place.road:
        return ""
    form = rng.choices(range(5), weights)[0]
    off = f"{rng.choice(_SIDES)}{rng.choice((50, 50, 100, 150, 200))}米"
    if form == 0:
        return place.road + _number(rng, place.number)
    if form == 1 and place.crossing:
        return f"{place.road}与{place.crossing}交叉口{off if rng.random() < 0.8 else ''}"
    if form == 2:
        return f"{place.road}{place.number}{'号' if rng.random() < 0.3 else ''}附近"
    if form == 3:
        return f"{place.road}{off}"
    return ""


def as_listed(rng: random.Random, names: Names, place: Place, *, gate: bool = False) -> str:
    """The list's line; ``gate``: one of the place's gates or car parks. Nothing that the place does not have is named."""
    form = rng.random()
    areas = place.area.name if form < 0.18 or (place.far and form < 0.3) else place.town if form < 0.30 else ""
    building = _building(rng, place.building)
    estate = _name(rng, place.estate, 0.3) + place.phase if place.estate else ""
    if gate:
        mark = rng.choice(_GATES)
        suffix = f"({mark})" if rng.random() < 0.85 else mark
    else:
        suffix = f"({place.road}{rng.choice(('', '', '东', '西', '南', '北'))})" if place.road and rng.random() < 0.1 else ""
    firm = _name(rng, place.firm, 0.5) if place.firm else ""
    if place.kind == "estate":
        spot = _listed_spot(rng, place)
        name = estate + building
        if rng.random() < (0.25 if building else 0.05):
            name += suffix + estate + building  # lists say it twice
        if firm:
            name += (place.floor + "层" if place.floor and rng.random() < 0.4 else "") + firm
        areas = areas or (place.area.name if not spot and rng.random() < 0.5 else "")
        return areas + spot + name + suffix
    if place.kind == "number":
        if not place.number:
            road = place.road if rng.random() < 0.75 or not place.crossing else f"{place.road}与{place.crossing}交叉口"
            return (areas or (place.area.name if rng.random() < 0.6 else "")) + road + firm
        at = place.road + _number(rng, place.number) + building
        return areas + at + (at if rng.random() < 0.06 else "") + firm + (suffix if gate else "")
    if place.kind == "lane":
        house = place.building + "号" if place.building else ""
        at = f"{place.road}{place.number}弄{house}"
        return areas + at + (estate if rng.random() < 0.4 else at if rng.random() < 0.2 else "") + (suffix if gate else "")
    if place.kind == "village":
        areas = areas or (place.area.name if rng.random() < 0.6 else "")
        road = place.road if rng.random() < 0.4 else ""
        return areas + place.village + road + (place.group and place.group + "组") + _number(rng, place.number) + firm + (suffix if gate else "")
    if place.kind == "crossing":
        other = f"与{place.crossing}{rng.choice(('交叉口', '交叉口', '交汇处'))}" if place.crossing else ""
        areas = areas or (place.area.name if rng.random() < 0.5 else "")
        return areas + place.road + other
    if place.kind == "shop" and rng.random() < 0.35 and not gate:
        suffix = f"({rng.choice(names.estates)[:3] if rng.random() < 0.5 else place.road}店)"
    spot = _listed_spot(rng, place, (32, 20, 10, 8, 30))
    floor = place.floor + "层" if place.floor and rng.random() < 0.4 else ""
    return areas + spot + (estate + building if rng.random() < 0.6 else "") + floor + firm + suffix
