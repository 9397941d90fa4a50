"""Keeps pictures that prove something of a letter: the delivery receipt, the returned envelope. Sealed, by content."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.tables import Letter
from letters.tables_proof import LetterPaper
from records.audit import append_audit
from records.cipher import Cipher
from records.clock import Clock
from records.errors import WrongUsage
from records.identity import uuid7

KINDS: Final = {"receipt": "回执", "returned": "退件"}
_FORMS: Final = {".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff", ".png": b"\x89PNG\r\n\x1a\n", ".pdf": b"%PDF-", ".tif": b"", ".tiff": b""}


def keep_paper(
    session: Session, cipher: Cipher, letter: Letter, kind: str, name: str, content: bytes, *, actor: str, clock: Clock
) -> bool:
    """Keep one picture of a letter; False when these very bytes are kept already.

    Raises:
        WrongUsage: its name and content are not those of a picture or PDF.
    """
    suffix = "." + name.rpartition(".")[2].lower()
    tiff = suffix in (".tif", ".tiff") and content[:4] in (b"II*\0", b"MM\0*")
    if suffix not in _FORMS or not (tiff or (_FORMS[suffix] and content.startswith(_FORMS[suffix]))):
        raise WrongUsage(f"“{name}”不是 JPEG、PNG、TIFF 或 PDF。", "请另存为其中一种后重试。")
    sha256 = hashlib.sha256(content).hexdigest()
    if session.scalar(select(LetterPaper.id).where(LetterPaper.letter_id == letter.id, LetterPaper.sha256 == sha256)) is not None:
        return False
    key = uuid7()
    sealed = cipher.seal("letter_paper.content", key, base64.b64encode(content).decode())
    session.add(
        LetterPaper(id=key, letter_id=letter.id, kind=kind, name=name, sha256=sha256, content_sealed=sealed, actor=actor, at=clock())
    )
    session.flush()
    append_audit(
        session, actor=actor, action="letter.paper", subject=f"letter:{letter.letter_no}", detail={"kind": kind, "sha256": sha256},
        clock=clock,
    )  # fmt: skip
    return True
