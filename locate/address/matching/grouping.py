"""Groups of one place among parts: same text, same key, then compared pairs of each block, then clusters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from locate.address.matching.blocks import block_keys
from locate.address.matching.clusters import joined
from locate.address.matching.parts import Parts
from locate.address.matching.rules import SCORES, Relation, compare_parts

LARGEST_BLOCK = 200
"""Beyond this only neighbours by wording are compared: a block of thousands is a slip of its key, not one place."""
NEIGHBOURS = 20

Pair = tuple[float, int, int]


def group_parts(parts: Sequence[Parts]) -> list[list[int]]:
    """Positions of one place each, ascending, in order of their first."""
    first_of: dict[str, int] = {}
    twin: dict[int, int] = {}
    for i, p in enumerate(parts):
        if p.written:
            first = first_of.setdefault(p.written, i)
            if first != i:
                twin[i] = first
    blocks: dict[str, list[int]] = defaultdict(list)
    for i, p in enumerate(parts):
        if i not in twin:
            if p.key and not p.unsettled:
                blocks[f"K{p.key}"].append(i)
            for key in block_keys(p):
                blocks[key].append(i)
    clusters, _ = joined(parts, same_pairs(parts, pairs_of(parts, blocks.values())))
    groups: dict[int, list[int]] = defaultdict(list)
    for i in range(len(parts)):
        groups[clusters.root(twin.get(i, i))].append(i)
    return sorted(groups.values())


def pairs_of(parts: Sequence[Parts], blocks: Iterable[Sequence[int]]) -> set[tuple[int, int]]:
    """The pairs of positions that stand in one block at least."""
    pairs: set[tuple[int, int]] = set()
    for block in blocks:
        if len(block) < 2:
            continue
        members, reach = block, len(block)
        if len(block) > LARGEST_BLOCK:
            members, reach = sorted(block, key=lambda i: parts[i].below), NEIGHBOURS
        for at, i in enumerate(members):
            for j in members[at + 1 : at + 1 + reach]:
                pairs.add((i, j) if i < j else (j, i))
    return pairs


def same_pairs(parts: Sequence[Parts], pairs: Iterable[tuple[int, int]]) -> Iterator[Pair]:
    """Those of the pairs that are one place, with their score."""
    for i, j in pairs:
        match = compare_parts(parts[i], parts[j])
        if match.relation is Relation.SAME:
            yield match.score, i, j


def reason(parts: Sequence[Parts], best: int, member: int, members: Sequence[int], numbered: Sequence[int] | None = None) -> str:
    """Why ``member`` is in the group of ``best``: by itself, or by the member that links them (``numbered`` for people)."""
    match = compare_parts(parts[best], parts[member])
    if match.relation is Relation.SAME:
        return _told(match.why, match.score)
    links = [(found.score, i) for i in members if i not in (best, member) and (found := compare_parts(parts[i], parts[member])).relation is Relation.SAME]
    score, link = max(links, default=(SCORES["parts"], best))
    return _told(f"经第{(numbered[link] if numbered else link) + 1}个：" + compare_parts(parts[link], parts[member]).why, score)


def _told(why: str, score: float) -> str:
    return f"{why}（得分{score:.2f}）"
