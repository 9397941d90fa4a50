"""``handa lender …``: registering lenders and their settings."""

from __future__ import annotations

from typing import Annotated

import typer

from console.commandline import SpokenCommand, section
from console.house import actor, day_of, house, settings
from console.options import Code, Json, Name, demand_code, demand_text
from console.speech import document, done, table
from locate.case import LenderKind
from records.errors import WrongUsage

lender_app = section("lender")

LENDER_SETTINGS = {
    "payment_channel": "资方对公还款渠道（印在函上）",
    "query_channel": "资方账户查询与异议渠道（印在函上）",
    "complaint_channel": "资方投诉渠道（印在函上）",
    "official_accounts": "资方备案的官方还款账户，几个用分号隔开",
    "firm": "承办律所代码",
    "lawyer": "署名律师代码",
    "partner": "邮政合作方代码",
    "product": "邮政产品代码；几个用逗号隔开，首个常用，其余逐案选用",
    "product_from": "欠款多少元起改用的邮政产品，如 402:20000；模型能比较产品时由模型决定；留空为不设",
    "template": "函件模板，如 consumer@1",
    "template_trial": "模板试验：第二模板与抽用的千分比，如 consumer-plain@1:300；只抽首封函件，留空为结束试验",
    "relay_template": "转告函模板，如 relay@1",
    "share": "名额不足时的分配权重，1 至 100 的整数，缺省 1",
}
KINDS = "bank 银行、consumer_finance 消费金融公司、micro_loan 小额贷款公司、private 民间借贷、assignee 债权受让方、internet_platform 互联网平台"
HEAVIEST_SHARE = 100
_SETTING_NAMES = "、".join(LENDER_SETTINGS)


def _pairs(words: list[str] | None) -> dict[str, str]:
    found = {}
    for word in words or []:
        name, sign, value = word.partition("=")
        if not sign or name not in LENDER_SETTINGS:
            known = "；".join(f"{key}（{what}）" for key, what in LENDER_SETTINGS.items())
            raise WrongUsage(f"设置项“{word}”无法识别。", f"写成 名称=值，可用：{known}")
        if name == "share" and not (value.isascii() and value.isdigit() and 1 <= int(value) <= HEAVIEST_SHARE):
            raise WrongUsage(f"设置项“{word}”无法识别。", f"share 应为 1 至 {HEAVIEST_SHARE} 的整数。")
        if name == "product":
            value = ",".join(part.strip() for part in value.replace("，", ",").replace("、", ",").split(","))
            if not all(part.isalnum() and part.isascii() for part in value.split(",")):
                raise WrongUsage(f"设置项“{word}”无法识别。", "product 应为邮政产品代码，几个用逗号隔开，如 product=200,402。")
        if name == "product_from" and value:
            code, _, yuan = value.partition(":")
            if not (code.isalnum() and yuan.isascii() and yuan.isdigit()):
                raise WrongUsage(f"设置项“{word}”无法识别。", "product_from 写成 产品:元，如 product_from=402:20000；留空（product_from=）为不设。")
        if name in ("template", "relay_template"):
            _demand_template(name, value)
        found[name] = value
    return found


def _demand_template(name: str, reference: str) -> None:
    """Refuse a template that is for other letters: it would fail, or hold every case, when the next batch is planned."""
    from letters.compose.bundle import LetterType, bundle_for

    settings()  # says where the workspace's own templates lie
    bundle_for(reference, LetterType.DEMAND if name == "template" else LetterType.RELAY)


def _demand_trial(values: dict[str, str]) -> None:
    """Refuse a trial of a template that is not the ordinary one in other words."""
    from letters.batch.template_trial import trial_in

    settings()  # says where the workspace's own templates lie
    trial_in(values)


@lender_app.command("add", cls=SpokenCommand)
def lender_add(
    code: Code,
    name: Name,
    kind: Annotated[LenderKind, typer.Option("--kind", metavar="类型", help=f"类型，决定适用规则与利率上限：{KINDS}")] = LenderKind.CONSUMER_FINANCE,
    setting: Annotated[list[str] | None, typer.Option("--set", metavar="名称=值", help=f"设置项，可重复；名称：{_SETTING_NAMES}")] = None,
    as_json: Json = False,
) -> None:
    """登记资方。示例：handa lender add DEMO --name 示例消费金融有限公司 --set payment_channel=示例银行武汉分行"""
    from letters.batch import parties

    demand_code(code)
    demand_text(name=name)
    values = _pairs(setting)
    _demand_trial(values)
    with house(quiet=as_json) as db, db.session() as session:
        parties.add_lender(session, code, name, kind, values, actor(), db.clock)
    done(as_json, {"code": code}, f"已登记资方 {code}（{name}）。")


@lender_app.command("set", cls=SpokenCommand)
def lender_set(
    code: Code,
    setting: Annotated[list[str], typer.Option("--set", metavar="名称=值", help=f"设置项，可重复；名称：{_SETTING_NAMES}")],
    as_json: Json = False,
) -> None:
    """修改资方设置。示例：handa lender set DEMO --set product=200"""
    from letters.batch import parties
    from records.audit import append_audit

    values = _pairs(setting)
    with house(quiet=as_json) as db, db.session() as session:
        lender = parties.lender_by_code(session, code)
        if {"template", "template_trial"} & set(values):
            _demand_trial({**lender.settings, **values})
        lender.settings = {**lender.settings, **values}
        append_audit(session, actor=actor(), action="lender.set", subject=f"lender:{code}", detail=dict(values), clock=db.clock)
    done(as_json, {"code": code, "changed": values}, f"已更新资方 {code} 的设置。")


@lender_app.command("list", cls=SpokenCommand)
def lender_list(as_json: Json = False) -> None:
    """列出资方。示例：handa lender list"""
    from sqlalchemy import select

    from locate.tables import Lender

    with house(quiet=as_json) as db, db.session() as session:
        rows = [(row.code, row.name, row.kind) for row in session.scalars(select(Lender).order_by(Lender.code))]
    if as_json:
        document({"lenders": [{"code": code, "name": name, "kind": kind} for code, name, kind in rows]})
        return
    table("资方", ("代码", "名称", "类型"), rows)


@lender_app.command("show", cls=SpokenCommand)
def lender_show(code: Code, as_json: Json = False) -> None:
    """查看资方设置。示例：handa lender show DEMO"""
    from letters.batch import parties

    with house(quiet=as_json) as db, db.session() as session:
        lender = parties.lender_by_code(session, code)
        view = {"code": lender.code, "name": lender.name, "kind": lender.kind, "settings": lender.settings}
    if as_json:
        document(view)
        return
    rows = [(LENDER_SETTINGS.get(key, key), value) for key, value in sorted(lender.settings.items())]
    table(f"{lender.code} {lender.name}（{lender.kind}）", ("设置项", "值"), rows)


@lender_app.command("file-template", cls=SpokenCommand)
def lender_file_template(
    code: Code,
    template: Annotated[str, typer.Argument(metavar="模板", help="如 consumer@1")],
    reference: Annotated[str, typer.Option("--reference", metavar="文字", help="资方的备案编号或邮件")],
    filed_on: Annotated[str | None, typer.Option("--on", metavar="日期", help="备案日期；不写则为今天")] = None,
    as_json: Json = False,
) -> None:
    """登记模板这一版本已向资方备案（R-OUT-03）；模板改动后须重新备案。示例：handa lender file-template DEMO consumer@1 --reference BA-2026-001"""
    from letters.batch import parties
    from letters.compose import load_bundle
    from letters.gate.filing import file_template

    day = day_of(filed_on)
    with house(quiet=as_json) as db, db.session() as session:
        bundle = load_bundle(template)
        fresh = file_template(
            session, parties.lender_by_code(session, code), template=template, bundle_sha256=bundle.sha256, filed_on=day,
            reference=reference, actor=actor(), clock=db.clock,
        )  # fmt: skip
    answer = {"code": code, "template": template, "sha256": bundle.sha256, "filed": fresh}
    done(as_json, answer, f"模板 {template} {'已登记' if fresh else '此前已登记'}向资方 {code} 备案。")
