"""What an operator calls each part of a letter, and which parts R-LAW-09 demands.

The names are the template's (``letters.compose.parts``); the titles here are for messages only. From law-and-post.md
§2.2 (上海律协指引 arts 11-14, 16) and 《商业银行信用卡业务监督管理办法》 art 69.
"""

from __future__ import annotations

from letters.compose import parts
from letters.compose.part_titles import PART_TITLES

__all__ = ["PART_TITLES", "required_parts"]



def required_parts(*, is_card: bool, is_relay: bool = False) -> frozenset[str]:
    """Names of the parts that a letter must have; a card debt's letter needs the six items of art 69 besides."""
    if is_relay:
        return parts.RELAY_PARTS
    return parts.LETTER_PARTS | parts.CARD_PARTS if is_card else parts.LETTER_PARTS
