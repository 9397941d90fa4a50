"""``handa contacts opt-out``: a contact's refusal, permanent and for every channel (R-THP-04)."""

from __future__ import annotations

from typing import Annotated

import typer

from console.house import actor, house
from console.speech import say
from locate.contacts.store import record_opt_out
from records.errors import WrongUsage

app = typer.Typer(help="联系人。示例：handa contacts opt-out --mobile 19900000000 --how 来电 --reason 要求不再联系", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """联系人。"""


@app.command("opt-out")
def opt_out(
    mobile: Annotated[str, typer.Option("--mobile", help="联系人手机号")],
    how: Annotated[str, typer.Option("--how", help="以何种方式提出，如 来电、短信")],
    reason: Annotated[str, typer.Option("--reason", help="原话或理由")],
) -> None:
    """登记联系人拒绝联系：永久、全渠道、即时生效。"""
    if not (mobile.isascii() and mobile.isdigit() and len(mobile) == 11):
        raise WrongUsage("手机号必须是 11 位数字。", "请核对后重试。")
    with house() as db, db.session() as session:
        fresh = record_opt_out(session, db.cipher, mobile, how=how, reason=reason, actor=actor(), clock=db.clock)
    say("已登记，该号码永久不再联系。" if fresh else "该号码此前已登记拒绝联系。")
