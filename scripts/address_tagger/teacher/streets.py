"""Read what stands below the areas: roads, numbers, villages, estates, buildings, units, floors, rooms, and what is no address.

A cursor walks the text. At each place it tries, in this order, a remark, a number element (units.py) and a named element;
names end at the first sound suffix. What a number means depends on what stands before it (after a road 7 is a house number,
after an estate a building, after a building a unit), which is why the walk keeps its last labels.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from locate.address.gazetteer import villages
from locate.address.remarks import REMARK
from locate.address.villagehash import RURAL_BIT, village_hash
from scripts.address_tagger.teacher.units import NUMERALS, read_number, starts_number

Span = tuple[int, int, str]

DISTRICT_CODE = 6  # digits of a district's code; a township's has nine
# After a village's bare name these make it the head of a longer name.
_NOT_BARE = re.compile(
    r"[一-龥]{0,1}(?:路|街|大道|巷|村|社区|小区|新村|花园|苑|大厦|广场|公寓|市场|桥|工业|公园|中学|小学|医院|大学|学院|中心|城|园|镇|乡|名|公司|集团|酒店|宾馆|银行|[东南西北]?区|[一二三四五六七八九]区|家园|商|国际)|[东南西北中][一-龥]?(?:路|街|区)"
)

_SEPARATOR = re.compile(r"[ ,/_|+*'\"“”!?;()\-<>\\&^%$@=\[\]{}`]+")
_REMARK_FIRST = frozenset("电nN转勿不请麻放存送到搁务派来快打致联通先提周工本必亲商店收详无前(")
_JOINER = re.compile(r"(?:与|和|及|跟|同)")
_ASSIST = re.compile(
    r"(?:正对面|斜对面|斜对过|对面|对过|隔壁|附近|旁边|边上|门口|楼下|楼上|院内|后面|前面|里面|后门口|路口|交叉路口|交叉口|交汇处|交界处|交汇口|交叉处|交口|十字路口|丁字路口|"
    r"(?:往|向|朝|以|行)?(?:东南|东北|西南|西北|[东南西北])(?:侧|面|边|角|约|方向|行|首|头)?(?:约)?\d+米(?:处|左右)?|\d+米(?:处|左右|路[东南西北])?|"
    r"(?:东南|东北|西南|西北|[东南西北])(?:侧|面|边|角|端|首|头)|路(?:东南|东北|西南|西北|[东南西北])侧?(?![一-龥]*[路街])|[旁内口](?=$|[ ,(\d])|[东南西北](?=$|[ ,(])|对门)+"
)
# Words that end the name before them wherever they stand.
_BREAK = re.compile(r"(?:正对面|斜对面|斜对过|对面|对过|隔壁|附近|旁边|边上|门口|楼下|后面|院内|交叉口|交汇处|交界处|交叉路口|交叉处|交口|路口|[东西南北](?:侧|面)(?=$|[ ,一-龥])|前台|收发室|门卫室|门卫处|传达室|售楼处|售楼部|保安室|丰巢|菜鸟驿站|速递易|快递柜)")
_BREAK_FIRST = frozenset("正斜对隔附旁边门楼后院交路东西南北前收传售保丰菜速快")
_OCCUPANT = re.compile(r"(?:前台|收发室|门卫室|门卫处|门卫|传达室|售楼处|售楼部|保安室|丰巢(?:快递柜)?|菜鸟驿站|速递易|快递柜)")
_ROAD_KIND = r"(?:(?:中|东|西|南|北|环|支|辅|前|后|新|老|内|外)?大道|大街|公路|快速路|高速|支路|路|街坊|街(?!道)|巷(?!子?村)|弄堂|胡同|国道|省道|县道|乡道|[东南西北中]道|[一二三四五六七八九十]道|道(?=\d)|环线|高架)"
_LANE = re.compile(r"\d+(?:支弄|支巷|支路)")
_SEGMENT = re.compile(r"(?:[东南西北中]|[一二三四五六七八九十\d]{1,2}|[东南西北][一二三])段")
_ROAD = re.compile(_ROAD_KIND)
_NUMBERED_ROAD = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}号(?=大街|大道|路|街)|(?:(?![楼层室幢栋元号区园镇乡])[一-龥]){0,6}?[A-Za-z]?\d{1,4}(?:号)?)(?:大街|大道|公路|路(?!口)|街(?![道坊])|国道|省道|县道|乡道|道(?=\d)|巷|线(?=\d|与|和|旁|边|$))(?!车|公交)"
)
_ROAD_SIDE = re.compile(r"(?<=大道|大街)[东南西北中](?=\d)")  # 容桂大道南25号
_DIGIT_SOON = re.compile(r"[一二三四五六七八九十]{1,3}号|[一-龥]{0,6}[A-Za-z]?[0-9]")
_ROAD_NOT = re.compile(r"(?:桥(?!\d)|社区|村(?!\d)|小区|新村|市场|菜场|菜市场|小学|中学|幼儿园|店|分店|支行|分行|站|花园|公寓|大厦|广场|商城|医院|派出所|支店|门店|营业|加油|公园|宿舍|车站|工业|大院|货运|里(?=\d)|经济|家园|商业|农贸|派|地下|(?:政府|管理))")
_COMMUNITY = re.compile(r"(?:社区居委会|社区居民委员会|居民委员会|村民委员会|村委会|居委会|行政村|自然村|社区(?!医|卫|服务|食|超)|村(?![口镇乡道路街头委民小中医里庄外村]|大道|大街|[东南西北]路|[东南西北]街)|(?<=[一-龥])(?:屯|寨|庄|坝|嘎查|自然屯)(?=$|[\d ,(]|[一-龥]{0,3}[组队]))")
_ZONE = re.compile(
    r"(?:(?:经济|高新|高新技术|技术|产业|开放|综合|工业|农业|旅游|自由|国家级?|出口加工|保税|科技|滨海|循环|新型|生态|临港|临空|港口|物流|商务|投资|外向型|台商|华侨|现代|集聚|合作|示范|试验|新技术)*"
    r"(?:经济技术开发区|技术开发区|产业开发区|经济开发区|开发区|经开区|高新区|保税区|保税港区|示范区|实验区|管理区|产业集聚区|台商投资区|加工区|合作区|度假区|自贸区))"
)
_POI = re.compile(
    r"(?:(?:股份)?有限(?:责任)?(?:公司)?(?:[一-龥]{1,6}分公司)?|(?:[一-龥]{0,4})分公司|公司|集团(?![一-龥]*公司)|工业园区|工业园|工业小区|工业区|产业园区|产业园|科技园区|科技园|创业园|创意园|软件园|电商园|物流园|文创园|高新园|"
    r"孵化园|开发园|园区|小区|新村|花园(?!路)|家园|佳园|嘉园|花苑|嘉苑|佳苑|家苑|名苑|雅苑|景苑|新苑|公寓|山庄|豪庭|华庭|名庭|华府|名府|豪园|名园|名邸|府邸|官邸|名都|花都|新都|都市|新城(?!区)|名城|华城|一品|天下|印象|首府|"
    r"半岛|别墅|庄园|人家|国际城|大厦|大楼|广场|中心(?![路街小城])|商务楼|写字楼|综合楼|办公楼|办公室|商厦|商城|商贸城|商业城|纺织城|轻纺城|汽配城|建材城|家具城|服装城|装饰城|市场|超市|百货|购物|酒店|饭店|宾馆|旅馆|会所|"
    r"医院|卫生院|卫生所|诊所|大学|学院|中学|小学|幼儿园|学校|实验学校|校区|银行|支行|分行|信用社|派出所|法院|检察院|公安局|政府|委员会|管委会|管理处|服务部|营业部|事务所|研究院|研究所|设计院|电视台|邮局|车站|火车站|客运站|加油站|"
    r"机场|码头|仓库|仓储|宿舍楼|宿舍|车间|工地|厂房|(?<=[一-龥])厂(?![房区家])|厂区|公园|体育馆|图书馆|文化宫|网吧|药店|药房|门市部|经营部|专卖店|直营店|旗舰店|服务站|工作站|国际(?=$|[\dA-Za-z ])|大院|庭院|苑(?=[\dA-Za-z ]|$|[东南西北一二三四五六七八九])|"
    r"(?:[一-龥])(?:里|坊|庭|轩|阁|邸|府|园)(?=[\dA-Za-z]))"
)
_POI_IS_ROAD = re.compile(r"[东南西北中]?[一二三四五六七八九十]?(?:路|街|大道|巷)(?![口桥])|用品|设备|器械|器材|机械|配件|食品|服饰|服装|装饰|材料|家具")
# Grounds that hold others: a company's name does not run on through them.
_GROUNDS = re.compile(r"(?:工业园区|工业园|工业区|工业小区|园区|开发区|小区|大厦|广场|市场|新村|花园|公寓|科技园|产业园|创业园|商城|商贸城|[A-Za-z一二三四五六七八九]区)$")
_RUN_ENDS = frozenset(" ,/_|;()-")
_NUMBER_FIRST = frozenset(NUMERALS + "东南西北中甲乙丙丁负地附第首架底")
_WORD = re.compile(r"[A-Za-z0-9]+")
_NAME_WORD = re.compile(r"[A-Za-z]{3,}|[A-Za-z]?\d+(?=大厦|广场|中心|创意|文创|创业|小镇|公社|街区|工场|工坊|公馆|艺术|国际|天地)")
_SUB_ESTATE = re.compile(r"(.{2,}?(?:花园|城市|家园|公寓|新村|小区|新城|城|苑|庭|府|湾|园))([一-龥]{2}(?:苑|园|轩|阁|庭|居|坊|里|府))$")
_SUB_ZONE = re.compile(r"(.{2,}?(?:小区|花园|新村|市场|城|园|公寓|广场|中心|大厦|家园|[一-龥]{2}))((?:[一二三四五六七八九十]+|[东南西北中])(?:区|期))$")
# A run of an estate's own parts: 一期, 东区, A区, 望湖苑.
_POI_PART = re.compile(r"(?:[(]?(?:[一二三四五六七八九十]{1,2}|[A-Za-z]|\d{1,2})(?:期|区(?!域))(?:[东南西北中]区)?[)]?|[东南西北中][一二三四五六七八九十]?区|[东南西北](?:苑|园|门)|\d+号门|(?:地下|负一)[层室]?(?:车库)|后门|正门|大门|侧门)")
_GROUP = re.compile(r"(?:第)?(?:\d{1,3}|[一二三四五六七八九十]{1,3})(?:村民)?(?:小)?(?:组(?![团合长装])|队(?!伍)|社(?!区|保|会))|[一-龥]{1,3}(?:组|队)(?=\d|$|[ ,])")
_WEST_DOOR = re.compile(r"(?:中?[东西南北]|左|右|中)(?:手|边)?户|中[门间]户?")


@dataclass(slots=True)
class Street:
    """Labelled spans below the areas, in text order."""

    spans: list[Span] = field(default_factory=list)
    remark: bool = False


class _Walk:
    """One address's walk: the cursor and what has been read."""

    __slots__ = ("end", "form", "have", "last", "out", "pos", "shanghai")

    def __init__(self, form: str, start: int, end: int) -> None:
        self.form = form
        self.pos = start
        self.end = end
        self.out = Street()
        self.have: set[str] = set()
        self.last = ""  # the last label that was no separator

    def aside(self, end: int, label: str) -> None:
        """A part that does not belong to the order of the walk (English parts before a Chinese street)."""
        self.out.spans.append((self.pos, end, label))
        self.pos = end

    def put(self, end: int, label: str) -> None:
        if end > self.pos:
            self.out.spans.append((self.pos, end, label))
            if label not in ("redundant",):
                self.have.add(label)
                self.last = label
        self.pos = end


def read_street(form: str, start: int, end: int | None = None, home: str | None = None) -> Street:
    """Label ``form[start:end]``; never raises, always ends at ``end``. ``home`` is the code of the township or district
    whose villages may be written without 村."""
    walk = _Walk(form, start, len(form) if end is None else end)
    if home is not None:
        _bare_village(walk, home)
    while walk.pos < walk.end:
        before = walk.pos
        if not (_separator(walk) or _remark(walk) or _part(walk) or _numbered_road(walk) or _group(walk) or read_number(walk) or _assist(walk)):
            _name(walk)
        if walk.pos <= before:  # cannot happen; a walk that stands still would never end
            walk.put(before + 1, "redundant")
    return walk.out


def _bare_village(w: _Walk, home: str) -> None:
    """李庄, 石埠头 straight after their township: the village table knows them without 村."""
    gap = _SEPARATOR.match(w.form, w.pos, w.end)
    at = gap.end() if gap else w.pos
    shortest = 2 if len(home) > DISTRICT_CODE else 3
    for end in range(min(w.end, at + 5), at + shortest - 1, -1):
        name = w.form[at:end]
        if not name.isalpha() or name.isascii() or _NOT_BARE.match(w.form, end) or name[-1] in "路街道村巷区":
            continue
        if any(h.startswith(home) and tail & RURAL_BIT for h, tail in villages().homes(village_hash(name))):
            if at > w.pos:
                _separator(w)
            w.put(end, "community")
            return


def _separator(w: _Walk) -> bool:
    m = _SEPARATOR.match(w.form, w.pos, w.end)
    if not m:
        return False
    w.put(m.end(), "redundant" if m.group().strip(" ,()") else "")
    if w.out.spans and w.out.spans[-1][2] == "":
        w.out.spans.pop()
    return True


def _remark(w: _Walk) -> bool:
    if w.form[w.pos] not in _REMARK_FIRST:
        return False
    m = REMARK.match(w.form, w.pos, w.end)
    if not m:
        return False
    w.put(m.end(), "redundant")
    w.out.remark = True
    return True


def _numbered_road(w: _Walk) -> bool:
    """G205国道, 五道13路, 8号路, 经7路."""
    if w.have & {"houseno", "roomno", "floorno", "cellno"} or not _DIGIT_SOON.match(w.form, w.pos, w.end):
        return False
    m = _NUMBERED_ROAD.match(w.form, w.pos, w.end)
    if not m or _POI.search(m.group()) or _COMMUNITY.search(m.group()) or (_ROAD.search(m.group()[:-1]) and not m.group()[0].isdigit()):
        return False
    w.put(m.end(), "subroad" if "road" in w.have else "road")
    return True


def _group(w: _Walk) -> bool:
    """Village groups: 8组 stands where a road stands, and 13号 behind it is the house number."""
    m = _GROUP.match(w.form, w.pos, w.end)
    if not m or w.last in ("houseno", "cellno", "floorno", "roomno"):
        return False
    w.put(m.end(), "road" if "road" not in w.have else "subroad")
    return True


def _assist(w: _Walk) -> bool:
    if not w.last:
        return False
    joiner = _JOINER.match(w.form, w.pos, w.end)
    if joiner and w.last in ("road", "subroad", "roadno") and (joiner.group() == "与" or _road_end(w.form, joiner.end(), min(w.end, joiner.end() + 8))):
        w.put(joiner.end(), "assist")
        return True
    occupant = _OCCUPANT.match(w.form, w.pos, w.end)
    if occupant:
        w.put(occupant.end(), "person")
        return True
    if w.form[w.pos] == "口" and w.last in ("road", "subroad"):
        w.put(w.pos + 1, "assist")
        return True
    m = _ASSIST.match(w.form, w.pos, w.end)
    if not m:
        return False
    if len(m.group()) == 1 and w.last not in ("road", "subroad", "poi", "subpoi", "roadno", "houseno", "floorno", "roomno", "cellno"):
        return False
    w.put(m.end(), "assist")
    return True


def _part(w: _Walk) -> bool:
    if w.last in ("poi", "subpoi", "community", "roadno", "road"):
        m = _POI_PART.match(w.form, w.pos, w.end)
        if m:
            w.put(m.end(), "subpoi" if w.last in ("poi", "subpoi") or "poi" in w.have else "poi")
            return True
    if w.last in ("road", "roadno"):
        m = _LANE.match(w.form, w.pos, w.end)
        if m:
            w.put(m.end(), "subroad")
            return True
    if w.last == "road":
        m = _SEGMENT.match(w.form, w.pos, w.end)
        if m:
            w.put(m.end(), "subroad")
            w.last = "road"  # 人民南路四段27号: the number is the road's
            return True
    m = _WEST_DOOR.match(w.form, w.pos, w.end)
    if m and w.last in ("cellno", "floorno", "houseno", "roomno"):
        w.put(m.end(), "roomno")
        return True
    return False


def _run_end(w: _Walk) -> int:
    """Where the run of name signs at the cursor ends: before a number element, a separator or a remark."""
    form = w.form
    word = _WORD.match(form, w.pos, w.end)
    at = word.end() if word else w.pos + 1
    while at < w.end:
        ch = form[at]
        if ch in _RUN_ENDS:
            return at
        if ch.isascii():
            word = _NAME_WORD.match(form, at, w.end)
            if word:  # SOHO, 100大厦: a word of the name
                at = word.end()
                continue
        if (ch.isascii() or ch in _NUMBER_FIRST) and starts_number(form, at, w.end):
            return at
        if ch in "电放请送先n" and REMARK.match(form, at, w.end):
            return at
        if ch in _BREAK_FIRST and at > w.pos + 1 and _BREAK.match(form, at, w.end):
            return at
        at += 1
    return w.end


def _name(w: _Walk) -> None:
    """A named part: ends at the first sound suffix of a road, zone, village or estate, else at the end of the run."""
    run = _run_end(w)
    start = w.pos
    inside = bool(w.have & {"houseno", "cellno", "floorno", "roomno"})
    best = _first_name(w, run, inside)
    if best is None:
        _put_name(w, run, _rest_label(w, inside))
        return
    end, label = best
    if label != "poi":
        w.put(end, label)
        return
    company = w.form.find("公司", start, run)
    if company >= 0 and end < company + 2 and not _GROUNDS.search(w.form, start, end):
        end = max(company + 2, _poi_end(w.form, company, run) or 0)
    if inside:
        label = "person"
    elif "poi" in w.have and not (w.last in ("road", "roadno", "community") and "roadno" not in w.have):
        label = "subpoi"
    _put_name(w, end, label)


def _first_name(w: _Walk, run: int, inside: bool) -> tuple[int, str] | None:
    """The nearest end of a name in the run and what it is. Inside a building only occupants have names, but for a new road."""
    form, start = w.form, w.pos
    poi = _poi_end(form, start, run)
    road = _road_end(form, start, run)
    if inside and not (road and form[road : road + 1].isdigit()):
        return (poi, "poi") if poi else None
    options: list[tuple[int, str]] = []
    if road:
        options.append((road, "subroad" if "road" in w.have and w.last in ("road", "subroad", "assist") else "road"))
    zone = _ZONE.search(form, start, run)
    if zone and zone.end() - start >= 3:
        options.append((zone.end(), "devzone" if not w.have & {"road", "roadno"} else "poi"))
    community = _community_end(form, start, run)
    if community and not w.have & {"roadno", "poi"}:
        options.append((community, "community"))
    if poi:
        options.append((poi, "poi"))
    return min(options) if options else None


def _put_name(w: _Walk, end: int, label: str) -> None:
    """新金都城市花园西雅园: an estate and its part, where the name shows the seam."""
    if label == "poi":
        text = w.form[w.pos : end]
        split = _SUB_ESTATE.match(text) or _SUB_ZONE.match(text)
        if split and (split.group(2)[-1] != "区" or len(split.group(1)) > 3):
            w.put(w.pos + len(split.group(1)), "poi")
            label = "subpoi"
    w.put(end, label)


def _rest_label(w: _Walk, inside: bool) -> str:
    if inside:
        return "person"
    if w.last in ("poi", "subpoi"):
        return "subpoi"
    return "poi"


def _road_end(form: str, start: int, run: int) -> int | None:
    at = start
    while True:
        m = _ROAD.search(form, at, run)
        if not m:
            return None
        at = m.end()
        if m.start() == start and len(m.group()) < 2:
            continue
        if m.end() - start > 12:
            return None
        if _ROAD_NOT.match(form, m.end()):
            continue
        following = _ROAD.match(form, m.end(), run)  # 路桥大道, 街路: the longer is the name
        if following:
            continue
        return m.end() + 1 if _ROAD_SIDE.match(form, m.end()) else m.end()


def _community_end(form: str, start: int, run: int) -> int | None:
    at = start
    while True:
        m = _COMMUNITY.search(form, at, run)
        if not m:
            return None
        if m.start() > start and form[m.start() - 1 : m.end()] != "新村" and m.end() - start >= 2:
            return m.end()
        if m.start() > start and form[m.start() - 1 : m.end()] == "新村":
            return None
        at = m.end()


def _poi_end(form: str, start: int, run: int) -> int | None:
    at = start
    while True:
        m = _POI.search(form, at, run)
        if not m:
            return None
        at = m.end()
        if m.start() == start and m.end() - start < 3:
            continue
        if _POI_IS_ROAD.match(form, m.end(), run):
            continue
        end = m.end()
        while (longer := _POI.match(form, end, run)) and not _POI_IS_ROAD.match(form, longer.end(), run):
            end = longer.end()
        if end < run and form[end] == "(":
            close = form.find(")", end, run)
            end = close + 1 if close > 0 else end
        return end
