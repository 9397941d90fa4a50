"""The books of a batch: what must be equal at each step, from the number of pieces made to what became of each.

Pure: counts over ``Standing`` values, which ``letters.post.standing`` reads from events. Nothing is stored; every piece is in
exactly one class, so nothing is counted twice. Equations: closed loop of mail production (generated = printed + spoiled …).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from letters.batch.state import FROM_POST, BatchStep, batch_state, letter_state
from letters.post.model import LetterState

SHOWN: Final = 20
"""Pieces that an unequal equation names; ``handa post gaps --pieces`` lists all."""
_ON_THE_WAY: Final = ("planned", "released", "printed", "sealed", "handed_over")


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What the batch's own events say. ``steps``: when each kind of step happened last."""

    batch_id: UUID
    batch_no: str
    day: date
    lender: str
    partner: str
    partner_id: UUID
    steps: Mapping[str, datetime]
    sealed_pieces: int | None
    """Rows of the manifest under the batch's present seal; None while there is none."""
    facts: int
    """Acknowledgement lines and events of its pieces; counted only for batches that were closed or voided, else 0."""
    closed_facts: int | None
    """The same when it was last closed; None while it never was."""

    @property
    def step(self) -> BatchStep:
        """The furthest step. Closed only while no fact has come since."""
        kinds = set(self.steps)
        return batch_state(kinds if self.closed_facts == self.facts else kinds - {"closed"})

    @property
    def printed(self) -> bool:
        """Whether the batch has been printed as a whole."""
        return "printed" in self.steps

    @property
    def handed_over(self) -> bool:
        """Whether the post has it."""
        return "handed_over" in self.steps


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is known of one piece: where the house has it, what the post said of it. No personal text."""

    letter_id: UUID
    position: int
    letter_no: str
    item_no: str
    copy_no: int
    newest: bool
    """No later copy of its letter was made; an older copy is a spoiled one."""
    printed: bool
    gone: str = ""
    """void | pulled; '' while its letter is live."""
    gone_at: datetime | None = None
    inserted: bool | None = None
    """From the inserter's log; None without one."""
    acknowledged: bool | None = None
    """The post's last word: accepted, refused, or none."""
    acknowledged_at: datetime | None = None
    reason: str = ""
    """Why it was refused, in the post's words."""
    other_figures: bool = False
    state: LetterState | None = None
    """What its events alone give."""
    claimed: LetterState | None = None
    norm_code: str = ""
    needs_person: bool = False
    anomalies: tuple[str, ...] = ()
    attempts: int = 0
    first_event_at: datetime | None = None
    accepted_at: datetime | None = None
    last_event_at: datetime | None = None
    acks: int = 0
    events: int = 0

    @property
    def facts(self) -> int:
        """How much the post has said of it; only ever grows."""
        return self.acks + self.events


class PieceClass(StrEnum):
    """Where a piece is in the books: exactly one of these."""

    SPOILED = "spoiled"
    WITHDRAWN = "withdrawn"
    UNPRINTED = "unprinted"
    PRINTED = "printed"
    UNANSWERED = "unanswered"
    REFUSED = "refused"
    DELIVERED = "delivered"
    RETURNED = "returned"
    LOST = "lost"
    OPEN = "open"


CLASS_NAMES: Final[Mapping[PieceClass, str]] = {
    PieceClass.SPOILED: "废件",
    PieceClass.WITHDRAWN: "抽回或作废",
    PieceClass.UNPRINTED: "未印刷",
    PieceClass.PRINTED: "已印未交",
    PieceClass.UNANSWERED: "未答复",
    PieceClass.REFUSED: "拒收",
    PieceClass.DELIVERED: "妥投",
    PieceClass.RETURNED: "退回",
    PieceClass.LOST: "丢失",
    PieceClass.OPEN: "未结",
}
_FINAL: Final = {
    LetterState.DELIVERED: PieceClass.DELIVERED,
    LetterState.RETURNED: PieceClass.RETURNED,
    LetterState.LOST: PieceClass.LOST,
    LetterState.REFUSED: PieceClass.REFUSED,
}
AT_THE_POST: Final = frozenset(
    {PieceClass.UNANSWERED, PieceClass.REFUSED, PieceClass.DELIVERED, PieceClass.RETURNED, PieceClass.LOST, PieceClass.OPEN}
)
_ENDS: Final = (PieceClass.DELIVERED, PieceClass.RETURNED, PieceClass.LOST, PieceClass.OPEN)
ACCEPTED: Final = frozenset(_ENDS)


def in_manifest(piece: Standing, batch: BatchFacts) -> bool:
    """Whether the piece stands in the manifest that was sealed: a letter pulled after the seal does."""
    if not (piece.newest and piece.printed) or batch.sealed_pieces is None:
        return False
    sealed_at = max((batch.steps[kind] for kind in ("sealed", "resealed") if kind in batch.steps), default=None)
    return not piece.gone or (piece.gone_at is not None and sealed_at is not None and piece.gone_at > sealed_at)


def piece_class(piece: Standing, batch: BatchFacts) -> PieceClass:
    """The one class that a piece is in."""
    if not piece.newest:
        return PieceClass.SPOILED
    if "void" in batch.steps:
        return PieceClass.WITHDRAWN
    if batch.handed_over and in_manifest(piece, batch):
        state = letter_state(_ON_THE_WAY, (), piece.acknowledged, piece.state)
        if state in _FINAL:
            return _FINAL[state]
        return PieceClass.OPEN if state in FROM_POST else PieceClass.UNANSWERED
    if piece.gone:
        return PieceClass.WITHDRAWN
    return PieceClass.PRINTED if piece.printed else PieceClass.UNPRINTED


@dataclass(frozen=True, slots=True)
class Equation:
    """One line of the books. ``difference`` is left less right; ``pieces`` are some of those that make it."""

    code: str
    title: str
    left: int
    right: tuple[tuple[str, int], ...]
    pieces: tuple[str, ...] = ()

    @property
    def difference(self) -> int:
        """Left less right."""
        return self.left - sum(count for _, count in self.right)


@dataclass(slots=True)
class Books:
    """The counts of a batch, or of several."""

    classes: Counter[PieceClass] = field(default_factory=Counter)
    generated: int = 0
    printed: int = 0
    """Newest copies of live letters that are on paper."""
    spoiled: int = 0
    withdrawn: int = 0
    """Newest copies of letters that were pulled or voided, whenever that was."""
    pending: int = 0
    """Not on paper yet, of batches whose printing is not done."""
    logged: int = 0
    """Printed pieces that the inserter's log speaks of."""
    inserted: int = 0
    leaving: int = 0
    """Printed pieces of batches that were handed over."""
    manifest: int = 0
    """Rows of the manifests of batches that were handed over, as their seals say."""
    named: dict[str, list[str]] = field(default_factory=dict)
    """Item numbers by equation, up to ``SHOWN`` each."""

    def note(self, batch: BatchFacts) -> None:
        """Count what the batch's own events say."""
        if batch.handed_over:
            self.manifest += batch.sealed_pieces or 0

    def add(self, piece: Standing, batch: BatchFacts) -> PieceClass:
        """Count one piece; returns its class."""
        found = piece_class(piece, batch)
        self.generated += 1
        self.classes[found] += 1
        if not piece.newest:
            self.spoiled += 1
        elif piece.gone or "void" in batch.steps:
            self.withdrawn += 1
            if found in AT_THE_POST:
                self._name("HANDED_OVER", piece)
        elif piece.printed:
            self._count_printed(piece, batch)
        elif batch.printed:
            self._name("GENERATED", piece)
        else:
            self.pending += 1
        if found is PieceClass.UNANSWERED:
            self._name("ANSWERED", piece)
        return found

    def _count_printed(self, piece: Standing, batch: BatchFacts) -> None:
        self.printed += 1
        self.leaving += batch.handed_over
        if piece.inserted is not None:
            self.logged += 1
            self.inserted += piece.inserted
            if not piece.inserted:
                self._name("INSERTED", piece)

    def _name(self, equation: str, piece: Standing) -> None:
        pieces = self.named.setdefault(equation, [])
        if len(pieces) < SHOWN:
            pieces.append(piece.item_no)

    def merge(self, other: Books) -> None:
        """Add another's counts, for totals."""
        self.classes.update(other.classes)
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for equation, pieces in other.named.items():
            mine = self.named.setdefault(equation, [])
            mine += pieces[: SHOWN - len(mine)]

    @property
    def accepted(self) -> int:
        """Pieces that the post took."""
        return sum(self.classes[one] for one in ACCEPTED)

    def equations(self) -> list[Equation]:
        """Each step's equation as far as the batch has come; a step not reached has none."""
        made = [("印刷", self.printed), ("废件", self.spoiled), ("抽回", self.withdrawn)]
        if self.pending:
            made.append(("待印", self.pending))
        found = [self._equation("GENERATED", "生成 = 印刷 + 废件 + 抽回", self.generated, *made)]
        if self.logged:
            found.append(self._equation("INSERTED", "印刷 = 装封", self.logged, ("装封", self.inserted)))
        if self.manifest:
            refused = ("拒收", self.classes[PieceClass.REFUSED])
            ends = [(CLASS_NAMES[one], self.classes[one]) for one in _ENDS]
            found += [
                self._equation("HANDED_OVER", "印刷 = 交寄", self.leaving, ("交寄", self.manifest)),
                self._equation("ANSWERED", "交寄 = 收寄 + 拒收", self.manifest, ("收寄", self.accepted), refused),
                self._equation("ENDED", "收寄 = 妥投 + 退回 + 丢失 + 未结", self.accepted, *ends),
            ]
        return found

    def _equation(self, code: str, title: str, left: int, *right: tuple[str, int]) -> Equation:
        made = Equation(code, title, left, right)
        return Equation(code, title, left, right, tuple(self.named.get(code, ()))) if made.difference else made

    @property
    def balanced(self) -> bool:
        """Whether every equation holds."""
        return not any(one.difference for one in self.equations())

    @property
    def unexplained(self) -> int:
        """How much of the differences no piece accounts for: the seal's own count is not that of the pieces."""
        at_the_post = sum(self.classes[one] for one in AT_THE_POST)
        return abs(self.manifest - at_the_post)


_COUNTS: Final = ("generated", "printed", "spoiled", "withdrawn", "pending", "logged", "inserted", "leaving", "manifest")


def books_of(pieces: Iterable[Standing], batch: BatchFacts) -> Books:
    """The books of one batch."""
    books = Books()
    books.note(batch)
    for piece in pieces:
        books.add(piece, batch)
    return books
