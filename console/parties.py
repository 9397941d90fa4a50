"""``handa lender|firm|partner …``: registering the parties and their settings."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select

from console.house import actor, day_of, house
from console.money import fen_of_text
from console.speech import document, say, table
from letters.batch import parties
from letters.post.numbers import NumberFormat
from letters.post.products import load_catalogue
from letters.tables import Firm, Lawyer, NumberRange, Partner
from locate.case import LenderKind
from locate.tables import Lender
from records.audit import append_audit
from records.errors import WrongUsage

lender_app = typer.Typer(help="资方。示例：handa lender list", no_args_is_help=True)
firm_app = typer.Typer(help="律所与律师。示例：handa firm list", no_args_is_help=True)
partner_app = typer.Typer(help="邮政合作方与号段。示例：handa partner list", no_args_is_help=True)

Code = Annotated[str, typer.Argument(metavar="代码")]
Name = Annotated[str, typer.Option("--name", help="全称")]
Json = Annotated[bool, typer.Option("--json", help="在标准输出给出一个 JSON 文档")]

LENDER_SETTINGS = {
    "payment_channel": "资方对公还款渠道（印在函上）",
    "query_channel": "资方账户查询与异议渠道（印在函上）",
    "complaint_channel": "资方投诉渠道（印在函上）",
    "firm": "承办律所代码",
    "lawyer": "署名律师代码",
    "partner": "邮政合作方代码",
    "product": "邮政产品代码",
    "template": "函件模板，如 consumer@1",
}


def _pairs(words: list[str] | None) -> dict[str, str]:
    found = {}
    for word in words or []:
        name, sign, value = word.partition("=")
        if not sign or name not in LENDER_SETTINGS:
            known = "；".join(f"{key}（{what}）" for key, what in LENDER_SETTINGS.items())
            raise WrongUsage(f"设置项“{word}”无法识别。", f"写成 名称=值，可用：{known}")
        found[name] = value
    return found


@lender_app.command("add")
def lender_add(
    code: Code,
    name: Name,
    kind: Annotated[LenderKind, typer.Option("--kind", help="类型，决定适用规则与利率上限")] = LenderKind.CONSUMER_FINANCE,
    setting: Annotated[list[str] | None, typer.Option("--set", help="设置项 名称=值，可重复")] = None,
) -> None:
    """登记资方。示例：handa lender add DEMO --name 示例消费金融有限公司 --set payment_channel=…"""
    values = _pairs(setting)
    with house() as db, db.session() as session:
        parties.add_lender(session, code, name, kind, values, actor(), db.clock)
    say(f"已登记资方 {code}（{name}）。")


@lender_app.command("set")
def lender_set(code: Code, setting: Annotated[list[str], typer.Option("--set", help="设置项 名称=值，可重复")]) -> None:
    """修改资方设置。示例：handa lender set DEMO --set product=200"""
    values = _pairs(setting)
    with house() as db, db.session() as session:
        lender = parties.lender_by_code(session, code)
        lender.settings = {**lender.settings, **values}
        append_audit(session, actor=actor(), action="lender.set", subject=f"lender:{code}", detail=dict(values), clock=db.clock)
    say(f"已更新资方 {code} 的设置。")


@lender_app.command("list")
def lender_list(as_json: Json = False) -> None:
    """列出资方。示例：handa lender list"""
    with house(quiet=as_json) as db, db.session() as session:
        rows = [(row.code, row.name, row.kind) for row in session.scalars(select(Lender).order_by(Lender.code))]
    if as_json:
        document({"lenders": [{"code": code, "name": name, "kind": kind} for code, name, kind in rows]})
        return
    table("资方", ("代码", "名称", "类型"), rows)


@lender_app.command("show")
def lender_show(code: Code, as_json: Json = False) -> None:
    """查看资方设置。示例：handa lender show DEMO"""
    with house(quiet=as_json) as db, db.session() as session:
        lender = parties.lender_by_code(session, code)
        view = {"code": lender.code, "name": lender.name, "kind": lender.kind, "settings": lender.settings}
    if as_json:
        document(view)
        return
    rows = [(LENDER_SETTINGS.get(key, key), value) for key, value in sorted(lender.settings.items())]
    table(f"{lender.code} {lender.name}（{lender.kind}）", ("设置项", "值"), rows)


@firm_app.command("add")
def firm_add(
    code: Code,
    name: Name,
    licence: Annotated[str, typer.Option("--licence", help="律所执业许可证号")],
    licence_until: Annotated[str, typer.Option("--licence-until", help="许可证有效期，如 2027-12-31")],
    address: Annotated[str, typer.Option("--address", help="律所地址")],
    phone: Annotated[str, typer.Option("--phone", help="律所电话")],
    scheme: Annotated[str, typer.Option("--scheme", help="函号规则，如 （{year}）鄂某某律函字第{number:06d}号")],
    postcode: Annotated[str, typer.Option("--postcode", help="寄件地邮编")] = "",
    verification_url: Annotated[str, typer.Option("--verification-url", help="核验网址（印在函上的二维码）")] = "",
    seal: Annotated[Path | None, typer.Option("--seal", help="律所印章图片（PNG，透明底）")] = None,
    sample_seal: Annotated[bool, typer.Option("--sample-seal", help="演示用：盖标明“示例”的印章")] = False,
) -> None:
    """登记律所。示例：handa firm add F1 --name 某某律师事务所 --licence 3142… --licence-until 2027-12-31 …"""
    image = None if seal is None else _picture(seal)
    with house() as db, db.session() as session:
        parties.add_firm(
            session,
            code=code,
            name=name,
            licence_no=licence,
            licence_until=_date(licence_until),
            address=address,
            phone=phone,
            number_scheme=scheme,
            settings={
                "postcode": postcode,
                "verification_url": verification_url,
                "approved_templates": [],
                "sample_seal": sample_seal,
            },
            seal_image=image,
            actor=actor(),
            clock=db.clock,
        )
    say(f"已登记律所 {code}（{name}）。请用 handa firm lawyer 登记律师，用 handa firm approve 登记审定的模板。")


def _picture(path: Path) -> bytes:
    """A seal's picture, tried on a page before it is kept.

    Raises:
        WrongUsage: it can't be read or is no usable picture.
    """
    from letters.press.seal import Seal  # noqa: PLC0415  the press is not needed to list parties

    try:
        image = path.read_bytes()
    except OSError as fault:
        raise WrongUsage(f"无法读取印章图片 {path}：{fault.strerror}。", "请核对路径。") from fault
    Seal(image).check()
    return image


@firm_app.command("seal")
def firm_seal(
    code: Code, picture: Annotated[Path, typer.Argument(metavar="图片", help="PNG，透明底，边长 600 至 2000 像素")]
) -> None:
    """登记或更换律所印章图片。示例：handa firm seal F1 印章.png"""
    image = _picture(picture)
    with house() as db, db.session() as session:
        row = parties.firm_by_code(session, code)
        row.seal_image = image
        append_audit(
            session, actor=actor(), action="firm.seal", subject=f"firm:{code}",
            detail={"sha256": hashlib.sha256(image).hexdigest()}, clock=db.clock,
        )
    say(f"已登记律所 {code} 的印章图片。")


def _date(text: str) -> date:
    return day_of(text)


@firm_app.command("lawyer")
def firm_lawyer(
    firm: Annotated[str, typer.Argument(metavar="律所代码")],
    code: Annotated[str, typer.Argument(metavar="律师代码")],
    name: Name,
    licence: Annotated[str, typer.Option("--licence", help="律师执业证号")],
    licence_until: Annotated[str, typer.Option("--licence-until", help="执业证有效期")],
    assistant: Annotated[bool, typer.Option("--assistant", help="非执业律师（不能签发）")] = False,
) -> None:
    """登记律师。示例：handa firm lawyer F1 L001 --name 张某某 --licence 1420… --licence-until 2027-12-31"""
    with house() as db, db.session() as session:
        parties.add_lawyer(
            session,
            parties.firm_by_code(session, firm),
            code=code,
            name=name,
            licence_no=licence,
            licence_until=_date(licence_until),
            is_lawyer=not assistant,
            actor=actor(),
            clock=db.clock,
        )
    say(f"已登记 {firm} 的{'人员' if assistant else '律师'} {code}。")


@firm_app.command("approve")
def firm_approve(
    firm: Annotated[str, typer.Argument(metavar="律所代码")],
    template: Annotated[str, typer.Argument(metavar="模板", help="如 consumer@1")],
    lawyer: Annotated[str, typer.Option("--lawyer", help="审定律师代码")],
) -> None:
    """登记律所审定的模板版本（R-LAW-05）。示例：handa firm approve F1 consumer@1 --lawyer L001"""
    from letters.compose import load_bundle  # noqa: PLC0415  a firm can be registered without templates at hand

    bundle = load_bundle(template)
    with house() as db, db.session() as session:
        row = parties.firm_by_code(session, firm)
        person = parties.lawyer_of(session, row, lawyer)
        if not person.is_lawyer:
            raise WrongUsage(f"“{lawyer}”不是执业律师，不能审定模板。", "请由执业律师审定。")
        approved = sorted({*row.settings.get("approved_templates", []), template})
        row.settings = {**row.settings, "approved_templates": approved}
        append_audit(
            session, actor=f"lawyer:{lawyer}", action="firm.approve_template", subject=f"firm:{firm}",
            detail={"template": template, "bundle_sha256": bundle.sha256}, clock=db.clock,
        )
    say(f"已登记：{firm} 审定模板 {template}。")


@firm_app.command("standing")
def firm_standing(
    firm: Annotated[str, typer.Argument(metavar="律所代码")],
    lawyer: Annotated[str, typer.Option("--lawyer", help="作出指令的律师代码")],
    template: Annotated[list[str], typer.Option("--template", help="模板，可重复")],
    lender: Annotated[list[str], typer.Option("--lender", help="资方代码，可重复")],
    max_letters: Annotated[int, typer.Option("--max-letters", help="每批最多封数")],
    max_amount: Annotated[str, typer.Option("--max-amount", help="单封金额上限（元）")],
    until: Annotated[str, typer.Option("--until", help="指令有效期至")],
) -> None:
    """登记律师的常设签发指令：在限额内由该律师签发，超出限额的批次必须逐批签发。"""
    order = {
        "lawyer": lawyer,
        "templates": sorted(template),
        "lenders": sorted(lender),
        "max_letters": max_letters,
        "max_amount_fen": int(fen_of_text(max_amount)),
        "until": _date(until).isoformat(),
    }
    with house() as db, db.session() as session:
        row = parties.firm_by_code(session, firm)
        person = parties.lawyer_of(session, row, lawyer)
        if not person.is_lawyer or not person.active:
            raise WrongUsage(f"“{lawyer}”不是在册执业律师，不能作出签发指令。", "请由执业律师作出。")
        row.settings = {**row.settings, "standing_release": order}
        append_audit(
            session, actor=f"lawyer:{lawyer}", action="firm.standing_release", subject=f"firm:{firm}", detail=order, clock=db.clock
        )
    say(f"已登记 {firm} 律师 {lawyer} 的常设签发指令（至 {until}）。")


@firm_app.command("list")
def firm_list(as_json: Json = False) -> None:
    """列出律所与律师。示例：handa firm list"""
    with house(quiet=as_json) as db, db.session() as session:
        firms: list[dict[str, Any]] = [
            {
                "code": firm.code,
                "name": firm.name,
                "licence_no": firm.licence_no,
                "licence_until": firm.licence_until,
                "lawyers": [
                    {"code": person.code, "name": person.name, "licence_until": person.licence_until, "is_lawyer": person.is_lawyer}
                    for person in session.scalars(select(Lawyer).where(Lawyer.firm_id == firm.id).order_by(Lawyer.code))
                ],
                "approved_templates": firm.settings.get("approved_templates", []),
            }
            for firm in session.scalars(select(Firm).order_by(Firm.code))
        ]
    if as_json:
        document({"firms": firms})
        return
    table(
        "律所",
        ("代码", "名称", "许可证号", "有效期", "律师", "审定模板"),
        [
            (
                firm["code"],
                firm["name"],
                firm["licence_no"],
                firm["licence_until"],
                "、".join(f"{person['code']} {person['name']}" for person in firm["lawyers"]),
                "、".join(firm["approved_templates"]),
            )
            for firm in firms
        ],
    )


@partner_app.command("add")
def partner_add(
    code: Code,
    name: Name,
    place: Annotated[Path | None, typer.Option("--place", help="交寄文件夹；不写则为工作区 outbox/代码")] = None,
    customer: Annotated[str, typer.Option("--customer", help="大客户编号")] = "",
    agreement: Annotated[str, typer.Option("--agreement", help="协议号")] = "",
    pay: Annotated[str, typer.Option("--pay", help="付费方式：现结、记欠、贴票")] = "记欠",
) -> None:
    """登记邮政合作方。示例：handa partner add POST --name 某某邮政 --customer 9000001"""
    values: dict[str, object] = {"customer_no": customer, "agreement_no": agreement, "pay_method": pay}
    if place is not None:
        values["place"] = {"kind": "folder", "path": str(place.expanduser().absolute())}
    with house() as db, db.session() as session:
        parties.add_partner(session, code, name, values, actor(), db.clock)
    say(f"已登记邮政合作方 {code}（{name}）。请用 handa partner range 登记号段。")


@partner_app.command("range")
def partner_range(
    code: Code,
    product: Annotated[str, typer.Option("--product", help="邮政产品代码，如 200")],
    prefix: Annotated[str, typer.Option("--prefix", help="号码前缀，如 XA")],
    first: Annotated[int, typer.Option("--first", help="起号（数字部分）")],
    last: Annotated[int, typer.Option("--last", help="止号（数字部分，含）")],
    suffix: Annotated[str, typer.Option("--suffix", help="后缀，如 CN")] = "",
    number_format: Annotated[NumberFormat | None, typer.Option("--format", help="号码格式；不写则按产品")] = None,
) -> None:
    """登记邮政分配的号段。示例：handa partner range POST --product 200 --prefix XA --first 1 --last 100000"""
    known = load_catalogue().product(product)
    with house() as db, db.session() as session:
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
    say(f"已登记 {code} 的 {known.name} 号段 {prefix}{first}–{last}。")


@partner_app.command("list")
def partner_list(as_json: Json = False) -> None:
    """列出邮政合作方与号段余量。示例：handa partner list"""
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
