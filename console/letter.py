"""``handa letter show|extract|attach|evidence``: one letter: state and track, its exact pages, pictures, the evidence package."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.commandline import SpokenCommand, section
from console.files import first_line, read_evidence, whole_file
from console.house import actor, house
from console.options import Json
from console.speech import document, done, say, table

app = section("letter")
Which = Annotated[str, typer.Argument(metavar="函号", help="函号或邮件号码")]


@app.command("show", cls=SpokenCommand)
def show(which: Which, as_json: Json = False) -> None:
    """查看一封函件：状态、号码与邮政轨迹（个人信息已遮盖）。示例：handa letter show （2026）鄂示例律函字第000001号"""
    from letters.batch.consequence_view import in_words, letter_consequence
    from letters.batch.letterview import find_letter, letter_view
    from letters.batch.state import STATE_NAMES
    from letters.post.model import LetterState

    with house(quiet=as_json) as db, db.session() as session:
        view = letter_view(session, db.cipher, which)
        view["consequence"] = letter_consequence(session, find_letter(session, which)[0])
    if as_json:
        document(view)
        return
    say(f"{view['letter_no']}　邮件号 {view['item_no']}　{STATE_NAMES[LetterState(view['state'])]}")
    shown = ("batch_no", "case_no", "addressee", "address", "template", "outcome", "part", "first_page", "pages", "content_sha256")
    names = ("批次", "案件号", "收件人", "地址", "模板", "结果代码", "分册", "首页", "页数", "页面哈希")
    table("函件", ("项目", "值"), [(name, view[key]) for key, name in zip(shown, names, strict=True)])
    if view["consequence"]:
        table("后果", ("项目", "值"), in_words(view["consequence"]))
    for one in view["anomalies"]:
        say(f"{'待人认定' if one['blocking'] and view['needs_person'] else '注意'}：{one['message']}（{one['code']}）")
    for one in view["decisions"]:
        said = STATE_NAMES[LetterState(one["state"])]
        say(f"人工认定：{said}，{one['by']}，{one['at']}{'' if one['counts'] else '（所据事实已变，不再有效）'}")
    if not view["events"]:
        say("还没有邮政轨迹。")
        return
    table(
        "邮政轨迹",
        ("时间", "机构", "动作", "签收", "未妥投", "有效"),
        [
            (e["at"], e["office"], e["action"], e["proper_delivery"], e["not_proper_delivery"], "是" if e["effective"] else "否（冲销）")
            for e in view["events"]
        ],
    )


@app.command("extract", cls=SpokenCommand)
def extract(
    which: Which,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件", help="写入的 PDF")],
    pdfa: Annotated[bool, typer.Option("--pdfa", help="写成 PDF/A-2b 归档副本，页面内容不变")] = False,
    certificate: Annotated[
        Path | None, typer.Option("--sign", metavar="证书", help="用律所证书（PKCS#12，.p12 或 .pfx）签名")
    ] = None,
    password: Annotated[Path | None, typer.Option("--password-file", metavar="文件", help="内容为证书口令的文件；不写则口令为空")] = None,
    as_json: Json = False,
) -> None:
    """取出一封函件的原页面（与印刷的完全一致），可写成归档副本并签名，并记录查看。示例：handa letter extract XA00000015242 -o 函件.pdf --pdfa"""
    from letters.batch.letterview import Copy, extract_pages

    signer = None
    if certificate is not None:
        from letters.press.archive import read_signer

        signer = read_signer(certificate, first_line(password) if password else "")
    # The file gets its name only after the look at it is on record; it is closed to others, as it is about a person.
    with whole_file(output) as target, house(quiet=as_json) as db, db.session() as session:
        extract_pages(session, db, which, target, actor=actor(), copy=Copy(pdfa=pdfa, signer=signer))
        if target.is_file():
            target.chmod(0o600)
    done(as_json, {"file": output, "pdfa": pdfa, "signed": signer is not None}, f"已写入：{output}")


class PaperWord(StrEnum):
    """Values of ``--kind``."""

    RECEIPT = "receipt"
    RETURNED = "returned"


@app.command("attach", cls=SpokenCommand)
def attach(
    which: Which,
    picture: Annotated[Path, typer.Argument(metavar="影像", help="JPEG、PNG、TIFF 或 PDF")],
    kind: Annotated[PaperWord, typer.Option("--kind", help="receipt 回执、returned 退件")],
    as_json: Json = False,
) -> None:
    """登记一封函件的回执或退件影像，收入证据包。示例：handa letter attach XA00000015242 回执.jpg --kind receipt"""
    from letters.batch.letterview import find_letter
    from letters.batch.papers import KINDS, keep_paper

    content = read_evidence(picture)
    with house(quiet=as_json) as db, db.session() as session:
        letter, _ = find_letter(session, which)
        fresh = keep_paper(session, db.cipher, letter, kind.value, picture.name, content, actor=actor(), clock=db.clock)
        number = letter.letter_no
    done(as_json, {"letter_no": number, "recorded": fresh}, f"{'已登记' if fresh else '此前已登记'} {number} 的{KINDS[kind.value]}影像。")


@app.command("evidence", cls=SpokenCommand)
def evidence(
    which: Which,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件", help="写入的 ZIP")],
    as_json: Json = False,
) -> None:
    """汇集一封函件的全部证据为一个可离线核验的 ZIP（内含 verify.py），并记录查看。示例：handa letter evidence XA00000015242 -o 证据.zip"""
    from letters.batch.evidence import write_evidence
    from letters.post.evidence_zip import fingerprint

    with whole_file(output) as target, house(quiet=as_json) as db, db.session() as session:
        sha256 = write_evidence(session, db, which, target, actor=actor())
        mark = fingerprint(db.settings.signer().public_key_hex)
        if target.is_file():
            target.chmod(0o600)
    words = f"已写入：{output}（SHA-256 {sha256}）。签名公钥指纹 {mark}，请由律所公布以供核对。"
    done(as_json, {"file": output, "sha256": sha256, "fingerprint": mark}, words)
