"""The documents are complete: every rule, code, command, setting and link; made tables agree with the code."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from letters.rules import all_rules
from locate.address import Issue
from locate.intake.problems import VOCABULARY
from scripts.docs import tables
from scripts.docs.__main__ import outdated

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def test_made_tables_agree_with_the_code() -> None:
    assert [path.name for path in outdated()] == [], "run scripts/make_docs"


def test_every_rule_is_documented() -> None:
    text = page("rules.md")
    assert [rule.id for rule in all_rules() if f"| {rule.id} |" not in text] == []
    assert len(all_rules()) >= 101


def test_every_problem_code_is_documented() -> None:
    text = page("problems.md")
    codes = [*VOCABULARY, *(issue.value for issue in Issue), *(code for code, _ in tables.error_codes())]
    assert [code for code in codes if f"`{code}`" not in text] == []


def test_no_entry_lacks_words() -> None:
    assert "缺说明" not in page("problems.md") + page("addresses.md")
    assert sorted(set(tables.ERROR_WORDS) - {code for code, _ in tables.error_codes()}) == []


def test_every_command_is_documented() -> None:
    text = page("commands.md")
    assert [name for name in tables.command_tree() if f"### `{name}`" not in text] == []


@pytest.mark.parametrize("name", sorted(tables.command_tree()))
def test_every_command_explains_itself_in_chinese_with_an_example(name: str) -> None:
    command = tables.command_tree()[name]
    words = command.help or ""
    assert re.search(r"[一-鿿]", words), f"{name} has no Chinese help"
    assert "handa " in words, f"{name} has no example"
    for parameter in command.params:
        if tables.is_option(parameter) and parameter.name != "help":
            assert re.search(r"[一-鿿]", parameter.help or ""), f"{name} {parameter.name} has no Chinese help"


def test_every_setting_is_documented() -> None:
    text = page("settings.md")
    for path in (ROOT / "records").rglob("*.py"):
        for variable in re.findall(r'"(HANDA_[A-Z_]+|PGBIN)"', path.read_text("utf-8")):
            assert f"`{variable}`" in text, variable


def test_the_examples_of_the_address_page_say_what_the_engine_says() -> None:
    """Every >>> of the page is run."""
    done = doctest.testfile(str(DOCS / "addresses.md"), module_relative=False, encoding="utf-8", optionflags=doctest.FAIL_FAST)
    assert done.attempted > 20
    assert done.failed == 0


@pytest.mark.parametrize("document", ["README.md", "README.zh-CN.md", "CHANGELOG.md", *(f"docs/{p.name}" for p in sorted(DOCS.glob("*.md")))])
def test_links_lead_somewhere(document: str) -> None:
    path = ROOT / document
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), f"{document} links to {target}"


@pytest.mark.parametrize("document", ["README.md", "README.zh-CN.md"])
def test_the_readme_names_only_commands_that_exist(document: str) -> None:
    known = set(tables.command_tree()) | {name.rsplit(" ", 1)[0] for name in tables.command_tree()}
    text = (ROOT / document).read_text("utf-8")
    named = {m.strip() for m in re.findall(r"^handa [a-z]+(?: [a-z-]+)?|(?<=· )handa [a-z]+(?: [a-z]+)?", text, flags=re.MULTILINE)}
    assert named
    assert [m for m in named if m not in known and " ".join(m.split()[:2]) not in known] == []
