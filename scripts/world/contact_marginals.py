"""The numbers of the contact worlds, each with where it is from. "assumed" = nobody publishes it; it was chosen, not measured.

Changing a number here changes the worlds and nothing else: no model reads this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ASSUMED: Final = "assumed"


@dataclass(frozen=True, slots=True)
class Marginal:
    """One number and its source."""

    value: float
    source: str = ASSUMED


MARGINALS: Final[dict[str, Marginal]] = {
    # Lives
    "divorce_a_year": Marginal(0.009, "民政部 2024 年民政事业发展统计公报: 3.513 million divorces (2.5 ‰ of persons); about 390 million couples assumed"),
    "divorce_in_debt": Marginal(4.0),  # times the rate above, for couples with a debt that is not repaid
    "friend_drifts_a_year": Marginal(0.22),
    "relative_quarrels_a_year": Marginal(0.06),
    "parent_lost_a_year": Marginal(0.02),
    "borrowed_from": Marginal(0.22),  # friends and relatives of whom the debtor had borrowed too: the tie ends when the debt does
    "cools_a_year": Marginal(1.0),  # friends and colleagues: by how much of the first gap the days between two talks grow each year
    "relays_within_days": Marginal(30),  # who has not spoken with the debtor for longer than this will not within the window either
    "avoider_talks_less": Marginal(1.6),  # times the days between two talks, with whoever does not live with a debtor in hiding
    "long_loan": Marginal(0.35),  # loans of several years: the contact was told long before the debtor vanishes
    # Numbers
    "number_change_old_a_year": Marginal(0.05),
    "number_change_young_a_year": Marginal(0.14),
    "quarantine_days": Marginal(90, "Carriers' terms as told in public guides (号码冷冻期 90 天); no single rule seen"),
    "reissued": Marginal(0.55),  # share of given-up numbers that a stranger holds once the quarantine is over
    "stale_when_told": Marginal(0.09),  # the number in the debtor's own address book was old already
    # Lists
    "hides": Marginal(0.22),  # debtors who mean to disappear and tell no true contact, or only one
    "pads": Marginal(0.45),  # debtors who fill the form's last lines with anything
    "broker_pool": Marginal(0.5),  # of those who hide: helped by a broker with a pool of numbers
    "works_desk": Marginal(0.07),  # debtors of a factory whose personnel desk stands for a colleague: shared and true
    "family_phone": Marginal(0.04),  # debtors who share a relative's number with another debtor of the same family
    "misdeclared": Marginal(0.07),
    "branch": Marginal(0.5),  # loans made at a counter, where numbers are rung and addresses asked for
    "address_at_branch": Marginal(0.85),
    "address_in_app": Marginal(0.15),
    "second_loan": Marginal(0.4),
    # Being asked
    "lost_again": Marginal(0.75),  # debtors who are found, pay a little and vanish again within some months
    "taken_up_again": Marginal(0.5),  # cases laid aside that are tried anew after half a year or more
    "rounds": Marginal(4),  # questions a case is worth before it is laid aside, some weeks apart, until the debtor is found
    "stranger_complains": Marginal(0.03),
    "broken_complains": Marginal(0.05),
    "promises_falsely": Marginal(0.5),  # of those who shield the debtor: say they will pass it on and do not
    "tells_address": Marginal(0.4),  # of those who pass the word on: also say where the debtor may be written to
    "told_address_is_good": Marginal(0.6),
    "asked_again": Marginal(1.8),  # times the chance of a complaint, for each earlier question to the same number
    "debtor_avoids": Marginal(0.35),  # debtors who do not react whoever relays
}


@dataclass(frozen=True, slots=True)
class Manners:
    """How people are with each other in a world; every number assumed. Nobody publishes them, so worlds differ in them."""

    shields: dict[str, float]
    """By kind of tie: share who say they know nothing though they do."""
    home_shields_less: bool
    """Whoever lives with the debtor gives in sooner."""
    colleague_leaves_a_year: float
    colleague_gap: tuple[float, float]
    """Days between two talks."""
    nearest_first: bool
    """At a counter the officer asks who can always reach the debtor, and writes that one first."""
    amateur_surname: float
    """Made-up kin who were given the debtor's surname."""


SHIELDING: Final = Manners(
    {"spouse": 0.85, "parent": 0.82, "child": 0.6, "sibling": 0.12, "relative": 0.15, "friend": 0.12, "colleague": 0.05},
    False, 0.55, (1.0, 20.0), True, 0.35,
)  # fmt: skip
"""Near ones shield the debtor, and live by what he lives by; who only knows him passes the word on, while the tie lasts."""
AGREEING: Final = Manners(
    {"spouse": 0.16, "parent": 0.28, "child": 0.2, "sibling": 0.2, "relative": 0.24, "friend": 0.2, "colleague": 0.2},
    True, 0.3, (2.0, 30.0), False, 1.0,
)  # fmt: skip
"""People are as the rule prior takes them to be: the nearer the relation, the more it helps."""


def of(name: str) -> float:
    """The value of one number."""
    return MARGINALS[name].value
