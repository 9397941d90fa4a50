"""A composed lender's day through the command line: the file in, the batch in the post, nothing twice, nothing personal shown."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from console.batch import write_decisions
from console.files import neutral
from letters.batch.day import LOCK
from letters.batch.view import DECISION_HEADERS
from records.database import Database
from scripts.partner import simulate
from scripts.world.compose_lender import Composed
from tests.console.conftest import DAY, Handa, Worked


def test_the_day_goes_from_the_file_to_the_partner(worked: Worked, case_file: Composed) -> None:
    assert worked.imported.code == 1  # some rows are refused
    counts = worked.imported.document["counts"]
    assert (counts["accepted"], counts["rejected"]) == (case_file.accepted, case_file.rejected)
    (batch,) = worked.run.document["batches"]
    assert (batch["step"], batch["waits_for"], batch["pulled"]) == ("handed_over", "", [])
    place = Path(batch["place"])
    assert (place / "SEALED").is_file()
    verified = worked.handa("batch", "verify", place, "--json")
    assert (verified.code, verified.document["problems"]) == (0, [])
    (plan,) = worked.run.document["plans"]
    shown = worked.handa("batch", "show", worked.batch_no, "--json").document
    assert plan["planned"] == len(shown["letters"]) == sum(shown["states"].values()) > 0
    assert worked.run.code == (1 if plan["held"] or plan["refused"] else 0)


def test_a_second_run_sends_nothing_and_says_so(worked: Worked) -> None:
    again = worked.handa("day", "run", "--date", DAY, "--workers", "1", "--json")
    (first,), (second,) = worked.run.document["plans"], again.document["plans"]
    assert (second["planned"], second["already"]) == (0, first["planned"])
    assert [b["place"] for b in again.document["batches"]] == [b["place"] for b in worked.run.document["batches"]]
    assert len(worked.handa("batch", "list", "--json").document["batches"]) == 1


def test_the_same_file_again_changes_nothing(worked: Worked, case_file: Composed) -> None:
    again = worked.handa("cases", "import", case_file.path, "--lender", "DEMO", "--as-of", DAY)
    assert again.code == 1
    assert "此前已导入" in again.out


def test_a_day_without_cases_says_what_to_do(parties: Handa) -> None:
    for words in (["day", "run"], ["batch", "plan"]):
        said = parties(*words, "--date", DAY)
        assert said.code == 2
        assert "handa cases import" in said.err


def test_while_one_run_is_at_work_another_says_so_and_ends_with_4(handa: Handa, db: Database) -> None:
    with db.exclusive(LOCK):
        for words in (["day", "run", "--date", DAY], ["batch", "plan", "--date", DAY], ["batch", "seal", "B"]):
            said = handa(*words, "--json")
            assert (said.code, said.document["error"]["code"]) == (4, "E-RUNNING")


def test_refused_rows_come_back_as_a_workbook_with_reasons(worked: Worked, case_file: Composed) -> None:
    (workbook,) = worked.report.glob("*.xlsx")
    rows = CalamineWorkbook.from_path(str(workbook)).get_sheet_by_index(0).to_python()
    header = next(row for row in rows if "案件编号" in row)
    original = CalamineWorkbook.from_path(str(case_file.path)).get_sheet_by_index(0).to_python()
    assert [name for name in header if name in next(row for row in original if "案件编号" in row)]
    assert "原因" in header
    reasons = [row[header.index("原因")] for row in rows[rows.index(header) + 1 :]]
    assert len(reasons) == case_file.rejected
    assert all(reasons)


def test_a_stop_after_planning_pulls_the_letter(handa: Handa, parties: Handa, case_file: Composed) -> None:
    parties("cases", "import", case_file.path, "--lender", "DEMO", "--as-of", DAY)
    waiting = handa("day", "run", "--date", DAY, "--workers", "1", "--json")
    assert waiting.code == 3  # no standing order: the lawyer must release
    (batch,) = waiting.document["batches"]
    assert "handa batch sample" in batch["waits_for"]
    number = batch["batch_no"]
    unseen = handa("batch", "release", number, "--lawyer", "L001", "--json")
    assert (unseen.code, unseen.document["error"]["code"]) == (3, "E-HOLD")
    letters = handa("batch", "show", number, "--json").document["letters"]
    stopped = letters[0]["case_no"]
    sample = handa("batch", "sample", number, "--lawyer", "L001", "--json")
    assert sample.code == 0
    assert Path(sample.document["file"]).read_bytes().startswith(b"%PDF")
    stop = ["cases", "stop", stopped, "--lender", "DEMO", "--kind", "settled", "--reason", "已结清"]
    told = handa(*stop, "--json").document
    (pulled,) = told.pop("to_pull")
    assert told == {"case_no": stopped, "kind": "settled", "stopped": True}
    assert (pulled["batch_no"], pulled["case_no"], pulled["on_paper"]) == (number, stopped, False)
    assert handa(*stop, "--json").document["stopped"] is False
    unconfirmed = handa("batch", "release", number, "--lawyer", "L001", "--json")
    assert unconfirmed.code == 3 and "handa batch confirm" in unconfirmed.document["error"]["message"]
    assert handa("batch", "confirm", number, "--by", "李经理", "--evidence", case_file.path).code == 0
    released = handa("batch", "release", number, "--lawyer", "L001", "--json")
    assert released.code == 0
    assert [one["case_no"] for one in released.document["pulled"]] == [stopped]
    shown = handa("batch", "show", number, "--json").document
    assert {one["case_no"]: one["state"] for one in shown["letters"]}[stopped] == "pulled"
    again = handa("batch", "release", number, "--lawyer", "L001", "--json")
    assert (again.code, again.document["already"], again.document["pulled"]) == (0, True, [])
    voided = handa("batch", "void", number, "--reason", "模板有误", "--json")
    assert (voided.code, voided.document["voided"]) == (0, True)
    resumed = handa("cases", "resume", stopped, "--lender", "DEMO", "--kind", "settled", "--reason", "结清有误", "--json")
    assert resumed.document["cleared"] == 1


def test_the_acknowledgement_is_taken_once(own_day: Worked, tmp_path: Path) -> None:
    simulate(own_day.home / "outbox" / "POST", tmp_path, day=DAY, seed=1)
    acknowledgement = next(tmp_path.glob("ACK*"))
    first = own_day.handa("post", "import", acknowledgement, "--json")
    second = own_day.handa("post", "import", acknowledgement, "--json")
    assert (first.code, second.code) == (0, 0)
    (one,), (two,) = first.document["files"], second.document["files"]
    assert (one["already"], two["already"]) == (False, True)
    assert one["counts"] == two["counts"]


LOOKS = (
    "batch list", "batch show BATCH", "batch decisions --date DAY", "cases list", "cases show CASE --lender DEMO", "letter show LETTER",
    "report day --date DAY", "post gaps", "post quarantine", "audit verify", "lender list", "lender show DEMO", "firm list", "partner list",
    "rules list", "rules show R-TIM-06", "settings", "worker --once", "day run --date DAY --workers 1", "address parse 武汉市江汉区新华路25号",
)  # fmt: skip


def typed(worked: Worked, words: str) -> list[str]:
    """``words`` with the names of what the day made."""
    case = worked.imported.document["accepted"][0]
    names = {"BATCH": worked.batch_no, "DAY": str(DAY), "CASE": case, "LETTER": worked.letter_no}
    return [names.get(word, word) for word in words.split()]


@pytest.mark.parametrize("words", LOOKS)
def test_json_is_one_document_and_says_nothing_personal(worked: Worked, secrets: Callable[[str], list[str]], words: str) -> None:
    said = worked.handa(*typed(worked, words), "--json")
    assert said.code in (0, 1), said.err
    document, end = json.JSONDecoder().raw_decode(said.out)
    assert said.out[end:].strip() == ""
    assert document
    assert "error" not in document
    assert secrets(said.out + said.err) == []


@pytest.mark.parametrize("words", LOOKS)
def test_people_see_words_and_nothing_personal(worked: Worked, secrets: Callable[[str], list[str]], words: str) -> None:
    said = worked.handa(*typed(worked, words))
    assert said.code in (0, 1), said.err
    assert any("一" <= sign <= "鿿" for sign in said.out)
    assert secrets(said.out + said.err) == []


def test_import_says_nothing_personal(worked: Worked, case_file: Composed, handa: Handa, parties: Handa, secrets: Callable[[str], list[str]]) -> None:
    said = parties("cases", "import", case_file.path, "--lender", "DEMO", "--as-of", DAY, "--dry-run")
    assert "仅检查，未保存" in said.out
    assert handa("cases", "list", "--json").document["total"] == 0
    assert secrets(said.out + said.err) == []
    assert secrets(worked.imported.out + worked.imported.err) == []


def test_logs_and_reports_say_nothing_personal(worked: Worked, secrets: Callable[[str], list[str]], tmp_path: Path) -> None:
    page, table = tmp_path / "日报.html", tmp_path / "逐案.csv"
    assert worked.handa("report", "day", "--date", DAY, "-o", page).code == 0
    assert worked.handa("batch", "decisions", "--date", DAY, "-o", table).code == 0
    for path in (page, table, *(path for path in (worked.home / "logs").iterdir())):
        assert secrets(path.read_text("utf-8")) == [], path


def test_a_letter_is_taken_out_for_its_owner_alone_and_the_look_is_on_record(worked: Worked, tmp_path: Path) -> None:
    target = tmp_path / "函件.pdf"
    before = worked.handa("audit", "verify", "--json").document["entries"]
    said = worked.handa("letter", "extract", worked.letter_no, "-o", target, "--json")
    assert (said.code, said.document) == (0, {"file": str(target), "pdfa": False, "signed": False})
    assert target.read_bytes().startswith(b"%PDF")
    assert target.stat().st_mode & 0o077 == 0
    assert worked.handa("audit", "verify", "--json").document["entries"] == before + 1
    assert [path.name for path in tmp_path.iterdir()] == ["函件.pdf"]
    archived = worked.handa("letter", "extract", worked.letter_no, "-o", target, "--pdfa", "--json")
    assert (archived.code, archived.document["pdfa"]) == (0, True)
    assert b"<pdfaid:part>2</pdfaid:part>" in target.read_bytes()
    wrong = worked.handa("letter", "extract", worked.letter_no, "-o", tmp_path / "x.pdf", "--sign", target)
    assert wrong.code == 2
    assert "E-SIGNER" in wrong.err
    assert not (tmp_path / "x.pdf").exists()


def test_decisions_as_csv_has_every_case_and_no_formula(worked: Worked, tmp_path: Path) -> None:
    target = tmp_path / "逐案.csv"
    assert worked.handa("batch", "decisions", "--date", DAY, "-o", target, "--json").code == 0
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["案件号"] for row in rows) == sorted(worked.imported.document["accepted"])
    evil = {name: f"{sign}HYPERLINK(1)" for name, sign in zip(DECISION_HEADERS, "=+-@\t", strict=True)}
    write_decisions([evil], target)
    with target.open(encoding="utf-8-sig", newline="") as file:
        assert all(cell.startswith("'") for cell in list(csv.reader(file))[1])
    assert [neutral(cell) for cell in (None, 5, ["a", "b"], "1=2")] == ["", "5", "a b", "1=2"]


def test_a_verdict_can_be_picked(worked: Worked) -> None:
    every = worked.handa("batch", "decisions", "--date", DAY, "--json").document["decisions"]
    for verdict in ("planned", "held", "refused"):
        picked = worked.handa("batch", "decisions", "--date", DAY, "--verdict", verdict, "--json").document["decisions"]
        assert picked == [row for row in every if row["verdict"] == verdict]


def test_acting_commands_speak_json_too(handa: Handa) -> None:
    from scripts.world.parties import commands

    for words in commands(standing=True):
        said = handa(*words, "--json")
        assert (said.code, said.err) == (0, "")
        assert isinstance(said.document, dict)
        assert handa(*words, "--json").code in (0, 2)  # a second registration is refused, or changes nothing
    opted = ["contacts", "opt-out", "--mobile", "19900012345", "--how", "来电", "--reason", "要求不再联系", "--json"]
    assert [handa(*opted).document["recorded"] for _ in range(2)] == [True, False]


def test_the_demo_is_a_whole_day_and_one_document_and_the_same_the_second_time(handa: Handa, db: Database, tmp_path: Path) -> None:
    words = ["demo", "--cases", "4", "--out", tmp_path, "--home", db.settings.home, "--workers", "1"]
    said = handa(*words, "--json")
    assert said.code == 0, said.err
    first = said.document
    assert first["import"]["accepted"] + first["import"]["rejected"] == 4
    assert sum(first["states"].values()) == first["decisions"]["planned"] > 0
    again = handa(*words, "--json").document
    assert (again["already"], again["states"]) == (first["decisions"]["planned"], first["states"])
    assert [batch["place"] for batch in again["batches"]] == [batch["place"] for batch in first["batches"]]
    shown = handa(*words)
    assert "都在哪里" in shown.out
    assert str(tmp_path / "reports") in shown.out
