"""Ranges of item numbers 号段 as partners allot them: registered once, never overlapping, closed when taken back.

Taking numbers out of them is ``letters.batch.stock``'s. What stands between two registrations at the same moment is the
database's own constraint; the sentences here are for the people before it.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from letters.post.numbers import (
    NO_REUSE_ADVISED_MONTHS,
    NO_REUSE_MONTHS,
    Block,
    NumberFormat,
    block_between,
    is_valid,
    number_at,
    ordinal,
    s10_check_digit,
)
from letters.tables import Letter, NumberRange, Partner, Piece
from records.audit import append_audit
from records.clock import Clock, today
from records.errors import WrongUsage

_FORMS: Final = {
    NumberFormat.S10: "2 个字母 + 8 位数字 + 校验位 + 2 个字母（S10，首字母不得为 J、K、S、T、W）",
    NumberFormat.DOMESTIC13: "2 个大写字母 + 11 位数字",
    NumberFormat.EMS12: "12 位数字",
    NumberFormat.EMS13: "13 位数字",
}
_MISCHECKED: Final = re.compile(r"[A-IL-RU-VX-Z][A-Z][0-9]{9}[A-Z]{2}")


def block_of_numbers(first_no: str, last_no: str, fmt: NumberFormat) -> Block:
    """The block from one full item number to another, both inclusive.

    Raises:
        WrongUsage: they are no such numbers, or no block.
    """
    try:
        return block_between(first_no, last_no, fmt)
    except ValueError as fault:
        advice = _how(fmt) + "，首末号字母相同，首号不大于末号。"
        for number in (first_no, last_no):
            if fmt is NumberFormat.S10 and _MISCHECKED.fullmatch(number) and not is_valid(number, fmt):
                advice = f"{number} 的校验位不对，应为 {s10_check_digit(number[2:10])}；请核对是否抄错。"
        raise WrongUsage(f"{first_no} 至 {last_no} 不是一个号段。", advice) from fault


def _how(fmt: NumberFormat) -> str:
    return f"{fmt.value} 格式的完整号码为{_FORMS[fmt]}"


def add_range(
    session: Session,
    partner: Partner,
    *,
    product: str,
    number_format: str,
    prefix: str,
    suffix: str,
    first_serial: int,
    last_serial: int,
    actor: str,
    clock: Clock,
) -> NumberRange:
    """Register a range of item numbers allotted by the partner.

    Raises:
        WrongUsage: it is empty, its numbers are none of the format, it overlaps a range that we hold, or some of its
            numbers were ours before (a number is one piece for ever).
    """
    fmt = NumberFormat(number_format)
    if first_serial < 0 or last_serial < first_serial:
        raise WrongUsage("号段起止不正确：止号必须不小于起号。", "请核对邮政分配的号段。")
    block = Block(fmt, prefix, suffix, first_serial, last_serial)
    try:
        low, high = block.span
    except ValueError as fault:
        raise WrongUsage(f"前缀“{prefix}”、后缀“{suffix}”与 {first_serial}–{last_serial} 合不成邮件号码。", _how(fmt) + "。") from fault
    _demand_free(session, block, low, high, today(clock))
    row = NumberRange(
        partner_id=partner.id,
        product=product,
        number_format=fmt.value,
        prefix=prefix,
        suffix=suffix,
        first_serial=first_serial,
        last_serial=last_serial,
        next_serial=first_serial,
        span=_half_open(low, high),
        registered_at=clock(),
        closed_at=None,
    )
    session.add(row)
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as fault:  # somebody registered an overlapping one at this very moment
        raise _overlapping(block) from fault
    append_audit(
        session, actor=actor, action="partner.range", subject=f"partner:{partner.code}",
        detail={
            "product": product, "prefix": prefix, "first": first_serial, "last": last_serial, "first_no": block.first_no,
            "last_no": block.last_no,
        },
        clock=clock,
    )  # fmt: skip
    return row


def _half_open(low: int, high: int) -> Range[Decimal]:
    return Range(Decimal(low), Decimal(high + 1))


def _overlapping(block: Block) -> WrongUsage:
    return WrongUsage(
        f"号段 {block.first_no}–{block.last_no} 与已登记的号段重叠。",
        "同一号码只能用于一件邮件，请核对后重新登记；如邮政已收回原号段的余号，请先用 handa partner close-range 登记收回。",
    )


def _demand_free(session: Session, block: Block, low: int, high: int, day: date) -> None:
    used = _last_used(session, block)
    if used is not None:
        item_no, on = used
        raise WrongUsage(_used_before(block, item_no, on, day), "一个号码永远只对应一件邮件；请把号段退回邮政，另行申请。")
    if session.scalar(select(NumberRange.id).where(NumberRange.span.overlaps(_half_open(low, high))).limit(1)) is not None:
        raise _overlapping(block)


def _last_used(session: Session, block: Block) -> tuple[str, date] | None:
    """The number of the block that was given to a piece last, and the day of its letter."""
    # Serial digits stand before the S10 check digit: numbers of one form sort as their serials do.
    found = session.execute(
        select(Piece.item_no, Letter.day)
        .join(Letter, Letter.id == Piece.letter_id)
        .where(
            Piece.item_no >= block.first_no,
            Piece.item_no <= block.last_no,
            func.length(Piece.item_no) == len(block.first_no),
            Piece.item_no.endswith(block.suffix),
        )
        .order_by(Letter.day.desc(), Piece.item_no)
        .limit(1)
    ).first()
    return None if found is None else (found[0], found[1])


def _used_before(block: Block, item_no: str, on: date, day: date) -> str:
    months = (day.year - on.year) * 12 + day.month - on.month - (day.day < on.day)
    words = f"号段 {block.first_no}–{block.last_no} 中有本方用过的号码，最近是 {on} 的 {item_no}，"
    if months < NO_REUSE_MONTHS:
        return words + f"未满 {NO_REUSE_MONTHS} 个月，万国邮联 S10 不允许再次分配。"
    if months < NO_REUSE_ADVISED_MONTHS:
        return words + f"未满 {NO_REUSE_ADVISED_MONTHS} 个月（S10 至少 {NO_REUSE_MONTHS} 个月，建议 {NO_REUSE_ADVISED_MONTHS} 个月），不得再次使用。"
    return words + f"虽已满 {NO_REUSE_ADVISED_MONTHS} 个月，用过的号码仍不再使用。"


def close_range(session: Session, partner: Partner, item_no: str, reason: str, *, actor: str, clock: Clock) -> int:
    """Give back what is left of the range that ``item_no`` is in; returns how many numbers were left. Twice is once.

    What was used stays ours for ever; what was not may be allotted anew, to us too.

    Raises:
        WrongUsage: no open range of the partner has this number, or no reason is given.
    """
    if not reason.strip():
        raise WrongUsage("收回号段必须写明原因。", "请加 --reason。")
    row = next(
        (one for one in session.scalars(select(NumberRange).where(NumberRange.partner_id == partner.id).with_for_update()) if _holds(one, item_no)),
        None,
    )
    if row is None:
        raise WrongUsage(f"合作方“{partner.code}”没有包含号码 {item_no} 的号段。", "请用 handa partner show 查看号段。")
    left = row.last_serial - row.next_serial + 1
    if row.closed_at is not None:
        return 0
    detail = {"prefix": row.prefix, "first": row.first_serial, "last": row.last_serial, "next": row.next_serial, "left": left, "reason": reason}
    first = ordinal(number_at(row.prefix, row.first_serial, row.suffix, row.number_format), row.number_format)
    row.last_serial = row.next_serial - 1
    row.span = Range(Decimal(first), Decimal(first + row.next_serial - row.first_serial))
    row.closed_at = clock()
    session.flush()
    append_audit(session, actor=actor, action="partner.range_closed", subject=f"partner:{partner.code}", detail=detail, clock=clock)
    return left


def _holds(row: NumberRange, item_no: str) -> bool:
    try:
        number = ordinal(item_no, row.number_format)
        first = ordinal(number_at(row.prefix, row.first_serial, row.suffix, row.number_format), row.number_format)
    except ValueError:
        return False
    # By serials, not by the span: a closed range has given its tail away.
    return first <= number < first + max(row.last_serial - row.first_serial + 1, 1)
