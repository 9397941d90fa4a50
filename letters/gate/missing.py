"""Everything that still lacks before a named lawyer may release a batch, each with the command that supplies it.

One gate = one small function from ``Asked`` to what it misses; they are asked all together, so that an operator sees the
whole way at once. Nothing here changes a batch; a client's standing confirmation is recorded where it covers one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.answers.rate import too_many_complaints
from letters.batch.confirming import missing_confirmations
from letters.batch.lookup import is_live
from letters.batch.sampling import choose_sample, viewed_by
from letters.gate.capacity import capacity_of, letters_of_day
from letters.gate.confirming import unconfirmed
from letters.gate.conflicts import conflict_hits, last_check
from letters.gate.filing import approved_by, filed_with
from letters.gate.mandates import covered, mandates_on
from letters.rules.model import Severity
from letters.rules.policy import Policy
from letters.tables import Batch, Firm, Lawyer, Letter
from locate.tables import Lender
from records.cipher import Cipher
from records.clock import Clock, today

NAMED = 5
"""Case numbers that a sentence names before it says how many more there are."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What lacks: the rule that asks for it, a sentence, and the command (or act) that supplies it."""

    rule_id: str
    what: str
    command: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the gates look at."""

    session: Session
    cipher: Cipher
    clock: Clock
    policy: Policy
    batch: Batch
    firm: Firm
    lender: Lender
    lawyer: Lawyer
    standing: bool
    """Released under the lawyer's standing order, which stands for the sample."""


Gate = Callable[[Asked], Iterator[Missing]]


def lawyer_may_sign(asked: Asked) -> Iterator[Missing]:
    """R-LAW-03: the lawyer who signs releases, and both licences hold on the letters' date."""
    firm, lawyer, batch = asked.firm, asked.lawyer, asked.batch
    if lawyer.id != batch.lawyer_id:
        signer = asked.session.get_one(Lawyer, batch.lawyer_id)
        yield Missing(
            "R-LAW-03", f"函件由律师 {signer.code} 署名，“{lawyer.code}”不能代为签发",
            f"handa batch release {batch.batch_no} --lawyer {signer.code}",
        )  # fmt: skip
    if not lawyer.is_lawyer or not lawyer.active:
        yield Missing("R-LAW-03", f"“{lawyer.code}”不是在册执业律师，不能签发", "请由本所执业律师签发")
    if lawyer.licence_until < batch.day:
        yield Missing(
            "R-LAW-03", f"律师 {lawyer.code} 的执业证在函件日期 {batch.day} 已失效",
            f"handa firm renew {firm.code} --lawyer {lawyer.code} --until 日期",
        )  # fmt: skip
    if firm.licence_until < batch.day or not firm.active:
        yield Missing(
            "R-LAW-03", f"律所 {firm.code} 的执业许可证在函件日期 {batch.day} 已失效", f"handa firm renew {firm.code} --until 日期"
        )


def mandate_covers_every_case(asked: Asked) -> Iterator[Missing]:
    """R-LAW-01: a mandate in force on the letters' date that lists every case."""
    batch, firm, lender = asked.batch, asked.firm, asked.lender
    add = (
        f"handa mandate add {lender.code} --firm {firm.code} --contract 合同号 --scan 授权委托书扫描件 --from 日期 --until 日期"
    )
    held = mandates_on(asked.session, firm.id, lender.id, batch.day)
    if not held:
        yield Missing("R-LAW-01", f"没有在 {batch.day} 有效的委托合同与授权委托书（资方 {lender.code}）", add)
        return
    cases = list(asked.session.scalars(select(Letter.case_id).where(Letter.batch_id == batch.id, is_live())))
    beyond = len(set(cases) - covered(asked.session, held, cases))
    if beyond:
        yield Missing("R-LAW-01", f"{beyond} 封函件的案件不在授权委托书的案件清单内", add + " --cases 案件清单")


def conflicts_are_checked(asked: Asked) -> Iterator[Missing]:
    """R-LAW-02: a recorded search that is recent enough, and no hit among the batch's cases that nobody has judged."""
    batch, firm, lender = asked.batch, asked.firm, asked.lender
    found = last_check(asked.session, firm.id, lender.id, max(batch.day, today(asked.clock)))
    if found is None or (batch.day - found).days > asked.policy.conflict_check_days:
        said = "尚未作" if found is None else f"上次于 {found} 作，已超过 {asked.policy.conflict_check_days} 天："
        yield Missing(
            "R-LAW-02", f"{said}利益冲突检索（律所 {firm.code} 与资方 {lender.code} 的债务人）",
            f"handa firm conflict {firm.code} --lender {lender.code} --lawyer {asked.lawyer.code}",
        )  # fmt: skip
    cases = list(asked.session.scalars(select(Letter.case_id).where(Letter.batch_id == batch.id, is_live())))
    hits = conflict_hits(asked.session, asked.cipher, firm.id, lender, cases)
    if hits:
        named = "、".join(dict.fromkeys(hit.case_no for hit in hits[:NAMED]))
        yield Missing(
            "R-LAW-02", f"{len({hit.case_id for hit in hits})} 件案件有利益冲突提示，须律师判断：{named}",
            f"handa firm conflict-clear {firm.code} 案件号 --lender {lender.code} --lawyer {asked.lawyer.code} --reason 理由",
        )  # fmt: skip


def client_has_confirmed(asked: Asked) -> Iterator[Missing]:
    """R-LAW-04: the client confirmed exactly this list of cases and amounts."""
    why = unconfirmed(asked.session, asked.batch, clock=asked.clock)
    if why:
        number = asked.batch.batch_no
        yield Missing(
            "R-LAW-04", why,
            f"handa batch client-list {number} -o 确认清单.xlsx 交资方签章，回传后 handa batch confirm {number} --by 姓名 --evidence 回传文件",
        )  # fmt: skip


def template_is_approved_and_filed(asked: Asked) -> Iterator[Missing]:
    """R-LAW-05 and R-OUT-03: this very version of the template, by the firm and with the lender."""
    batch, firm, lender = asked.batch, asked.firm, asked.lender
    if not approved_by(firm, batch.template, batch.bundle_sha256):
        yield Missing(
            "R-LAW-05", f"模板 {batch.template} 的这一版本未经律所审定",
            f"handa firm approve {firm.code} {batch.template} --lawyer {asked.lawyer.code}",
        )  # fmt: skip
    if not filed_with(asked.session, lender.id, batch.template, batch.bundle_sha256, by=max(batch.day, today(asked.clock))):
        yield Missing(
            "R-OUT-03", f"模板 {batch.template} 的这一版本未向资方 {lender.code} 备案",
            f"handa lender file-template {lender.code} {batch.template} --reference 备案号",
        )  # fmt: skip


def sample_was_viewed(asked: Asked) -> Iterator[Missing]:
    """R-LAW-05: the releasing lawyer has seen every letter of the risk-weighted sample, as they are now."""
    if asked.standing:
        return
    seen = viewed_by(asked.session, asked.batch, f"lawyer:{asked.lawyer.code}")
    unseen = [one for one in choose_sample(asked.session, asked.batch, asked.policy.sample_each) if one.letter_no not in seen]
    if unseen:
        yield Missing(
            "R-LAW-05", f"抽样函件尚有 {len(unseen)} 封未经签发律师 {asked.lawyer.code} 查看",
            f"handa batch sample {asked.batch.batch_no} --lawyer {asked.lawyer.code}",
        )  # fmt: skip


def lawyer_has_capacity(asked: Asked) -> Iterator[Missing]:
    """R-LAW-17: the day's letters under the lawyer's name stay within what the lawyer can answer for."""
    firm, lawyer, batch = asked.firm, asked.lawyer, asked.batch
    capacity = capacity_of(asked.session, lawyer.id)
    if capacity is None:
        yield Missing(
            "R-LAW-17", f"未登记律师 {lawyer.code} 每日的审阅能力", f"handa firm capacity {firm.code} {lawyer.code} --per-day 件数"
        )
        return
    total = letters_of_day(asked.session, lawyer.id, batch.day)
    if total > capacity:
        yield Missing(
            "R-LAW-17", f"律师 {lawyer.code} 当日 {total} 封，超过登记的每日 {capacity} 封",
            f"作废本批并改由其他律师签发：handa batch void {batch.batch_no} --reason 超出审阅能力",
        )  # fmt: skip


def complaints_are_few(asked: Asked) -> Iterator[Missing]:
    """R-CMP-03: the template and the batch draw no more complaints than the policy allows."""
    why = too_many_complaints(asked.session, asked.batch, asked.policy, asked.clock)
    if why:
        yield Missing(
            "R-CMP-03", why,
            f"查明原因后由律师决定：handa batch accept-complaints {asked.batch.batch_no} --lawyer {asked.lawyer.code} --reason 理由",
        )  # fmt: skip


def duties_are_confirmed(asked: Asked) -> Iterator[Missing]:
    """R-OUT, R-PII …: what people must see to, and that a named person has confirmed it on evidence that still holds."""
    for finding in missing_confirmations(asked.session, asked.lender, asked.firm, asked.batch.day):
        if finding.severity is not Severity.WARN:
            what, _, act = finding.message.partition("；")
            yield Missing(finding.rule_id, what, act.rstrip("。"))


GATES: Final[list[Gate]] = [
    lawyer_may_sign,
    mandate_covers_every_case,
    conflicts_are_checked,
    template_is_approved_and_filed,
    client_has_confirmed,
    sample_was_viewed,
    lawyer_has_capacity,
    complaints_are_few,
    duties_are_confirmed,
]
"""In the order in which people are told."""


def missing_for_release(
    session: Session,
    cipher: Cipher,
    batch: Batch,
    lawyer: Lawyer,
    *,
    policy: Policy,
    clock: Clock,
    standing: bool = False,
) -> list[Missing]:
    """What lacks before ``lawyer`` may release ``batch``; empty when nothing does."""
    asked = Asked(
        session, cipher, clock, policy, batch, session.get_one(Firm, batch.firm_id), session.get_one(Lender, batch.lender_id),
        lawyer, standing,
    )  # fmt: skip
    signs = session.get_one(Lawyer, batch.lawyer_id)
    rest = asked if lawyer.id == signs.id else replace(asked, lawyer=signs)  # what else lacks, the signer has to see to
    return [one for gate in GATES for one in gate(asked if gate is lawyer_may_sign else rest)]
