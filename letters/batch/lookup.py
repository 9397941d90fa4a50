"""Finding batches and their letters: by number, with their events, live letters in manifest order."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from letters.batch.state import BatchStep, batch_state
from letters.compose.model import LetterFields, letter_sha256
from letters.post.standing import batch_facts
from letters.tables import Batch, BatchEvent, Letter, LetterEvent, Piece
from locate.tables import Case
from records.cipher import Cipher
from records.errors import Broken, NeedsDecision, WrongUsage
from records.lists import one_of

PAGE = 1_000
_newer = aliased(Piece)


@dataclass(frozen=True, slots=True)
class LivePiece:
    """A live letter with its present piece and its opened fields."""

    letter_id: UUID
    case_id: UUID
    case_no: str
    piece_id: UUID
    position: int
    letter_no: str
    item_no: str
    fields: LetterFields
    part: int | None
    first_page: int | None
    pages: int | None
    sheets: int | None
    weight_g: int | None
    postage_fen: int | None
    content_sha256: str | None
    address_id: UUID
    decision_id: UUID
    copy_no: int = 1
    print_run: int = 0


def batch_by_no(session: Session, batch_no: str) -> Batch:
    """The batch with this number; the sealed name (with its hash) is accepted too.

    Raises:
        WrongUsage: when there is none.
    """
    found = session.scalar(select(Batch).where((Batch.batch_no == batch_no) | (Batch.sealed_name == batch_no)))
    if found is None:
        raise WrongUsage(f"没有批次“{batch_no}”。", "请用 handa batch list 查看批次号。")
    return found


def kinds_of(session: Session, batch: Batch) -> set[str]:
    """Kinds of the batch's events."""
    return set(session.scalars(select(BatchEvent.kind).where(BatchEvent.batch_id == batch.id)))


def step_of(session: Session, batch: Batch) -> BatchStep:
    """The batch's present step; one that was closed and of which more became known since counts as open again."""
    kinds = kinds_of(session, batch)
    if BatchStep.CLOSED not in kinds:
        return batch_state(kinds)
    (facts,) = batch_facts(session, [batch.id])
    return facts.step


def demand_step(session: Session, batch: Batch, needed: BatchStep, advice: str) -> set[str]:
    """The batch's event kinds, when ``needed`` has happened and the batch is not void.

    Raises:
        NeedsDecision: when it has not.
        WrongUsage: when the batch is void.
    """
    kinds = kinds_of(session, batch)
    if BatchStep.VOID in kinds:
        raise WrongUsage(f"批次 {batch.batch_no} 已作废。", "请重新计划。")
    if needed not in kinds:
        raise NeedsDecision(f"批次 {batch.batch_no} 尚不能进行这一步。", advice)
    return kinds


def is_live() -> ColumnElement[bool]:
    """Letters that were neither voided nor pulled."""
    return ~exists().where(LetterEvent.letter_id == Letter.id, LetterEvent.kind.in_(("void", "pulled")))


def is_present() -> ColumnElement[bool]:
    """Copies that no later copy of the same letter has replaced."""
    return ~exists().where(_newer.letter_id == Piece.letter_id, _newer.copy_no > Piece.copy_no)


def kept_fields(cipher: Cipher, letter: Letter, piece: Piece) -> LetterFields:
    """What a letter says, with its numbers.

    Raises:
        Broken: it no longer has the hash it was planned with.
        WrongUsage: its personal data were deleted.
    """
    return _opened(cipher, letter.id, letter.letter_no, letter.fields_sealed, letter.fields_sha256, piece.item_no)


def _opened(cipher: Cipher, letter_id: UUID, letter_no: str, sealed: bytes, sha256: str, item_no: str) -> LetterFields:
    text = cipher.open("letter.fields", letter_id, sealed)
    if not text:
        raise WrongUsage(f"函件 {letter_no} 的个人信息已按保存期限删除。", "函号登记与投递结果仍可用 handa firm register、handa batch show 查看。")
    if letter_sha256(hashlib.sha256(text.encode()).hexdigest(), letter_no) != sha256:
        raise Broken(f"函件 {letter_no} 的内容与计划时不一致，已停止。", "请运行 handa audit verify 查明原因。")
    return LetterFields.from_json(text, letter_no, item_no, cipher.token("verification", letter_no))


def live_pieces(
    session: Session,
    cipher: Cipher,
    batch: Batch,
    *,
    after: int = 0,
    until: int | None = None,
    run: int | None = None,
    only: Collection[int] | None = None,
) -> Iterator[LivePiece]:
    """Live letters with positions in (after, until] in manifest order, each with its present copy, opened one page at a time.

    Args:
        run: those whose copy is of this print run; None = of any.
        only: those at these positions; None = all.

    Raises:
        Broken: when a letter's fields no longer have the hash they were planned with.
    """
    # Columns, not entities: a batch is read through, never changed, and mapping rows to objects cost more than opening them.
    position = after
    while True:
        query = (
            select(
                Letter.id, Letter.letter_no, Letter.fields_sealed, Letter.fields_sha256, Letter.case_id, Letter.position, Letter.address_id,
                Letter.decision_id, Case.case_no, Piece.id, Piece.item_no, Piece.part, Piece.first_page, Piece.pages, Piece.sheets,
                Piece.weight_g, Piece.postage_fen, Piece.content_sha256, Piece.copy_no, Piece.print_run,
            )
            .join(Piece, Piece.letter_id == Letter.id)
            .join(Case, Case.id == Letter.case_id)
            .where(Letter.batch_id == batch.id, Letter.position > position, is_live())
            .where(is_present())
            .order_by(Letter.position)
            .limit(PAGE)
        )  # fmt: skip
        if until is not None:
            query = query.where(Letter.position <= until)
        if run is not None:
            query = query.where(Piece.print_run == run)
        if only is not None:
            query = query.where(one_of(Letter.position, only))
        rows = session.execute(query).all()
        for (
            letter_id, letter_no, sealed, sha256, case_id, position, address_id, decision_id, case_no, piece_id, item_no, part, first_page,
            pages, sheets, weight_g, postage_fen, content_sha256, copy_no, print_run,
        ) in rows:  # fmt: skip
            yield LivePiece(
                letter_id, case_id, case_no, piece_id, position, letter_no, item_no,
                _opened(cipher, letter_id, letter_no, sealed, sha256, item_no),
                part, first_page, pages, sheets, weight_g, postage_fen, content_sha256, address_id, decision_id, copy_no, print_run,
            )  # fmt: skip
        if len(rows) < PAGE:
            return
