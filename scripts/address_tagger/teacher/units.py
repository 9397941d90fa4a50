"""Number elements: house numbers, buildings, units, floors and rooms in every habit of writing."""

from __future__ import annotations

import re
from typing import Protocol

NUMERALS = "一二三四五六七八九十百零〇两"
_N = r"(?:\d+|[一二三四五六七八九十百零〇两]+)"
_A = r"[A-Za-z]"

ROAD_NUMBER = re.compile(
    rf"(?:附|甲|乙|丙|新|老|临|特|自编|第|旧)?(?:{_A}?\d+{_A}?|[一二三四五六七八九十百零〇两]+(?=号|弄|巷))(?:[-_~、.至]+(?:{_A}?\d+{_A}?))*(?:甲|乙|丙)?"
    r"(?:号院|号大院|号(?![楼线门]|公馆|店|库|车间|厂房|岗|馆|院)|弄(?!堂)|院(?=$|[\dA-Za-z])|号(?=院)院|号)?"
    r"(?:之[一二三四五六七八九十\d]+|附\d+号?|-\d+(?=号))?(?:号)?"
)
_HOUSE = re.compile(
    rf"(?:第)?(?:{_A}\d+|\d+{_A}?\d*|[一二三四五六七八九十百]+|{_A}{{1,2}}|[甲乙丙丁东南西北中主附裙]|[东南西北][一二三四五六七八九十\d]+)(?:-\d+|、\d+)*(?:号楼|号大楼|幢|栋|座(?!落)|号院|#楼?|号房子|排)|(?:主楼|附楼|裙楼|[东南西北][一二三四五六七八九十]?楼(?![层宇]))"
)
_UNIT = re.compile(rf"(?:第)?(?:\d+{_A}?|{_A}\d*|[一二三四五六七八九十两]+|[东南西北中甲乙丙丁][一二三四五六七八九十\d]?)单元(?:楼)?|(?:\d+|[一二三四五六七八九十]+)(?:门洞|梯(?=\d|$))")
_AISLE = re.compile(r"(?:\d{1,3}|[一二三四五六七八九十]+)街(?=\d|[A-Z]|$)")  # rows of stalls in a market hall
_FLOOR = re.compile(
    rf"(?:第|负|地下|-|B)?(?:{_A}?\d{{1,3}}(?:[-、]\d{{1,3}})?{_A}?|[一二三四五六七八九十百两]+(?:[-、至][一二三四五六七八九十]+)?)(?:楼(?![幢栋座宇盘道下上]|[一-龥]?路)|层(?!次))|(?:首|顶|底|架空|夹|地下[一二三]?|负[一二三])层|\d{{1,3}}[Ff](?![A-Za-z0-9])"
)
_ROOM = re.compile(
    rf"(?:{_A}{{0,2}}-?\d+{_A}?(?:[-、~/.]{_A}?\d+)*|[一二三四五六七八九十零〇]{{2,5}}|{_A})(?:室|房间|房(?![产地屋管])|号房|号室|号办公室|办公室|铺(?!位)|号铺|号商铺|店(?=$|面)|档|商位|户(?!外)|市(?=$))"
)
_PLAIN = re.compile(rf"{_A}{{0,2}}\d+{_A}?\d*{_A}?|{_A}{{1,2}}(?=[-\d ]|$)")
_CHAIN = re.compile(
    rf"(?P<a>{_A}{{0,2}}\d+{_A}?|{_A}{{1,2}}|[一二三四五六七八九十]+)(?P<au>幢|栋|号楼|座|#|号)?(?P<s1>[-_—~/#一]+)(?P<b>{_A}?\d+{_A}?|{_A})(?P<bu>单元)?(?:(?P<s2>[-_—~/一]+)(?P<c>{_A}?\d+{_A}?(?:[-/、]\d+)*)(?:(?P<s3>[-_]+)(?P<d>\d+{_A}?))?)?(?P<cu>室|房|号)?(?![幢栋楼层单])"
)
_NUMBER_SIGN = re.compile(rf"[甲乙丙丁附临]?(?:{_A}?\d+{_A}?(?:-\d+)*|[一二三四五六七八九十百零〇]+)号")
_ANY = re.compile(rf"(?:{_HOUSE.pattern})|(?:{_UNIT.pattern})|(?:{_FLOOR.pattern})|(?:{_ROOM.pattern})|(?:附|甲|乙|自编|新|老)?(?:{_A}?\d+|[一二三四五六七八九十百]+)(?:号|弄)|{_A}{{0,2}}\d(?!\d?[区期])|{_A}{{1,2}}(?=$|[-\d ,])")
_HALL = re.compile(r"(?:市场|商城|贸城|纺城|配城|材城|大厦|[A-Za-z]区)$")
_ESTATE = re.compile(r"(?:工业区|工业园|小区|园区|花园|家园|嘉园|苑|[一二三四五六七八九十\d]区)$")
_GROUPISH = re.compile(rf"(?:第)?{_N}(?:村民)?(?:小)?(?:组(?![团合长装])|队(?!伍)|社(?!区|保|会))")
_NAME_AFTER_DIGITS = re.compile(r"(?:区|期|文创|创意|世纪|街区|文化|公馆|酒店|空间|大厦|广场|中心|创业|小镇|公社|工场|工坊|艺术|国际|天地|商业|汽|便利|网|咖|仓|km|KM|米|路|街|大|小区|号公)")


_FIRST = frozenset(NUMERALS + "东南西北中主附裙甲乙丙丁负地第首顶底架夹新老临特自旧")  # a number element begins so, or in ASCII
_LATIN_WORD = re.compile(r"[A-Za-z]{3,}")
_SIDE_BUILDING = re.compile(r"[东南西北中]楼")  # 东楼 at the very front is a name
_ENGLISH = (
    (re.compile(r"(?:room|rm|apt|flat|suite)[. ]*#?([A-Za-z]?\d+[A-Za-z]?)", re.IGNORECASE), "roomno"),
    (re.compile(r"(?:building|bldg|block|blk|tower)[. ]*#?(\d+|[A-Za-z])(?![A-Za-z])", re.IGNORECASE), "houseno"),
    (re.compile(r"(?:unit)[. ]*#?(\d+|[A-Za-z])(?![A-Za-z])", re.IGNORECASE), "cellno"),
    (re.compile(r"(\d+)(?:st|nd|rd|th)? ?floor|floor[. ]*(\d+)", re.IGNORECASE), "floorno"),
)


class Walk(Protocol):
    form: str
    pos: int
    end: int
    have: set[str]
    last: str

    def put(self, end: int, label: str) -> None: ...
    def aside(self, end: int, label: str) -> None: ...


def starts_number(form: str, at: int, end: int) -> bool:
    """Does a number element begin here (and so end the name before it)?"""
    return bool(_ANY.match(form, at, end) or _GROUPISH.match(form, at, end))


def read_number(w: Walk) -> bool:
    """Read one number element at the cursor; False where none stands."""
    ch = w.form[w.pos]
    if not (ch.isascii() or ch in _FIRST):
        return False
    if ch.isascii() and _english(w):
        return True
    if _LATIN_WORD.match(w.form, w.pos, w.end):
        return False  # SOHO is a name, not a building S
    if _expects_road_number(w) and _road_number(w):
        return True
    return _with_kind(w) or _without_kind(w)


def _expects_road_number(w: Walk) -> bool:
    if w.last == "subroad" and "subroadno" not in w.have:
        return True
    return w.last in ("road", "subroad", "assist") and not w.have & {"roadno", "houseno"}


def _with_kind(w: Walk) -> bool:
    """Units, buildings and floors say themselves what they are."""
    form, at, end = w.form, w.pos, w.end
    m = _UNIT.match(form, at, end) or (_AISLE.match(form, at, end) if w.last in ("floorno", "subpoi", "poi") else None)
    if m:
        w.put(m.end(), "cellno")
        return True
    m = _HOUSE.match(form, at, end)
    if m and (w.last or not _SIDE_BUILDING.fullmatch(m.group())):
        w.put(m.end(), "cellno" if w.last == "houseno" and m.group()[-1] in "座排#" else "houseno")
        return True
    m = _FLOOR.match(form, at, end)
    if m and not (m.group()[0] == "-" and w.last in ("houseno", "roadno", "cellno")):
        w.put(m.end(), "floorno")
        return True
    return False


def _without_kind(w: Walk) -> bool:
    """Chains, rooms and bare numbers, by what stands before them."""
    form, at, end = w.form, w.pos, w.end
    outside = w.last in ("community", "town", "", "devzone")
    if not outside and _chain(w):
        return True
    m = _ROOM.match(form, at, end)
    if m:
        w.put(m.end(), "roomno")
        return True
    if outside:
        return _road_number(w)
    m = _NUMBER_SIGN.match(form, at, end)
    if m:
        return _number_sign(w, m.end())
    m = _PLAIN.match(form, at, end)
    return m is not None and not _NAME_AFTER_DIGITS.match(form, m.end()) and _plain(w, m)


def _english(w: Walk) -> bool:
    """Rm 302, Bldg 3, 文三路90号: small to large, so its order says nothing about what follows."""
    for pattern, label in _ENGLISH:
        m = pattern.match(w.form, w.pos, w.end)
        if m:
            w.pos = m.start(m.lastindex or 0)
            w.aside(m.end(m.lastindex or 0), label)
            w.pos = m.end()
            return True
    return False


def _road_number(w: Walk) -> bool:
    form, at, end = w.form, w.pos, w.end
    if _HOUSE.match(form, at, end) and not re.match(r"[A-Za-z甲乙]?\d+(?:-\d+)*号院", form[at:end]):
        return False
    floor = _FLOOR.match(form, at, end)
    unit = _UNIT.match(form, at, end)
    room = re.match(r"[A-Za-z]?\d{3,4}(?:室|房)", form[at:end])
    if floor or unit or room:
        return False
    m = ROAD_NUMBER.match(form, at, end)
    if not m or not m.group() or not (any(c.isdigit() for c in m.group()) or m.group()[-1] in "号弄巷院"):
        return False
    if m.group()[-1].isdigit() and m.end() < end and _NAME_AFTER_DIGITS.match(form, m.end()):
        return False
    stop = m.end()
    text = m.group()
    if "-" in text and "号" not in text and text.count("-") >= 2:
        return False
    w.put(stop, "subroadno" if (w.last == "subroad" and "roadno" in w.have) or (w.last == "subroad" and "subroad" in w.have) else "roadno")
    return True


def _chain(w: Walk) -> bool:
    """8-2-1203, 3-1502, 3栋-2-1502: building, unit, room by place."""
    m = _CHAIN.match(w.form, w.pos, w.end)
    if not m:
        return False
    if m["s1"] == "一" and not (m["a"].isdigit() and m["b"].isdigit()):
        return False
    house_known = "houseno" in w.have
    if m["c"] is None and sum(c.isdigit() for c in m["a"]) >= (3 if house_known else 4):
        w.put(m.end(), "roomno")  # 2904-3004室: rooms from to
        return True
    if not house_known and w.last not in ("poi", "subpoi", "roadno", "subroadno", "person", "assist", "road"):
        return False
    labels = _chain_labels(house_known, m, w)
    for group, unit, label in labels:
        start, stop = m.span(group)
        stop = m.end(unit) if unit and m[unit] else stop
        if start > w.pos:
            w.put(start, "redundant")
        w.put(stop, label)
    return True


def _chain_labels(house_known: bool, m: re.Match[str], w: Walk) -> list[tuple[str, str | None, str]]:
    if house_known and w.last == "houseno" and m["c"] is None:
        return [("a", "au", "cellno"), ("b", "cu", "roomno")]
    if house_known and w.last in ("cellno", "floorno"):
        return [("a", "au", "roomno"), ("b", "cu", "roomno")] if m["c"] is None else [("a", "au", "cellno"), ("b", "bu", "floorno"), ("c", "cu", "roomno")]
    if m["c"] is None:
        few = len(m["b"]) <= (2 if m["cu"] == "号" else 1) and not m["b"].isalpha() and m["cu"] in (None, "号")
        second = "cellno" if m["bu"] or few else "roomno"
        return [("a", "au", "houseno"), ("b", "bu" if m["bu"] else "cu", second)]
    labels: list[tuple[str, str | None, str]] = [("a", "au", "houseno"), ("b", "bu", "cellno")]
    if m["d"]:
        return [*labels, ("c", None, "floorno"), ("d", "cu", "roomno")]
    return [*labels, ("c", "cu", "roomno")]


def _number_sign(w: Walk, stop: int) -> bool:
    """N号 by what stands before it."""
    digits = sum(c.isdigit() for c in w.form[w.pos : stop])
    more = stop < w.end and starts_number(w.form, stop, w.end)
    if w.last in ("floorno", "roomno") or w.last == "cellno":
        label = "roomno"
    elif w.last == "houseno":
        label = "cellno" if digits <= 2 else "roomno"
    elif w.last in ("roadno", "subroadno"):
        label = "houseno"
    elif "houseno" in w.have:
        label = "roomno"
    elif w.last in ("poi", "subpoi", "person"):
        label = _number_after_name(w, more)
    else:
        label = "roadno" if "roadno" not in w.have else "houseno"
    w.put(stop, label)
    return True


def _number_after_name(w: Walk, more: bool) -> str:
    """N号 after an estate is a building, in a market hall a stall, after any other name the number of the road."""
    before = w.form[max(0, w.pos - 4) : w.pos]
    if _HALL.search(before):
        return "roomno"
    return "houseno" if more or "roadno" in w.have or _ESTATE.search(before) else "roadno"


def _plain(w: Walk, m: re.Match[str]) -> bool:
    """A bare number or letter by its length and place."""
    text = m.group()
    digits = sum(c.isdigit() for c in text)
    stop = m.end()
    if w.last in ("floorno", "cellno"):
        label = "roomno"
    elif w.last in ("houseno",):
        label = "roomno" if digits >= 3 or (digits and text[-1].isalpha()) else "cellno"
    elif w.last == "roomno":
        label = "roomno"
    elif w.last in ("roadno", "subroadno"):
        label = "roomno" if digits >= 3 else "houseno"
    elif "houseno" in w.have or (digits >= 3 and not (stop < w.end and starts_number(w.form, stop, w.end))):
        label = "roomno"
    else:
        label = "houseno"
    w.put(stop, label)
    return True
