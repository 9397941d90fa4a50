"""``handa init|settings|worker`` and ``handa audit verify``."""

from __future__ import annotations

from typing import Annotated

import typer

from console.house import house, settings
from console.speech import document, err, say, table
from letters.batch import stages
from records.audit import verify_audit
from records.errors import ExitCode
from records.work import run_worker

audit_app = typer.Typer(help="审计链。示例：handa audit verify", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="在标准输出给出一个 JSON 文档")]


def register(app: typer.Typer) -> None:
    """Hang the top-level commands on ``app``."""
    app.command("init")(init)
    app.command("settings")(show_settings)
    app.command("worker")(worker)


def init(as_json: Json = False) -> None:
    """新建工作区：文件夹、密钥与数据库。示例：handa init --home ./handa-home"""
    with house(quiet=as_json):
        found = settings()
    if as_json:
        document({"home": found.home, "keys": found.keys_file})
        return
    say(f"工作区已就绪：{found.home}")


def show_settings(as_json: Json = False) -> None:
    """列出设置及其来源（机密已遮盖）。示例：handa settings"""
    rows = settings().table()
    if as_json:
        document({row.name: {"value": row.shown, "origin": row.origin.value} for row in rows})
        return
    origins = {"default": "默认", "env": "环境变量", "argument": "命令参数"}
    table("设置", ("名称", "值", "来源", "含义"), [(row.name, row.shown, origins[row.origin.value], row.meaning) for row in rows])


def worker(
    once: Annotated[bool, typer.Option("--once", help="没有可领取的分块时退出")] = False,
) -> None:
    """领取任何进行中阶段的分块并完成；可在多台机器上对同一个 PostgreSQL 运行。示例：handa worker"""
    stages.known()
    with house() as db:
        done = run_worker(db, once=once, did=lambda name, size: err.print(f"{name}：完成 {size}"))
    say(f"已完成 {done} 个分块。")


@audit_app.callback()
def _group() -> None:
    """审计链。"""


@audit_app.command("verify")
def verify(as_json: Json = False) -> None:
    """核对审计链：任何改动、缺失或调换都会指出。示例：handa audit verify"""
    with house(quiet=as_json) as db, db.session() as session:
        report = verify_audit(session, db.settings)
    if as_json:
        document(
            {
                "sound": report.sound,
                "entries": report.entries,
                "anchored": report.anchored,
                "breach": report.breach.value if report.breach else None,
                "broken_at": report.broken_at,
            }
        )
    elif report.sound:
        say(f"审计链完好：{report.entries} 条，逐条哈希与链接均相符。")
    else:
        say(f"审计链有问题：第 {report.broken_at} 条（{report.breach}）。请立即停止发函并保全数据库与工作区。")
    if not report.sound:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))
