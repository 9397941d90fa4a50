"""Composed persons: names by frequency, ID numbers valid under GB 11643, mobiles of one unassigned block.

No person here exists. Surname weights follow the Ministry of Public Security's yearly name reports (order and rough
share of the hundred commonest); given-name characters and the rest are picked for variety. Mobiles begin with 199000,
which this project keeps for composed persons.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

SURNAMES = (
    "王7 李7 张7 刘5 陈5 杨3 黄2 赵2 吴2 周2 徐2 孙2 马2 朱1 胡1 郭1 何1 林1 罗1 高1 郑1 梁1 谢1 宋1 唐1 许1 韩1 冯1 邓1 曹1 "
    "彭1 曾1 肖1 田1 董1 袁1 潘1 于1 蒋1 蔡1 余1 杜1 叶1 程1 苏1 魏1 吕1 丁1 任1 沈1 姚1 卢1 姜1 崔1 钟1 谭1 陆1 汪1 范1 金1 "
    "石1 廖1 贾1 夏1 韦1 付1 方1 白1 邹1 孟1 熊1 秦1 邱1 江1 尹1 薛1 闫1 段1 雷1 侯1 龙1 史1 陶1 黎1 贺1 顾1 毛1 郝1 龚1 邵1 "
    "万1 钱1 严1 覃1 武1 戴1 莫1 孔1 向1 汤1"
)
COMPOUND_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "尉迟", "皇甫", "夏侯", "司徒", "慕容", "令狐")
GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华建国文辉玲志鹏飞红梅鑫波宇浩凯琳雪婷倩慧颖佳怡欣雨晨轩博泽瑞思涵子"
    "晓东海峰云龙成康健春秋生根福祥荣富贵玉珍莹璐瑶薇诚毅恒翔俊豪琪新立永德厚仁义礼远航启承乐安宁松柏柳青山川江河"
)
RARE_GIVEN = ("喆", "堃", "犇", "昇", "淼", "翀", "赟", "旻", "玥", "珺", "骉", "燚", "垚", "頔", "䶮", "㛃", "𬭎", "𬀩")
"""Characters that people do carry and many fonts don't; the last ones lie outside the Basic Multilingual Plane."""
DOT_FIRST = ("买买提", "阿卜杜拉", "古丽娜尔", "巴合提", "艾力", "热依汗", "扎西", "迪丽努尔", "阿依古丽", "吾买尔")
DOT_LAST = ("吐尔逊", "加克斯", "买买提明", "阿不都热合曼", "尼亚孜", "库尔班", "达吾提", "顿珠", "艾山", "赛买提")
RELATIONS = ("配偶", "父亲", "母亲", "兄弟", "姐妹", "子女", "朋友", "同事", "其他")
RELATION_WEIGHTS = (22, 14, 16, 12, 11, 3, 11, 9, 2)

_SURNAME_LIST = [word[0] for word in SURNAMES.split() for _ in range(int(word[1:]))]
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class ComposedContact:
    """A secondary contact as a lender lists him."""

    name: str
    relation: str
    mobile: str
    address: str
    source: str
    opted_out: bool = False


def common_name(rng: random.Random) -> str:
    """A name of two or three characters, now and then with a compound surname."""
    surname = rng.choice(COMPOUND_SURNAMES) if rng.random() < 0.006 else rng.choice(_SURNAME_LIST)
    given = rng.choice(GIVEN)
    if rng.random() < 0.78:
        given += rng.choice(GIVEN)
    return surname + given


def rare_name(rng: random.Random) -> str:
    """A name with a character that ordinary fonts lack."""
    return rng.choice(_SURNAME_LIST) + rng.choice(GIVEN) + rng.choice(RARE_GIVEN)


def dotted_name(rng: random.Random) -> str:
    """A name of a form used by Uyghur, Kazakh or Tibetan citizens, with the middle dot U+00B7."""
    return f"{rng.choice(DOT_FIRST)}·{rng.choice(DOT_LAST)}"


def check_digit(seventeen: str) -> str:
    """The last character of an 18-character ID number, by GB 11643-1999 (ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def id_number(rng: random.Random, adcode: str, born: date) -> str:
    """A valid number for someone registered in ``adcode`` and born on ``born``."""
    seventeen = f"{adcode}{born:%Y%m%d}{rng.randrange(1, 999):03d}"
    return seventeen + check_digit(seventeen)


def born_between(rng: random.Random, on: date, youngest: int, oldest: int) -> date:
    """A birthday of someone aged ``youngest`` to ``oldest`` full years on the day ``on``."""
    return on - timedelta(days=rng.randrange(youngest * 366, oldest * 365))


def mobile_of(index: int) -> str:
    """The mobile of the composed person ``index``: 100,000 different ones, in no visible order."""
    return f"199000{(index * 76_963 + 12_345) % 100_000:05d}"
