"""``handa batch verify``: a sealed batch checked without the database, by whoever has it in hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from console.options import Json
from console.speech import document, say, table
from records.errors import ExitCode, UnreadableInput, WrongUsage

SHOWN = 50
"""Problems in the table; --json has them all."""


def verify(
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="封装批次的文件夹或 ZIP")],
    key: Annotated[
        str | None, typer.Option("--key", metavar="公钥", help="与交件方约定的封签公钥（64 位十六进制）；不写则只能证明内容完整，不能证明由谁封装")
    ] = None,
    pages: Annotated[bool, typer.Option("--pages", help="逐册打开 PDF 核对页数（较慢）")] = False,
    as_json: Json = False,
) -> None:
    """不依赖数据库核对封装批次：校验和、签名、件数与合计，并逐项说明怎么办。示例：handa batch verify ./B20261121-01-1a2b3c4d"""
    from letters.post.seal_advice import ADVICE
    from letters.post.verify import verify_batch

    if not folder.exists():
        raise WrongUsage(f"没有文件夹或 ZIP“{folder}”。", "请核对路径；封装的位置见 handa batch list。")
    if key is not None and not (len(key) == 64 and key.isascii() and all(sign in "0123456789abcdef" for sign in key.lower())):
        raise WrongUsage("--key 应为 64 位十六进制的公钥。", "公钥见 batch.json 的 public_key，须经电话等其他途径与交件方核对。")
    problems = verify_batch(folder, public_key_hex=key, count_pages=pages)
    if any(problem.code == "UNREADABLE" for problem in problems):
        why = "；".join(problem.message for problem in problems)
        raise UnreadableInput(f"“{folder}”不是封装批次，读不了：{why}", "请给出封装批次的文件夹或 ZIP。")
    if as_json:
        document({"folder": folder, "problems": [{**asdict(problem), "advice": ADVICE[problem.code]} for problem in problems]})
    elif problems:
        table("核对不符", ("代码", "文件", "问题"), [(problem.code, problem.file, problem.message) for problem in problems[:SHOWN]])
        if len(problems) > SHOWN:
            say(f"共 {len(problems)} 处，只列出前 {SHOWN} 处；全部见 --json。")
        for code, count in Counter(problem.code for problem in problems).items():
            say(f"{code}（{count} 处）：{ADVICE[code]}。")
    else:
        whose = "由约定的公钥封签" if key else "封签完整（未核对由谁封签：加 --key 公钥）"
        say(f"核对无误：文件齐全、校验和与签名一致、件数与合计相符；{whose}。")
    if problems:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))
