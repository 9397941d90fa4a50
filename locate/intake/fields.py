"""The contract's fields and the headers that mean them (``fields.toml``), as look-up tables for each kind of sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from locate.case import AddressKind
from locate.intake.headings import bare_key, split_number
from locate.intake.text import load_words

_TABLE: Final = load_words("fields.toml")


class Role(StrEnum):
    """What the rows of a sheet are."""

    CASES = "cases"
    ADDRESSES = "addresses"
    CONTACTS = "contacts"


class Group(StrEnum):
    """Which part of a case a column gives."""

    CASE = "case"
    ADDRESS = "address"
    CONTACT = "contact"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Target:
    """What a column gives: a field of the case, or an attribute of its n-th address or contact, or of a kind's address."""

    group: Group
    name: str
    ordinal: int | None = None
    kind: AddressKind | None = None

    @property
    def path(self) -> str:
        """The stable name in reports: ``total``, ``address_2_source``, ``household_address``, ``contact_1_mobile``."""
        if self.group is Group.CASE:
            return self.name
        if self.group is Group.IGNORED:
            return "ignore"
        head = f"{self.kind}_{self.group}" if self.kind else str(self.group)
        parts = [
            head,
            *([str(self.ordinal)] if self.ordinal else []),
            *([] if self.name == "text" else [self.name]),
        ]
        return "_".join(parts)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A target that a header word names; ``weak`` words yield to sure ones, ``bare`` ones need an address beside them."""

    target: Target
    weak: bool = False
    bare: bool = False


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """What is known of a case field."""

    title: str
    required: bool
    additive: bool
    joined: bool
    extra: bool = False
    """Kept as written beside the case, for the rules that ask for it."""


CASE_FIELDS: Final[Mapping[str, FieldFacts]] = {
    name: FieldFacts(
        entry["title"], entry.get("required", False), entry.get("additive", False), entry.get("joined", False),
        entry.get("extra", False),
    )
    for name, entry in _TABLE["case"].items()
}
EXTRA_FIELDS: Final = tuple(name for name, facts in CASE_FIELDS.items() if facts.extra)
"""Optional papers of a case (``CaseRecord.extra``): a file without them is as good as one with."""
ADDRESS_FIELDS: Final = tuple(name for name, entry in _TABLE["address"].items() if isinstance(entry, dict))
CONTACT_FIELDS: Final = tuple(name for name, entry in _TABLE["contact"].items() if isinstance(entry, dict))
CONTRAST: Final = frozenset(_TABLE["contrast"]["characters"])
_OTHERS: Final = tuple(bare_key(word) for word in _TABLE["others"]["names"])
_JOIN_FIELDS: Final = ("case_no", "contract_no", "id_number")
AMOUNT_FIELDS: Final = (
    "principal_disbursed", "principal_repaid", "principal_due", "interest", "compound_interest", "penalty_interest",
    "liquidated_damages", "fees", "waived", "total",
)  # fmt: skip
DATE_FIELDS: Final = ("disbursed_on", "as_of", "overdue_since")


def title_of(target: Target) -> str:
    """The Chinese name of what a target gives."""
    if target.group is Group.CASE:
        return CASE_FIELDS[target.name].title
    if target.group is Group.IGNORED:
        return "不导入"
    entry = _TABLE[target.group.value][target.name]["title"]
    return f"{entry}{target.ordinal or ''}"


def speaks_of_others(key: str) -> bool:
    """Whether the upper cell of a two-row header makes the lower one mean another person."""
    return any(word in key for word in _OTHERS)


def _case_words() -> Iterator[tuple[str, Meaning]]:
    for name, entry in _TABLE["case"].items():
        for word in (name, *entry["names"]):
            yield word, Meaning(Target(Group.CASE, name))
        for word in entry.get("weak", ()):
            yield word, Meaning(Target(Group.CASE, name), weak=True)


def _ignored_words() -> Iterator[tuple[str, Meaning]]:
    for word in _TABLE["ignored"]["names"]:
        yield word, Meaning(Target(Group.IGNORED, "ignore"))


def _attributes(group: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((name, entry) for name, entry in _TABLE[group].items() if isinstance(entry, dict))


def _kind_words() -> Iterator[tuple[str, Meaning]]:
    named = {bare_key(word): name for name, entry in _attributes("address") for word in entry["table"]}
    for kind, words in _TABLE["kinds"].items():
        for name, entry in _attributes("address"):
            target = Target(Group.ADDRESS, name, kind=AddressKind(kind))
            for word in words["names"]:
                yield from ((word + suffix, Meaning(target)) for suffix in entry["suffixes"])
            for stem in words["stems"]:
                yield from (
                    (stem + suffix, Meaning(target))
                    for suffix in _TABLE["address"]["stem_suffixes"]
                    if named.get(bare_key(suffix)) == name
                )


def _generic_address_words(*, numbered: bool) -> Iterator[tuple[str, Meaning]]:
    bare = {bare_key(word) for word in _TABLE["address"]["bare"]}
    for name, entry in _attributes("address"):
        target = Target(Group.ADDRESS, name)
        for word in _TABLE["address"]["generic"]:
            yield from ((word + suffix, Meaning(target)) for suffix in entry["suffixes"])
        if not numbered:
            yield from (
                (word, Meaning(target, bare=bare_key(word) in bare))
                for word in entry["table"]
                if name != "text"
            )
        else:
            yield from ((word, Meaning(target)) for word in entry["table"])


def _contact_words() -> Iterator[tuple[str, Meaning]]:
    for name, entry in _attributes("contact"):
        for prefix in _TABLE["contact"]["prefixes"]:
            for infix in ("", "信息"):
                yield from (
                    (prefix + infix + suffix, Meaning(Target(Group.CONTACT, name)))
                    for suffix in entry["suffixes"]
                )


def _side_words(group: Group) -> Iterator[tuple[str, Meaning]]:
    for name, entry in _attributes(group.value):
        for word in entry["table"]:
            yield word, Meaning(Target(group, name))


def _index(*sources: Iterator[tuple[str, Meaning]]) -> dict[str, Meaning]:
    """Earlier sources win; within one source the first word wins."""
    index: dict[str, Meaning] = {}
    for source in sources:
        for word, meaning in source:
            index.setdefault(bare_key(word), meaning)
    return index


def _join_words() -> Iterator[tuple[str, Meaning]]:
    return (
        (word, meaning)
        for word, meaning in _case_words()
        if meaning.target.name in (*_JOIN_FIELDS, "debtor_name")
    )


WORDS: Final[Mapping[Role, Mapping[str, Meaning]]] = {
    Role.CASES: _index(
        _case_words(),
        _kind_words(),
        _generic_address_words(numbered=False),
        _contact_words(),
        _ignored_words(),
    ),
    Role.ADDRESSES: _index(_side_words(Group.ADDRESS), _join_words(), _ignored_words()),
    Role.CONTACTS: _index(_side_words(Group.CONTACT), _join_words(), _ignored_words()),
}
NUMBERED: Final[Mapping[str, Meaning]] = _index(_contact_words(), _generic_address_words(numbered=True))
"""Words of repeated groups after their number has been taken out."""


def meaning_of(key: str, role: Role) -> Meaning | None:
    """What a header key means in a sheet of ``role``, exactly; numbered groups only where rows are cases."""
    found = WORDS[role].get(key)
    if found is not None or role is not Role.CASES:
        return found
    for base, number in split_number(key):
        numbered = NUMBERED.get(base)
        if numbered is not None:
            return Meaning(Target(numbered.target.group, numbered.target.name, ordinal=number))
        plain = WORDS[role].get(base)
        if (
            plain is not None
            and plain.target.group is Group.CASE
            and not CASE_FIELDS[plain.target.name].required
        ):
            return plain if number == 1 else Meaning(Target(Group.IGNORED, "ignore"))
    return None


def target_of_path(path: str) -> Target | None:
    """The target that a profile's path names (``total``, ``address_2_source``, ``household_address``, ``ignore``)."""
    if path == "ignore":
        return Target(Group.IGNORED, "ignore")
    if path in CASE_FIELDS:
        return Target(Group.CASE, path)
    head, _, rest = path.partition("_")
    kind = (
        AddressKind(head)
        if head in {each.value for each in AddressKind} and rest.startswith("address")
        else None
    )
    group_word, _, rest = (rest if kind else path).partition("_")
    if group_word not in (Group.ADDRESS.value, Group.CONTACT.value):
        return None
    number, _, tail = rest.partition("_") if rest.partition("_")[0].isdigit() else ("", "", rest)
    group = Group(group_word)
    name = tail or ("text" if group is Group.ADDRESS else "name")
    known = ADDRESS_FIELDS if group is Group.ADDRESS else CONTACT_FIELDS
    return Target(group, name, int(number) if number else None, kind) if name in known else None
