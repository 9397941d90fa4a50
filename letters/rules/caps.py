"""The cap on the all-in annual cost by regime and date (law-and-post.md §1.5). Percent a year, exact decimals.

Not for computing the cost itself: ``annual_rate`` is the lender's statement (an IRR on outstanding principal is the
amounts issue's). The contract's date is taken to be the day of disbursement, the only date a case file gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from letters.rules.lpr import lpr_on
from letters.rules.policy import Policy
from locate.case import LenderKind

PRIVATE_LPR_SINCE: Final = date(2020, 8, 20)
"""民间借贷规定 (2020) arts 25, 31: contracts from this day are under 4×LPR; earlier ones are computed in two pieces."""

MICRO_LPR_SINCE: Final = date(2028, 1, 1)
"""小额贷款公司综合融资成本管理工作指引: new loans within 4×LPR by the end of 2027."""


@dataclass(frozen=True, slots=True)
class Cap:
    """A cap with how it came about.

    ``percent`` is None where the table lacks the LPR it needs (``missing_lpr_on`` says for which day). ``firm`` is False
    where exceeding it is for a lawyer to judge rather than plainly unlawful.
    """

    percent: Decimal | None
    words: str
    firm: bool = True
    missing_lpr_on: date | None = None


def cap_for(kind: LenderKind, disbursed_on: date, day: date, policy: Policy) -> Cap:
    """The cap that a claim of this holder is tested against."""
    if kind is LenderKind.PRIVATE:
        if disbursed_on >= PRIVATE_LPR_SINCE:
            return _lpr_cap(disbursed_on, policy, "合同成立时一年期 LPR 的 {multiple} 倍")
        # In pieces: 24 % before, 4×LPR at the time of suing after. The lower of the two is safe on both pieces.
        late = _lpr_cap(day, policy, "起诉时一年期 LPR 的 {multiple} 倍（合同成立于 2020-08-20 以前，须分段计算）")
        if late.percent is None:
            return late
        return Cap(min(late.percent, policy.cap_licensed_percent), late.words, firm=False)
    if kind is LenderKind.MICRO_LOAN and disbursed_on >= MICRO_LPR_SINCE:
        return _lpr_cap(disbursed_on, policy, "放款时一年期 LPR 的 {multiple} 倍")
    return Cap(policy.cap_licensed_percent, f"年化 {policy.cap_licensed_percent.normalize():f}%")


def _lpr_cap(day: date, policy: Policy, words: str) -> Cap:
    rate = lpr_on(day)
    said = words.format(multiple=policy.cap_lpr_multiple)
    if rate is None:
        return Cap(None, said, missing_lpr_on=day)
    return Cap(rate * policy.cap_lpr_multiple, said)
