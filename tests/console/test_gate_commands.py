"""The lawyer's gate, stops and answers to debtors as their users meet them: words in, exit code and document out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.world.compose_lender import Composed
from scripts.world.parties import PAPERS, commands
from tests.console.conftest import DAY, Handa

SCAN = PAPERS / "授权委托书-示例.txt"
ONLY_PARTIES = ("firm add", "firm lawyer", "firm approve", "partner add", "partner range", "lender add")
REGISTERED = [words for words in commands(standing=False) if " ".join(words[:2]) in ONLY_PARTIES]


@pytest.fixture
def plain(handa: Handa, case_file: Composed) -> tuple[Handa, str]:
    """A workspace made with the contract's commands alone, and the batch that it reaches."""
    for words in REGISTERED:
        assert handa(*words).code == 0
    assert handa("cases", "import", case_file.path, "--lender", "DEMO", "--as-of", DAY).code in (0, 1)
    plans = handa("batch", "plan", "--date", DAY, "--workers", "1", "--json").document["plans"]
    return handa, plans[0]["batch_no"]


def test_release_says_all_that_lacks_and_each_command_supplies_it(plain: tuple[Handa, str], tmp_path: Path) -> None:
    handa, number = plain
    refused = handa("batch", "release", number, "--lawyer", "L001", "--json")
    assert (refused.code, refused.document["error"]["code"]) == (3, "E-HOLD")
    gate = handa("batch", "gate", number, "--json")
    assert gate.code == 3
    lacking = {one["rule_id"] for one in gate.document["missing"]}
    vouched = {"R-LAW-08", "R-OUT-04", "R-PII-05"}
    assert lacking == {"R-LAW-01", "R-LAW-02", "R-LAW-04", "R-LAW-05", "R-LAW-17", "R-OUT-03"} | vouched
    assert all(one["command"] in refused.document["error"]["message"] for one in gate.document["missing"])
    mandate = ["--firm", "F1", "--contract", "WT-9", "--scan", SCAN, "--from", "2026-01-01", "--until", "2027-12-31"]
    assert handa("mandate", "add", "DEMO", *mandate, "--json").code == 0
    assert handa("firm", "conflict", "F1", "--lender", "DEMO", "--lawyer", "L001", "--json").document["hits"] == []
    assert handa("lender", "file-template", "DEMO", "consumer@1", "--reference", "BA-1", "--json").document["filed"]
    assert handa("firm", "capacity", "F1", "L001", "--per-day", "100").code == 0
    for rule, *whom in (("R-LAW-08", "--firm", "F1", "--agency", "POST"), ("R-OUT-04", "--lender", "DEMO"), ("R-PII-05", "--lender", "DEMO")):
        assert handa("rules", "confirm", rule, *whom, "--by", "张合规", "--evidence", SCAN).code == 0
    listed = handa("batch", "client-list", number, "-o", tmp_path / "清单.xlsx", "--json").document
    assert (tmp_path / "清单.xlsx").stat().st_size > 1000
    wrong = handa("batch", "confirm", number, "--by", "李经理", "--evidence", tmp_path / "清单.xlsx", "--hash", "0" * 16)
    assert wrong.code == 2
    confirmed = handa("batch", "confirm", number, "--by", "李经理", "--evidence", tmp_path / "清单.xlsx", "--hash", listed["sha256"][:16], "--json")
    assert confirmed.document["list_sha256"] == listed["sha256"]
    assert {one["rule_id"] for one in handa("batch", "gate", number, "--json").document["missing"]} == {"R-LAW-05"}
    assert handa("batch", "sample", number, "--lawyer", "L999").code == 2
    assert "--lawyer" in handa("batch", "sample", number).out
    assert handa("batch", "sample", number, "--lawyer", "L001", "--json").code == 0
    assert handa("batch", "gate", number).code == 0
    assert handa("batch", "release", number, "--lawyer", "L001").code == 0
    mandates = handa("mandate", "list", "--json").document["mandates"]
    assert [(one["contract_no"], one["cases"], one["standing"]) for one in mandates] == [("WT-9", None, None)]
    assert handa("mandate", "revoke", "WT-9", "--firm", "F1", "--reason", "合同终止", "--json").document["revoked"] == 1
    assert "已撤销" in handa("mandate", "list").out


def test_words_of_a_mandate_that_do_not_fit_are_said(parties: Handa, tmp_path: Path) -> None:
    add = ["mandate", "add", "DEMO", "--firm", "F1", "--contract", "WT-8", "--scan", SCAN, "--from", "2026-01-01"]
    assert parties(*add, "--until", "2025-01-01").code == 2
    assert parties(*add, "--until", "2027-01-01", "--standing-max-letters", "5").code == 2
    assert parties(*add, "--until", "2027-01-01", "--cases", tmp_path / "没有.txt").code == 2
    (tmp_path / "清单.txt").write_text("AJ1\n\nAJ2\nAJ1\n", encoding="utf-8")
    assert parties(*add, "--until", "2027-01-01", "--cases", tmp_path / "清单.txt", "--json").document["cases"] == 2
    assert parties("mandate", "revoke", "WT-0", "--firm", "F1", "--reason", "x").code == 2


def letters_of(handa: Handa, number: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = handa("batch", "show", number, "--json").document["letters"]
    return found


@pytest.fixture
def printed(handa: Handa, case_file: Composed) -> tuple[Handa, str]:
    """A batch that has been printed."""
    for words in commands(standing=True):
        assert handa(*words).code == 0
    handa("cases", "import", case_file.path, "--lender", "DEMO", "--as-of", DAY)
    number = handa("batch", "plan", "--date", DAY, "--workers", "1", "--json").document["plans"][0]["batch_no"]
    handa("batch", "sample", number, "--lawyer", "L001")
    assert handa("batch", "release", number, "--lawyer", "L001").code == 0
    assert handa("batch", "print", number, "--workers", "1").code == 0
    return handa, number


def test_a_day_with_a_payment_an_objection_and_a_call(printed: tuple[Handa, str], tmp_path: Path) -> None:
    handa, number = printed
    letters = letters_of(handa, number)
    paid, objecting, late = (letter["case_no"] for letter in letters[:3])
    table = tmp_path / "还款.csv"
    table.write_text(f"案件号,还款日期,还款金额,流水号\n{paid},{DAY},100,LS1\n", encoding="utf-8")
    first = handa("cases", "payment", table, "--lender", "DEMO", "--json").document
    again = handa("cases", "payment", table, "--lender", "DEMO", "--json").document
    assert ((first["accepted"], first["known"]), (again["accepted"], again["known"])) == ((1, 0), (0, 1))
    words = ["--lender", "DEMO", "--kind", "objection", "--channel", "来电", "--text", "称已还清", "--on", DAY]
    objection = handa("complaint", "add", objecting, *words, "--json").document
    assert (objection["letter_no"], objection["due_on"]) == (letters[1]["letter_no"], "2026-12-11")
    lifted = handa("cases", "resume", objecting, "--lender", "DEMO", "--kind", "disputed", "--reason", "x", "--json")
    assert (lifted.code, "R-TIM-07" in lifted.document["error"]["message"]) == (3, True)
    out = tmp_path / "抽件.pdf"
    pulled = handa("batch", "pull-list", number, "-o", out, "--json").document
    assert {one["letter_no"] for one in pulled["on_paper"]} == {letters[0]["letter_no"], letters[1]["letter_no"]}
    assert out.read_bytes().startswith(b"%PDF")
    assert handa("batch", "seal", number, "--workers", "1").code == 0
    assert handa("batch", "handover", number, "--workers", "1").code == 0
    hand = ["--amount", "12.50", "--on", DAY, "--reference", "LS2"]
    told = handa("cases", "payment", late, "--lender", "DEMO", *hand, "--json").document
    assert [one["case_no"] for one in told["too_late"]] == [late]
    stop = handa("cases", "stop", letters[3]["case_no"], "--lender", "DEMO", "--kind", "settled", "--reason", "已结清")
    assert stop.code == 0 and letters[3]["letter_no"] in stop.out and "撤回" in stop.out
    assert "已交寄" in handa("batch", "pull-list", number).out
    overdue = handa("complaint", "list", "--date", "2027-01-01", "--json")
    assert (overdue.code, overdue.document["complaints"][0]["overdue"]) == (1, True)
    done = ["complaint", "resolve", objection["complaint_no"], "--result", "经核对，欠款属实", "--resume", "--evidence", SCAN]
    assert handa(*done, "--json").document["resolved"] is True
    assert handa(*done, "--json").document["resolved"] is False
    assert handa("complaint", "list", "--open").out.startswith("没有符合条件")
    register = handa("firm", "register", "F1", "--json").document
    assert (register["sound"], register["checks"][0]["void"]) == (True, 2)
    assert len(handa("firm", "register", "F1", "--void", "--json").document["numbers"]) == 2
    assert handa("firm", "register", "F1", "-o", tmp_path / "簿.xlsx").code == 0
    assert (tmp_path / "簿.xlsx").exists()


def test_a_caller_is_told_what_may_be_told(printed: tuple[Handa, str]) -> None:
    handa, number = printed
    assert handa("batch", "seal", number, "--workers", "1").code == 0
    assert handa("batch", "handover", number, "--workers", "1").code == 0
    assert handa("verify", "0123456789", "--caller", "027-1").code == 1
    assert handa("verify", "短", "--caller", "027-1").code == 2
    unknown = handa("verify", "0123456789", "--caller", "027-1", "--json")
    assert unknown.document == {"found": False, "confirmed": None}


def test_licences_are_renewed_and_clients_registered(parties: Handa) -> None:
    assert parties("firm", "renew", "F1", "--lawyer", "L001", "--until", "2029-12-31", "--json").document["until"] == "2029-12-31"
    assert parties("firm", "renew", "F1", "--until", "2029-12-31").code == 0
    (firm,) = parties("firm", "list", "--json").document["firms"]
    assert (firm["licence_until"], firm["lawyers"][0]["licence_until"]) == ("2029-12-31", "2029-12-31")
    assert parties("firm", "client", "F1", "--name", "某某公司", "--json").document["recorded"] is True
    assert parties("firm", "client", "F1", "--name", "某某公司", "--json").document["recorded"] is False
    assert parties("firm", "client", "F1", "--name", " ").code == 2


def test_a_conflict_waits_for_the_lawyer(parties: Handa, case_file: Composed) -> None:
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(str(case_file.path)).get_sheet_by_index(0).to_python()
    header = next(row for row in rows if "案件编号" in row)
    parties("cases", "import", case_file.path, "--lender", "DEMO", "--as-of", DAY)
    kept = parties("cases", "list", "--lender", "DEMO", "--json").document["cases"][0]["case_no"]
    debtor = next(row for row in rows if kept in row)[header.index("客户姓名")]
    parties("firm", "client", "F1", "--name", debtor)
    found = parties("firm", "conflict", "F1", "--lender", "DEMO", "--lawyer", "L001", "--json")
    assert found.code == 1 and kept in {hit["case_no"] for hit in found.document["hits"]}
    assert debtor not in found.out + found.err
    clear = ["firm", "conflict-clear", "F1", kept, "--lender", "DEMO", "--lawyer", "L001", "--reason", "同名不同人", "--json"]
    assert parties(*clear).document["cleared"] is True
    assert kept not in {hit["case_no"] for hit in parties(*found_words()).document["hits"]}


def found_words() -> list[str]:
    """The search once more."""
    return ["firm", "conflict", "F1", "--lender", "DEMO", "--lawyer", "L001", "--json"]
