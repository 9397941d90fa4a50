"""Options that several commands share, with one wording each."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.commandline import JSON_HELP
from records.errors import WrongUsage

Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
Workers = Annotated[int | None, typer.Option("--workers", metavar="进程数", help="同时工作的进程数；不写则按处理器核数")]
Day = Annotated[str | None, typer.Option("--date", metavar="日期", help="批次日期，如 2026-11-21；不写则为今天")]
LenderCode = Annotated[str, typer.Option("--lender", metavar="代码", help="资方代码")]
AnyLender = Annotated[str | None, typer.Option("--lender", metavar="代码", help="资方代码；不写则所有资方")]
BatchNo = Annotated[str, typer.Argument(metavar="批次号", help="如 B20261121-01")]
CaseNo = Annotated[str, typer.Argument(metavar="案件号", help="资方的案件号")]
Code = Annotated[str, typer.Argument(metavar="代码", help="自定的短代码，如 DEMO")]
Name = Annotated[str, typer.Option("--name", metavar="名称", help="全称")]
Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="文件", help="写入的文件")]

class OrderWord(StrEnum):
    """Values of ``--order``."""

    VALUE = "value"
    LIMITATION = "limitation"


_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,31}")


def demand_code(code: str) -> None:
    """Refuse a code that could not stand in folder names, batch heads and commands.

    Raises:
        WrongUsage: it is none.
    """
    if not _CODE.fullmatch(code):
        raise WrongUsage(f"代码“{code}”不能用。", "请用 1 至 32 个字母、数字、短横或下划线，以字母或数字开头。")


def demand_text(**given: str) -> None:
    """Refuse empty text: these words are printed on letters and lists.

    Raises:
        WrongUsage: one is empty.
    """
    for name, text in given.items():
        if not text.strip():
            raise WrongUsage(f"--{name.replace('_', '-')} 不能为空。", "请写明后重试。")
