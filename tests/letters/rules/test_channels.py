"""What the debtor is told: the lender's notice, the account to pay to, the sender."""

from __future__ import annotations

from dataclasses import replace

import pytest

from letters.rules.channels import (
    debtor_was_told_of_the_agency,
    firm_is_the_sender,
    payment_goes_to_a_filed_account,
)
from letters.rules.model import Facts, LetterFacts, Severity
from letters.rules.policy import Policy

ACCOUNT = "示例银行武汉分行 户名：示例消费金融有限公司 账号：6200000000000000000"


def told(facts: Facts, **extra: str) -> Facts:
    return replace(facts, case=replace(facts.case, extra=extra))


def paid_to(facts: Facts, channel: str, *filed: str) -> Facts:
    return replace(facts, lender=replace(facts.lender, payment_channel=channel, official_accounts=filed))


def test_debtor_was_told_of_the_agency(facts: Facts) -> None:
    assert debtor_was_told_of_the_agency(facts) == ()
    assert debtor_was_told_of_the_agency(told(facts, outsourcing_notice_on="2026-11-20")) == ()
    (late,) = debtor_was_told_of_the_agency(told(facts, outsourcing_notice_on="2026-11-21"))
    assert late.severity is Severity.BLOCK
    (odd,) = debtor_was_told_of_the_agency(told(facts, outsourcing_notice_on="已告知"))
    assert "无法识别" in odd.message
    (absent,) = debtor_was_told_of_the_agency(replace(facts, policy=Policy(notice_evidence="hold")))
    assert absent.severity is Severity.HOLD


@pytest.mark.parametrize(
    ("channel", "filed", "refused"),
    [
        (ACCOUNT, (), False),
        (ACCOUNT, (ACCOUNT,), False),
        (ACCOUNT, ("示例银行 6200 0000 0000 0000 000",), False),
        (ACCOUNT, ("示例银行 6200000000000000001",), True),
        ("示例金融 App", ("示例金融 App",), False),
        ("某某 App", ("示例金融 App",), True),
        ("请转入 户名：王小明 账号 6200000000000000000", (), True),
        ("个人微信收款码", (), True),
        ("", (), False),
    ],
)
def test_payment_goes_to_a_filed_account(facts: Facts, channel: str, filed: tuple[str, ...], refused: bool) -> None:
    findings = payment_goes_to_a_filed_account(paid_to(facts, channel, *filed))
    assert bool(findings) is refused
    assert all(finding.severity is Severity.BLOCK for finding in findings)


def test_firm_is_the_sender(letter: LetterFacts) -> None:
    assert firm_is_the_sender(replace(letter, firm_name="某某律师事务所")) == ()
    (finding,) = firm_is_the_sender(replace(letter, firm_name="别家律师事务所"))
    assert finding.severity is Severity.BLOCK
