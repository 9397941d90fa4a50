"""The sealed batch: one folder whose name is a function of its contents (contract.md, "Sealed batch").

Built in a hidden folder beside its target, synced to disk and renamed: a kill at any moment leaves either no sealed
folder or a complete one, and sealing again gives the same bytes. Checking one needs no database: ``verify_batch``.
The caller holds the batch's lock: two processes must not seal one batch at the same time.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from letters.post.manifest import PieceProblem, Totals, piece_problems, read_manifest, write_rows
from letters.post.model import BatchHead, ManifestPiece
from letters.post.posting_list import write_posting_list
from letters.post.rowtree import METHOD, leaf, root_of, row_lines
from letters.post.sorting import Container, Sorting
from records.clock import SHANGHAI
from records.errors import Broken, NeedsDecision
from records.files import disk_faults, hash_file, replace_durably, sync_folder

FORMAT_VERSION: Final = 1
NAME_HASH_DIGITS: Final = 8
_READ_BLOCK: Final = 1 << 20
_ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_SHOWN_PROBLEMS: Final = 5


class SealSigner(Protocol):
    """What sealing needs of a key: Ed25519, so that the same content always gives the same signature."""

    def sign(self, content: bytes, /) -> bytes:
        """The 64-byte detached signature of ``content``."""

    @property
    def public_key_hex(self) -> str:
        """The 32-byte public key in hex."""


@dataclass(frozen=True, slots=True)
class SealedBatch:
    """What sealing gave: the folder, its name, the SHA-256 of its SHA256SUMS, and the manifest's totals."""

    path: Path
    name: str
    content_sha256: str
    totals: Totals

    @property
    def pieces(self) -> int:
        """件数."""
        return self.totals.pieces

    @property
    def sheets(self) -> int:
        """张数."""
        return self.totals.sheets

    @property
    def weight_g(self) -> int:
        """总重, grams."""
        return self.totals.weight_g

    @property
    def postage_fen(self) -> int:
        """总资费, fen."""
        return self.totals.postage_fen


@dataclass(slots=True)
class _Part:
    pieces: int = 0
    pages: int = 0
    first_record: int = 0
    last_record: int = 0


def part_name(number: int) -> str:
    """Path of a print part inside the batch: 1 → ``print/part-0001.pdf``."""
    return f"print/part-{number:04d}.pdf"


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    _sync(path)


def _place_part(source: Path, target: Path) -> None:
    """Hard link where the disk allows it: the printed file stays where printing left it until the batch is sealed."""
    try:
        os.link(source, target)
    except OSError as fault:
        if fault.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        shutil.copyfile(source, target)
    _sync(target)


class _Checked:
    """Passes pieces on, checking each and summing up totals, parts and bags on the way. Flat memory."""

    def __init__(self, head: BatchHead, parts: int) -> None:
        self._head = head
        self.totals = Totals()
        self.parts = [_Part() for _ in range(parts)]
        self._sorting = Sorting()
        self.problems: list[tuple[int, PieceProblem]] = []
        self.problem_count = 0

    def through(self, pieces: Iterable[ManifestPiece]) -> Iterator[ManifestPiece]:
        for piece in pieces:
            for problem in (*piece_problems(piece), *self._place_problems(piece)):
                self._note(piece, problem)
            self.totals = self.totals.plus(piece)
            try:
                self._sorting.add(piece)
            except ValueError:
                self._note(piece, PieceProblem("BAD_SLOT", "sort_bag", f"格口“{piece.sort_bag}”不是 袋/把/格 的写法"))
            yield piece

    def _note(self, piece: ManifestPiece, problem: PieceProblem) -> None:
        self.problem_count += 1
        if len(self.problems) < _SHOWN_PROBLEMS:
            self.problems.append((piece.record_no, problem))

    def bags(self) -> list[Container]:
        """The bags of what has passed."""
        return self._sorting.finish()

    def _place_problems(self, piece: ManifestPiece) -> Iterator[PieceProblem]:
        if piece.record_no != self.totals.pieces + 1:
            yield PieceProblem("RECORD_NO", "记录序号", f"记录序号应为 {self.totals.pieces + 1}，现为 {piece.record_no}")
        if piece.batch_no != self._head.batch_no:
            yield PieceProblem("OTHER_BATCH", "batch_no", f"批次号 {piece.batch_no} 不是本批次")
        if not 1 <= piece.part <= len(self.parts):
            yield PieceProblem("NO_PART", "part", f"没有第 {piece.part} 个印刷分册")
            return
        part = self.parts[piece.part - 1]
        if piece.first_page != part.pages + 1:
            yield PieceProblem("FIRST_PAGE", "first_page", f"起始页应为 {part.pages + 1}，现为 {piece.first_page}")
        part.first_record = part.first_record or piece.record_no
        part.last_record = piece.record_no
        part.pieces += 1
        part.pages += piece.pages

    def demand_clean(self) -> None:
        if not self.totals.pieces:
            raise NeedsDecision("批次中没有可交寄的邮件", "请检查计划结果，空批次不封装")
        if self.problem_count:
            shown = "；".join(f"第 {row} 件：{problem.message}" for row, problem in self.problems)
            raise NeedsDecision(
                f"交寄清单有 {self.problem_count} 处不合格式：{shown}", "请撤下这些函件或改正后重新封装", code="E-MANIFEST"
            )
        empty = [number for number, part in enumerate(self.parts, start=1) if not part.pieces]
        if empty:
            raise Broken(f"印刷分册 {part_name(empty[0])} 中没有清单所列的邮件", "请重新印刷本批次")


def _ticket(
    head: BatchHead, checked: _Checked, files: dict[str, tuple[str, int]], public_key_hex: str, rows_root: bytes
) -> dict[str, object]:
    totals = checked.totals
    return {
        "format_version": head.format_version,
        "batch_no": head.batch_no,
        "created_at": head.created_at.astimezone(SHANGHAI).isoformat(),
        "cut_off_at": head.cut_off_at.astimezone(SHANGHAI).isoformat(),
        "firm": {
            "code": head.firm_code,
            "name": head.firm_name,
            "licence_no": head.firm_licence_no,
            "address": head.firm_address,
            "phone": head.firm_phone,
        },
        "partner": {"code": head.partner_code, "name": head.partner_name},
        "customer_no": head.customer_no,
        "agreement_no": head.agreement_no,
        "product": {
            "code": head.product_code,
            "name": head.product_name,
            **({"tariff_sha256": head.tariff_sha256} if head.tariff_sha256 else {}),
        },
        "pay_method": head.pay_method,
        "paper": head.paper,
        "duplex": head.duplex,
        "fold": head.fold,
        "envelope": head.envelope,
        "enclosures": list(head.enclosures),
        "lender_code": head.lender_code,
        "lawyer_code": head.lawyer_code,
        "release_token": head.release_token,
        "totals": {
            "pieces": totals.pieces,
            "pages": totals.pages,
            "sheets": totals.sheets,
            "weight_g": totals.weight_g,
            "postage_fen": totals.postage_fen,
        },
        "first_item_no": totals.first_item_no,
        "last_item_no": totals.last_item_no,
        "control_total": {
            "method": "sum(record_no * digits of item_no) mod 10^15",
            "value": str(totals.control),
        },
        "manifest_rows": {"method": METHOD, "root": rows_root.hex(), "count": totals.pieces},
        "presort": head.presort.as_json(),
        "bags": [
            {
                "bag": bag.code,
                "pieces": bag.pieces,
                "weight_g": bag.weight_g,
                "destination": bag.destination,
                "trays": bag.trays,
                "bundles": bag.bundles,
                "first_item_no": bag.first_item_no,
                "last_item_no": bag.last_item_no,
            }
            for bag in checked.bags()
        ],
        "parts": [
            {
                "file": part_name(number),
                "pieces": part.pieces,
                "pages": part.pages,
                "first_record": part.first_record,
                "last_record": part.last_record,
            }
            for number, part in enumerate(checked.parts, start=1)
        ],
        "files": {name: {"sha256": sha, "bytes": size} for name, (sha, size) in sorted(files.items())},
        "public_key": public_key_hex,
    }


def canonical_json(value: object) -> bytes:
    """Indented JSON with sorted keys and one newline at the end: readable by people, the same bytes every time."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2) + "\n").encode()


def seal_bytes(batch_no: str, content_sha256: str, public_key_hex: str, signature_hex: str) -> bytes:
    """The only bytes that SEALED may have for these four values: a checker compares the whole file."""
    return canonical_json(
        {
            "format_version": FORMAT_VERSION,
            "batch_no": batch_no,
            "sha256sums_sha256": content_sha256,
            "algorithm": "Ed25519",
            "signed": "SHA256SUMS",
            "public_key": public_key_hex,
            "signature": signature_hex,
        }
    )


def _build(
    build: Path,
    head: BatchHead,
    pieces: Iterable[ManifestPiece],
    parts: Sequence[Path],
    signer: SealSigner,
) -> tuple[str, Totals]:
    (build / "print").mkdir(parents=True)
    checked = _Checked(head, len(parts))
    manifest = build / "manifest.csv"
    with manifest.open("w", encoding="utf-8-sig", newline="") as out:
        rows = write_rows(
            out, checked.through(pieces), customer_no=head.customer_no, pay_method=head.pay_method
        )
        for _ in rows:
            pass
    checked.demand_clean()
    _sync(manifest)
    # The list for people is made from what was written, not from the source again: the two can't differ.
    write_posting_list(build / "manifest.xlsx", head, read_manifest(manifest), checked.totals)
    _sync(build / "manifest.xlsx")
    for number, source in enumerate(parts, start=1):
        _place_part(source, build / part_name(number))
    names = ["manifest.csv", "manifest.xlsx", *(part_name(n) for n in range(1, len(parts) + 1))]
    files = {name: (hash_file(build / name), (build / name).stat().st_size) for name in names}
    rows_root = root_of([leaf(line) for line in row_lines(manifest)[1]])
    _write(build / "batch.json", canonical_json(_ticket(head, checked, files, signer.public_key_hex, rows_root)))
    sums = {name: sha for name, (sha, _) in files.items()} | {"batch.json": hash_file(build / "batch.json")}
    sums_text = "".join(f"{sha}  {name}\n" for name, sha in sorted(sums.items())).encode()
    _write(build / "SHA256SUMS", sums_text)
    content_sha256 = hashlib.sha256(sums_text).hexdigest()
    signature = signer.sign(sums_text).hex()
    _write(build / "SEALED", seal_bytes(head.batch_no, content_sha256, signer.public_key_hex, signature))
    _sync(build / "print")
    _sync(build)
    return content_sha256, checked.totals


def seal_batch(
    head: BatchHead,
    pieces: Iterable[ManifestPiece],
    parts: Sequence[Path],
    target: Path,
    signer: SealSigner,
) -> SealedBatch:
    """Build ``target/<batch_no>-<8 of content hash>/`` from the pieces in presort order and the printed parts.

    ``signer`` signs the bytes of SHA256SUMS. Sealing the same again returns the same folder.

    Raises:
        NeedsDecision: a piece does not fit the manifest (E-MANIFEST), or there is none.
        Broken: parts and pieces contradict each other, or this batch was sealed before with other contents.
        DiskFull: no room; nothing is left behind but the hidden building folder, which the next try removes.
    """
    target.mkdir(parents=True, exist_ok=True)
    build = target / f".{head.batch_no}.building"
    try:
        with disk_faults(target):
            shutil.rmtree(build, ignore_errors=True)
            content_sha256, totals = _build(build, head, pieces, parts, signer)
            name = f"{head.batch_no}-{content_sha256[:NAME_HASH_DIGITS]}"
            _take_name(build, target, head.batch_no, name)
        return SealedBatch(target / name, name, content_sha256, totals)
    finally:
        shutil.rmtree(build, ignore_errors=True)


def _take_name(build: Path, target: Path, batch_no: str, name: str) -> None:
    others = [p.name for p in target.glob(f"{batch_no}-*") if p.is_dir() and p.name != name]
    if others:
        raise Broken(
            f"批次 {batch_no} 已封装为 {others[0]}，再次封装的内容不同", "请核对两次封装之间改动了什么，不得换名再交"
        )
    final = target / name
    if not final.exists():
        build.rename(final)
        sync_folder(target)
    elif (final / "SEALED").read_bytes() != (build / "SEALED").read_bytes():
        raise Broken(f"已有的封装批次 {name} 与本次封装不符", "请用 handa batch verify 检查该文件夹")


def zip_batch(folder: Path, target: Path) -> Path:
    """The sealed folder as one ZIP: names sorted, fixed dates, stored without compression, so the same bytes every time.

    Written under a temporary name, synced and renamed. Compression would tie the bytes to a zlib version; the weight of
    a batch is in its PDFs, which are compressed already.

    Raises:
        DiskFull: no room.
    """
    building = target.with_name(f".{target.name}.building")
    try:
        with disk_faults(target), zipfile.ZipFile(building, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                info = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", _ZIP_EPOCH)
                info.external_attr = 0o644 << 16
                info.file_size = path.stat().st_size
                with path.open("rb") as source, archive.open(info, "w") as out:
                    shutil.copyfileobj(source, out, _READ_BLOCK)
        replace_durably(building, target)
    finally:
        building.unlink(missing_ok=True)
    return target
