"""Takes a folder of pictures named by item number (returned envelopes, receipts) to their letters, file by file.

Each file is judged by its content and is one transaction of its own; one bad file keeps no other out, and running the same
folder again changes nothing. Kept sealed among the letter's papers (``letters.batch.papers``), and so part of its evidence.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import pikepdf
from PIL import Image, UnidentifiedImageError
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from letters.batch.papers import keep_paper
from letters.post.answer_forms import is_item_no
from letters.post.partner_codes import partner_named
from letters.tables import Batch, BatchEvent, Letter, LetterEvent, Partner, Piece
from letters.tables_proof import LetterPaper
from records.database import Database
from records.errors import UnreadableInput, WrongUsage

LARGEST: Final = 20 << 20
"""Bytes of one picture: an A4 page at 600 dpi in colour, compressed, is a quarter of it."""
_MOST_PIXELS: Final = 120_000_000
"""An A4 page at 1,200 dpi has 139 million; nobody needs that of an envelope."""
_MOST_FRAMES: Final = 50
_NAME: Final = re.compile(r"([A-Z0-9]{12,13})(?:[-_ .(].*)?")
_SUFFIX_OF: Final = {"JPEG": (".jpg", ".jpeg"), "PNG": (".png",), "TIFF": (".tif", ".tiff"), "PDF": (".pdf",)}

REFUSALS: Final = {
    "NOT_A_FILE": ("不是文件", "请把影像直接放在该文件夹中"),
    "NAME_UNKNOWN": ("文件名不是邮件号码", "请改名为邮件号码，如 XA00000015242.jpg 或 XA00000015242-2.jpg"),
    "ITEM_UNKNOWN": ("不是本方交寄给该合作方的邮件号码", "请核对号码与 --partner"),
    "NOT_HANDED_OVER": ("该邮件未交寄、已抽回或已作废", "请核对号码；实物若确系本件，请查明何以进入邮路"),
    "EMPTY": ("空文件", "请重新扫描"),
    "TOO_LARGE": (f"超过 {LARGEST >> 20} MB 或像素、页数过多", "请以较低分辨率重新扫描"),
    "NOT_A_PICTURE": ("内容不是 JPEG、PNG、TIFF 或 PDF，或与扩展名不符", "请另存为其中一种"),
    "UNREADABLE": ("影像损坏，打不开", "请重新扫描或重新复制"),
    "SAME_AS_OTHER": ("与另一件邮件的影像完全相同", "同一张影像不能证明两件邮件，请核对文件名"),
    "NO_ACCESS": ("无法读取", "请核对权限"),
}
"""Code → what is wrong, what to do."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What became of one file: ``kept``, ``already`` or ``refused`` with a code of ``REFUSALS``."""

    file: str
    result: str
    code: str = ""
    item_no: str = ""
    letter_no: str = ""


class _Refused(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def item_of_name(name: str) -> str | None:
    """The item number that a file is named by; what follows it (``-2``, `` 背面``) tells several pictures apart."""
    stem = unicodedata.normalize("NFKC", name).rpartition(".")[0].strip().upper()
    match = _NAME.fullmatch(stem)
    return match[1] if match and is_item_no(match[1]) else None


def take_scans(db: Database, partner_code: str, folder: Path, kind: str, *, actor: str) -> Iterator[Scan]:
    """Take every file of the folder, in order of their names; each is told as it is done.

    Args:
        kind: ``returned`` or ``receipt``.

    Raises:
        UnreadableInput: the folder can't be read.
        WrongUsage: there is no such partner.
    """
    try:
        paths = sorted(folder.iterdir())
    except OSError as fault:
        raise UnreadableInput(f"无法读取文件夹 {folder}：{fault.strerror}。", "请给出存放影像的文件夹。") from fault
    if not paths:
        raise WrongUsage(f"文件夹 {folder} 是空的。", "请给出存放影像的文件夹。")
    with db.session() as session:
        partner_id = partner_named(session, partner_code).id
    for path in paths:
        try:
            yield _take(db, partner_id, path, kind, actor)
        except _Refused as refused:
            yield Scan(path.name, "refused", refused.code, item_of_name(path.name) or "")


def _take(db: Database, partner_id: UUID, path: Path, kind: str, actor: str) -> Scan:
    if not path.is_file():
        raise _Refused("NOT_A_FILE")
    item_no = item_of_name(path.name)
    if item_no is None:
        raise _Refused("NAME_UNKNOWN")
    content = _read(path)
    with db.session() as session:
        letter = _letter_of(session, partner_id, item_no)
        digest = hashlib.sha256(content).hexdigest()
        if session.scalar(select(exists().where(LetterPaper.sha256 == digest, LetterPaper.letter_id != letter.id))):
            raise _Refused("SAME_AS_OTHER")
        _demand_picture(path.suffix.lower(), content)
        fresh = keep_paper(session, db.cipher, letter, kind, path.name, content, actor=actor, clock=db.clock)
        return Scan(path.name, "kept" if fresh else "already", "", item_no, letter.letter_no)


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise _Refused("TOO_LARGE")
        content = path.read_bytes()
    except OSError as fault:
        raise _Refused("NO_ACCESS") from fault
    if not content:
        raise _Refused("EMPTY")
    return content


def _letter_of(session: Session, partner_id: UUID, item_no: str) -> Letter:
    handed = exists().where(BatchEvent.batch_id == Batch.id, BatchEvent.kind == "handed_over")
    gone = exists().where(LetterEvent.letter_id == Letter.id, LetterEvent.kind.in_(("void", "pulled")))
    found = session.execute(
        select(Letter, (handed & ~gone).label("went"))
        .join(Piece, Piece.letter_id == Letter.id)
        .join(Batch, Batch.id == Letter.batch_id)
        .join(Partner, Partner.id == Batch.partner_id)
        .where(Piece.item_no == item_no, Partner.id == partner_id)
    ).first()
    if found is None:
        raise _Refused("ITEM_UNKNOWN")
    if not found.went:
        raise _Refused("NOT_HANDED_OVER")
    letter: Letter = found[0]
    return letter


def _demand_picture(suffix: str, content: bytes) -> None:
    """Refuse what is no picture by its content, and one that does not open to its end."""
    if content.startswith(b"%PDF-"):
        form = "PDF"
        try:
            with pikepdf.open(io.BytesIO(content)) as document:
                pages = len(document.pages)
        except (pikepdf.PdfError, pikepdf.PasswordError) as fault:
            raise _Refused("UNREADABLE") from fault
        if not 0 < pages <= _MOST_FRAMES:
            raise _Refused("TOO_LARGE" if pages else "UNREADABLE")
    else:
        form = _picture_form(content)
    if suffix not in _SUFFIX_OF[form]:
        raise _Refused("NOT_A_PICTURE")


def _picture_form(content: bytes) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "TIFF")) as picture:
                form, frames = str(picture.format), getattr(picture, "n_frames", 1)
                if picture.width * picture.height > _MOST_PIXELS or frames > _MOST_FRAMES:
                    raise _Refused("TOO_LARGE")
                picture.load()
    except UnidentifiedImageError as fault:
        raise _Refused("NOT_A_PICTURE") from fault
    except Image.DecompressionBombError as fault:
        raise _Refused("TOO_LARGE") from fault
    except (OSError, ValueError, SyntaxError, EOFError) as fault:
        raise _Refused("UNREADABLE") from fault
    return form
