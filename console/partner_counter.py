"""``handa partner presort|capacity|calendar``: how a partner's counter wants batches sorted, how many and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from console.house import actor, day_of, house
from console.options import Code, Json
from console.speech import document, done, say, table
from records.errors import WrongUsage

LIMIT_NAMES = {
    "bag_digits": "一袋同邮编前几位", "bag_least": "独立成袋的最少件数，不足则与邻近寄达地混装",
    "bag_pieces": "一袋至多件数", "bag_weight_g": "一袋至多克数",
    "tray_digits": "一格同邮编前几位", "tray_least": "独立成格的最少件数，不足则与邻近寄达地混装",
    "tray_pieces": "一格至多件数（0 = 不用格）", "tray_weight_g": "一格至多克数",
    "bundle_digits": "一把同邮编前几位", "bundle_least": "独立成把的最少件数，不足则与邻近寄达地混装",
    "bundle_pieces": "一把至多件数", "bundle_weight_g": "一把至多克数",
}  # fmt: skip
_NAMES = "、".join(LIMIT_NAMES)


class RestWord(StrEnum):
    """Values of ``--rests``."""

    HOLIDAYS = "holidays"
    NEVER = "never"


def presort(
    code: Code,
    setting: Annotated[list[str] | None, typer.Option("--set", metavar="名称=值", help=f"可重复；名称：{_NAMES}")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="恢复缺省值")] = False,
    as_json: Json = False,
) -> None:
    """查看或设置分拣：袋、格、把的件数、重量与邮编位数；自下次计划起生效，已计划的批次不变。示例：handa partner presort POST --set bag_pieces=500 --set tray_pieces=0"""
    from letters.batch.counter import change_settings
    from letters.batch.parties import partner_by_code
    from letters.post.presort import limits_from, shipped_limits

    changes = _pairs(setting)
    with house(quiet=as_json) as db, db.session() as session:
        partner = partner_by_code(session, code)
        kept = {} if reset else dict(partner.settings.get("presort") or {})
        kept |= changes
        limits = limits_from(kept).as_json()
        if changes or reset:
            change_settings(session, partner, {"presort": kept or None}, actor=actor(), clock=db.clock)
    if as_json:
        document({"partner": code, "presort": limits, "own": kept})
        return
    shipped = shipped_limits().as_json()
    rows = [(name, LIMIT_NAMES[name], value, "合作方" if name in kept else "缺省", shipped[name]) for name, value in limits.items()]
    table(f"{code} 分拣设置", ("名称", "含义", "值", "来源", "缺省值"), rows)


def capacity(
    code: Code,
    pieces: Annotated[int | None, typer.Option("--pieces", min=0, max=10_000_000, metavar="件数", help="每日收寄件数")] = None,
    unlimited: Annotated[bool, typer.Option("--unlimited", help="取消限制")] = False,
    office: Annotated[str, typer.Option("--office", metavar="邮编", help="寄达邮编的前 2、3、4 位或全部 6 位；不写则为全部寄达地")] = "",
    only_on: Annotated[str | None, typer.Option("--on", metavar="日期", help="只限这一天；不写则每天")] = None,
    date_text: Annotated[str | None, typer.Option("--date", metavar="日期", help="查看哪一天的能力；不写则为今天")] = None,
    as_json: Json = False,
) -> None:
    """查看或登记邮政合作方每日收寄能力，可分寄达地、可只限一天；放不下的函件暂停并写明 H-CAPACITY，在资方间轮流分配。示例：handa partner capacity POST --pieces 5000 --office 4300"""
    from letters.batch.counter import capacities_on, set_capacity
    from letters.batch.parties import partner_by_code

    if pieces is not None and unlimited:
        raise WrongUsage("--pieces 与 --unlimited 只能写一个。", "登记件数用 --pieces，取消限制用 --unlimited。")
    on_day = None if only_on is None else day_of(only_on)
    day = on_day or day_of(date_text)
    with house(quiet=as_json) as db, db.session() as session:
        partner = partner_by_code(session, code)
        if pieces is not None or unlimited:
            set_capacity(session, partner, prefix=office, on_day=on_day, pieces=pieces, actor=actor(), clock=db.clock)
            session.flush()
        found = capacities_on(session, partner.id, day)
    if as_json:
        document({"partner": code, "date": day, "capacity": [{"office": prefix, "pieces": count} for prefix, count in found.items()]})
    elif found:
        table(f"{code} 在 {day} 的收寄能力", ("寄达邮编", "件数"), [(prefix or "全部", count) for prefix, count in found.items()])
    else:
        say(f"{code} 在 {day} 没有登记收寄能力，不限件数。")


def calendar(
    code: Code,
    closed: Annotated[str | None, typer.Option("--closed", metavar="日期", help="不收寄的日子")] = None,
    opened: Annotated[str | None, typer.Option("--open", metavar="日期", help="照常收寄的日子")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="日期", help="到哪天为止（含）；不写则只一天")] = None,
    why: Annotated[str, typer.Option("--reason", metavar="文字", help="原因")] = "",
    rests: Annotated[RestWord | None, typer.Option("--rests", help="周末与法定节假日 holidays 不收寄、never 照常收寄")] = None,
    date_text: Annotated[str | None, typer.Option("--date", metavar="日期", help="从哪天起列出两周；不写则为今天")] = None,
    as_json: Json = False,
) -> None:
    """查看或登记邮政柜台的收寄日历；不收寄的日子不计划、不交寄，并说明下一个收寄日。示例：handa partner calendar POST --rests holidays --closed 2026-12-31 --reason 盘点"""
    from letters.batch import counter
    from letters.batch.parties import partner_by_code

    if closed is not None and opened is not None:
        raise WrongUsage("--closed 与 --open 一次只能写一个。", "请分两次登记。")
    text = closed or opened
    if text is None and (until is not None or why):
        raise WrongUsage("没有写明哪一天。", "请加 --closed 日期 或 --open 日期。")
    first = None if text is None else day_of(text)
    last = first if until is None else day_of(until)
    with house(quiet=as_json) as db, db.session() as session:
        partner = partner_by_code(session, code)
        if rests is not None:
            changes = {counter.RESTS: rests is RestWord.HOLIDAYS}
            counter.change_settings(session, partner, changes, actor=actor(), clock=db.clock)
        if first is not None and last is not None:
            counter.set_days(
                session, partner, first, last, is_open=opened is not None, reason=why, actor=actor(), clock=db.clock
            )
        session.flush()
        found = counter.calendar_of(session, partner)
    start = first or day_of(date_text)
    days = [start + timedelta(days=offset) for offset in range(14)]
    if as_json:
        document({
            "partner": code, "rests_on_holidays": found.rests,
            "days": [{"date": day, "open": not found.closed(day), "reason": found.closed(day)} for day in days],
        })  # fmt: skip
        return
    table(f"{code} 收寄日历", ("日期", "收寄", "原因"), [(day, "否" if found.closed(day) else "是", found.closed(day)) for day in days])
    done(False, {}, f"周末与法定节假日：{'不收寄' if found.rests else '照常收寄'}。")


def _pairs(words: list[str] | None) -> dict[str, int]:
    found = {}
    for word in words or []:
        name, sign, value = word.partition("=")
        if not sign or name not in LIMIT_NAMES or not (value.isascii() and value.isdigit()):
            known = "；".join(f"{key}（{what}）" for key, what in LIMIT_NAMES.items())
            raise WrongUsage(f"分拣设置“{word}”无法识别。", f"写成 名称=整数，可用：{known}")
        found[name] = int(value)
    return found


PARTNER_COUNTER: dict[str, Callable[..., None]] = {"presort": presort, "capacity": capacity, "calendar": calendar}
"""Hung on ``handa partner`` by ``console.partner``."""
