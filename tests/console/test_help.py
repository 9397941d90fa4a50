"""--help of every command: Chinese, with an example that the command itself would take, and no wait for a database."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from console.catalogue import CATALOGUE
from console.helptext import WIDEST, cells, first_sentence, split_examples, wrapped
from console.main import app, arrange
from scripts.docs.tables import command_tree
from tests.console.conftest import ROOT, Handa

LEAVES = sorted(command_tree())
GROUPS = sorted({name.rsplit(" ", 1)[0] for name in LEAVES if name.count(" ") == 2} | {"handa"})
ENGLISH = re.compile(r"Usage|Options|Arguments|Commands|Show this|\[required|\[default|<str>|<int>|<path>|\[OPTIONS\]")


@pytest.mark.parametrize("name", LEAVES + GROUPS)
def test_help_is_chinese_has_an_example_and_fits_a_page(bare: Handa, name: str) -> None:
    said = bare(*name.split()[1:], "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"用法：{name}")
    assert "显示本帮助" in said.out
    assert not ENGLISH.search(said.out), said.out
    example = said.out.split("示例：\n")[1].split("\n")[0].strip()
    assert example.startswith("handa ")
    assert [line for line in said.out.split("\n") if cells(line) > WIDEST and example not in line] == []


@pytest.mark.parametrize("name", LEAVES)
def test_the_example_is_a_command_that_can_be_typed(name: str) -> None:
    command = command_tree()[name]
    _, examples = split_examples(command.help)
    assert examples
    for example in examples:
        words = arrange(shlex.split(example)[1:])
        own = name.split()[1:]
        if words[0] == "--home":
            words = words[2:]
        assert words[: len(own)] == own, f"the example of {name} shows {example}"
        command.make_context(name, words[len(own) :])  # raises when an option is unknown or missing


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_the_list_of_commands_says_what_the_command_says(name: str) -> None:
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    assert command.help.startswith(first_sentence(CATALOGUE[name].help))
    assert split_examples(CATALOGUE[name].help)[1]


@pytest.mark.parametrize("words", [[], ["batch"], ["lender"]])
def test_no_command_shows_the_help_and_counts_as_wrong_usage(bare: Handa, words: list[str]) -> None:
    said = bare(*words)
    assert said.code == 2
    assert said.err.startswith("用法：handa")
    assert said.out == ""


def test_help_makes_no_workspace(bare: Handa) -> None:
    bare("batch", "plan", "--help")
    bare("--help")
    assert bare("--version").out.startswith("handa ")
    assert not Path(bare.env["HANDA_HOME"]).exists()


HEAVY = {"sqlalchemy", "psycopg", "rich", "numpy", "reportlab", "asyncssh", "pikepdf", "cpca", "letters.batch", "locate.address", "alembic"}


@pytest.mark.parametrize("words", [["--help"], *([*name.split()[1:], "--help"] for name in LEAVES + GROUPS if name != "handa")], ids=" ".join)
def test_help_imports_no_work(words: list[str], imported_by_help: dict[str, list[str]]) -> None:
    assert imported_by_help[" ".join(words)] == []


@pytest.fixture(scope="module")
def imported_by_help() -> dict[str, list[str]]:
    """For each help in turn, in one fresh interpreter: what of the heavy modules is there afterwards."""
    program = f"""
import contextlib, io, json, sys
sys.path.insert(0, {str(ROOT)!r})
from console.main import run
found = {{}}
for words in json.loads(sys.stdin.read()):
    with contextlib.redirect_stdout(io.StringIO()):
        assert run(words) == 0
    found[" ".join(words)] = sorted({HEAVY!r} & set(sys.modules))
print(json.dumps(found))
"""
    import json

    asked = [["--help"], *([*name.split()[1:], "--help"] for name in LEAVES + GROUPS if name != "handa")]
    done = subprocess.run([sys.executable, "-c", program], input=json.dumps(asked), capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@given(st.text(alphabet="案件批次，。（）ab-1 /", max_size=80), st.integers(min_value=12, max_value=60))
def test_wrapping_loses_no_sign_and_keeps_the_width(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        longest_word = max((cells(word) for word in re.findall(r"[\x21-\x7e]+", line)), default=0)
        assert cells(line) <= max(width + 2, longest_word)


@given(st.lists(st.sampled_from(["案件", "批次", "，", "。", "（", "）", "plan", " "]), max_size=40))
def test_no_line_begins_with_a_closing_mark_that_fits_before(words: list[str]) -> None:
    closing = ("，", "。", "）")
    for before, line in pairwise(wrapped("".join(words), 30)):
        # One mark may hang over the edge; only the next of a run of marks begins a line.
        assert not line.startswith(closing) or before.endswith(closing)
