"""The cap on the all-in annual cost by regime and date (law-and-post.md §1.5). Percent a year, exact decimals.

Not for computing the cost itself (``price``) nor for testing it (``cap_test``). The contract's date is the one the file gives,
else the day of disbursement. Where a claim stands under two caps (an assigned claim: holder and original lender) the lower counts.
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
    lpr_percent: Decimal | None = None
    """The 1-year LPR that it was made from (R-AMT-10 keeps it)."""


def cap_for(
    kind: LenderKind, contract_on: date, day: date, policy: Policy, original: LenderKind | None = None
) -> Cap:
    """The cap that a claim is tested against: the holder's, and of an assigned claim the original lender's too."""
    own = _cap_of(kind, contract_on, day, policy)
    if original is None or original is kind:
        return own
    other = _cap_of(original, contract_on, day, policy)
    if own.percent is None or other.percent is None:
        known, lacking = (other, own) if own.percent is None else (own, other)
        return Cap(known.percent, known.words, known.firm, lacking.missing_lpr_on, known.lpr_percent)
    return min(own, other, key=lambda cap: (cap.percent or 0, not cap.firm))


def _cap_of(kind: LenderKind, contract_on: date, day: date, policy: Policy) -> Cap:
    if kind is LenderKind.PRIVATE:
        if contract_on >= PRIVATE_LPR_SINCE:
            return _lpr_cap(contract_on, policy, "合同成立时一年期 LPR 的 {multiple} 倍")
        # In pieces: 24 % before, 4×LPR at the time of suing after. The lower of the two is safe on both pieces.
        late = _lpr_cap(day, policy, "起诉时一年期 LPR 的 {multiple} 倍（合同成立于 2020-08-20 以前，须分段计算）")
        if late.percent is None:
            return late
        return Cap(min(late.percent, policy.cap_licensed_percent), late.words, firm=False, lpr_percent=late.lpr_percent)
    licensed = Cap(policy.cap_licensed_percent, f"年化 {policy.cap_licensed_percent.normalize():f}%")
    if kind is LenderKind.MICRO_LOAN and contract_on >= MICRO_LPR_SINCE:
        lpr = _lpr_cap(contract_on, policy, "放款时一年期 LPR 的 {multiple} 倍")
        return lpr if lpr.percent is None or lpr.percent <= policy.cap_licensed_percent else licensed
    return licensed


def _lpr_cap(day: date, policy: Policy, words: str) -> Cap:
    rate = lpr_on(day, policy.lpr_published)
    said = words.format(multiple=policy.cap_lpr_multiple)
    if rate is None:
        return Cap(None, said, missing_lpr_on=day)
    return Cap(rate * policy.cap_lpr_multiple, said, lpr_percent=rate)
