"""A hash tree over the rows of a manifest, so that one row can be shown to belong to a sealed batch without the others.

The root stands in batch.json, which the seal signs. Leaves and nodes are told apart by a prefix (RFC 6962); an odd node
goes up as it is. The evidence package's own checker (``evidence_verify``) computes the same with nothing of ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

METHOD: Final = "sha256 tree over row lines without CRLF: leaf 00|line, node 01|left|right, odd node as it is"


def row_lines(manifest: Path) -> tuple[bytes, list[bytes]]:
    """(header line, row lines) of a manifest.csv, exact bytes without line ends. No field holds a line break."""
    header, *rows = manifest.read_bytes().removesuffix(b"\r\n").split(b"\r\n")
    return header, rows


def leaf(line: bytes) -> bytes:
    """The hash of one row."""
    return hashlib.sha256(b"\x00" + line).digest()


def _above(level: Sequence[bytes]) -> list[bytes]:
    pairs = [hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) % 2 else pairs


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root; of no rows at all the hash of nothing."""
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else hashlib.sha256().digest()


def path_of(leaves: Sequence[bytes], index: int) -> list[tuple[str, bytes]]:
    """The neighbours on the way from leaf ``index`` (from 0) to the root: ("left" | "right", hash)."""
    level, found = list(leaves), []
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            found.append(("left" if neighbour < index else "right", level[neighbour]))
        level, index = _above(level), index // 2
    return found
