"""Answers from the post through the command line: quarantine, codes, replay, contradictions, profiles, scans."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.console.conftest import Worked


@pytest.fixture
def items(own_day: Worked) -> list[str]:
    return [row["item_no"] for row in own_day.handa("batch", "show", own_day.batch_no, "--json").document["letters"]]


def push(path: Path, *rows: tuple[str, str, str, str, str]) -> Path:
    """Rows of (item, time, action, properdelivery, description) of the day after hand-over."""
    names = ("mailnum", "proctime", "action", "properdelivery", "description")
    events = [{**dict(zip(names, row, strict=True)), "procdate": "20261121", "effect": "1"} for row in rows]
    path.write_text(json.dumps({"listexpressmail": events}), encoding="utf-8")
    return path


def test_a_code_is_mapped_replayed_and_remapped_and_a_contradiction_is_decided(own_day: Worked, items: list[str], tmp_path: Path) -> None:
    handa, (one, two) = own_day.handa, items[:2]
    rows = [(one, "010000", "00", "", ""), (one, "050000", "10", "10", ""), (one, "090000", "95", "", "签收人王五"), (two, "010000", "00", "", "")]
    said = handa("post", "import", push(tmp_path / "a.json", *rows), "--json")
    assert said.code == 1 and said.document["files"][0]["counts"]["quarantined"] == 1
    listed = handa("post", "quarantine", "--show", "--json").document
    assert listed["groups"][0]["code"] == "UNKNOWN_CODE" and "王五" not in json.dumps(listed, ensure_ascii=False)
    wrong = handa("post", "map-code", "95", "returned", "--kind", "action", "--by", "张三", "--why", "手册")
    assert wrong.code == 2 and "RTS_DONE" in wrong.err
    mapped = handa("post", "map-code", "95", "RTS_DONE", "--kind", "action", "--by", "张三", "--why", "手册", "--json")
    assert mapped.code == 0 and mapped.document["waiting"] == 1
    assert handa("post", "replay", "--json").document["taken"] == 1
    waiting = handa("post", "anomalies", "--json")
    assert waiting.code == 1 and [row["item_no"] for row in waiting.document["anomalies"]] == [one]
    assert "待人认定" in handa("letter", "show", one).out
    again = handa("post", "map-code", "95", "in_transit", "--kind", "action", "--by", "张三", "--why", "更正")
    assert again.code == 3 and "--yes" in again.err
    proof = tmp_path / "答复.pdf"
    proof.write_bytes(b"%PDF-1.7 answer")
    how = ("--by", "张三", "--why", "退件已收回")
    assert handa("post", "decide", one, "--as", "returned", *how).code == 2
    decided = handa("post", "decide", one, "--as", "returned", *how, "--evidence", proof, "--json")
    assert decided.code == 0 and decided.document["state"] == "returned"
    assert handa("post", "anomalies", "--json").document["anomalies"] == []
    assert handa("post", "decide", two, "--as", "open", *how).code == 3
    made = handa("post", "codes", "--kind", "action", "--json").document
    assert [row["code"] for row in made["mapped"]] == ["95"] and "in_transit" in made["meanings"]["action"]


def test_a_partners_columns_and_returned_envelopes(own_day: Worked, items: list[str], tmp_path: Path) -> None:
    handa, item = own_day.handa, items[2]
    own = tmp_path / "own.csv"
    own.write_text(f"运单编号,日期,时刻,环节,备用\n{item},20261121,010000,00,x\n", encoding="gb18030")
    assert handa("post", "import", own).code == 2
    pairs = [word for pair in ("运单编号=mailnum", "日期=procdate", "时刻=proctime", "环节=action") for word in ("--map", pair)]
    assert handa("partner", "profile", "save", "POST", "某省", *pairs).code == 0
    assert handa("partner", "profile", "save", "POST", "某省", "--map", "运单编号=number").code == 2
    told = handa("post", "import", own, "--profile", "某省")
    assert told.code == 0 and "运单编号→mailnum" in told.out and "备用" in told.out
    assert handa("partner", "profile", "use", "POST", "某省").code == 0
    assert handa("partner", "profile", "show", "POST", "--json").document["profiles"][0]["in_use"] is True
    assert handa("partner", "profile", "use", "POST").code == 0
    folder = tmp_path / "退件"
    folder.mkdir()
    Image.new("L", (20, 20)).save(folder / f"{item}.png")
    (folder / "说明.txt").write_text("x", encoding="utf-8")
    scanned = handa("post", "scans", folder, "--json")
    assert scanned.code == 1 and scanned.document["counts"] == {"kept": 1, "refused": 1}
    assert handa("post", "scans", folder, "--json").document["counts"] == {"already": 1, "refused": 1}
