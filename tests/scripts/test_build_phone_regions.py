"""The builder of phone regions: names of the source become today's codes, and a prefix says no more than it knows."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from locate.address.gazetteer import gazetteer

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "build_phone_regions"
NAMES = {"安徽省巢湖市", "安徽省合肥市", "海南省海口市", "北京市", "天津", "天津市"}


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    loader = SourceFileLoader("build_phone_regions", str(SCRIPT))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path), sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        loader.exec_module(module)
    finally:
        sys.path[:], sys.dont_write_bytecode = before
    return module


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("安徽省合肥市", "3401"), ("安徽省巢湖市", "34"), ("山东省莱芜市", "3701"), ("湖北省襄樊市", "4206"), ("新疆哈密地区", "6505"), ("内蒙古兴安盟", "1522"),
        ("湖北省仙桃市", "429004"), ("新疆石河子市", "659001"), ("天津", "12"), ("北京市", "11"), ("海南省海口市", "46"), ("吉林省吉林市", "2202"),
        ("某省某市", ""), ("安徽省没有市", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_name_becomes_a_code_of_today(builder: ModuleType, name: str, code: str) -> None:
    assert builder.Places(NAMES, gazetteer()).code(name) == code


def test_a_city_stands_for_its_province_only_where_it_alone_is_ever_named(builder: ModuleType) -> None:
    assert builder.Places(NAMES | {"海南省三亚市"}, gazetteer()).code("海南省海口市") == "4601"


def test_the_longest_believed_prefix_speaks_and_shorter_ones_do_not(builder: ModuleType) -> None:
    names = {"173": "北京市", "17312": "北京市", "173123": "安徽省合肥市", "1731234": "天津市"}
    assert builder.longest("1731234", names, builder.EXACT) == (7, "天津市")
    assert builder.longest("1731235", names, builder.EXACT) == (6, "安徽省合肥市")
    assert builder.longest("1731299", names, builder.EXACT) == (0, "")
