"""What a bundle must be before a letter is written with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from letters.compose import BundleUnusable, load_bundle
from letters.compose.bundle import TEMPLATES


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "consumer" / "1"
    shutil.copytree(TEMPLATES / "consumer" / "1", folder)
    return folder


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), "utf-8")


def test_a_copy_is_the_same_bundle(copy: Path) -> None:
    assert load_bundle(copy).sha256 == load_bundle("consumer@1").sha256


def test_a_reference_names_it() -> None:
    assert load_bundle("consumer@1").reference == "consumer@1"
    assert load_bundle("consumer@1").enclosed_sheets == 1


@pytest.mark.parametrize("name", ["bundle.toml", "letter.jinja", "layout.toml", "sample.json"])
def test_any_changed_file_changes_the_hash(copy: Path, name: str) -> None:
    with (copy / name).open("a", encoding="utf-8") as file:
        file.write("\n" if name != "letter.jinja" else "\n::note\n以上\n")
    assert load_bundle(copy).sha256 != load_bundle("consumer@1").sha256


def test_approvals_speak_about_the_hash_and_do_not_change_it(copy: Path) -> None:
    with (copy / "approvals.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[approval]]\nfirm = "示例所"\nby = "王示例"\non = "2026-11-20"\nsha256 = "00"\n')
    bundle = load_bundle(copy)
    assert bundle.sha256 == load_bundle("consumer@1").sha256
    assert bundle.approvals[0].by == "王示例"


@pytest.mark.parametrize("name", ["bundle.toml", "letter.jinja", "layout.toml", "sample.json"])
def test_a_missing_file_is_said(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(BundleUnusable, match=name.replace(".", r"\.")):
        load_bundle(copy)


@pytest.mark.parametrize("reference", ["nobody@1", "consumer@999", "../../etc@1", "consumer", ""])
def test_an_unknown_bundle_is_said(reference: str) -> None:
    with pytest.raises(BundleUnusable):
        load_bundle(reference)


@pytest.mark.parametrize("bad", [
    "{{ debtor_secret }}", "{{ addressee_name|upper }}", "{{ ''.__class__.__mro__ }}", "{{ 7*7 }}", "{{ 7 }}",
    "{{ claim_lines }}", "{% set x = 1 %}", "{% include 'x' %}", "{{ range(9) }}", "{{ addressee_name.upper() }}",
    "{% macro m() %}{% endmacro %}", "{{ is_card }}", "{{ unclosed", "\ue000", "**未闭合",
])
def test_templates_that_compute_or_reach_out_do_not_load(copy: Path, bad: str) -> None:
    edit(copy, "letter.jinja", "本函不作其他用途。", bad)
    with pytest.raises(BundleUnusable):
        load_bundle(copy)


@pytest.mark.parametrize("directive", ["::unknown", "::p part=nosuchpart", "::p colour=red", "::p part"])
def test_unknown_block_lines_do_not_load(copy: Path, directive: str) -> None:
    edit(copy, "letter.jinja", "::p part=mandate", directive)
    with pytest.raises(BundleUnusable):
        load_bundle(copy)


@pytest.mark.parametrize("part", ["privacy", "consequences", "title", "statement_label", "enclosures", "mandate"])
def test_a_letter_without_a_required_part_does_not_load(copy: Path, part: str) -> None:
    text = (copy / "letter.jinja").read_text("utf-8")
    lines = []
    for line in text.splitlines():
        if line.startswith("::") and "part=" in line:
            head, options = line.split("part=", 1)
            names, _, rest = options.partition(" ")
            kept = ",".join(name for name in names.split(",") if name != part)
            line = f"{head}part={kept} {rest}".strip() if kept else f"{head.strip()} {rest}".strip()
        lines.append(line)
    (copy / "letter.jinja").write_text("\n".join(lines), "utf-8")
    with pytest.raises(BundleUnusable, match=part):
        load_bundle(copy)


def test_a_folder_that_lies_about_its_version_does_not_load(copy: Path) -> None:
    edit(copy, "bundle.toml", 'version = "1"', 'version = "2"')
    with pytest.raises(BundleUnusable):
        load_bundle(copy)


def test_unknown_settings_do_not_load(copy: Path) -> None:
    edit(copy, "bundle.toml", "for_card = true", "for_card = true\nfor_cards = true")
    with pytest.raises(BundleUnusable):
        load_bundle(copy)
