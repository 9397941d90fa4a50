"""DataMatrix ECC 200 (ISO/IEC 16022) for the inserter mark: ASCII encodation, squares 10 to 26, at table speed.

Error correction, placement and padding are linear, so a symbol is the XOR of one stored pattern a codeword.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from letters.press.bits import Bits, bits_of

_SIZES: Final = ((10, 3, 5), (12, 5, 7), (14, 8, 10), (16, 12, 12), (18, 18, 14), (20, 22, 18), (22, 30, 20), (24, 36, 24), (26, 44, 28))
"""Side in modules, data and error codewords of the one-region squares."""
_POLYNOMIAL: Final = 0x12D
_PAD: Final = 129
_PAIRS: Final = {f"{number:02d}": 130 + number for number in range(100)}
"""Two digits in one codeword."""


def datamatrix(text: str, at_least: int = 10) -> Bits:
    """The symbol of ASCII text, without its quiet zone; ``at_least`` modules a side.

    Raises:
        ValueError: when the text is not ASCII or too long for 26 x 26.
    """
    words = _codewords(text)
    for side, data, _ in _SIZES:
        if side >= at_least and len(words) <= data:
            words = _padded(words, data)
            value = _blank(side)
            for place, word in enumerate(words):
                value ^= _pattern(side, place, word)
            return Bits(side, side, value)
    raise ValueError(f"too long for an inserter mark: {text!r}")


def _codewords(text: str) -> list[int]:
    """Codewords of the text. Up to its second stroke the inserter marks of a batch are the same."""
    shared = text.find("/", text.find("/") + 1) + 1
    return [*_words(text[:shared]), *_encoded(text[shared:])]


@lru_cache(maxsize=64)
def _words(text: str) -> tuple[int, ...]:
    return tuple(_encoded(text))


def _encoded(text: str) -> list[int]:
    out = []
    at = 0
    while at < len(text):
        pair = _PAIRS.get(text[at : at + 2])
        if pair is not None:
            out.append(pair)
            at += 2
            continue
        code = ord(text[at])
        if code > 127:
            raise ValueError(f"not ASCII: {text!r}")
        out.append(code + 1)
        at += 1
    return out


def _padded(words: list[int], size: int) -> list[int]:
    out = list(words)
    if len(out) < size:
        out.append(_PAD)
    while len(out) < size:
        scrambled = _PAD + (149 * (len(out) + 1)) % 253 + 1
        out.append(scrambled if scrambled <= 254 else scrambled - 254)
    return out


def _exponents() -> tuple[list[int], list[int]]:
    powers, logs = [0] * 255, [0] * 256
    value = 1
    for exponent in range(255):
        powers[exponent] = value
        logs[value] = exponent
        value <<= 1
        if value > 255:
            value ^= _POLYNOMIAL
    return powers, logs


_POWERS, _LOGS = _exponents()


def _times(a: int, b: int) -> int:
    return _POWERS[(_LOGS[a] + _LOGS[b]) % 255] if a and b else 0


@lru_cache(maxsize=16)
def _generator(size: int) -> list[int]:
    out = [1]
    for exponent in range(1, size + 1):
        root = _POWERS[exponent]
        out = [a ^ _times(b, root) for a, b in zip([*out, 0], [0, *out], strict=True)]
    return out


def _corrections(words: list[int], size: int) -> list[int]:
    generator = _generator(size)
    rest = [0] * size
    for word in words:
        factor = word ^ rest[0]
        rest = [a ^ _times(factor, b) for a, b in zip([*rest[1:], 0], generator[1:], strict=True)]
    return rest


@lru_cache(maxsize=16)
def _blank(side: int) -> int:
    """Finder and timing pattern, with the fixed dark corner where the placement leaves one."""
    rows = [[column == 0 or row == side - 1 or (row == 0 and column % 2 == 0) or (column == side - 1 and row % 2 == 1)
             for column in range(side)] for row in range(side)]
    if _placement(side - 2)[side - 3][side - 3] == _FIXED_DARK:
        rows[side - 2][side - 2] = True
        rows[side - 3][side - 3] = True
    return bits_of(rows).value


@lru_cache(maxsize=8192)
def _pattern(side: int, place: int, word: int) -> int:
    """What one data codeword changes in the symbol, its share of the error correction included."""
    data, errors = next((data, errors) for size, data, errors in _SIZES if size == side)
    words = [0] * data
    words[place] = word
    words += _corrections(words, errors)
    rows = [[False] * side for _ in range(side)]
    for row, line in enumerate(_placement(side - 2)):
        for column, cell in enumerate(line):
            if cell >= 0 and words[cell // 8] >> (7 - cell % 8) & 1:
                rows[row + 1][column + 1] = True
    return bits_of(rows).value


_EMPTY: Final = -1
_FIXED_DARK: Final = -2


@lru_cache(maxsize=16)
def _placement(size: int) -> list[list[int]]:
    """Which bit (codeword x 8 + bit, most significant first) stands in each cell (ISO/IEC 16022 annex F)."""
    grid = [[_EMPTY] * size for _ in range(size)]

    def put(row: int, column: int, bit: int) -> None:
        if row < 0:
            row += size
            column += 4 - (size + 4) % 8
        if column < 0:
            column += size
            row += 4 - (size + 4) % 8
        grid[row][column] = bit

    def utah(row: int, column: int, word: int) -> None:
        for bit, (down, right) in enumerate(((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))):
            put(row + down, column + right, word * 8 + bit)

    def corner(cells: tuple[tuple[int, int], ...], word: int) -> None:
        for bit, (row, column) in enumerate(cells):
            put(row % size, column % size, word * 8 + bit)

    corners = (
        ((-1, 0), (-1, 1), (-1, 2), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
        ((-3, 0), (-2, 0), (-1, 0), (0, -4), (0, -3), (0, -2), (0, -1), (1, -1)),
        ((-3, 0), (-2, 0), (-1, 0), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
        ((-1, 0), (-1, -1), (0, -3), (0, -2), (0, -1), (1, -3), (1, -2), (1, -1)),
    )
    word, row, column = 0, 4, 0
    while row < size or column < size:
        for number, here in enumerate((
            row == size and column == 0,
            row == size - 2 and column == 0 and size % 4 != 0,
            row == size - 2 and column == 0 and size % 8 == 4,
            row == size + 4 and column == 2 and size % 8 == 0,
        )):
            if here:
                corner(corners[number], word)
                word += 1
        while row >= 0 and column < size:
            if row < size and column >= 0 and grid[row][column] == _EMPTY:
                utah(row, column, word)
                word += 1
            row, column = row - 2, column + 2
        row, column = row + 1, column + 3
        while row < size and column >= 0:
            if row >= 0 and column < size and grid[row][column] == _EMPTY:
                utah(row, column, word)
                word += 1
            row, column = row + 2, column - 2
        row, column = row + 3, column + 1
    if grid[size - 1][size - 1] == _EMPTY:
        grid[size - 1][size - 1] = grid[size - 2][size - 2] = _FIXED_DARK
    return grid
