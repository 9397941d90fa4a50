"""``handa rules list|show``: what is checked, from which source, and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.commandline import SpokenCommand, section
from console.options import Json
from console.speech import document, say, table
from records.errors import WrongUsage

if TYPE_CHECKING:
    from letters.rules import RuleEntry

app = section("rules")
SEVERITIES = {"block": "拒绝", "hold": "暂停待人", "warn": "提示"}


@app.command("list", cls=SpokenCommand)
def list_(as_json: Json = False) -> None:
    """列出全部规则及其实现情况。示例：handa rules list"""
    from letters.rules import all_rules
    from letters.rules.catalogue import STATE_TITLES

    rules = all_rules()
    if as_json:
        document({"rules": [_view(rule) for rule in rules]})
        return
    table(
        "规则",
        ("编号", "名称", "处理", "状态", "依据"),
        [(r.id, r.title, SEVERITIES[r.severity.value], STATE_TITLES[r.state], r.source) for r in rules],
    )


def _view(rule: RuleEntry) -> dict[str, object]:
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity.value,
        "state": rule.state.value,
        "source": rule.source,
        "parameters": list(rule.parameters),
        "where": rule.where,
    }


@app.command("show", cls=SpokenCommand)
def show(
    rule_id: Annotated[str, typer.Argument(metavar="规则编号", help="如 R-TIM-06")], as_json: Json = False
) -> None:
    """查看一条规则：依据、处理与提示语。示例：handa rules show R-TIM-06"""
    from letters.rules import all_rules
    from letters.rules.catalogue import STATE_TITLES

    for rule in all_rules():
        if rule.id == rule_id.upper():
            break
    else:
        raise WrongUsage(f"没有规则“{rule_id}”。", "请用 handa rules list 查看全部规则。")
    if as_json:
        document(_view(rule))
        return
    say(f"{rule.id} {rule.title}\n处理：{SEVERITIES[rule.severity.value]}　状态：{STATE_TITLES[rule.state]}\n依据：{rule.source}")
    if rule.where:
        say(f"由谁保证：{rule.where}")
    for message in rule.messages:
        say(f"· {message}")
