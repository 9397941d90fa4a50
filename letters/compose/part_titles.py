"""What an operator calls each part of a letter: for messages only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from letters.compose import parts

PART_TITLES: Final[Mapping[str, str]] = {
    parts.LETTERHEAD: "信头",
    parts.TITLE: "标题",
    parts.LETTER_NO: "函号",
    parts.SEND_METHOD: "发送方式",
    parts.ADDRESSEE: "收件人",
    parts.MANDATE: "委托声明",
    parts.FACTS: "相关事实",
    parts.STATEMENT_LABEL: "“委托人陈述”标示",
    parts.CLAIM_TABLE: "债权金额表",
    parts.LEGAL_OPINION: "法律意见",
    parts.DEMAND: "律师建议与期限",
    parts.CONSEQUENCES: "不履行的后果（附条件）",
    parts.QUERY_ROUTE: "查询、异议与投诉途径",
    parts.RESERVATION: "权利保留与特别声明",
    parts.PRIVACY: "“仅限收件人本人拆阅”提示",
    parts.VERIFICATION: "核验方式",
    parts.SIGNATURE: "律所与律师署名、印章、日期",
    parts.CONTACT: "联系方式",
    parts.ENCLOSURES: "附件",
    parts.ASSIGNMENT: "债权转让的事实与通知",
    parts.EARLIER_LETTER: "前次函件及其结果",
    parts.OFFER: "和解方案",
    parts.STATEMENT: "欠款明细对账单",
    parts.CARD_BALANCE: "持卡人姓名和欠款余额",
    parts.CARD_BASIS: "催收事由和相关法规",
    parts.CARD_RIGHTS: "持卡人相关权利和义务",
    parts.CARD_ROUTES: "查询、还款、异议与举证途径",
    parts.CARD_ISSUER_CONTACT: "发卡银行联系方式",
    parts.CARD_SEAL: "相关业务公章",
    parts.RELAY_REQUEST: "转告请求",
    parts.NO_DUTY: "收件人没有义务的说明",
    parts.OPT_OUT_ROUTE: "拒绝再被联系的途径",
}
"""Part name → Chinese title."""
