"""``handa partner …``: the postal partner, its hand-over place and the number ranges it allots."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from console.commandline import SpokenCommand, section
from console.house import actor, house
from console.options import Code, Json, Name, demand_code, demand_text
from console.partner_place import PARTNER_PLACE
from console.speech import document, done, table
from letters.post.numbers import NumberFormat

partner_app = section("partner")
for _name, _command in PARTNER_PLACE.items():
    partner_app.command(_name, cls=SpokenCommand)(_command)
LAST_SERIAL = 999_999_999_999
"""Twelve digits: more than any item number has."""


@partner_app.command("add", cls=SpokenCommand)
def partner_add(
    code: Code,
    name: Name,
    place: Annotated[Path | None, typer.Option("--place", help="交寄文件夹；不写则为工作区 outbox/代码")] = None,
    customer: Annotated[str, typer.Option("--customer", help="大客户编号")] = "",
    agreement: Annotated[str, typer.Option("--agreement", help="协议号")] = "",
    pay: Annotated[str, typer.Option("--pay", help="付费方式：现结、记欠、贴票")] = "记欠",
    as_json: Json = False,
) -> None:
    """登记邮政合作方。示例：handa partner add POST --name 某某邮政 --customer 9000001"""
    from letters.batch import parties

    demand_code(code)
    demand_text(name=name)
    values: dict[str, object] = {"customer_no": customer, "agreement_no": agreement, "pay_method": pay}
    if place is not None:
        values["place"] = {"kind": "folder", "path": str(place.expanduser().absolute())}
    with house(quiet=as_json) as db, db.session() as session:
        parties.add_partner(session, code, name, values, actor(), db.clock)
    done(as_json, {"code": code}, f"已登记邮政合作方 {code}（{name}）。请用 handa partner range 登记号段。")


@partner_app.command("range", cls=SpokenCommand)
def partner_range(
    code: Code,
    product: Annotated[str, typer.Option("--product", help="邮政产品代码，如 200")],
    prefix: Annotated[str, typer.Option("--prefix", help="号码前缀，如 XA")],
    first: Annotated[int, typer.Option("--first", min=0, max=LAST_SERIAL, help="起号（数字部分）")],
    last: Annotated[int, typer.Option("--last", min=0, max=LAST_SERIAL, help="止号（数字部分，含）")],
    suffix: Annotated[str, typer.Option("--suffix", help="后缀，如 CN")] = "",
    number_format: Annotated[NumberFormat | None, typer.Option("--format", help="号码格式；不写则按产品")] = None,
    as_json: Json = False,
) -> None:
    """登记邮政分配的号段。示例：handa partner range POST --product 200 --prefix XA --first 1 --last 100000"""
    from letters.batch import parties
    from letters.post.products import load_catalogue

    known = load_catalogue().product(product)
    with house(quiet=as_json) as db, db.session() as session:
        parties.add_range(
            session,
            parties.partner_by_code(session, code),
            product=product,
            number_format=(number_format or known.number_format).value,
            prefix=prefix,
            suffix=suffix,
            first_serial=first,
            last_serial=last,
            actor=actor(),
            clock=db.clock,
        )
    done(
        as_json,
        {"partner": code, "product": product, "prefix": prefix, "first": first, "last": last},
        f"已登记 {code} 的 {known.name} 号段 {prefix}{first}–{last}。",
    )


@partner_app.command("list", cls=SpokenCommand)
def partner_list(as_json: Json = False) -> None:
    """列出邮政合作方与号段余量。示例：handa partner list"""
    from sqlalchemy import select

    from letters.tables import NumberRange, Partner

    with house(quiet=as_json) as db, db.session() as session:
        rows: list[dict[str, Any]] = [
            {
                "code": partner.code,
                "name": partner.name,
                "ranges": [
                    {"product": r.product, "prefix": r.prefix, "first": r.first_serial, "last": r.last_serial,
                     "left": r.last_serial - r.next_serial + 1}
                    for r in session.scalars(select(NumberRange).where(NumberRange.partner_id == partner.id).order_by(NumberRange.prefix, NumberRange.first_serial))
                ],
            }
            for partner in session.scalars(select(Partner).order_by(Partner.code))
        ]  # fmt: skip
    if as_json:
        document({"partners": rows})
        return
    table(
        "邮政合作方",
        ("代码", "名称", "号段（余量）"),
        [
            (row["code"], row["name"], "；".join(f"{r['product']} {r['prefix']}{r['first']}–{r['last']}（余 {r['left']}）" for r in row["ranges"]))
            for row in rows
        ],
    )
