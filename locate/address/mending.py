"""What no address says, mended in the tagger's labels: a house behind a floor, a number that is none, a range cut in two.

The tagger sees a sign and its neighbours; what follows what in an address it knows only by habit. Each rule here holds for
any address (models/data/company_addresses/GUIDELINE.md, rules 9, 11 and 12), and changes labels of open spans only.
"""

from __future__ import annotations

import re

from locate.address.tagging import Span

_NUMBERED = frozenset(("houseno", "cellno", "floorno", "roomno", "roadno"))
_ROOMS = frozenset(("roomno", "cellno", "houseno"))
_NAMES = frozenset(("poi", "subpoi"))
_SEEN = _NUMBERED | {"poi", "subpoi", "person", "redundant", "road", "community"}
_CUT = frozenset(("community", "poi", "cellno"))
_VILLAGE = re.compile(r"[一-龥]{1,4}(?<![新假庄农])村")  # behind a township; 新村 and 度假村 are estates and hotels
_VILLAGE_ENDS = ("村", "社区")
_TWO_VILLAGES = re.compile(r"[一-龥]{1,5}?(?:村(?![委民头口东西南北前后中])|社区(?!居))(?=[一-龥]+村$)")  # 西塘河村丁公村
_NUMERALS = frozenset("一二三四五六七八九十百零〇两甲乙丙丁戊东南西北")
_LEAST_TWO = 4
_CAMPUS_HOUSE = re.compile(r"(?<=[大中小]学|学院|医院|校区)[东西南北中]?[一二三四五六七八九十0-9]{1,3}号?楼$")  # 华中科技大学东九楼
_SIDE_LAST = re.compile(r"[楼栋幢座号][东西南北中]$")  # 3号楼东 2单元
_FLOOR_WORD = re.compile(r"[0-9A-Za-z一二三四五六七八九十百零两]|底|顶|首|负|地下|夹|架空|裙|阁|中楼|楼上|楼下")
_FLOOR_F = re.compile(r"\d{1,3}[Ff]")
_DOOR_NUMBER = re.compile(r"\d+号")
_FIGURES = re.compile(r"(\d+)号?")
_LONGEST_RANGE = 60
_FEW_UNITS = 20


def mended(form: str, spans: list[Span], settled: frozenset[int]) -> list[Span]:
    """The spans in order; those that begin in ``settled`` are areas and stay as they are."""
    out: list[Span] = []
    for given in spans:
        if given[0] in settled or given[2] not in _SEEN:
            out.append(given)
            continue
        span = _cut(form, given, out) if given[2] in _CUT else given
        if span[2] == "poi" and out and out[-1][2] == "town" and _VILLAGE.fullmatch(form, span[0], span[1]):
            span = span[0], span[1], "community"
        before = out[-1] if out and out[-1][1] == span[0] and out[-1][0] not in settled else None
        better = _mended(form, span, before, out)
        while out and better[0] < span[0] and out[-1][0] >= better[0]:
            out.pop()
        out.append(better)
    return out


def _cut(form: str, span: Span, out: list[Span]) -> Span:
    """The span without what is a part of its own at its head, which goes to ``out``; or with the last sign of the one before it."""
    start, end, label = span
    at = _parted(form, span, out[-1] if out else None)
    if at > start:
        out.append((start, at, label))
        return at, end, "houseno" if label == "poi" else label
    if at < start:
        out[-1] = out[-1][0], at, out[-1][2]
    return at, end, label


def _parted(form: str, span: Span, before: Span | None) -> int:
    """Where the span should begin: behind what is a part of its own at its head, or with the last sign of the one before it."""
    start, end, label = span
    if label == "community" and end - start > _LEAST_TWO:
        two = _TWO_VILLAGES.match(form[start:end])
        return start + two.end() if two and two.end() + 1 < end - start else start
    if label == "poi" and form[end - 1] == "楼" and end - start > _LEAST_TWO:
        house = _CAMPUS_HOUSE.search(form[start:end])
        return start + house.start() if house else start
    if label == "cellno" and before is not None and before[2] == "houseno" and before[1] == start and _SIDE_LAST.search(form, before[0], start):
        return start - 1
    return start


def _mended(form: str, span: Span, before: Span | None, out: list[Span]) -> Span:
    """The span as it should be; one that begins earlier swallows what stands there."""
    start, end, label = span
    if label == "floorno" and not _FLOOR_WORD.search(form, start, end):
        return start, end, "subpoi" if any(one[2] == "poi" for one in out) else "poi"  # 佳怡楼 is a name
    if label == "floorno" and form.endswith(("号楼", "#楼"), start, end):
        return start, end, "houseno"
    if label == "cellno" and form[end - 1] in "栋幢" and not any(one[2] == "houseno" for one in out):
        return start, end, "houseno"
    if label in _ROOMS and _FLOOR_F.fullmatch(form, start, end):
        return start, end, "floorno"
    if label == "road" and form.endswith("街道", start, end) and not form[end : end + 1].isdigit():
        return start, end, "town"  # 万安街道, which no gazetteer has
    if before is None:
        return span
    if label == "community":  # a hamlet in a village: the village is what the post knows
        return (start, end, "poi") if before[2] == "community" and form.endswith(_VILLAGE_ENDS, before[0], before[1]) else span
    if form[before[0] : before[1]] == "-" and len(out) > 1 and out[-2][1] == before[0]:
        return _behind_a_dash(form, span, out[-2], out[-3] if len(out) > 2 else None)
    if _is_no_number(form, before):  # 中/houseno 策橡胶集团/person: the head of a name
        return before[0], end, label if label in _NAMES or label == "person" else "poi" if label == "redundant" else label
    if before[2] == "floorno" and label in ("houseno", "roadno"):
        return start, end, "roomno"
    if before[2] == "road" and label == "houseno" and _DOOR_NUMBER.fullmatch(form, start, end):
        return start, end, "roadno"
    if before[2] == "poi" and label == "poi" and form.endswith("楼", before[0], before[1]) and before[1] - before[0] == 2:
        return before[0], end, "poi"
    return span


def _is_no_number(form: str, span: Span) -> bool:
    """A single sign, no numeral, that is said to be the number of something."""
    start, end, label = span
    return end - start == 1 and label in _NUMBERED and not form[start].isascii() and form[start] not in _NUMERALS


def _behind_a_dash(form: str, span: Span, before: Span, further: Span | None) -> Span:
    """7楼C-11 is one room; 235-245 behind a road a range; 14-13 behind an estate a house and its unit."""
    start, end, label = span
    if label not in _ROOMS and label != "roadno":
        return span
    if before[2] == "roomno" and further is not None and further[2] == "floorno":
        return before[0], end, "roomno"
    if label == "roadno" and before[2] == "houseno":
        return start, end, "roomno"
    first, second = _FIGURES.fullmatch(form, before[0], before[1]), _FIGURES.fullmatch(form, start, end)
    if first is None or second is None:
        return span
    if before[2] == "roadno" and form[before[1] - 1] != "号":
        gap = int(second[1]) - int(first[1])
        follows = form[end : end + 1] == "-"
        return (before[0], end, "roadno") if 0 < gap <= _LONGEST_RANGE and not follows else span
    few = len(second[1]) <= 2 and int(second[1]) <= _FEW_UNITS and form[end : end + 1] != "-"
    if before[2] == "houseno" and label == "roomno" and few and further is not None and further[2] in _NAMES:
        return start, end, "cellno"
    return span
