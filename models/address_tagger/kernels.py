"""The hot loops, compiled by numba on first use: features of every sign, scores, and the best sequence of states.

plain.py says the same in numpy (all arithmetic is of integers, so that both agree exactly; a test compares them). Import it
lazily: numba costs a second, and its first compilation some more; the machine code is kept where a cache folder is writable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.address_tagger.plain import TEMPLATES

Array = NDArray[Any]
_T = TEMPLATES


def _jit(function: Callable[..., Any]) -> Callable[..., Any]:
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder for the cache is writable
        return njit(nogil=True)(function)


# numba makes 64 bits of every product and sum of 32: each step is cut back, as numpy and the plain code do.
@_jit
def _mix(t: int, a: int, b: int, c: int, mask: int) -> np.int32:
    h = np.uint32(t * 0x9E3779B1 + a * 0x85EBCA77 + b * 0xC2B2AE3D + c * 0x27D4EB2F)
    h = np.uint32(h ^ (h >> np.uint32(15)))
    h = np.uint32(h * np.uint32(0x2C1B3CA5))
    h = np.uint32(h ^ (h >> np.uint32(13)))
    return np.int32(h & np.uint32(mask))


@_jit
def _paint(signs: Array, given: Array, home: int, kind: int, low: int, high: int, table: Array, out: Array) -> None:
    n = len(signs)
    mask = np.uint32(len(table) - 1)
    seed = np.uint32(home * 8 + kind)
    first_a = np.uint32(seed * np.uint32(0x9E3779B1))
    first_b = np.uint32(seed * np.uint32(0x85EBCA77) + np.uint32(1))
    i = 0
    while i < n:
        longest = 0
        a = first_a
        b = first_b
        for j in range(i, min(n, i + high)):
            if given[j] >= 0:
                break
            sign = np.uint32(signs[j])
            a = np.uint32(np.uint32(a ^ sign) * np.uint32(0x01000193))
            b = np.uint32(np.uint32(b + sign) * np.uint32(0x2C1B3CA5))
            a = np.uint32(a ^ (a >> np.uint32(15)))
            b = np.uint32(b ^ (b >> np.uint32(13)))
            if j - i + 1 < low:
                continue
            at = np.uint32(a * np.uint32(0x85EBCA77))
            at = np.uint32((at ^ (at >> np.uint32(13))) & mask)
            fingerprint = max(np.uint32(b >> np.uint32(16)), np.uint32(1))
            while table[at] != 0:
                if table[at] == fingerprint:
                    longest = j - i + 1
                    break
                at = np.uint32((at + np.uint32(1)) & mask)
        if longest:
            out[i] = 1 + 10 * min(longest, 4)
            for j in range(i + 1, i + longest):
                out[j] = 2
            out[i + longest - 1] = 3
            i += longest
        else:
            i += 1


@_jit
def features(codes: Array, given: Array, home: int, fold: Array, kind: Array, table: Array, mask: int, out: Array) -> None:
    """Fill ``out`` (signs x TEMPLATES) with the rows of the weights that each sign's features stand for."""
    n = len(codes)
    ch = np.empty(n + 8, np.int32)
    kd = np.zeros(n + 8, np.int32)
    for i in range(4):
        ch[i] = 1
        ch[n + 4 + i] = 2
    signs = np.empty(n, np.int32)
    for i in range(n):
        c = codes[i] if codes[i] < 65536 else 65533
        signs[i] = c
        ch[i + 4] = fold[c]
        kd[i + 4] = kind[c]
    lex = np.zeros((3, n + 2), np.int32)  # one empty place on both sides
    if home > 0:
        _paint(signs, given, home, 1, 2, 6, table, lex[0, 1:])
        _paint(signs, given, home, 2, 2, 5, table, lex[1, 1:])
    _paint(signs, given, 0, 3, 3, 9, table, lex[2, 1:])
    before = np.empty(n, np.int32)
    after = np.empty(n, np.int32)
    length = np.zeros(n, np.int32)
    i = 0
    while i < n:
        j = i + 1
        if 1 <= kd[i + 4] <= 3:
            while j < n and kd[j + 4] == kd[i + 4]:
                j += 1
            for p in range(i, j):
                length[p] = min(j - i, 5)
        for p in range(i, j):
            before[p] = ch[i + 3]
            after[p] = ch[j + 4]
        i = j
    next_key = np.empty(n + 1, np.int32)
    next_far = np.empty(n + 1, np.int32)
    next_key2 = np.empty(n + 1, np.int32)
    next_key[n] = 3
    next_key2[n] = 3
    next_far[n] = 0
    for i in range(n - 1, -1, -1):
        if kd[i + 4] >= 10:
            next_key2[i] = next_key[i + 1]
            next_key[i] = ch[i + 4]
            next_far[i] = 0
        else:
            next_key[i] = next_key[i + 1]
            next_key2[i] = next_key2[i + 1]
            next_far[i] = min(next_far[i + 1] + 1, 9)
    key = 3
    key2 = 3
    key3 = 3
    far = 0
    area = -1
    area_far = 0
    for i in range(n):
        o = i + 4
        k = kd[o]
        c0 = ch[o]
        c1 = ch[o + 1]
        c2 = ch[o + 2]
        b1 = ch[o - 1]
        b2 = ch[o - 2]
        if 1 <= k <= 2:
            c0 = c0 * 8 + length[i]
        nk = next_key[i]
        nkd = nk * 16 + next_far[i]
        v0 = lex[0, i + 1] * 64 + lex[2, i + 1]
        t0 = lex[1, i + 1]
        vb = lex[0, i] * 64 + lex[2, i]
        f = out[i]
        f[0] = _mix(1, c0, 0, 0, mask)
        f[1] = _mix(2, b1, 0, 0, mask)
        f[2] = _mix(3, c1, 0, 0, mask)
        f[3] = _mix(4, b2, b1, 0, mask)
        f[4] = _mix(5, b1, c0, 0, mask)
        f[5] = _mix(6, c0, c1, 0, mask)
        f[6] = _mix(7, c1, c2, 0, mask)
        f[7] = _mix(8, b1, c0, c1, mask)
        f[8] = _mix(9, b2, b1, c0, mask)
        f[9] = _mix(10, c0, c1, c2, mask)
        f[10] = _mix(11, before[i], after[i], length[i] * 16 + k, mask)
        f[11] = _mix(12, nkd, 0, 0, mask)
        f[12] = _mix(13, nk, c0, 0, mask)
        f[13] = _mix(14, key, far, 0, mask)
        f[14] = _mix(15, key, nk, k, mask)
        f[15] = _mix(16, key, key2, k, mask)
        f[16] = _mix(17, nk, next_key2[i], min(next_far[i], 4), mask)
        f[17] = _mix(18, area, area_far, k, mask)
        f[18] = _mix(19, area * 16 + area_far, c0, c1, mask)
        f[19] = _mix(20, before[i], length[i], key, mask)
        f[20] = _mix(21, after[i], length[i], key, mask)
        f[21] = _mix(22, c0 * 7 + ch[o + 3], c1, c2, mask)
        f[22] = _mix(23, b2 * 7 + ch[o - 3], b1, c0, mask)
        f[23] = _mix(24, key, key2, key3, mask)
        f[24] = _mix(25, key * 16 + far, nkd, key2, mask)
        f[25] = _mix(26, lex[0, i + 1], lex[0, i], lex[0, i + 2], mask)
        f[26] = _mix(27, t0, lex[1, i], area * 16 + area_far, mask)
        f[27] = _mix(28, lex[2, i + 1], lex[2, i], lex[2, i + 2], mask)
        f[28] = _mix(29, v0, t0, nkd, mask)
        f[29] = _mix(30, vb, lex[1, i], nkd, mask)
        f[30] = _mix(31, v0, t0, area * 16 + area_far, mask)
        if given[i] >= 0:
            area = given[i] >> 1
            area_far = 0
            key = 4 + area
            key2 = 3
            far = 0
        else:
            area_far = min(area_far + 1, 9)
            if k >= 10:
                key3 = key2
                key2 = key
                key = ch[o]
                far = 0
            else:
                far = min(far + 1, 9)


@_jit
def digits_glued(codes: Array) -> Array:
    """Which signs go on with a number: 11 is one number, whoever wrote it."""
    glued = np.zeros(len(codes), np.int8)
    for i in range(1, len(codes)):
        if 48 <= codes[i] <= 57 and 48 <= codes[i - 1] <= 57:
            glued[i] = 1
    return glued


@_jit
def decode(scores: Array, moves: Array, given: Array, glued: Array, states: Array) -> None:
    """The best states for the scores (signs x STATES). ``moves[a, b]``: a span of label b after one of label a.

    No span begins at a sign that is ``glued`` to the one before it.
    """
    n = len(scores)
    labels = moves.shape[0]
    tagged = scores.shape[1] // 2
    low = np.int32(-(1 << 28))
    begun = np.full(labels, low, np.int32)
    gone = np.full(labels, low, np.int32)
    best = np.empty(labels, np.int32)
    top = np.empty(tagged, np.int32)
    source = np.zeros((n, labels), np.int8)
    inside = np.zeros((n, labels), np.int8)
    for i in range(n):
        for b in range(labels):
            best[b] = max(begun[b], gone[b])
        fixed = given[i]
        if fixed >= 0:
            label = fixed >> 1
            leader = 0
            for a in range(labels):
                if best[a] > best[leader]:
                    leader = a
            value = max(best[label if fixed & 1 else leader], 0) if i else np.int32(0)
            for b in range(labels):
                begun[b] = low
                gone[b] = low
            if fixed & 1:
                gone[label] = value
                inside[i, label] = 1
            else:
                begun[label] = value
                source[i, label] = leader
            continue
        if i == 0:
            for b in range(tagged):
                begun[b] = scores[0, 2 * b]
        else:
            row = source[i]
            for b in range(tagged):
                top[b] = low * 2
            if not glued[i] or given[i - 1] >= 0:
                for a in range(labels):
                    from_a = best[a]
                    if from_a <= low // 2:
                        continue
                    for b in range(tagged):
                        value = from_a + moves[a, b]
                        if value > top[b]:
                            top[b] = value
                            row[b] = a
            for b in range(tagged):
                gone[b] = max(best[b] + scores[i, 2 * b + 1], low)
                begun[b] = top[b] + scores[i, 2 * b]
            for b in range(tagged, labels):
                gone[b] = low
                begun[b] = low
        for b in range(tagged):
            inside[i, b] = 1 if gone[b] > begun[b] else 0
    label = 0
    for b in range(labels):
        if max(begun[b], gone[b]) > max(begun[label], gone[label]):
            label = b
    for i in range(n - 1, -1, -1):
        state = 2 * label + inside[i, label]
        states[i] = state
        if not state & 1:
            label = source[i, label]


@_jit
def score(rows: Array, weights: Array, scores: Array) -> None:
    """Add up the weights of each sign's features. Weights are bytes with 128 for nothing, eight to a word: the sums of 31
    fit into 16 bits, so that four states are added at once (ten times as fast as byte by byte)."""
    words = weights.view(np.uint64)
    even = np.uint64(0x00FF00FF00FF00FF)
    eight = np.uint64(8)
    for i in range(len(rows)):
        for w in range(words.shape[1]):
            first = np.uint64(0)
            second = np.uint64(0)
            for t in range(_T):
                word = words[rows[i, t], w]
                first += word & even
                second += (word >> eight) & even
            for lane in range(4):
                shift = np.uint64(16 * lane)
                scores[i, 8 * w + 2 * lane] = np.int32((first >> shift) & np.uint64(0xFFFF)) - 128 * _T
                scores[i, 8 * w + 2 * lane + 1] = np.int32((second >> shift) & np.uint64(0xFFFF)) - 128 * _T


@_jit
def tag(codes: Array, given: Array, home: int, fold: Array, kind: Array, table: Array, weights: Array, moves: Array) -> Array:
    """The states of the signs."""
    n = len(codes)
    rows = np.empty((n, _T), np.int32)
    features(codes, given, home, fold, kind, table, len(weights) - 1, rows)
    scores = np.empty((n, weights.shape[1]), np.int32)
    score(rows, weights, scores)
    states = np.empty(n, np.int8)
    decode(scores, moves, given, digits_glued(codes), states)
    return states


@_jit
def learn(
    weights: Array, moves: Array, weight_sums: Array, move_sums: Array, order: Array, starts: Array,
    codes: Array, given: Array, homes: Array, gold: Array, fold: Array, kind: Array, table: Array, size: int, margin: int, step: int,
) -> tuple[int, int]:  # fmt: skip
    """One round of the averaged structured perceptron over the texts in ``order``, by steps of ``size``. Returns the step and
    the wrong signs.

    Every wrong state is helped by ``margin`` while decoding, so that what is right only narrowly is learned further.
    """
    wrong = 0
    width = weights.shape[1]
    for text in order:
        a = starts[text]
        n = starts[text + 1] - a
        step += 1
        if n == 0:
            continue
        right = gold[a : a + n]
        fixed = given[a : a + n]
        rows = np.empty((n, _T), np.int32)
        features(codes[a : a + n], fixed, homes[text], fold, kind, table, len(weights) - 1, rows)
        scores = np.zeros((n, width), np.int32)
        for i in range(n):
            for t in range(_T):
                row = weights[rows[i, t]]
                for s in range(width):
                    scores[i, s] += row[s]
            for s in range(width):
                if s != right[i]:
                    scores[i, s] += margin
        found = np.empty(n, np.int8)
        decode(scores, moves, fixed, digits_glued(codes[a : a + n]), found)
        for i in range(n):
            y = right[i]
            z = found[i]
            if y != z:  # never where a state was given
                wrong += 1
                for t in range(_T):
                    weights[rows[i, t], y] += size
                    weights[rows[i, t], z] -= size
                    weight_sums[rows[i, t], y] += size * step
                    weight_sums[rows[i, t], z] -= size * step
            if i and fixed[i] < 0 and (y != z or right[i - 1] != found[i - 1]):
                if not y & 1:
                    moves[right[i - 1] >> 1, y >> 1] += size
                    move_sums[right[i - 1] >> 1, y >> 1] += size * step
                if not z & 1:
                    moves[found[i - 1] >> 1, z >> 1] -= size
                    move_sums[found[i - 1] >> 1, z >> 1] -= size * step
    return step, wrong
