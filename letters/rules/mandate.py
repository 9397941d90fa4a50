"""Mandate, conflict, firm, lawyer, template (R-LAW at planning): what concerns one case.

What concerns a whole batch (a mandate at all, the client's confirmation, sample, capacity) is asked at release:
``letters.gate.missing``.
"""

from __future__ import annotations

from collections.abc import Iterator

from letters.rules.model import Facts, Finding, Severity
from letters.rules.rule import Say, planning_rule


@planning_rule(
    "R-LAW-01",
    "案件须在授权委托书的案件清单内",
    Severity.BLOCK,
    source="律师法 25、40 [V]；上海律协指引 5–6 [S]",
    messages={"outside": "案件不在授权委托书的案件清单内，不得发函；请资方补充清单后用 handa mandate add 登记。"},
)
def case_is_in_the_mandate(facts: Facts, say: Say) -> Iterator[Finding]:
    """A mandate with a case list covers only the listed cases."""
    if facts.gate.outside_mandate:
        yield say("outside")


@planning_rule(
    "R-LAW-02",
    "利益冲突提示须由律师判断",
    Severity.HOLD,
    source="律师法 50(5) [V]",
    messages={"hit": "利益冲突提示：{why}；请律师判断，不构成冲突的用 handa firm conflict-clear 登记理由。"},
)
def no_conflict_is_open(facts: Facts, say: Say) -> Iterator[Finding]:
    """The debtor may be the firm's own client, or the lender itself: a lawyer decides."""
    for why in dict.fromkeys(facts.gate.conflicts):
        yield say("hit", why=why)


@planning_rule(
    "R-LAW-03",
    "律所与律师执业许可须有效",
    Severity.BLOCK,
    source="律师法 13、55 [V]；上海律协指引 14 [S]",
    messages={
        "firm_inactive": "律所“{firm}”已停用，不得以其名义发函；请改用有效的律所。",
        "firm_licence": "律所“{firm}”没有登记执业许可证号，不得发函；请补充登记。",
        "firm_expired": "律所“{firm}”的执业许可有效期至 {until}，已过期；请更新许可证后再计划。",
        "not_lawyer": "“{lawyer}”不是执业律师，不得签发律师函；请改由执业律师签发。",
        "not_of_firm": "律师“{lawyer}”不属于律所“{firm}”，不得签发；请改由该所律师签发。",
        "lawyer_inactive": "律师“{lawyer}”已停用，不得签发；请改由其他律师签发。",
        "lawyer_licence": "律师“{lawyer}”没有登记执业证号，不得签发；请补充登记。",
        "lawyer_expired": "律师“{lawyer}”的执业证有效期至 {until}，已过期；请更新后再计划。",
    },
)
def licences_are_in_force(facts: Facts, say: Say) -> Iterator[Finding]:
    """The firm is licensed, the signer is a licensed lawyer of that firm, on the batch date. Codes, not names, are said."""
    firm, lawyer = facts.firm, facts.lawyer
    if not firm.active:
        yield say("firm_inactive", firm=firm.code)
    if not firm.licence_no.strip():
        yield say("firm_licence", firm=firm.code)
    if firm.licence_until < facts.day:
        yield say("firm_expired", firm=firm.code, until=firm.licence_until)
    if not lawyer.is_lawyer:
        yield say("not_lawyer", lawyer=lawyer.code)
    if all(member.code != lawyer.code for member in firm.lawyers):
        yield say("not_of_firm", lawyer=lawyer.code, firm=firm.code)
    if not lawyer.active:
        yield say("lawyer_inactive", lawyer=lawyer.code)
    if not lawyer.licence_no.strip():
        yield say("lawyer_licence", lawyer=lawyer.code)
    if lawyer.licence_until < facts.day:
        yield say("lawyer_expired", lawyer=lawyer.code, until=lawyer.licence_until)


@planning_rule(
    "R-LAW-05",
    "模板版本须经律所批准",
    Severity.BLOCK,
    source="上海律协指引 15 [S]；[D]",
    messages={"unapproved": "模板“{template}”未经律所“{firm}”批准，不得用于发函；请由律所批准该版本，或改用已批准的模板。"},
)
def template_is_approved(facts: Facts, say: Say) -> Iterator[Finding]:
    """Exactly this version of the template is approved by the firm that signs."""
    if facts.template not in facts.firm.approved_templates:
        yield say("unapproved", template=facts.template, firm=facts.firm.code)
