"""``--maps`` at the command line: off without keys, on record with them, and never a key or an address in what is said."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pandas
import pytest

from tests.console.conftest import Handa
from tests.locate.maps.standins import KEY, SECRET, Spot, StandIn, standing_in

HOME, SENT = "张三 19900000000 武汉市江汉区新华路25号3栋2单元501室", "武汉市江汉区新华路25号3栋"


@pytest.fixture
def services() -> Iterator[Callable[..., StandIn]]:
    """Starts stand-ins that know the place."""
    with ExitStack() as stack:

        def start(service: str, level: str, district: str = "江汉区") -> StandIn:
            running = stack.enter_context(standing_in(service, signed=True))
            east, north = (0.0065, 0.006) if service == "baidu" else (0.0, 0.0)
            running.places[SENT] = Spot(114.2701 + east, 30.6002 + north, "湖北省", "武汉市", district, level)
            return running

        yield start


def with_keys(handa: Handa, *services: StandIn) -> Handa:
    env = {"HANDA_MAPS_PER_SECOND": "1000"}
    for each in services:
        name = f"HANDA_{each.service.upper()}"
        env |= {f"{name}_KEY": KEY, f"{name}_SECRET": SECRET, f"{name}_URL": each.url}
    return handa.with_env(**env)


def test_without_keys_it_says_what_to_set(bare: Handa) -> None:
    said = bare("address", "parse", HOME, "--maps", "--json")
    assert said.code == 2
    assert "HANDA_AMAP_KEY" in said.document["error"]["advice"]
    assert not Path(bare.env["HANDA_HOME"]).exists()


def test_the_opinion_is_in_the_document_and_the_address_as_it_was(handa: Handa, services: Callable[..., StandIn]) -> None:
    three = services("amap", "门牌号"), services("tencent", "9"), services("baidu", "门址")
    plain = handa("address", "parse", HOME, "--json").document
    said = with_keys(handa, *three)("address", "parse", HOME, "--maps", "--json")
    assert said.code == 0
    document = said.document
    opinion = document.pop("second_opinion")
    assert (opinion["verdict"], opinion["agreeing"], opinion["adcode"]) == ("agrees", ["amap", "tencent", "baidu"], "420103")
    assert document.pop("confidence") > plain.pop("confidence")
    assert document == plain
    assert [query["address"] for each in three for query in each.asked] == [SENT] * 3
    shown = with_keys(handa, *three)("address", "parse", HOME, "--maps")
    assert "相符" in shown.out
    assert "此前已问过 1" in shown.err
    for secret in (KEY, SECRET, "新华路", "张三"):
        assert secret not in said.err + shown.err
    chain = handa("audit", "verify", "--json").document
    assert (chain["sound"], chain["entries"]) == (True, 1), "what was asked outside is on the chain, the second run asked nothing"


def test_a_table_gets_two_more_columns_and_faults_are_told(handa: Handa, services: Callable[..., StandIn], tmp_path: Path) -> None:
    one, two = services("amap", "门牌号", "硚口区"), services("tencent", "9", "硚口区")
    three = services("baidu", "门址")
    three.always = {"status": 302, "message": "天配额超限，限制访问"}
    path, out = tmp_path / "地址.csv", tmp_path / "结果.csv"
    path.write_text(f"编号,地址\n1,{HOME}\n2,\n", encoding="utf-8")
    said = with_keys(handa, one, two, three)("address", "parse", path, "--column", "地址", "--maps", "-o", out, "--json")
    assert (said.code, said.document["addresses"]) == (0, 2)
    assert "百度：代码 302，其余没有再问" in said.err
    with out.open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["地图意见"], first["区县"]) == ("不符", "江汉区")
    assert "maps_disagree" in first["提示"]
    assert "硚口区" in first["地图详情"]
    assert second["地图意见"] == "未询问"
    made = tmp_path / "结果.parquet"
    assert with_keys(handa, one, two)("address", "parse", path, "--column", "地址", "--maps", "-o", made).code == 0
    kept = json.loads(pandas.read_parquet(made)["second_opinion"][0])
    assert kept["verdict"] == "disagrees"
    assert len(one.asked) == len(two.asked) == 1, "the second run asks nothing again"


def test_one_service_alone_concludes_nothing(handa: Handa, services: Callable[..., StandIn]) -> None:
    said = with_keys(handa, services("tencent", "9"))("address", "parse", HOME, "--maps", "--json")
    assert said.document["second_opinion"]["verdict"] == "unsettled"
    assert "至少两家" in said.err


def test_settings_show_no_key(handa: Handa, services: Callable[..., StandIn]) -> None:
    said = with_keys(handa, services("baidu", "门址"))("settings", "--json")
    assert said.document["HANDA_BAIDU_KEY"] == {"value": "（已设置）", "origin": "env"}
    assert KEY not in said.out
    assert SECRET not in said.out
