"""The tables of docs/, each made from the registry that the program itself uses."""

from __future__ import annotations

import ast
import csv
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("records", "models", "locate", "letters", "console")
SEVERITIES = {"block": "拒绝", "hold": "暂停待人", "warn": "提示"}
LEVELS = {"file": "整个文件", "case": "案件", "address": "该地址", "row": "该行", "warning": "提示"}
PHASES = {"planning": "计划", "letter": "成函", "piece": "交寄清单", "relay": "转告函"}
_ERROR_CODE = re.compile(r"E-[A-Z][A-Z-]+")


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", "<br>")


def _table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(headers) + " |", "|" + "---|" * len(headers)]
    lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def rules() -> str:
    """Every rule: id, title, what it does, who sees to it, source."""
    from letters.rules import all_rules
    from letters.rules.catalogue import STATE_TITLES

    def line(rule: object) -> tuple[object, ...]:
        from letters.rules import RuleEntry

        assert isinstance(rule, RuleEntry)
        when = "、".join(PHASES[phase.value] for phase in rule.phases)
        where = when or rule.where
        return (rule.id, rule.title, SEVERITIES[rule.severity.value], STATE_TITLES[rule.state], where, rule.source)

    return _table(("编号", "规则", "违反时", "状态", "何时 / 由谁保证", "依据"), map(line, all_rules()))


def rule_messages() -> str:
    """What each rule says to an operator."""
    from letters.rules import all_rules

    rows = [(rule.id, "<br>".join(rule.messages)) for rule in all_rules() if rule.messages]
    return _table(("编号", "提示语"), rows)


def intake_problems() -> str:
    """Every code of a case file's report."""
    from locate.intake.problems import VOCABULARY

    rows = [(f"`{e.code}`", LEVELS[e.level.value], e.message, e.advice) for e in VOCABULARY.values()]
    return _table(("代码", "影响", "含义", "怎么办"), rows)


def error_codes() -> Iterator[tuple[str, str]]:
    """(code, file) of every code that an error of ours can carry."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and _ERROR_CODE.fullmatch(node.value):
                    yield node.value, path.relative_to(ROOT).as_posix()


ERROR_WORDS = {
    "E-BROKEN": ("1", "程序自己的承诺没有守住（哈希不符、审计链被改、数据不见了）", "停下，查明原因，再继续"),
    "E-USAGE": ("2", "命令的写法或参数不对，什么都没改", "按提示改写"),
    "E-UNREADABLE": ("2", "文件打不开、无法解码，或里面没有可读的内容", "按提示重新导出"),
    "E-HOLD": ("3", "要由律师、操作员或规则先决定", "按提示作出决定后再运行"),
    "E-OUTSIDE": ("4", "外部一时不可用", "可以放心重跑"),
    "E-DATABASE": ("4", "连不上数据库，或运行中断开", "恢复数据库后重跑"),
    "E-PARTNER": ("4", "连不上邮政合作方的交件处，或它的回答不明确", "确认后重跑，不会重复交寄"),
    "E-DISK": ("4", "磁盘已满", "腾出空间后重跑"),
    "E-RUNNING": ("4", "同一步骤正由另一个进程进行", "等它结束"),
    "E-KEYS": ("2", "密钥缺失、损坏或权限过宽", "从备份恢复密钥文件；切勿另建新密钥"),
    "E-AUDIT": ("1", "审计链的锚点被改动，或数据库与锚点不符", "保留现场，核对数据库备份"),
    "E-PROOF": ("1", "印刷分册的校样与交寄清单不符（条码、姓名、地址、号码、合计或版面）", "该分册不得付印或封装；按所写的件与页检查模板、字体与字段"),
    "E-POLICY": ("2", "规则策略文件写得不对", "按提示逐条改正"),
    "E-PROFILE": ("2", "列对应方案（profile）写得不对", "按提示改正方案"),
    "E-SEALED": ("1", "加密的字段无法解开（被改动、被调换或密钥不符）", "停下，核对数据库备份与密钥"),
    "E-WORK": ("1", "本程序不认识登记的工作", "各台机器装同一版本后重跑"),
    "E-WORKER-DIED": ("1", "工作进程接连意外结束，多半是内存不足", "减少 --workers 或加内存后重跑，已完成的部分都在"),
    "E-INTERRUPTED": ("130", "按了 Ctrl-C", "重新运行同一命令即可继续"),
    "E-PROGRAM": ("1", "程序自己的错误", "把工作区 logs 里的记录交给维护人员；已完成的部分都在"),
    "E-BUNDLE": ("2", "函件模板缺文件或自相矛盾", "修正模板，并由律所重新审定"),
    "E-FONTS": ("2", "字体包没有装好", "重新运行 scripts/env，或安装 requirements.lock 里的字体包"),
    "E-COUNTER-CLOSED": ("3", "邮政柜台当日不收寄", "改到所示的下一个收寄日；日历登记有误用 handa partner calendar 更正"),
    "E-LABEL": ("2", "标签上放不下该印的内容，什么都没写", "换大一些的标签纸（--sheet），或改短合作方与律所名称"),
    "E-PG-VERSION": ("2", "内置数据库由另一大版本的 PostgreSQL 建立", "装上那个版本，或用 PGBIN 指明它的位置"),
    "E-SCHEMA": ("2", "数据库结构比本程序新", "升级本程序"),
    "E-PART-DAMAGED": ("1", "印刷分册文件被截断或改动，读不出", "重新运行 handa batch print，损坏的分册会重新生成"),
    "E-SIGNER": ("2", "证书文件不能用于签名：不存在、口令不对或不含私钥", "核对律所证书（PKCS#12，.p12 或 .pfx）与口令文件"),
    "E-LAST-LOOK": ("1", "印出的页面上有他人资料、缺本人资料或有禁用措辞，分册未保留", "停止该批次，检查模板与字段后作废重新计划"),
    "E-MANIFEST": ("3", "交寄清单有不合格式的行", "撤下或改正这些函件后重新封装"),
    "E-HOSTKEY": ("3", "合作方 SFTP 的主机公钥与登记的不符，什么都没传", "用电话等其他途径核对后再登记新公钥"),
    "E-SEAL": ("2", "印章图片不能用", "换成透明底的 PNG"),
}


def errors() -> str:
    """Every error code with its exit code and what to do."""
    found = sorted({code for code, _ in error_codes()})
    rows = [(f"`{code}`", *ERROR_WORDS.get(code, ("", "（缺说明）", ""))) for code in found]
    return _table(("代码", "退出码", "含义", "怎么办"), rows)


ISSUE_WORDS = {
    "ambiguous": "文本不足以确定是哪一地（同名区县等）",
    "conflict": "文本自相矛盾（如省与市不符）",
    "outdated": "用了已撤并或改名的区划，已换成现名",
    "readers_disagree": "两个独立的读法对省市区看法不同",
    "no_province": "定不了省",
    "no_district": "定不了区县",
    "typo_corrected": "改正了区划名里的错字",
    "recipient_inside": "文本里夹有收件人或电话，已取出",
    "remark_removed": "去掉了“电联”“门卫代收”之类的话",
    "duplicated_prefix": "去掉了重复的前缀",
    "postcode_unknown": "查不到邮编",
    "maps_disagree": "至少两家地图服务一致认为在别的区县（只在 `--maps` 时有；地址本身不改）",
}


def address_issues() -> str:
    """Flags of a standardized address."""
    from locate.address import Issue

    return _table(("代码", "含义"), [(f"`{issue.value}`", ISSUE_WORDS.get(issue.value, "（缺说明）")) for issue in Issue])


def address_fields() -> str:
    """Fields of a standardized address."""
    from scripts.docs import addresses

    return _table(("字段", "表格列名", "含义"), addresses.fields())


def address_grades() -> str:
    """Grades of a standardized address."""
    from scripts.docs import addresses

    return _table(("等级", "含义"), addresses.grades())


def fields() -> str:
    """Fields of a case file and the headers that are taken for them."""
    table = tomllib.loads(files("locate.intake").joinpath("fields.toml").read_text(encoding="utf-8"))
    words = {"case": "案件", "address": "地址", "contact": "联系人"}
    rows = []
    for group, entries in table.items():
        if group not in words:
            continue
        for name, entry in entries.items():
            if not isinstance(entry, dict):
                continue
            names = entry.get("names", [])
            shown = "、".join(names[:8]) + (f" 等 {len(names)} 种" if len(names) > 8 else "")
            rows.append((words[group], f"`{name}`", entry.get("title", ""), "必填" if entry.get("required") else "", shown))
    return _table(("表", "字段", "名称", "", "认得的表头"), rows)


def manifest_columns() -> str:
    """Columns of manifest.csv in order."""
    from letters.post.manifest import COLUMNS, TEMPLATE_COLUMNS

    known = set(TEMPLATE_COLUMNS)
    rows = [
        (number, f"`{column.name}`", "大宗导入模板" if column in known else "系统", f"至多 {column.limit} 字" if column.limit else "")
        for number, column in enumerate(COLUMNS, start=1)
    ]
    return _table(("列", "名称", "归属", "限制"), rows)


def post_codes() -> str:
    """The shipped code table of the push form."""
    rows = [
        (f"`{row['field']}`", row["code"], row["name"], row["kind"] or "看细码", row["norm"], row["next_action"])
        for row in csv.DictReader(files("letters.post").joinpath("codes/push.csv").read_text(encoding="utf-8").splitlines())
    ]
    return _table(("字段", "代码", "名称", "算作", "归一化", "接下来"), rows)


def letter_states() -> str:
    """States of a letter."""
    from letters.batch.state import STATE_NAMES

    return _table(("状态", "名称"), [(f"`{state.value}`", name) for state, name in STATE_NAMES.items()])


def settings() -> str:
    """Environment variables and what they mean."""
    from records.settings import load_settings

    return _table(("名称", "默认", "含义"), [(f"`{s.name}`", _plain(s.shown), s.meaning) for s in load_settings(Path("handa-home"), {}).table()])


def _plain(shown: str) -> str:
    return shown.replace(str(Path.cwd()) + "/", "./")


def commands() -> str:
    """Every command with its help and options."""
    found = []
    for name, command in command_tree().items():
        lines = [f"### `{name}`", "", (command.help or "").strip(), ""]
        for parameter in command.params:
            if parameter.name == "help" or getattr(parameter, "hidden", False):
                continue
            shown = ", ".join(f"`{word}`" for word in parameter.opts) if is_option(parameter) else f"`{parameter.metavar or parameter.name}`"
            lines.append(f"- {shown}{'（必填）' if parameter.required else ''}：{getattr(parameter, 'help', '') or ''}")
        found.append("\n".join(lines) + "\n")
    return "\n".join(found)


def is_option(parameter: Any) -> bool:
    """Whether a parameter of a command is named (``--date``), not placed. Typer brings its own copy of click."""
    return bool(parameter.param_type_name == "option")


def command_tree() -> dict[str, Any]:
    """``handa batch plan`` → its command, for every command."""
    import typer

    from console.main import app

    def walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        if hasattr(command, "commands"):
            for name, child in command.commands.items():
                yield from walk(child, (*words, name))
        else:
            yield " ".join(words), command

    return dict(walk(typer.main.get_command(app), ("handa",)))


def gap_kinds() -> str:
    """Every kind of gap: who must act, within how long, what may close it."""
    from letters.post import gap_kinds as kinds

    closes = {"reason": "理由", "evidence": "理由与证据", "no": "只有事实"}

    def line(kind: kinds.GapKind) -> tuple[object, ...]:
        days = f"{kind.days} 个工作日" if kind.working else f"{kind.days} 天"
        return f"`{kind.code}`", kind.title, kinds.WHO_NAMES[kind.who], days, closes[kind.settle.value], kind.advice, kind.source

    return _table(("代码", "对不上什么", "谁处理", "多久之后", "凭什么了结", "怎么办", "依据"), map(line, kinds.gap_kinds().values()))


TABLES: dict[str, Callable[[], str]] = {
    "rules": rules,
    "rule_messages": rule_messages,
    "intake_problems": intake_problems,
    "errors": errors,
    "address_issues": address_issues,
    "address_fields": address_fields,
    "address_grades": address_grades,
    "fields": fields,
    "manifest_columns": manifest_columns,
    "post_codes": post_codes,
    "letter_states": letter_states,
    "gap_kinds": gap_kinds,
    "settings": settings,
    "commands": commands,
}
