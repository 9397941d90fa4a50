"""``handa post anomalies|decide|scans``: letters whose track contradicts itself, and pictures that came back with them."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.commandline import SpokenCommand
from console.house import actor, day_of, house
from console.letter import PaperWord
from console.options import Json
from console.parties import only_partner
from console.post_review import By, PartnerCode
from console.speech import document, say, table
from letters.post.codes import How
from records.errors import ExitCode


class StateWord(StrEnum):
    """Values of ``--as``."""

    DELIVERED = "delivered"
    RETURNED = "returned"
    LOST = "lost"
    OPEN = "open"


STATES = {"delivered": "妥投", "returned": "退回", "lost": "丢失", "in_transit": "不认定，继续等待"}


def register(app: typer.Typer) -> None:
    """Hang the commands on ``app``."""
    for name, command in (("anomalies", anomalies), ("decide", decide), ("scans", scans)):
        app.command(name, cls=SpokenCommand)(command)


def anomalies(
    batch: Annotated[str | None, typer.Option("--batch", metavar="批次号", help="只列这个批次")] = None,
    as_json: Json = False,
) -> None:
    """列出轨迹互相矛盾、等待人认定的函件；认定之前不作为送达。示例：handa post anomalies"""
    from letters.post.anomalies import find_contradictions

    with house(quiet=as_json) as db, db.session() as session:
        found = list(find_contradictions(session, batch_no=batch))
    if as_json:
        document({"anomalies": [asdict(one) for one in found]})
    elif found:
        table(
            "待认定的函件",
            ("邮件号码", "函号", "批次", "轨迹所称", "矛盾", "末次轨迹", ""),
            [
                (
                    one.item_no, one.letter_no, one.batch_no, STATES.get(one.claimed or "", ""),
                    "；".join(f"{message}（{code}）" for code, message in zip(one.codes, one.messages, strict=True)),
                    one.last_event_on, "此前的认定因新轨迹失效" if one.superseded else "",
                )
                for one in found
            ],
        )  # fmt: skip
        say("请核对轨迹（handa letter show），必要时向邮政查询，再用 handa post decide 认定。")
    else:
        say("没有互相矛盾的轨迹。")
    if found:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


def decide(
    which: Annotated[str, typer.Argument(metavar="邮件号码", help="邮件号码或函号")],
    state: Annotated[
        StateWord, typer.Option("--as", help="认定为：delivered 妥投、returned 退回、lost 丢失、open 不认定，继续等待")
    ],
    by: By,
    why: Annotated[str, typer.Option("--why", metavar="文字", help="理由（加密保存）")],
    evidence: Annotated[
        Path | None, typer.Option("--evidence", metavar="文件", help="凭据，如邮政书面答复（存档）；open 可不写")
    ] = None,
    how: Annotated[
        How | None, typer.Option("--how", help="妥投时怎样交付：self 本人、other 他人代收、unit 单位收发、property 物业 等")
    ] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="日期", help="实际日期；轨迹时间矛盾时必填")] = None,
    as_json: Json = False,
) -> None:
    """认定一件轨迹互相矛盾的邮件（何人、理由、凭据，只增不改）；以后来的轨迹若改变了所依据的事实，认定即失效，重新待人。示例：handa post decide XA00000015242 --as returned --by 张三 --why 退件已收回 --evidence 邮政答复.pdf"""
    from letters.batch.letterview import find_letter
    from letters.gate.papers import keep_paper
    from letters.post.anomalies import decide as keep
    from letters.post.model import LetterState

    wanted = LetterState.IN_TRANSIT if state is StateWord.OPEN else LetterState(state.value)
    with house(quiet=as_json) as db, db.session() as session:
        letter, piece = find_letter(session, which)
        paper = keep_paper(db.settings, evidence) if evidence is not None else None
        after = keep(
            session, db.cipher, letter, piece.item_no, wanted, how=how, on=day_of(on) if on else None, why=why,
            evidence=(paper.name, paper.sha256) if paper else None, by=by, actor=actor(), clock=db.clock,
        )  # fmt: skip
        number, item_no = letter.letter_no, piece.item_no
    if as_json:
        document(
            {
                "letter_no": number, "item_no": item_no, "state": after.state, "how": after.how, "outcome": after.norm_code,
                "facts_sha256": after.facts,
            }
        )  # fmt: skip
    else:
        say(f"已认定 {item_no}（{number}）：{STATES[wanted.value]}。")


def scans(
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="影像所在的文件夹，文件名为邮件号码，如 XA00000015242.jpg")],
    partner: PartnerCode = None,
    kind: Annotated[PaperWord, typer.Option("--kind", help="returned 退件、receipt 回执")] = PaperWord.RETURNED,
    as_json: Json = False,
) -> None:
    """登记一个文件夹的退件（或回执）影像，按文件名归入函件与其证据包；逐个文件给出结果，重跑不会重复。示例：handa post scans 退件影像 --partner POST"""
    from letters.batch.scans import REFUSALS, take_scans

    with house(quiet=as_json) as db:
        if partner is None:
            with db.session() as session:
                partner = only_partner(session)
        found = list(take_scans(db, partner, folder, kind.value, actor=actor()))
    counts = Counter(one.result for one in found)
    if as_json:
        files = [{**asdict(one), "message": REFUSALS[one.code][0] if one.code else ""} for one in found]
        document({"counts": dict(counts), "files": files})
    else:
        say(f"登记 {counts['kept']} 个影像，此前已登记 {counts['already']} 个，未登记 {counts['refused']} 个。")
        refused = [one for one in found if one.code]
        if refused:
            table(
                "未登记的文件",
                ("文件", "代码", "原因", "怎么办"),
                [(one.file, one.code, *REFUSALS[one.code]) for one in refused],
            )
    if counts["refused"]:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))
