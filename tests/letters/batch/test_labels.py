"""Labels and bag list of a batch: read off what was sealed, the same bytes again, out of date when a letter was pulled."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from letters.batch import counter
from letters.batch.labels import ADDRESSES, BAGS, BUNDLES, LIST_CSV, LIST_PDF, TRAYS, write_labels
from letters.batch.lookup import batch_by_no
from letters.batch.planning import plan_lender
from letters.batch.preview import write_sample
from letters.batch.printing import print_batch
from letters.batch.pulling import pull_stopped
from letters.batch.releasing import release_batch
from letters.batch.sealing import seal
from letters.post.verify import verify_batch
from letters.press.labels import LabelRefused, sheet_of
from letters.tables import Partner
from locate.case import StopKind
from locate.stops import case_by_no, stop_case
from records.database import Database
from records.errors import NeedsDecision
from tests.letters.conftest import DAY, compose_case


def printed(db: Database) -> str:
    batch_no = plan_lender(db, "DEMO", DAY, actor="test", workers=1).batch_no
    assert batch_no is not None
    with pytest.raises(NeedsDecision):
        write_labels(db, batch_no, None)
    write_sample(db, batch_no, None, actor="lawyer:L001")
    with db.session() as session:
        release_batch(session, db.cipher, batch_by_no(session, batch_no), "L001", clock=db.clock)
    print_batch(db, batch_no, actor="test", workers=1)
    return batch_no


def barcodes(path: Path) -> list[str]:
    found = []
    for page in pypdfium2.PdfDocument(path):
        picture = page.render(scale=200 / 72, grayscale=True).to_numpy()
        found += [one.text for one in zxingcpp.read_barcodes(picture.reshape(picture.shape[:2]))]
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_labels_and_list_are_those_of_the_sealed_manifest(house: Database, keep, tmp_path: Path) -> None:
    with house.session() as session:
        limits = {"bag_pieces": 3, "tray_pieces": 2, "bundle_pieces": 1, "bag_least": 1, "tray_least": 1, "bundle_least": 1}
        counter.change_settings(session, session.query(Partner).one(), {"presort": limits}, actor="test", clock=house.clock)
    keep(*(compose_case(number) for number in range(5)))
    batch_no = printed(house)
    before = write_labels(house, batch_no, tmp_path / "early")
    assert not before.sealed
    with house.session() as session:  # what is planned keeps its limits, whatever is agreed later
        counter.change_settings(session, session.query(Partner).one(), {"presort": None}, actor="test", clock=house.clock)
    folder = seal(house, batch_no, actor="test", workers=1)
    papers = write_labels(house, batch_no, None, address_sheet=sheet_of("21"))
    assert (papers.sealed, papers.bags, papers.trays, papers.bundles, papers.pieces) == (True, 2, 3, 5, 5)
    assert set(papers.files) == {BAGS, TRAYS, BUNDLES, LIST_CSV, LIST_PDF, ADDRESSES}
    assert sorted(barcodes(papers.folder / BAGS)) == [f"{batch_no}/43-001", f"{batch_no}/43-002"]
    assert sorted(barcodes(papers.folder / TRAYS)) == [f"{batch_no}/43-001/T1", f"{batch_no}/43-001/T2", f"{batch_no}/43-002/T1"]
    assert len(barcodes(papers.folder / BUNDLES)) == 5
    with (folder / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(barcodes(papers.folder / ADDRESSES)) == [row["邮件号码"] for row in rows]
    with (papers.folder / LIST_CSV).open(encoding="utf-8-sig", newline="") as file:
        bags = list(csv.DictReader(file))
    assert [(bag["袋号"], bag["寄达"], bag["件数"], bag["格数"], bag["把数"]) for bag in bags] == [
        ("43-001", "武汉市江汉区", "3", "2", "3"), ("43-002", "武汉市江汉区", "2", "1", "2"),
    ]  # fmt: skip
    assert sum(int(bag["重量(g)"]) for bag in bags) == sum(int(row["重量"]) for row in rows)
    assert (bags[0]["首件邮件号码"], bags[1]["末件邮件号码"]) == (rows[0]["邮件号码"], rows[-1]["邮件号码"])
    assert verify_batch(folder) == []
    again = contents(papers.folder)
    write_labels(house, batch_no, None, address_sheet=sheet_of("21"))
    assert contents(papers.folder) == again
    write_labels(house, batch_no, None)
    assert set(contents(papers.folder)) == set(again) - {ADDRESSES}, "an earlier run's address labels would be out of date"


def test_after_a_pull_the_labels_wait_until_the_batch_is_sealed_anew(house: Database, keep) -> None:
    keep(*(compose_case(number) for number in range(3)))
    batch_no = printed(house)
    seal(house, batch_no, actor="test", workers=1)
    with house.session() as session:
        stop_case(session, case_by_no(session, "DEMO", "T00001"), StopKind.SETTLED, "已还清", actor="test", clock=house.clock)
    with house.session() as session:
        assert pull_stopped(session, batch_by_no(session, batch_no), actor="test", clock=house.clock)
    with pytest.raises(NeedsDecision, match="清单 3 件，现有 2 件"):
        write_labels(house, batch_no, None)
    seal(house, batch_no, actor="test", workers=1)
    assert write_labels(house, batch_no, None).pieces == 2


def test_a_refused_label_leaves_what_was_there(house: Database, keep) -> None:
    keep(compose_case(0, debtor_name="阿卜杜热合曼买买提吐尔逊江克里木"))
    batch_no = printed(house)
    papers = write_labels(house, batch_no, None)
    before = contents(papers.folder)
    tiny = sheet_of("40")
    with pytest.raises(LabelRefused, match="第 1 件"):
        write_labels(house, batch_no, None, address_sheet=replace(tiny, width=tiny.width // 3))
    assert contents(papers.folder) == before
