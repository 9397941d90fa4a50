"""Parameters of the rules that a firm may tighten, with the defaults of law-and-post.md §7a.

The same object carries the terms of address choice (``locate.choose.policy.ChoiceTerms``), so that one hash on a decision
covers both.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Policy:
    """Days, caps and switches. Its hash stands on every decision."""

    version: str = "2026-11"
    min_days_between_letters: int = 7
    in_flight_days: int = 30
    # What follows a letter that did not arrive (letters.rules.following); [D] throughout.
    retry_settle_days: int = 3
    """Days that a result must have stood before another letter goes: carriers take returns back."""
    retry_same_days: int = 7
    """Days after an absence or an unclaimed letter before the same address is tried again."""
    retry_same_address: int = 2
    """Letters to one address that may end in absence or unclaimed, the first one counted."""
    retry_letters: int = 3
    """Letters of one template in a case, the first one counted; what the carrier spoiled is counted apart."""
    max_as_of_age_days: int = 7
    cap_licensed_percent: Decimal = Decimal("24")
    cap_lpr_multiple: int = 4
    lpr_published: tuple[str, ...] = ()
    """Months beyond (or instead of) ``lpr.csv`` as a named person entered them: ``2026-01 3.00 2026-01-20``."""
    # Limitation: days before expiry at which a lawyer must choose the wording, and at which planning says so.
    limitation_hold_days: int = 30
    limitation_warn_days: int = 180
    limitation_post_days: int = 10
    """Days that a letter needs to arrive: it must be posted that long before the last day."""
    limitation_first_days: int = 0
    """Under a budget, claims that lapse within so many days go before value; 0 = value alone decides."""
    work_address_sources: tuple[str, ...] = ("contract", "reserved", "authorised", "conversation")
    """Sources by which the debtor gave a workplace for correspondence (R-THP-08); others need a person."""
    adult_age: int = 18
    confirmations: str = "law"
    """Which unmet duties stop a release: ``law`` those read in the law, ``strict`` every B of the table (``duties``)."""
    # What stands in for columns that a lender's files may lack (R-AMT-03, -04, -07, R-OUT-02): a warning on each case, the
    # lender's confirmation, a hold or a refusal of each case.
    line_evidence: str = "confirmation"
    disclosure_evidence: str = "confirmation"
    fee_evidence: str = "confirmation"
    notice_evidence: str = "confirmation"
    rate_gap_points: Decimal = Decimal("0.5")
    """Percentage points by which a computed annual cost may differ from the lender's figure unsaid (R-AMT-05)."""
    default_items: str = "warn"
    """What it does that a licensed lender's charges pass the cap only with what falls due on default (R-AMT-05)."""
    annualising: str = "nominal"
    """How an internal rate of return is made annual: ``nominal`` = twelve times the month's, ``effective`` = compounded."""
    # The lawyer's gate (letters.gate) and the complaint desk (letters.answers); [D] throughout.
    sample_each: int = 3
    """Letters in the sample per risk and template: highest amounts, lowest confidence, findings, evenly spread."""
    conflict_check_days: int = 90
    """Age at which a conflict search no longer counts (R-LAW-02)."""
    answer_working_days: int = 15
    """Working days to answer a complaint or objection (R-CMP-02)."""
    complaint_window_days: int = 90
    complaint_min_count: int = 3
    """Fewer complaints stop no batch, however few the letters."""
    complaint_per_mille: int = 5
    """Complaints per thousand letters above which a batch stops (R-CMP-03)."""
    verify_failures_a_day: int = 5
    verify_failures_an_hour: int = 60
    # How long personal data are kept (letters.privacy).
    retain_print_days: int = 30
    """Days after the hand-over for which working print files are kept (R-PII-03)."""
    retain_process_days: int = 1827
    """Days for which records of the process and what identifies its people are kept: five years (R-PII-08)."""
    # Terms of address choice (locate.choose.policy.ChoiceTerms).
    postage_fen: int = 420
    """One registered letter of 20 g out of town (law-and-post.md §3.2)."""
    delivery_worth_per_mille: int = 10
    """Worth of one delivery in thousandths of the claim. Assumed: no public figure; an operator's own replaces it."""
    delivery_worth_min_fen: int = 1_000
    delivery_worth_max_fen: int = 50_000
    explore_per_mille: int = 0
    """Share of cases, in thousandths, in which another lawful address is drawn, so that policies can be compared afterwards."""
    control_per_mille: int = 0
    """Share of first letters that wait for a window, so that it can be told what letters do (``letters.batch.control``)."""
    explore_floor_per_mille: int = 150
    """Least probability of delivery of an address that exploration may take. Assumed: half of what is usual."""
    # Terms of whom to ask first (locate.contacts.exploring.ContactTerms).
    contact_explore_per_mille: int = 0
    """Share of cases, in thousandths, in which the contact asked first is drawn among the lawful ones above the floor."""
    contact_explore_floor_per_mille: int = 30
    """Usefulness less penalty for complaints, in thousandths, that a drawn contact must exceed. Assumed: three times the
    score at or below which a learned model asks nobody (``models.contacts.ranking.ABSTAIN_BELOW``)."""
    rules: tuple[tuple[str, str], ...] = ()
    """(rule id, off | warn | hold | block) of the rules whose effect a layer changed, in order of ids."""
    layers: tuple[tuple[str, str], ...] = ()
    """(parameter or rule id, layer that set it) of everything that is not the shipped default."""

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the canonical JSON of all parameters."""
        if _Last.policy is not self:
            _Last.sha256, _Last.policy = _sha256(self), self
        return _Last.sha256


class _Last:
    """The policy last asked for its hash: thousands of cases in a row are under the same one."""

    policy: Policy | None = None
    sha256 = ""


@lru_cache(maxsize=64)
def _sha256(policy: Policy) -> str:
    text = json.dumps({k: str(v) for k, v in asdict(policy).items()}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
