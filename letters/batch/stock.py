"""The stock of item numbers: taking them out of the ranges, what is left of them, and for how many days that lasts.

Taken under a row lock in the transaction that makes the pieces: no number is given twice, and none is spent on a piece
that was not made. Registering and closing ranges: ``letters.batch.ranges``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import floor
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from letters.post.numbers import Block, NumberFormat, number_at, serial_of
from letters.tables import Batch, Letter, NumberRange, Partner, Piece
from letters.tables_numbers import VoidNumber
from records.errors import NeedsDecision

USE_WINDOW_DAYS: Final = 30
"""Calendar days over which daily use is averaged: a month has its quiet and its busy week in it."""
LOW_DAYS: Final = 14
"""Calendar days left under which an operator is warned, unless the partner's setting ``low_numbers_days`` says other.
From experience of a new allotment's way through a postal office [B]."""
_ORDER: Final = (NumberRange.registered_at, NumberRange.prefix, NumberRange.first_serial)
"""Ranges are used up in the order in which they were allotted."""


def take_numbers(session: Session, partner_id: UUID, product: str, count: int) -> tuple[Block, ...]:
    """Take the next ``count`` numbers, out of as many ranges as that needs; they are spent when the transaction commits.

    Other planners of the partner wait for this transaction.

    Raises:
        NeedsDecision: fewer are left; none is taken.
    """
    ranges = session.scalars(
        select(NumberRange)
        .where(NumberRange.partner_id == partner_id, NumberRange.product == product, NumberRange.next_serial <= NumberRange.last_serial)
        .order_by(*_ORDER)
        .with_for_update()
        # What the session read before the lock may be another planner's past.
        .execution_options(populate_existing=True)
    ).all()
    left = sum(row.last_serial - row.next_serial + 1 for row in ranges)
    if left < count:
        partner = session.get_one(Partner, partner_id)
        raise NeedsDecision(
            f"邮件号段不足：需要 {count} 个号码，“{partner.code}”的 {product} 号段只剩 {left} 个。",
            "请向邮政申请新号段并用 handa partner range 登记，然后重新运行；已计划的函件不会丢失，也不会重复。",
        )
    taken = []
    for row in ranges:
        size = min(count, row.last_serial - row.next_serial + 1)
        if size:
            taken.append(Block(NumberFormat(row.number_format), row.prefix, row.suffix, row.next_serial, row.next_serial + size - 1))
            row.next_serial += size
            count -= size
    session.flush()
    return tuple(taken)


def numbers_of(blocks: tuple[Block, ...]) -> Iterator[str]:
    """The full item numbers of taken blocks, in order."""
    for block in blocks:
        for serial in range(block.first, block.last + 1):
            yield number_at(block.prefix, serial, block.suffix, block.number_format)


def next_range(session: Session, partner_id: UUID, product: str) -> NumberRange | None:
    """The range that the next number will come from; None when all are used up."""
    return session.scalar(
        select(NumberRange)
        .where(NumberRange.partner_id == partner_id, NumberRange.product == product, NumberRange.next_serial <= NumberRange.last_serial)
        .order_by(*_ORDER)
        .limit(1)
    )


def format_finder(session: Session, partner_id: UUID) -> Callable[[str], str]:
    """Tells the format of the range that an item number of the partner came from; '' when it came from none."""
    ranges = session.scalars(select(NumberRange).where(NumberRange.partner_id == partner_id)).all()

    def find(item_no: str) -> str:
        for row in ranges:
            serial = serial_of(item_no, row.prefix, row.suffix, row.number_format)
            if serial is not None and row.first_serial <= serial < row.next_serial:
                return row.number_format
        return ""

    return find


@dataclass(frozen=True, slots=True)
class Stock:
    """What a partner's numbers for one product come to. ``low`` holds the sentence of the warning, '' while there is none."""

    partner: str
    product: str
    allotted: int
    used: int
    void: int
    """Of the used ones: numbers whose piece never goes."""
    left: int
    per_day: float
    """Numbers used a calendar day, over ``USE_WINDOW_DAYS`` or since the first use."""
    days_left: int | None
    """None: nothing was used yet, so nothing can be said."""
    largest_batch: int
    """Of the window: the next may need as many."""
    low: str


def stock_of(session: Session, day: date, partner: str | None = None) -> list[Stock]:
    """The stock of every partner and product (or of one partner) as of ``day``."""
    query = (
        select(
            Partner.id,
            Partner.code,
            Partner.settings,
            NumberRange.product,
            func.sum(NumberRange.last_serial - NumberRange.first_serial + 1),
            func.sum(NumberRange.next_serial - NumberRange.first_serial),
        )
        .join(NumberRange, NumberRange.partner_id == Partner.id)
        .group_by(Partner.id, Partner.code, Partner.settings, NumberRange.product)
        .order_by(Partner.code.collate("C"), NumberRange.product.collate("C"))
    )
    if partner is not None:
        query = query.where(Partner.code == partner)
    found = []
    for partner_id, code, settings, product, allotted, used in session.execute(query).all():
        left = int(allotted) - int(used)
        per_day, largest = _use(session, partner_id, product, day)
        days_left = floor(left / per_day) if per_day else None
        low = _warning(code, product, left, days_left, largest, _low_days(settings))
        found.append(Stock(code, product, int(allotted), int(used), _void(session, partner_id, product), left, per_day, days_left, largest, low))
    return found


def low_numbers(session: Session, partner_id: UUID, product: str, day: date) -> str:
    """The warning for one partner and product, '' while the numbers last."""
    code = session.get_one(Partner, partner_id).code
    return next((one.low for one in stock_of(session, day, code) if one.product == product), "")


def _low_days(settings: dict[str, object]) -> int:
    days = settings.get("low_numbers_days", LOW_DAYS)
    return days if isinstance(days, int) else LOW_DAYS


def _use(session: Session, partner_id: UUID, product: str, day: date) -> tuple[float, int]:
    """(numbers used a calendar day, the largest batch) of the window that ends with ``day``."""
    batches = session.execute(
        select(Batch.day, func.count())
        .join(Letter, Letter.batch_id == Batch.id)
        .join(Piece, Piece.letter_id == Letter.id)
        .where(
            Batch.partner_id == partner_id, Batch.product == product, Batch.day > day - timedelta(days=USE_WINDOW_DAYS), Batch.day <= day
        )
        .group_by(Batch.id, Batch.day)
    ).all()
    if not batches:
        return 0.0, 0
    first = session.scalar(select(func.min(Batch.day)).where(Batch.partner_id == partner_id, Batch.product == product)) or day
    window = min(USE_WINDOW_DAYS, (day - first).days + 1)
    return sum(count for _, count in batches) / window, max(count for _, count in batches)


def _void(session: Session, partner_id: UUID, product: str) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(VoidNumber)
            .join(Piece, Piece.id == VoidNumber.piece_id)
            .join(Letter, Letter.id == Piece.letter_id)
            .join(Batch, Batch.id == Letter.batch_id)
            .where(Batch.partner_id == partner_id, Batch.product == product)
        )
        or 0
    )


def _warning(code: str, product: str, left: int, days_left: int | None, largest: int, low_days: int) -> str:
    if not left:
        return f"“{code}”的 {product} 邮件号码已用完，无法再计划；请向邮政申请新号段，用 handa partner range 登记。"
    if days_left is not None and days_left < low_days:
        return f"“{code}”的 {product} 邮件号码只剩 {left} 个，按近期用量约可用 {days_left} 天（不足 {low_days} 天）；请现在向邮政申请新号段。"
    if left < largest:
        return f"“{code}”的 {product} 邮件号码只剩 {left} 个，少于近期最大一批的 {largest} 件；请现在向邮政申请新号段。"
    return ""
