"""Chunks are done exactly once, whoever dies when."""

import importlib
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from records import crew, work
from records.cipher import Cipher
from records.database import Database
from records.errors import Broken, DatabaseUnreachable, NeedsDecision
from records.work import (
    Chunk,
    Stage,
    WorkContext,
    close_if_done,
    do_one,
    open_stage,
    register,
    run_stage,
    run_worker,
    stage_results,
    stage_sizes,
)

HERE = Path(__file__).parent
ROOT = Path(work.__file__).parents[1]
ALONE = """
import dataclasses, sys
from pathlib import Path
from uuid import UUID
sys.path.insert(0, sys.argv[4])
import chunk_work
from records.database import Database
from records.settings import load_settings
from records.work import run_stage
if __name__ == "__main__":
    home, url, stage = Path(sys.argv[1]), sys.argv[2], UUID(sys.argv[3])
    db = Database.connect(url, dataclasses.replace(load_settings(home, {}), database_url=url))
    run_stage(db, stage, workers=2, progress=lambda done, total: print(done, flush=True))
"""


@pytest.fixture(autouse=True)
def _chunk_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(HERE)
    importlib.import_module("chunk_work")


@pytest.fixture
def space(db: Database) -> Iterator[Database]:
    """A database with the table that chunk functions leave their rows in."""
    with db.session() as session:
        session.execute(text("CREATE TABLE effect (number int, pid int)"))
    yield db


def stage(db: Database, name: str = "test.effect", chunks: int = 20, subject: str = "s", **args: Any) -> Stage:
    with db.session() as session:
        return open_stage(session, name, subject, args, [Chunk({"n": number}, 10) for number in range(chunks)])


def effects(db: Database) -> list[int]:
    with db.session() as session:
        return list(session.scalars(text("SELECT number FROM effect ORDER BY number")).all())


def results(db: Database, opened: Stage) -> list[dict[str, Any]]:
    with db.session() as session:
        return stage_results(session, opened.id)


def is_done(db: Database, opened: Stage) -> bool:
    with db.session() as session:
        return session.scalar(text("SELECT done_at FROM work_stage WHERE id = :id"), {"id": opened.id}) is not None


def test_a_stage_is_opened_once_with_the_arguments_it_was_opened_with_first(space: Database) -> None:
    first = stage(space, chunks=3, k=1)

    def never() -> Iterator[Chunk]:
        raise AssertionError("chunks of a stage that exists are not asked for")
        yield

    with space.session() as session:
        second = open_stage(session, "test.effect", "s", {"k": 2}, never())
        assert stage_sizes(session, first.id) == (0, 30)
    assert (second.id, second.args) == (first.id, {"k": 1})
    assert stage(space, subject="other").id != first.id


def test_processes_that_open_the_same_stage_together_get_one(space: Database) -> None:
    opened: list[Stage] = []
    threads = [threading.Thread(target=lambda: opened.append(stage(space, chunks=50))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({item.id for item in opened}) == 1
    with space.session() as session:
        assert session.scalar(text("SELECT count(*) FROM work_chunk")) == 50


def test_every_chunk_is_done_once_and_results_come_in_the_order_of_the_chunks(space: Database) -> None:
    opened = stage(space)
    told: list[tuple[int, int]] = []
    run_stage(space, opened.id, progress=lambda done, total: told.append((done, total)))
    assert effects(space) == list(range(20))
    found = results(space, opened)
    assert [result["n"] for result in found] == list(range(20))
    assert [result["nth"] for result in found] == list(range(1, 21)), "a process keeps its context from chunk to chunk"
    assert {result["pid"] for result in found} == {os.getpid()}
    assert told == [(done, 200) for done in range(0, 201, 10)]
    assert is_done(space, opened)


def test_several_processes_do_the_same_with_the_keys_settings_and_one_thread_each(
    space: Database, cipher: Cipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    opened = stage(space, seconds=0.05)
    told: list[tuple[int, int]] = []
    run_stage(space, opened.id, 2, lambda done, total: told.append((done, total)))
    assert effects(space) == list(range(20))
    found = results(space, opened)
    assert [(result["n"], result["token"]) for result in found] == [(n, cipher.token("test", str(n))) for n in range(20)]
    assert {(result["threads"], result["home"]) for result in found} == {("1", str(space.settings.home))}
    assert os.getpid() not in {result["pid"] for result in found}
    assert told[0] == (0, 200)
    assert told[-1] == (200, 200)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert is_done(space, opened)
    assert "OMP_NUM_THREADS" not in os.environ
    assert not workers_alive()


def test_a_stage_that_is_done_is_done(space: Database) -> None:
    opened = stage(space, chunks=3)
    for workers in (1, 1, 2):
        run_stage(space, opened.id, workers)
    assert effects(space) == [0, 1, 2]


def test_a_stage_without_chunks_is_done_at_once(space: Database) -> None:
    for subject, workers in (("a", 1), ("b", 2)):
        opened = stage(space, chunks=0, subject=subject)
        run_stage(space, opened.id, workers)
        assert is_done(space, opened)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_fault_of_ours_comes_back_as_it_was_raised_and_what_was_done_stays(space: Database, workers: int) -> None:
    opened = stage(space, "test.decision", chunks=6, bad=3)
    with pytest.raises(NeedsDecision) as caught:
        run_stage(space, opened.id, workers)
    assert (caught.value.message, caught.value.advice, caught.value.code, caught.value.exit_code) == ("要人决定", "请决定", "E-TEST", 3)
    assert 3 not in effects(space)
    assert {0, 1, 2} <= set(effects(space)), "chunks begun before the fault are finished"
    assert not is_done(space, opened)
    assert not workers_alive()


def test_a_program_error_in_a_worker_is_told_without_the_data_it_quotes(space: Database) -> None:
    opened = stage(space, "test.bug", chunks=2)
    with pytest.raises(ValueError, match="示例姓名") as caught:
        run_stage(space, opened.id, workers=1)
    # What a member makes of it, and what its crew makes of that: the message has crossed no process, the rest has.
    told = crew._fault_of(pickle.loads(pickle.dumps(crew._failure(caught.value))))
    assert isinstance(told, Broken)
    assert "ValueError" in told.message
    said = told.message + told.advice + "".join(told.__notes__)
    assert "chunk_work.py" in said, "where it happened"
    assert "19900012345" not in said


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    """Where processes that die leave a mark."""
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


def test_a_chunk_whose_process_dies_is_done_by_another(space: Database, marks: Path) -> None:
    opened = stage(space, "test.dies", chunks=8, marks=str(marks), times=1)
    run_stage(space, opened.id, workers=2)
    assert effects(space) == list(range(8))
    assert len(list(marks.iterdir())) == 1


def test_a_chunk_that_kills_every_process_is_given_up_and_all_others_stay_done(
    space: Database, marks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = stage(space, "test.dies", chunks=8, marks=str(marks), times=99)
    monkeypatch.setattr(crew, "ATTEMPTS", 2)
    with pytest.raises(Broken) as caught:
        run_stage(space, opened.id, workers=2)
    assert caught.value.code == "E-WORKER-DIED"
    assert "信号 9" in caught.value.message
    assert 2 <= len(list(marks.iterdir())) <= 3, "the other member may be in it when the second has died"
    assert {0, 1, 2} <= set(effects(space))
    assert 3 not in effects(space)
    assert not workers_alive()


def test_processes_that_die_on_starting_are_not_hired_for_ever(space: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = stage(space, chunks=2)
    monkeypatch.setattr(crew, "_BOOT", "import os; os._exit(9)")
    with pytest.raises(Broken, match="刚启动") as caught:
        run_stage(space, opened.id, workers=2)
    assert caught.value.code == "E-WORKER-DIED"


def children_of(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError, IndexError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if fields[0] != "Z" and int(fields[1]) == pid and b"records.crew" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def workers_alive() -> list[int]:
    return children_of(os.getpid())


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_workers_killed_at_random_moments_change_nothing(space: Database) -> None:
    opened = stage(space, chunks=40, seconds=0.05)
    over = threading.Event()
    kills = 0

    def killer() -> None:
        nonlocal kills
        rng = random.Random(20261120)
        while not over.is_set() and kills < 3:
            over.wait(rng.uniform(0.1, 0.4))
            # Only those that have done a chunk already: they are within another one.
            with space.session() as session:
                known = set(session.scalars(text("SELECT DISTINCT pid FROM effect")))
            at_work = sorted(known.intersection(workers_alive()))
            for pid in rng.sample(at_work, k=min(1, len(at_work))):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    kills += 1

    thread = threading.Thread(target=killer)
    thread.start()
    try:
        run_stage(space, opened.id, workers=2)
    finally:
        over.set()
        thread.join()
    assert kills >= 2
    assert effects(space) == list(range(40))
    assert [result["n"] for result in results(space, opened)] == list(range(40))


def alone(db: Database, opened: Stage) -> "subprocess.Popen[str]":
    arguments = [str(db.settings.home), db.url, str(opened.id), str(HERE)]
    return subprocess.Popen(
        [sys.executable, "-c", ALONE, *arguments], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(HERE)},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_killed_parent_takes_its_workers_along_and_the_next_run_finishes(space: Database) -> None:
    opened = stage(space, chunks=60, seconds=0.03)
    parent = alone(space, opened)
    assert parent.stdout is not None
    for line in parent.stdout:
        if int(line) >= 100:
            break
    workers = children_of(parent.pid)
    assert len(workers) == 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < deadline, "workers outlive their parent"
        time.sleep(0.02)
    assert 10 <= len(effects(space)) < 60
    run_stage(space, opened.id)
    assert effects(space) == list(range(60))


def test_two_parents_share_a_stage_and_both_return_when_all_of_it_is_done(space: Database) -> None:
    opened = stage(space, chunks=60, seconds=0.03)
    other = alone(space, opened)
    assert other.stdout is not None
    assert other.stdout.readline() == "0\n"
    while not effects(space):
        time.sleep(0.02)
    told: list[int] = []
    run_stage(space, opened.id, 1, lambda done, _total: told.append(done))
    assert other.communicate(timeout=60)[0].split()[-1] == "600"
    assert other.returncode == 0
    assert effects(space) == list(range(60))
    assert told[-1] == 600
    with space.session() as session:
        assert session.scalar(text("SELECT count(DISTINCT pid) FROM effect")) >= 2


def test_a_chunk_in_other_hands_is_waited_for_and_done_if_they_let_go(space: Database) -> None:
    opened = stage(space, chunks=3)
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with pytest.raises(LookupError), space.session() as session:
            session.execute(text("SELECT id FROM work_chunk WHERE number = 1 FOR UPDATE"))
            held.set()
            let_go.wait()
            raise LookupError

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    runner = threading.Thread(target=run_stage, args=(space, opened.id, 2))
    runner.start()
    deadline = time.monotonic() + 20
    while effects(space) != [0, 2]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    runner.join(0.6)
    assert runner.is_alive(), "waits for the one in other hands"
    let_go.set()
    runner.join(20)
    holder.join()
    assert effects(space) == [0, 1, 2]


def test_a_worker_takes_chunks_of_any_open_stage_oldest_first(space: Database) -> None:
    clock = iter(datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (9, 8)).__next__
    for subject in ("later", "earlier"):
        with space.session() as session:
            open_stage(session, "test.effect", subject, {}, [({"n": hash(subject) % 7}, 1)] * 2, clock)
    did: list[tuple[str, int]] = []
    assert run_worker(space, once=True, did=lambda name, size: did.append((name, size))) == 4
    assert did == [("test.effect", 1)] * 4
    with space.session() as session:
        order = session.scalars(
            text("SELECT s.subject FROM work_chunk c JOIN work_stage s ON s.id = c.stage_id ORDER BY c.done_at")
        ).all()
        assert order == ["earlier", "earlier", "later", "later"]
        assert session.scalar(text("SELECT count(*) FROM work_stage WHERE done_at IS NULL")) == 0
    assert run_worker(space, once=True) == 0


def test_a_worker_does_not_wait_for_chunks_in_other_hands_when_asked_to_go_once(space: Database) -> None:
    opened = stage(space, chunks=2)
    with space.session() as session:
        session.execute(text("SELECT id FROM work_chunk WHERE number = 0 FOR UPDATE"))
        assert run_worker(space, once=True) == 1
    assert effects(space) == [1]
    assert not is_done(space, opened)


def test_a_chunk_and_its_mark_are_one_transaction(space: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = stage(space, chunks=1)
    context = WorkContext.of(space.settings)

    def broken() -> datetime:
        raise LookupError

    context.clock = broken
    with pytest.raises(LookupError):
        do_one(space, context, opened.id)
    assert effects(space) == []
    assert not close_if_done(space, opened.id)


def test_a_database_that_goes_away_during_a_stage_is_told_and_the_next_run_finishes(space: Database) -> None:
    opened = stage(space, chunks=30, seconds=0.03)
    other = Database.connect(space.url, space.settings)

    def cut() -> None:
        while len(effects(other)) < 5:
            time.sleep(0.02)
        with other.session() as session:
            session.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
            )

    thread = threading.Thread(target=cut)
    thread.start()
    with pytest.raises(DatabaseUnreachable):
        run_stage(space, opened.id, workers=2)
    thread.join()
    other.close()
    space.engine.dispose()
    run_stage(space, opened.id)
    assert effects(space) == list(range(30))


def test_only_registered_functions_are_ever_called(space: Database) -> None:
    opened = stage(space, chunks=1)
    with space.session() as session:
        session.execute(text("UPDATE work_stage SET function = 'os:getcwd'"))
    with pytest.raises(Broken, match=r"test\.effect") as caught:
        run_stage(space, opened.id)
    assert caught.value.code == "E-WORK"


def test_a_name_stands_for_one_function_and_only_for_one_that_others_can_import() -> None:
    def inner(*_: object) -> None:
        return None

    with pytest.raises(ValueError, match="imported"):
        register("test.inner")(inner)
    with pytest.raises(ValueError, match="already"):
        register("test.effect")(work.open_stage)  # type: ignore[arg-type]


def test_chunks_are_claimed_in_their_order(space: Database) -> None:
    opened = stage(space, chunks=12)
    run_stage(space, opened.id)
    with space.session() as session:
        order = session.scalars(text("SELECT number FROM work_chunk ORDER BY done_at")).all()
    assert order == list(range(12))
    assert Counter(order).most_common(1)[0][1] == 1
