"""The test of a case's price against its cap: every figure that went in, once a case, for the rule, the decision and the archive.

Three figures are looked at and the highest counts: the lender's own, the rate of return of the file's payment ledger (where
it has one that agrees with the claim), and the least rate that the claimed charges prove. Reading: what falls due only on
default (compound and penalty interest, liquidated damages) counts for private lenders (民间借贷规定 29); a licensed lender's cap
is on the normal cost, of which the disclosure statement keeps contingent items apart [S] – those are tested besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from letters.rules.caps import Cap, cap_for
from letters.rules.model import Facts
from letters.rules.papers import Payment, contract_date, payments_of
from letters.rules.policy import Policy
from letters.rules.price import Flow, annual_cost_percent, least_annual_percent
from letters.rules.regimes import original_holder
from locate.case import CaseRecord, Claim, LenderKind
from records.money import Fen


@dataclass(frozen=True, slots=True)
class CapTest:
    """What the price test was made from. Rates are percent a year."""

    contract_on: date
    stated: Decimal | None
    """The lender's ``annual_rate``."""
    computed: Decimal | None
    """Internal rate of return of the ledger's flows; None without a ledger."""
    least: Decimal | None
    """What the claimed charges that count prove at the least."""
    with_default: Decimal | None
    """The same with what falls due only on default."""
    cap: Cap

    @property
    def proven(self) -> Decimal | None:
        """The higher of what we compute ourselves."""
        return max((one for one in (self.computed, self.least) if one is not None), default=None)

    def as_json(self) -> dict[str, object]:
        """The form kept with a decision; figures as text."""
        cap = self.cap
        return {
            "contract_on": self.contract_on.isoformat(),
            "stated": _text(self.stated),
            "computed": _text(self.computed),
            "least": _text(self.least),
            "with_default": _text(self.with_default),
            "cap": _text(cap.percent),
            "basis": cap.words,
            "lpr": _text(cap.lpr_percent),
            "lpr_missing": cap.missing_lpr_on.isoformat() if cap.missing_lpr_on else None,
        }


def cap_test(facts: Facts) -> CapTest:
    """The test of this case; asked twice for one case it is made once."""
    if _Last.facts is not facts:
        _Last.made, _Last.facts = _test(facts), facts
    return _Last.made


class _Last:
    """The test last made: several rules ask about one case, one after the other."""

    facts: Facts | None = None
    made: CapTest


def _test(facts: Facts) -> CapTest:
    case, kind, policy = facts.case, facts.lender.kind, facts.policy
    formed, original = contract_date(case), original_holder(case)
    cap = _cap(kind, formed, facts.day, policy.cap_licensed_percent, policy.cap_lpr_multiple, policy.lpr_published, original)
    claim = case.claim
    on_default = claim.compound_interest + claim.penalty_interest + claim.liquidated_damages
    normal = max(claim.interest + claim.fees - claim.waived, 0)
    principal = max(claim.principal_disbursed, claim.principal_due)
    least = least_annual_percent(Fen(normal), principal, case.disbursed_on, claim.as_of)
    with_default = least
    if on_default:
        everything = max(claim.interest + claim.fees + on_default - claim.waived, 0)
        with_default = least_annual_percent(Fen(everything), principal, case.disbursed_on, claim.as_of)
    if LenderKind.PRIVATE in (kind, original):
        least, on_default = with_default, 0
    computed = None
    if case.extra:
        computed = _return_of(case, claim.total - on_default, compounded=policy.annualising == "effective")
    return CapTest(formed, claim.annual_rate, computed, least, with_default, cap)


@lru_cache(maxsize=8192)
def _cap(
    kind: LenderKind, contract_on: date, day: date, percent: Decimal, multiple: int, published: tuple[str, ...],
    original: LenderKind | None,
) -> Cap:
    """``cap_for``, once for all cases of one contract day."""
    return cap_for(kind, contract_on, day, Policy(cap_licensed_percent=percent, cap_lpr_multiple=multiple, lpr_published=published), original)


def ledger_agrees(payments: tuple[Payment, ...], claim: Claim) -> bool:
    """Whether a ledger can be the whole of what was repaid: it covers the principal that the claim says is repaid."""
    parts = sum(one.used_for("principal") for one in payments)
    return parts == claim.principal_repaid if parts else sum(one.fen for one in payments) >= claim.principal_repaid


def _return_of(case: CaseRecord, last: int, *, compounded: bool) -> Decimal | None:
    payments, claim = payments_of(case), case.claim
    if not payments or not ledger_agrees(payments, claim):
        return None
    flows = [Flow(case.disbursed_on, claim.principal_disbursed), *(Flow(one.day, -one.fen) for one in payments)]
    return annual_cost_percent([*flows, Flow(claim.as_of, -max(last, 0))], compounded=compounded)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"
