"""The tagger in numpy: what kernels.py does, to read and to check against, and for the first texts of a process.

Slower by some thirty times, but it starts at once, and no text is long enough to make that felt.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.address_tagger import lexicon
from models.address_tagger.alphabet import DIGIT, KEY, LETTER, NUMERAL, OTHER, PLANE

Array = NDArray[Any]
TEMPLATES: Final = 31
"""Features of one sign."""
_LOW: Final = -(1 << 28)
_EDGE, _END, _NO_KEY = 1, 2, 3


def _mix(t: int, a: Array | int, b: Array | int, c: Array | int, mask: int) -> Array:
    """The row of a feature: template ``t`` with up to three values."""
    total = np.uint32(t * 0x9E3779B1 & 0xFFFFFFFF)
    h = total + _u(a) * np.uint32(0x85EBCA77) + _u(b) * np.uint32(0xC2B2AE3D) + _u(c) * np.uint32(0x27D4EB2F)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x2C1B3CA5)
    h ^= h >> np.uint32(13)
    rows: Array = (h & np.uint32(mask)).astype(np.int32)
    return rows


def _u(value: Array | int) -> NDArray[np.uint32]:
    return np.atleast_1d(np.asarray(value, dtype=np.int64)).astype(np.uint32)


def _paint(signs: list[int], given: list[int], home: int, kind: int, low: int, high: int, table: lexicon.Table) -> list[int]:
    """Mark the longest names from left to right: 1 + 10·length begins one, 2 is inside, 3 ends it."""
    out = [0] * len(signs)
    i = 0
    while i < len(signs):
        longest = 0
        hashes = lexicon.begin(home, kind)
        for j in range(i, min(len(signs), i + high)):
            if given[j] >= 0:
                break
            hashes = lexicon.advance(hashes, signs[j])
            if j - i + 1 >= low and lexicon.holds(table, hashes):
                longest = j - i + 1
        if longest:
            out[i] = 1 + 10 * min(longest, 4)
            out[i + 1 : i + longest] = [2] * (longest - 1)
            out[i + longest - 1] = 3
        i += max(longest, 1)
    return out


def _runs(ch: list[int], kd: list[int]) -> tuple[Array, Array, Array]:
    """What stands before and after the run of digits, letters or numerals that a sign belongs to, and its length (0: none)."""
    n = len(kd) - 8
    before, after, length = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    i = 0
    while i < n:
        j = i + 1
        if kd[i + 4] in (DIGIT, LETTER, NUMERAL):
            while j < n and kd[j + 4] == kd[i + 4]:
                j += 1
            length[i:j] = min(j - i, 5)
        before[i:j] = ch[i + 3]
        after[i:j] = ch[j + 4]
        i = j
    return before, after, length


def _keys_ahead(ch: list[int], kd: list[int]) -> tuple[Array, Array, Array]:
    """The next key from each sign on, how far it is, and the key after it."""
    n = len(kd) - 8
    key, second, far = np.full(n + 1, _NO_KEY), np.full(n + 1, _NO_KEY), np.zeros(n + 1, np.int64)
    for i in range(n - 1, -1, -1):
        if kd[i + 4] >= KEY:
            key[i], second[i] = ch[i + 4], key[i + 1]
        else:
            key[i], second[i], far[i] = key[i + 1], second[i + 1], min(far[i + 1] + 1, 9)
    return key[:n], second[:n], far[:n]


def _left_of(ch: list[int], kd: list[int], given: list[int]) -> Array:
    """Columns a sign: the last three keys, how far the last is, the last area's label, how far that is."""
    n = len(kd) - 8
    out = np.zeros((6, n), np.int64)
    key, key2, key3, far, area, area_far = _NO_KEY, _NO_KEY, _NO_KEY, 0, -1, 0
    for i in range(n):
        out[:, i] = key, key2, key3, far, area, area_far
        if given[i] >= 0:
            area, area_far = given[i] >> 1, 0
            key, key2, far = 4 + area, _NO_KEY, 0
            continue
        area_far = min(area_far + 1, 9)
        if kd[i + 4] >= KEY:
            key, key2, key3, far = ch[i + 4], key, key2, 0
        else:
            far = min(far + 1, 9)
    return out


def features(codes: Array, given: Array, home: int, fold: Array, kind: Array, table: lexicon.Table, mask: int) -> Array:
    """The rows of the weights that each sign's features stand for (signs x TEMPLATES)."""
    n = len(codes)
    signs = np.where(codes < PLANE, codes, OTHER).astype(np.int64)
    ch = np.concatenate([np.full(4, _EDGE), fold[signs], np.full(4, _END)]).astype(np.int64)
    kd = np.concatenate([np.zeros(4), kind[signs], np.zeros(4)]).astype(np.int64)
    ch_list, kd_list, given_list, sign_list = ch.tolist(), kd.tolist(), given.tolist(), signs.tolist()
    lex = np.zeros((3, n + 2), np.int64)
    for row, (name_kind, low, high) in enumerate(lexicon.LENGTHS):
        of = 0 if name_kind == lexicon.ESTATE else home
        if of > 0 or name_kind == lexicon.ESTATE:
            lex[row, 1 : n + 1] = _paint(sign_list, given_list, of, name_kind, low, high, table)
    before, after, length = _runs(ch_list, kd_list)
    nk, nk2, nf = _keys_ahead(ch_list, kd_list)
    key, key2, key3, far, area, area_far = _left_of(ch_list, kd_list, given_list)
    k = kd[4:-4]
    raw0 = ch[4:-4]
    c0 = np.where((k == DIGIT) | (k == LETTER), raw0 * 8 + length, raw0)
    c1, c2, c3 = ch[5 : n + 5], ch[6 : n + 6], ch[7 : n + 7]
    b1, b2, b3 = ch[3 : n + 3], ch[2 : n + 2], ch[1 : n + 1]
    village, town, estate = lex[:, 1 : n + 1]
    village_b, town_b, estate_b = lex[:, :n]
    v0, vb, nkd, ar = village * 64 + estate, village_b * 64 + estate_b, nk * 16 + nf, area * 16 + area_far
    values: list[tuple[Array | int, Array | int, Array | int]] = [
        (c0, 0, 0), (b1, 0, 0), (c1, 0, 0), (b2, b1, 0), (b1, c0, 0), (c0, c1, 0), (c1, c2, 0), (b1, c0, c1), (b2, b1, c0), (c0, c1, c2),
        (before, after, length * 16 + k), (nkd, 0, 0), (nk, c0, 0), (key, far, 0), (key, nk, k), (key, key2, k),
        (nk, nk2, np.minimum(nf, 4)), (area, area_far, k), (ar, c0, c1), (before, length, key), (after, length, key),
        (c0 * 7 + c3, c1, c2), (b2 * 7 + b3, b1, c0), (key, key2, key3), (key * 16 + far, nkd, key2),
        (village, village_b, lex[0, 2:]), (town, town_b, ar), (estate, estate_b, lex[2, 2:]), (v0, town, nkd), (vb, town_b, nkd), (v0, town, ar),
    ]  # fmt: skip
    return np.stack([_mix(t + 1, a, b, c, mask) for t, (a, b, c) in enumerate(values)], axis=1)


def decode(scores: Array, moves: Array, given: Array, glued: Array) -> Array:
    """The best states for the scores (Viterbi over labels; a span goes on only with its own label).

    No span begins at a sign that is ``glued`` to the one before it.
    """
    n, labels, tagged = len(scores), len(moves), scores.shape[1] // 2
    source = np.zeros((n, labels), np.int64)
    inside = np.zeros((n, labels), np.bool_)
    begun, gone = np.full(labels, _LOW, np.int64), np.full(labels, _LOW, np.int64)
    for i, fixed in enumerate(given.tolist()):
        best = np.maximum(begun, gone)
        begun, gone = np.full(labels, _LOW, np.int64), np.full(labels, _LOW, np.int64)
        if fixed >= 0:
            label, goes_on = fixed >> 1, bool(fixed & 1)
            leader = int(best.argmax())
            value = max(int(best[label if goes_on else leader]), 0) if i else 0
            (gone if goes_on else begun)[label] = value
            inside[i, label], source[i, label] = goes_on, 0 if goes_on else leader
            continue
        if i == 0:
            begun[:tagged] = scores[0, 0::2]
        else:
            onward = np.where(best[:, None] > _LOW // 2, best[:, None] + moves[:, :tagged], 2 * _LOW)
            if glued[i] and given[i - 1] < 0:
                onward[:] = 2 * _LOW
            source[i, :tagged] = onward.argmax(axis=0)
            gone[:tagged] = np.maximum(best[:tagged] + scores[i, 1::2], _LOW)
            begun[:tagged] = onward.max(axis=0) + scores[i, 0::2]
        inside[i, :tagged] = gone[:tagged] > begun[:tagged]
    states = np.empty(n, np.int8)
    label = int(np.maximum(begun, gone).argmax())
    for i in range(n - 1, -1, -1):
        states[i] = 2 * label + int(inside[i, label])
        if not states[i] & 1:
            label = int(source[i, label])
    return states


def tag(codes: Array, given: Array, home: int, fold: Array, kind: Array, table: lexicon.Table, weights: Array, moves: Array) -> Array:
    """The states of the signs. Weights are bytes with 128 for nothing."""
    if len(codes) == 0:
        return np.empty(0, np.int8)
    rows = features(codes, given, home, fold, kind, table, len(weights) - 1)
    scores = weights[rows].sum(axis=1, dtype=np.int64) - 128 * TEMPLATES
    digit = (codes >= ord("0")) & (codes <= ord("9"))
    return decode(scores, moves, given, np.concatenate([[False], digit[1:] & digit[:-1]]))
