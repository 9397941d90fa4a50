"""Third persons, templates, limitation and evidence through the command line."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.console.conftest import DAY, Handa, Worked


def test_an_evidence_package_is_checked_by_bare_python_in_an_empty_folder(worked: Worked, tmp_path: Path) -> None:
    output = tmp_path / "证据.zip"
    made = worked.handa("letter", "evidence", worked.letter_no, "-o", output, "--json")
    assert made.code == 0, made.err
    assert output.stat().st_mode & 0o777 == 0o600
    folder = tmp_path / "空文件夹"
    with zipfile.ZipFile(output) as archive:
        archive.extractall(folder)
    done = subprocess.run([sys.executable, "-I", "verify.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "通过" in done.stdout
    assert made.document["fingerprint"] in "".join(done.stdout.split())


def test_a_picture_must_be_one(worked: Worked, tmp_path: Path) -> None:
    wrong = tmp_path / "回执.jpg"
    wrong.write_bytes(b"text")
    assert worked.handa("letter", "attach", worked.letter_no, wrong, "--kind", "receipt").code == 2
    right = tmp_path / "回执.png"
    right.write_bytes(b"\x89PNG\r\n\x1a\nreceipt")
    first = worked.handa("letter", "attach", worked.letter_no, right, "--kind", "receipt", "--json")
    again = worked.handa("letter", "attach", worked.letter_no, right, "--kind", "receipt", "--json")
    assert (first.document["recorded"], again.document["recorded"]) == (True, False)


def test_the_must_post_by_list_is_in_order(worked: Worked) -> None:
    cases = worked.handa("limitation", "list", "--json").document["cases"]
    assert cases and [row["last_day"] for row in cases] == sorted(row["last_day"] for row in cases)
    middle = cases[len(cases) // 2]["last_day"]
    until = worked.handa("limitation", "list", "--until", middle, "--json").document["cases"]
    assert until and all(row["last_day"] <= middle for row in until) and len(until) < len(cases)


def test_a_grade_is_confirmed_only_on_evidence(worked: Worked) -> None:
    said = worked.handa("limitation", "confirm", worked.letter_no, "--lawyer", "L001", "--grade", "E3", "--reason", "核对")
    assert said.code == 3 and "post import" in said.err


def test_a_case_is_lost_by_recorded_attempts_and_only_then_a_contact_is_asked(worked: Worked) -> None:
    case_no = worked.handa("cases", "list", "--json").document["cases"][0]["case_no"]
    where = ("--lender", "DEMO")
    assert worked.handa("contacts", "lost", case_no, *where, "--result", "failed", "--evidence", " ", "--date", "2026-11-01").code == 2
    for call in range(3):
        said = worked.handa(
            "contacts", "lost", case_no, *where, "--result", "failed", "--evidence", f"LY-{call}", "--date", "2026-11-01", "--json"
        )
        assert said.code == 0
    assert said.document["lost"] is True and said.document["how"] == "连续三次呼叫未通"
    asked = worked.handa("contacts", "relay", case_no, *where, "--contact", "99", "--date", "2026-11-22")
    assert asked.code == 2
    other = worked.handa("cases", "list", "--json").document["cases"][1]["case_no"]
    refused = worked.handa("contacts", "relay", other, *where, "--date", "2026-11-22", "--json")
    if refused.code != 2:  # a case without any contact can't even be asked about
        assert refused.code == 1 and refused.document["batch_no"] is None
        assert any("尚未失联" in sentence for sentence in refused.document["letters"][0]["findings"])


def test_what_was_heard_of_a_contact_is_recorded_once_and_a_question_out_of_order_is_told(worked: Worked) -> None:
    for listed in worked.handa("cases", "list", "--json").document["cases"][::-1]:
        case_no = listed["case_no"]
        contacts = worked.handa("cases", "show", case_no, "--lender", "DEMO", "--json").document["contacts"]
        if contacts:
            break
    ordinal = contacts[0]["ordinal"]
    where = ("contacts", "result", case_no, "--lender", "DEMO", "--contact", str(ordinal), "--date", "2026-11-02")
    first = worked.handa(*where, "--result", "relays", "--evidence", "LY-R-1", "--json")
    assert first.code == 0 and first.document["recorded"] is True and "not_lost" in first.document["bars"], first.out
    again = worked.handa(*where, "--result", "relays", "--evidence", "LY-R-1")
    assert "此前已登记" in again.out and "债务人尚未失联" in again.out and "不用于训练" in again.out
    refused = worked.handa(*where, "--result", "relays", "--evidence", " ")
    assert refused.code == 2 and "录音编号" in refused.err
    assert worked.handa(*where[:5], "--contact", "98", "--result", "answered", "--evidence", "LY-R-2").code == 2



def test_templates_are_listed_checked_shown_and_compared(parties: Handa, tmp_path: Path) -> None:
    listed = parties("template", "list", "--json").document["templates"]
    shipped = ("assigned", "card", "consumer", "micro", "relay", "second", "settlement", "statement")
    assert {row["template"]: row["approved_by"] for row in listed} == {f"{name}@1": ["F1"] if name == "consumer" else [] for name in shipped}
    assert parties("template", "lint", "consumer@1", "--date", DAY).code == 0
    made = parties("template", "preview", "consumer@1", "-o", tmp_path / "样稿.pdf", "--png", tmp_path / "图", "--json")
    assert made.code == 0 and len(list((tmp_path / "图").glob("*.png"))) == made.document["pages"]
    same = parties("template", "diff", "consumer@1", "consumer@1", "--json")
    assert same.document["differences"] == []
    assert parties("template", "diff", "consumer@1", "relay@1", "--json").document["differences"]
    assert parties("template", "approve", "relay@1", "--firm", "F1", "--lawyer", "L001").code == 0
    assert parties("template", "lint", "nothing@1").code == 2


def test_an_opt_out_names_one_number_or_one_letter(worked: Worked) -> None:
    words = ("contacts", "opt-out", "--how", "来电", "--reason", "勿扰")
    assert worked.handa(*words).code == 2
    assert worked.handa(*words, "--mobile", "19900000001", "--letter", worked.letter_no).code == 2
    said = worked.handa(*words, "--letter", worked.letter_no)
    assert said.code == 2 and "不是转告函" in said.err


def test_clauses_and_dates_need_their_evidence(worked: Worked, tmp_path: Path) -> None:
    case_no = worked.handa("cases", "list", "--json").document["cases"][2]["case_no"]
    page = tmp_path / "合同.pdf"
    page.write_bytes(b"%PDF-1.4 page")
    words = ("limitation", "record", case_no, "--lender", "DEMO", "--evidence", page)
    assert worked.handa(*words, "--kind", "clause", "--text", "送达地址为").code == 2
    assert worked.handa(*words, "--kind", "clause", "--text", "送达地址为……", "--page", "3").code == 0
    assert worked.handa(*words, "--kind", "last_due").code == 2
    assert worked.handa(*words, "--kind", "last_due", "--date", "2001-01-01").code == 2
    chosen = ("limitation", "wording", case_no, "--lender", "DEMO", "--template", "consumer@1")
    assert worked.handa(*chosen, "--lawyer", "L001", "--reason", "已核对").code == 0
    assert worked.handa(*chosen, "--lawyer", "L001", "--reason", " ").code == 2
    missing = tmp_path / "没有.pdf"
    assert worked.handa("limitation", "record", case_no, "--lender", "DEMO", "--kind", "last_due", "--evidence", missing, "--date", "2030-01-01").code == 2
