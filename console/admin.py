"""``handa init|settings|worker`` and ``handa audit verify``."""

from __future__ import annotations

from typing import Annotated

import typer

from console.commandline import SpokenCommand, section
from console.house import house, settings
from console.options import Json
from console.speech import document, done, say, table
from records.errors import ExitCode

audit_app = section("audit")


def init(as_json: Json = False) -> None:
    """新建工作区：文件夹、密钥与数据库。示例：handa init --home ./handa-home"""
    with house(quiet=as_json):
        found = settings()
    done(as_json, {"home": found.home, "keys": found.keys_file}, f"工作区已就绪：{found.home}")


def show_settings(as_json: Json = False) -> None:
    """列出设置及其来源（机密已遮盖）。示例：handa settings"""
    rows = settings().table()
    if as_json:
        document({row.name: {"value": row.shown, "origin": row.origin.value} for row in rows})
        return
    origins = {"default": "默认", "env": "环境变量", "argument": "命令参数"}
    table("设置", ("名称", "值", "来源", "含义"), [(row.name, row.shown, origins[row.origin.value], row.meaning) for row in rows])


def worker(
    once: Annotated[bool, typer.Option("--once", help="没有可领取的分块时退出")] = False, as_json: Json = False
) -> None:
    """领取任何进行中阶段的分块并完成；可在多台机器上对同一个 PostgreSQL 运行。示例：handa worker --once"""
    from letters.batch import stages
    from records.work import run_worker

    stages.known()
    with house(quiet=as_json) as db:
        chunks = run_worker(db, once=once, did=lambda name, size: say(f"{name}：完成 {size}", quiet=True))
    done(as_json, {"chunks": chunks}, f"已完成 {chunks} 个分块。")


@audit_app.command("verify", cls=SpokenCommand)
def verify(as_json: Json = False) -> None:
    """核对审计链：任何改动、缺失或调换都会指出。示例：handa audit verify"""
    from records.audit import verify_audit

    with house(quiet=as_json) as db, db.session() as session:
        report = verify_audit(session, db.settings)
    breach = report.breach.value if report.breach else None
    if as_json:
        document(
            {
                "sound": report.sound,
                "entries": report.entries,
                "anchored": report.anchored,
                "breach": breach,
                "broken_at": report.broken_at,
            }
        )
    elif report.sound:
        say(f"审计链完好：{report.entries} 条，逐条哈希与链接均相符。")
    else:
        say(f"审计链有问题：第 {report.broken_at} 条（{breach}）。请立即停止发函并保全数据库与工作区。")
    if not report.sound:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))
