"""Seals a printed batch into the folder of the contract: the cut-off check, the manifest, the hashes, the signature.

Everything in the folder is a function of the batch's rows, its date and the house's signing key: sealing again gives the
same bytes and the same name.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time
from itertools import tee
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from letters.batch.agreements import catalogue_of, tariff_of
from letters.batch.frame import DUPLEX, ENVELOPE
from letters.batch.inserted import demand_good_copies
from letters.batch.lookup import batch_by_no, demand_step, is_live, kinds_of, live_pieces
from letters.batch.planning import Progress
from letters.batch.printing import part_name, parts_of, print_batch, print_folder
from letters.batch.proofs import demand_proofs
from letters.batch.pulling import pull_stopped
from letters.batch.state import BatchStep
from letters.batch.stock import format_finder
from letters.compose import load_bundle
from letters.compose.model import LetterFields
from letters.post.model import BatchHead, ManifestPiece
from letters.post.presort import BEFORE_TRAYS, BagLimits, assign_slots
from letters.post.products import Catalogue
from letters.post.sealed import SealedBatch, seal_batch
from letters.post.verify import is_as_sealed
from letters.rules import judge_piece
from letters.rules.model import PieceFacts, Severity
from letters.tables import Batch, BatchEvent, Firm, Lawyer, Letter, Partner, Planning, Release
from locate.tables import CaseAddress, Decision, Lender
from records.audit import append_audit
from records.clock import SHANGHAI
from records.database import Database
from records.errors import Broken, NeedsDecision
from records.identity import uuid7

CREATED_AT = time(9, 0)
CUT_OFF = time(17, 30)
"""Hours printed in batch.json. From policy, not from the clock on the wall: the bytes must not depend on when it ran."""
FORMAT_VERSION = 1
ITEM_NAME = "函件"
"""内件品名 (R-ENV-03): nothing on the slip may tell of a debt."""


def seal(
    db: Database,
    batch_no: str,
    *,
    actor: str,
    workers: int,
    progress: Progress = lambda _what, _done, _total: None,
) -> Path:
    """Seal a printed batch; returns the sealed folder. Sealing again checks every byte, and remakes what is not as it was.

    A sealed batch from which letters were pulled before it was handed over is sealed anew, under its new name.

    Raises:
        NeedsDecision: not yet printed, or every letter was pulled.
        CopiesNotGood: the inserter's scan logs leave copies to be printed again, or not yet scanned.
        Broken: sealing again did not give the same name, or a part's proof is not clean (E-PROOF).
    """
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        kinds = demand_step(session, batch, BatchStep.PRINTED, f"请先运行 handa batch print {batch.batch_no}。")
        if BatchStep.HANDED_OVER not in kinds:
            pull_stopped(session, batch, actor=actor, clock=db.clock)
            session.flush()
            demand_good_copies(session, batch)
            _reopen(session, db, batch, actor)
        names = {batch.sealed_name}
    if BatchStep.HANDED_OVER not in kinds:
        _drop_others(db.settings.workspace.batches / batch_no, batch_no, names)
    # Checks every part file, and prints anew where the cut-off check has just pulled a letter.
    print_batch(db, batch_no, actor=actor, workers=workers, progress=progress)
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        demand_proofs(session, db, batch, actor=actor, progress=progress)
        if batch.sealed_name is not None:
            folder = db.settings.workspace.batches / batch_no / batch.sealed_name
            if is_as_sealed(folder, db.settings.signer().public_key_hex):
                return folder
            with _aside(folder):  # damaged or lost: made anew, and must come out the same
                sealed = _write(session, db, batch, progress)
        else:
            sealed = _write(session, db, batch, progress)
        if batch.sealed_name is not None and batch.sealed_name != sealed.name:
            raise Broken(
                f"批次 {batch.batch_no} 重新封装的名称 {sealed.name} 与原名称 {batch.sealed_name} 不一致。",
                "请勿交寄，先查明数据或程序为何改变。",
            )
        if batch.sealed_name is None:
            _record(session, db, batch, sealed, actor)
        return sealed.path


@contextmanager
def _aside(folder: Path) -> Iterator[None]:
    """The folder out of the way while it is made anew; back in its place when that fails, gone when it is done."""
    hidden = folder.with_name(f".{folder.name}.aside")
    if folder.exists():
        shutil.rmtree(hidden, ignore_errors=True)
        folder.rename(hidden)
    try:
        yield
    finally:
        if hidden.exists() and not folder.exists():
            hidden.rename(folder)
        shutil.rmtree(hidden, ignore_errors=True)


def _reopen(session: Session, db: Database, batch: Batch, actor: str) -> None:
    """Break the seal of a batch whose letters have become fewer since: it never was handed over under that name."""
    if batch.sealed_name is None:
        return
    sealed = session.scalars(
        select(BatchEvent.detail)
        .where(BatchEvent.batch_id == batch.id, BatchEvent.kind.in_(("sealed", "resealed")))
        .order_by(BatchEvent.at.desc(), BatchEvent.id.desc())
    ).first()
    live = session.scalar(select(func.count()).select_from(Letter).where(Letter.batch_id == batch.id, is_live())) or 0
    if sealed is None or int(sealed["pieces"]) == live:
        return
    break_seal(session, db, batch, actor, {"pieces": sealed["pieces"], "live": live})


def break_seal(session: Session, db: Database, batch: Batch, actor: str, why: Mapping[str, object]) -> None:
    """Note that a sealed batch is sealed no more, before it was handed over: letters were pulled or printed again."""
    detail = {"name": batch.sealed_name, **why}
    batch.sealed_name = None
    session.add(BatchEvent(id=uuid7(), batch_id=batch.id, kind="unsealed", at=db.clock(), actor=actor, detail=detail))
    append_audit(
        session, actor=actor, action="batch.unsealed", subject=f"batch:{batch.batch_no}", detail=detail, clock=db.clock
    )


def _drop_others(folder: Path, batch_no: str, names: Collection[str | None]) -> None:
    """Remove sealed folders under another name than the batch's: they hold letters that were pulled."""
    for path in folder.glob(f"{batch_no}-*"):
        if path.is_dir() and path.name not in names:
            shutil.rmtree(path)


def _record(session: Session, db: Database, batch: Batch, sealed: SealedBatch, actor: str) -> None:
    kind = "resealed" if BatchStep.SEALED in kinds_of(session, batch) else "sealed"
    batch.sealed_name = sealed.name
    detail = {
        "name": sealed.name,
        "pieces": sealed.pieces,
        "sheets": sealed.totals.sheets,
        "weight_g": sealed.totals.weight_g,
        "postage_fen": sealed.totals.postage_fen,
    }
    session.add(BatchEvent(id=uuid7(), batch_id=batch.id, kind=kind, at=db.clock(), actor=actor, detail=detail))
    append_audit(
        session, actor=actor, action=f"batch.{kind}", subject=f"batch:{batch.batch_no}", detail=detail, clock=db.clock
    )


def _write(session: Session, db: Database, batch: Batch, progress: Progress) -> SealedBatch:
    folder = print_folder(db.settings, batch.batch_no)
    parts = [folder / part_name(part) for part, _sha256, _pages in parts_of(session, batch)]
    if not parts:
        raise NeedsDecision(f"批次 {batch.batch_no} 的函件已全部抽回，没有可封装的邮件。", "请作废本批：handa batch void。")
    release = release_of(session, batch)
    head = head_of(session, batch, release)
    pieces = pieces_of(session, db, batch, head, release, progress)
    target = db.settings.workspace.batches / batch.batch_no
    return seal_batch(head, pieces, parts, target, db.settings.signer())


def release_of(session: Session, batch: Batch) -> Release:
    """The release that the batch was printed under."""
    return session.scalars(select(Release).where(Release.batch_id == batch.id)).one()


def limits_of(session: Session, batch: Batch) -> BagLimits:
    """What the batch is sorted by: the partner's limits when it was planned, so that sealing again gives the same bags."""
    kept = session.scalar(select(Planning.args["presort"]).where(Planning.id == batch.planning_id))
    return BEFORE_TRAYS if kept is None else BagLimits(**kept)


def head_of(session: Session, batch: Batch, release: Release) -> BatchHead:
    """Head and job ticket of the batch."""
    firm = session.get_one(Firm, batch.firm_id)
    partner = session.get_one(Partner, batch.partner_id)
    lender = session.get_one(Lender, batch.lender_id)
    lawyer = session.get_one(Lawyer, release.lawyer_id)
    bundle = load_bundle(batch.template)
    return BatchHead(
        batch_no=batch.batch_no,
        format_version=FORMAT_VERSION,
        firm_code=firm.code,
        firm_name=firm.name,
        firm_licence_no=firm.licence_no,
        firm_address=firm.address,
        firm_phone=firm.phone,
        partner_code=partner.code,
        partner_name=partner.name,
        customer_no=str(partner.settings.get("customer_no", "")),
        agreement_no=str(partner.settings.get("agreement_no", "")),
        product_code=batch.product,
        product_name=catalogue_of(session, batch).product(batch.product).name,
        pay_method=str(partner.settings.get("pay_method", "记欠")),
        created_at=datetime.combine(batch.day, CREATED_AT, SHANGHAI),
        cut_off_at=datetime.combine(batch.day, CUT_OFF, SHANGHAI),
        paper="A4 80g/m²",
        duplex=DUPLEX,
        fold="Z",
        envelope=ENVELOPE,
        enclosures=tuple(enclosure.name for enclosure in bundle.enclosures),
        lender_code=lender.code,
        lawyer_code=lawyer.code,
        release_token=release.token,
        tariff_sha256=tariff_of(session, batch),
        presort=limits_of(session, batch),
    )


def pieces_of(
    session: Session, db: Database, batch: Batch, head: BatchHead, release: Release, progress: Progress
) -> Iterator[ManifestPiece]:
    """The manifest's rows of the live letters, with the weights kept at printing. Streams.

    Raises:
        Broken: a letter is not printed, or may not be posted.
    """
    of_batch = select(Letter.decision_id).where(Letter.batch_id == batch.id)
    sources = dict(
        session.execute(
            select(Decision.id, CaseAddress.source)
            .join(CaseAddress, CaseAddress.id == Decision.address_id)
            .where(Decision.id.in_(of_batch))
        ).all()
    )
    scores = dict(session.execute(select(Decision.id, Decision.probability).where(Decision.id.in_(of_batch))).all())
    pieces, weights = tee(live_pieces(session, db.cipher, batch))
    slots = assign_slots(((piece.fields.postcode, piece.weight_g or 0) for piece in weights), head.presort)
    format_of = format_finder(session, batch.partner_id)
    catalogue = catalogue_of(session, batch)
    for number, (piece, slot) in enumerate(zip(pieces, slots, strict=True), start=1):
        fields = piece.fields
        if None in (piece.part, piece.first_page, piece.pages, piece.sheets, piece.weight_g, piece.postage_fen):
            raise Broken(f"函件 {piece.letter_no} 尚未印刷，批次不能封装。", f"请运行 handa batch print {batch.batch_no}。")
        row = ManifestPiece(
            record_no=number,
            own_no=f"{batch.batch_no}-{piece.position:06d}",
            item_no=piece.item_no,
            office_postcode=fields.postcode,
            office_name=fields.office_name,
            recipient_name=fields.addressee_name,
            recipient_address="".join(fields.addressee_address),
            recipient_phone=".",
            weight_g=piece.weight_g or 0,
            item_name=ITEM_NAME,
            remark=piece.letter_no,
            postage_fen=piece.postage_fen or 0,
            batch_no=batch.batch_no,
            case_token=db.cipher.token("case", f"{head.lender_code}|{piece.case_no}", 12),
            letter_no=piece.letter_no,
            letter_sha256=piece.content_sha256 or "",
            template=batch.template,
            pages=piece.pages or 0,
            sheets=piece.sheets or 0,
            envelope=head.envelope,
            lawyer_code=head.lawyer_code,
            release_token=release.token,
            address_token=db.cipher.token("address", f"{piece.letter_no}|{''.join(fields.addressee_address)}", 12),
            address_source=sources[piece.decision_id],
            address_score=f"{scores[piece.decision_id] or 0:.4f}",
            firm_code=head.firm_code,
            lender_code=head.lender_code,
            part=piece.part or 0,
            first_page=piece.first_page or 0,
            sort_bag=slot.label,
        )
        _demand_postable(row, format_of(row.item_no), fields, catalogue)
        yield row
        if number % 1000 == 0:
            progress("封装交寄清单", number, 0)


def _demand_postable(row: ManifestPiece, item_format: str, fields: LetterFields, catalogue: Catalogue) -> None:
    """The piece rules: what they block was never to come this far, so it stops the batch."""
    facts = PieceFacts(
        row, item_format, debtor_name=fields.addressee_name, letter_no=row.letter_no, adcode=None, relay_for=fields.relay_for,
        catalogue=catalogue,
    )  # fmt: skip
    for finding in judge_piece(facts):
        if finding.severity is Severity.BLOCK:
            raise Broken(f"函件 {row.letter_no} 不能交寄（{finding.rule_id}）：{finding.message}", "请作废本批，更正后重新计划。")
