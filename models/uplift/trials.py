"""Cases that might all have been written to, some by the draw of a key left alone for a while, and what each repaid.

Only where chance decided does a comparison tell what a letter does: whoever writes to those who sounded willing will find that
letters work (Rubin, J. Educ. Psychol. 1974). A case counts once its window is over; until then it is censored. Pure arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

WINDOW_DAYS: Final = 45
"""Within which a repayment counts: two weeks for the post, a month for a salary [D]."""
OPEN: Final = -1
"""``repaid_fen`` of a case whose window is not over."""

FEATURES: Final = (
    "amount", "overdue", "delivery", "paid_times", "paid_lately", "calls_answered", "calls_failed", "template.card", "template.consumer", "template.micro",
    "template.assigned", "product.ems",
)  # fmt: skip
TITLES: Final = {
    "amount": "欠款金额", "overdue": "逾期时长", "delivery": "送达概率", "paid_times": "此前还款次数", "paid_lately": "近 90 天有还款", "calls_answered": "接听过电话",
    "calls_failed": "电话未接通", "template.card": "信用卡函", "template.consumer": "消费贷函", "template.micro": "小贷函", "template.assigned": "受让债权函",
    "product.ems": "EMS",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LetterTrials:
    """Parallel arrays, a line a case that was about to be written to. Days are proleptic ordinals, money is fen."""

    debtor: Ints
    day: Ints
    """On which it was decided."""
    treated: Flags
    """Written to; else left alone by the draw until its window was over."""
    propensity: Floats
    """Probability with which it was to be written to; NaN where no draw decided."""
    amount_fen: Ints
    cost_fen: Ints
    """Of the letter."""
    repaid_fen: Ints
    """Within ``WINDOW_DAYS`` of ``day``; ``OPEN`` while they last."""
    features: Floats
    """(n, len(FEATURES)), finite, as known on the day."""

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: Ints | Flags) -> Self:
        """These lines."""
        return type(self)(*(getattr(self, one.name)[rows] for one in fields(self)))

    @classmethod
    def joined(cls, *parts: LetterTrials) -> LetterTrials:
        """All lines one after the other."""
        return LetterTrials(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(LetterTrials)))

    @property
    def share(self) -> Floats:
        """(n,) what was repaid of the amount, 0..1."""
        return np.minimum(self.repaid_fen, self.amount_fen) / np.maximum(self.amount_fen, 1)

    def closed(self, as_of: int) -> Flags:
        """Which windows were over before ``as_of``."""
        return (self.repaid_fen >= 0) & (self.day + WINDOW_DAYS < as_of)


def feature_rows(
    amount_fen: Ints, overdue_days: Ints, delivery: Floats, paid_times: Ints, paid_lately: Flags, answered: Ints, failed: Ints, template: Ints, ems: Flags,
) -> Floats:
    """(n, len(FEATURES)) of what is known of each case.

    Args:
        overdue_days: -1 = not told.
        delivery: probability of delivery, NaN = nobody said.
        template: 0 card, 1 consumer, 2 micro, 3 assigned, -1 another.
    """
    p = np.clip(np.where(np.isnan(delivery), 0.3, delivery), 0.01, 0.99)
    columns = [
        np.log1p(np.maximum(amount_fen, 0) / 100.0), np.log1p(np.maximum(overdue_days, 0) / 30.0), np.log(p / (1 - p)), np.minimum(paid_times, 12), paid_lately,
        np.minimum(answered, 5), np.minimum(failed, 10), *(template == code for code in range(4)), ems,
    ]  # fmt: skip
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)
