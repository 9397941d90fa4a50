"""The packed file: what goes in comes out; another version's or a damaged file is refused."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest

from locate.address import packed
from locate.address.gazetteer import PROBE, gazetteer


def test_sections_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(packed.pack({"numbers": packed.numbers([0, 1, 2**32 - 1], packed.INTEGER), "words": "甲\n乙".encode(), "empty": b""}))
    read = packed.unpack(path)
    assert packed.integers(read["numbers"]) == [0, 1, 2**32 - 1]
    assert packed.lines(read["words"]) == ["甲", "乙"]
    assert packed.integers(read["empty"]) == []


def test_a_damaged_or_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(packed.pack({"x": b"1"})[:-3])
    with pytest.raises(ValueError, match="damaged"):
        packed.unpack(path)
    path.write_bytes(zlib.compress(b'{"version": 1, "sections": {}}\n'))
    with pytest.raises(ValueError, match="another version"):
        packed.unpack(path)


def test_a_numpy_column_is_read_without_numpy(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.array([3, 1, 2**40], dtype="<u8"))
    assert list(packed.npy_column(path, "Q")) == [3, 1, 2**40]


def test_the_stored_automaton_finds_every_name_it_was_made_of() -> None:
    g = gazetteer()
    for name, at in list(g.name_ids.items())[::97]:
        assert (0, len(name), at) in g.find(name)
    assert g.find(PROBE)
