"""``handa firm …``: the law firm, its lawyers, the templates it approved, its standing orders."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from console.commandline import SpokenCommand, section
from console.faults import reason
from console.firm_gate import FIRM_GATE
from console.house import LATEST, actor, day_of, house, settings
from console.money import fen_of_text
from console.options import Code, Json, Name, demand_code, demand_text
from console.speech import document, done, table
from records.errors import WrongUsage

firm_app = section("firm")
for _name, _command in FIRM_GATE.items():
    firm_app.command(_name, cls=SpokenCommand)(_command)


@firm_app.command("add", cls=SpokenCommand)
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
    as_json: Json = False,
) -> None:
    """登记律所。示例：handa firm add F1 --name 某某律师事务所 --licence 31420000000000001X --licence-until 2027-12-31 --address 武汉市江汉区某路1号 --phone 027-00000000 --scheme （{year}）鄂某某律函字第{number:06d}号"""
    from letters.batch import parties

    demand_code(code)
    demand_text(name=name, licence=licence, address=address, phone=phone)
    image = None if seal is None else _picture(seal)
    with house(quiet=as_json) as db, db.session() as session:
        parties.add_firm(
            session,
            code=code,
            name=name,
            licence_no=licence,
            licence_until=_until(licence_until),
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
    words = f"已登记律所 {code}（{name}）。请用 handa firm lawyer 登记律师，用 handa firm approve 登记审定的模板。"
    done(as_json, {"code": code}, words)


def _picture(path: Path) -> bytes:
    """A seal's picture, tried on a page before it is kept.

    Raises:
        WrongUsage: it can't be read or is no usable picture.
    """
    from letters.press.seal import Seal

    try:
        image = path.read_bytes()
    except OSError as fault:
        raise WrongUsage(f"无法读取印章图片 {path}：{reason(fault)}。", "请核对路径与权限。") from fault
    Seal(image).check()
    return image


@firm_app.command("seal", cls=SpokenCommand)
def firm_seal(
    code: Code,
    picture: Annotated[Path, typer.Argument(metavar="图片", help="PNG，透明底，边长 600 至 2000 像素")],
    as_json: Json = False,
) -> None:
    """登记或更换律所印章图片。示例：handa firm seal F1 印章.png"""
    import hashlib

    from letters.batch import parties
    from records.audit import append_audit

    image = _picture(picture)
    with house(quiet=as_json) as db, db.session() as session:
        row = parties.firm_by_code(session, code)
        row.seal_image = image
        append_audit(
            session, actor=actor(), action="firm.seal", subject=f"firm:{code}",
            detail={"sha256": (sha256 := hashlib.sha256(image).hexdigest())}, clock=db.clock,
        )
    done(as_json, {"code": code, "sha256": sha256}, f"已登记律所 {code} 的印章图片。")


def _until(text: str) -> date:
    """A day until which something holds; 长期 is the last one we know."""
    return LATEST if text.strip() == "长期" else day_of(text)


@firm_app.command("lawyer", cls=SpokenCommand)
def firm_lawyer(
    firm: Annotated[str, typer.Argument(metavar="律所代码")],
    code: Annotated[str, typer.Argument(metavar="律师代码")],
    name: Name,
    licence: Annotated[str, typer.Option("--licence", help="律师执业证号")],
    licence_until: Annotated[str, typer.Option("--licence-until", help="执业证有效期")],
    assistant: Annotated[bool, typer.Option("--assistant", help="非执业律师（不能签发）")] = False,
    as_json: Json = False,
) -> None:
    """登记律师。示例：handa firm lawyer F1 L001 --name 张某某 --licence 14201202600000001 --licence-until 2027-12-31"""
    from letters.batch import parties

    demand_code(code)
    demand_text(name=name, licence=licence)
    with house(quiet=as_json) as db, db.session() as session:
        parties.add_lawyer(
            session,
            parties.firm_by_code(session, firm),
            code=code,
            name=name,
            licence_no=licence,
            licence_until=_until(licence_until),
            is_lawyer=not assistant,
            actor=actor(),
            clock=db.clock,
        )
    done(as_json, {"firm": firm, "code": code}, f"已登记 {firm} 的{'人员' if assistant else '律师'} {code}。")


@firm_app.command("approve", cls=SpokenCommand)
def firm_approve(
    firm: Annotated[str, typer.Argument(metavar="律所代码")],
    template: Annotated[str, typer.Argument(metavar="模板", help="如 consumer@1")],
    lawyer: Annotated[str, typer.Option("--lawyer", help="审定律师代码")],
    as_json: Json = False,
) -> None:
    """登记律所审定的模板版本（R-LAW-05）。示例：handa firm approve F1 consumer@1 --lawyer L001"""
    from letters.batch import parties
    from letters.batch.approving import approve_template
    from letters.compose import load_bundle

    with house(quiet=as_json) as db, db.session() as session:
        bundle = load_bundle(template)
        row = parties.firm_by_code(session, firm)
        approve_template(session, row, bundle, lawyer, day=day_of(None), clock=db.clock)
    done(as_json, {"firm": firm, "template": template, "sha256": bundle.sha256}, f"已登记：{firm} 审定模板 {template}。")


@firm_app.command("standing", cls=SpokenCommand)
def firm_standing(
    firm: Annotated[str, typer.Argument(metavar="律所代码")],
    lawyer: Annotated[str, typer.Option("--lawyer", help="作出指令的律师代码")],
    template: Annotated[list[str], typer.Option("--template", help="模板，可重复")],
    lender: Annotated[list[str], typer.Option("--lender", help="资方代码，可重复")],
    max_letters: Annotated[int, typer.Option("--max-letters", min=1, max=10_000_000, help="每批最多封数")],
    max_amount: Annotated[str, typer.Option("--max-amount", help="单封金额上限（元）")],
    until: Annotated[str, typer.Option("--until", help="指令有效期至")],
    as_json: Json = False,
) -> None:
    """登记律师的常设签发指令：在限额内由该律师签发，超出限额的批次必须逐批签发。示例：handa firm standing F1 --lawyer L001 --template consumer@1 --lender DEMO --max-letters 1000 --max-amount 200000 --until 2026-12-31"""
    from letters.batch import parties
    from letters.compose import load_bundle
    from records.audit import append_audit

    settings()  # says where the workspace's own templates lie
    for name in template:
        load_bundle(name)
    order = {
        "lawyer": lawyer,
        "templates": sorted(template),
        "lenders": sorted(lender),
        "max_letters": max_letters,
        "max_amount_fen": int(fen_of_text(max_amount)),
        "until": _until(until).isoformat(),
    }
    with house(quiet=as_json) as db, db.session() as session:
        row = parties.firm_by_code(session, firm)
        for one in lender:
            parties.lender_by_code(session, one)
        person = parties.lawyer_of(session, row, lawyer)
        if not person.is_lawyer or not person.active:
            raise WrongUsage(f"“{lawyer}”不是在册执业律师，不能作出签发指令。", "请由执业律师作出。")
        row.settings = {**row.settings, "standing_release": order}
        append_audit(
            session, actor=f"lawyer:{lawyer}", action="firm.standing_release", subject=f"firm:{firm}", detail=order, clock=db.clock
        )
    done(as_json, {"firm": firm, "order": order}, f"已登记 {firm} 律师 {lawyer} 的常设签发指令（至 {order['until']}）。")


@firm_app.command("list", cls=SpokenCommand)
def firm_list(as_json: Json = False) -> None:
    """列出律所与律师。示例：handa firm list"""
    from sqlalchemy import select

    from letters.tables import Firm, Lawyer

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
