"""Labels and bag list of a printed or sealed batch: what is tied to bags, trays and bundles, and labels for envelopes.

They lie beside the sealed folder, never in it, and are read off the sealed manifest: labels and manifest can't differ.
The same batch gives the same bytes. Weights are those kept at printing, never estimates.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from letters.batch.lookup import batch_by_no, demand_step, is_live
from letters.batch.planning import Progress
from letters.batch.sealing import head_of, pieces_of, release_of
from letters.batch.state import BatchStep
from letters.post.manifest import read_manifest
from letters.post.model import BatchHead, ManifestPiece
from letters.post.sorting import Container, ContainerKind, Sorting
from letters.press.labels import AddressLabel, ContainerLabel, LabelFile, Sheet, sheet_of
from letters.press.listsheet import ListColumn, ListFile
from letters.tables import Batch, Letter
from records.clock import SHANGHAI
from records.database import Database
from records.errors import NeedsDecision
from records.files import disk_faults, sync_folder

BAGS, TRAYS, BUNDLES, ADDRESSES = "bag-labels.pdf", "tray-labels.pdf", "bundle-slips.pdf", "address-labels.pdf"
LIST_CSV, LIST_PDF = "bag-list.csv", "bag-list.pdf"
CARD_SHEET: Final = "8"
SLIP_SHEET: Final = "24"
UNSEALED: Final = "本批尚未封装：封装前如有抽回须重新生成"
_TITLES: Final = {ContainerKind.BAG: "袋牌", ContainerKind.TRAY: "格签", ContainerKind.BUNDLE: "把签"}
_COLUMNS: Final = (
    ListColumn("袋号", 9), ListColumn("寄达", 22), ListColumn("邮编", 19), ListColumn("格", 5, figure=True),
    ListColumn("把", 5, figure=True), ListColumn("件数", 8, figure=True), ListColumn("重量(g)", 11, figure=True),
    ListColumn("首件邮件号码", 22), ListColumn("末件邮件号码", 22),
)  # fmt: skip
CSV_HEADER: Final = (
    "批次号", "袋号", "寄达", "首件邮编", "末件邮编", "格数", "把数", "件数", "重量(g)", "首件邮件号码", "末件邮件号码", "首件序号", "末件序号",
)  # fmt: skip
_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class LabelPapers:
    """What was written. ``sealed`` is False for a batch that was printed and not yet sealed."""

    batch_no: str
    folder: Path
    files: tuple[str, ...]
    sealed: bool
    bags: int
    trays: int
    bundles: int
    pieces: int
    weight_g: int


def write_labels(
    db: Database,
    batch_no: str,
    folder: Path | None,
    *,
    address_sheet: Sheet | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> LabelPapers:
    """Write labels and bag list into ``folder`` (default: ``labels`` beside the sealed folder); all of them or none.

    ``address_sheet``: write address labels too, on that label sheet.

    Raises:
        NeedsDecision: not yet printed, or letters were pulled since it was sealed.
        LabelRefused: a label does not hold what must stand on it; nothing is written.
        DiskFull: no room.
    """
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        demand_step(session, batch, BatchStep.PRINTED, f"请先运行 handa batch print {batch.batch_no}。")
        head = head_of(session, batch, release_of(session, batch))
        target = folder or db.settings.workspace.batches / batch.batch_no / "labels"
        pieces = _pieces(session, db, batch, head)
        with disk_faults(target), _building(target) as building:
            papers = _Papers(building, head, batch, address_sheet, sealed=batch.sealed_name is not None)
            total = _live(session, batch)
            for number, piece in enumerate(pieces, start=1):
                papers.add(piece)
                if number % _PAGE == 0:
                    progress("标签与邮袋清单", number, total)
            written = papers.finish(target)
            if written.pieces != total:
                raise NeedsDecision(
                    f"批次 {batch.batch_no} 封装后有函件抽回：清单 {written.pieces} 件，现有 {total} 件。",
                    f"请先重新封装：handa batch seal {batch.batch_no}，再生成标签。",
                )
        progress("标签与邮袋清单", total, total)
        return written


def _live(session: Session, batch: Batch) -> int:
    return session.scalar(select(func.count()).select_from(Letter).where(Letter.batch_id == batch.id, is_live())) or 0


def _pieces(session: Session, db: Database, batch: Batch, head: BatchHead) -> Iterator[ManifestPiece]:
    """The sealed manifest's rows; the rows to be sealed where the batch is not sealed, or its folder was moved away."""
    if batch.sealed_name is not None:
        manifest = db.settings.workspace.batches / batch.batch_no / batch.sealed_name / "manifest.csv"
        if manifest.is_file():
            return read_manifest(manifest)
    return pieces_of(session, db, batch, head, release_of(session, batch), lambda _what, _done, _total: None)


@contextmanager
def _building(target: Path) -> Iterator[Path]:
    """A folder to write in; its files take their places only when all are whole."""
    target.mkdir(parents=True, exist_ok=True)
    building = target / ".labels.building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    try:
        yield building
        for name in (BAGS, TRAYS, BUNDLES, LIST_CSV, LIST_PDF, ADDRESSES):
            if (building / name).exists():
                (building / name).replace(target / name)
            elif name in (TRAYS, ADDRESSES):
                (target / name).unlink(missing_ok=True)  # of an earlier run that was asked for more
        sync_folder(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)


class _Papers:
    """Every paper of one batch, written as the pieces pass."""

    def __init__(self, building: Path, head: BatchHead, batch: Batch, address_sheet: Sheet | None, *, sealed: bool) -> None:
        self._head, self._day, self._sealed = head, batch.day, sealed
        self._open = ExitStack()
        self._building = building
        self._files: list[str] = []
        self._trays: LabelFile | None = None
        self._slips = self._labels(BUNDLES, sheet_of(SLIP_SHEET), "把签", framed=True)
        self._addresses = None if address_sheet is None else self._labels(ADDRESSES, address_sheet, "收件人标签", framed=False)
        self._sorting = Sorting(self._closed)
        self._counts = {ContainerKind.TRAY: 0, ContainerKind.BUNDLE: 0}

    def _labels(self, name: str, sheet: Sheet, title: str, *, framed: bool) -> LabelFile:
        sink = self._open.enter_context((self._building / name).open("wb"))
        self._files.append(name)
        return LabelFile(sink, sheet, title=f"{title} {self._head.batch_no}", dated=self._day, framed=framed)

    def add(self, piece: ManifestPiece) -> None:
        self._sorting.add(piece)
        if self._addresses is not None:
            where = f"第 {piece.record_no} 件（{piece.letter_no}）"
            self._addresses.address(
                AddressLabel(where, piece.item_no, piece.office_postcode, piece.recipient_address, piece.recipient_name, piece.sort_bag)
            )

    def _closed(self, container: Container) -> None:
        self._counts[container.kind] += 1
        if container.kind is ContainerKind.TRAY:
            if self._trays is None:
                self._trays = self._labels(TRAYS, sheet_of(CARD_SHEET), "格签", framed=True)
            self._trays.container(self._label(container, f"{container.slot.bag} 袋 第 {container.slot.tray} 格"))
        else:
            self._slips.container(self._slip(container))

    def finish(self, target: Path) -> LabelPapers:
        bags = self._sorting.finish()
        cards = self._labels(BAGS, sheet_of(CARD_SHEET), "袋牌", framed=True)
        for number, bag in enumerate(bags, start=1):
            cards.container(self._label(bag, bag.code, f"第 {number} 袋　共 {len(bags)} 袋"))
        for labels in (self._slips, self._trays, self._addresses, cards):
            if labels is not None:
                labels.close()
        self._open.close()
        self._write_csv(bags)
        self._write_list(bags)
        pieces, weight_g = sum(bag.pieces for bag in bags), sum(bag.weight_g for bag in bags)
        return LabelPapers(
            self._head.batch_no, target, tuple(sorted((*self._files, LIST_CSV, LIST_PDF))), self._sealed, len(bags),
            self._counts[ContainerKind.TRAY], self._counts[ContainerKind.BUNDLE], pieces, weight_g,
        )  # fmt: skip

    def _label(self, one: Container, number: str, which: str = "") -> ContainerLabel:
        head = self._head
        inside = f"{one.bundles} 把" if one.kind is ContainerKind.TRAY or not one.trays else f"{one.trays} 格 {one.bundles} 把"
        lines = (
            f"{which}{'　' if which else ''}{inside}　{one.pieces} 件　{_kg(one.weight_g)}",
            f"{one.first_item_no} — {one.last_item_no}",
            f"{head.product_name}　{self._day}　收寄 {head.partner_name}",
            f"交寄 {head.firm_name}",
        )
        note = "" if self._sealed else UNSEALED
        return ContainerLabel(
            _TITLES[one.kind], f"{head.batch_no}/{one.code}", one.destination, one.postcodes, number, lines, note
        )

    def _slip(self, one: Container) -> ContainerLabel:
        lines = (f"{one.pieces} 件　{one.weight_g} g", f"{one.first_item_no} 起")
        return ContainerLabel(
            _TITLES[one.kind], f"{self._head.batch_no}/{one.code}", one.destination, one.postcodes, one.code, lines,
            "" if self._sealed else "未封装",
        )  # fmt: skip

    def _write_csv(self, bags: list[Container]) -> None:
        with (self._building / LIST_CSV).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(CSV_HEADER)
            for bag in bags:
                writer.writerow([
                    self._head.batch_no, bag.code, bag.destination, bag.first_postcode, bag.last_postcode, bag.trays,
                    bag.bundles, bag.pieces, bag.weight_g, bag.first_item_no, bag.last_item_no, bag.first_record, bag.last_record,
                ])  # fmt: skip

    def _write_list(self, bags: list[Container]) -> None:
        head = self._head
        cut_off = head.cut_off_at.astimezone(SHANGHAI)
        facts = (
            f"批次 {head.batch_no}　交寄日期 {cut_off:%Y-%m-%d}　{head.product_code} {head.product_name}",
            f"交寄 {head.firm_name}　收寄 {head.partner_name}　大宗用户编号 {head.customer_no or '—'}",
            *(() if self._sealed else (UNSEALED,)),
        )
        with (self._building / LIST_PDF).open("wb") as sink:
            listed = ListFile(sink, _COLUMNS, title="邮袋清单", head=facts, dated=self._day)
            for bag in bags:
                listed.row([
                    bag.code, bag.destination, bag.postcodes, str(bag.trays or "—"), str(bag.bundles), f"{bag.pieces:,}",
                    f"{bag.weight_g:,}", bag.first_item_no, bag.last_item_no,
                ])  # fmt: skip
            sums = (sum(bag.trays for bag in bags), sum(bag.bundles for bag in bags), sum(bag.pieces for bag in bags))
            weight_g = sum(bag.weight_g for bag in bags)
            listed.row(
                ["合计", f"{len(bags)} 袋", "", *(f"{value:,}" for value in sums), f"{weight_g:,}", "", ""], strong=True
            )
            listed.close(("重量按张数与封型计算，袋重不计。", "交寄人：　　　　　　　　收寄人：　　　　　　　　日戳："))


def _kg(weight_g: int) -> str:
    """Grams for people."""
    return f"{weight_g} g" if weight_g < 1000 else f"{weight_g / 1000:.2f} kg"
