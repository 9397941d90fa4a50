"""What a rule is: one small named function with its id, severity, source, regimes, parameters and sentences.

A rule looks at one kind of facts (``Facts`` in planning, ``LetterFacts`` at the finished letter, ``PieceFacts`` at the
manifest row, ``RelayFacts`` before a contact is asked) and yields findings. Not here: the rules themselves (files by topic) and the verdict (``judge``).
Sentences are stored in clear beside decisions: they never quote a name, number, phone or address of a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, Protocol, TypeVar

from letters.rules.model import Facts, Finding, LetterFacts, PieceFacts, RelayFacts, Severity

Looked = TypeVar("Looked", Facts, LetterFacts, PieceFacts, RelayFacts)


class Phase(StrEnum):
    """When a rule is asked."""

    PLANNING = "planning"
    LETTER = "letter"
    PIECE = "piece"
    RELAY = "relay"


class Regime(StrEnum):
    """Whose debts a rule is for (law-and-post.md §7a, "Regime column")."""

    ALL = "A"
    CARD = "C"
    BANK = "K"
    INTERNET = "N"
    MICRO = "M"
    PRIVATE = "P"
    ASSIGNEE = "X"


EVERYONE: Final = frozenset({Regime.ALL})


class Say(Protocol):
    """Makes a finding from one of the rule's own sentences."""

    def __call__(
        self, key: str, /, *, subject: str = "case", severity: Severity | None = None, **values: object
    ) -> Finding:
        """``severity`` overrides the rule's own where a sentence is milder or graver; ``values`` fill the sentence."""
        ...


@dataclass(frozen=True, slots=True)
class RuleCard:
    """A rule as a list shows it."""

    id: str
    title: str
    severity: Severity
    source: str
    regimes: frozenset[Regime]
    phase: Phase
    parameters: tuple[str, ...]
    """Names of the ``Policy`` fields it reads."""
    messages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rule(Generic[Looked]):
    """A registered rule; calling it with facts gives its findings."""

    card: RuleCard
    name: str
    check: Callable[[Looked, Say], Iterable[Finding]]

    def __call__(self, facts: Looked) -> tuple[Finding, ...]:
        """The findings of this rule alone, whatever the regime."""
        return tuple(self.check(facts, self.say))

    def say(
        self, key: str, /, *, subject: str = "case", severity: Severity | None = None, **values: object
    ) -> Finding:
        """A finding with the sentence ``key`` of this rule."""
        card = self.card
        return Finding(card.id, severity or card.severity, card.messages[key].format(**values), subject)


PLANNING_RULES: Final[list[Rule[Facts]]] = []
LETTER_RULES: Final[list[Rule[LetterFacts]]] = []
PIECE_RULES: Final[list[Rule[PieceFacts]]] = []
RELAY_RULES: Final[list[Rule[RelayFacts]]] = []


def _register(
    registry: list[Rule[Looked]],
    phase: Phase,
    rule_id: str,
    title: str,
    severity: Severity,
    source: str,
    regimes: frozenset[Regime],
    parameters: tuple[str, ...],
    messages: Mapping[str, str],
) -> Callable[[Callable[[Looked, Say], Iterable[Finding]]], Rule[Looked]]:
    def keep(check: Callable[[Looked, Say], Iterable[Finding]]) -> Rule[Looked]:
        if any(rule.card.id == rule_id for rule in registry):
            raise ValueError(f"{rule_id} is registered twice for {phase}")
        card = RuleCard(rule_id, title, severity, source, regimes, phase, parameters, dict(messages))
        rule = Rule(card, check.__name__, check)
        registry.append(rule)
        return rule

    return keep


def planning_rule(
    rule_id: str,
    title: str,
    severity: Severity,
    *,
    source: str,
    messages: Mapping[str, str],
    regimes: frozenset[Regime] = EVERYONE,
    parameters: tuple[str, ...] = (),
) -> Callable[[Callable[[Facts, Say], Iterable[Finding]]], Rule[Facts]]:
    """Register a rule that is asked for each case when a batch is planned."""
    return _register(
        PLANNING_RULES, Phase.PLANNING, rule_id, title, severity, source, regimes, parameters, messages
    )


def letter_rule(
    rule_id: str,
    title: str,
    severity: Severity,
    *,
    source: str,
    messages: Mapping[str, str],
    regimes: frozenset[Regime] = EVERYONE,
    parameters: tuple[str, ...] = (),
) -> Callable[[Callable[[LetterFacts, Say], Iterable[Finding]]], Rule[LetterFacts]]:
    """Register a rule that is asked for each finished letter."""
    return _register(LETTER_RULES, Phase.LETTER, rule_id, title, severity, source, regimes, parameters, messages)


def piece_rule(
    rule_id: str,
    title: str,
    severity: Severity,
    *,
    source: str,
    messages: Mapping[str, str],
    regimes: frozenset[Regime] = EVERYONE,
    parameters: tuple[str, ...] = (),
) -> Callable[[Callable[[PieceFacts, Say], Iterable[Finding]]], Rule[PieceFacts]]:
    """Register a rule that is asked for each manifest row."""
    return _register(PIECE_RULES, Phase.PIECE, rule_id, title, severity, source, regimes, parameters, messages)


def relay_rule(
    rule_id: str,
    title: str,
    severity: Severity,
    *,
    source: str,
    messages: Mapping[str, str],
    regimes: frozenset[Regime] = EVERYONE,
    parameters: tuple[str, ...] = (),
) -> Callable[[Callable[[RelayFacts, Say], Iterable[Finding]]], Rule[RelayFacts]]:
    """Register a rule that is asked before a contact is written to."""
    return _register(RELAY_RULES, Phase.RELAY, rule_id, title, severity, source, regimes, parameters, messages)
