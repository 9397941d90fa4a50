"""Books, gaps, settlements, proofs and closing through the command line, over a day that the simulated partner answered badly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from records.database import Database
from scripts.partner import simulate
from scripts.partner.simulator import Fault
from scripts.world.compose_lender import Composed
from tests.console.conftest import DAY, Handa, register

OUT = "XA00000000001"


@pytest.fixture
def answered(handa: Handa, db: Database, case_file: Composed, tmp_path: Path) -> Iterator[tuple[Handa, str]]:
    """A day in the post, acknowledged; its events came only in part."""
    register(handa, standing=True)
    handa("cases", "import", case_file.path, "--lender", "DEMO", "--as-of", DAY)
    day = handa("day", "run", "--date", DAY, "--workers", "1", "--json").document
    truth = simulate(db.settings.workspace.outbox / "POST", tmp_path / "answers", DAY, 5, {Fault.FOREIGN}, until=date(2026, 11, 24))
    assert handa("post", "import", *truth.arrived).code == 1
    return handa, day["batches"][0]["batch_no"]


def test_the_books_the_gaps_and_the_closing_of_a_batch(answered: tuple[Handa, str], tmp_path: Path) -> None:
    handa, batch_no = answered
    books = handa("post", "books", batch_no, "--json")
    (book,) = books.document["books"]
    assert (books.code, book["balanced"], book["batch_no"]) == (0, True, batch_no)
    assert book["figures"]["生成"] == book["figures"]["交寄"] == sum(book["classes"].values())
    (total,) = handa("post", "books", "--all", "--json").document["books"]
    assert (total["lender"], total["month"], total["figures"]) == ("DEMO", "2026-11", book["figures"])
    assert "收寄 = 妥投 + 退回 + 丢失 + 未结" in handa("post", "books", batch_no).out
    assert handa("post", "books", batch_no, "--all").code == 2

    every = handa("post", "gaps", "--batch", batch_no, "--every", "--json").document["gaps"]
    open_pieces = sum(gap["count"] for gap in every if gap["code"] in ("STUCK_IN_TRANSIT", "ATTEMPT_NO_END", "NO_TRACK"))
    assert open_pieces == book["classes"]["open"] > 0
    assert {gap["who"] for gap in every} <= {"operator", "partner", "lawyer"}
    assert any(gap["code"] == "FOREIGN_NUMBER" for gap in handa("post", "gaps", "--json").document["gaps"])

    refused = handa("batch", "close", batch_no, "--by", "张三", "--json")
    assert refused.code == 3
    assert {gap["code"] for gap in refused.document["gaps"]} == {gap["code"] for gap in every}
    assert "不能结清" in handa("batch", "close", batch_no, "--by", "张三").err

    answer = tmp_path / "答复.pdf"
    answer.write_bytes(b"%PDF-1.4 answer")
    for gap in every:
        listed = handa("post", "gaps", "--batch", batch_no, "--code", gap["code"], "--pieces", "--every", "--json").document["pieces"]
        assert len(listed) == gap["count"]
        words = ["post", "settle", batch_no, "--code", gap["code"], "--by", "张三", "--reason", "合作方书面答复", "--evidence", answer]
        assert handa(*words, "--json").document["pieces"] == gap["count"]
    closed = handa("batch", "close", batch_no, "--by", "张三", "--json")
    assert (closed.code, closed.document["already"]) == (0, False)
    assert handa("batch", "list", "--json").document["batches"][0]["step"] == "closed"
    assert "此前已结清" in handa("batch", "close", batch_no, "--by", "张三").out
    assert [gap for gap in handa("post", "gaps", "--json").document["gaps"] if gap["batch_no"]] == []
    assert "已结清" in handa("batch", "show", batch_no).out


def test_wrong_words_say_what_to_write(answered: tuple[Handa, str]) -> None:
    handa, batch_no = answered
    for words, said in (
        (["gaps", "--pieces"], "须同时写明"),
        (["gaps", "--code", "NO_SUCH"], "没有缺口种类"),
        (["books", "B20200101-01"], "没有批次"),
        (["settle", batch_no, "--code", "QUARANTINE", "--by", "张三", "--reason", "x"], "只有新的事实"),
        (["settle", batch_no, "--code", "LOST_PIECE", "--by", " ", "--reason", "x"], "由谁负责"),
        (["proofs", "asked"], "请写明是哪些邮件"),
        (["proofs", "asked", "--item", "XA99999999999"], "不是已交寄的邮件"),
        (["proofs", "asked", "--item", OUT, "--date", "2199-01-01"], "还没有到"),
        (["proofs", "due", "-o", "x.doc"], "不支持的输出格式"),
    ):
        done = handa("post", *words)
        assert done.code == 2 and said in done.err, (words, done.err)


def test_days_agreed_with_the_partner_are_set_by_a_named_person(answered: tuple[Handa, str]) -> None:
    handa, _ = answered
    words = ["post", "kinds", "--partner", "POST", "--set", "NO_TRACK=3"]
    assert handa(*words).code == 2
    said = handa(*words, "--by", "张三", "--reason", "协议第七条", "--json").document["kinds"]
    assert [(kind["days"], kind["agreed"]) for kind in said if kind["code"] == "NO_TRACK"] == [(3, True)]
    assert "3 天（约定）" in handa("post", "kinds", "--partner", "POST").out
    back = handa("post", "kinds", "--partner", "POST", "--set", "NO_TRACK=", "--by", "张三", "--reason", "协议终止", "--json").document["kinds"]
    assert not any(kind["agreed"] for kind in back)
    for wrong in ("NO_TRACK", "NO_TRACK=x", "NO_SUCH=1", "NO_TRACK=9999"):
        assert handa("post", "kinds", "--partner", "POST", "--set", wrong, "--by", "张三", "--reason", "x").code == 2


def test_proofs_go_out_as_a_list_that_can_be_read_back(answered: tuple[Handa, str], tmp_path: Path) -> None:
    handa, batch_no = answered
    assert handa("post", "proofs", "due").out.strip() == "没有凭证要取。"
    for name in ("查询单.xlsx", "查询单.csv"):
        said = handa("post", "proofs", "due", "--posted-by", "2026-11-30", "-o", tmp_path / name, "--json")
        assert said.code == 1
        count = said.document["count"]
        assert count == len(said.document["proofs"]) > 0
        asked = handa("post", "proofs", "asked", "--file", tmp_path / name, "--reference", name, "--json")
        assert asked.document["pieces"] == count
    paper = tmp_path / "凭证.pdf"
    paper.write_bytes(b"%PDF-1.4 proof")
    assert handa("post", "proofs", "received", "--batch", batch_no, "--evidence", paper, "--json").document["pieces"] == count
    assert handa("post", "proofs", "due", "--posted-by", "2026-11-30").code == 0
    (tmp_path / "别的.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    assert "邮件号码" in handa("post", "proofs", "asked", "--file", tmp_path / "别的.csv").err


def test_the_days_report_tells_books_and_gaps_in_every_form(answered: tuple[Handa, str], tmp_path: Path, secrets) -> None:  # type: ignore[no-untyped-def]
    handa, batch_no = answered
    figures = json.loads(handa("report", "day", "--date", DAY, "--json").out)
    assert [book["batch_no"] for book in figures["books"]] == [batch_no]
    assert figures["gaps"]
    for form in ("html", "pdf", "xlsx"):
        assert handa("report", "day", "--date", DAY, "-o", tmp_path / f"日报.{form}").code == 0
    page = (tmp_path / "日报.html").read_text("utf-8")
    assert "对不上的地方" in page and "邮政合作方" in page and batch_no in page
    document = pypdfium2.PdfDocument(tmp_path / "日报.pdf")
    printed = "".join(sheet.get_textpage().get_text_range() for sheet in document)
    assert "对不上的地方" in printed and batch_no in printed
    assert secrets(page) == secrets(printed) == []
    sheets = CalamineWorkbook.from_path(str(tmp_path / "日报.xlsx"))
    assert sheets.sheet_names == ["审查结果", "规则结果", "批次", "对不上的地方", "账目", "邮件号码余量"]
    rows = sheets.get_sheet_by_name("账目").to_python()
    assert any(row[0] == batch_no and row[2] == figures["books"][0]["figures"]["生成"] for row in rows)
    assert handa("report", "day", "--date", DAY, "-o", tmp_path / "日报.doc").code == 2
