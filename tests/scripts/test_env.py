"""scripts/env as a newcomer meets it: the messages where something is missing, and one build under many calls."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAIN_TOOLS = ("bash", "dirname", "cat", "mv", "rm", "date", "mkdir", "ls", "env", "grep")

BASE = str(getattr(sys, "_base_executable", sys.executable))
"""The interpreter behind this environment: it has a pip of its own, which an environment made by uv has not."""


def script(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A PATH folder with a shell and the few plain tools, and no Python at all."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in PLAIN_TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small copy of the repository: the script, a project of one module, and a lock of one package."""
    root = tmp_path / "checkout with space"
    (root / "scripts").mkdir(parents=True)
    shutil.copy2(ROOT / "scripts" / "env", root / "scripts" / "env")
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").split("\n")
    start = next(i for i, line in enumerate(lock) if line.startswith("setuptools=="))
    end = next((i for i in range(start + 1, len(lock)) if not lock[i].startswith(" ")), len(lock))
    (root / "requirements.lock").write_text("\n".join(lock[start:end]) + "\n", encoding="utf-8")
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "handa"\nversion = "0"\n[project.scripts]\nhanda = "hello:main"\n'
        '[tool.setuptools]\npy-modules = ["hello"]\n',
        encoding="utf-8",
    )
    (root / "hello.py").write_text("def main():\n    print('函达')\n", encoding="utf-8")
    return root


def run(checkout: Path, path: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(checkout / "scripts" / "env")],
        env={**{k: v for k, v in os.environ.items() if k not in {"HANDA_PYTHON", "VIRTUAL_ENV"}}, "PATH": path, **env},
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300, check=False,
    )


def test_without_python_it_says_which_version_is_needed(checkout: Path, bare_path: Path) -> None:
    done = run(checkout, str(bare_path))
    assert done.returncode == 2
    assert "Python 3.11" in done.stderr
    assert "HANDA_PYTHON" in done.stderr
    assert not (checkout / ".venv").exists()


def test_an_old_python_is_named_and_refused(checkout: Path, bare_path: Path) -> None:
    script(bare_path / "python3", '#!/usr/bin/env bash\nif [ "$1" = --version ]; then echo Python 3.9.2; exit 0; fi\nexit 1\n')
    done = run(checkout, str(bare_path))
    assert done.returncode == 2
    assert "Python 3.9.2" in done.stderr


def test_without_pip_it_says_how_to_get_it(checkout: Path, bare_path: Path) -> None:
    script(bare_path / "python3", f'#!/usr/bin/env bash\ncase "$*" in *"-m pip"*) exit 1;; esac\nexec "{sys.executable}" "$@"\n')
    done = run(checkout, str(bare_path))
    assert done.returncode == 2
    assert "没有 pip" in done.stderr
    assert "python3-pip" in done.stderr


def test_many_calls_at_once_build_once_and_a_later_call_says_nothing(checkout: Path) -> None:
    path = os.environ["PATH"]
    calls = [
        subprocess.Popen(["bash", str(checkout / "scripts" / "env")], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         stdin=subprocess.DEVNULL, text=True, env={**os.environ, "PATH": path, "HANDA_PYTHON": BASE})
        for _ in range(3)
    ]
    said = [call.communicate(timeout=300) for call in calls]
    assert [call.returncode for call in calls] == [0, 0, 0], said
    assert sum("首次运行" in err for _, err in said) == 1
    assert {out.strip() for out, _ in said} == {str(checkout.resolve() / ".venv")}
    again = run(checkout, path, HANDA_PYTHON=BASE)
    assert (again.returncode, again.stderr) == (0, "")
    hello = subprocess.run([str(checkout / ".venv" / "bin" / "handa")], capture_output=True, text=True, check=True)
    assert hello.stdout == "函达\n"


def test_a_build_that_was_cut_short_is_taken_up_again(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "pyvenv.cfg").write_text("home = /nowhere\n", encoding="utf-8")
    done = run(checkout, os.environ["PATH"], HANDA_PYTHON=BASE)
    assert done.returncode == 0, done.stderr
    assert (checkout / ".venv" / ".handa-stamp").exists()


def test_a_changed_lock_is_installed_at_the_next_call(checkout: Path) -> None:
    assert run(checkout, os.environ["PATH"], HANDA_PYTHON=BASE).returncode == 0
    with (checkout / "requirements.lock").open("a", encoding="utf-8") as lock:
        lock.write("# changed\n")
    again = run(checkout, os.environ["PATH"], HANDA_PYTHON=BASE)
    assert again.returncode == 0
    assert "环境已就绪" in again.stderr
