"""补印分册的封面: which copies the part holds, which spoiled ones they replace, and what to do with those. No names, no sums."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from letters.batch.lastlook import Printed
from letters.press.coversheet import Line, cover_sheet
from letters.tables import Batch, Letter, Piece
from letters.tables_print import SpoiledPiece
from records.files import disk_faults

_new = aliased(Piece)


def cover_name(part: int) -> str:
    """File name of a supplementary part's cover."""
    return f"part-{part:04d}-cover.pdf"


def write_cover(session: Session, batch: Batch, run: int, part: int, printed: Sequence[Printed], target: Path) -> str:
    """Write the cover of a reprint's part; its SHA-256. The same copies give the same bytes."""
    rows = session.execute(
        select(Letter.position, Letter.letter_no, Piece, _new.copy_no, _new.item_no, SpoiledPiece.reason)
        .join(Piece, Piece.letter_id == Letter.id)
        .join(SpoiledPiece, SpoiledPiece.piece_id == Piece.id)
        .join(_new, _new.id == SpoiledPiece.replaced_by)
        .where(Letter.batch_id == batch.id, _new.print_run == run)
        .order_by(Letter.position)
    ).all()
    inside = {one.letter_no: one.layout for one in printed}
    lines = [
        Line("批次", f"{batch.batch_no}　第 {run} 次补印"),
        Line("本分册", f"part-{part:04d}.pdf　{len(inside)} 件　{sum(one.sheets for one in inside.values())} 张"),
        Line("怎么办", "一、按下表从已印的纸张或已装的信封里逐件取出废件，清点件数后销毁，不得寄出；"),
        Line("", f"二、印刷本分册并装封，再导入扫描记录：handa batch scans {batch.batch_no} 文件；"),
        Line("", "三、废件上的邮件号码已作废，补印件用新号码；函件内容与签发时相同。"),
        Line("补印件与所替换的废件"),
    ]
    for position, letter_no, old, copy_no, item_no, reason in rows:
        layout = inside.get(letter_no)
        if layout is not None:
            lines += [
                Line(f"第 {position} 件", f"{letter_no}　第 {copy_no} 份　邮件号码 {item_no}　本分册第 {layout.first_page} 页起 {layout.pages} 页"),
                Line("　□ 已取出废件", f"第 {old.copy_no} 份　邮件号码 {old.item_no}　分册 {old.part} 第 {old.first_page} 页起　{reason}"),
            ]
    content = cover_sheet("补印分册封面", lines, batch.day)
    temporary = target.with_name(f".{target.name}.writing")
    with disk_faults(target):
        temporary.write_bytes(content)
        temporary.replace(target)
    return hashlib.sha256(content).hexdigest()
