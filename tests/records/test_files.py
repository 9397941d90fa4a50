"""Files are whole or absent."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from records import files
from records.errors import DiskFull
from records.files import hash_file, replace_durably, write_atomic, write_once


def test_a_written_file_holds_the_bytes_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    target = tmp_path / "a"
    write_atomic(target, b"one")
    write_atomic(target, b"two" * 1_000_000)
    assert target.read_bytes() == b"two" * 1_000_000
    assert target.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [target]


def test_the_mode_does_not_hang_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_atomic(tmp_path / "a", b"x", mode=0o644)
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def test_a_fault_while_writing_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a"
    write_atomic(target, b"old")

    def full(_handle: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "write", full)
    with pytest.raises(DiskFull) as caught:
        write_atomic(target, b"new")
    assert caught.value.exit_code == 4
    assert str(target) in caught.value.message
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_fault_that_is_not_about_room_passes_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "absent" / "a", b"x")


def test_writing_once_never_replaces(tmp_path: Path) -> None:
    assert write_once(tmp_path / "a", b"first")
    assert not write_once(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_temporary_file_takes_the_place_of_its_target(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"new")
    (tmp_path / "a").write_bytes(b"old")
    replace_durably(tmp_path / "t", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert not (tmp_path / "t").exists()


@pytest.mark.parametrize("size", [0, 1, files._BLOCK - 1, files._BLOCK, 2 * files._BLOCK + 7])
def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "a").write_bytes(data)
    assert hash_file(tmp_path / "a") == hashlib.sha256(data).hexdigest()
