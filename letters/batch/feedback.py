"""贷后→贷前: what became of letters, for the team that lends: counts by product, channel, region and month, nobody recognisable.

One lender's own letters only. A cell with fewer than ``LEAST`` distinct debtors is not told; such cells are told together as
one row, and that row only where it has ``LEAST`` debtors itself and at least two cells (else it would tell one). A lender
knows its own totals and could subtract: where the small cells alone are too few for a row, the least of the large ones join
them (complementary suppression; Willenborg & de Waal, Elements of Statistical Disclosure Control, 2001), and only where all
cells together are too few is nothing told. Windows are whole months and outcomes as of a month's end (``whole_months``), so
that two files of neighbouring days tell of nobody by their difference. Within a told cell a figure that would say the same of
everybody is told as it is: it is a rate of at least ``LEAST`` people (R-SRC-06, PIPL 51).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from letters.batch.history import is_demand
from letters.batch.lookup import is_live
from letters.post.consequences import Label, consequence
from letters.post.outcomes import post_outcomes
from letters.privacy.erased import is_erased
from letters.tables import Batch, BatchEvent, Letter
from locate.tables import Case, CaseAddress, Lender, Payment
from records.lists import one_of

LEAST: Final = 10
"""Distinct debtors of a cell (k-anonymity, k = 10: R-SRC-06)."""
REPAID_DAYS: Final = 30
PAGE: Final = 2_000
OTHERS: Final = "（合并）"
UNKNOWN: Final = "（不明）"

Key = tuple[str, str, str, str]
"""(product, channel, region, month)."""


@dataclass(slots=True)
class Cell:
    """Counts of one cell. Rates have the letters with a known end as denominator, repayment the letters old enough."""

    debtors: set[bytes] = field(default_factory=set)
    letters: int = 0
    ended: int = 0
    delivered: int = 0
    own_hand: int = 0
    gone: int = 0
    """Moved, or not known there."""
    refused: int = 0
    ripe: int = 0
    """Letters posted at least ``REPAID_DAYS`` ago."""
    repaid: int = 0

    def add(self, other: Cell) -> None:
        """Put another cell's counts to these."""
        self.debtors |= other.debtors
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


_COUNTS: Final = ("letters", "ended", "delivered", "own_hand", "gone", "refused", "ripe", "repaid")
COLUMNS: Final[Mapping[str, str]] = {
    "product": "信贷产品（委案表“产品”）", "channel": "资方产品类型或渠道（委案表“产品类型”）", "region": "寄往地址的地级区划代码前四位；合并行为“（合并）”",
    "month": "批次月份", "debtors": f"不同债务人数，不少于 {LEAST}", "letters": "寄出的函件数", "ended": "已有最终结果的函件数（承运人或我方原因除外），下列比率的分母",
    "delivered": "签收的函件数（本人、家人或他人）", "delivered_rate": "签收 ÷ 有结果", "delivered_low": "签收率 95% 区间下限（Wilson）", "delivered_high": "签收率 95% 区间上限（Wilson）",
    "own_hand": "本人签收的函件数", "own_hand_rate": "本人签收 ÷ 有结果", "gone": "迁移或查无此人的函件数", "gone_rate": "迁移或查无此人 ÷ 有结果", "gone_low": "区间下限",
    "gone_high": "区间上限", "refused": "拒收的函件数", "ripe": f"寄出满 {REPAID_DAYS} 天的函件数，还款率的分母", "repaid": f"寄出后 {REPAID_DAYS} 天内资方登记有还款的函件数",
    "repaid_rate": "有还款 ÷ 满期；还款未必因函件而来", "repaid_low": "区间下限", "repaid_high": "区间上限", "first_day": "统计期首日（批次日）", "last_day": "统计期末日",
    "as_of": "结果以该日终了所知为准",
}  # fmt: skip
"""Column → what it means, in the file's order: the data dictionary."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """Rows in ``COLUMNS``' order, and what was held back."""

    rows: tuple[tuple[object, ...], ...]
    told: int
    """Cells told by themselves."""
    merged: int
    """Cells told together."""
    held_back: int
    """Cells of which nothing is told: then it is all of them."""


def feedback(session: Session, lender: Lender, first: date, last: date, as_of: datetime) -> Feedback:
    """The file for one lender: letters of batches from ``first`` to ``last``, with what was known by ``as_of``."""
    cells: dict[Key, Cell] = defaultdict(Cell)
    for key, cell in _letters(session, lender.id, first, last, as_of):
        cells[key].add(cell)
    return told(cells, first, last, as_of.date())


def told(cells: Mapping[Key, Cell], first: date, last: date, as_of: date) -> Feedback:
    """What may be told of these cells."""
    by_size = sorted(cells.items(), key=lambda item: (len(item[1].debtors), item[0]))
    small = sum(len(cell.debtors) < LEAST for _, cell in by_size)
    rest, merged = Cell(), 0
    while merged < small or (merged and merged < len(by_size) and (merged < 2 or len(rest.debtors) < LEAST)):
        rest.add(by_size[merged][1])
        merged += 1
    rows = [_row(key, cell, first, last, as_of) for key, cell in sorted(by_size[merged:])]
    if merged < 2 or len(rest.debtors) < LEAST:
        return Feedback(tuple(rows), len(rows), 0, merged)
    return Feedback((*rows, _row((OTHERS, OTHERS, OTHERS, OTHERS), rest, first, last, as_of)), len(rows), merged, 0)


def whole_months(first: date, last: date, today: date) -> tuple[date, date, date]:
    """The window widened to whole months that are over, and the day to the end of which outcomes are taken: a month's last one.

    Raises:
        ValueError: no month of the window is over yet.
    """
    ended = today.replace(day=1) - timedelta(days=1)
    start, end = first.replace(day=1), min(_month_end(last), ended)
    if start > end:
        raise ValueError(f"no month between {first} and {last} is over on {today}")
    return start, end, min(ended, _month_end(end + timedelta(days=45)))


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def wilson(count: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    z, share = 1.959964, count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def _row(key: Key, cell: Cell, first: date, last: date, as_of: date) -> tuple[object, ...]:
    def rate(count: int, of: int) -> str:
        return f"{count / of:.4f}" if of else ""

    def interval(count: int, of: int) -> tuple[str, str]:
        low, high = wilson(count, of)
        return (f"{low:.4f}", f"{high:.4f}") if of else ("", "")

    return (
        *key, len(cell.debtors), cell.letters, cell.ended, cell.delivered, rate(cell.delivered, cell.ended), *interval(cell.delivered, cell.ended),
        cell.own_hand, rate(cell.own_hand, cell.ended), cell.gone, rate(cell.gone, cell.ended), *interval(cell.gone, cell.ended), cell.refused,
        cell.ripe, cell.repaid, rate(cell.repaid, cell.ripe), *interval(cell.repaid, cell.ripe), first.isoformat(), last.isoformat(), as_of.isoformat(),
    )  # fmt: skip


def _letters(session: Session, lender_id: UUID, first: date, last: date, as_of: datetime) -> Iterator[tuple[Key, Cell]]:
    """One cell a letter, a page at a time."""
    handed = exists().where(BatchEvent.batch_id == Letter.batch_id, BatchEvent.kind == "handed_over", BatchEvent.at <= as_of)
    after: UUID | None = None
    while True:
        query = (
            select(Letter.id, Letter.case_id, Letter.id_bidx, Letter.day, Case.product, Case.lender_product_type, CaseAddress.adcode)
            .join(Batch, Batch.id == Letter.batch_id)
            .join(Case, Case.id == Letter.case_id)
            .join(CaseAddress, CaseAddress.id == Letter.address_id)
            .where(Batch.lender_id == lender_id, Letter.day >= first, Letter.day <= last, handed, is_live(), is_demand(), ~is_erased())
            .order_by(Letter.id)
            .limit(PAGE)
        )
        page = session.execute(query if after is None else query.where(Letter.id > after)).all()
        if not page:
            return
        said = post_outcomes(session, [row.id for row in page], until=as_of)
        paid = _paid(session, [row.case_id for row in page], as_of.date())
        for row in page:
            post = said.get(row.id)
            found = consequence(post.outcome if post else None, accepted=post.acknowledged if post else None)
            key = (row.product or UNKNOWN, row.lender_product_type or UNKNOWN, (row.adcode or "")[:4] or UNKNOWN, f"{row.day:%Y-%m}")
            yield key, _cell(bytes(row.id_bidx), row.day, found.label if found.ended else Label.CENSORED, paid.get(row.case_id, ()), as_of.date())
        after = page[-1].id


def _cell(debtor: bytes, day: date, label: Label, paid: Sequence[date], today: date) -> Cell:
    ended = label is not Label.CENSORED
    until = day + timedelta(days=REPAID_DAYS)
    return Cell(
        {debtor}, 1, int(ended), int(label in (Label.SELF, Label.HOUSEHOLD, Label.OTHER)), int(label is Label.SELF), int(label in (Label.MOVED, Label.UNKNOWN)),
        int(label is Label.REFUSED), int(until < today), int(until < today and any(day < one <= until for one in paid)),
    )  # fmt: skip


def _paid(session: Session, case_ids: Iterable[UUID], until: date) -> dict[UUID, list[date]]:
    found: dict[UUID, list[date]] = defaultdict(list)
    rows: Any = session.execute(select(Payment.case_id, Payment.paid_on).where(one_of(Payment.case_id, list(set(case_ids))), Payment.paid_on <= until))
    for case_id, on in rows:
        found[case_id].append(on)
    return found
