"""Names of the parts a letter must have (R-LAW-09), as a template bundle declares them and the rules demand them.

From law-and-post.md §2.2 (bar custom: 上海律协指引 arts 11-14, 16) and, for credit cards, the six items of
《商业银行信用卡业务监督管理办法》 art 69. The words of a part are the template's; only the names are fixed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LETTER_PARTS: Final[Mapping[str, str]] = {
    "letterhead": "信头（律所名称、执业许可证号、地址、电话）",
    "title": "标题“律师函”",
    "letter_no": "函号",
    "send_method": "发送方式",
    "addressee": "收件人姓名与地址",
    "mandate": "委托声明",
    "facts": "相关事实",
    "amounts": "债权金额表",
    "legal_opinion": "法律意见",
    "advice": "律师建议（期限、官方还款渠道、异议途径）",
    "consequences": "不履行的后果（附条件）",
    "reservation": "权利保留与特别声明",
    "privacy": "“仅限收件人本人拆阅”提示",
    "signature": "律所、律师姓名、执业证号、签名、印章与日期",
    "contact": "联系方式与核验码",
    "enclosures": "附件清单",
}
"""Part name → what an operator calls it. Every letter needs all of them."""

CARD_PARTS: Final[Mapping[str, str]] = {
    "card_balance": "持卡人姓名和欠款余额",
    "card_reason": "催收事由和相关法规",
    "card_rights": "持卡人相关权利和义务",
    "card_channels": "查询账户状态、还款、提出异议和提供相关证据的途径",
    "card_issuer_contact": "发卡银行联系方式",
    "card_seal": "相关业务公章",
}
"""The six items of art 69, demanded of letters about credit-card debts in addition to ``LETTER_PARTS``."""


def required_parts(is_card: bool) -> Mapping[str, str]:
    """The parts that a letter must have: part name → Chinese title."""
    return {**LETTER_PARTS, **CARD_PARTS} if is_card else LETTER_PARTS
