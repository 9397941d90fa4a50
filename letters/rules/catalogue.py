"""Every rule by id: those that this package asks, and those kept elsewhere, by the organisation, or not yet.

For ``handa rules list``. The 101 ids are law-and-post.md §7a's; H- ids are the house's own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from letters.rules.duties import BY_ID
from letters.rules.model import Severity
from letters.rules.rule import (
    EVERYONE,
    LETTER_RULES,
    PIECE_RULES,
    PLANNING_RULES,
    RELAY_RULES,
    Phase,
    Regime,
    RuleCard,
)


class State(StrEnum):
    """Who sees to a rule."""

    ASKED = "asked"
    """A registered rule of this package."""
    ELSEWHERE = "elsewhere"
    """Kept by another room (named in ``where``)."""
    PARTLY = "partly"
    ORGANISATION = "organisation"
    """People and papers: a named person confirms it (``letters.rules.duties``)."""
    NOT_APPLICABLE = "not_applicable"
    LATER = "later"


STATE_TITLES: Final[Mapping[State, str]] = {
    State.ASKED: "规则检查",
    State.ELSEWHERE: "由其他环节保证",
    State.PARTLY: "部分实现",
    State.ORGANISATION: "由人执行，须登记确认",
    State.NOT_APPLICABLE: "不适用",
    State.LATER: "尚未实现",
}

REGIME_TITLES: Final[Mapping[str, str]] = {
    "A": "通用", "C": "信用卡", "K": "银行与消费金融", "N": "互联网贷款", "M": "小额贷款", "P": "民间借贷", "X": "债权受让",
}  # fmt: skip

GROUPS: Final = ("SRC", "THP", "TIM", "AMT", "LAW", "OUT", "PII", "ENV", "PST", "DLV", "LIM", "AI", "CMP", "ADR", "RTY")
"""Topics in the order of law-and-post.md §7a."""


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One rule id in the list."""

    id: str
    title: str
    severity: Severity
    regimes: frozenset[Regime]
    source: str
    state: State
    phases: tuple[Phase, ...]
    functions: tuple[str, ...]
    parameters: tuple[str, ...]
    messages: tuple[str, ...]
    where: str


@cache
def all_rules() -> tuple[RuleEntry, ...]:
    """Every rule, by topic and number."""
    asked: dict[str, list[tuple[RuleCard, str]]] = {}
    pairs = [(rule.card, rule.name) for rule in PLANNING_RULES]
    pairs += [(rule.card, rule.name) for rule in LETTER_RULES]
    pairs += [(rule.card, rule.name) for rule in PIECE_RULES]
    pairs += [(rule.card, rule.name) for rule in RELAY_RULES]
    for card, name in pairs:
        asked.setdefault(card.id, []).append((card, name))
    confirmed = (_confirmed(rule_id) for rule_id in BY_ID if rule_id not in asked)
    recorded = (entry for entry in _recorded() if entry.id not in asked and entry.id not in BY_ID)
    entries = [*(_asked(rule_id, found) for rule_id, found in asked.items()), *confirmed, *recorded]
    return tuple(sorted(entries, key=lambda entry: (GROUPS.index(entry.id[2:-3]), entry.id)))


def _asked(rule_id: str, found: Iterable[tuple[RuleCard, str]]) -> RuleEntry:
    cards = list(found)
    first = cards[0][0]
    return RuleEntry(
        id=rule_id,
        title=first.title,
        severity=first.severity,
        regimes=frozenset().union(*(card.regimes for card, _ in cards)),
        source=first.source,
        state=State.ASKED,
        phases=tuple(card.phase for card, _ in cards),
        functions=tuple(name for _, name in cards),
        parameters=tuple(dict.fromkeys(name for card, _ in cards for name in card.parameters)),
        messages=tuple(dict.fromkeys(text for card, _ in cards for text in card.messages.values())),
        where="letters.rules" + ("，并须登记确认" if rule_id in BY_ID else ""),
    )


def _confirmed(rule_id: str) -> RuleEntry:
    duty = BY_ID[rule_id]
    return RuleEntry(
        id=rule_id,
        title=duty.title,
        severity=duty.severity,
        regimes=EVERYONE,
        source=duty.source,
        state=State.ORGANISATION,
        phases=(),
        functions=(),
        parameters=(duty.parameter,) if duty.parameter else (),
        messages=(),
        where=f"handa rules confirm 登记：{duty.evidence}",
    )


@cache
def proofs() -> Mapping[str, tuple[str, ...]]:
    """Rule id → tests that prove that another module keeps it."""
    found: dict[str, tuple[str, ...]] = {}
    for row in csv.DictReader(files("letters.rules").joinpath("proofs.csv").read_text("utf-8").splitlines()):
        found[row["id"]] = (*found.get(row["id"], ()), row["test"])
    return found


def _recorded() -> Iterable[RuleEntry]:
    text = files("letters.rules").joinpath("recorded.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        yield RuleEntry(
            id=row["id"],
            title=row["title"],
            severity=Severity(row["severity"]),
            regimes=frozenset(Regime(letter) for letter in row["regimes"]),
            source=row["source"],
            state=State(row["state"]),
            phases=(),
            functions=(),
            parameters=(),
            messages=(),
            where=row["where"],
        )
