"""The key ring as stored: whole or refused, rotated without losing what was."""

import base64
import json
import multiprocessing
from pathlib import Path

import pytest

from records.errors import WrongUsage
from records.keys import KeyRing, create_ring_file, new_ring, parse_ring, read_ring_file, rotate_ring_file


def test_a_ring_reads_back_as_written() -> None:
    ring = new_ring()
    assert parse_ring(ring.to_json(), "x") == ring


def test_rotation_adds_an_active_key_and_keeps_everything_else() -> None:
    old = new_ring()
    new = old.rotated()
    assert new.active not in old.data_keys
    assert {**new.data_keys} == {**old.data_keys, new.active: new.data_keys[new.active]}
    assert (new.index_secret, new.signing_seed, new.fingerprint) == (old.index_secret, old.signing_seed, old.fingerprint)


def test_two_rings_differ_in_every_secret() -> None:
    one, two = new_ring(), new_ring()
    assert one.fingerprint != two.fingerprint
    assert one.active != two.active
    secrets = [*one.data_keys.values(), one.index_secret, one.signing_seed, *two.data_keys.values(), two.index_secret]
    assert len(set(secrets)) == len(secrets)


def test_no_secret_shows_in_a_ring_printed() -> None:
    ring = new_ring()
    said = repr(ring)
    for secret in (*ring.data_keys.values(), ring.index_secret, ring.signing_seed):
        assert repr(secret) not in said


def broken_rings() -> list[tuple[str, bytes]]:
    good = json.loads(new_ring().to_json())

    def changed(**parts: object) -> bytes:
        return json.dumps({**good, **parts}).encode()

    short = base64.b64encode(b"short").decode()
    return [
        ("empty", b""),
        ("not json", b"{"),
        ("not base64", b"\xff\xfe"),
        ("a list", b"[]"),
        ("base64 of something else", base64.b64encode(b"[1]")),
        ("another format", changed(format="handa-keys-2")),
        ("no active", changed(active="00000001")),
        ("active no number", changed(active="zz")),
        ("data a list", changed(data=[1])),
        ("a short data key", changed(data={good["active"]: short})),
        ("a data key of id 0", changed(data={**good["data"], "0": good["index"]})),
        ("a short index secret", changed(index=short)),
        ("index no text", changed(index=5)),
        ("no signing seed", changed(signing=None)),
    ]


@pytest.mark.parametrize(("what", "data"), broken_rings(), ids=[what for what, _ in broken_rings()])
def test_a_damaged_ring_is_refused_by_name_and_never_quoted(what: str, data: bytes) -> None:
    with pytest.raises(WrongUsage) as caught:
        parse_ring(data, "那个文件")
    assert caught.value.code == "E-KEYS"
    assert "那个文件" in caught.value.message
    assert "备份" in caught.value.advice


def test_a_key_file_that_others_can_read_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create_ring_file(path)
    for mode in (0o640, 0o604, 0o660):
        path.chmod(mode)
        with pytest.raises(WrongUsage) as caught:
            read_ring_file(path)
        assert f"{mode:04o}" in caught.value.message
        assert "chmod 600" in caught.value.advice


def test_a_folder_in_the_place_of_the_key_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="打不开密钥文件"):
        read_ring_file(tmp_path)


def _create(path: str, send: "multiprocessing.connection.Connection") -> None:
    send.send(create_ring_file(Path(path)).to_json())


def test_processes_that_make_the_file_together_end_with_one_ring(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    pipes = []
    for _ in range(6):
        ours, theirs = fork.Pipe()
        process = fork.Process(target=_create, args=(str(tmp_path / "keys.json"), theirs))
        process.start()
        pipes.append((ours, process))
    rings = {pipe.recv() for pipe, _ in pipes}
    for _, process in pipes:
        process.join()
    assert rings == {(tmp_path / "keys.json").read_bytes()}
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_rotating_the_file_keeps_it_private(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first = create_ring_file(path)
    ring: KeyRing = first
    for _ in range(3):
        ring = rotate_ring_file(path)
    assert read_ring_file(path) == ring
    assert set(first.data_keys) < set(ring.data_keys)
    assert len(ring.data_keys) == 4
    assert path.stat().st_mode & 0o777 == 0o600


def _rotate(path: str) -> None:
    for _ in range(5):
        rotate_ring_file(Path(path))


def test_rotations_at_the_same_time_all_survive(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create_ring_file(path)
    fork = multiprocessing.get_context("fork")
    processes = [fork.Process(target=_rotate, args=(str(path),)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert len(read_ring_file(path).data_keys) == 1 + 4 * 5
