"""Print control on a real database: proofs stop a part, scan logs find spoiled copies, only those are printed again."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import func, select, update

from letters.batch import reprinting
from letters.batch.handing import hand_over
from letters.batch.inserted import CopiesNotGood, CopyState, copies_of, demand_good_copies, print_counts
from letters.batch.inserting import ScanReport, import_scans
from letters.batch.letterview import find_letter
from letters.batch.lookup import batch_by_no, live_pieces
from letters.batch.planning import plan_lender
from letters.batch.preview import write_sample
from letters.batch.printing import part_name, print_batch, print_folder
from letters.batch.proofing import sample_size, share_of
from letters.batch.proofs import proof_batch
from letters.batch.releasing import release_batch
from letters.batch.reprinting import LogsIncomplete, reprint
from letters.batch.sealing import seal
from letters.batch.view import batch_view
from letters.post.manifest import read_manifest
from letters.post.verify import verify_batch
from letters.press import furniture
from letters.press.geometry import mm
from letters.press.mark import Mark
from letters.press.setting import SONG
from letters.tables import Batch, Letter, NumberRange, Partner, Piece
from letters.tables_print import PartProof, Reprint, ScanFile, SpoiledPiece
from locate.case import StopKind
from locate.stops import case_by_no, stop_case
from records.database import Database
from records.errors import Broken, NeedsDecision, WrongUsage

DAY = date(2026, 11, 20)
CASES = 6
Sheets = list[list[Mark | None]]


@pytest.fixture
def printed(house: Database, keep, composed) -> str:  # type: ignore[no-untyped-def]
    """A printed batch of ``CASES`` letters."""
    keep(*(composed(number) for number in range(CASES)))
    return prepared(house)


def prepared(db: Database) -> str:
    batch_no = plan_lender(db, "DEMO", DAY, actor="test", workers=1).batch_no
    assert batch_no is not None
    write_sample(db, batch_no, None, actor="lawyer:L001")
    with db.session() as session:
        release_batch(session, db.cipher, batch_by_no(session, batch_no), "L001", clock=db.clock)
    print_batch(db, batch_no, actor="test", workers=1)
    return batch_no


def envelopes(db: Database, batch_no: str, only: Iterable[int] | None = None) -> Sheets:
    """What a faultless inserter would read of the present copies."""
    with db.session() as session:
        pieces = list(live_pieces(session, db.cipher, batch_by_no(session, batch_no), only=None if only is None else list(only)))
    return [[Mark(batch_no, p.position, p.copy_no, n, (p.pages or 0) // 2) for n in range(1, (p.pages or 0) // 2 + 1)] for p in pieces]


@pytest.fixture
def scan(house: Database, tmp_path: Path) -> Callable[[str, Sheets], ScanReport]:
    """``scan(batch_no, envelopes)`` writes a log of them and imports it."""
    made = iter(range(1, 100))

    def take(batch_no: str, seen: Sheets) -> ScanReport:
        number = next(made)
        path = tmp_path / f"scan-{number}.csv"
        with path.open("w", encoding="gb18030", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("扫描时间", "标记", "信封号"))
            rows = [(at, mark) for at, envelope in enumerate(seen) for mark in envelope]
            for row, (envelope, mark) in enumerate(rows):
                writer.writerow((f"2026-11-20 10:{row // 60:02d}:{row % 60:02d}.5", mark.text if mark else "NOREAD", f"{number}-{envelope}"))
        return import_scans(house, batch_no, path, actor="test")

    return take


def states(db: Database, batch_no: str) -> dict[tuple[int, int], CopyState]:
    with db.session() as session:
        return {(c.position, c.copy_no): c.state for c in copies_of(session, batch_by_no(session, batch_no))}


def again(db: Database, batch_no: str, **more: bool) -> reprinting.ReprintResult:
    return reprint(db, batch_no, actor="test", workers=1, **more)


def sealed(db: Database, batch_no: str) -> Path:
    return seal(db, batch_no, actor="test", workers=1)


def counts(db: Database, batch_no: str):  # type: ignore[no-untyped-def]
    with db.session() as session:
        found = print_counts(session, batch_by_no(session, batch_no))
    assert found.adds_up, found
    return found


def test_printing_looks_at_every_piece_of_a_small_batch(house, printed) -> None:
    with house.session() as session:
        row = session.scalars(select(PartProof)).one()
        assert (row.part, row.pieces, row.looked, row.findings) == (1, CASES, CASES, {"findings": []})
    assert [(one.looked, one.findings) for one in proof_batch(house, printed, sample=None, actor="test")] == [(CASES, ())]
    assert [one.looked for one in proof_batch(house, printed, sample=2, actor="test")] == [2]


def test_the_sample_grows_as_the_rule_says() -> None:
    assert [sample_size(pieces) for pieces in (1, 20, 21, 60, 500, 5_000, 50_000)] == [1, 20, 20, 54, 71, 72, 72]
    assert [share_of(500, 50_000), share_of(500, 500), share_of(1, 501), share_of(500, 501)] == [1, 71, 1, 71]


def test_a_page_that_is_not_as_the_manifest_says_stops_the_part(house, keep, composed, monkeypatch) -> None:
    keep(*(composed(number) for number in range(3)))
    original = furniture.window
    monkeypatch.setattr(
        furniture, "window", lambda s, f, layout: original(s, f, layout) + furniture.show_at(s, "律师函", SONG, 1050, mm(60), mm(66))
    )
    with pytest.raises(Broken, match=r"第 1 件（分册第 1 页）信封窗口可能露出") as caught:
        prepared(house)
    assert caught.value.code == "E-PROOF"
    assert not list(print_folder(house.settings, "B20261120-01").glob("part-*.pdf"))
    with pytest.raises(NeedsDecision):
        sealed(house, "B20261120-01")


def test_a_batch_that_printing_did_not_proof_is_proofed_before_it_is_sealed(house, printed) -> None:
    with house.session() as session:
        proof = session.scalars(select(PartProof)).one()
        session.execute(update(Batch).values(letters_sha256=Batch.letters_sha256))
        batch_id, part, sha256 = proof.batch_id, proof.part, proof.part_sha256
    with house.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE part_proof DISABLE TRIGGER USER")
        connection.exec_driver_sql("DELETE FROM part_proof")
    sealed(house, printed)
    with house.session() as session:
        row = session.scalars(select(PartProof)).one()
        assert (row.batch_id, row.part, row.part_sha256, row.looked) == (batch_id, part, sha256, CASES)


def test_a_faultless_log_lets_the_batch_go(house, printed, scan) -> None:
    assert set(states(house, printed).values()) == {CopyState.WAITING}
    report = scan(printed, envelopes(house, printed))
    assert (report.counts["whole"], report.counts["faulty"], report.faults) == (CASES, 0, ())
    assert set(states(house, printed).values()) == {CopyState.INSERTED}
    found = counts(house, printed)
    assert (found.generated, found.printed, found.inserted, found.spoiled) == (CASES, CASES, CASES, 0)
    sealed(house, printed)
    assert again(house, printed).replaced == ()


def test_the_same_log_twice_changes_nothing_and_a_later_one_adds(house, printed, scan, tmp_path) -> None:
    seen = envelopes(house, printed)
    scan(printed, seen[:4])
    first = states(house, printed)
    assert list(first.values()).count(CopyState.MISSING) == CASES - 4
    repeated = import_scans(house, printed, tmp_path / "scan-1.csv", actor="test")
    assert repeated.already and states(house, printed) == first
    with house.session() as session:
        assert session.scalar(select(func.count()).select_from(ScanFile)) == 1
    scan(printed, seen[4:])
    assert set(states(house, printed).values()) == {CopyState.INSERTED}
    scan(printed, seen[:1])  # the same copy in another envelope: two letters would go
    assert states(house, printed)[1, 1] is CopyState.FAULTY


def test_spoiled_and_missing_copies_are_printed_again_and_only_those_go(house, printed, scan) -> None:
    before = sealed(house, printed)  # sealed first: a faulty log then breaks the seal
    seen = envelopes(house, printed)
    del seen[4]
    seen[1].insert(0, seen[1][0])
    seen[2].append(None)
    report = scan(printed, seen)
    assert [fault.code for fault in report.faults] == ["NO_READ"]
    with pytest.raises(CopiesNotGood, match="有 3 件装封有误"):
        sealed(house, printed)
    with pytest.raises(CopiesNotGood):
        hand_over(house, printed, actor="test", workers=1)
    done = again(house, printed)
    assert [(one.position, one.copy_no) for one in done.replaced] == [(2, 2), (3, 2), (5, 2)]
    assert done.unsealed == before.name and not before.exists()
    assert [path.name for path in done.parts] == ["part-0002-cover.pdf", "part-0002.pdf"]
    assert (counts(house, printed).spoiled, counts(house, printed).waiting) == (3, 3)
    with pytest.raises(CopiesNotGood, match="未见装封扫描"):
        sealed(house, printed)
    scan(printed, envelopes(house, printed, only=(2, 3, 5)))
    folder = sealed(house, printed)
    assert folder.name != before.name and verify_batch(folder, count_pages=True) == []
    rows = list(read_manifest(folder / "manifest.csv"))
    void, new = {one.void_item_no for one in done.replaced}, {one.item_no for one in done.replaced}
    items = {row.item_no for row in rows}
    assert len(rows) == CASES and not items & void and new <= items
    assert [(row.part, row.first_page) for row in rows if row.item_no in new] == [(2, 1), (2, 3), (2, 5)]
    hand_over(house, printed, actor="test", workers=1)
    found = counts(house, printed)
    assert (found.generated, found.printed, found.inserted, found.spoiled) == (CASES + 3, CASES, CASES, 3)
    with house.session() as session:
        batch = batch_by_no(session, printed)
        assert [row["item_no"] for row in batch_view(session, batch)["letters"]] == [row.item_no for row in rows]
        assert find_letter(session, min(void))[1].item_no in new
        assert [one["kind"] for one in batch_view(session, batch)["events"]].count("reprinted") == 1
    with pytest.raises(WrongUsage, match="已交寄"):
        again(house, printed)


def test_a_new_copy_is_the_same_letter_but_for_its_numbers(house, printed, scan) -> None:
    with house.session() as session:
        old_hash = session.scalars(select(Letter.fields_sha256).order_by(Letter.position)).all()
    folder = print_folder(house.settings, printed)
    with pikepdf.open(folder / part_name(1)) as part:
        old = [page.Contents.read_bytes() if "/Contents" in page else b"" for page in part.pages][2:4]
    seen = envelopes(house, printed)
    seen[1].clear()
    scan(printed, seen)
    again(house, printed)
    with pikepdf.open(folder / part_name(2)) as part:
        new = [page.Contents.read_bytes() for page in part.pages][:2]
    assert len(old) == len(new) and old[0] != new[0]
    assert old[1] == new[1], "the second page bears neither item number nor mark"
    with house.session() as session:
        assert session.scalars(select(Letter.fields_sha256).order_by(Letter.position)).all() == old_hash
        assert session.scalars(select(SpoiledPiece.codes)).all() == ["NOT_SCANNED"]
    assert [one.findings for one in proof_batch(house, printed, sample=None, actor="test")] == [(), ()]


def test_killed_between_numbers_and_pages_and_run_again_makes_no_third_copy(house, printed, scan, monkeypatch) -> None:
    seen = envelopes(house, printed)
    seen[0].clear()
    scan(printed, seen)

    def die(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(reprinting, "print_batch", die)
        with pytest.raises(KeyboardInterrupt):
            again(house, printed)
    assert states(house, printed)[1, 2] is CopyState.UNPRINTED
    with pytest.raises(CopiesNotGood, match="补印未完成"):
        sealed(house, printed)
    assert again(house, printed).replaced == () and again(house, printed).replaced == ()
    assert states(house, printed)[1, 2] is CopyState.WAITING
    cover = print_folder(house.settings, printed) / "part-0002-cover.pdf"
    made = cover.read_bytes()
    cover.unlink()
    again(house, printed)
    assert cover.read_bytes() == made
    with house.session() as session:
        assert session.scalar(select(func.count()).select_from(Piece)) == CASES + 1
        assert session.scalar(select(func.count()).select_from(Reprint)) == 1


def test_numbers_are_taken_with_their_pieces_or_not_at_all(house, printed, scan) -> None:
    seen = envelopes(house, printed)
    seen[0].clear(), seen[1].clear()
    scan(printed, seen)
    with house.session() as session:
        session.execute(update(NumberRange).values(last_serial=NumberRange.next_serial))
        left = session.scalars(select(NumberRange.next_serial)).one()
    with pytest.raises(NeedsDecision, match=r"需要 2 个号码.*只剩 1 个"):
        again(house, printed)
    with house.session() as session:
        assert session.scalars(select(NumberRange.next_serial)).one() == left
        assert session.scalar(select(func.count()).select_from(Piece)) == CASES


def test_a_spoiled_second_copy_gets_a_third_and_a_void_copy_in_an_envelope_is_told(house, printed, scan) -> None:
    seen = envelopes(house, printed)
    kept = list(seen[3])
    seen[3].clear()
    scan(printed, seen)
    again(house, printed)
    scan(printed, [kept])  # the lost first copy turns up in an envelope after all
    with house.session() as session:
        void = [c for c in copies_of(session, batch_by_no(session, printed)) if c.state is CopyState.REPLACED]
    assert [(c.position, c.codes) for c in void] == [(4, "NOT_SCANNED VOID_COPY")]
    second = envelopes(house, printed, only=[4])
    second[0].append(None)
    scan(printed, second)
    assert states(house, printed)[4, 2] is CopyState.FAULTY
    assert [(one.position, one.copy_no) for one in again(house, printed).replaced] == [(4, 3)]
    scan(printed, envelopes(house, printed, only=[4]))
    folder = sealed(house, printed)
    assert verify_batch(folder, count_pages=True) == []
    assert counts(house, printed).spoiled == 2


def test_so_many_missing_that_a_log_was_rather_forgotten(house, keep, composed, scan) -> None:
    keep(*(composed(number) for number in range(14)))
    batch_no = prepared(house)
    scan(batch_no, envelopes(house, batch_no)[:2])
    with pytest.raises(LogsIncomplete, match="12 件（共 14 件）"):
        again(house, batch_no)
    assert len(again(house, batch_no, complete=True).replaced) == 12


def test_a_pulled_letter_is_neither_printed_again_nor_in_the_way(house, printed, scan) -> None:
    seen = envelopes(house, printed)
    seen[0].clear(), seen[1].clear()
    scan(printed, seen)
    with house.session() as session:
        case_no = session.scalars(select(Letter).order_by(Letter.position)).first()
        case = case_by_no(session, "DEMO", _case_of(session, case_no))
        stop_case(session, case, StopKind.SETTLED, "已结清", actor="test", clock=house.clock)
    done = again(house, printed)
    assert [one.position for one in done.replaced] == [2] and len(done.pulled) == 1
    scan(printed, envelopes(house, printed, only=[2]))
    assert len(list(read_manifest(sealed(house, printed) / "manifest.csv"))) == CASES - 1
    assert counts(house, printed).pulled == 1


def _case_of(session, letter) -> str:  # type: ignore[no-untyped-def]
    from locate.tables import Case

    return session.get_one(Case, letter.case_id).case_no


def test_a_partner_that_requires_scans_gets_no_batch_without(house, printed) -> None:
    with house.session() as session:
        partner = session.scalars(select(Partner)).one()
        partner.settings = {**partner.settings, "scan_control": "required"}
    with pytest.raises(CopiesNotGood, match="6 件已印而未见装封扫描"):
        sealed(house, printed)


def test_a_batch_without_logs_goes_as_before(house, printed) -> None:
    with house.session() as session:
        demand_good_copies(session, batch_by_no(session, printed))
    with pytest.raises(NeedsDecision, match="还没有导入扫描记录"):
        again(house, printed)
    sealed(house, printed)
    hand_over(house, printed, actor="test", workers=1)
