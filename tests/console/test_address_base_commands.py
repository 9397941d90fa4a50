"""``handa address base``: a library is loaded from a file, found in with reasons, and counted."""

from __future__ import annotations

from pathlib import Path

from tests.console.conftest import Handa


def test_a_library_is_loaded_found_in_and_counted(handa: Handa, tmp_path: Path) -> None:
    file = tmp_path / "标准地址.csv"
    file.write_text("编号,地址\n1,武汉市江汉区新华路25号3栋2单元501室\n2,湖北省武汉市\n", encoding="utf-8")
    loaded = handa("address", "base", "load", file, "--column", "地址", "--json")
    assert loaded.code == 1  # one line is no address to keep, and somebody must look at it
    assert loaded.document == {"added": 1, "known": 0, "refused": [2]}
    [found] = handa("address", "base", "find", "湖北武汉江汉新华路25号3幢2单元501", "--json").document
    assert found["relation"] == "same"
    assert found["why"]
    assert handa("address", "base", "show", "--json").document == {"addresses": 1}


def test_a_file_that_is_not_there_is_said(handa: Handa) -> None:
    assert handa("address", "base", "load", "没有.csv").code == 2
