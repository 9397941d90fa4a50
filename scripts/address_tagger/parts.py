"""The parts of an address as people write them: areas, roads and their numbers, doors, names of places and occupants.

Every habit is a small function; chances are the writer's guess of what occurs in orders and company registers, not
counted on anybody's labels. In which order parts stand: grammar.py.
"""

from __future__ import annotations

import random

from locate.address.gazetteer import TOWN_KIND
from scripts.address_tagger import words as w
from scripts.address_tagger.sources import District, Names

Part = tuple[str, str]
CAPITALS = ("北京市", "上海市", "天津市", "重庆市")
NUMERALS = "一二三四五六七八九十"


def chinese(n: int) -> str:
    """18 → 十八 (up to 99)."""
    if n <= 10:
        return NUMERALS[n - 1]
    tens, ones = divmod(n, 10)
    return ("" if tens == 1 else NUMERALS[tens - 1]) + "十" + (NUMERALS[ones - 1] if ones else "")


class Parts:
    """Draws parts from ``names`` with its own random numbers; deterministic for a seed."""

    def __init__(self, names: Names, seed: int) -> None:
        self.names = names
        self.rng = random.Random(seed)
        coast = ("33", "44", "32", "31", "35", "37", "11")
        self.weights = [3.0 if d.code[:2] in coast else 1.0 for d in names.districts]

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, options: list[str] | tuple[str, ...] | str) -> str:
        return self.rng.choice(options)

    def upto(self, most: int) -> int:
        """A number, small ones more often."""
        return 1 + int(self.rng.random() ** 2 * most)

    # -- areas ---------------------------------------------------------------------------------------------------
    def areas(self, d: District) -> list[Part]:
        r = self.rng.random()
        province, city, name = d.province, d.city, d.name
        out: list[Part] = []
        short = self.chance(0.2)
        if province in CAPITALS:
            if r < 0.85:
                out.append((province if not short else province[:-1], "city"))
                if self.chance(0.08):
                    out = [(province[:-1], "prov"), (province, "city")]
        else:
            if r < 0.45:
                out.append((province if not short else province.removesuffix("省"), "prov"))
            if r < 0.75 and city:
                out.append((city if not (short and len(city) > 2) else city.removesuffix("市"), "city"))
        if r < 0.93:
            bare = name[-1] in "市县区" and len(name) > 2 and self.chance(0.12 if out else 0.05)
            out.append((name[:-1] if bare else name, "district"))
        return out

    def town(self, d: District) -> list[Part]:
        name = self.pick(d.towns)
        if self.chance(0.2):
            core = TOWN_KIND.sub("", name)
            if len(core) >= 2:
                return [(core, "town")]
        out = [(name, "town")]
        return out

    def village(self, d: District, *, bare: float = 0.2) -> list[Part]:
        core, full = self.rng.choice(d.villages)
        r = self.rng.random()
        if r < bare:
            text = core
        elif "村" in full and "社区" not in full:
            text = core + self.rng.choices(["村", "村委会", "村民委员会", "行政村"], [90, 6, 2, 2])[0]
        else:
            text = core + self.rng.choices(["社区", "村", "社区居委会", "居委会"], [75, 15, 5, 5])[0]
        return [(text, "community")]

    def upper(self, d: District, town: float, village: float, zone: float = 0.04) -> list[Part]:
        out: list[Part] = []
        if self.chance(town):
            out += self.town(d)
        if self.chance(zone):
            out.append((self.zone(d), "devzone"))
        if self.chance(village):
            out += self.village(d)
        return out

    def zone(self, d: District) -> str:
        head = self.rng.choice([d.name[:-1] if len(d.name) > 2 else d.name, self.rng.choice(d.villages)[0], "", self.pick(w.ROAD_HEADS)])
        kinds = [kind for kind in w.ZONE_KINDS if kind not in ("工业区", "工业功能区")]
        return head + self.pick(kinds if head else ["经济开发区", "经济技术开发区", "高新区", "工业园区"])

    # -- roads ---------------------------------------------------------------------------------------------------
    def road_name(self, d: District) -> str:
        r = self.rng.random()
        if r < 0.35:
            head = self.pick(w.ROAD_HEADS)
        elif r < 0.7:
            head = self.rng.choice(d.villages)[0][:3]
        elif r < 0.95:
            head = self.pick(w.ROAD_SIGNS) + self.pick(w.ROAD_SIGNS)
        else:
            kind = self.pick(["路", "街", "大道", "号路", "国道", "省道"])
            if kind in ("国道", "省道"):
                return self.pick(["", "G", "S"]) + str(self.rng.randint(101, 330)) + kind
            return self.pick(["", "经", "纬", "滨海", "第"]) + (str(self.upto(30)) if self.chance(0.6) else chinese(self.upto(20))) + kind
        return head + self.pick(w.ROAD_KINDS)

    def number(self, most: int = 2000) -> str:
        return str(self.upto(most))

    def road_number(self) -> list[Part]:
        n = self.number()
        r = self.rng.random()
        if r < 0.66:
            return [(n + "号", "roadno")]
        if r < 0.72:
            return [(n, "roadno")]
        if r < 0.78:
            return [(f"{n}-{self.upto(30)}号", "roadno")]
        if r < 0.8:
            return [(f"{n}-{self.upto(30)}", "roadno")]
        if r < 0.85:
            return [(n + "弄", "roadno"), *([(f"{self.upto(150)}号", "houseno")] if self.chance(0.8) else [])]
        if r < 0.88:
            return [(n + "号院", "roadno")]
        if r < 0.91:
            return [(f"{n}号{self.pick(['附', '之', '-'])}{self.upto(20)}" + ("号" if self.chance(0.5) else ""), "roadno")]
        if r < 0.93:
            return [(self.pick("甲乙附新临") + n + "号", "roadno")]
        if r < 0.96:
            return [(f"{n}{self.pick('、-~—')}{int(n) + self.upto(20)}号", "roadno")]
        if r < 0.98:
            return [(self.pick("ABCD") + n + "号", "roadno")]
        return [(chinese(self.upto(99)) + "号", "roadno")]

    def road(self, d: District, numbered: float = 0.85) -> list[Part]:
        name = self.road_name(d)
        out: list[Part] = [(name, "road")]
        if self.chance(0.04):
            out.append((self.pick("东西南北中") + "段", "subroad"))
        if self.chance(0.05):
            out.append((self.road_name(d), "subroad"))
            return [*out, (self.number() + "号", "subroadno")] if self.chance(0.8) else out
        if self.chance(0.05):
            out.append((f"{self.upto(60)}{self.pick(['巷', '弄', '支路'])}", "subroad"))
            return [*out, (f"{self.upto(200)}号", "subroadno")]
        if self.chance(numbered):
            out += self.road_number()
            if self.chance(0.02):
                out.append((self.pick(["(原" + self.road_name(d) + ")"]), "redundant"))
        return out

    # -- inside --------------------------------------------------------------------------------------------------
    def building(self) -> Part:
        n = self.upto(300)
        r = self.rng.random()
        if r < 0.6:
            return f"{n}{self.pick(['幢', '栋', '号楼', '号楼', '幢', '栋', '座', '排'])}", "houseno"
        if r < 0.75:
            return f"{self.pick('ABCDEF')}{self.pick(['座', '座', '栋', '幢', ''])}", "houseno"
        if r < 0.82:
            return chinese(self.upto(30)) + self.pick(["幢", "栋", "号楼"]), "houseno"
        if r < 0.9:
            return f"{self.pick('ABCDEFT')}{self.upto(20)}{self.pick(['幢', '栋', '座', '楼', ''])}", "houseno"
        if r < 0.94:
            return self.pick("东西南北中") + self.pick(["楼", "座", "塔"]), "houseno"
        return f"{n}号", "houseno"

    def room_text(self) -> str:
        floor = self.upto(30)
        text = f"{floor}{self.rng.randint(1, 20):02d}" if self.chance(0.85) else str(self.upto(30000))
        if self.chance(0.04):
            text = self.pick("ABCD") + text
        if self.chance(0.03):
            text += self.pick("ABCD")
        if self.chance(0.04):
            text += f"-{int(''.join(c for c in text if c.isdigit())) + self.upto(9)}"
        return text

    def room(self, bare: float = 0.5) -> Part:
        text = self.room_text()
        return (text if self.chance(bare) else text + self.pick(["室", "室", "室", "号", "房", "号房", "户"])), "roomno"

    def unit(self) -> Part:
        n = self.upto(20)
        return self.pick([f"{n}单元", f"{n}单元", f"{chinese(n)}单元", f"{self.pick('东西甲乙')}单元", f"{n}门"]), "cellno"

    def floor(self) -> Part:
        n = self.upto(30) if self.chance(0.8) else self.upto(250)
        return self.pick(
            [f"{n}楼", f"{n}楼", f"{n}层", f"{chinese(min(n, 99))}楼", f"{chinese(min(n, 99))}层", f"{n}F", f"{n}f", "底层", "负一楼", "地下一层", "顶楼", f"{n}-{n + 1}楼"]
        ), "floorno"

    def dashed(self) -> list[Part]:
        """8-2-1203, 3-1502, 3幢-2-301."""
        sign = self.rng.choices(["-", "/", "—", "－", "~", "#"], [90, 3, 2, 2, 1, 2])[0]
        house = str(self.upto(300)) if self.chance(0.85) else self.pick("ABCD") + (str(self.upto(9)) if self.chance(0.5) else "")
        if self.chance(0.15):
            house += self.pick(["幢", "栋", "号楼", "号"])
        out: list[Part] = [(house, "houseno"), (sign, "redundant")]
        if self.chance(0.08):
            return [*out, (str(self.upto(20)) + ("号" if self.chance(0.5) else ""), "cellno")]
        if self.chance(0.6):
            cell = str(self.upto(20)) + ("单元" if self.chance(0.1) else "")
            out += [(cell, "cellno"), (sign, "redundant")]
        return [*out, self.room(0.75)]

    def door(self) -> list[Part]:
        """What follows an estate."""
        r = self.rng.random()
        if r < 0.25:
            return self.dashed()
        out = [self.building()]
        if r < 0.33:
            return [*out, self.room()] if self.chance(0.6) else out
        if r < 0.4:  # 179栋10号, 14排11号
            out.append((f"{self.upto(40)}号", "cellno"))
            return [*out, self.room(0.8)] if self.chance(0.3) else out
        if self.chance(0.6):
            out.append(self.unit())
            if self.chance(0.12):
                out.append(("-", "redundant"))
            if self.chance(0.85):
                out.append(self.room(0.6))
            return out
        if self.chance(0.25):
            out.append(self.floor())
        if self.chance(0.75):
            if self.chance(0.1):
                out.append(("-", "redundant"))
            out.append(self.room(0.6))
        return out

    def office(self) -> list[Part]:
        """What follows a tower."""
        out: list[Part] = []
        if self.chance(0.4):
            out.append(self.building())
        r = self.rng.random()
        if r < 0.45:
            out.append(self.floor())
            if self.chance(0.35):
                out.append(self.room(0.5))
        elif r < 0.9:
            out.append(self.room(0.5))
        if self.chance(0.3):
            out.append((self.occupant(), "person"))
        return out

    # -- names ---------------------------------------------------------------------------------------------------
    def brand(self) -> str:
        if self.chance(0.04):
            return self.pick(w.LATIN_NAMES)
        return "".join(self.pick(w.BRAND_SIGNS) for _ in range(self.rng.choices([2, 3, 4], [70, 22, 8])[0]))

    def company(self, d: District | None = None) -> str:
        head = ""
        if d is not None and self.chance(0.3):
            head = (d.city or d.province).removesuffix("市").removesuffix("省") if self.chance(0.6) else d.name[:-1]
        tail = self.pick(w.COMPANY_TAILS) if self.chance(0.75) else ""
        return head + self.brand() + self.pick(w.TRADES) + tail

    def shop(self) -> str:
        return (self.brand() if self.chance(0.7) else "") + self.pick(w.SHOP_NAMES)

    def occupant(self) -> str:
        r = self.rng.random()
        if r < 0.45:
            return self.company()
        if r < 0.9:
            return self.shop()
        return self.brand()

    def estate_name(self, d: District) -> str:
        r = self.rng.random()
        if r < 0.8:
            return self.pick(self.names.estates)
        if r < 0.87:  # 绿岛三区, 下湾新村
            core = self.rng.choice(d.villages)[0]
            return core[:3] + self.pick([f"{chinese(self.upto(6))}区", f"{self.pick('东西南北')}区", "新村", "新村", "小区"])
        head = self.rng.choice(d.villages)[0] if r < 0.94 else self.brand()
        return head + self.pick(w.ESTATE_KINDS)

    def estate_part(self) -> Part:
        return self.pick(
            [f"{chinese(self.upto(6))}区", f"{self.pick('东西南北')}区", f"{self.pick('ABCDE')}区", f"{chinese(self.upto(4))}期", f"{self.upto(4)}期",
             f"{chinese(self.upto(8))}组团", f"{self.upto(12)}组团", f"{self.pick('东西南北')}苑", f"{self.pick(w.ROAD_SIGNS)}{self.pick(w.ROAD_SIGNS)}{self.pick(['苑', '园', '轩', '阁', '庭', '居'])}", f"{self.upto(5)}区"]
        ), "subpoi"  # fmt: skip
