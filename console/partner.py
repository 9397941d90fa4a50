"""``handa partner add|set|show|list``: the postal partner, its hand-over place, key and product table.

Number ranges are in ``console.partner_numbers``.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.commandline import SpokenCommand, section
from console.house import actor, house, locked
from console.options import Code, Json, Name, demand_code, demand_text
from console.partner_counter import PARTNER_COUNTER
from console.partner_numbers import PARTNER_NUMBERS, range_rows, say_low
from console.partner_place import PARTNER_PLACE
from console.partner_profile import app as profile
from console.speech import document, done, say, table
from records.errors import WrongUsage

if TYPE_CHECKING:
    from letters.post.products import Product

partner_app = section("partner")
partner_app.add_typer(profile)
for _name, _command in (PARTNER_NUMBERS | PARTNER_COUNTER | PARTNER_PLACE).items():
    partner_app.command(_name, cls=SpokenCommand)(_command)
Recipient = Annotated[
    str | None, typer.Option("--recipient", metavar="公钥", help="合作方的 age 公钥（age1 开头）；登记后批次加密为一个文件交寄")
]


@partner_app.command("add", cls=SpokenCommand)
def partner_add(
    code: Code,
    name: Name,
    place: Annotated[Path | None, typer.Option("--place", help="交寄文件夹；不写则为工作区 outbox/代码")] = None,
    customer: Annotated[str, typer.Option("--customer", help="大客户编号")] = "",
    agreement: Annotated[str, typer.Option("--agreement", help="协议号")] = "",
    pay: Annotated[str, typer.Option("--pay", help="付费方式：现结、记欠、贴票")] = "记欠",
    recipient: Recipient = None,
    as_json: Json = False,
) -> None:
    """登记邮政合作方。示例：handa partner add POST --name 某某邮政 --customer 9000001"""
    from letters.batch import parties

    demand_code(code)
    demand_text(name=name)
    values: dict[str, object] = {"customer_no": customer, "agreement_no": agreement, "pay_method": pay}
    if place is not None:
        values["place"] = {"kind": "folder", "path": str(place.expanduser().absolute())}
    if recipient is not None:
        from letters.batch.partners import RECIPIENT
        from letters.post.agefile import demand_recipient

        values[RECIPIENT] = demand_recipient(recipient)
    with house(quiet=as_json) as db, db.session() as session:
        parties.add_partner(session, code, name, values, actor(), db.clock)
    done(as_json, {"code": code}, f"已登记邮政合作方 {code}（{name}）。请用 handa partner range 登记号段。")


@partner_app.command("set", cls=SpokenCommand)
def partner_set(
    code: Code,
    recipient: Recipient = None,
    no_recipient: Annotated[bool, typer.Option("--no-recipient", help="不再加密交寄")] = False,
    products: Annotated[
        Path | None, typer.Option("--products", metavar="文件", help="协议产品与资费表（TOML，形式同随程序发布的产品表，按名称覆盖）")
    ] = None,
    shipped_products: Annotated[bool, typer.Option("--shipped-products", help="改回随程序发布的产品与资费表")] = False,
    low_days: Annotated[
        int | None, typer.Option("--low-days", min=1, max=365, metavar="天数", help="号码不足用多少天时提醒（默认 14）")
    ] = None,
    as_json: Json = False,
) -> None:
    """修改合作方的加密公钥、协议产品与资费、号段提醒。示例：handa partner set POST --products 协议资费.toml"""
    from letters.batch import parties
    from letters.batch.agreements import register_products
    from letters.batch.partners import LOW_DAYS_SETTING, RECIPIENT, change_partner
    from letters.post.agefile import demand_recipient

    if (recipient and no_recipient) or (products and shipped_products):
        raise WrongUsage("同一项不能既设置又取消。", "请只保留其中一个选项。")
    values: dict[str, object | None] = {}
    if recipient or no_recipient:
        values[RECIPIENT] = demand_recipient(recipient) if recipient else None
    if low_days is not None:
        values[LOW_DAYS_SETTING] = low_days
    if not (values or products or shipped_products):
        raise WrongUsage("没有要修改的内容。", "请用 handa partner set --help 查看可以修改的项目。")
    with locked(as_json) as db, db.session() as session:
        partner = parties.partner_by_code(session, code)
        changed = change_partner(session, partner, values, actor=actor(), clock=db.clock)
        if products or shipped_products:
            registered = register_products(session, partner, products, actor=actor(), clock=db.clock)
            if registered is not None:
                changed["products"] = {"number": registered.number, "name": registered.name, "sha256": registered.sha256}
    words = f"已更新合作方 {code}：{'、'.join(changed)}。" if changed else f"合作方 {code} 没有变化。"
    done(as_json, {"code": code, "changed": changed}, words + ("新计划的批次起适用。" if "products" in changed else ""))


@partner_app.command("show", cls=SpokenCommand)
def partner_show(code: Code, as_json: Json = False) -> None:
    """查看合作方：交件处、公钥、产品与资费、号段、余量与可用天数。示例：handa partner show POST"""
    from letters.batch import parties
    from letters.batch.agreements import products_in_force
    from letters.batch.partners import RECIPIENT
    from letters.batch.stock import stock_of
    from letters.post.places import place_from_settings
    from records.clock import today

    with house(quiet=as_json) as db, db.session() as session:
        partner = parties.partner_by_code(session, code)
        number, catalogue = products_in_force(session, partner.id)
        place = place_from_settings(partner.settings, db.settings.workspace.outbox / partner.code).describe()
        stock = stock_of(session, today(db.clock), code)
        view: dict[str, Any] = {
            "code": partner.code,
            "name": partner.name,
            "place": place,
            "recipient": partner.settings.get(RECIPIENT),
            **{key: partner.settings.get(key, "") for key in ("customer_no", "agreement_no", "pay_method")},
            "products": {
                "number": number,
                "version": catalogue.version,
                "sha256": catalogue.sha256,
                "list": [_product_row(one) for one in catalogue.products.values()],
            },
            "ranges": range_rows(session, partner),
            "stock": [asdict(one) for one in stock],
        }
    if as_json:
        document(view)
        return
    say(f"{view['code']} {view['name']}，交件处 {place}，{'加密交寄，公钥 ' + view['recipient'] if view['recipient'] else '不加密'}。")
    kind = f"协议产品表第 {number} 版" if number else f"随程序发布的产品表 {catalogue.version}"
    table(
        f"产品与资费（{kind}，{catalogue.sha256[:16]}…）",
        ("代码", "名称", "号码格式", "首档本埠/外埠（元）", "限重（克）", "资费依据"),
        [(r["code"], r["name"], r["number_format"], f"{r['local']}/{r['nonlocal']}", r["max_weight_g"], r["source"] + ("（凭记忆，须换成协议价）" if r["from_memory"] else "")) for r in view["products"]["list"]],
    )
    table(
        "号段",
        ("产品", "格式", "首号", "末号", "余量", "状态"),
        [(r["product"], r["format"], r["first_no"], r["last_no"], r["left"], "已收回" if r["closed"] else "") for r in view["ranges"]],
    )
    table(
        "号码用量",
        ("产品", "已用", "作废", "余量", "日均", "约可用天数"),
        [(s.product, s.used, s.void, s.left, f"{s.per_day:.1f}", "—" if s.days_left is None else s.days_left) for s in stock],
    )
    say_low(stock)


def _product_row(product: Product) -> dict[str, Any]:
    from letters.post.products import postage_fen
    from records.money import yuan

    local, other = (yuan(postage_fen(product, 1, local)) for local in (True, False))
    return {
        "code": product.code, "name": product.name, "number_format": product.number_format.value, "registered": product.registered,
        "local": local, "nonlocal": other, "max_weight_g": product.max_weight_g, "source": product.source, "from_memory": product.from_memory,
    }  # fmt: skip


@partner_app.command("list", cls=SpokenCommand)
def partner_list(as_json: Json = False) -> None:
    """列出邮政合作方、号段余量与可用天数。示例：handa partner list"""
    from sqlalchemy import select

    from letters.batch.stock import stock_of
    from letters.tables import Partner
    from records.clock import today

    with house(quiet=as_json) as db, db.session() as session:
        stock = stock_of(session, today(db.clock))
        rows: list[dict[str, Any]] = [
            {
                "code": partner.code,
                "name": partner.name,
                "ranges": range_rows(session, partner),
                "stock": [asdict(one) for one in stock if one.partner == partner.code],
            }
            for partner in session.scalars(select(Partner).order_by(Partner.code))
        ]
    if as_json:
        document({"partners": rows})
        return
    table(
        "邮政合作方",
        ("代码", "名称", "号段（余量）", "约可用天数"),
        [
            (
                row["code"],
                row["name"],
                "；".join(f"{r['product']} {r['first_no']}–{r['last_no']}（余 {r['left']}）" for r in row["ranges"] if not r["closed"]),
                "；".join(f"{s['product']} {'—' if s['days_left'] is None else s['days_left']}" for s in row["stock"]),
            )
            for row in rows
        ],
    )
    say_low(stock)
