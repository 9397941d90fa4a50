"""Townships after their district or city: listed, unlisted, without their kind, or moved to another district since."""

from __future__ import annotations

from locate.address.gazetteer import DISTRICT, HEAD, OLD, SHORT, TOWN, TOWN_KIND, YOUNG, Gazetteer
from locate.address.readings import city_like
from locate.address.region_state import Piece, Regions
from locate.address.region_words import HEAD_OF_ROAD, JOINED, NEAR_SUFFIX, NOT_TOWN, TOWN_UNLISTED

_TOWN_SIGNS = frozenset("街镇乡苏")  # one of which a township's kind has
_NO_TOWNS: dict[str, int] = {}
_NOBODY: frozenset[int] = frozenset()


def _homes(g: Gazetteer, out: Regions) -> list[int]:
    homes: list[int] = []
    for u in out.units:
        if g.levels[u] == TOWN:
            return []
        if g.levels[u] == DISTRICT or u in g.towns:
            homes.append(u)
    return homes


def read_township(g: Gazetteer, form: str, at: int, out: Regions) -> int | None:
    """A township at the cursor: listed or not, with its kind or without; the end of its name, or None."""
    again = _said_again(form, at, out)
    if again is not None:
        return again
    if out.town_text:
        return None
    for u in out.units:
        if g.levels[u] == TOWN:
            return None
    homes = _homes(g, out)
    written = None if _TOWN_SIGNS.isdisjoint(form[at + 1 : at + 9]) else TOWN_UNLISTED.match(form, at)
    if written:
        text = written.group()
        if not out.units:
            return None if len(text) < 3 or NOT_TOWN.search(text[:-2]) else _alone(g, form, at, text, out)
        if _is_town(g, text, homes):
            return _written_township(g, at, text, homes, out)
        head = _repeated_head(g, text, homes)
        if head:
            out.pieces.append(Piece(at, at + head, TOWN, SHORT, text[:head], redundant=True))
            return _written_township(g, at + head, text[head:], homes, out)
        if not NOT_TOWN.search(text[: -2 if text.endswith("街道") else -1]) or _listed_somewhere(g, text):
            return _written_township(g, at, text, homes, out)
    if not out.units:
        return _only_one_in_china(g, form, at, out) if not at else None
    return _bare_township(g, form, at, homes, out) if homes else _bare_town_of_city(g, form, at, out)


def _said_again(form: str, at: int, out: Regions) -> int | None:
    """陆家镇江苏省昆山市陆家镇: the one before the chain says nothing; where it was not understood it is read anew."""
    first = None
    for p in out.pieces:
        if p.level == TOWN and not p.redundant:
            first = p
            break
    if first is None or not out.units or len(out.pieces) == 1 or not TOWN_KIND.search(first.name):
        return None
    end = at + len(first.name)
    if not form.startswith(first.name, at) or at == first.end:
        return None
    if out.shared:
        place = out.pieces.index(first)
        out.own_pieces()
        first = out.pieces[place]
    first.redundant = True
    if out.town_text == first.name:
        out.town_text = None
        return None
    out.pieces.append(Piece(at, end, TOWN, 0, first.name))
    return end


def _alone(g: Gazetteer, form: str, at: int, text: str, out: Regions) -> int:
    """笕桥镇 with nothing before it: a 街道 today, and China has no other 笕桥. The other way (龙州街道) nothing became."""
    core, end = TOWN_KIND.sub("", text), at + len(text)
    known = g.towns_named(core) if text[-1] in "镇乡" and not out.pieces else []
    if len(known) == 1 and core not in g.greater_names and not TOWN_UNLISTED.match(form, end):
        out.units, out.presumed = {known[0]: 0}, True
        out.pieces.append(Piece(at, end, TOWN, 0, text))
        return end
    return _take_text(at, text, out)


def _only_one_in_china(g: Gazetteer, form: str, at: int, out: Regions) -> int | None:
    """沈家门, 廿三里 at the front without their kind: China has one township of the name. Two signs are too few: 世纪, 前程."""
    for end in range(min(len(form), at + 5), at + 2, -1):
        core = form[at:end]
        known = g.towns_named(core)
        if len(known) != 1 or core in g.name_ids or core[-1] in "园城场山":
            continue
        town = known[0]
        if not TOWN_KIND.search(g.names[town]) or form[end : end + 1] in JOINED or not _believable(form, core, end):
            continue
        out.units, out.presumed = {town: SHORT}, True
        out.pieces.append(Piece(at, end, TOWN, SHORT, core))
        return end
    return None


def _take_text(at: int, text: str, out: Regions) -> int:
    out.town_text = text
    out.pieces.append(Piece(at, at + len(text), TOWN, 0, text))
    return at + len(text)


def _written_township(g: Gazetteer, at: int, text: str, homes: list[int], out: Regions) -> int:
    core = TOWN_KIND.sub("", text)
    units = _in_homes(g, core, homes, 0) if homes else {t: 0 for u in out.units for t in g.towns_of(u).get(core, ())}
    if not units and homes:
        moved = _moved_town(g, core, homes)
        if moved is not None:
            return _take_moved(g, at, text, moved, homes, out)
    if not units:
        return _take_text(at, text, out)
    out.units = units
    out.pieces.append(Piece(at, at + len(text), TOWN, 0, text))
    return at + len(text)


def _in_homes(g: Gazetteer, core: str, homes: list[int], flags: int) -> dict[int, int]:
    return {t: flags for h in homes if (t := g.towns.get(h, {}).get(core)) is not None}


def _believable(form: str, core: str, end: int) -> bool:
    """A township's bare name before 路 or 小区 is the head of that name."""
    if form[end : end + 1].isascii() and form[end : end + 1].isalpha():
        return False  # 望京SOHO
    return core[-1] not in "路街道巷" and not HEAD_OF_ROAD.match(form, end) and not NEAR_SUFFIX.match(form, end)


def _bare_township(g: Gazetteer, form: str, at: int, homes: list[int], out: Regions) -> int | None:
    """华舍 after 柯桥区; and 临平 after 余杭区, which the township has left since."""
    two, three = form[at : at + 2], form[at : at + HEAD]
    for h in homes:
        heads = g.town_heads(h)
        if two in heads or three in heads:
            break
    else:
        return None
    lists = [g.towns.get(h, _NO_TOWNS) for h in homes]
    for end in range(min(len(form), at + 6), at + 1, -1):
        core = form[at:end]
        for towns in lists:
            if core in towns:
                break
        else:
            continue
        units = _in_homes(g, core, homes, SHORT)
        if form[end : end + 1] not in JOINED and _believable(form, core, end):
            out.units = units
            out.pieces.append(Piece(at, end, TOWN, SHORT, core))
            return end
    new = g.new_cores(g.parents[homes[0]]) if len(homes) == 1 else ()
    for end in range(min(len(form), at + 4), at + 1, -1) if new else ():
        if form[at:end] not in new:
            continue
        moved = _moved_town(g, form[at:end], homes, bare=True)
        if moved is not None and (form[end : end + 1] not in JOINED or form.startswith("新区", end)) and _believable(form, form[at:end], end):
            home = g.parents[moved] if g.levels[moved] == TOWN else moved
            donors, _ = g.carved.get(home, (_NOBODY, 0))
            if any(h in donors for h in homes) or any(f & OLD for f in out.units.values()):
                return _take_moved(g, at, form[at:end], moved, homes, out)
    return None


def _bare_town_of_city(g: Gazetteer, form: str, at: int, out: Regions) -> int | None:
    """下沙 after 杭州市: where the city has one township of the name."""
    if len(out.units) != 1:
        return None
    [city] = out.units
    if not city_like(g, city):
        return None
    for end in range(min(len(form), at + 5), at + 1, -1):
        core = form[at:end]
        if form[end : end + 1] in JOINED or not _believable(form, core, end):
            continue
        found = g.towns_of(city).get(core, ())
        if len(found) == 1:
            out.units = {found[0]: SHORT}
            out.pieces.append(Piece(at, end, TOWN, SHORT, core))
            return end
    return None


def _repeated_head(g: Gazetteer, text: str, homes: list[int]) -> int:
    """四季青四季青街道, 萧山城厢镇, 临平南苑街道: how many signs before the township's own name repeat an area's; 0 where none do."""
    for i in range(2, len(text) - 2):
        core = TOWN_KIND.sub("", text[i:])
        if (_is_town(g, text[i:], homes) or (len(homes) == 1 and _moved_town(g, core, homes) is not None)) and len(core) >= 2:
            head = text[:i]
            known = g.name_ids.get(head)
            if head == core or _is_town(g, head, homes) or (known is not None and any(g.levels[u] <= DISTRICT for u, _ in g.entries[known])):
                return i
    return 0


def _listed_somewhere(g: Gazetteer, text: str) -> bool:
    """石桥街道, 横街镇: signs of roads in it, but China has townships of the name."""
    known = g.name_ids.get(text)
    return known is not None and any(g.levels[u] == TOWN for u, _ in g.entries[known])


def _is_town(g: Gazetteer, text: str, homes: list[int]) -> bool:
    core = TOWN_KIND.sub("", text)
    return any(core in g.towns.get(h, {}) for h in homes)


def _moved_town(g: Gazetteer, core: str, homes: list[int], *, bare: bool = False) -> int | None:
    """The township of this name in a district that was cut out of (or inherited part of) the district named."""
    if len(homes) != 1:
        return None
    home = homes[0]
    parent = g.parents[home]
    for d in g.children.get(parent, ()):
        if d != home and g.since.get(d, 0) >= YOUNG and g.names[d][:-1] == core:
            # the township itself became a county-level unit: 龙港镇 → 龙港市; 临平街道 is one of 临平区's still, 临平 the whole of it
            return d if bare else g.towns.get(d, _NO_TOWNS).get(core, d)
    if parent < 0:
        return None
    rivals = [t for t in g.towns_of(parent).get(core, ()) if g.parents[t] not in (home, parent)]
    return rivals[0] if len(rivals) == 1 else None


def _take_moved(g: Gazetteer, at: int, text: str, town: int, homes: list[int], out: Regions) -> int:
    new_home = g.parents[town] if g.levels[town] == TOWN else town
    donors, _ = g.carved.get(new_home, (frozenset(homes), 0))
    explained = g.cut_out(new_home) and any(h in donors for h in homes)
    if not explained and not any(f & OLD for f in out.units.values()):
        return _take_text(at, text, out)  # no division explains it: what is written stays
    written = next((p.name for p in out.pieces if p.level == DISTRICT), g.names[homes[0]])
    out.moved = (written, new_home)
    out.units = {town: 0}
    out.pieces.append(Piece(at, at + len(text), TOWN, 0, text))
    return at + len(text)
