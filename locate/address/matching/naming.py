"""How much two lines name the same: their names, their rare signs, their texts laid side by side. Part of the evidence.

What is common to a thousand names (花园, 有限公司) weighs little, what few have weighs much (rarity.py). Numbers are
evidence.py's. "Here" is the first line, "there" the second.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from locate.address.matching.lines import Line
from locate.address.matching.rarity import pairs, weight

_NAMES: Final = ("name", "name_partly", "plain", "plain_last", "last_like_here", "last_like_there")
_SIGNS: Final = ("cover_here", "cover_there", "cover_weight", "core_here", "core_there", "core_left_here", "core_left_there")
_TEXTS: Final = ("ratio", "below_ratio", "below_partial", "core_ratio", "core_partial", "core_equal", "same_end")
_ALIGNED: Final = (
    "aligned_here", "aligned_there", "aligned_weight", "aligned_run", "gap_here", "gap_there", "head_here", "head_there", "end_here", "end_there", "runs",
)  # fmt: skip
_MAIN: Final = ("rarest_cover", "rarest_partly", "tail_cover", "tail_partly", "last_cover", "best_name", "worst_name", "signs_cover")
FEATURES: Final = (*_NAMES, *_SIGNS, *_TEXTS, *_ALIGNED, *(f"{name}_here" for name in _MAIN), *(f"{name}_there" for name in _MAIN))

NO_NAME: Final = 0.15
"""The likeness where a name is missing."""


def evidence(a: Line, b: Line) -> list[float]:
    """The features, in the order of FEATURES."""
    return [*_names(a, b), *_signs(a, b), *_texts(a, b), *_aligned(a, b), *_main(a, b), *_main(b, a)]


def _names(a: Line, b: Line) -> tuple[float, ...]:
    best = partly = plain = 0.0
    for n in a.names:
        for m in b.names:
            best = max(best, fuzz.ratio(n, m))
            partly = max(partly, fuzz.partial_ratio(n, m) * min(1.0, min(len(n), len(m)) / 4))
    last = like_here = like_there = NO_NAME
    end_here, end_there = len(a.plain) - 1, len(b.plain) - 1
    for i, n in enumerate(a.plain):
        for j, m in enumerate(b.plain):
            like = name_likeness(n, m)
            plain = max(plain, like * min(1.0, min(len(n), len(m)) / 3))
            if i == end_here:
                like_here = max(like_here, like)
            if j == end_there:
                like_there = max(like_there, like)
            last = like  # of the last two, in the end
    return best, partly, plain, last, like_here, like_there


def _signs(a: Line, b: Line) -> tuple[float, ...]:
    both, core = weight(a.pairs & b.pairs), weight(a.core_pairs & b.core_pairs)
    return (
        both / max(a.weight, 1e-6), both / max(b.weight, 1e-6), both, core / max(a.core_weight, 1e-6), core / max(b.core_weight, 1e-6),
        a.core_weight - core, b.core_weight - core,
    )  # fmt: skip


def _texts(a: Line, b: Line) -> tuple[float, ...]:
    short, long = (a.core, b.core) if len(a.core) < len(b.core) else (b.core, a.core)
    equal = 0.0
    if short == long:
        equal = 3.0
    elif len(short) > 3 and short in long:
        equal = 2.0 if long.endswith(short) else 1.0
    return (
        fuzz.ratio(a.whole, b.whole), fuzz.ratio(a.below, b.below), fuzz.partial_ratio(a.below, b.below), fuzz.ratio(short, long),
        fuzz.partial_ratio(short, long), equal, float(a.below[-3:] == b.below[-3:]),
    )  # fmt: skip


def _aligned(a: Line, b: Line) -> tuple[float, ...]:
    """The two cores side by side: the weight of equal runs, of the heaviest stretch without one, of what stands before and after."""
    here, there = a.sign_weights, b.sign_weights
    total = run = gap_here = gap_there = head_here = head_there = 0.0
    at_here = at_there = runs = 0
    for start_here, start_there, size in Levenshtein.editops(a.core, b.core).as_matching_blocks():
        if size == 1:
            continue  # a sign alone is chance; the last block has no size
        left_here, left_there = sum(here[at_here:start_here]), sum(there[at_there:start_there])
        gap_here, gap_there = max(gap_here, left_here), max(gap_there, left_there)
        if not runs:
            head_here, head_there = left_here, left_there
        at_here, at_there = start_here + size, start_there + size
        if size:
            weighs = sum(here[start_here:at_here])
            total, run, runs = total + weighs, max(run, weighs), runs + 1
    whole_here, whole_there = sum(here) or 1.0, sum(there) or 1.0
    return total / whole_here, total / whole_there, total, run, gap_here, gap_there, head_here, head_there, left_here, left_there, float(runs)


def _main(a: Line, b: Line) -> tuple[float, ...]:
    """Is what the line names found in the other line at all: its rarest name, its last, each parsed one?"""
    best, worst = -1.0, 2.0
    for name, heavy in a.name_pairs:
        seen = weight(name & b.pairs) / heavy if heavy else 0.0
        best, worst = max(best, seen), min(worst, seen)
    last = a.plain[-1] if a.plain else ""
    return (
        _covered(a.rarest, b), fuzz.partial_ratio(a.rarest, b.below),
        _covered(a.tail, b), fuzz.partial_ratio(a.tail, b.below), _covered(last, b), best, worst, weight(a.sign_pairs & b.pairs) / max(a.sign_weight, 1e-6),
    )  # fmt: skip


def _covered(text: str, other: Line) -> float:
    own, heavy = _weighed(text)
    return weight(own & other.pairs) / heavy if heavy else 0.0


@lru_cache(maxsize=1 << 16)
def _weighed(text: str) -> tuple[frozenset[str], float]:
    found = pairs(text)
    return found, weight(found)


@lru_cache(maxsize=1 << 16)
def name_likeness(a: str, b: str) -> float:
    """0..1; 1 where equal, above 0.75 where one holds the other, else by rare shared signs and the spelling."""
    if not a or not b:
        return NO_NAME
    if a == b:
        return 1.0
    short, long = sorted((a, b), key=lambda name: (len(name), name))
    if short in long:
        return 0.75 + 0.2 * len(short) / len(long) if len(short) > 1 else 0.4
    (first, heavy), (second, other) = _weighed(a), _weighed(b)
    shared = weight(first & second) / max(0.1, min(heavy, other))
    return 0.35 * shared + fuzz.ratio(short, long) / 200
