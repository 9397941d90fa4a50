"""Maps a sheet's columns to fields: profile first, then exact words, then fuzzy match; one column a field.

Nothing ambiguous is guessed: two columns that both say they are the total are shown to the caller as rivals, a fuzzy
match with a close second stays unknown, and every match that was not literal is a warning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz, process

from locate.intake.fields import (
    CASE_FIELDS,
    CONTRAST,
    NUMBERED,
    WORDS,
    Group,
    Meaning,
    Role,
    Target,
    meaning_of,
    speaks_of_others,
)
from locate.intake.headings import bare_key, heading, split_number
from locate.intake.profile import Profile

FLOOR: Final = 86.0
"""Least likeness (0..100) of a fuzzy match: one character more or less in six, two in an English word of fifteen."""
_MARGIN: Final = 4.0
"""How far the best meaning must be ahead of the next."""
_LONGEST: Final = 80
"""Characters of a header; what is longer is a sentence."""
_SHORTEST: Final = 4
_TURNS: Final = ("不含", "除", "其中", "已还", "减免", "联系人", "非")
"""Words inside parentheses that turn a header into something else."""


class How(StrEnum):
    """How a column was matched."""

    PROFILE = "profile"
    EXACT = "exact"
    WEAK = "weak"
    FUZZY = "fuzzy"


@dataclass(frozen=True, slots=True)
class HeaderCell:
    """A column's header: what is shown, and the texts to try, the most specific first (two-row headers give several)."""

    index: int
    shown: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A matched column. ``unit`` is what its own header names, or None."""

    index: int
    header: str
    target: Target
    how: How
    unit: str | None = None
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Mapped:
    """All columns of a sheet: matched ones by target, rivals for one field, and headers nobody knows."""

    columns: tuple[Column, ...]
    rivals: Mapping[Target, tuple[Column, ...]]
    unused: tuple[tuple[Column, Column], ...]
    unknown: tuple[HeaderCell, ...]

    def first(self, group: Group, name: str) -> Column | None:
        """The first column of a field, or None."""
        return next(
            (each for each in self.columns if each.target.group is group and each.target.name == name), None
        )


@lru_cache(maxsize=16384)
def _exact(text: str, role: Role) -> tuple[Meaning, str | None] | None:
    if len(text) > _LONGEST:
        return None
    parts = heading(text)
    for place, key in enumerate(parts.keys):
        found = meaning_of(key, role)
        if found is not None:
            loose = (
                place > 0
                and len(parts.keys[0]) > len(key)
                and parts.unit is None
                and not _harmless(parts.keys[0], key)
            )
            if loose and (speaks_of_others(parts.keys[0]) or any(turn in parts.keys[0] for turn in _TURNS)):
                return None
            return (replace(found, weak=True) if loose else found), parts.unit
    return None


def _harmless(literal: str, key: str) -> bool:
    """Whether what a parenthesis adds to a header only describes the form of its values."""
    return not set(literal.replace(key, "", 1)) - set(
        "0123456789yyyymmddhhsstextnumberstringintdecimal位字符例如格式文本数字日期"
    )


def exact_meanings(cells: Sequence[HeaderCell], role: Role, profile: Profile | None = None) -> int:
    """A row's likeness to a header: how many distinct fields its texts name exactly, less those named twice."""
    named: Counter[Target] = Counter()
    for cell in cells:
        match = _of_profile(cell, profile) or _literal(cell, role)
        if match is not None and match.target.group is not Group.IGNORED:
            named[match.target] += 1
    twice = sum(
        times > 1 and target.group is Group.CASE and not _keeps_all(target) for target, times in named.items()
    )
    return len(named) - twice


def _of_profile(cell: HeaderCell, profile: Profile | None) -> Column | None:
    if profile is None:
        return None
    for text in (cell.shown, *cell.texts):
        target = profile.columns.get(bare_key(text))
        if target is not None:
            return Column(cell.index, cell.shown, target, How.PROFILE, heading(text).unit)
    return None


def _literal(cell: HeaderCell, role: Role) -> Column | None:
    for text in cell.texts:
        found = _exact(text, role)
        if found is not None:
            meaning, unit = found
            unit = unit or next((heading(each).unit for each in cell.texts if heading(each).unit), None)
            how = How.WEAK if meaning.weak else How.EXACT
            return Column(cell.index, cell.shown, meaning.target, how, unit, meaning.bare)
    return None


def _fuzzy_words(role: Role, number: int | None) -> Mapping[str, Meaning]:
    return WORDS[role] if number is None else NUMBERED


def _fuzzy(cell: HeaderCell, role: Role, taken: set[Target]) -> tuple[float, Column] | None:
    best: tuple[float, Column] | None = None
    for text in cell.texts:
        if len(text) > _LONGEST:
            continue
        parts = heading(text)
        tries: list[tuple[str, int | None]] = [(key, None) for key in parts.keys]
        if role is Role.CASES:
            tries += [each for key in parts.keys for each in split_number(key)]
        for key, number in tries:
            found = _likeliest(key, role, number)
            if found is None or found[1] in taken or (best is not None and found[0] <= best[0]):
                continue
            best = (found[0], Column(cell.index, cell.shown, found[1], How.FUZZY, parts.unit))
    return best


def _likeliest(key: str, role: Role, number: int | None) -> tuple[float, Target] | None:
    if len(key) < (_SHORTEST if not key.isascii() else _SHORTEST + 2):
        return None
    words = _fuzzy_words(role, number)
    scores: dict[Target, float] = {}
    for word, score, _ in process.extract(
        key, words.keys(), scorer=fuzz.ratio, score_cutoff=FLOOR - _MARGIN, limit=12
    ):
        meaning = words[word]
        if meaning.bare or (set(key) ^ set(word)) & CONTRAST:
            continue
        target = replace(meaning.target, ordinal=number) if number else meaning.target
        scores[target] = max(score, scores.get(target, 0.0))
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < FLOOR or (len(ranked) > 1 and ranked[0][1] - ranked[1][1] < _MARGIN):
        return None
    return ranked[0][1], ranked[0][0]


def match_columns(cells: Sequence[HeaderCell], role: Role, profile: Profile | None = None) -> Mapped:
    """Match every header cell of a sheet."""
    sure: list[Column] = []
    left: list[HeaderCell] = []
    for cell in cells:
        found = _of_profile(cell, profile) or _literal(cell, role)
        if found is None:
            left.append(cell)
        else:
            sure.append(found)
    if role is Role.CASES:
        sure, left = _contact_runs(sure, left)
    sure = list(_numbered(sure))
    columns, rivals, unused = _settled(sure)
    taken = {column.target for column in columns}
    guesses = [(guess, cell) for cell in left if (guess := _fuzzy(cell, role, taken)) is not None]
    for (_, column), cell in sorted(guesses, key=lambda each: -each[0][0]):
        if column.target not in taken:
            taken.add(column.target)
            columns.append(column)
            left.remove(cell)
    columns.sort(key=lambda column: column.index)
    return Mapped(tuple(columns), rivals, tuple(unused), tuple(left))


def _contact_runs(sure: list[Column], left: list[HeaderCell]) -> tuple[list[Column], list[HeaderCell]]:
    """Bare 关系, 电话, 地址 right behind a contact's column are the contact's: 联系人 | 关系 | 电话 | 地址.

    A bare 电话 is the contact's only where the debtor's own number has another column; a bare 地址 always is, so that
    no letter goes to a contact's address.
    """
    by_index: dict[int, Column | HeaderCell] = {column.index: column for column in sure}
    by_index.update((cell.index, cell) for cell in left)
    contact: Target | None = None
    before = -1
    taken: dict[Target, int] = {}
    for column in sure:
        taken[column.target] = taken.get(column.target, 0) + 1
    for index in sorted(by_index):
        each = by_index[index]
        if isinstance(each, Column) and each.target.group is Group.CONTACT:
            contact, before = each.target, index
            continue
        if contact is None or index > before + 1:
            contact = None
            continue
        found = next((meaning for text in _texts_of(each) if (meaning := _exact(text, Role.CONTACTS))), None)
        spare = isinstance(each, HeaderCell) or each.target.group is Group.ADDRESS or taken[each.target] > 1
        own_kind = isinstance(each, Column) and each.target.kind is not None
        if found is None or found[0].target.group is not Group.CONTACT or not spare or own_kind:
            contact = None
            continue
        if isinstance(each, Column):
            taken[each.target] -= 1
        target = replace(found[0].target, ordinal=contact.ordinal)
        shown = each.header if isinstance(each, Column) else each.shown
        by_index[index] = Column(index, shown, target, How.EXACT)
        before = index
    kept = [each for each in by_index.values() if isinstance(each, Column)]
    return kept, [each for each in by_index.values() if isinstance(each, HeaderCell)]


def _texts_of(each: Column | HeaderCell) -> tuple[str, ...]:
    return (each.header,) if isinstance(each, Column) else each.texts


def _numbered(columns: list[Column]) -> Iterator[Column]:
    """Give repeated unnumbered contact columns their number by order: the second 联系人姓名 is the second contact's."""
    seen: dict[Target, int] = {}
    has_numbers = any(column.target.group is Group.CONTACT and column.target.ordinal for column in columns)
    for column in sorted(columns, key=lambda each: each.index):
        target = column.target
        if target.group is not Group.CONTACT or target.ordinal is not None:
            yield column
            continue
        seen[target] = seen.get(target, 0) + 1
        if (
            has_numbers
            and seen[target] == 1
            and replace(target, ordinal=1) not in {each.target for each in columns}
        ):
            yield replace(column, target=replace(target, ordinal=1))
        elif not has_numbers and (seen[target] > 1 or sum(each.target == target for each in columns) > 1):
            yield replace(column, target=replace(target, ordinal=seen[target]))
        else:
            yield column


def _settled(
    columns: list[Column],
) -> tuple[list[Column], dict[Target, tuple[Column, ...]], list[tuple[Column, Column]]]:
    """Resolve several columns for one target: profile over exact over weak; sums and joined texts keep all."""
    by_target: dict[Target, list[Column]] = {}
    for column in columns:
        by_target.setdefault(column.target, []).append(column)
    kept: list[Column] = []
    rivals: dict[Target, tuple[Column, ...]] = {}
    unused: list[tuple[Column, Column]] = []
    for target, several in by_target.items():
        rank = min(_RANK[column.how] for column in several)
        best = [column for column in several if _RANK[column.how] == rank]
        if target.group is Group.CASE and not _keeps_all(target):
            unused += [(column, best[0]) for column in several if _RANK[column.how] > rank]
            if len(best) > 1:
                rivals[target] = tuple(best)
            kept.append(best[0])
        elif target.group is Group.CASE:
            kept += best
            unused += [(column, best[0]) for column in several if _RANK[column.how] > rank]
        else:
            kept += several
    return kept, rivals, unused


_RANK: Final = {How.PROFILE: 0, How.EXACT: 1, How.FUZZY: 2, How.WEAK: 3}


def _keeps_all(target: Target) -> bool:
    facts = CASE_FIELDS[target.name]
    return facts.additive or facts.joined
