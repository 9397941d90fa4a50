"""Books for people and programs: of a batch, or added up by lender, partner and month. Plain values, no personal text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from letters.batch.state import STEP_NAMES
from letters.post.books import CLASS_NAMES, Books
from letters.post.reckoning import Deaf, Progress, reckon
from letters.post.standing import batch_facts


@dataclass(frozen=True, slots=True)
class Account:
    """The books of something, and what they are of."""

    batch_no: str
    """'' for a total."""
    lender: str
    partner: str
    month: str
    """``2026-11``."""
    step: str
    """The batch's progress in words; how many batches, for a total."""
    books: Books

    @property
    def title(self) -> str:
        """What a heading says."""
        return self.batch_no or f"{self.lender} {self.partner} {self.month}"

    @property
    def differences(self) -> int:
        """How many equations do not hold."""
        return sum(bool(one.difference) for one in self.books.equations())

    def figures(self) -> dict[str, int]:
        """Every figure under its Chinese name."""
        books = self.books
        found = {
            "生成": books.generated, "印刷": books.printed, "废件": books.spoiled, "抽回": books.withdrawn, "待印": books.pending,
            "装封": books.inserted, "交寄": books.manifest, "收寄": books.accepted,
        }  # fmt: skip
        return found | {CLASS_NAMES[one]: books.classes[one] for one in CLASS_NAMES if CLASS_NAMES[one] not in found}

    def plain(self) -> dict[str, Any]:
        """For ``--json`` and reports."""
        return {
            "batch_no": self.batch_no,
            "lender": self.lender,
            "partner": self.partner,
            "month": self.month,
            "step": self.step,
            "classes": {one.value: self.books.classes[one] for one in CLASS_NAMES},
            "figures": self.figures(),
            "equations": [
                {
                    "code": one.code,
                    "title": one.title,
                    "left": one.left,
                    "right": dict(one.right),
                    "difference": one.difference,
                    "pieces": list(one.pieces),
                }
                for one in self.books.equations()
            ],
            "balanced": not self.differences,
        }


def accounts(
    session: Session,
    batch_ids: Collection[UUID] | None = None,
    *,
    progress: Progress = lambda _what, _done, _total: None,
) -> list[Account]:
    """The books of batches in order of day and number; of all when none are named."""
    batches = batch_facts(session, batch_ids)
    books = reckon(session, batches, Deaf(), progress=progress)
    return [
        Account(one.batch_no, one.lender, one.partner, f"{one.day:%Y-%m}", STEP_NAMES[one.step], books[one.batch_id])
        for one in batches
    ]


def totals_of(found: Sequence[Account]) -> list[Account]:
    """Added up by lender, partner and month."""
    sums: dict[tuple[str, str, str], tuple[int, Books]] = {}
    for one in found:
        key = (one.lender, one.partner, one.month)
        count, books = sums.get(key, (0, Books()))
        books.merge(one.books)
        sums[key] = (count + 1, books)
    return [Account("", *key, f"{count} 批", books) for key, (count, books) in sorted(sums.items())]
