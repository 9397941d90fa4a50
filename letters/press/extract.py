"""One letter out of a part: the very pages that were printed, without setting them again (evidence, reprint).

Fonts are the part's own; other letters' pages are not in the result. Not for changing anything.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pikepdf

from records.errors import Broken


def extract_letter(part: str | Path, first_page: int, pages: int, out: str | Path | io.BytesIO) -> None:
    """Write pages ``first_page`` (from 1) to ``first_page + pages - 1`` of ``part`` as a PDF of their own.

    Raises:
        Broken: when the part has no such pages.
    """
    with pikepdf.open(part) as source, pikepdf.new() as target:
        if not 1 <= first_page <= first_page + pages - 1 <= len(source.pages):
            raise Broken(f"印刷分册没有第 {first_page} 至 {first_page + pages - 1} 页", "请核对交寄清单与印刷分册是否同一批次。")
        for number in range(first_page - 1, first_page - 1 + pages):
            target.pages.append(source.pages[number])
        # the part's resources are shared by all of its pages: what these pages do not show stays behind
        target.remove_unreferenced_resources()
        target.save(out, deterministic_id=True)


def content_sha256(pdf: str | Path | io.BytesIO, first_page: int, printed_pages: int) -> str:
    """The letter hash (``PieceLayout.content_sha256``) computed again from a file.

    Raises:
        Broken: when the file has no such pages.
    """
    digest = hashlib.sha256()
    with pikepdf.open(pdf) as source:
        if not 1 <= first_page <= first_page + printed_pages - 1 <= len(source.pages):
            raise Broken(f"文件没有第 {first_page} 至 {first_page + printed_pages - 1} 页", "请核对交寄清单与印刷分册是否同一批次。")
        for number in range(first_page - 1, first_page - 1 + printed_pages):
            content = source.pages[number].Contents.read_bytes()
            digest.update(b"%d\n" % len(content))
            digest.update(content)
    return digest.hexdigest()
