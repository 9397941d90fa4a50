"""The choice of address under the rules: there is one, it was not invented, and it explains itself (R-AI, H-ADR).

Ids beginning with H are the house's own, beside the 101 of law-and-post.md §7a.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from letters.rules.model import Facts, Finding, Severity
from letters.rules.rule import Say, planning_rule
from locate.choose import lawful

SHA256_HEX: Final = 64


@planning_rule(
    "H-ADR-01",
    "须有合法且可投递的地址",
    Severity.HOLD,
    source="函达自定：没有地址就没有函件",
    messages={"none": "没有可用的投递地址（{why}）；请资方补充合法来源的详细地址后再计划。"},
)
def an_address_was_chosen(facts: Facts, say: Say) -> Iterator[Finding]:
    """Without a lawful, deliverable address there is no letter."""
    if facts.choice.chosen is None:
        yield say("none", why=facts.choice.why_none or "未说明原因")


@planning_rule(
    "R-AI-01",
    "模型只能在合法地址中选择，不得生成地址",
    Severity.BLOCK,
    source="个人信息保护法 6 [V]",
    messages={
        "invented": "所选地址不是资方提供的地址，拒绝发函；请停止使用当前选址模型并报告管理员。",
        "unlawful": "所选地址{ordinal}没有通过来源规则，拒绝发函；请停止使用当前选址模型并报告管理员。",
    },
)
def choice_is_one_of_the_given(facts: Facts, say: Say) -> Iterator[Finding]:
    """The chosen address is one of the case's own, as it was read, and of a source that passed."""
    chosen = facts.choice.chosen
    if chosen is None:
        return
    candidate = chosen.candidate
    given = candidate.given
    if not any(
        (one is given or one == given) and (read is candidate.parsed or read == candidate.parsed)
        for one, read in zip(facts.case.addresses, facts.parsed, strict=True)
    ):
        yield say("invented")
    elif (
        lawful.has_banned_source(given)
        or not lawful.has_basis(given)
        or lawful.is_dated_after(given, facts.day)
        or not candidate.parsed.deliverable
    ):
        yield say("unlawful", ordinal=given.ordinal)


@planning_rule(
    "R-AI-03",
    "每个选址决定须留存版本、输入哈希、得分与理由",
    Severity.BLOCK,
    source="个人信息保护法 24 [V]",
    messages={"unexplained": "选址决定缺少{what}，拒绝发函；请报告管理员修复选址模型。"},
)
def choice_explains_itself(facts: Facts, say: Say) -> Iterator[Finding]:
    """Model version, hash of the inputs, a probability and reasons stand on the decision."""
    choice = facts.choice
    missing = []
    if not choice.model_version:
        missing.append("模型版本")
    if len(choice.inputs_sha256) != SHA256_HEX:
        missing.append("输入哈希")
    if choice.chosen is not None:
        if not 0.0 <= choice.chosen.probability <= 1.0:
            missing.append("有效得分")
        if not choice.chosen.reasons:
            missing.append("理由")
    if missing:
        yield say("unexplained", what="、".join(missing))
