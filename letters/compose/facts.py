"""Facts that only some letters tell: a card, an assignment, an earlier letter, an offer, a statement of account.

A bundle names the groups it needs (``facts`` in bundle.toml): their fields are filled for its letters alone, and a letter
that lacks one is held. Not for what every letter says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from letters.compose import parts
from letters.compose.errors import FieldProblem
from letters.compose.model import LetterFields

LONGEST_OFFER_DAYS: Final = 366
"""[D]: an offer open for longer is a slip of the pen."""


class Fact(StrEnum):
    """A group of facts, as bundle.toml names it."""

    CARD = "card"
    """The letter is for credit-card debts alone."""
    ASSIGNMENT = "assignment"
    EARLIER = "earlier"
    OFFER = "offer"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class FactGroup:
    """``required``: field → (what an operator calls it, where it comes from)."""

    names: frozenset[str]
    """Template names of the group."""
    part: str
    """The part that a letter of the group must have; '' = none of its own."""
    required: Mapping[str, tuple[str, str]]


FACT_GROUPS: Final[Mapping[Fact, FactGroup]] = {
    Fact.CARD: FactGroup(frozenset(), "", {"is_card": ("信用卡账户", "本模板只用于信用卡欠款，其他贷款请另选模板")}),
    Fact.ASSIGNMENT: FactGroup(
        frozenset({"original_creditor", "assigned_on", "assignment_notice_on"}),
        parts.ASSIGNMENT,
        {
            "original_creditor": ("原债权人名称", "请资方在委案表中补充“原债权人名称”一列"),
            "assigned_on": ("债权转让日", "请资方在委案表中补充“债权转让日”一列，写成 2026-03-01 的形式"),
        },
    ),
    Fact.EARLIER: FactGroup(
        frozenset({"earlier_letter_no", "earlier_sent_on", "earlier_result"}),
        parts.EARLIER_LETTER,
        {
            "earlier_letter_no": ("前次函件", "本模板须接续一封已有结果的前函；首次发函请用其他模板"),
            "earlier_sent_on": ("前次寄出日期", "本模板须接续一封已有结果的前函"),
            "earlier_result": ("前次投递结果", "本模板须接续一封已有结果的前函"),
        },
    ),
    Fact.OFFER: FactGroup(
        frozenset({"offer", "offer_capital", "offer_waived", "offer_until"}),
        parts.OFFER,
        {
            "offer_fen": ("和解金额", "请资方在委案表中补充“和解金额”一列，单位元，两位小数"),
            "offer_until": ("和解期限", "请资方在委案表中补充“和解期限”一列，写成 2026-12-31 的形式"),
        },
    ),
    Fact.STATEMENT: FactGroup(frozenset({"repayments", "repaid_total", "has_basis"}), parts.STATEMENT, {}),
}


def parts_of(facts: Collection[Fact]) -> frozenset[str]:
    """The parts that letters of these facts must have."""
    return frozenset(FACT_GROUPS[fact].part for fact in facts) - {""}


def names_without(facts: Collection[Fact]) -> frozenset[str]:
    """Template names that a bundle may not use as long as it does not name their group."""
    return frozenset().union(*(group.names for fact, group in FACT_GROUPS.items() if fact not in facts))


def fact_problems(letter: LetterFields, facts: Collection[Fact]) -> tuple[FieldProblem, ...]:
    """What a letter lacks of the facts that its bundle tells; empty when nothing."""
    problems = [
        FieldProblem(name, "EMPTY", f"{title}为空或不能识别（{advice}）")
        for fact in sorted(facts)
        for name, (title, advice) in FACT_GROUPS[fact].required.items()
        if not getattr(letter, name)
    ]
    if problems:
        return tuple(problems)
    if Fact.OFFER in facts:
        problems += _offer_problems(letter)
    if Fact.ASSIGNMENT in facts and letter.assigned_on is not None:
        if letter.assigned_on > letter.letter_date:
            problems.append(FieldProblem("assigned_on", "DATE", "债权转让日晚于发函日"))
        if letter.assignment_notice_on is not None and letter.assignment_notice_on < letter.assigned_on:
            problems.append(FieldProblem("assignment_notice_on", "DATE", "债权转让通知日期早于债权转让日"))
    if Fact.EARLIER in facts and letter.earlier_sent_on is not None and letter.earlier_sent_on >= letter.letter_date:
        problems.append(FieldProblem("earlier_sent_on", "DATE", "前次寄出日期不早于发函日"))
    return tuple(problems)


def _offer_problems(letter: LetterFields) -> list[FieldProblem]:
    problems = []
    if not 0 < letter.offer_fen < letter.total_fen:
        problems.append(FieldProblem("offer_fen", "OFFER", "和解金额须大于零且小于债权合计"))
    until = letter.offer_until
    if until is not None and not letter.deadline <= until <= letter.letter_date + timedelta(days=LONGEST_OFFER_DAYS):
        problems.append(FieldProblem("offer_until", "OFFER", "和解期限须不早于本函的答复期限，且在一年以内"))
    return problems
