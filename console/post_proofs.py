"""``handa post proofs due|asked|received``: proofs of delivery, asked for before the carrier's year is over (R-DLV-06)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.commandline import SpokenCommand, SpokenGroup
from console.files import demand_readable, demand_suffix, demand_writable, whole_file
from console.house import actor, day_of, house, locked
from console.options import Json, Output
from console.sheets import write_csv, write_xlsx
from console.speech import document, done, say, table
from records.errors import ExitCode, UnreadableInput, WrongUsage

if TYPE_CHECKING:
    from datetime import date

    from letters.gate.papers import Paper
    from letters.post.proofs import OwedProof
    from records.database import Database

proofs = typer.Typer(
    name="proofs",
    help="凭证：查询期（一年）届满前向邮政取回签收凭证。示例：handa post proofs due -o 查询单.xlsx",
    cls=SpokenGroup,
    no_args_is_help=True,
    add_completion=False,
)
NUMBER = "邮件号码"
HEADERS = (NUMBER, "批次", "封装名称", "序号", "函号", "产品", "交寄日", "最迟查询日", "剩余天数", "已申请日")
SHOWN = 50
LARGEST_LIST = 64 << 20
"""Bytes of a list of numbers: a million of them is a quarter of it."""
Items = Annotated[list[str] | None, typer.Option("--item", metavar="邮件号码", help="可多次给出")]
List_ = Annotated[Path | None, typer.Option("--file", metavar="文件", help="含“邮件号码”一列的 CSV 或 XLSX，如 due 导出的查询单")]
OfBatch = Annotated[str | None, typer.Option("--batch", metavar="批次号", help="该批所有未取凭证的邮件")]
On = Annotated[str | None, typer.Option("--date", metavar="日期", help="申请或收到的日期；不写则为今天")]
Reference = Annotated[str, typer.Option("--reference", metavar="文字", help="查询编号或办理方式")]


def _cells(one: OwedProof) -> tuple[object, ...]:
    return (
        one.item_no, one.batch_no, one.sealed_name, one.position, one.letter_no, one.product, one.posted_on, one.last_day, one.days_left,
        one.asked_on,
    )  # fmt: skip


class _Counted:
    """Rows that pass by: counted, the first of them kept (all with ``keep=None``)."""

    def __init__(self, rows: Iterable[OwedProof], keep: int | None) -> None:
        self._rows, self._keep = rows, keep
        self.count = 0
        self.kept: list[OwedProof] = []

    def __iter__(self) -> Iterator[OwedProof]:
        for row in self._rows:
            self.count += 1
            if self._keep is None or self.count <= self._keep:
                self.kept.append(row)
            yield row


@proofs.command("due", cls=SpokenCommand)
def due(
    posted_by: Annotated[
        str | None, typer.Option("--posted-by", metavar="日期", help="列出到这一天为止交寄的；不写则为已满九个月的")
    ] = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """凭证未取而查询期将满的邮件，最急的在前；-o 导出给合作方的查询单（CSV、XLSX）。示例：handa post proofs due -o 查询单.xlsx"""
    from letters.post.proofs import owed_proofs
    from records.clock import today

    until = day_of(posted_by) if posted_by else None
    if output is not None:
        write = write_csv if demand_suffix(output, (".csv", ".xlsx")) == ".csv" else write_xlsx
        demand_writable(output)
    with house(quiet=as_json) as db, db.session() as session:
        found = _Counted(owed_proofs(session, today(db.clock), posted_by=until), keep=None if as_json else SHOWN)
        if output is not None:
            with whole_file(output) as target:
                write(target, HEADERS, (_cells(one) for one in found))
            say(f"查询单已写入：{output}（{found.count} 件）", quiet=as_json)
        else:
            for _ in found:
                pass
    if as_json:
        document({"count": found.count, "proofs": [asdict(one) for one in found.kept]})
    elif output is None and found.count:
        table(f"凭证未取：{found.count} 件", HEADERS, [_cells(one) for one in found.kept])
        if found.count > SHOWN:
            say(f"只显示前 {SHOWN} 件；全部请用 -o 导出。")
    elif output is None:
        say("没有凭证要取。")
    if found.count:
        raise typer.Exit(int(ExitCode.DONE_WITH_REFUSALS))


@proofs.command("asked", cls=SpokenCommand)
def asked(
    item: Items = None, file: List_ = None, batch_no: OfBatch = None, date_text: On = None, reference: Reference = "", as_json: Json = False
) -> None:
    """登记已向邮政申请查询；三十日内应有答复，逾期列为缺口。示例：handa post proofs asked --file 查询单.xlsx --reference CX-2027-001"""
    with locked(as_json) as db:
        new = _note(db, "asked", item, file, batch_no, day_of(date_text), reference, None)
    done(as_json, {"kind": "asked", "pieces": new}, f"已登记申请查询：{new} 件。")


@proofs.command("received", cls=SpokenCommand)
def received(
    evidence: Annotated[Path, typer.Option("--evidence", metavar="文件", help="收到的凭证（扫描件、答复文件），存档")],
    item: Items = None,
    file: List_ = None,
    batch_no: OfBatch = None,
    date_text: On = None,
    reference: Reference = "",
    as_json: Json = False,
) -> None:
    """登记已收到凭证，并把凭证存档。示例：handa post proofs received --file 查询单.xlsx --evidence 签收凭证.pdf"""
    from letters.gate.papers import keep_paper

    with locked(as_json) as db:
        new = _note(db, "received", item, file, batch_no, day_of(date_text), reference, keep_paper(db.settings, evidence))
    done(as_json, {"kind": "received", "pieces": new}, f"已登记收到凭证：{new} 件。")


def _note(
    db: Database,
    kind: str,
    item: list[str] | None,
    file: Path | None,
    batch_no: str | None,
    on_date: date,
    reference: str,
    evidence: Paper | None,
) -> int:
    from letters.batch.lookup import batch_by_no
    from letters.post.proofs import note_proofs, owed_proofs
    from records.clock import today

    if sum(bool(given) for given in (item, file, batch_no)) != 1:
        raise WrongUsage("请写明是哪些邮件。", "--item 邮件号码、--file 文件、--batch 批次号，三者选一。")
    with db.session() as session:
        numbers: Sequence[str] = item or ()
        if file is not None:
            numbers = _numbers(file)
        if batch_no is not None:
            batch = batch_by_no(session, batch_no)
            on = today(db.clock)
            numbers = [
                one.item_no for one in owed_proofs(session, on, [batch.id], posted_by=on) if kind == "received" or one.asked_on is None
            ]
        if on_date > today(db.clock):
            raise WrongUsage(f"日期 {on_date} 还没有到。", "请核对 --date。")
        return note_proofs(
            session, numbers, kind, on_date=on_date, reference=reference.strip(), evidence=evidence, actor=actor(), clock=db.clock
        )


def _numbers(path: Path) -> list[str]:
    """The column 邮件号码 of a list.

    Raises:
        UnreadableInput: no such column, no number, or too large to be such a list.
    """
    from letters.post.answer_table import csv_records, encoding_of, sheet_records

    demand_readable(path)
    if path.stat().st_size > LARGEST_LIST:
        raise UnreadableInput(f"{path} 超过 {LARGEST_LIST >> 20} MB，不是邮件号码的清单。", "请核对文件。")
    with path.open("rb") as stream:
        sheet = stream.read(4).startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    sources = [records for _, records in sheet_records(path)] if sheet else [csv_records(path, encoding_of(path))]
    for records in sources:
        column: int | None = None
        found: list[str] = []
        for row, cells in records:
            if not isinstance(cells, Sequence):
                raise UnreadableInput(f"{path.name} 第 {row} 行读不了：{cells.what}。", "请改正后重试。")
            texts = [str(cell).strip().lstrip("'") for cell in cells]
            if column is None:
                column = texts.index(NUMBER) if NUMBER in texts else None
            elif column < len(texts) and texts[column]:
                found.append(texts[column])
        if found:
            return found
    raise UnreadableInput(f"{path.name} 中没有“{NUMBER}”一列，或该列没有号码。", "请用 handa post proofs due -o 导出的查询单。")
