"""``handa partner range|close-range|voided``: the item numbers that a partner allots, takes back and is told are void."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.files import demand_suffix, demand_writable, neutral, whole_file
from console.house import actor, day_of, house, locked
from console.options import Code, Json, Output
from console.speech import document, done, say, table
from letters.post.numbers import NumberFormat
from records.errors import ExitCode, WrongUsage

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from letters.batch.stock import Stock
    from letters.tables import Partner


def range_(
    code: Code,
    product: Annotated[str, typer.Option("--product", help="邮政产品代码，如 200")],
    first: Annotated[str, typer.Option("--first", metavar="号码", help="首号：完整邮件号码；写了 --prefix 时为数字部分")],
    last: Annotated[str, typer.Option("--last", metavar="号码", help="末号（含）：写法同首号")],
    prefix: Annotated[str | None, typer.Option("--prefix", help="号码前缀，如 XA；不写则首末号为完整号码")] = None,
    suffix: Annotated[str, typer.Option("--suffix", help="后缀，如 CN；只与 --prefix 同用")] = "",
    number_format: Annotated[NumberFormat | None, typer.Option("--format", help="号码格式；不写则按产品")] = None,
    as_json: Json = False,
) -> None:
    """登记邮政分配的号段；与已有号段重叠或本方用过的号码不予登记。示例：handa partner range POST --product 200 --first XA00000000001 --last XA00000100000"""
    from letters.batch import parties
    from letters.batch.agreements import products_in_force
    from letters.batch.ranges import add_range, block_of_numbers
    from letters.post.numbers import Block

    serials = None if prefix is None else (_serial("--first", first), _serial("--last", last))
    with locked(as_json) as db, db.session() as session:
        partner = parties.partner_by_code(session, code)
        known = products_in_force(session, partner.id)[1].product(product)
        fmt = number_format or known.number_format
        if prefix is None or serials is None:
            if suffix:
                raise WrongUsage("--suffix 只与 --prefix 同用。", "首末号写完整号码时不必写后缀。")
            block = block_of_numbers(first.strip(), last.strip(), fmt)
        else:
            block = Block(fmt, prefix, suffix, *serials)
        add_range(
            session, partner, product=product, number_format=fmt.value, prefix=block.prefix, suffix=block.suffix,
            first_serial=block.first, last_serial=block.last, actor=actor(), clock=db.clock,
        )  # fmt: skip
    answer = {
        "partner": code, "product": product, "prefix": block.prefix, "first": block.first, "last": block.last,
        "first_no": block.first_no, "last_no": block.last_no, "numbers": block.last - block.first + 1,
    }  # fmt: skip
    done(as_json, answer, f"已登记 {code} 的 {known.name} 号段 {block.first_no}–{block.last_no}，共 {block.last - block.first + 1} 个号码。")


MOST_DIGITS = 12
"""More than any item number has."""


def _serial(option: str, text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit() and len(text.strip()) <= MOST_DIGITS):
        raise WrongUsage(f"{option} 应为不超过 {MOST_DIGITS} 位的数字部分，现为“{text}”。", "写完整号码时请去掉 --prefix。")
    return int(text)


def close_range(
    code: Code,
    number: Annotated[str, typer.Option("--number", metavar="号码", help="号段中的任一完整邮件号码")],
    reason: Annotated[str, typer.Option("--reason", metavar="文字", help="收回的原因与文号")],
    as_json: Json = False,
) -> None:
    """登记邮政收回号段的余号；已用的号码仍归原件，永不再用。示例：handa partner close-range POST --number XA00000000001 --reason 邮政更换号段"""
    from letters.batch import parties
    from letters.batch.ranges import close_range as close

    with locked(as_json) as db, db.session() as session:
        left = close(session, parties.partner_by_code(session, code), number.strip(), reason, actor=actor(), clock=db.clock)
    done(as_json, {"partner": code, "number": number, "given_back": left}, f"号段已收回，退回余号 {left} 个。" if left else "号段没有余号可退。")


def voided(
    code: Code,
    since: Annotated[str | None, typer.Option("--since", metavar="日期", help="只列这一天及以后作废的")] = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """列出作废的邮件号码及原因，并指出作废后仍被收寄的；-o 导出为 CSV 交合作方。示例：handa partner voided POST -o 作废号码.csv"""
    from datetime import datetime, time

    from letters.batch import parties
    from letters.batch.voids import VOID_NAMES, voided_numbers
    from records.clock import SHANGHAI

    if output is not None:
        demand_suffix(output, (".csv",))
        demand_writable(output)
    start = datetime.combine(day_of(since), time(), SHANGHAI) if since else None
    with house(quiet=as_json) as db, db.session() as session:
        found = voided_numbers(session, parties.partner_by_code(session, code).code, start)
    headers = ("邮件号码", "类别", "原因", "批次", "函号", "作废时间", "经办", "邮局是否收寄")
    rows = [
        (one.item_no, VOID_NAMES[one.kind], one.reason, one.batch_no, one.letter_no, f"{one.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}", one.actor, "是" if one.posted else "")
        for one in found
    ]
    if output is not None:
        _write(output, headers, rows)
        say(f"已导出 {len(rows)} 行：{output}", quiet=as_json)
    if as_json:
        names = ("item_no", "kind", "reason", "batch_no", "letter_no", "at", "actor", "posted")
        document({"partner": code, "voided": [{name: getattr(one, name) for name in names} for one in found]})
    elif output is None:
        table(f"{code} 的作废号码", headers, rows)
    posted = [one.item_no for one in found if one.posted]
    if posted:
        say(f"有 {len(posted)} 个作废号码被邮局收寄或有轨迹，纸件可能误寄，请立即查明并联系撤回：{'、'.join(posted[:10])}", quiet=as_json)
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def _write(output: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with whole_file(output) as target, target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        writer.writerows([[neutral(cell) for cell in row] for row in rows])


def range_rows(session: Session, partner: Partner) -> list[dict[str, Any]]:
    """A partner's ranges as ``--json`` gives them, in the order in which they are used up."""
    from sqlalchemy import select

    from letters.post.numbers import number_at
    from letters.tables import NumberRange

    def full(row: NumberRange, serial: int) -> str:
        return number_at(row.prefix, serial, row.suffix, row.number_format)

    query = select(NumberRange).where(NumberRange.partner_id == partner.id)
    return [
        {
            "product": row.product, "format": row.number_format, "prefix": row.prefix, "suffix": row.suffix, "first": row.first_serial,
            "last": row.last_serial, "first_no": full(row, row.first_serial), "last_no": full(row, max(row.last_serial, row.first_serial)),
            "left": row.last_serial - row.next_serial + 1, "closed": row.closed_at is not None,
        }
        for row in session.scalars(query.order_by(NumberRange.product, NumberRange.registered_at, NumberRange.prefix, NumberRange.first_serial))
    ]  # fmt: skip


def say_low(stock: Sequence[Stock]) -> None:
    """Warn of numbers that run out."""
    for one in stock:
        if one.low:
            say(f"提醒：{one.low}")


PARTNER_NUMBERS: dict[str, Callable[..., None]] = {"range": range_, "close-range": close_range, "voided": voided}
"""Hung on ``handa partner`` by ``console.partner``."""
