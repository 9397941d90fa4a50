"""Compose labelled addresses: parts in the order that people write them, each with the guideline's label.

Every kind of address is a small function, its chances guessed as in parts.py. Deterministic for a seed.
"""

from __future__ import annotations

from locate.address.gazetteer import TOWN_KIND
from scripts.address_tagger import words as w
from scripts.address_tagger.parts import Part, Parts, chinese
from scripts.address_tagger.sources import District
from scripts.address_tagger.zones import revised


class Grammar(Parts):
    """Composes whole addresses."""

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
        return revised(parts)

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
            if self.chance(0.12):  # 滨江茶城陈升号专卖店: a firm in the house, and no number says where
                return [*out, (self.occupant(), "subpoi"), *([self.floor()] if self.chance(0.2) else [])]
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
        if self.chance(0.1):
            return [*out, (self.occupant(), "subpoi")]
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
