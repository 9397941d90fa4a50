"""The client's confirmation of a batch by the hash of its case list and amounts (R-LAW-04), and the list to be signed.

The hash covers every letter of the batch in manifest order, pulled ones too: what is confirmed may shrink, never change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.gate.mandates import mandates_on
from letters.gate.papers import Paper
from letters.tables import Batch, Firm, Letter
from letters.tables_gate import BatchConfirmation
from locate.tables import Case, ClaimSnapshot, Lender
from records.audit import append_audit
from records.clock import Clock
from records.errors import WrongUsage
from records.identity import uuid7
from records.money import capital, yuan


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the client's list."""

    position: int
    letter_no: str
    case_no: str
    as_of: date
    total_fen: int


@dataclass(frozen=True, slots=True)
class BatchList:
    """What the client confirms: how many letters, how much in all, under which hash."""

    letters: int
    total_fen: int
    highest_fen: int
    sha256: str


def listed(session: Session, batch: Batch) -> Iterator[Listed]:
    """The lines of a batch in manifest order."""
    rows = session.execute(
        select(Letter.position, Letter.letter_no, Case.case_no, ClaimSnapshot.as_of, ClaimSnapshot.total)
        .join(Case, Case.id == Letter.case_id)
        .join(ClaimSnapshot, ClaimSnapshot.id == Letter.snapshot_id)
        .where(Letter.batch_id == batch.id)
        .order_by(Letter.position)
        .execution_options(yield_per=5000)
    )
    for position, letter_no, case_no, as_of, total in rows:
        yield Listed(position, letter_no, case_no, as_of, total)


def batch_list(session: Session, batch: Batch) -> BatchList:
    """The list's figures and hash: SHA-256 over ``letter number, case number, as-of date, fen`` a line."""
    digest = hashlib.sha256(f"{batch.batch_no}\n".encode())
    letters = total = highest = 0
    for line in listed(session, batch):
        digest.update(f"{line.letter_no}\t{line.case_no}\t{line.as_of.isoformat()}\t{line.total_fen}\n".encode())
        letters, total, highest = letters + 1, total + line.total_fen, max(highest, line.total_fen)
    return BatchList(letters, total, highest, digest.hexdigest())


def confirm_batch(
    session: Session, batch: Batch, *, by: str, evidence: Paper, said_hash: str, actor: str, clock: Clock
) -> tuple[BatchList, bool]:
    """Record the client's confirmation; the second value is False when this list was confirmed before.

    Raises:
        WrongUsage: nobody is named, or the hash on the returned paper is not this list's.
    """
    if not by.strip():
        raise WrongUsage("须写明由资方何人确认。", "请加 --by 姓名。")
    wanted = batch_list(session, batch)
    if (said_hash and not wanted.sha256.startswith(said_hash.strip().lower())) or 0 < len(said_hash.strip()) < 8:
        raise WrongUsage(
            f"回传清单上的哈希与批次 {batch.batch_no} 现在的清单不一致，不能登记。",
            f"请用 handa batch client-list {batch.batch_no} 重新导出，交资方确认。",
        )
    return wanted, _keep(session, batch, wanted.sha256, by.strip(), evidence, actor, clock)


def _keep(session: Session, batch: Batch, sha256: str, by: str, evidence: Paper, actor: str, clock: Clock) -> bool:
    known = select(BatchConfirmation.id).where(BatchConfirmation.batch_id == batch.id, BatchConfirmation.list_sha256 == sha256)
    if session.scalar(known) is not None:
        return False
    session.add(
        BatchConfirmation(
            id=uuid7(), batch_id=batch.id, list_sha256=sha256, by=by, evidence_sha256=evidence.sha256,
            evidence_name=evidence.name, actor=actor, at=clock(),
        )
    )  # fmt: skip
    append_audit(
        session, actor=actor, action="batch.confirmed", subject=f"batch:{batch.batch_no}",
        detail={"list_sha256": sha256, "evidence_sha256": evidence.sha256}, clock=clock,
    )  # fmt: skip
    return True


def unconfirmed(session: Session, batch: Batch, *, clock: Clock) -> str:
    """Why the client's confirmation lacks; '' when it is there. A standing confirmation that covers the batch is
    recorded for this list, so that every release has a confirmation by hash."""
    wanted = batch_list(session, batch)
    known = session.scalar(
        select(BatchConfirmation.id).where(
            BatchConfirmation.batch_id == batch.id, BatchConfirmation.list_sha256 == wanted.sha256
        )
    )
    if known is not None:
        return ""
    why = "资方尚未确认本批的案件清单与金额"
    for mandate in mandates_on(session, batch.firm_id, batch.lender_id, batch.day):
        if mandate.standing is None:
            continue
        if wanted.letters > int(mandate.standing["max_letters"]):
            why = f"本批 {wanted.letters} 封，超出委托合同 {mandate.contract_no} 中常设确认的件数上限"
        elif wanted.highest_fen > int(mandate.standing["max_amount_fen"]):
            why = f"本批有函件金额超出委托合同 {mandate.contract_no} 中常设确认的单封上限"
        else:
            paper = Paper(mandate.scan_sha256, mandate.scan_name)
            _keep(session, batch, wanted.sha256, f"standing:{mandate.contract_no}", paper, "system", clock)
            return ""
    return why


def write_client_list(session: Session, batch: Batch, target: Path) -> BatchList:
    """The list as a workbook for the client to check, sign and send back; the hash stands on it."""
    import xlsxwriter  # noqa: PLC0415  only this command writes workbooks

    lender = session.get_one(Lender, batch.lender_id)
    firm = session.get_one(Firm, batch.firm_id)
    wanted = batch_list(session, batch)
    book = xlsxwriter.Workbook(str(target), {"in_memory": True})
    try:
        sheet = book.add_worksheet("确认清单")
        title, bold, wrap = book.add_format({"bold": True, "font_size": 16}), book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        money = book.add_format({"num_format": "#,##0.00"})
        sheet.set_column(0, 0, 8)
        sheet.set_column(1, 2, 34)
        sheet.set_column(3, 4, 18)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{batch.batch_no}&C{wanted.sha256[:16]}&R第 &P 页 共 &N 页")
        sheet.write_string(0, 0, "律师函批次确认清单", title)
        head = (
            ("委托方", lender.name),
            ("受托律所", firm.name),
            ("批次", f"{batch.batch_no}（{batch.day.isoformat()}，模板 {batch.template}）"),
            ("件数", f"{wanted.letters}"),
            ("金额合计", f"{yuan(wanted.total_fen)} 元（{capital(wanted.total_fen)}）"),
            ("清单哈希", wanted.sha256),
            ("声明", "本公司确认下列案件、截至日与金额属实，并授权受托律所据此发函。如有不符，请勿签章并联系律所。"),
            ("签章", "　　　　　　　　　　　　　　日期：　　　　年　　月　　日"),
        )
        for row, (name, value) in enumerate(head, start=1):
            sheet.write_string(row, 0, name, bold)
            sheet.merge_range(row, 1, row, 4, value, wrap)
        top = len(head) + 2
        for column, name in enumerate(("序号", "函号", "案件号", "截至日", "金额（元）")):
            sheet.write_string(top, column, name, bold)
        sheet.repeat_rows(top)
        for line in listed(session, batch):
            row = top + line.position
            sheet.write_number(row, 0, line.position)
            sheet.write_string(row, 1, line.letter_no)
            sheet.write_string(row, 2, line.case_no)
            sheet.write_string(row, 3, line.as_of.isoformat())
            sheet.write_number(row, 4, line.total_fen / 100, money)
    finally:
        book.close()
    return wanted
