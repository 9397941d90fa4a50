"""Checking a sealed batch, folder or ZIP, without the database: what a partner or a court's expert can do alone.

Checks names, hashes, signature, counts, totals, the control total and (if wished) the page count of every part. Gives
problems as values; an unreadable batch is a problem too, not an exception.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final, Protocol

import pikepdf

from letters.post.agefile import MAGIC
from letters.post.manifest import Totals, piece_problems, read_rows
from letters.post.model import ManifestPiece
from letters.post.sealed import FORMAT_VERSION, NAME_HASH_DIGITS, seal_bytes
from records.errors import UnreadableInput
from records.signing import verify as signature_holds

_SUM_LINE: Final = re.compile(r"([0-9a-f]{64})  (\S.*)")
_OUTSIDE_SUMS: Final = frozenset({"SHA256SUMS", "SEALED"})
_READ_BLOCK: Final = 1 << 20
_SMALL_FILE_LIMIT: Final = 64 << 20
"""Greatest size of batch.json, SHA256SUMS and SEALED: more is no batch of ours."""


@dataclass(frozen=True, slots=True)
class SealProblem:
    """Stable ``code``, the ``file`` it is about ('' = the whole), a Chinese ``message``."""

    code: str
    file: str
    message: str


class _Source(Protocol):
    name: str

    def names(self) -> list[str]: ...

    def open(self, name: str) -> IO[bytes]: ...

    def size(self, name: str) -> int: ...


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = path.resolve().name

    def names(self) -> list[str]:
        return [p.relative_to(self._path).as_posix() for p in self._path.rglob("*") if p.is_symlink() or p.is_file()]

    def open(self, name: str) -> IO[bytes]:
        path = self._path / name
        if path.is_symlink():
            raise OSError(f"symbolic link: {name}")
        return path.open("rb")

    def size(self, name: str) -> int:
        return (self._path / name).stat().st_size


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        tops = {PurePosixPath(n).parts[0] for n in archive.namelist() if n}
        self.name = tops.pop() if len(tops) == 1 else ""

    def names(self) -> list[str]:
        return [n.removeprefix(f"{self.name}/") for n in self._archive.namelist() if not n.endswith("/")]

    def open(self, name: str) -> IO[bytes]:
        return self._archive.open(f"{self.name}/{name}")

    def size(self, name: str) -> int:
        return self._archive.getinfo(f"{self.name}/{name}").file_size


@contextmanager
def _opened(path: Path) -> Iterator[_Source]:
    if path.is_dir():
        yield _Folder(path)
        return
    with zipfile.ZipFile(path) as archive:
        yield _Zip(archive)


def _small(source: _Source, name: str) -> bytes:
    with source.open(name) as stream:
        content = stream.read(_SMALL_FILE_LIMIT + 1)
    if len(content) > _SMALL_FILE_LIMIT:
        raise ValueError(f"{name} is too large")
    return content


def _object(content: bytes) -> dict[str, object]:
    value = json.loads(content)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _check_seal(source: _Source, sums: bytes, public_key_hex: str | None) -> Iterator[SealProblem]:
    try:
        raw = _small(source, "SEALED")
        seal = _object(raw)
        batch_no = str(seal["batch_no"])
        key = bytes.fromhex(str(seal["public_key"]))
        signature = bytes.fromhex(str(seal["signature"]))
        stated = str(seal["sha256sums_sha256"])
    except (KeyError, ValueError, OSError) as fault:
        yield SealProblem("SEAL_UNREADABLE", "SEALED", f"封签无法读取：{fault}")
        return
    content = hashlib.sha256(sums).hexdigest()
    if seal.get("format_version") != FORMAT_VERSION:
        yield SealProblem("FORMAT_VERSION", "SEALED", f"格式版本 {seal.get('format_version')} 不是 {FORMAT_VERSION}")
    elif raw != seal_bytes(batch_no, stated, key.hex(), signature.hex()):
        yield SealProblem("SEAL_FORM", "SEALED", "封签不是规定的写法，可能被改动过")
    if stated != content:
        yield SealProblem("SUMS_CHANGED", "SHA256SUMS", "SHA256SUMS 与封签所记的哈希不符")
    if source.name != f"{batch_no}-{content[:NAME_HASH_DIGITS]}":
        yield SealProblem("NAME", "", f"批次名 {source.name} 与内容不符，应为 {batch_no}-{content[:NAME_HASH_DIGITS]}")
    if public_key_hex is not None and key.hex() != public_key_hex.lower():
        yield SealProblem("OTHER_KEY", "SEALED", "封签所用的公钥不是约定的公钥")
    if not signature_holds(key.hex(), signature, sums):
        yield SealProblem("SIGNATURE", "SEALED", "封签的签名验证不通过")


def _check_files(source: _Source, sums: bytes) -> Iterator[SealProblem]:
    listed: dict[str, str] = {}
    for number, line in enumerate(sums.decode("utf-8", "replace").splitlines(), start=1):
        match = _SUM_LINE.fullmatch(line)
        if match is None or match[2] in listed or ".." in PurePosixPath(match[2]).parts or match[2].startswith("/"):
            yield SealProblem("SUMS_LINE", "SHA256SUMS", f"SHA256SUMS 第 {number} 行不合格式")
            continue
        listed[match[2]] = match[1]
    present = source.names()
    if len(present) != len(set(present)):
        yield SealProblem("DOUBLED_FILE", "", "压缩包中有同名文件")
    for name in sorted(set(present) - listed.keys() - _OUTSIDE_SUMS):
        yield SealProblem("EXTRA_FILE", name, f"多出的文件 {name}")
    for name in ("batch.json", "manifest.csv", "manifest.xlsx"):
        if name not in listed:
            yield SealProblem("NOT_LISTED", name, f"SHA256SUMS 中没有 {name}")
    for name, expected in sorted(listed.items()):
        if name not in present:
            yield SealProblem("MISSING_FILE", name, f"缺少文件 {name}")
            continue
        digest = hashlib.sha256()
        try:
            with source.open(name) as stream:
                while block := stream.read(_READ_BLOCK):
                    digest.update(block)
        except (OSError, zipfile.BadZipFile) as fault:
            yield SealProblem("UNREADABLE_FILE", name, f"文件 {name} 无法读取：{fault}")
            continue
        if digest.hexdigest() != expected:
            yield SealProblem("HASH", name, f"文件 {name} 的哈希不符")


@dataclass(slots=True)
class _Summed:
    totals: Totals
    part_pages: dict[int, int]
    part_pieces: dict[int, int]
    bags: dict[str, tuple[int, int]]
    """Pieces and grams by bag, in order."""

    def sort(self, piece: ManifestPiece) -> None:
        bag = piece.sort_bag.partition("/")[0]
        pieces, weight_g = self.bags.get(bag, (0, 0))
        self.bags[bag] = (pieces + 1, weight_g + piece.weight_g)


def _sum_manifest(source: _Source, batch_no: str, problems: list[SealProblem]) -> _Summed:
    summed = _Summed(Totals(), {}, {}, {})
    seen: set[str] = set()
    with source.open("manifest.csv") as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        for piece in read_rows(text):
            if piece.record_no != summed.totals.pieces + 1:
                problems.append(SealProblem("RECORD_NO", "manifest.csv", f"记录序号在第 {piece.record_no} 处不连续"))
            if piece.item_no in seen:
                problems.append(SealProblem("DOUBLED_ITEM", "manifest.csv", f"邮件号码 {piece.item_no} 重复"))
            if piece.batch_no != batch_no:
                problems.append(SealProblem("OTHER_BATCH", "manifest.csv", f"第 {piece.record_no} 件属于其他批次"))
            problems.extend(
                SealProblem("PIECE", "manifest.csv", f"第 {piece.record_no} 件：{p.message}") for p in piece_problems(piece)
            )
            seen.add(piece.item_no)
            summed.totals = summed.totals.plus(piece)
            summed.sort(piece)
            summed.part_pages[piece.part] = summed.part_pages.get(piece.part, 0) + piece.pages
            summed.part_pieces[piece.part] = summed.part_pieces.get(piece.part, 0) + 1
    return summed


def _check_totals(source: _Source) -> tuple[list[SealProblem], dict[str, int]]:
    """Problems of ticket against manifest, and the pages that each part file must have."""
    problems: list[SealProblem] = []
    try:
        ticket = _object(_small(source, "batch.json"))
        totals, control, parts = ticket["totals"], ticket["control_total"], ticket["parts"]
        if not (isinstance(totals, dict) and isinstance(control, dict) and isinstance(parts, list)):
            raise ValueError("totals, control_total or parts out of form")
        summed = _sum_manifest(source, str(ticket["batch_no"]), problems)
        by_rows = {
            "pieces": summed.totals.pieces,
            "pages": summed.totals.pages,
            "sheets": summed.totals.sheets,
            "weight_g": summed.totals.weight_g,
            "postage_fen": summed.totals.postage_fen,
        }
        problems.extend(
            SealProblem("TOTAL", "batch.json", f"{name} 合计为 {totals.get(name)}，清单逐行相加为 {value}")
            for name, value in by_rows.items()
            if totals.get(name) != value
        )
        if control["value"] != str(summed.totals.control):
            problems.append(SealProblem("CONTROL_TOTAL", "batch.json", "校验合计与清单不符"))
        ends = (ticket.get("first_item_no"), ticket.get("last_item_no"))
        if ends != (summed.totals.first_item_no, summed.totals.last_item_no):
            problems.append(SealProblem("ITEM_ENDS", "batch.json", "首末邮件号码与清单不符"))
        listed = [(str(bag["bag"]), (bag["pieces"], bag["weight_g"])) for bag in ticket["bags"]]  # type: ignore[attr-defined]
        if listed != list(summed.bags.items()):
            problems.append(SealProblem("BAGS", "batch.json", "各袋的件数或重量与清单不符"))
        expected: dict[str, int] = {}
        for number, part in enumerate(parts, start=1):
            expected[str(part["file"])] = int(part["pages"])
            counted = (summed.part_pieces.get(number), summed.part_pages.get(number))
            if counted != (part["pieces"], part["pages"]):
                problems.append(SealProblem("PART_TOTAL", str(part["file"]), f"{part['file']} 的件数或页数与清单不符"))
        if set(summed.part_pieces) - set(range(1, len(parts) + 1)):
            problems.append(SealProblem("NO_PART", "manifest.csv", "清单中有不存在的印刷分册"))
    except UnreadableInput as fault:
        problems.append(SealProblem("MANIFEST_UNREADABLE", "manifest.csv", fault.message))
    except (KeyError, ValueError, TypeError, OSError, csv.Error, zipfile.BadZipFile) as fault:
        problems.append(SealProblem("TICKET_UNREADABLE", "batch.json", f"作业单无法读取：{fault}"))
    else:
        return problems, expected
    return problems, {}


def _check_pages(source: _Source, expected: dict[str, int]) -> Iterator[SealProblem]:
    for name, pages in expected.items():
        try:
            with source.open(name) as stream, pikepdf.open(io.BytesIO(stream.read())) as document:
                found = len(document.pages)
        except (KeyError, OSError, pikepdf.PdfError, zipfile.BadZipFile) as fault:
            yield SealProblem("PART_UNREADABLE", name, f"{name} 无法作为 PDF 打开：{fault}")
            continue
        if found != pages:
            yield SealProblem("PAGE_COUNT", name, f"{name} 有 {found} 页，清单所列为 {pages} 页")


def _starts_with(path: Path, magic: bytes) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(magic)) == magic
    except OSError:
        return False


def is_as_sealed(folder: Path, public_key_hex: str) -> bool:
    """Whether a sealed folder is whole and byte for byte what this key sealed under the folder's name.

    The seal, the signature and every hash; what the files say is ``verify_batch``'s to judge.
    """
    if not (folder / "SHA256SUMS").is_file():
        return False
    with _opened(folder) as source:
        sums = _small(source, "SHA256SUMS")
        return not any(_check_seal(source, sums, public_key_hex)) and not any(_check_files(source, sums))


def verify_batch(path: Path, *, public_key_hex: str | None = None, count_pages: bool = False) -> list[SealProblem]:
    """Everything that is wrong with a sealed batch (folder or ZIP); an empty list when nothing is.

    ``public_key_hex``: the key agreed with the sender. Without it the signature only shows that the batch is whole,
    not who sealed it. ``count_pages`` opens every PDF.
    """
    problems: list[SealProblem] = []
    if path.is_file() and _starts_with(path, MAGIC):
        return [SealProblem("ENCRYPTED", "", "这是加密的交寄包，须先解密：age -d -i 私钥文件 -o 批次.zip 加密包，再核对得到的 ZIP")]
    try:
        with _opened(path) as source:
            if "SEALED" not in source.names():
                return [SealProblem("NOT_SEALED", "SEALED", "没有封签：封装未完成，或不是封装批次")]
            sums = _small(source, "SHA256SUMS")
            problems.extend(_check_seal(source, sums, public_key_hex))
            problems.extend(_check_files(source, sums))
            found, expected = _check_totals(source)
            problems.extend(found)
            if count_pages:
                problems.extend(_check_pages(source, expected))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as fault:
        problems.append(SealProblem("UNREADABLE", "", f"批次无法读取：{fault}"))
    return problems
