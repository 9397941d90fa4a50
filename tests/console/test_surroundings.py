"""Workspaces, pipes, encodings, other processes: what surrounds a command never makes it break or lie."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import speech
from console.main import arrange, wants_json
from letters.batch.day import LOCK
from records.database import Database
from tests.console.conftest import DAY, Handa


@pytest.mark.parametrize("place", range(4))
def test_home_may_stand_anywhere(bare: Handa, tmp_path: Path, place: int) -> None:
    words = ["settings", "--json"]
    for home in (["--home", tmp_path / "x"], [f"--home={tmp_path / 'x'}"]):
        said = bare(*[*words[:place], *home, *words[place:]])
        assert said.document["HANDA_HOME"] == {"value": str(tmp_path / "x"), "origin": "argument"}


@given(st.lists(st.sampled_from(["a", "--json", "--home", "--home=x", "--", "x"]), max_size=8))
def test_arranging_words_loses_none_and_leaves_what_follows_two_dashes(words: list[str]) -> None:
    arranged = arrange(words)
    assert sorted(arranged) == sorted(words)
    own = [word for word in words if word != "--home"]
    if "--" in own and "--home" not in words:
        assert arranged[arranged.index("--") :] == words[words.index("--") :]
    assert arrange(arranged) == arranged


def test_json_is_wanted_only_before_two_dashes() -> None:
    assert wants_json(["a", "--json"])
    assert not wants_json(["a", "--", "--json"])


def test_settings_say_where_values_come_from_and_hide_secrets(bare: Handa) -> None:
    said = bare.with_env(HANDA_DATABASE_URL="postgresql://u:geheim@h/db", HANDA_KEYS="command:vault read geheim")("settings", "--json")
    assert said.document["HANDA_DATABASE_URL"]["origin"] == "env"
    assert "geheim" not in said.out
    assert "geheim" not in bare.with_env(HANDA_DATABASE_URL="postgresql://u:geheim@h/db")("settings").out


def test_init_makes_the_workspace_and_says_where_the_keys_are(handa: Handa, tmp_path: Path) -> None:
    home = tmp_path / "neu"
    said = handa("init", "--home", home, "--json")
    # The database of the test has another ring: a fresh workspace must not be able to write into it.
    assert said.code == 1
    assert said.document["error"]["code"]
    assert "keys.json" in said.err
    assert (home / "keys.json").stat().st_mode & 0o077 == 0
    assert handa("init", "--json").document == {"home": handa.env["HANDA_HOME"], "keys": str(Path(handa.env["HANDA_HOME"]) / "keys.json")}


@pytest.mark.parametrize("home", ["/dev/null/home", "/proc/home", "~nobody-of-this-name/home"])
def test_a_home_that_cannot_be_made_is_wrong_usage(bare: Handa, home: str) -> None:
    said = bare("cases", "list", "--home", home, "--json")
    assert said.code == 2
    assert "工作区" in said.document["error"]["message"]


def test_a_home_that_is_a_file_is_wrong_usage(bare: Handa, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert bare("init", "--home", tmp_path / "file", "--json").code == 2


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out or "", err or ""


@pytest.mark.parametrize("words", ["rules list", "rules list --json", "--help"])
def test_a_reader_that_goes_away_is_no_fault(bare: Handa, words: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = bare.process(*words.split(), stdout=writing)
    os.close(writing)
    assert finish(process)[::2] == (0, "")


def test_without_standard_output_a_command_still_works(bare: Handa) -> None:
    process = bare.process("rules", "list", stdout=None, preexec_fn=lambda: os.close(1))
    assert finish(process)[::2] == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", ["rules list", "settings --json"])
def test_a_full_disk_behind_standard_output_is_exit_code_4(bare: Handa, words: str) -> None:
    with Path("/dev/full").open("w") as full:
        code, _, err = finish(bare.process(*words.split(), stdout=full))
    assert code == 4
    assert "磁盘已满" in err
    assert "Traceback" not in err
    assert "Exception ignored" not in err


@pytest.mark.parametrize("encoding", ["ascii", "gb18030", "utf-8"])
def test_any_encoding_of_the_terminal_will_do(bare: Handa, encoding: str) -> None:
    terminal = bare.with_env(PYTHONIOENCODING=encoding)
    shown, read = (terminal.process("rules", *words, text=False) for words in (["list"], ["show", "R-TIM-06", "--json"]))
    out, err = shown.communicate(timeout=60)
    assert (shown.returncode, err) == (0, b"")
    assert "R-TIM-06" in out.decode(encoding)
    assert encoding == "ascii" or "合规" in out.decode(encoding) or "依据" in out.decode(encoding)
    out, _ = read.communicate(timeout=60)
    assert json.loads(out.decode(encoding))["id"] == "R-TIM-06"


def test_ctrl_c_is_told_and_ends_with_130(bare: Handa, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("console.admin.settings", pressed)
    said = bare("settings")
    assert said.code == 130
    assert "已中断" in said.err


def test_of_two_processes_at_once_the_second_says_the_first_is_running(handa: Handa, db: Database) -> None:
    with db.exclusive(LOCK):
        process = handa.process("day", "run", "--date", DAY, "--json")
        code, out, err = finish(process)
    assert (code, json.loads(out)["error"]["code"]) == (4, "E-RUNNING")
    assert "另一个进程" in err


def test_ctrl_c_in_a_terminal_leaves_no_trace(handa: Handa) -> None:
    import signal
    import time

    process = handa.process("worker")  # waits for work until it is stopped
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert code == 130
    assert "Traceback" not in err


def test_control_signs_in_names_reach_no_terminal() -> None:
    out = io.StringIO()
    with redirect_stdout(out):
        speech.say("案件\x1b]0;owned\x07\u202e.xlsx")
        speech.table("标题\x1b[2J", ["列\x07"], [["\x1b[31m红", None], [1, "[bold]字[/bold]"]])
    assert "\x1b" not in out.getvalue()
    assert "\x07" not in out.getvalue()
    assert "\u202e" not in out.getvalue()
    assert "[bold]字[/bold]" in out.getvalue()  # nobody's text is markup


def test_a_second_document_is_a_fault_of_ours() -> None:
    speech.Voice.documents = 0
    with redirect_stdout(io.StringIO()):
        speech.document({})
        with pytest.raises(RuntimeError):
            speech.document({})
    speech.Voice.documents = 0


@given(st.text())
def test_a_document_is_json_whatever_the_text(text: str) -> None:
    speech.Voice.documents = 0
    out = io.StringIO()
    with redirect_stdout(out):
        speech.document({"text": text + "\udc81"})
    assert json.loads(out.getvalue())["text"] == text + "\udc81"
    out.getvalue().encode("utf-8")
    speech.Voice.documents = 0


def test_progress_without_a_terminal_is_at_most_eleven_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with speech.bars() as report:
        for done in range(1001):
            report("印刷", done, 1000)
    assert 10 <= len(capsys.readouterr().err.splitlines()) <= 11


def test_help_answers_in_the_time_of_a_breath() -> None:
    """A generous bound: the real one (no heavy imports) is in test_help; this guards against a slow start of our own."""
    import time

    start = time.process_time()
    before = os.times()
    subprocess.run([sys.executable, "-c", "from console.main import main; main(['batch', '--help'])"], check=True, capture_output=True)
    after = os.times()
    assert (after.children_user - before.children_user) + (after.children_system - before.children_system) < 1.5
    assert time.process_time() >= start
