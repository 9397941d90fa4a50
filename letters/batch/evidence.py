"""Gathers everything that proves one letter into the evidence package: pages, release, manifest row, track, chain.

Full personal data, as a court must see it: making one is recorded. What the package is made of is a function of the
letter's records, so the same records give the same bytes. Checking it needs nothing of ours (``evidence_verify``).
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from letters.batch.evidence_cover import cover
from letters.batch.history import states_of
from letters.batch.lapsing import delivery_of
from letters.batch.letterview import find_letter
from letters.batch.lookup import kept_fields
from letters.post.anomalies import decisions_on
from letters.post.codes import UnknownCode
from letters.post.evidence_zip import signed_contents, write_zip
from letters.post.outcomes import post_outcomes
from letters.post.partner_codes import table_in_force
from letters.post.rowtree import leaf, path_of, row_lines
from letters.post.sealed import canonical_json, part_name
from letters.press.extract import content_sha256, extract_letter
from letters.tables import (
    Acknowledgement,
    AnswerFile,
    Batch,
    Firm,
    Lawyer,
    Letter,
    Piece,
    PostEventRow,
    Release,
)
from letters.tables_proof import LetterPaper, LimitationConfirmation
from locate.keeping import AMOUNTS
from locate.tables import Case, CaseAddress, ClaimSnapshot, Decision, Lender
from records.audit import append_audit
from records.clock import SHANGHAI
from records.database import Database
from records.errors import Broken, NeedsDecision
from records.files import hash_file
from records.tables import AuditEntry

MADE: Final = "letter.evidence"
"""The audit action of making a package. Not in the extract: a second package would differ from the first by it."""


def write_evidence(session: Session, db: Database, which: str, output: Path, *, actor: str) -> str:
    """Write the package of a letter to ``output``; returns its SHA-256. The unmasked look is recorded (R-PII-02).

    Raises:
        NeedsDecision: the letter's batch is not sealed, the letter is not in it, or its parts are gone.
        Broken: what lies in the workspace is not what was sealed.
    """
    letter, piece = find_letter(session, which)
    contents = signed_contents(_contents(session, db, letter, piece), db.settings.signer())
    write_zip(contents, output)
    digest = hash_file(output)
    append_audit(
        session, actor=actor, action=MADE, subject=f"letter:{letter.letter_no}", detail={"sha256": digest}, clock=db.clock
    )
    return digest


def _contents(session: Session, db: Database, letter: Letter, piece: Piece) -> dict[str, bytes]:
    batch = session.get_one(Batch, letter.batch_id)
    folder = db.settings.workspace.batches / batch.batch_no / str(batch.sealed_name)
    if batch.sealed_name is None or not (folder / "SEALED").exists():
        raise NeedsDecision(f"批次 {batch.batch_no} 尚未封装，或封装文件夹已不在工作区。", f"请先运行 handa batch seal {batch.batch_no}。")
    documents = {
        **_batch_files(folder, letter, batch),
        **_release_files(session, batch),
        **_post_files(session, db, batch, letter, piece),
        **_case_files(session, db, letter),
        **_papers(session, db, letter),
    }
    pages = _pages(folder, piece, batch)
    view = _letter_view(session, db, letter, piece, batch, printed=pages[1])
    documents["letter/pages.pdf"] = pages[0]
    documents["letter/letter.json"] = canonical_json(view)
    documents["letter/fields.json"] = db.cipher.open("letter.fields", letter.id, letter.fields_sealed).encode()
    sources = {row["file_sha256"] for rows in _post_rows(session, db, batch, piece).values() for row in rows}
    extract = audit_extract(session, db, [f"batch:{batch.batch_no}", f"letter:{letter.letter_no}"], sources)
    documents["audit/extract.json"] = canonical_json(extract)
    documents["证据目录.pdf"] = cover(view, sorted(documents), db.settings.signer().public_key_hex, letter.day)
    return documents


def _batch_files(folder: Path, letter: Letter, batch: Batch) -> dict[str, bytes]:
    header, lines = row_lines(folder / "manifest.csv")
    found = [index for index, line in enumerate(lines) if f",{letter.letter_no},".encode() in line]
    if len(found) != 1:
        raise NeedsDecision(f"函件 {letter.letter_no} 不在封装批次 {batch.sealed_name} 中。", "被抽回的函件没有证据包。")
    path = path_of([leaf(line) for line in lines], found[0])
    way = {"index": found[0], "count": len(lines), "path": [[side, other.hex()] for side, other in path]}
    return {
        **{f"batch/{name}": (folder / name).read_bytes() for name in ("batch.json", "SHA256SUMS", "SEALED")},
        "batch/manifest-row.csv": header + b"\r\n" + lines[found[0]] + b"\r\n",
        "batch/manifest-path.json": canonical_json(way),
    }


def _pages(folder: Path, piece: Piece, batch: Batch) -> tuple[bytes, int]:
    """The printed pages out of the sealed part, and how many of them carry text (a blank back does not)."""
    if piece.part is None or piece.first_page is None or piece.pages is None:
        raise NeedsDecision(f"邮件 {piece.item_no} 尚未印刷。", f"请先运行 handa batch print {batch.batch_no}。")
    part = folder / part_name(piece.part)
    if not part.exists():
        raise NeedsDecision(f"分册 {part.name} 已不在工作区。", f"请运行 handa batch print {batch.batch_no} 重新生成。")
    if f"{hash_file(part)}  {part_name(piece.part)}\n" not in (folder / "SHA256SUMS").read_text("utf-8"):
        raise Broken(f"分册 {part.name} 与封装时不一致。", "请保留现场并查明原因，不要覆盖。")
    for printed in range(piece.pages, 0, -1):
        out = io.BytesIO()
        extract_letter(part, piece.first_page, printed, out)
        if _carries(out, printed, piece.content_sha256):
            return out.getvalue(), printed
    raise Broken(f"邮件 {piece.item_no} 的页面与印刷时的哈希不一致。", "请保留现场并查明原因。")


def _carries(pdf: io.BytesIO, pages: int, wanted: str | None) -> bool:
    try:
        return content_sha256(pdf, 1, pages) == wanted
    except AttributeError:  # a blank back side has no content at all
        return False


def _release_files(session: Session, batch: Batch) -> dict[str, bytes]:
    release = session.scalars(select(Release).where(Release.batch_id == batch.id)).one()
    lawyer = session.get_one(Lawyer, release.lawyer_id)
    firm = session.get_one(Firm, batch.firm_id)
    record = {
        "batch_no": batch.batch_no,
        "lawyer": {"code": lawyer.code, "name": lawyer.name, "licence_no": lawyer.licence_no},
        "firm": {"code": firm.code, "name": firm.name, "licence_no": firm.licence_no},
        "at": _when(release.at),
        "letters_sha256": release.letters_sha256,
        "token_sha256": hashlib.sha256(release.token.encode()).hexdigest(),
        "sample": release.sample,
        "template": batch.template,
        "bundle_sha256": batch.bundle_sha256,
    }
    hashes = session.scalars(select(Letter.fields_sha256).where(Letter.batch_id == batch.id).order_by(Letter.position))
    return {
        "release/release.json": canonical_json(record),
        "release/letters.sha256": "".join(f"{one}\n" for one in hashes).encode(),
    }


def _post_rows(session: Session, db: Database, batch: Batch, piece: Piece) -> dict[str, list[dict[str, Any]]]:
    table = table_in_force(session, batch.partner_id)
    events = session.execute(
        select(PostEventRow, AnswerFile)
        .join(AnswerFile, AnswerFile.id == PostEventRow.file_id)
        .where(PostEventRow.item_no == piece.item_no)
        .order_by(PostEventRow.occurred_at, PostEventRow.action, PostEventRow.serial, PostEventRow.digest)
    )
    track = []
    for event, file in events:
        meaning = table.meaning(event.action, event.proper_delivery, event.not_proper_delivery)
        track.append(
            {
                "at": _when(event.occurred_at), "serial": event.serial, "office": event.office, "action": event.action,
                "proper_delivery": event.proper_delivery, "not_proper_delivery": event.not_proper_delivery,
                "description": db.cipher.open("post_event.description", event.id, event.description_sealed),
                "effective": event.effective, "meaning": "" if isinstance(meaning, UnknownCode) else meaning.name,
                "norm": "" if isinstance(meaning, UnknownCode) else meaning.norm, "code_table_sha256": table.sha256,
                "file": file.name, "file_sha256": file.sha256, "received_at": _when(file.received_at),
            }
        )  # fmt: skip
    lines = session.execute(
        select(Acknowledgement, AnswerFile)
        .join(AnswerFile, AnswerFile.id == Acknowledgement.file_id)
        .where(Acknowledgement.item_no == piece.item_no)
        .order_by(AnswerFile.received_at, AnswerFile.sha256)
    )
    acknowledged = [
        {
            "accepted": line.accepted, "reason": line.reason, "weight_g": line.weight_g, "postage_fen": line.postage_fen,
            "file": file.name, "file_sha256": file.sha256, "received_at": _when(file.received_at),
        }
        for line, file in lines
    ]  # fmt: skip
    return {"post/track.json": track, "post/acknowledgement.json": acknowledged}


def _post_files(session: Session, db: Database, batch: Batch, letter: Letter, piece: Piece) -> dict[str, bytes]:
    confirmations = session.execute(
        select(LimitationConfirmation, Lawyer)
        .join(Lawyer, Lawyer.id == LimitationConfirmation.lawyer_id)
        .where(LimitationConfirmation.letter_id == letter.id)
        .order_by(LimitationConfirmation.at, LimitationConfirmation.id)
    )
    said = [
        {"grade": row.grade, "reason": row.reason, "lawyer": lawyer.code, "licence_no": lawyer.licence_no, "at": _when(row.at)}
        for row, lawyer in confirmations
    ]
    documents = {name: canonical_json(rows) for name, rows in _post_rows(session, db, batch, piece).items()}
    documents["post/confirmations.json"] = canonical_json(said)
    found = post_outcomes(session, [letter.id]).get(letter.id)
    facts = found.outcome.facts if found and found.outcome else ""
    if decided := decisions_on(session, db.cipher, letter.id, facts):
        documents["post/decisions.json"] = canonical_json(decided)
    return documents


def _case_files(session: Session, db: Database, letter: Letter) -> dict[str, bytes]:
    case = session.get_one(Case, letter.case_id)
    lender = session.get_one(Lender, case.lender_id)
    claim = session.get_one(ClaimSnapshot, letter.snapshot_id)
    address = session.get_one(CaseAddress, letter.address_id)
    decision = session.get_one(Decision, letter.decision_id)
    snapshot = {
        "lender": {"code": lender.code, "name": lender.name, "kind": lender.kind},
        "case_no": case.case_no, "case_version": decision.case_version, "product": case.product,
        "as_of": claim.as_of.isoformat(), "overdue_since": claim.overdue_since.isoformat(),
        "annual_rate": None if claim.annual_rate is None else str(claim.annual_rate),
        "claim_fen": {name: getattr(claim, name) for name in AMOUNTS},
        "recorded_at": _when(claim.recorded_at),
        "address": {
            "text": db.cipher.open("case_address.text", address.id, address.text_sealed), "kind": address.kind,
            "source": address.source, "source_text": address.source_text, "basis": address.basis,
            "collected_on": address.collected_on.isoformat() if address.collected_on else None,
            "reported_on": address.reported_on.isoformat(),
        },
    }  # fmt: skip
    verdict = {
        "verdict": decision.verdict, "findings": decision.findings, "rule_ids": decision.rule_ids,
        "policy_sha256": decision.policy_sha256, "model_version": decision.model_version,
        "inputs_sha256": bytes(decision.inputs_sha256).hex(), "probability": _text(decision.probability),
        "reasons": [{"code": one["code"], "text": one["text"]} for one in decision.reasons], "made_at": _when(decision.made_at),
    }  # fmt: skip
    return {"case/snapshot.json": canonical_json(snapshot), "case/decision.json": canonical_json(verdict)}


def _papers(session: Session, db: Database, letter: Letter) -> dict[str, bytes]:
    rows = session.scalars(select(LetterPaper).where(LetterPaper.letter_id == letter.id).order_by(LetterPaper.sha256))
    return {
        f"post/papers/{row.kind}-{row.sha256[:12]}{Path(row.name).suffix.lower()}": base64.b64decode(
            db.cipher.open("letter_paper.content", row.id, row.content_sealed)
        )
        for row in rows
    }


def _letter_view(session: Session, db: Database, letter: Letter, piece: Piece, batch: Batch, printed: int) -> dict[str, Any]:
    fields = kept_fields(db.cipher, letter, piece)
    state, code = states_of(session, [letter])[letter.id]
    delivery = delivery_of(session, db.cipher, letter)
    return {
        "letter_no": letter.letter_no, "item_no": piece.item_no, "batch_no": batch.batch_no, "sealed_name": batch.sealed_name,
        "position": letter.position, "part": piece.part, "first_page": piece.first_page, "pages": piece.pages,
        "printed_pages": printed, "content_sha256": piece.content_sha256, "letter_sha256": letter.fields_sha256,
        "day": letter.day.isoformat(), "addressee": fields.addressee_name, "address": "".join(fields.addressee_address),
        "firm": fields.firm_name, "template": letter.template, "state": state.value, "outcome": code,
        "grade": None if delivery is None else (delivery.confirmed or delivery.grade).value,
        "arrived_on": delivery.arrived_on.isoformat() if delivery and delivery.arrived_on else None,
    }  # fmt: skip


def audit_extract(session: Session, db: Database, subjects: list[str], answer_files: set[str]) -> dict[str, Any]:
    """The chain's entries on these subjects and answer files, whole; of those between, only the links; signed at its end.

    Raises:
        Broken: the chain has none.
    """
    entry = AuditEntry
    wanted = or_(
        entry.subject.in_(subjects) & (entry.action != MADE),
        (entry.action == "post.imported") & entry.detail["sha256"].astext.in_(answer_files),
    )
    own = session.scalars(select(entry).where(wanted).order_by(entry.seq)).all()
    if not own:
        raise Broken("审计链中没有这封函件的记录。", "请运行 handa audit verify 查明原因。", code="E-AUDIT")
    first, last = own[0].seq, own[-1].seq
    links = session.execute(
        select(entry.seq, entry.previous_sha256, entry.sha256).where(entry.seq.between(first, last)).order_by(entry.seq)
    ).all()
    head = f"handa audit extract 1\n{first}\n{last}\n{bytes(links[-1].sha256).hex()}\n"
    return {
        "first": first,
        "last": last,
        "entries": [_entry(row) for row in own],
        "links": [[seq, bytes(before).hex(), bytes(after).hex()] for seq, before, after in links],
        "signature": db.settings.signer().sign(head.encode()).hex(),
    }


def _entry(row: AuditEntry) -> Mapping[str, Any]:
    return {
        "seq": row.seq, "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"), "actor": row.actor, "action": row.action,
        "subject": row.subject, "detail": row.detail, "previous": bytes(row.previous_sha256).hex(), "sha256": bytes(row.sha256).hex(),
    }  # fmt: skip


def _when(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _text(value: float | None) -> str | None:
    return None if value is None else f"{value:.6f}"
