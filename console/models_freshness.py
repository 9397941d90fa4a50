"""``handa models freshness``: how likely it is that a person still lives at an address, by kind, source and age."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from console.house import day_of, house
from console.models_delivery import AsOf, Data
from console.options import AnyLender, Json
from console.speech import bars, document, say, table
from records.errors import NeedsDecision, WrongUsage


def freshness(as_of: AsOf = None, lender: AnyLender = None, data: Data = None, as_json: Json = False) -> None:
    """地址鲜活度：各类各来源的地址，多久以后本人还在，由投递结果估计，带区间。示例：handa models freshness --as-of 2026-11-30"""
    from letters.batch.delivery_file import read_rows
    from letters.batch.delivery_rows import delivery_rows
    from letters.batch.freshness import AGES, freshness_of
    from letters.batch.parties import lender_by_code
    from models.freshness import LEAST
    from records.clock import SHANGHAI

    day = day_of(as_of)
    if data is not None and not data.is_file():
        raise WrongUsage(f"没有文件“{data}”。", "请核对路径。")
    with house(quiet=as_json) as db, bars() as report, db.session() as session:
        if lender is not None:
            lender_by_code(session, lender)
        if data is not None:
            rows = read_rows(data)
        else:
            until = datetime.combine(day, time(), SHANGHAI) - timedelta(microseconds=1)
            rows = delivery_rows(session, db.cipher, until, lender, progress=lambda read, total: report("读取函件", read, total)).rows
    found = freshness_of(rows.take((rows.outcome >= 0) & (rows.known_day < day.toordinal())))
    if found.model is None:
        raise NeedsDecision(f"截至 {day} 能说明本人在否的投递结果只有 {found.looks} 件，不足 {LEAST} 件。", "请等更多投递结果导入后再看。")
    if as_json:
        document({
            "as_of": day, "looks": found.looks, "ages": list(AGES),
            "rows": [
                {"kind": one.kind, "source": one.source, "looks": one.looks, "gone": one.gone, "still_there": [[round(p, 4) for p in told] for told in one.still_there]}
                for one in found.rows
            ],
            "model": found.model.as_json(),
        })  # fmt: skip
        return
    table(
        f"本人仍在的概率（95% 区间），据 {found.looks} 件说明本人在否的结果", ("地址类型 · 来源", "件数", "已不在", *(f"{age} 天" for age in AGES)),
        [
            (one.title, one.looks, one.gone, *(f"{p:.0%}（{low:.0%}–{high:.0%}）" for p, low, high in one.still_there))
            for one in found.rows
        ],
    )  # fmt: skip
    say("只来自寄过的地址：看来陈旧的寄得少，未寄的可能更旧。户籍地址“仍在”包括家人代收。")
