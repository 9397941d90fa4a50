"""``handa contacts opt-out``: a contact's refusal, permanent and for every channel (R-THP-04)."""

from __future__ import annotations

from typing import Annotated

import typer

from console.commandline import SpokenCommand, section
from console.house import actor, house
from console.options import Json
from console.speech import done
from records.errors import WrongUsage

app = section("contacts")


@app.command("opt-out", cls=SpokenCommand)
def opt_out(
    mobile: Annotated[str, typer.Option("--mobile", metavar="号码", help="联系人手机号")],
    how: Annotated[str, typer.Option("--how", metavar="文字", help="以何种方式提出，如 来电、短信")],
    reason: Annotated[str, typer.Option("--reason", metavar="文字", help="原话或理由")],
    as_json: Json = False,
) -> None:
    """登记联系人拒绝联系：永久、全渠道、即时生效。示例：handa contacts opt-out --mobile 19900000000 --how 来电 --reason 要求不再联系"""
    from locate.contacts.store import record_opt_out

    if not (mobile.isascii() and mobile.isdigit() and len(mobile) == 11):
        raise WrongUsage("手机号必须是 11 位数字。", "请核对后重试。")
    if not how.strip() or not reason.strip():
        raise WrongUsage("须写明以何种方式提出（--how）与理由（--reason）。", "例如：--how 来电 --reason 要求不再联系")
    with house(quiet=as_json) as db, db.session() as session:
        fresh = record_opt_out(session, db.cipher, mobile, how=how, reason=reason, actor=actor(), clock=db.clock)
    done(as_json, {"recorded": fresh}, "已登记，该号码永久不再联系。" if fresh else "该号码此前已登记拒绝联系。")
