"""What became of every copy that was printed: inserted whole, not yet scanned, missing from the logs, or spoiled. Computed.

The same whatever the order in which logs were imported. A copy that was ever found other than whole stays spoiled: what an
operator opened and put right by hand is suspect, a new copy costs a sheet. A copy that no log names is missing once a log
names any copy of its print run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Row, exists, func, select, text
from sqlalchemy.orm import Session

from letters.batch.envelopes import Code
from letters.tables import Batch, Partner
from letters.tables_print import ScanFile
from records.errors import NeedsDecision

PAGE: Final = 5_000
_SHOWN: Final = 5
SCAN_CONTROL: Final = "scan_control"
"""Partner setting: ``required`` = nothing is sealed before every copy was scanned whole. Without it a batch is under scan
control from its first log on."""


class CopyState(StrEnum):
    """What a copy is worth."""

    UNPRINTED = "unprinted"
    WAITING = "waiting"
    INSERTED = "inserted"
    MISSING = "missing"
    FAULTY = "faulty"
    REPLACED = "replaced"
    PULLED = "pulled"


STATE_NAMES: Final = {
    CopyState.UNPRINTED: "未印", CopyState.WAITING: "已印，待扫描", CopyState.INSERTED: "已装封", CopyState.MISSING: "扫描记录中没有",
    CopyState.FAULTY: "装封有误（废件）", CopyState.REPLACED: "废件，已补印", CopyState.PULLED: "函件已抽回",
}  # fmt: skip
TO_REPRINT: Final = frozenset({CopyState.MISSING, CopyState.FAULTY})


@dataclass(frozen=True, slots=True)
class Copy:
    """One physical copy and what became of it."""

    piece_id: UUID
    letter_id: UUID
    position: int
    letter_no: str
    item_no: str
    copy_no: int
    print_run: int
    part: int | None
    first_page: int | None
    state: CopyState
    codes: str
    detail: str


@dataclass(frozen=True, slots=True)
class PrintCounts:
    """A batch's copies, for reconciliation: ``generated`` = ``unprinted`` + ``printed`` + ``spoiled`` + ``pulled``.

    ``printed`` are the good copies of letters that go; of them ``inserted`` were seen whole in their envelope, ``waiting`` not
    scanned yet, ``to_reprint`` are found faulty or missing and not replaced yet.
    """

    generated: int
    unprinted: int
    printed: int
    spoiled: int
    """Replaced by a later copy; their item numbers are void."""
    pulled: int
    inserted: int
    waiting: int
    to_reprint: int
    scanned: bool
    """Whether any log was imported: without one, nothing is known of inserting."""

    @property
    def adds_up(self) -> bool:
        """Whether every copy is accounted for."""
        return (
            self.generated == self.unprinted + self.printed + self.spoiled + self.pulled
            and self.printed == self.inserted + self.waiting + self.to_reprint
        )


class CopiesNotGood(NeedsDecision):
    """Copies of the batch are faulty, missing or not yet scanned: it must not be sealed or handed over."""


_COPIES: Final = text(
    """
    WITH own AS (
      SELECT piece.*, letter.position, letter.letter_no,
        EXISTS (SELECT FROM letter_event WHERE letter_event.letter_id = letter.id AND kind IN ('void', 'pulled')) AS gone,
        EXISTS (SELECT FROM piece AS newer WHERE newer.letter_id = piece.letter_id AND newer.copy_no > piece.copy_no) AS replaced
      FROM letter JOIN piece ON piece.letter_id = letter.id
      WHERE letter.batch_id = :batch AND letter.position > :after AND letter.position <= :until
    ), runs AS (
      SELECT DISTINCT piece.print_run FROM scan_file JOIN scan_result ON scan_result.file_id = scan_file.id
      JOIN piece ON piece.id = scan_result.piece_id WHERE scan_file.batch_id = :batch
    ), said AS (
      SELECT own.id, count(*) FILTER (WHERE scan_result.whole) AS whole, bool_or(NOT scan_result.whole) AS faulty,
        string_agg(NULLIF(scan_result.codes, ''), ' ' ORDER BY scan_file.number) AS codes,
        string_agg('记录 ' || scan_file.number || ' 第 ' || scan_result.first_row || ' 行：' || scan_result.detail, '；' ORDER BY scan_file.number)
          FILTER (WHERE NOT scan_result.whole) AS detail
      FROM own JOIN scan_result ON scan_result.piece_id = own.id JOIN scan_file ON scan_file.id = scan_result.file_id GROUP BY own.id
    )
    SELECT own.id, own.letter_id, own.position, own.letter_no, own.item_no, own.copy_no, own.print_run, own.part, own.first_page,
      own.gone, own.replaced, runs.print_run IS NOT NULL AS run_scanned, COALESCE(said.whole, 0) AS whole,
      COALESCE(said.faulty, false) AS faulty, COALESCE(said.codes, '') AS codes, COALESCE(said.detail, '') AS detail,
      COALESCE(spoiled_piece.codes, '') AS spoiled_codes, COALESCE(spoiled_piece.reason, '') AS spoiled_reason
    FROM own LEFT JOIN said ON said.id = own.id LEFT JOIN spoiled_piece ON spoiled_piece.piece_id = own.id LEFT JOIN runs ON runs.print_run = own.print_run
    ORDER BY own.position, own.copy_no
    """
)


def copies_of(session: Session, batch: Batch) -> Iterator[Copy]:
    """Every copy ever made of the batch in manifest order, a page of letters at a time."""
    last = session.scalar(text("SELECT max(position) FROM letter WHERE batch_id = :batch"), {"batch": batch.id}) or 0
    for after in range(0, last, PAGE):
        rows = session.execute(_COPIES, {"batch": batch.id, "after": after, "until": after + PAGE}).all()
        yield from map(_copy, rows)


def _copy(row: Row[tuple[object, ...]]) -> Copy:
    codes, detail = {*row.codes.split(), *row.spoiled_codes.split()}, row.detail or row.spoiled_reason
    if row.whole > 1:
        codes.add(Code.DOUBLED_COPY)
        detail = "；".join(filter(None, (detail, "在几份扫描记录里都装进了信封")))
    if row.gone:
        state = CopyState.PULLED
    elif row.replaced:
        state = CopyState.REPLACED
    elif row.part is None:
        state = CopyState.UNPRINTED
    elif row.faulty or row.whole > 1:
        state = CopyState.FAULTY
    elif row.whole:
        state = CopyState.INSERTED
    else:
        state = CopyState.MISSING if row.run_scanned else CopyState.WAITING
    if state is CopyState.MISSING:
        codes, detail = {"NOT_SCANNED"}, "同一次印刷的扫描记录里没有这一件"
    return Copy(
        row.id, row.letter_id, row.position, row.letter_no, row.item_no, row.copy_no, row.print_run, row.part, row.first_page,
        state, " ".join(sorted(codes)), detail,
    )  # fmt: skip


def print_counts(session: Session, batch: Batch) -> PrintCounts:
    """How many copies were generated, printed, spoiled, inserted."""
    states = Counter(copy.state for copy in copies_of(session, batch))
    good = (CopyState.WAITING, CopyState.INSERTED, CopyState.MISSING, CopyState.FAULTY)
    return PrintCounts(
        generated=states.total(),
        unprinted=states[CopyState.UNPRINTED],
        printed=sum(states[state] for state in good),
        spoiled=states[CopyState.REPLACED],
        pulled=states[CopyState.PULLED],
        inserted=states[CopyState.INSERTED],
        waiting=states[CopyState.WAITING],
        to_reprint=sum(states[state] for state in TO_REPRINT),
        scanned=is_scanned(session, batch),
    )


def is_scanned(session: Session, batch: Batch) -> bool:
    """Whether any log was imported for the batch."""
    return bool(session.scalar(select(exists().where(ScanFile.batch_id == batch.id))))


def demand_good_copies(session: Session, batch: Batch) -> None:
    """Refuse a batch whose copies are not all known to be good; one without scan control passes.

    Raises:
        CopiesNotGood: with pieces and what to do.
    """
    scanned = is_scanned(session, batch)
    partner = session.get_one(Partner, batch.partner_id)
    if not scanned and partner.settings.get(SCAN_CONTROL) != "required":
        return
    bad: list[Copy] = []
    waiting = unprinted = 0
    for copy in copies_of(session, batch):
        if copy.state in TO_REPRINT:
            bad.append(copy)
        waiting += copy.state is CopyState.WAITING
        unprinted += copy.state is CopyState.UNPRINTED
    if bad:
        shown = "、".join(f"第 {copy.position} 件" for copy in bad[:_SHOWN])
        raise CopiesNotGood(
            f"批次 {batch.batch_no} 有 {len(bad)} 件装封有误或扫描记录中没有（{shown}{' 等' if len(bad) > _SHOWN else ''}），不得封装或交寄。",
            f"查看：handa batch scans {batch.batch_no}；补印：handa batch reprint {batch.batch_no}",
        )
    if unprinted:
        raise CopiesNotGood(f"批次 {batch.batch_no} 有 {unprinted} 件补印未完成。", f"请再次运行 handa batch reprint {batch.batch_no}。")
    if waiting:
        raise CopiesNotGood(
            f"批次 {batch.batch_no} 有 {waiting} 件已印而未见装封扫描，不得封装或交寄。",
            f"装封后导入扫描记录：handa batch scans {batch.batch_no} 文件；手工装封的用扫码枪逐张扫入一个 TXT 再导入。",
        )


def logs_of(session: Session, batch: Batch) -> list[ScanFile]:
    """The imported logs in order."""
    return list(session.scalars(select(ScanFile).where(ScanFile.batch_id == batch.id).order_by(ScanFile.number)))


def next_log(session: Session, batch: Batch) -> int:
    """Number of the next log."""
    return (session.scalar(select(func.max(ScanFile.number)).where(ScanFile.batch_id == batch.id)) or 0) + 1
