"""What an outcome has as its consequence: for the address, the person, reach, training, evidence, and what follows.

Decision tables (``codes/consequences.csv`` by reason, ``codes/receipts.csv`` by how a piece was handed out), sources beside
each row: law-and-post.md §7c, R-LIM-02, R-DLV-07/08. ``consequence`` is a pure function of one outcome. Not here: when a
next letter may go (``letters.rules.following``), grading with the case's facts (``letters.rules.grading``).
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from letters.post.codes import Address, CodeTable, Evidence, How, Meaning, Person, Reached
from letters.post.model import EventKind
from letters.post.outcome import Outcome
from records.errors import Broken

_FOLDER: Final = Path(__file__).with_name("codes")
NO_REASON: Final = "NO_REASON"
NOT_ACCEPTED: Final = "NOT_ACCEPTED"
"""The post's counter refused the piece: no event will ever come."""
OPEN: Final = "OPEN"
"""Reason of a piece of which nothing is known yet."""


class AddressVerdict(StrEnum):
    """Whether a letter can be delivered at the address."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class PersonVerdict(StrEnum):
    """Whether the debtor is to be found there."""

    HERE = "here"
    MOVED = "moved"
    NOT_THERE = "not_there"
    """Not known there, or not found twice."""
    DECEASED = "deceased"
    UNKNOWN = "unknown"


class Reach(StrEnum):
    """Whom the letter came to."""

    SELF = "self"
    HOUSEHOLD = "household"
    OTHER = "other"
    REFUSED = "refused"
    """Offered and turned away: reached, by §7c."""
    CONTACTED = "contacted"
    """The carrier spoke with the debtor; the letter was not handed out."""
    UNKNOWN = "unknown"
    """Handed out, and nobody says to whom."""
    NOT = "not"


class Label(StrEnum):
    """What a model may learn of the outcome."""

    SELF = "self"
    HOUSEHOLD = "household"
    OTHER = "other"
    REFUSED = "refused"
    MOVED = "moved"
    UNKNOWN = "unknown"
    """Not known there, or not found."""
    INSUFFICIENT = "insufficient"
    UNCLAIMED = "unclaimed"
    CENSORED = "censored"


class Censored(StrEnum):
    """Why an outcome teaches nothing (R-AI-04, R-DLV-08)."""

    PENDING = "pending"
    CONTRADICTED = "contradicted"
    """Events that don't fit wait for a person."""
    CARRIER_FAULT = "carrier_fault"
    OUR_FAULT = "our_fault"
    NO_REASON = "no_reason"
    DECEASED = "deceased"
    REDIRECTED = "redirected"


class Follow(StrEnum):
    """What follows an outcome."""

    NEXT = "next"
    """The next best lawful address."""
    SAME = "same"
    """The same address again, later."""
    STOP = "stop"
    ASK = "ask"
    """A person decides (``handa post rule``)."""
    WAIT = "wait"
    """The piece is still under way."""


class Scope(StrEnum):
    """Whose fact an invalid address is: the place's, or this debtor's at the place."""

    PLACE = "place"
    PERSON = "person"


FOLLOW_NAMES: Final[Mapping[Follow, str]] = {
    Follow.NEXT: "改寄下一合法地址", Follow.SAME: "隔期再寄原址", Follow.STOP: "停止", Follow.ASK: "由人决定", Follow.WAIT: "等待邮政结果",
}  # fmt: skip
ADDRESS_NAMES: Final[Mapping[AddressVerdict, str]] = {
    AddressVerdict.VALID: "有效", AddressVerdict.INVALID: "无效", AddressVerdict.UNKNOWN: "不能判断",
}  # fmt: skip
PERSON_NAMES: Final[Mapping[PersonVerdict, str]] = {
    PersonVerdict.HERE: "在此", PersonVerdict.MOVED: "已迁离", PersonVerdict.NOT_THERE: "不在此", PersonVerdict.DECEASED: "已故",
    PersonVerdict.UNKNOWN: "不能判断",
}  # fmt: skip
REACH_NAMES: Final[Mapping[Reach, str]] = {
    Reach.SELF: "本人", Reach.HOUSEHOLD: "家人", Reach.OTHER: "他人", Reach.REFUSED: "拒收（视为触达）", Reach.CONTACTED: "已联系，未交",
    Reach.UNKNOWN: "不明", Reach.NOT: "未触达",
}  # fmt: skip
EVIDENCE_NAMES: Final[Mapping[Evidence, str]] = {
    Evidence.E1: "E1 本人签收", Evidence.E2_IF_RELATED: "E2，代收人须为同住成年家属或受托人", Evidence.E3: "E3 有效地址拒收（律师确认）",
    Evidence.E3_LIKE: "可比照 E3（律师确认）", Evidence.E4_IF_RESERVED: "E4，地址须为预留或约定（律师确认）", Evidence.E5: "E5 无证明力",
}  # fmt: skip
"""What the codes alone say of the evidence grade, and on what it still hangs (R-LIM-02)."""
LABEL_VALUE: Final[Mapping[Label, int | None]] = {
    Label.SELF: 1, Label.HOUSEHOLD: 1, Label.OTHER: 1, Label.REFUSED: 1, Label.MOVED: 0, Label.UNKNOWN: 0, Label.INSUFFICIENT: 0,
    Label.UNCLAIMED: None, Label.CENSORED: None,
}  # fmt: skip
"""Label → 1 good, 0 bad, None neither, for a model of the address (§7c, column Train)."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """One row of the table, or what it makes of one outcome (``ended``, ``follows`` and ``label`` then say how far it is)."""

    reason: str
    title: str
    scope: Scope
    address: AddressVerdict
    address_again: AddressVerdict
    """The verdict once the same was said of the same place twice."""
    person: PersonVerdict
    reached: Reach
    label: Label
    censored: Censored | None
    evidence: Evidence
    """The hint for grading; E5 = proves nothing (``letters.batch.limits`` grades with the case's facts)."""
    follows: Follow
    counts: bool
    """Whether it uses up one of the case's letters: what the carrier or we spoiled does not, and may be sent again."""
    ended: bool = True
    """Whether the end is believed: only a voiding event can change it."""

    @property
    def shuts(self) -> bool:
        """Whether the place is not written to again for this debtor."""
        return self.address is AddressVerdict.INVALID or self.person in _GONE

    @property
    def train(self) -> int | None:
        """1 good, 0 bad, None = teaches nothing about the address."""
        return LABEL_VALUE[self.label]


_GONE: Final = frozenset({PersonVerdict.MOVED, PersonVerdict.NOT_THERE})


@dataclass(frozen=True, slots=True)
class Receipt:
    """One row of ``receipts.csv``: what a way of handing out is worth."""

    how: How
    title: str
    reached: Reach
    label: Label
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Tables:
    """Both tables and the version that stands on every planning: a hash of their bytes."""

    reasons: Mapping[str, Consequence]
    receipts: Mapping[How, Receipt]
    version: str


def _rows(content: bytes, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    reader = csv.DictReader(content.decode("utf-8").splitlines())
    for number, row in enumerate(reader, start=2):
        if None in row or None in row.values():
            raise Broken(f"结果后果表 {name} 第 {number} 行的列数不对。", "请恢复随程序发布的表。")
        yield f"{name} 第 {number} 行", row


def _consequence_of(where: str, row: Mapping[str, str]) -> Consequence:
    try:
        if row["counts"] not in ("yes", "no") or not row["source"]:
            raise ValueError("counts 应为 yes 或 no，source 不能为空")
        found = Consequence(
            reason=row["reason"],
            title=row["title"],
            scope=Scope(row["scope"]),
            address=AddressVerdict(row["address"]),
            address_again=AddressVerdict(row["address_again"] or row["address"]),
            person=PersonVerdict(row["person"]),
            reached=Reach(row["reached"]),
            label=Label(row["label"]),
            censored=Censored(row["censored"]) if row["censored"] else None,
            evidence=Evidence(row["evidence"]),
            follows=Follow(row["follows"]),
            counts=row["counts"] == "yes",
        )
        if (found.label is Label.CENSORED) != (found.censored is not None):
            raise ValueError("label 与 censored 不一致")
        if found.shuts and found.follows is Follow.SAME:
            raise ValueError("已判无效的地址不能再寄原址")
    except ValueError as fault:
        raise Broken(f"结果后果表{where}：{fault}。", "请恢复随程序发布的表。") from fault
    return found


@cache
def tables() -> Tables:
    """The shipped tables, read once.

    Raises:
        Broken: a row is out of form, doubled, or contradicts itself.
    """
    reasons_text, receipts_text = ((_FOLDER / name).read_bytes() for name in ("consequences.csv", "receipts.csv"))
    reasons: dict[str, Consequence] = {}
    for where, row in _rows(reasons_text, "consequences.csv"):
        if row["reason"] in reasons:
            raise Broken(f"结果后果表{where}：{row['reason']} 重复。", "请恢复随程序发布的表。")
        reasons[row["reason"]] = _consequence_of(where, row)
    receipts = {
        How(row["how"]): Receipt(How(row["how"]), row["title"], Reach(row["reached"]), Label(row["label"]), Evidence(row["evidence"]))
        for _, row in _rows(receipts_text, "receipts.csv")
    }
    return Tables(reasons, receipts, hashlib.sha256(reasons_text + b"\0" + receipts_text).hexdigest()[:12])


@cache
def _nothing_yet(censored: Censored, *, ask: bool = False) -> Consequence:
    row = tables().reasons[NO_REASON]
    return replace(
        row, reason=OPEN, title="尚无结果", censored=censored, follows=Follow.ASK if ask else Follow.WAIT, ended=False
    )


def consequence(outcome: Outcome | None, *, accepted: bool | None = None) -> Consequence:
    """The consequence of a piece's outcome.

    A reason that no table row explains is never guessed: nothing is concluded from it and a person is asked. While a piece
    has not ended, its reason so far already speaks of address and person (a void takes that back with the event), but it
    teaches nothing and only a stop follows at once.

    Args:
        outcome: computed from the events; None while there is no event.
        accepted: the acknowledgement's word; False = the counter refused the piece.
    """
    if outcome is None:
        return tables().reasons[NOT_ACCEPTED] if accepted is False else _nothing_yet(Censored.PENDING)
    row = tables().reasons.get(outcome.norm_code or NO_REASON)
    if row is None:
        row = replace(tables().reasons[NO_REASON], reason=outcome.norm_code)
    if outcome.is_final:
        return _handed_out(row, outcome.how)
    asks = outcome.needs_person
    if not outcome.norm_code:
        return _nothing_yet(Censored.CONTRADICTED if asks else Censored.PENDING, ask=asks)
    follows = Follow.STOP if row.follows is Follow.STOP and not _is_delivery(row) else Follow.ASK if asks else Follow.WAIT
    if _is_delivery(row):  # claimed and not believed: nothing of it counts
        return _nothing_yet(Censored.CONTRADICTED, ask=asks)
    censored = Censored.CONTRADICTED if asks else Censored.PENDING
    return replace(row, label=Label.CENSORED, censored=censored, follows=follows, ended=False)


def _is_delivery(row: Consequence) -> bool:
    return row.reached in (Reach.SELF, Reach.HOUSEHOLD, Reach.OTHER, Reach.UNKNOWN)


def _handed_out(row: Consequence, how: How | None) -> Consequence:
    """The row made precise by the receipt: who signed."""
    receipt = tables().receipts.get(how) if how is not None else None
    if receipt is None or row.label is Label.CENSORED:
        return row
    return replace(row, reached=receipt.reached, label=receipt.label, evidence=receipt.evidence)


_OF_ADDRESS: Final = {
    Address.VALID: AddressVerdict.VALID, Address.LEANS_VALID: AddressVerdict.UNKNOWN, Address.INVALID: AddressVerdict.INVALID,
    Address.UNKNOWN: AddressVerdict.UNKNOWN, None: AddressVerdict.UNKNOWN,
}  # fmt: skip
_OF_PERSON: Final = {
    Person.HERE: PersonVerdict.HERE, Person.MOVED: PersonVerdict.MOVED, Person.PERHAPS_MOVED: PersonVerdict.UNKNOWN,
    Person.NOT_THERE: PersonVerdict.NOT_THERE, Person.PERHAPS_NOT_THERE: PersonVerdict.UNKNOWN, Person.UNKNOWN: PersonVerdict.UNKNOWN,
    None: PersonVerdict.UNKNOWN,
}  # fmt: skip
_OF_REACH: Final = {
    Reached.YES: frozenset({Reach.SELF, Reach.CONTACTED}), Reached.PERHAPS: frozenset({Reach.OTHER, Reach.UNKNOWN}),
    Reached.REFUSED: frozenset({Reach.REFUSED}), Reached.NO: frozenset({Reach.NOT, Reach.CONTACTED}), None: frozenset(Reach),
}  # fmt: skip


def disagreements(codes: CodeTable) -> list[str]:
    """Where a code table says otherwise than the consequence of the same reason, or gives a reason that has none.

    For the shipped tables there is none (a test); a partner's own rows are to be held against it when they are taken in.
    """
    found = []
    for field in ("action", "properdelivery", "notproperdelivery", "op", "signed", "unsigned"):
        for code in codes.rows(field):
            if not code.norm:
                continue
            row = tables().reasons.get(code.norm)
            found += [f"{field} {code.code}（{code.name}）：{what}" for what in (["没有后果"] if row is None else _differ(code, row))]
    return found


def _differ(code: Meaning, row: Consequence) -> Iterator[str]:
    if _OF_ADDRESS[code.address] is not row.address:
        yield f"地址 {code.address} / {row.address}"
    if code.address_again is not None and _OF_ADDRESS[code.address_again] is not row.address_again:
        yield f"再次时的地址 {code.address_again} / {row.address_again}"
    # Who died is a verdict that code tables have no letter for; the carrier then says nothing, or that nobody is there.
    if _OF_PERSON[code.person] is not row.person and row.person is not PersonVerdict.DECEASED:
        yield f"人 {code.person} / {row.person}"
    if row.reached not in _OF_REACH[code.reached]:
        yield f"触达 {code.reached} / {row.reached}"
    if code.train != row.train:
        yield f"训练标签 {code.train} / {row.label}"
    if (code.evidence or Evidence.E5) is not row.evidence and code.kind is not EventKind.OUT_FOR_DELIVERY:
        yield f"证据 {code.evidence} / {row.evidence}"
