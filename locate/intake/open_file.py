"""Opens a lender's case file by what it is, not by what it is called, within bounds of size (contract.md, "Case file").

XLSX, XLS, ODS; CSV and TSV; a folder or ZIP of up to three delimited files. A file that says one thing and is another
(a web page named .xls, a protected workbook) gets a clear refusal.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from locate.intake.delimited import open_delimited
from locate.intake.problems import refuse_file
from locate.intake.sheets import Opened, Table
from locate.intake.spreadsheet import open_workbook

LARGEST_FILE: Final = 512 * 1024 * 1024
"""Bytes of a file as sent."""
LARGEST_UNPACKED: Final = 2 * 1024 * 1024 * 1024
"""Bytes that a package may unpack to."""
_MOST_PARTS: Final = 20_000
_HIGHEST_RATIO: Final = 400
"""Unpacked over packed; sheets compress 10 to 30 times."""
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DELIMITED_ENDINGS: Final = frozenset({".csv", ".tsv", ".txt"})
_BLOCK: Final = 1 << 20
_ENCRYPTED_STREAM: Final = "EncryptedPackage".encode("utf-16-le")
_UTF8_NAME: Final = 0x800


def open_case_file(path: Path) -> Opened:
    """Open a file or folder.

    Raises:
        UnreadableInput: it can't be read; the code says why (``problems.toml``, level file).
    """
    if path.is_dir():
        return _open_folder(path)
    if not path.is_file():
        raise refuse_file("FILE_MISSING")
    size = path.stat().st_size
    if size == 0:
        raise refuse_file("FILE_EMPTY")
    if size > LARGEST_FILE:
        raise refuse_file("FILE_TOO_LARGE", _megabytes(size), _megabytes(LARGEST_FILE))
    return Opened(path.name, sha256_of(path), size, _tables_of(path))


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.0f} MB"


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes; of a folder, of its delimited files' names and hashes in order."""
    digest = hashlib.sha256()
    if path.is_dir():
        for each in _delimited_in(path):
            digest.update(f"{each.name}\0{sha256_of(each)}\n".encode())
        return digest.hexdigest()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _delimited_in(folder: Path) -> list[Path]:
    return sorted(
        each for each in folder.iterdir() if each.is_file() and each.suffix.lower() in _DELIMITED_ENDINGS
    )


def _open_folder(folder: Path) -> Opened:
    members = _delimited_in(folder)
    if not members:
        raise refuse_file("FILE_TYPE", "文件夹里没有 CSV 或 TSV")
    size = sum(each.stat().st_size for each in members)
    if size > LARGEST_FILE:
        raise refuse_file("FILE_TOO_LARGE", _megabytes(size), _megabytes(LARGEST_FILE))
    tables = tuple(open_delimited(each.stem, each.stem, _opener(each)) for each in members)
    return Opened(folder.name, sha256_of(folder), size, tables)


def _tables_of(path: Path) -> tuple[Table, ...]:
    with path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(_COMPOUND):
        return _compound(path)
    if head.startswith(b"PK"):
        return _package(path)
    return (open_delimited(path.stem, None, _opener(path)),)


def _compound(path: Path) -> tuple[Table, ...]:
    """XLS, or an XLSX inside the container that a password makes."""
    with path.open("rb") as stream:
        rest = b""
        while block := stream.read(_BLOCK):
            if _ENCRYPTED_STREAM in rest + block:
                raise refuse_file("FILE_ENCRYPTED")
            rest = block[-64:]
    return open_workbook(path, is_xlsx=False)


def _package(path: Path) -> tuple[Table, ...]:
    try:
        with zipfile.ZipFile(path) as package:
            entries = package.infolist()
            _check_bounds(entries)
            names = {entry.filename for entry in entries}
            if "xl/workbook.xml" in names:
                return open_workbook(path, is_xlsx=True)
            if "xl/workbook.bin" in names:
                raise refuse_file("FILE_TYPE", "XLSB")
            if "content.xml" in names and package.read("mimetype").startswith(
                b"application/vnd.oasis.opendocument.spread"
            ):
                return open_workbook(path, is_xlsx=False)
            return _zipped(path, package, entries)
    except (zipfile.BadZipFile, KeyError, EOFError) as fault:
        raise refuse_file("FILE_DAMAGED", str(fault)[:200]) from fault


def _check_bounds(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    ratio_broken = unpacked > 64 * _BLOCK and unpacked > packed * _HIGHEST_RATIO
    if unpacked > LARGEST_UNPACKED or ratio_broken or len(entries) > _MOST_PARTS:
        raise refuse_file("FILE_BOMB", _megabytes(unpacked), _megabytes(LARGEST_UNPACKED))


def _member_name(entry: zipfile.ZipInfo) -> str:
    """The name of a member; Windows packs Chinese names in GBK without saying so."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def _zipped(path: Path, package: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> tuple[Table, ...]:
    files = [(PurePosixPath(_member_name(entry)), entry) for entry in entries if not entry.is_dir()]
    files = [
        (name, entry)
        for name, entry in files
        if not name.name.startswith(".") and "__MACOSX" not in name.parts
    ]
    if any(entry.flag_bits & 1 for _, entry in files):
        raise refuse_file("FILE_ENCRYPTED")
    texts = [(name, entry) for name, entry in files if name.suffix.lower() in _DELIMITED_ENDINGS]
    books = [entry for name, entry in files if name.suffix.lower() in {".xlsx", ".xls", ".ods"}]
    if len(books) == 1 and not texts:
        return open_workbook(
            BytesIO(package.read(books[0])), is_xlsx=books[0].filename.lower().endswith(".xlsx")
        )
    if not texts or books:
        raise refuse_file("FILE_TYPE", "ZIP 里应当只有一个工作簿，或只有 CSV、TSV")
    return tuple(
        open_delimited(name.stem, name.stem if len(texts) > 1 else None, _member_opener(path, entry.filename))
        for name, entry in sorted(texts, key=lambda each: str(each[0]))
    )


def _member_opener(path: Path, member: str) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        with zipfile.ZipFile(path) as package:
            return _Member(package.read(member))

    return opened


class _Member(BytesIO):
    """A member's bytes. Bounded by ``_check_bounds``; read whole because it is walked several times."""
