"""The numbers of the simulated worlds, each with its source or "assumed"."""

from __future__ import annotations

from typing import Final

# --- places
DISTRICTS: Final = 36
OFFICES_PER_DISTRICT: Final = 3
ESTATES_PER_OFFICE: Final = 12
BUILDINGS_PER_ESTATE: Final = 8
ROOMS_PER_BUILDING: Final = 40
"""assumed; small enough that letters meet in buildings."""
ESTATE_SHARES: Final = {"gated": 0.40, "walk_up": 0.30, "village": 0.20, "office_park": 0.10}
"""assumed; a third of the population is rural (census 2020: 36.1 %), borrowers less."""

# --- people
PERSON_SHARES: Final = {"owner": 0.35, "renter": 0.40, "migrant": 0.25}
"""migrant: 26.6 % of the population live apart from their registration and outside their city (census 2020: 375.8 of 1,411.8
million); the split of the others is assumed."""
MOVES_PER_YEAR: Final = {"owner": 0.06, "renter": 0.45, "migrant": 0.80}
"""assumed; renters' tenancies of one to three years."""
JOBS_PER_YEAR: Final = 0.35
"""assumed: a job lasts some three years."""
AT_HOME: Final = {"owner": 0.68, "renter": 0.60, "migrant": 0.55}
"""A person of the household opens at one attempt by day. assumed"""
SHARES_HOME: Final = 0.55
"""Somebody else of the household may take the letter. assumed; mean household 2.62 persons (census 2020)"""
REGISTERED_WHERE_LIVES: Final = {"owner": 0.30, "renter": 0.06, "migrant": 0.01}
"""34.9 % of all people live apart from their registration (census 2020: 492.8 of 1,411.8 million); borrowers in arrears more (assumed)."""
FAMILY_AT_REGISTERED: Final = 0.40
"""Parents or others of the family still live at the registered address. assumed"""
REFUSES: Final = (0.02, 0.22)
"""Least and most, by how much a person fears the letter. assumed; refusals are a few per cent of registered letters"""
PHONE_REGION_KNOWN: Final = 0.75
PHONE_ISSUED: Final = {"registered": 0.40, "first_home": 0.35, "anywhere": 0.25}
"""Assumed, for the soberer column of ``DeliveryWorld.one_phone_each`` only: where a person's number was taken out."""
PHONE_WORKS: Final = 0.25
"""Press: four of five phones are lost after half a year (law-and-post.md §5)."""

# --- papers: share of cases that have one, share that is mistaken or made up
PAPERS: Final = {
    # name: (kind, source, present, mistaken, product of the file)
    "contract": ("contract", "contract", 1.00, 0.07),
    "registered": ("household", "contract", 0.95, 0.01),
    "work": ("work", "reserved", 0.65, 0.08),
    "billing": ("billing", "reserved", 0.45, 0.04),
    "told": ("residence", "conversation", 0.55, 0.05),
    "parcel": ("delivery", "authorised", 0.75, 0.04),
    "bureau": ("residence", "credit_bureau", 0.55, 0.04),
}
"""assumed"""
BUREAU_LAG_DAYS: Final = (90, 900)
"""A bureau's report is dated by when it was asked, and tells of a home of months or years ago. assumed"""
PARCEL_ELSEWHERE: Final = 0.10
"""Parcels sent to parents or a shop. assumed"""
TOLD_FALSELY: Final = 0.08
"""assumed"""
GRADES: Final = {"door": 0.72, "building": 0.22, "place": 0.06}
"""assumed"""
DEBT_AGE_DAYS: Final = (300, 2200)
"""Since the contract. assumed"""

# --- the post
PRODUCTS: Final = (("200", 520), ("EMS", 1500))
"""Registered letter and EMS: code, postage in fen (rounded from law-and-post.md §3.2; what matters is that one costs thrice)."""
CARRIER_FAULT: Final = 0.012
"""Lost, damaged, misrouted. assumed"""
VOIDED: Final = 0.008
"""An answer that is taken back and never comes again. assumed"""
DELAY_DAYS: Final = (4, 24)
"""From posting to a known end. assumed; undelivered letters wait out the time for collection"""

# --- lenders
LENDERS: Final = 3
FIRST_LISTED: Final = ("registered", "contract", "registered")
"""What each lender's file names first. With these the first-listed address is reached in about 30 % of cases, as the press says of
the industry; who knows everything would reach some 65 to 70 %, under the 75 % that one house claims (both law-and-post.md §5, without a
denominator: the numbers above are set so that the first holds and the second is near, not measured)."""
AMOUNT_YUAN: Final = (1_500, 60_000)
"""assumed; drawn evenly in the logarithm"""

# --- what changes in the world with a sudden change
CHANGE_WEEK: Final = 20
CHANGED_BUREAU_LAG_DAYS: Final = (900, 2400)
CHANGED_DISTRICTS: Final = 0.40
"""Share of districts whose offices from then on try a registered letter once and leave nothing at a front desk."""
DEMOLISHED: Final = 0.10
"""Share of estates emptied on that day."""

# --- what is hidden in the world with confounding
HIDING: Final = 0.30
"""Debtors who keep out of the way; the lender's staff know it from calls, no file says it."""
HIDING_AT_HOME: Final = 0.35
"""Their household opens the door this many times as often."""
STAFF_WEEKS: Final = 10
"""Weeks in which staff chose the address by what they knew, before any model; no propensity was logged."""
