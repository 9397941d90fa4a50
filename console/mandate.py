"""``handa mandate add|list|revoke``: service contracts and 授权委托书 (R-LAW-01)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.commandline import SpokenCommand, section
from console.faults import reason
from console.house import actor, day_of, house
from console.money import fen_of_text
from console.options import Json
from console.speech import document, done, say, table
from records.errors import UnreadableInput, WrongUsage
from records.money import yuan

app = section("mandate")


@app.command("add", cls=SpokenCommand)
def add(
    lender: Annotated[str, typer.Argument(metavar="资方代码", help="委托方")],
    firm: Annotated[str, typer.Option("--firm", metavar="代码", help="受托律所代码")],
    contract: Annotated[str, typer.Option("--contract", metavar="合同号", help="委托代理合同编号")],
    scan: Annotated[Path, typer.Option("--scan", metavar="文件", help="授权委托书扫描件（存档并记哈希）")],
    start: Annotated[str, typer.Option("--from", metavar="日期", help="起始日")],
    until: Annotated[str, typer.Option("--until", metavar="日期", help="截止日")],
    cases: Annotated[Path | None, typer.Option("--cases", metavar="文件", help="案件清单，每行一个案件号；不写则为资方全部案件")] = None,
    standing_letters: Annotated[
        int | None, typer.Option("--standing-max-letters", metavar="件数", min=1, help="合同载有资方常设确认的，每批件数上限")
    ] = None,
    standing_amount: Annotated[
        str | None, typer.Option("--standing-max-amount", metavar="元", help="合同载有资方常设确认的，单封金额上限")
    ] = None,
    as_json: Json = False,
) -> None:
    """登记委托合同与授权委托书。示例：handa mandate add DEMO --firm F1 --contract WT-2026-001 --scan 授权委托书.pdf --from 2026-01-01 --until 2027-12-31"""
    from letters.batch import parties
    from letters.gate.mandates import add_mandate
    from letters.gate.papers import keep_paper

    if not contract.strip():
        raise WrongUsage("--contract 不能为空。", "请写明委托合同编号。")
    if (standing_letters is None) != (standing_amount is None):
        raise WrongUsage("常设确认须同时写明件数与金额上限。", "请同时加 --standing-max-letters 与 --standing-max-amount。")
    standing = None
    if standing_letters is not None and standing_amount is not None:
        standing = {"max_letters": standing_letters, "max_amount_fen": int(fen_of_text(standing_amount))}
    numbers = None if cases is None else _numbers(cases)
    with house(quiet=as_json) as db, db.session() as session:
        row = add_mandate(
            session,
            parties.firm_by_code(session, firm),
            parties.lender_by_code(session, lender),
            contract_no=contract,
            scan=keep_paper(db.settings, scan),
            valid_from=day_of(start),
            valid_until=day_of(until),
            case_nos=numbers,
            standing=standing,
            actor=actor(),
            clock=db.clock,
        )
        answer = {"lender": lender, "firm": firm, "contract_no": contract, "scan_sha256": row.scan_sha256, "cases": None if numbers is None else len(set(numbers))}
    covers = "资方全部案件" if numbers is None else f"{len(set(numbers))} 件案件"
    done(as_json, answer, f"已登记委托 {contract}：{covers}，{start} 至 {until}。")


def _numbers(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as fault:
        raise UnreadableInput(f"无法读取案件清单 {path}：{reason(fault)}。", "请核对路径与权限。") from fault
    except ValueError as fault:
        raise UnreadableInput(f"案件清单 {path} 不是 UTF-8 文本。", "请存为 UTF-8 文本，每行一个案件号。") from fault
    return [line.strip() for line in lines if line.strip()]


@app.command("list", cls=SpokenCommand)
def list_(as_json: Json = False) -> None:
    """列出委托，包括已撤销与已到期的。示例：handa mandate list"""
    from letters.gate.mandates import list_mandates

    with house(quiet=as_json) as db, db.session() as session:
        rows = list_mandates(session)
    if as_json:
        document({"mandates": rows})
        return
    if not rows:
        say("还没有登记委托。")
        return
    table(
        "委托",
        ("资方", "律所", "合同号", "自", "至", "案件", "常设确认", "状态"),
        [
            (
                row["lender"], row["firm"], row["contract_no"], row["valid_from"], row["valid_until"],
                "全部" if row["cases"] is None else row["cases"],
                f"每批 {row['standing']['max_letters']} 封，单封 {yuan(row['standing']['max_amount_fen'])} 元" if row["standing"] else "—",
                f"已撤销：{row['revoked_why']}" if row["revoked_why"] else "有效",
            )
            for row in rows
        ],
    )  # fmt: skip


@app.command("revoke", cls=SpokenCommand)
def revoke(
    contract: Annotated[str, typer.Argument(metavar="合同号", help="委托代理合同编号")],
    firm: Annotated[str, typer.Option("--firm", metavar="代码", help="受托律所代码")],
    why: Annotated[str, typer.Option("--reason", metavar="文字", help="撤销原因")],
    as_json: Json = False,
) -> None:
    """撤销委托，即时生效；此后的批次不能签发。示例：handa mandate revoke WT-2026-001 --firm F1 --reason 合同终止"""
    from letters.batch import parties
    from letters.gate.mandates import revoke_mandate

    with house(quiet=as_json) as db, db.session() as session:
        ended = revoke_mandate(session, parties.firm_by_code(session, firm), contract, why, actor=actor(), clock=db.clock)
    done(as_json, {"contract_no": contract, "revoked": ended}, f"委托 {contract} {'已撤销' if ended else '此前已撤销'}。")
