"""Wrong usage: exit code 2, a Chinese sentence and what to do; with --json a document; never a traceback, nothing changed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from console.main import run
from records.database import Database
from records.errors import (
    AlreadyRunning,
    Broken,
    DatabaseUnreachable,
    HandaError,
    NeedsDecision,
    UnreadableInput,
)
from tests.console.conftest import Handa, Said, Worked

ENGLISH = re.compile(r"Invalid|Missing|Error|No such|Got |Traceback|requires|not a valid|Errno", re.IGNORECASE)


def refused(said: Said, code: int = 2) -> dict[str, str]:
    """Check that a refusal under --json is one; its error."""
    assert said.code == code, said
    error: dict[str, str] = said.document["error"]
    assert sorted(error) == ["advice", "code", "message"]
    assert re.search(r"[一-鿿]", error["message"])
    assert not ENGLISH.search(said.err), said
    assert f"【{error['code']}】{error['message']}" in said.err
    return error


@pytest.mark.parametrize(
    "words",
    [
        "nonsense", "batch nonsense", "batch plan extra", "batch show", "batch show A B", "batch show A --nope",
        "batch plan --date", "batch plan --workers many", "cases list --limit 0", "cases list --limit x",
        "cases stop A --lender L --kind nonsense --reason r", "cases import file.csv", "partner range P --product 200 --prefix X --first -1 --last 5",
        "partner range P --product 200 --prefix X --first 1 --last 9999999999999999999", "demo --cases 0",
        "batch decisions --verdict nonsense", "batch plan --date 2026-02-30", "batch plan --date 21/11/2026", "batch plan --date 9999-12-31",
        "batch plan --date 0001-01-01", "batch plan --workers 0", "batch plan --workers -3", "batch plan --budget -1", "batch plan --budget nan",
        "batch plan --budget 1e400", "batch plan --budget 0.001", "batch plan --budget 九元", "day run --workers 0", "day run --budget -0.01",
        "day run --date tomorrow", "report day --date nonsense", "report day -o x.docx", "rules show R-NONE-00", "batch verify nowhere",
        "contacts opt-out --mobile 123 --how 来电 --reason 无", "lender add a/b --name 名称", "lender add OK --name x --set nonsense=1",
        "firm seal F1 nowhere.png", "address parse nowhere.csv", "address parse .", "address dedupe nowhere.txt", "address parse 武汉市 -o x.pdf",
    ],
)  # fmt: skip
def test_wrong_words_are_told_in_chinese_and_change_nothing(bare: Handa, words: str) -> None:
    error = refused(bare(*words.split(), "--json"))
    assert error["code"].startswith("E-")
    plain = bare(*words.split())
    assert (plain.code, plain.out) == (2, "")
    assert not Path(bare.env["HANDA_HOME"]).exists() or words.startswith("contacts")


@pytest.mark.parametrize(
    "words",
    [
        "batch show NONE", "batch sample NONE", "batch release NONE --lawyer L", "batch print NONE", "batch seal NONE",
        "batch handover NONE", "batch void NONE --reason r", "batch plan --lender NONE", "batch decisions --lender NONE",
        "day run --lender NONE", "cases list --lender NONE", "cases show C --lender NONE", "cases stop C --lender NONE --kind settled --reason r",
        "cases import /dev/null --lender NONE", "letter show NONE", "letter extract NONE -o x.pdf", "lender show NONE", "lender set NONE --set product=200",
        "firm lawyer NONE L --name n --licence 1 --licence-until 2027-12-31", "firm approve NONE consumer@1 --lawyer L",
        "partner range NONE --product 200 --prefix XA --first 1 --last 5", "post import tests/conftest.py --partner NONE",
    ],
)  # fmt: skip
def test_what_is_not_registered_is_said_to_be_unknown(worked: Worked, words: str) -> None:
    refused(worked.handa(*words.split(), "--json"))


def test_answers_of_nobody_are_refused(handa: Handa) -> None:
    assert "--partner" in refused(handa("post", "import", "tests/conftest.py", "--json"))["message"]


@pytest.mark.parametrize("name", ["missing.xlsx", "folder", "empty.xlsx", "empty.csv", "zeros.xlsx", "zeros.csv", "text.xlsx", "encrypted.xlsx", "other.csv"])
@pytest.mark.parametrize("command", ["cases", "post"])
def test_files_that_are_none_are_refused(worked: Worked, tmp_path: Path, command: str, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.xlsx").touch()
    (tmp_path / "empty.csv").touch()
    for zeros in ("zeros.xlsx", "zeros.csv"):
        (tmp_path / zeros).write_bytes(bytes(10 << 20))
    (tmp_path / "text.xlsx").write_text("不是表格\n", encoding="utf-8")
    (tmp_path / "encrypted.xlsx").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(4096))
    (tmp_path / "other.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    words = ["--lender", "DEMO"] if command == "cases" else []
    said = worked.handa(command, "import", tmp_path / name, *words, "--json")
    assert said.code == 2, said
    assert said.document["error"]["message"]
    assert "Traceback" not in said.err


def test_one_bad_answer_file_does_not_keep_the_others_out(own_day: Worked, tmp_path: Path) -> None:
    bad, empty = tmp_path / "bad.csv", tmp_path / "none.csv"
    bad.write_text("甲,乙\n1,2\n", encoding="utf-8")
    good = tmp_path / "events.csv"
    good.write_text(
        "serialnumber,mailnum,procdate,proctime,orgfullname,action,properdelivery,notproperdelivery,description,effect\n"
        "1,XA99999999999,20261120,101010,武汉江汉揽投部,00,,,,1\n",
        encoding="utf-8",
    )
    said = own_day.handa("post", "import", bad, empty, good, "--json")
    assert said.code == 1
    first, *refused_ones = said.document["files"]
    assert (first["name"], first["counts"]["quarantined"]) == ("events.csv", 1)
    assert [(one["name"], one["error"]["code"]) for one in refused_ones] == [("bad.csv", "E-UNREADABLE"), ("none.csv", "E-UNREADABLE")]
    shown = own_day.handa("post", "import", bad, empty, good)
    assert shown.code == 1
    assert "读不了的文件" in shown.out
    assert own_day.handa("post", "import", bad, empty, "--json").code == 2


@pytest.mark.parametrize("output", ["nowhere/x.csv", "folder", "/dev/null/x.csv"])
@pytest.mark.parametrize("words", ["batch decisions", "batch sample B", "letter extract L"])
def test_an_output_that_cannot_be_written_is_refused_before_any_work(bare: Handa, tmp_path: Path, words: str, output: str) -> None:
    (tmp_path / "folder").mkdir()
    place = output if output.startswith("/") else str(tmp_path / output)
    error = refused(bare(*words.split(), "-o", place, "--json"))
    assert "无法写入" in error["message"]


@pytest.mark.parametrize("url", ["nonsense", "mysql://u:geheim@h/db", "sqlite:///x"])
def test_a_broken_database_url_is_wrong_usage_and_its_password_is_not_shown(bare: Handa, url: str) -> None:
    said = bare.with_env(HANDA_DATABASE_URL=url)("batch", "list", "--json")
    assert "HANDA_DATABASE_URL" in refused(said)["message"]
    assert "geheim" not in said.out + said.err


def test_a_server_that_is_down_is_exit_code_4(bare: Handa) -> None:
    said = bare.with_env(HANDA_DATABASE_URL="postgresql+psycopg://u:geheim@127.0.0.1:1/db")("batch", "list", "--json")
    assert refused(said, code=4)["code"] == "E-DATABASE"
    assert "geheim" not in said.out + said.err


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (UnreadableInput("读不了。", "重发。"), 2), (NeedsDecision("等律师。"), 3), (DatabaseUnreachable("断了。"), 4), (AlreadyRunning("在跑。"), 4),
        (Broken("不符。"), 1), (PermissionError(13, "Permission denied", "/x"), 4), (OSError(28, "No space left on device", "/x"), 4),
        (RuntimeError("bug"), 1), (KeyboardInterrupt(), 130), (MemoryError(), 1), (RecursionError("deep"), 1),
    ],
)  # fmt: skip
def test_every_fault_has_its_exit_code_and_is_a_document(bare: Handa, monkeypatch: pytest.MonkeyPatch, fault: BaseException, code: int) -> None:
    def broken() -> None:
        raise fault

    monkeypatch.setattr("console.admin.settings", broken)
    said = bare("settings", "--json")
    assert said.code == code
    error = said.document["error"]
    assert "Traceback" not in said.out + said.err
    if isinstance(fault, HandaError):
        assert (error["code"], error["message"], error["advice"]) == (fault.code, fault.message, fault.advice)


def test_the_trace_of_our_own_fault_lies_where_only_its_owner_reads_it(handa: Handa, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("console.admin.settings", broken)
    said = handa("settings")
    assert said.code == 1
    (trace,) = db.settings.workspace.logs.glob("fault-*.txt")
    assert str(trace) in said.err
    assert trace.stat().st_mode & 0o077 == 0
    assert "a bug of ours" in trace.read_text("utf-8")


def test_the_trace_does_not_quote_rows(handa: Handa, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy import text

    def broken() -> None:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1 / (length(:name) - 2)"), {"name": "".join(["张", "三"])})

    monkeypatch.setattr("console.admin.settings", broken)
    assert handa("settings").code == 1
    (trace,) = db.settings.workspace.logs.glob("fault-*.txt")
    assert "张三" not in trace.read_text("utf-8")
    assert "22012" in trace.read_text("utf-8")  # division_by_zero


def test_a_near_miss_is_asked_about(bare: Handa) -> None:
    assert "是不是想用 handa batch plan？" in bare("batch", "plann").err
    assert "是不是想用 handa cases？" in bare("case").err


def test_json_after_two_dashes_is_text_not_an_option() -> None:
    assert run(["address", "parse", "--", "--json"]) == 0
