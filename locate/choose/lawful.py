"""Which given addresses may be considered at all: lawful source, proof, date, and that they are the debtor's own.

Plain questions with plain names; ``letters.rules.sources`` asks the same ones, so that chooser and rules can't disagree.
Sources: law-and-post.md §7a R-SRC-01..05, R-THP-01.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from locate.address.model import Address
from locate.case import GivenAddress, Source

_HONORIFICS: Final = ("先生", "女士", "小姐", "老师", "收")


def has_banned_source(given: GivenAddress) -> bool:
    """Of a kind that may never be used (R-SRC-04)."""
    return given.source is Source.BANNED


def has_basis(given: GivenAddress) -> bool:
    """A document, recording or authorisation number stands behind the source (R-SRC-01, -02, -03)."""
    return bool(given.basis.strip())


def is_dated_after(given: GivenAddress, day: date) -> bool:
    """Said to be collected after ``day``: the row's date can't be true."""
    return given.collected_on is not None and given.collected_on > day


def is_a_guarantors(given: GivenAddress) -> bool:
    """From a guarantee or co-debt contract: the guarantor's or co-debtor's own, not for a letter to the debtor."""
    return given.source is Source.GUARANTEE


def names_somebody_else(address: Address, debtor_name: str) -> bool:
    """A name stands inside the address that is neither the debtor's nor their surname with an honorific (R-THP-01).

    The address may then be another person's; a person has to look before anything goes there.
    """
    inside = (address.recipient.name or "").strip() if address.recipient is not None else ""
    if not inside:
        return False
    name = inside
    for honorific in _HONORIFICS:
        name = name.removesuffix(honorific)
    with_honorific = name != inside and 0 < len(name) < len(debtor_name) and debtor_name.startswith(name)
    return name != debtor_name and not with_honorific


def newest_date(given: GivenAddress, day: date) -> date | None:
    """When the address was known to be true last, no later than ``day``; None when the file does not say.

    The date of the lender's file (``reported_on``) is no evidence of freshness: a ten-year-old address is reported anew
    with every file.
    """
    if given.collected_on is None or given.collected_on > day:
        return None
    return given.collected_on
