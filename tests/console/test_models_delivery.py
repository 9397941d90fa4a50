"""``handa models`` for the delivery model, as its users meet it: train, list, card, promote, evaluate, rows."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from letters.batch.delivery_file import write_rows
from models.delivery import training
from models.delivery.estimators import Kind
from models.delivery.training import Option
from scripts.world.delivery.study import letters_by_rule
from scripts.world.delivery.worlds import FIRST_DAY, DeliveryWorld
from tests.console.conftest import Handa

WEEKS = 12
UNTIL = date.fromordinal(FIRST_DAY + 7 * WEEKS).isoformat()
EARLIER = date.fromordinal(FIRST_DAY + 7 * (WEEKS - 3)).isoformat()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "函件.csv"
    with path.open("w", encoding="utf-8", newline="") as target:
        write_rows(letters_by_rule(DeliveryWorld("plain", 6, weeks=WEEKS, cases_per_week=450), WEEKS), target)
    return path


@pytest.fixture(autouse=True)
def few_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training.train, "__kwdefaults__", {**training.train.__kwdefaults__, "options": (Option(Kind.RULE), Option(Kind.LOGISTIC))})


def test_from_letters_to_a_model_in_force_and_back(handa: Handa, file: Path, tmp_path: Path) -> None:
    said = handa("models", "train", "delivery", "--data", file, "--synthetic", "--as-of", EARLIER)
    assert said.code == 0, said.err
    assert "尚未启用" in said.out
    trained = handa("models", "train", "delivery", "--data", file, "--synthetic", "--as-of", EARLIER, "--json").document
    version = trained["version"]
    assert (trained["new"], version.startswith("delivery-logistic-")) == (False, True)
    held = handa("models", "promote", version, "--why", "试")
    assert held.code == 3
    assert "模拟数据" in held.err
    taken = handa("models", "promote", version, "--why", "试", "--anyway")
    assert taken.code == 0
    assert "R-AI-02" in taken.out
    listed = handa("models", "list", "--json").document
    assert (listed["in_force"], listed["turns"][0]["why"], len(listed["models"])) == (version, "试", 1)
    assert "●" in handa("models", "list").out
    judged = handa("models", "evaluate", "--data", file, "--as-of", UNTIL, "--json").document
    assert judged["first"] >= EARLIER
    assert judged["letters"] > 50
    assert handa("models", "evaluate", "--data", file, "--as-of", UNTIL).code == 0
    assert handa("models", "promote", "rule", "--why", "退").code == 0
    for form in ("说明.html", "说明.pdf"):
        assert handa("models", "card", version, "-o", tmp_path / form).code == 0
    page = (tmp_path / "说明.html").read_text("utf-8")
    assert "模拟数据" in page
    assert "<svg" in page
    assert "群体差异" in page
    assert (tmp_path / "说明.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("column", "value", "word"),
    [("confidence", "9", "应在"), ("kind", "moon", "代码"), ("day", "昨天", "“day”列"), ("issues", "outdated|x", "代码"), ("amount_fen", "-5", "负数"), ("lender", "", "不能为空")],
)  # fmt: skip
def test_a_cell_that_cannot_be_read_is_named(handa: Handa, file: Path, tmp_path: Path, column: str, value: str, word: str) -> None:
    with file.open(encoding="utf-8", newline="") as source:
        rows = list(csv.reader(source))[:9]
    rows[6][rows[0].index(column)] = value
    bad = tmp_path / "坏.csv"
    with bad.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows(rows)
    said = handa("models", "train", "delivery", "--data", bad, "--as-of", UNTIL)
    assert said.code == 2
    assert "坏.csv" in said.err
    assert "第 7 行" in said.err
    assert word in said.err
    assert "Traceback" not in said.err


def test_what_cannot_be_is_said(handa: Handa, file: Path, tmp_path: Path) -> None:
    assert handa("models", "train", "delivery", "--as-of", UNTIL).code == 3
    assert handa("models", "train", "delivery", "--data", tmp_path / "无.csv").code == 2
    assert handa("models", "train", "delivery", "--synthetic").code == 2
    assert handa("models", "evaluate").code == 2
    assert handa("models", "promote", "delivery-x", "--why", "y").code == 2
    assert handa("models", "promote", "rule").code == 2
    (tmp_path / "缺.csv").write_text("case,day\n1,2026-01-05\n", encoding="utf-8")
    said = handa("models", "train", "delivery", "--data", tmp_path / "缺.csv")
    assert "缺少列" in said.err
    out = tmp_path / "导出.csv"
    assert handa("models", "rows", "-o", out).code == 0
    assert out.read_text("utf-8").startswith("case,debtor,lender,day")


def test_feedback_is_a_file_with_its_dictionary(parties: Handa, tmp_path: Path) -> None:
    out = tmp_path / "反馈.csv"
    said = parties("report", "feedback", "--lender", "DEMO", "-o", out)
    assert said.code == 0, said.err
    assert out.read_text("utf-8-sig").startswith("product,channel,region,month,debtors")
    assert "delivered_rate" in (tmp_path / "反馈-字典.csv").read_text("utf-8-sig")
    assert parties("report", "feedback", "--lender", "KEINER", "-o", out).code == 2
    assert parties("report", "feedback", "--lender", "DEMO", "-o", out, "--from", "2026-12-01", "--to", "2026-11-01").code == 2
    early = parties("report", "feedback", "--lender", "DEMO", "-o", out, "--from", "2099-11-01", "--to", "2099-11-20")
    assert early.code == 2 and "没有已过完的整月" in early.err


def test_how_fast_addresses_go_stale(handa: Handa, file: Path) -> None:
    said = handa("models", "freshness", "--data", file, "--as-of", UNTIL, "--json").document
    assert said["looks"] > 1_000
    by = {(one["kind"], one["source"]): one for one in said["rows"]}
    for one in by.values():
        chances = [told[0] for told in one["still_there"]]
        assert chances == sorted(chances, reverse=True)
    # In these worlds a parcel's address tells of last months, a bureau's report of years ago.
    assert by["delivery", "authorised"]["still_there"][1][0] > by["residence", "credit_bureau"]["still_there"][1][0]
    assert "本人仍在的概率" in handa("models", "freshness", "--data", file, "--as-of", UNTIL).out
    assert handa("models", "freshness").code == 3


def test_the_letter_score_says_what_it_needs(parties: Handa) -> None:
    said = parties("models", "train", "letters")
    assert said.code == 3 and "control_per_mille" in said.err and "没有随机对照" in said.err
    assert parties("models", "train", "letters", "--lender", "KEINER").code == 2
    assert parties("models", "promote", "value", "--why", "试").code == 2
    assert "发函评分" in parties("models", "list").out


def test_guidance_says_when_there_is_nothing_to_tell(parties: Handa, tmp_path: Path) -> None:
    said = parties("post", "guidance")
    assert said.code == 3 and "轨迹" in said.err
    assert parties("post", "guidance", "--batch", "B20990101-01").code == 2
    assert parties("post", "guidance", "-o", tmp_path / "建议.pdf").code == 2
    assert parties("post", "guidance", "--partner", "KEINER").code == 2
