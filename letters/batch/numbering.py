"""Gives the drafts of a planning their numbers and makes the batch: one transaction, so there is a whole batch or none.

Manifest order is (postcode, case number); letter numbers and item numbers run in that order, so that first and last
item number name the batch. Letter numbers continue the firm's register of the year without a gap (R-LAW-07).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import cast, delete, func, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from letters.batch.frame import ENVELOPE, Frame
from letters.batch.judging import with_numbers
from letters.compose.model import LetterFields
from letters.post.numbers import is_valid, number_at
from letters.post.products import load_catalogue, postage_fen
from letters.rules.letter_text import LETTER_NUMBER
from letters.tables import (
    Batch,
    BatchEvent,
    Firm,
    Letter,
    LetterDraft,
    LetterNumber,
    NumberRange,
    Piece,
    Planning,
)
from locate.tables import Decision
from records.audit import append_audit
from records.bulk import copy_rows
from records.cipher import Cipher
from records.clock import Clock
from records.errors import Broken, NeedsDecision
from records.identity import uuid7

PAGE = 2_000
"""Drafts held in memory at a time."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """A draft with its place and numbers."""

    letter_id: UUID
    decision_id: UUID
    case_id: UUID
    snapshot_id: UUID
    address_id: UUID
    position: int
    number: int
    letter_no: str
    item_no: str
    postcode: str
    attempt: int
    place_bidx: bytes
    id_bidx: bytes
    fields_json: str
    fields_sha256: str


def make_batch(
    session: Session, cipher: Cipher, clock: Clock, frame: Frame, args: Mapping[str, object], actor: str
) -> Batch | None:
    """Number every draft of the planning and create its batch; None when nothing was planned.

    Raises:
        NeedsDecision: when the item-number range has too few numbers left.
        Broken: when a number does not fit its pattern (a scheme that was changed in between).
    """
    planning = session.get_one(Planning, frame.planning_id, with_for_update=True)
    budget = args.get("budget_fen")
    if isinstance(budget, int):
        _hold_beyond_budget(session, frame, budget)
    total = session.scalar(
        select(func.count()).select_from(LetterDraft).where(LetterDraft.planning_id == planning.id)
    )
    if not total:
        return None
    now = clock()
    firm = session.get_one(Firm, frame.firm.id, with_for_update=True)
    numbers = session.get_one(NumberRange, UUID(str(args["range_id"])), with_for_update=True)
    left = numbers.last_serial - numbers.next_serial + 1
    if left < total:
        raise NeedsDecision(
            f"邮件号段不足：需要 {total} 个号码，号段 {numbers.prefix}{numbers.first_serial} 起只剩 {left} 个。",
            "请向邮政申请新号段并用 handa partner range 登记，然后重新运行。",
        )
    year = frame.day.year
    last = session.scalar(
        select(func.max(LetterNumber.number)).where(LetterNumber.firm_id == firm.id, LetterNumber.year == year)
    )
    day_number = session.scalar(select(func.max(Batch.number)).where(Batch.day == frame.day)) or 0
    batch = Batch(
        id=uuid7(),
        batch_no=f"B{frame.day:%Y%m%d}-{day_number + 1:02d}",
        day=frame.day,
        number=day_number + 1,
        planning_id=planning.id,
        lender_id=frame.lender.id,
        firm_id=firm.id,
        lawyer_id=frame.lawyer.id,
        partner_id=UUID(str(args["partner_id"])),
        product=frame.product,
        template=frame.template,
        bundle_sha256=str(args["bundle_sha256"]),
        letters_sha256="",
        sealed_name=None,
        created_at=now,
    )
    session.add(batch)
    session.flush()
    digest = hashlib.sha256()
    written = 0
    for slots in _slots(session, cipher, frame, firm, numbers, year, (last or 0) + 1, total):
        for slot in slots:
            digest.update(bytes.fromhex(slot.fields_sha256))
        _write(session, cipher, batch, frame, slots, firm.id, year, now)
        written += len(slots)
    if written != total:
        raise Broken(f"编号件数 {written} 与计划件数 {total} 不一致，批次未建立。", "请重新运行；如仍出现请联系支持。")
    batch.letters_sha256 = digest.hexdigest()
    numbers.next_serial += total
    session.add(
        BatchEvent(id=uuid7(), batch_id=batch.id, kind="planned", at=now, actor=actor, detail={"letters": total})
    )
    session.execute(delete(LetterDraft).where(LetterDraft.planning_id == planning.id))
    append_audit(
        session,
        actor=actor,
        action="batch.planned",
        subject=f"batch:{batch.batch_no}",
        detail={"letters": total, "letters_sha256": batch.letters_sha256, "lender": frame.lender.code},
        clock=clock,
    )
    return batch


def _slots(
    session: Session,
    cipher: Cipher,
    frame: Frame,
    firm: Firm,
    numbers: NumberRange,
    year: int,
    first_number: int,
    total: int,
) -> Iterator[list[_Slot]]:
    # The order once, as ids; a page at a time then is a look-up by key, not another sort of the whole planning.
    order = session.scalars(
        select(LetterDraft.decision_id)
        .where(LetterDraft.planning_id == frame.planning_id)
        # The same order as letters.post.presort.order_key: no postcode last, then plain code points.
        .order_by(LetterDraft.postcode == "", LetterDraft.postcode.collate("C"), LetterDraft.case_no.collate("C"))
    ).all()
    for offset in range(0, total, PAGE):
        page = order[offset : offset + PAGE]
        drafts = {
            row.decision_id: row
            for row in session.execute(
                select(
                    LetterDraft.decision_id, LetterDraft.postcode, LetterDraft.attempt, LetterDraft.place_bidx,
                    LetterDraft.id_bidx, LetterDraft.fields_sealed, Decision.case_id, Decision.snapshot_id,
                    Decision.address_id,
                )
                .join(Decision, Decision.id == LetterDraft.decision_id)
                .where(LetterDraft.decision_id.in_(page))
            )
        }  # fmt: skip
        slots = []
        for index, decision_id in enumerate(page, start=offset):
            draft = drafts[decision_id]
            letter_no = firm.number_scheme.format(year=year, number=first_number + index)
            item_no = number_at(numbers.prefix, numbers.next_serial + index, numbers.suffix, numbers.number_format)
            if not LETTER_NUMBER.match(letter_no) or not is_valid(item_no, numbers.number_format):
                raise Broken(f"函号“{letter_no}”或邮件号码“{item_no}”不合规则，批次未建立。", "请核对函号规则与号段。")
            fields = LetterFields.from_json(cipher.open("letter_draft.fields", draft.decision_id, draft.fields_sealed))
            code = cipher.token("verification", letter_no)
            numbered = with_numbers(fields, letter_no, item_no, code).to_json()
            slots.append(
                _Slot(
                    letter_id=uuid7(),
                    decision_id=decision_id,
                    case_id=draft.case_id,
                    snapshot_id=_known(draft.snapshot_id),
                    address_id=_known(draft.address_id),
                    position=index + 1,
                    number=first_number + index,
                    letter_no=letter_no,
                    item_no=item_no,
                    postcode=draft.postcode,
                    attempt=draft.attempt,
                    place_bidx=draft.place_bidx,
                    id_bidx=draft.id_bidx,
                    fields_json=numbered,
                    fields_sha256=hashlib.sha256(numbered.encode()).hexdigest(),
                )
            )
        yield slots


def _known(value: UUID | None) -> UUID:
    if value is None:
        raise Broken("计划件缺少债权快照或地址，批次未建立。", "请重新计划；如仍出现请联系支持。")
    return value


def _write(
    session: Session,
    cipher: Cipher,
    batch: Batch,
    frame: Frame,
    slots: list[_Slot],
    firm_id: UUID,
    year: int,
    now: datetime,
) -> None:
    copy_rows(
        session,
        Letter.__table__,
        (
            "id", "batch_id", "case_id", "decision_id", "snapshot_id", "address_id", "day", "template", "attempt",
            "position", "letter_no", "postcode", "place_bidx", "id_bidx", "fields_sealed", "fields_sha256", "created_at",
        ),
        (
            (
                slot.letter_id, batch.id, slot.case_id, slot.decision_id, slot.snapshot_id, slot.address_id, batch.day,
                frame.template, slot.attempt, slot.position, slot.letter_no, slot.postcode, slot.place_bidx, slot.id_bidx,
                cipher.seal("letter.fields", slot.letter_id, slot.fields_json), slot.fields_sha256, now,
            )
            for slot in slots
        ),
    )  # fmt: skip
    copy_rows(
        session,
        LetterNumber.__table__,
        ("firm_id", "year", "number", "letter_no", "letter_id"),
        ((firm_id, year, slot.number, slot.letter_no, slot.letter_id) for slot in slots),
    )
    copy_rows(
        session,
        Piece.__table__,
        ("id", "letter_id", "copy_no", "item_no"),
        ((uuid7(), slot.letter_id, 1, slot.item_no) for slot in slots),
    )


def _hold_beyond_budget(session: Session, frame: Frame, budget_fen: int) -> None:
    """Keep the most valuable letters that the budget pays for; the rest are held, with the reason on the decision."""
    catalogue = load_catalogue()
    # One sheet to another city: what most letters of a batch cost; the exact sum is known once they are printed.
    each = postage_fen(catalogue.product(frame.product), catalogue.weight_of(1, ENVELOPE), local=False)
    affordable = max(0, budget_fen // each)
    beyond = (
        select(LetterDraft.decision_id)
        .join(Decision, Decision.id == LetterDraft.decision_id)
        .where(LetterDraft.planning_id == frame.planning_id)
        .order_by(Decision.value_fen.desc(), LetterDraft.case_no.collate("C"))
        .offset(affordable)
    )
    ids = list(session.scalars(beyond))
    if not ids:
        return
    finding = {
        "rule_id": "H-BUDGET",
        "severity": "hold",
        "message": "本次预算不足，按预期价值排序后未能列入；请增加预算或改日计划。",
        "subject": "case",
    }
    session.execute(delete(LetterDraft).where(LetterDraft.decision_id.in_(ids)))
    session.execute(
        update(Decision)
        .where(Decision.id.in_(ids))
        .values(
            verdict="held",
            rule_ids=func.array_append(Decision.rule_ids, "H-BUDGET"),
            findings=Decision.findings.op("||")(cast([finding], JSONB)),
        )
    )
