"""Named arrays and texts in one compressed file: how the built gazetteer lies on disk.

Written by scripts/build_gazetteer, read once in a process. A file is a line of JSON (the sections and their lengths)
and the sections one after another; a file that another version wrote, or a damaged one, is refused.
"""

from __future__ import annotations

import json
import mmap
import sys
import zlib
from array import array
from pathlib import Path
from typing import Literal

VERSION = 2
INTEGER = "I"  # unsigned, four bytes
BYTE = "B"
_WIDTH = {INTEGER: 4, BYTE: 1}


def pack(sections: dict[str, bytes]) -> bytes:
    head = json.dumps({"version": VERSION, "sections": {name: len(body) for name, body in sections.items()}})
    return zlib.compress(head.encode() + b"\n" + b"".join(sections.values()), 9)


def unpack(path: Path) -> dict[str, memoryview]:
    """Raises ValueError where the file is not one that this version wrote (zlib's checksum guards the rest)."""
    try:
        body = zlib.decompress(path.read_bytes())
    except zlib.error as e:
        raise ValueError(f"{path.name} is damaged: {e}") from e
    start = body.index(b"\n") + 1
    head = json.loads(body[:start])
    if head["version"] != VERSION:
        raise ValueError(f"{path.name} was built by another version: run scripts/build_gazetteer")
    view, out = memoryview(body), {}
    for name, length in head["sections"].items():
        out[name] = view[start : start + length]
        start += length
    return out


def numbers(values: list[int], kind: str) -> bytes:
    """Little-endian on every machine."""
    packed = array(kind, values)
    assert packed.itemsize == _WIDTH[kind]
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def integers(view: memoryview, kind: str = INTEGER) -> list[int]:
    read = array(kind)
    read.frombytes(view)
    if sys.byteorder == "big":
        read.byteswap()
    return read.tolist()


def lines(view: memoryview) -> list[str]:
    return str(view, "utf-8").split("\n")


def npy_column(path: Path, kind: Literal["H", "I", "Q"]) -> memoryview[int]:
    """A one-dimensional .npy file as it lies on disk: nothing is read before it is asked for."""
    with path.open("rb") as f:
        mapped = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
    start = 10 + int.from_bytes(mapped[8:10], "little")
    return memoryview(mapped)[start:].cast(kind)
