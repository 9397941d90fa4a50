"""Which of several addresses are one place: the verbs. Rules, blocks and clusters are in ``locate.address.matching``.

For a person's addresses or a file that fits into memory as Address objects; a million texts go through
``locate.address.matching.many``, which gives the same groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from locate.address.matching.grouping import group_parts, reason
from locate.address.matching.parts import parts_of
from locate.address.matching.rules import Match, Relation, compare_parts
from locate.address.model import Address

__all__ = ["Group", "Match", "Relation", "compare", "dedupe", "same_place"]


@dataclass(frozen=True, slots=True)
class Group:
    """Indices (into the input) of addresses that are one place, first is the fullest; a reason for each further one."""

    members: tuple[int, ...]
    reasons: tuple[str, ...]


def compare(a: Address, b: Address) -> Match:
    """Structured comparison; symmetric but for CONTAINS and WITHIN, which mirror."""
    return compare_parts(parts_of(a), parts_of(b))


def same_place(a: Address, b: Address) -> bool:
    """One place, as far as the texts tell."""
    return compare(a, b).relation is Relation.SAME


def _fullness(address: Address) -> tuple[float, int]:
    return address.confidence, len(address.canonical)


def dedupe(addresses: Sequence[Address]) -> list[Group]:
    """All addresses in groups of one place each, in order of first appearance. Linear in blocks, compared within them."""
    out = []
    parts = [parts_of(address) for address in addresses]
    for members in group_parts(parts):
        best = max(members, key=lambda i: _fullness(addresses[i]))
        rest = [m for m in members if m != best]
        out.append(Group((best, *rest), tuple(reason(parts, best, m, members) for m in rest)))
    return out
