"""``handa partner profile show|save|use``: a partner's own column names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.commandline import SpokenCommand, SpokenGroup
from console.faults import reason
from console.house import actor, house
from console.options import Code, Json, demand_code
from console.speech import document, done, say, table
from records.errors import WrongUsage

app = typer.Typer(
    name="profile",
    help="合作方自用的列名：保存、选用、查看列对应方案。示例：handa partner profile show POST",
    cls=SpokenGroup,
    no_args_is_help=True,
)
ProfileName = Annotated[str, typer.Argument(metavar="名称", help="方案名称")]
_LARGEST = 1 << 20


@app.command("save", cls=SpokenCommand)
def save(
    code: Code,
    name: ProfileName,
    pairs: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="列名=字段", help="可写多次；字段见 docs/post-answers.md，ignore 表示不要的列"),
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", metavar="文件", help='同样内容的 JSON：{"列名": "字段"}')] = None,
    as_json: Json = False,
) -> None:
    """保存列对应方案；同名再存为新版本。示例：handa partner profile save POST 湖北 --map 运单编号=mailnum --map 环节=action"""
    from letters.post.answer_profile import save_profile
    from letters.post.partner_codes import partner_named

    _demand_name(name)
    columns = {**_of_file(file), **_of_pairs(pairs or [])}
    with house(quiet=as_json) as db, db.session() as session:
        fresh = save_profile(session, partner_named(session, code), name, columns, actor=actor(), clock=db.clock)
    done(
        as_json,
        {"partner": code, "name": name, "recorded": fresh, "columns": columns},
        f"{'已保存' if fresh else '此前已保存'} {code} 的列对应方案“{name}”（{len(columns)} 列）。要在导入时默认使用：handa partner profile use {code} {name}",
    )


def _demand_name(name: str) -> None:
    """Refuse a name that nobody could type again.

    Raises:
        WrongUsage: it is empty or too long.
    """
    if not 0 < len(name.strip()) <= 40:
        raise WrongUsage("方案名称应为 1 至 40 个字。", "请另取名称。")


def _of_pairs(pairs: list[str]) -> dict[str, object]:
    columns: dict[str, object] = {}
    for pair in pairs:
        header, sign, field = pair.rpartition("=")
        if not sign or not header.strip() or not field.strip():
            raise WrongUsage(f"“{pair}”不是“列名=字段”。", "例如 --map 运单编号=mailnum。")
        columns[header.strip()] = field.strip()
    return columns


def _of_file(file: Path | None) -> dict[str, object]:
    import json

    if file is None:
        return {}
    try:
        if file.stat().st_size > _LARGEST:
            raise WrongUsage(f"方案文件 {file} 过大。", "请核对文件。")
        mapping = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise WrongUsage(f"无法读取方案文件 {file}：{reason(fault)}。", "请核对路径与权限。") from fault
    except (ValueError, RecursionError) as fault:
        raise WrongUsage(f"方案文件 {file} 不是 UTF-8 编码的 JSON。", "写法见 docs/post-answers.md。") from fault
    if not isinstance(mapping, dict) or not all(isinstance(value, str) for value in mapping.values()):
        raise WrongUsage(f"方案文件 {file} 应是“列名: 字段”的 JSON 对象。", "写法见 docs/post-answers.md。")
    return mapping


@app.command("use", cls=SpokenCommand)
def use(
    code: Code,
    name: Annotated[str | None, typer.Argument(metavar="名称", help="方案名称；不写则不再默认使用任何方案")] = None,
    as_json: Json = False,
) -> None:
    """选定导入时默认使用的列对应方案。示例：handa partner profile use POST 湖北"""
    from letters.post.answer_profile import use_profile
    from letters.post.partner_codes import partner_named

    demand_code(code)
    with house(quiet=as_json) as db, db.session() as session:
        use_profile(session, partner_named(session, code), name, actor=actor(), clock=db.clock)
    words = f"此后导入 {code} 的文件默认使用方案“{name}”。" if name else f"此后导入 {code} 的文件不再默认使用列对应方案。"
    done(as_json, {"partner": code, "in_use": name}, words)


@app.command("show", cls=SpokenCommand)
def show(code: Code, as_json: Json = False) -> None:
    """列出合作方的列对应方案。示例：handa partner profile show POST"""
    from letters.post.answer_profile import profiles_of
    from letters.post.partner_codes import partner_named

    with house(quiet=as_json) as db, db.session() as session:
        found = profiles_of(session, partner_named(session, code))
    if as_json:
        document({"partner": code, "profiles": found})
    elif found:
        table(
            f"{code} 的列对应方案",
            ("名称", "默认使用", "列 → 字段", "保存人", "时间"),
            [
                (
                    row["name"],
                    "是" if row["in_use"] else "",
                    "；".join(f"{k}→{v}" for k, v in row["columns"].items()),
                    row["by"],
                    row["at"],
                )
                for row in found
            ],
        )
    else:
        say(f"{code} 还没有列对应方案：列名与 docs/post-answers.md 一致时不需要。")
