"""Names of the parts a lawyer's letter must have (law-and-post.md §2.2) and of the card letter's six items (I4 art 69).

A template marks its blocks with these names; rules (R-LAW-09, R-LAW-14, R-LAW-18, R-CMP-01) ask for them by name.
"""

from __future__ import annotations

from typing import Final

LETTERHEAD: Final = "letterhead"
TITLE: Final = "title"
LETTER_NO: Final = "letter_no"
SEND_METHOD: Final = "send_method"
ADDRESSEE: Final = "addressee"
MANDATE: Final = "mandate"
FACTS: Final = "facts"
STATEMENT_LABEL: Final = "statement_label"
"""The words that say the facts are the client's statement (上海律协 art 12, R-LAW-14)."""
CLAIM_TABLE: Final = "claim_table"
LEGAL_OPINION: Final = "legal_opinion"
DEMAND: Final = "demand"
CONSEQUENCES: Final = "consequences"
QUERY_ROUTE: Final = "query_route"
"""How to ask, object, bring evidence and complain (R-CMP-01)."""
RESERVATION: Final = "reservation"
PRIVACY: Final = "privacy"
VERIFICATION: Final = "verification"
SIGNATURE: Final = "signature"
CONTACT: Final = "contact"
ENCLOSURES: Final = "enclosures"

ASSIGNMENT: Final = "assignment"
EARLIER_LETTER: Final = "earlier_letter"
OFFER: Final = "offer"
STATEMENT: Final = "statement"

CARD_BALANCE: Final = "card_balance"
CARD_BASIS: Final = "card_basis"
CARD_RIGHTS: Final = "card_rights"
CARD_ROUTES: Final = "card_routes"
CARD_ISSUER_CONTACT: Final = "card_issuer_contact"
CARD_SEAL: Final = "card_seal"

RELAY_REQUEST: Final = "relay_request"
NO_DUTY: Final = "no_duty"
"""The words that say the contact owes nothing, not even the relaying."""
OPT_OUT_ROUTE: Final = "opt_out_route"

LETTER_PARTS: Final = frozenset({
    LETTERHEAD, TITLE, LETTER_NO, SEND_METHOD, ADDRESSEE, MANDATE, FACTS, STATEMENT_LABEL, CLAIM_TABLE,
    LEGAL_OPINION, DEMAND, CONSEQUENCES, QUERY_ROUTE, RESERVATION, PRIVACY, VERIFICATION, SIGNATURE, CONTACT,
    ENCLOSURES,
})
"""Every lawyer's letter has all of these."""

CARD_PARTS: Final = frozenset({
    CARD_BALANCE, CARD_BASIS, CARD_RIGHTS, CARD_ROUTES, CARD_ISSUER_CONTACT, CARD_SEAL,
})
"""Wanted besides when the debt is a credit card's: name and balance, reason and rules, holder's rights and duties,
routes to query, pay, object and prove, issuer's contact, seal."""

RELAY_PARTS: Final = frozenset({
    LETTERHEAD, TITLE, LETTER_NO, SEND_METHOD, ADDRESSEE, RELAY_REQUEST, NO_DUTY, OPT_OUT_ROUTE, PRIVACY, VERIFICATION,
    SIGNATURE, CONTACT,
})
"""A 转告函 to a contact has all of these, and none of a demand's (R-THP-03)."""

OF_FACTS: Final = frozenset({ASSIGNMENT, EARLIER_LETTER, OFFER, STATEMENT})
"""Wanted of letters that tell of them (``facts`` of the bundle)."""

ALL_PARTS: Final = LETTER_PARTS | CARD_PARTS | RELAY_PARTS | OF_FACTS
