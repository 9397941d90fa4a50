"""Compose labelled addresses: parts in the order that people write them, each with the guideline's label.

Every habit is a small function; chances are the writer's guess of what occurs in orders and company registers, not
counted on anybody's labels. Deterministic for a seed.
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


class Grammar:
    """Composes from ``names`` with its own random numbers."""

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
    def address(self) -> list[Part]:
        """One address."""
        [home] = self.rng.choices(self.names.districts, self.weights)
        parts = self.areas(home)
        if self.chance(0.06):
            parts += [*([(self.pick("_- "), "redundant")] if self.chance(0.3) else []), *self.areas(home)]
        kind = self.rng.choices(
            [self.street, self.rural, self.estate, self.works, self.market, self.site, self.crossing], [32, 16, 20, 10, 9, 7, 6]
        )[0]
        parts += kind(home)
        if self.chance(0.07):
            parts.append((self.pick(w.REMARKS), "redundant"))
        return parts

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
             f"{self.pick('东西南北')}苑", f"{self.pick(w.ROAD_SIGNS)}{self.pick(w.ROAD_SIGNS)}{self.pick(['苑', '园', '轩', '阁', '庭', '居'])}", f"{self.upto(5)}区"]
        ), "subpoi"  # fmt: skip

    # -- kinds of addresses --------------------------------------------------------------------------------------
    def street(self, d: District) -> list[Part]:
        out = self.upper(d, 0.5, 0.15) + self.road(d)
        r = self.rng.random()
        if r < 0.2:
            return out
        if r < 0.4:
            out.append((self.pick([self.company(d), self.company(d), self.shop(), self.shop(), self.brand()]), "poi"))
            return out + self.tail_of_site()
        if r < 0.6:
            out.append((self.estate_name(d), "poi"))
            return out + ([self.estate_part()] if self.chance(0.12) else []) + self.door()
        if r < 0.8:
            name = self.brand() if self.chance(0.7) else self.rng.choice(d.villages)[0]
            out.append((name + self.pick(w.TOWER_KINDS), "poi"))
            return out + self.office()
        if r < 0.86:
            return out + self.door()
        if r < 0.9:  # 长乐路长乐村2期392号, 新塘路新芬莉集团5号楼9楼
            out.append((self.rng.choice(d.villages)[0] + self.pick(["新村", "社区", "村", "小区", "新区"]), "poi"))
            return out + self.door()
        if r < 0.94:
            return [*out, *([self.floor()] if self.chance(0.6) else [self.room(0.3)]), *([(self.occupant(), "person")] if self.chance(0.5) else [])]
        out.append((self.pick(w.BESIDE), "assist"))
        if self.chance(0.4):
            out.append((self.pick([self.shop(), self.company(), self.brand() + self.pick(w.TOWER_KINDS)]), "poi"))
        return out

    def tail_of_site(self) -> list[Part]:
        r = self.rng.random()
        if r < 0.6:
            return []
        if r < 0.68:
            return [(self.pick(w.BESIDE), "assist")]
        if r < 0.76:  # 邮政局对过六楼, 新典路158号旁边加油站
            return [(self.pick(w.BESIDE), "assist"), self.floor() if self.chance(0.3) else (self.shop() if self.chance(0.6) else self.company(), "subpoi")]
        if r < 0.86:
            return [self.building(), *([self.floor()] if self.chance(0.5) else [])]
        if r < 0.94:
            return [self.floor()]
        return [(self.pick(["门卫", "东门", "北门", "南门", "食堂", "仓库", "3号门", "宿舍", "办公室", "车间", "传达室"]), "subpoi")]

    def rural(self, d: District) -> list[Part]:
        out = self.upper(d, 0.85, 0.0) + self.village(d, bare=0.15)
        if self.chance(0.12):
            hamlet = self.rng.choice(d.villages)[0] + self.pick(["自然村", "屯", "", "湾", "坞", "岙", "头", "家", "湾", "桥"])
            out.append((hamlet, "community" if hamlet.endswith("村") else "poi"))
        r = self.rng.random()
        n = self.number(400)
        group = self.pick([str(self.upto(20)), chinese(self.upto(20)), "第" + chinese(self.upto(9))])
        if r < 0.22:
            return [*out, (n + "号", "roadno")]
        if r < 0.36:
            kind = self.pick(["组", "组", "村民小组", "队", "社", "小组"])
            if self.chance(0.5):
                return [*out, (group + kind, "road"), (n + "号", "roadno")]
            return [*out, (group + kind, "road")]
        if r < 0.48:
            return [*out, *self.road(d)]
        if r < 0.56:
            out.append((self.pick([f"{chinese(self.upto(6))}区", f"{self.pick('东西南北')}区", self.pick("ABCD") + "区"]), "poi"))
            return [*out, (self.number(90) + self.pick(["幢", "栋", "排", "号"]), "houseno"), *([(self.number(20) + "号", "roomno")] if self.chance(0.5) else [])]
        if r < 0.66:
            return [*out, (self.company(d) if self.chance(0.6) else self.shop(), "poi"), *self.tail_of_site()]
        if r < 0.72:
            return [*out, (n, "roadno")]
        if r < 0.78:
            return [*out, (f"{n}-{self.upto(20)}号", "roadno")]
        if r < 0.88:
            return [*out, *self.door()]
        return out

    def estate(self, d: District) -> list[Part]:
        out = self.upper(d, 0.4, 0.1)
        out.append((self.estate_name(d), "poi"))
        if self.chance(0.2):
            out.append(self.estate_part())
        elif self.chance(0.15):
            out.append((self.estate_name(d) if self.chance(0.5) else self.shop(), "subpoi"))
        if self.chance(0.06):
            return [*out, (self.pick(["东门", "西门", "南门", "北门", "正大门", "后门", "3号门", "门卫", "物业", "菜鸟驿站"]), "subpoi")]
        if self.chance(0.06):
            return [*out, (self.pick(w.BESIDE), "assist")]
        if self.chance(0.9):
            out += self.door()
        if self.chance(0.08):
            out.append((self.occupant(), "person"))
        return out

    def works(self, d: District) -> list[Part]:
        out = self.upper(d, 0.5, 0.1, zone=0.3)
        if self.chance(0.5):
            out.append((self.pick([self.rng.choice(d.villages)[0], self.rng.choice(d.villages)[0], self.brand(), "", self.pick(w.ROAD_SIGNS) + self.pick(w.ROAD_SIGNS)]) + self.pick(w.PARK_KINDS + ["工业区", "工业区", "工业区", "工业小区", "工业园区"]), "poi"))
            if self.chance(0.5):
                out += self.road(d)
        else:
            out += self.road(d)
        r = self.rng.random()
        if r < 0.45:
            out.append((self.company(d), "poi" if not any(label == "poi" for _, label in out) else "subpoi"))
            return out + self.tail_of_site()
        if r < 0.8:
            out.append(self.building())
            return out + ([self.floor()] if self.chance(0.6) else []) + ([(self.occupant(), "person")] if self.chance(0.4) else [])
        return out

    def market(self, d: District) -> list[Part]:
        out = self.upper(d, 0.3, 0.08)
        if self.chance(0.3):
            out += self.road(d)
        head = self.rng.choice(d.villages)[0] if self.chance(0.5) else self.pick([d.name[:-1] if len(d.name) > 2 else d.name, self.brand(), (d.city or d.province).removesuffix("市")])
        out.append((head + self.pick(w.MARKET_KINDS), "poi"))
        if self.chance(0.35):
            out.append((self.pick([f"{chinese(self.upto(6))}区", f"{self.pick('ABCDEF')}区", f"{self.pick('东西南北')}区", f"{self.upto(90)}号门", "精品区", "中厅"]), "subpoi"))
        if self.chance(0.35):
            out.append(self.floor())
        if self.chance(0.12):
            out.append((f"{self.upto(30)}{self.pick(['街', '排', '号街', '栋'])}", "cellno"))
        r = self.rng.random()
        if r < 0.4:
            out.append((self.room_text() + (self.pick(w.STALLS) if self.chance(0.5) else ""), "roomno"))
        elif r < 0.6:
            row = self.pick("ABCDE") + self.pick(["", str(self.upto(20))])
            if self.chance(0.6):
                out += [(row, "houseno"), ("-", "redundant"), (f"{self.upto(900)}" + ("号" if self.chance(0.3) else ""), "roomno")]
            else:
                out.append((f"{row[0]}{self.upto(900)}" + ("号" if self.chance(0.3) else ""), "roomno"))
        elif r < 0.75:
            out += self.dashed()
        elif r < 0.9:
            out.append((f"{self.upto(900)}号", "roomno"))
        if self.chance(0.2):
            out.append((self.occupant(), "person"))
        return out

    def site(self, d: District) -> list[Part]:
        out = self.upper(d, 0.6, 0.2)
        if self.chance(0.25):
            out += self.road(d, 0.5)
        town = TOWN_KIND.sub("", next((t for t, label in out if label == "town"), d.name[:-1] or d.name))
        head = self.pick([town or d.name, d.name, self.rng.choice(d.villages)[0], self.brand()])
        kind = self.pick(w.SITE_KINDS)
        out.append((head + kind, "poi"))
        if self.chance(0.1):  # 金华市浙江师范大学文学院, 火车站南广场, 体育中心沃尔玛超市七楼
            out.append((self.pick([self.brand() + "校区", self.pick(w.ROAD_SIGNS) + "学院", "附属第一医院", self.shop(), "住院部", "行政楼", "家属院", "教师公寓", "宿舍"]), "subpoi"))
        return out + self.tail_of_site()

    def crossing(self, d: District) -> list[Part]:
        out = self.upper(d, 0.5, 0.1)
        out.append((self.road_name(d), "road"))
        joiner = self.pick(["与", "和", "", "、", "-", "与"])
        if joiner:
            out.append((joiner, "redundant" if joiner in "、-" else "assist"))
        out.append((self.road_name(d), "subroad"))
        out.append((self.pick(w.CROSSINGS), "assist"))
        r = self.rng.random()
        if r < 0.4:
            out.append((self.pick([self.company(d), self.shop(), self.estate_name(d), self.brand() + self.pick(w.TOWER_KINDS)]), "poi"))
            if self.chance(0.3):
                out += self.office()
        return out


