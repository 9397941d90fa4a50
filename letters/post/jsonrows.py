"""Objects of a JSON answer file one by one, without reading the file whole: an array, an array under a key, or JSON lines.

A file that breaks off gives every whole object before the break and then says so. Not a general JSON parser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, TextIO

_BLOCK: Final = 1 << 16
_LONGEST_OBJECT: Final = 1 << 20
"""Characters; an answer's row is a few hundred. A longer one is no row but a broken file."""
_SPACE: Final = re.compile(r"[\s,]*")
_HEAD_LIMIT: Final = 1 << 16

Row = dict[str, object]


class BrokenOff(ValueError):
    """The rest of the file is not JSON: it was cut, or damaged from here on. ``content`` is the unread beginning of it."""

    def __init__(self, content: str) -> None:
        super().__init__("broken off")
        self.content = content


class JsonRows:
    """Iterates the objects. ``head`` holds the scalars that stand before the array (a sequence number, a batch…)."""

    def __init__(self, text: TextIO, array_keys: frozenset[str]) -> None:
        self._text = text
        self._keys = array_keys
        self._buffer = ""
        self._at = 0
        self._ended = False
        self._decode = json.JSONDecoder().raw_decode
        self.head: Row = {}
        self._closing = self._find_start()

    def _more(self) -> bool:
        block = self._text.read(_BLOCK)
        if not block:
            self._ended = True
            return False
        self._buffer = self._buffer[self._at :] + block
        self._at = 0
        return True

    def _skip(self) -> str:
        """Past white space and commas; the next character, '' at the end."""
        while True:
            match = _SPACE.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def _value(self) -> object:
        while True:
            try:
                value, self._at = self._decode(self._buffer, self._at)
            except json.JSONDecodeError:
                if len(self._buffer) - self._at > _LONGEST_OBJECT or not self._more():
                    raise BrokenOff(self._buffer[self._at : self._at + 200]) from None
            else:
                # A number at the end of what was read may go on in the next block.
                if self._at < len(self._buffer) or isinstance(value, (dict, list, str)) or not self._grown(value):
                    return value

    def _grown(self, value: object) -> bool:
        """Step back over a value that ended with the buffer and read on; False when the file has no more."""
        self._at -= len(json.dumps(value))
        if self._more():
            return True
        self._at = len(self._buffer)
        return False

    def _find_start(self) -> str:
        """Read up to the first row; the character that closes the rows ('' for JSON lines)."""
        first = self._skip()
        if first == "[":
            self._at += 1
            return "]"
        if first != "{":
            raise BrokenOff(self._buffer[self._at : self._at + 200])
        return self._into_object()

    def _into_object(self) -> str:
        while len(self._buffer) < _HEAD_LIMIT and self._more():
            pass
        start = self._at
        self._at += 1
        while (char := self._skip()) == '"':
            key = self._value()
            if self._skip() != ":":
                raise BrokenOff(self._buffer[start : start + 200])
            self._at += 1
            opening = self._skip()
            if key in self._keys and opening == "[":
                self._at += 1
                return "]"
            if key in self._keys and opening == "{":
                return self._into_object()
            self.head[str(key)] = self._value()
        if char == "}":
            # No array inside: the object itself is a row, the first of JSON lines.
            self.head = {}
            self._at = start
            return ""
        raise BrokenOff(self._buffer[start : start + 200])

    def __iter__(self) -> Iterator[Row | str]:
        """Rows; a value that is no object comes as its text.

        Raises:
            BrokenOff: the file ends or turns into something else before its closing bracket.
        """
        while True:
            char = self._skip()
            if char == self._closing:
                return
            if not char:
                raise BrokenOff("")
            try:
                value = self._value()
            except BrokenOff:
                yield self._past_damage()
            else:
                yield value if isinstance(value, dict) else json.dumps(value, ensure_ascii=False)

    def _past_damage(self) -> str:
        """Go on at the next object that is whole: one damaged row loses no other. The text that was passed over."""
        start = self._at
        following = self._buffer.find("{", start + 1)
        while following != -1:
            try:
                self._decode(self._buffer, following)
            except json.JSONDecodeError:
                following = self._buffer.find("{", following + 1)
            else:
                self._at = following
                return self._buffer[start:following]
        raise BrokenOff(self._buffer[start : start + 2000])
