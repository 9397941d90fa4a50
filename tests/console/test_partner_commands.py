"""``handa partner`` and the postage commands as an operator meets them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyrage
import pytest

from tests.console.conftest import Handa, Worked

FIRST, LAST = "XB00000000001", "XB00000000200"
AGREED = """
[tariff.agreed]
source = "示例协议"
steps = [{ up_to_g = 2000, per_g = 100, local_fen = 100, nonlocal_fen = 150 }]

[[product]]
code = "200"
name = "挂号信函"
send_method = "中国邮政挂号信函"
registered = true
number_format = "domestic13"
tariff = "agreed"
max_weight_g = 2000
surcharges = []
"""


def test_a_range_is_given_by_its_first_and_last_number(parties: Handa) -> None:
    said = parties("partner", "range", "POST", "--product", "200", "--first", FIRST, "--last", LAST, "--json")
    assert (said.code, said.document["numbers"], said.document["prefix"]) == (0, 200, "XB")
    ranges = parties("partner", "show", "POST", "--json").document["ranges"]
    assert [(one["first_no"], one["last_no"], one["left"]) for one in ranges if one["prefix"] == "XB"] == [(FIRST, LAST, 200)]
    again = parties("partner", "range", "POST", "--product", "240", "--prefix", "XB", "--first", "200", "--last", "300")
    assert again.code == 2
    assert "重叠" in again.err
    closed = parties("partner", "close-range", "POST", "--number", FIRST, "--reason", "邮政收回", "--json")
    assert closed.document["given_back"] == 200


@pytest.mark.parametrize(
    ("words", "told"),
    [(("--first", "1", "--last", "9"), "不是一个号段"), (("--first", "XA1", "--last", "9", "--prefix", "XA"), "数字部分"),
     (("--first", FIRST, "--last", LAST, "--suffix", "CN"), "--suffix")],
)  # fmt: skip
def test_a_range_out_of_form_says_how_to_write_it(parties: Handa, words: tuple[str, ...], told: str) -> None:
    said = parties("partner", "range", "POST", "--product", "200", *words)
    assert said.code == 2
    assert told in said.err


def test_a_partners_key_table_and_warning_are_set_and_shown(parties: Handa, tmp_path: Path) -> None:
    key = str(pyrage.x25519.Identity.generate().to_public())
    agreed = tmp_path / "协议.toml"
    agreed.write_text(AGREED, "utf-8")
    said = parties("partner", "set", "POST", "--recipient", key, "--products", agreed, "--low-days", "30", "--json")
    assert set(said.document["changed"]) == {"age_recipient", "products", "low_numbers_days"}
    shown = parties("partner", "show", "POST", "--json").document
    assert (shown["recipient"], shown["products"]["number"]) == (key, 1)
    product = next(one for one in shown["products"]["list"] if one["code"] == "200")
    assert (product["local"], product["source"]) == ("1.00", "示例协议")
    assert "没有变化" in parties("partner", "set", "POST", "--products", agreed).out
    assert "不加密" in (parties("partner", "set", "POST", "--no-recipient"), parties("partner", "show", "POST"))[1].out
    for words in (("--recipient", "age1x"), ("--recipient", key, "--no-recipient"), (), ("--products", tmp_path)):
        assert parties("partner", "set", "POST", *words).code == 2


def test_voided_numbers_are_exported_for_the_post(worked: Worked, tmp_path: Path) -> None:
    assert worked.handa("partner", "voided", "POST", "-o", tmp_path / "v.csv").code == 0
    (header,) = csv.reader(io.StringIO((tmp_path / "v.csv").read_text("utf-8-sig")))
    assert header[:3] == ["邮件号码", "类别", "原因"]


def test_postage_without_an_acknowledgement_has_nothing_open(worked: Worked) -> None:
    said = worked.handa("post", "postage", worked.batch_no, "--json")
    assert (said.code, said.document["acknowledged"], said.document["open"]) == (0, 0, 0)
    refused = worked.handa("post", "settle-difference", worked.batch_no, "--reason", "x", "--by", "y")
    assert refused.code == 2
    assert "--item" in refused.err
    assert worked.handa("post", "swapped").code == 0


def test_a_changed_batch_is_explained_and_the_agreed_key_is_asked(worked: Worked, tmp_path: Path) -> None:
    place = Path(worked.run.document["batches"][0]["place"])
    assert worked.handa("batch", "verify", place, "--key", "0" * 64, "--json").document["problems"][0]["code"] == "OTHER_KEY"
    assert worked.handa("batch", "verify", place, "--key", "beef").code == 2
    copy = tmp_path / place.name
    copy.mkdir()
    for path in place.rglob("*"):
        target = copy / path.relative_to(place)
        target.mkdir(exist_ok=True) if path.is_dir() else target.write_bytes(path.read_bytes())
    (copy / "manifest.csv").write_bytes((copy / "manifest.csv").read_bytes() + b"x")
    said = worked.handa("batch", "verify", copy)
    assert said.code == 1
    assert "HASH" in said.out
    assert "按同一名称重新传送" in said.out
