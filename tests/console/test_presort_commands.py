"""Labels, forecast and what the partner's counter takes, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

from scripts.world.compose_lender import Composed
from tests.console.conftest import DAY, Handa, Worked


def test_labels_are_written_where_asked_and_wrong_words_change_nothing(worked: Worked, tmp_path: Path) -> None:
    target = tmp_path / "labels"
    said = worked.handa("batch", "labels", worked.batch_no, "-o", target, "--address", "--sheet", "21", "--json")
    assert said.code == 0
    assert set(said.document["files"]) == {path.name for path in target.iterdir()}
    assert said.document["pieces"] == len(worked.handa("batch", "show", worked.batch_no, "--json").document["letters"])
    for words in (("--sheet", "7"), ("-o", tmp_path / "none" / "here")):
        assert worked.handa("batch", "labels", worked.batch_no, *words).code == 2


def test_the_forecast_of_a_worked_day_has_nothing_left_to_send(worked: Worked) -> None:
    said = worked.handa("batch", "forecast", "--date", DAY, "--json")
    assert said.code == 0
    assert [one["planned"]["letters"] for one in said.document["lenders"]] == [0]
    shown = worked.handa("batch", "forecast", "--date", DAY)
    assert (shown.code, "未写入任何内容" in shown.out, "逐日排入" in shown.out) == (0, True, True)


def test_what_is_foreseen_under_a_capacity_is_planned(parties: Handa, case_file: Composed) -> None:
    parties("cases", "import", case_file.path, "--lender", "DEMO", "--as-of", DAY)
    assert parties("partner", "capacity", "POST", "--pieces", "2", "--json").document["capacity"] == [{"office": "", "pieces": 2}]
    foreseen = parties("batch", "forecast", "--date", DAY, "--days", "2", "--json").document
    assert [day["sum"]["letters"] for day in foreseen["days"]] == [2, 2]
    (plan,) = parties("batch", "plan", "--date", DAY, "--workers", "1", "--json").document["plans"]
    assert plan["planned"] == 2
    held = parties("batch", "decisions", "--date", DAY, "--verdict", "held", "--json").document["decisions"]
    assert sum("H-CAPACITY" in row["rules"] for row in held) == foreseen["lenders"][0]["planned"]["letters"] - 2


def test_a_closed_day_is_said_and_the_day_run_goes_on(parties: Handa, case_file: Composed) -> None:
    parties("cases", "import", case_file.path, "--lender", "DEMO", "--as-of", DAY)
    said = parties("partner", "calendar", "POST", "--closed", DAY, "--reason", "盘点", "--json")
    assert said.document["days"][0] == {"date": DAY.isoformat(), "open": False, "reason": "盘点"}
    refused = parties("batch", "plan", "--date", DAY, "--json")
    assert (refused.code, refused.document["error"]["code"]) == (3, "E-COUNTER-CLOSED")
    run = parties("day", "run", "--date", DAY, "--json")
    assert run.document["plans"] == [] and run.document["closed"][0]["reason"] == "盘点"
    assert "不收寄" in parties("day", "run", "--date", DAY).out
    parties("partner", "calendar", "POST", "--open", DAY)
    assert parties("batch", "forecast", "--date", DAY, "--json").code == 0


def test_presort_settings_are_shown_with_their_source_and_wrong_ones_refused(parties: Handa) -> None:
    shown = parties("partner", "presort", "POST", "--set", "bag_pieces=500", "--json").document
    assert (shown["presort"]["bag_pieces"], shown["own"]) == (500, {"bag_pieces": 500})
    for wrong in ("bag_pieces=x", "bags=1", "bag_pieces", "bag_pieces=0", "bag_digits=6"):
        assert parties("partner", "presort", "POST", "--set", wrong).code == 2
    assert parties("partner", "presort", "POST", "--reset", "--json").document["own"] == {}
    assert json.dumps(parties("partner", "presort", "POST", "--json").document["own"]) == "{}"
    for words in (
        ("capacity", "POST", "--pieces", "1", "--unlimited"), ("capacity", "POST", "--pieces", "1", "--office", "5"),
        ("calendar", "POST", "--closed", DAY, "--open", DAY), ("calendar", "POST", "--reason", "x"),
        ("calendar", "POST", "--closed", DAY, "--until", "2026-01-01"),
    ):  # fmt: skip
        assert parties("partner", *words).code == 2
    assert parties("lender", "set", "DEMO", "--set", "share=0").code == 2
    for wrong in ("template=relay@1", "relay_template=consumer@1", "template=none@1"):
        said = parties("lender", "set", "DEMO", "--set", wrong)
        assert said.code in (1, 2) and "模板" in said.err, wrong
    assert parties("lender", "set", "DEMO", "--set", "template=settlement@1", "--set", "relay_template=relay@1").code == 0
    assert parties("lender", "set", "DEMO", "--set", "template=consumer@1").code == 0


def test_a_trial_of_two_templates_is_begun_told_and_ended(parties: Handa, case_file: Composed) -> None:
    for wrong in ("template_trial=consumer@1:300", "template_trial=settlement@1:300", "template_trial=plain@1", "template_trial=relay@1:300"):
        said = parties("lender", "set", "DEMO", "--set", wrong)
        assert said.code == 2 and "模板" in said.err, wrong
    assert parties("template", "new", "plain@1", "--from", "consumer@1").code == 0
    assert parties("lender", "set", "DEMO", "--set", "template_trial=plain@1:901").code == 2
    assert parties("lender", "set", "DEMO", "--set", "template_trial=plain@1:500").code == 0
    assert parties("lender", "set", "DEMO", "--set", "template=plain@1").code == 2, "a trial of a template against itself"
    assert parties("template", "approve", "plain@1", "--firm", "F1", "--lawyer", "L001").code == 0
    parties("cases", "import", case_file.path, "--lender", "DEMO", "--as-of", DAY)
    planned = parties("batch", "plan", "--date", DAY)
    assert "在试验两个模板：consumer@1 计划" in planned.out and "plain@1 计划" in planned.out
    refused = parties("models", "train", "templates", "--lender", "DEMO", "--as-of", DAY)
    assert refused.code == 3 and "没有抽签决定过模板" in refused.err
    assert parties("models", "promote", "template", "--lender", "DEMO", "--why", "试").code == 2
    assert parties("lender", "set", "DEMO", "--set", "template_trial=").code == 0
    assert "模板比较" in parties("models", "list").out
