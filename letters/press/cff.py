"""Reads a CID-keyed CFF font and cuts subsets out of it, fast and with the same bytes every time.

Glyph programs are copied with their subroutines written in place, so a subset holds exactly the outlines it shows.
Format: Adobe Technical Notes 5176 (CFF) and 5177 (Type 2 charstrings). Not for name-keyed or variable fonts.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

_FD_ARRAY: Final = (12, 36)
_FD_SELECT: Final = (12, 37)
_ROS: Final = (12, 30)
_CID_COUNT: Final = (12, 34)
_FONT_BBOX: Final = (5,)
_PRIVATE: Final = (18,)
_SUBRS: Final = (19,)
_CHARSTRINGS: Final = (17,)
_CHARSET: Final = (15,)
_ADOBE_IDENTITY: Final = (391, 392, 0)
"""String ids of Adobe and Identity when they are the only strings of the subset."""


class NotUsable(ValueError):
    """The data is not a CID-keyed CFF font with the Identity ordering."""


class CffFont:
    """One CFF table. Glyph programs are flattened when first asked for and kept."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        _, position = _index(data, data[2])
        tops, position = _index(data, position)
        _, position = _index(data, position)
        self._global_subrs, _ = _index(data, position)
        top = _dict(_at(data, tops, 0))
        if _ROS not in top or _FD_ARRAY not in top or _FD_SELECT not in top:
            raise NotUsable("not a CID-keyed CFF font")
        self.bbox: tuple[int, ...] = tuple(top[_FONT_BBOX])
        self._glyphs, _ = _index(data, top[_CHARSTRINGS][0])
        self.count = len(self._glyphs) - 1
        self._fd_of = _fd_select(data, top[_FD_SELECT][0], self.count)
        fonts, _ = _index(data, top[_FD_ARRAY][0])
        self._fds: list[tuple[bytes, list[int] | None]] = []
        for number in range(len(fonts) - 1):
            font = _dict(_at(data, fonts, number))
            size, offset = font[_PRIVATE]
            private = data[offset : offset + size]
            entries = _dict(private)
            local = _index(data, offset + entries[_SUBRS][0])[0] if _SUBRS in entries else None
            self._fds.append((_without_subrs(private), local))
        self._flat: dict[int, bytes] = {}

    def program(self, glyph: int) -> bytes:
        """The glyph's charstring without subroutine calls."""
        found = self._flat.get(glyph)
        if found is None:
            _, local = self._fds[self._fd_of[glyph]]
            found = self._flat[glyph] = _Flattener(self._data, self._global_subrs, local).run(
                _at(self._data, self._glyphs, glyph)
            )
        return found

    def subset(self, name: str, glyphs: Sequence[tuple[int, int]]) -> bytes:
        """A CFF font that shows ``glyphs``: (CID, glyph id) pairs in rising order of CID, without CID 0."""
        chosen = [(0, 0), *glyphs]
        used = sorted({self._fd_of[glyph] for _, glyph in chosen})
        renumber = {fd: number for number, fd in enumerate(used)}
        programs = _write_index([self.program(glyph) for _, glyph in chosen])
        charset = b"\x00" + struct.pack(f">{len(glyphs)}H", *(cid for cid, _ in glyphs))
        select = _write_fd_select([renumber[self._fd_of[glyph]] for _, glyph in chosen])
        privates = [self._fds[fd][0] for fd in used]
        head = b"\x01\x00\x04\x02" + _write_index([name.encode("ascii")])
        strings = _write_index([b"Adobe", b"Identity"])
        no_subrs = b"\x00\x00"

        def top_dict(charset_at: int, select_at: int, programs_at: int, fonts_at: int) -> bytes:
            return (
                b"".join(_int5(value) for value in _ADOBE_IDENTITY) + b"\x0c\x1e"
                + b"".join(_int5(value) for value in self.bbox) + b"\x05"
                + _int5(65536) + b"\x0c\x22"
                + _int5(charset_at) + b"\x0f" + _int5(select_at) + b"\x0c\x25"
                + _int5(programs_at) + b"\x11" + _int5(fonts_at) + b"\x0c\x24"
            )

        top_size = len(_write_index([top_dict(0, 0, 0, 0)]))
        charset_at = len(head) + top_size + len(strings) + len(no_subrs)
        select_at = charset_at + len(charset)
        programs_at = select_at + len(select)
        private_at = programs_at + len(programs)
        font_dicts = []
        for private in privates:
            font_dicts.append(_int5(len(private)) + _int5(private_at) + b"\x12")
            private_at += len(private)
        top = _write_index([top_dict(charset_at, select_at, programs_at, private_at)])
        return b"".join(
            (head, top, strings, no_subrs, charset, select, programs, *privates, _write_index(font_dicts))
        )


class _Flattener:
    """Copies one charstring, following its calls. Counts stems, because mask operators carry a byte for eight of them."""

    def __init__(self, data: bytes, global_subrs: list[int], local_subrs: list[int] | None) -> None:
        self._data = data
        self._global = global_subrs
        self._local = local_subrs
        self._out = bytearray()
        self._starts: list[int] = []
        """Where each number that is on the stack starts in the output."""
        self._stems = 0

    def run(self, program: bytes) -> bytes:
        self._walk(program, 0)
        return bytes(self._out)

    def _walk(self, program: bytes, depth: int) -> bool:  # noqa: PLR0912 - the format's cases, each two lines
        """Copies ``program``; True when the glyph has ended."""
        if depth > 10:
            raise NotUsable("subroutines nest deeper than the format allows")
        out, starts = self._out, self._starts
        position, size = 0, len(program)
        while position < size:
            byte = program[position]
            if byte >= 32 or byte == 28:
                step = 1 if 32 <= byte <= 246 else 3 if byte == 28 else 2 if byte < 255 else 5
                starts.append(len(out))
                out += program[position : position + step]
                position += step
                continue
            position += 1
            if byte in (10, 29):
                subrs = self._global if byte == 29 else self._local
                if subrs is None or not starts:
                    raise NotUsable("call of a subroutine that is not there")
                start = starts.pop()
                number = _number(out[start:]) + _bias(len(subrs) - 1)
                del out[start:]
                if self._walk(_at(self._data, subrs, number), depth + 1):
                    return True
            elif byte == 11:
                return False
            elif byte in (1, 3, 18, 23):
                self._stems += len(starts) // 2
                starts.clear()
                out.append(byte)
            elif byte in (19, 20):
                self._stems += len(starts) // 2
                starts.clear()
                mask = (self._stems + 7) // 8
                out.append(byte)
                out += program[position : position + mask]
                position += mask
            elif byte == 12:
                out += bytes((12, program[position]))
                if program[position] < 34 or program[position] > 37:
                    raise NotUsable("arithmetic in a charstring is not supported")
                position += 1
                starts.clear()
            else:
                starts.clear()
                out.append(byte)
                if byte == 14:
                    return True
        return False


def _number(data: bytes | bytearray) -> int:
    byte = data[0]
    if byte == 28:
        return int(struct.unpack(">h", data[1:3])[0])
    if byte <= 246:
        return byte - 139
    if byte <= 250:
        return (byte - 247) * 256 + data[1] + 108
    if byte <= 254:
        return -(byte - 251) * 256 - data[1] - 108
    raise NotUsable("a fraction as subroutine number")


def _bias(count: int) -> int:
    return 107 if count < 1240 else 1131 if count < 33900 else 32768


def _index(data: bytes, position: int) -> tuple[list[int], int]:
    """Absolute bounds of an INDEX's items (count + 1 of them), and the position after it."""
    (count,) = struct.unpack_from(">H", data, position)
    if count == 0:
        return [0], position + 2
    size = data[position + 2]
    start = position + 3
    table = data[start : start + (count + 1) * size]
    base = start + len(table) - 1
    offsets = [base + int.from_bytes(table[at : at + size], "big") for at in range(0, len(table), size)]
    return offsets, offsets[-1]


def _at(data: bytes, offsets: list[int], number: int) -> bytes:
    if not 0 <= number < len(offsets) - 1:
        raise NotUsable("an item beyond its index")
    return data[offsets[number] : offsets[number + 1]]


def _tokens(data: bytes) -> list[tuple[tuple[int, ...], list[int], int, int]]:
    """(operator, operands, start, end) of each entry of a DICT; real numbers are given as 0."""
    out: list[tuple[tuple[int, ...], list[int], int, int]] = []
    position, start = 0, 0
    operands: list[int] = []
    while position < len(data):
        byte = data[position]
        if byte <= 21:
            size = 2 if byte == 12 else 1
            out.append((tuple(data[position : position + size]), operands, start, position + size))
            position += size
            start, operands = position, []
        elif byte == 29:
            operands.append(int(struct.unpack_from(">i", data, position + 1)[0]))
            position += 5
        elif byte == 30:
            position += 1
            while data[position] & 0x0F != 0x0F:
                position += 1
            position += 1
            operands.append(0)
        else:
            operands.append(_number(data[position : position + 3]))
            position += 3 if byte == 28 else 1 if byte <= 246 else 2
    return out


def _dict(data: bytes) -> dict[tuple[int, ...], list[int]]:
    return {operator: operands for operator, operands, _, _ in _tokens(data)}


def _without_subrs(private: bytes) -> bytes:
    return b"".join(private[start:end] for operator, _, start, end in _tokens(private) if operator != _SUBRS)


def _fd_select(data: bytes, position: int, count: int) -> bytes:
    if data[position] == 0:
        return data[position + 1 : position + 1 + count]
    if data[position] != 3:
        raise NotUsable("unknown FDSelect format")
    (ranges,) = struct.unpack_from(">H", data, position + 1)
    out = bytearray(count)
    for number in range(ranges):
        first, fd, after = struct.unpack_from(">HBH", data, position + 3 + 3 * number)
        out[first:after] = bytes((fd,)) * (after - first)
    return bytes(out)


def _write_fd_select(fds: list[int]) -> bytes:
    ranges = [(glyph, fd) for glyph, fd in enumerate(fds) if glyph == 0 or fds[glyph - 1] != fd]
    body = b"".join(struct.pack(">HB", glyph, fd) for glyph, fd in ranges)
    return struct.pack(">BH", 3, len(ranges)) + body + struct.pack(">H", len(fds))


def _write_index(items: Sequence[bytes]) -> bytes:
    if not items:
        return b"\x00\x00"
    offsets = [1]
    for item in items:
        offsets.append(offsets[-1] + len(item))
    size = (offsets[-1].bit_length() + 7) // 8
    table = b"".join(offset.to_bytes(size, "big") for offset in offsets)
    return struct.pack(">HB", len(items), size) + table + b"".join(items)


def _int5(value: int) -> bytes:
    return b"\x1d" + struct.pack(">i", value)
