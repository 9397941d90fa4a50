"""One letter as people see it: numbers, state, track, masked person; and its exact printed pages."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from letters.batch.history import states_of
from letters.batch.lookup import kept_fields
from letters.batch.printing import part_name, print_folder
from letters.post.anomalies import decisions_on
from letters.post.outcomes import post_outcomes
from letters.press.extract import extract_letter
from letters.tables import Batch, Letter, Piece, PostEventRow
from locate.masking import mask_address, mask_name
from locate.tables import Case
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import SHANGHAI
from records.database import Database
from records.errors import NeedsDecision, WrongUsage

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

_any = aliased(Piece)


def find_letter(session: Session, which: str) -> tuple[Letter, Piece]:
    """The letter with this letter number or item number (a spoiled copy's void one too), and its newest piece.

    Raises:
        WrongUsage: when there is none.
    """
    found = session.execute(
        select(Letter, Piece)
        .join(Piece, Piece.letter_id == Letter.id)
        .where((Letter.letter_no == which) | exists().where(_any.letter_id == Letter.id, _any.item_no == which))
        .order_by(Piece.copy_no.desc())
        .limit(1)
    ).first()
    if found is None:
        raise WrongUsage(f"没有函件“{which}”。", "请核对函号或邮件号码。")
    return found[0], found[1]


def letter_view(session: Session, cipher: Cipher, which: str) -> dict[str, Any]:
    """The letter with this letter number or item number; name and address masked.

    Raises:
        WrongUsage: when there is none.
    """
    letter, piece = find_letter(session, which)
    batch = session.get_one(Batch, letter.batch_id)
    case = session.get_one(Case, letter.case_id)
    fields = kept_fields(cipher, letter, piece)
    state, code = states_of(session, [letter])[letter.id]
    said = post_outcomes(session, [letter.id]).get(letter.id)
    result = said.outcome if said else None
    events = session.scalars(
        select(PostEventRow).where(PostEventRow.item_no == piece.item_no).order_by(PostEventRow.occurred_at, PostEventRow.serial)
    )
    address = "".join(fields.addressee_address)
    return {
        "letter_no": letter.letter_no,
        "item_no": piece.item_no,
        "batch_no": batch.batch_no,
        "case_no": case.case_no,
        "state": state.value,
        "outcome": code,
        "claimed": result.claimed.value if result and result.claimed else None,
        "needs_person": result is not None and result.needs_person,
        "anomalies": [{"code": a.code, "blocking": a.blocking, "message": a.message} for a in result.anomalies] if result else [],
        "decisions": [
            {name: one[name] for name in ("state", "how", "on", "anomalies", "evidence", "by", "at", "counts")}
            for one in decisions_on(session, cipher, letter.id, result.facts if result else "")
        ],
        "addressee": mask_name(fields.addressee_name),
        "address": mask_address(address),
        "template": letter.template,
        "fields_sha256": letter.fields_sha256,
        "content_sha256": piece.content_sha256,
        "part": piece.part,
        "first_page": piece.first_page,
        "pages": piece.pages,
        "events": [
            {
                "at": event.occurred_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
                "office": event.office,
                "action": event.action,
                "proper_delivery": event.proper_delivery,
                "not_proper_delivery": event.not_proper_delivery,
                "effective": event.effective,
            }
            for event in events
        ],
    }


@dataclass(frozen=True, slots=True)
class Copy:
    """How a letter's pages are given out: as printed, for the archive, with the firm's signature."""

    pdfa: bool = False
    signer: SimpleSigner | None = None

    @property
    def kind(self) -> str:
        """For the audit chain."""
        return "+".join(["pdfa" if self.pdfa else "pages", *(["signed"] if self.signer else [])])


AS_PRINTED: Final = Copy()


def extract_pages(session: Session, db: Database, which: str, output: Path, *, actor: str, copy: Copy = AS_PRINTED) -> None:
    """Copy the letter's printed pages out of its part; the unmasked look is recorded (R-PII-02).

    Raises:
        NeedsDecision: it has not been printed, or the part is gone.
    """
    letter, piece = find_letter(session, which)
    batch = session.get_one(Batch, letter.batch_id)
    if piece.part is None or piece.first_page is None or piece.pages is None:
        raise NeedsDecision(f"函件 {letter.letter_no} 尚未印刷。", f"请先运行 handa batch print {batch.batch_no}。")
    part = print_folder(db.settings, batch.batch_no) / part_name(piece.part)
    if not part.exists() and batch.sealed_name is not None:  # working files are purged after a time; the sealed ones stay
        part = db.settings.workspace.batches / batch.batch_no / batch.sealed_name / "print" / part.name
    if not part.exists():
        raise NeedsDecision(f"分册 {part.name} 已不在工作区。", f"请运行 handa batch print {batch.batch_no} 重新生成。")
    if copy == AS_PRINTED:
        extract_letter(part, piece.first_page, piece.pages, output)
    else:
        output.write_bytes(_copied(part, piece.first_page, piece.pages, letter.letter_no, batch.day, copy))
    detail = {} if copy == AS_PRINTED else {"copy": copy.kind}
    append_audit(session, actor=actor, action="letter.extracted", subject=f"letter:{letter.letter_no}", detail=detail, clock=db.clock)


def _copied(part: Path, first_page: int, pages: int, letter_no: str, day: date, copy: Copy) -> bytes:
    from letters.press.archive import as_pdfa, signed  # noqa: PLC0415  only archives need it

    found = io.BytesIO()
    extract_letter(part, first_page, pages, found)
    made = found.getvalue()
    if copy.pdfa:
        made = as_pdfa(made, title=letter_no, dated=datetime.combine(day, time(), SHANGHAI))
    return signed(made, copy.signer, reason="律所归档副本") if copy.signer else made
