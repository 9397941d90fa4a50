"""The address bench's own arithmetic: kinds of zones and of mistakes, readings with the scorer's names."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.address_tagger.zones import is_premises, revised
from scripts.benches import address_peers, address_scores
from scripts.benches.address_errors import kind_of, worst
from scripts.benches.address_scores import as_scored, with_old_names


@pytest.mark.parametrize("name", ["袍江工业区", "工业园区", "民营科技园", "白酒产业园区", "沙良物流园区", "湖熟工业集中区"])
def test_where_firms_sit_is_a_place(name: str) -> None:
    assert is_premises(name)


@pytest.mark.parametrize("name", ["经济技术开发区", "高新区", "高新园区", "苏州工业园区", "福田保税区", "郑东新区"])
def test_what_is_run_like_a_division_is_a_zone(name: str) -> None:
    assert not is_premises(name)


def test_what_stands_in_a_place_is_its_part() -> None:
    parts = [("白酒产业园区", "devzone"), ("爱仁堂广场", "poi"), ("新科路", "road"), ("某厂", "poi")]
    assert [label for _, label in revised(parts)] == ["poi", "subpoi", "road", "poi"]
    assert revised([("苏州市", "city"), ("工业园区", "devzone")])[1][1] == "devzone"


def test_mistakes_are_counted_by_kind() -> None:
    assert kind_of((0, 4, "poi"), [(0, 6, "poi")]) == ("地点", "读进更长的地点")
    assert kind_of((0, 4, "poi"), [(0, 4, "community")]) == ("地点", "读作村社区")
    assert kind_of((0, 4, "poi"), [(0, 2, "poi"), (2, 4, "subpoi")]) == ("地点", "分成地点、次级地点")
    kinds = worst(["阳光小区1号", "金色家园2号"], [[(0, 4, "poi")], [(0, 4, "poi")]], [[(0, 4, "community")], [(0, 4, "community")]])
    assert kinds == [("地点→读作村社区", 2, "［阳光小区］1号")]


def test_our_names_and_a_peers_are_scored_alike() -> None:
    assert as_scored({"township": "三墩镇", "road_no": "1号"})["town"] == "三墩镇"
    assert as_scored({"town": "三墩镇", "roadno": "1号"})["roadno"] == "1号"


def test_an_explained_successor_is_given_as_it_was_written() -> None:
    read = {"raw": "江干区1号", "district": "上城区", "corrections": [{"field": "district", "from": "江干区", "to": "上城区", "why": ""}]}
    assert with_old_names([read])[0]["district"] == "江干区"


def test_a_peer_that_is_left_out_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    assert "Java" in address_peers.why_left_out("geocodingchn", install=True)
    assert "--quick" in address_peers.why_left_out("jionlp", install=False)
    assert "jionlp==" in address_peers.why_left_out("jionlp", install=True)


def test_a_reader_in_its_own_process_hands_back_rate_size_and_readings() -> None:
    got = address_peers.run_reader("handa areas", ["浙江省杭州市西湖区文三路90号"] * 3, ["杭州市西湖区"], ["鼓楼区中山路1号"])
    assert [one["district"] for one in got.read["speed"]] == ["西湖区"] * 3
    assert got.read["labelled"][0]["province"] == "浙江省"
    assert not got.read["hard"][0]["province"]
    assert got.per_cpu_second > 0
    assert got.peak_bytes > got.disk_bytes > 0
    assert (got.crashed, got.crashed_labelled) == (0, 0)


def test_a_reader_that_fails_says_its_last_words() -> None:
    with pytest.raises(RuntimeError, match="no such reader"):
        address_peers.run_reader("no such reader", [])


def test_scores_are_of_the_file_that_is_named(tmp_path: Path) -> None:
    if address_scores.scorer() is None:
        pytest.skip("the shared scorer is not beside this checkout")
    parts = {  # the scorer wants every field somewhere
        "prov": "浙江省", "city": "杭州市", "district": "西湖区", "town": "三墩镇", "community": "双桥村", "road": "文三路", "roadno": "90号",
        "poi": "阳光小区", "houseno": "3栋", "cellno": "2单元", "floorno": "5楼", "roomno": "501室",
    }  # fmt: skip
    gold = tmp_path / "gold.txt"
    tags = [(sign, ("B-" if at == 0 else "I-") + label) for label, text in parts.items() for at, sign in enumerate(text)]
    gold.write_text("".join(f"{sign} {tag}\n" for sign, tag in tags) + "\n", "utf-8")
    right = dict(zip(address_scores._SCORED, parts.values(), strict=True))
    assert address_scores.labelled_texts(gold) == ["".join(parts.values())]
    assert address_scores.score([right], [], gold).micro12 == 1
    wrong = address_scores.score([right | {"room": "90号"}], [], gold)
    assert (wrong.all_right, wrong.by_field["room"], wrong.by_field["road"]) == (0, 0, 1)
    assert address_scores.labelled_texts(tmp_path / "none.txt") == []
