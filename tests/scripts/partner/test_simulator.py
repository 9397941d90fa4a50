"""The simulated partner against our own reading of its answers: with every fault on, the books agree with its truth."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from letters.post.answer_forms import AckLine
from letters.post.answers import Quarantined, read_answers
from letters.post.codes import load_code_table
from letters.post.model import BatchHead, ManifestPiece, PostEvent
from letters.post.numbers import number_at
from letters.post.outcome import Outcome, outcome
from letters.post.places import FolderPlace
from letters.post.presort import assign_slots
from letters.post.sealed import SealedBatch, seal_batch, zip_batch
from records.clock import SHANGHAI
from records.errors import UnreadableInput
from scripts.partner import Fault, Truth, simulate

TABLE = load_code_table()
DAY = date(2026, 11, 21)
ROOT = Path(__file__).resolve().parents[3]


class KeySigner:
    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
        self.public_key_hex = self._key.public_key().public_bytes_raw().hex()

    def sign(self, content: bytes) -> bytes:
        return self._key.sign(content)


def sealed(folder: Path, pieces: int, number: int = 1, product: str = "200") -> SealedBatch:
    batch_no = f"B20261121-{number:02d}"
    fmt, prefix = ("ems13", "11") if product in ("402", "404") else ("domestic13", "XA")
    head = BatchHead(
        batch_no=batch_no, format_version=1, firm_code="HF", firm_name="某某律师事务所", firm_licence_no="3142", firm_address="某街1号",
        firm_phone="027-00000000", partner_code="POST", partner_name="某某邮政", customer_no="42", agreement_no="X1",
        product_code=product, product_name="挂号信函", pay_method="记欠", created_at=datetime(2026, 11, 21, 9, tzinfo=SHANGHAI),
        cut_off_at=datetime(2026, 11, 21, 17, 30, tzinfo=SHANGHAI), paper="A4 80g/m²", duplex=True, fold="Z", envelope="DL",
        enclosures=(), lender_code="L1", lawyer_code="W1", release_token="T",
    )  # fmt: skip
    postcodes = [f"{430000 + 7 * n // 3:06d}" for n in range(pieces)]
    rows = [
        ManifestPiece(
            record_no=n, own_no=f"{batch_no}-{n:06d}", item_no=number_at(prefix, number * 10**6 + n, "", fmt),
            office_postcode=postcode, office_name="武汉市江汉区", recipient_name="某某", recipient_address="湖北省武汉市某路1号",
            recipient_phone=".", weight_g=12, item_name="函件", remark=f"函{n}", postage_fen=420, batch_no=batch_no, case_token=f"C{n}",
            letter_no=f"函{n}", letter_sha256=hashlib.sha256(str(n).encode()).hexdigest(), template="t@1", pages=1, sheets=1,
            envelope="DL", lawyer_code="W1", release_token="T", address_token="A", address_source="contract", address_score="0.5",
            firm_code="HF", lender_code="L1", part=1, first_page=n, sort_bag=slot.label,
        )
        for n, (postcode, slot) in enumerate(zip(postcodes, assign_slots((p, 12) for p in postcodes), strict=True), 1)
    ]  # fmt: skip
    part = folder / f"printed-{number}.pdf"
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(part, deterministic_id=True)
    return seal_batch(head, rows, [part], folder / "batches", KeySigner())


@dataclass
class Books:
    """What we know from the answers alone, built the way an importer would."""

    events: dict[str, list[PostEvent]] = field(default_factory=lambda: defaultdict(list))
    acks: dict[str, AckLine] = field(default_factory=dict)
    quarantined: list[Quarantined] = field(default_factory=list)
    sequences: set[int] = field(default_factory=set)

    def take(self, files: Iterable[Path]) -> None:
        for path in files:
            try:
                answers = read_answers(path, TABLE)
            except UnreadableInput:
                # Cut before its first row was whole: nothing of it has come.
                assert "-cut-" in path.name
                continue
            for row in answers:
                if isinstance(row, PostEvent):
                    self.events[row.item_no].append(row)
                elif isinstance(row, AckLine):
                    self.acks[row.item_no] = row
                else:
                    self.quarantined.append(row)
            # A file that broke off has not come yet.
            if answers.sequence is not None and "-cut-" not in path.name:
                self.sequences.add(answers.sequence)

    def outcome(self, item_no: str) -> Outcome:
        return outcome(self.events[item_no], TABLE, handed_over_on=DAY)


def disagreements(books: Books, truth: Truth) -> list[tuple[str, object, object]]:
    found: list[tuple[str, object, object]] = []
    for item_no, item in truth.items.items():
        ack = books.acks[item_no]
        if item.state == "refused":
            if ack.accepted or ack.reason != item.refused_reason or item_no in books.events:
                found.append((item_no, "refused", ack))
            continue
        seen = books.outcome(item_no)
        said = (str(seen.state), str(seen.how or ""), seen.needs_person)
        if said != (item.state, item.how, False) or (item.state in ("delivered", "returned", "lost") and seen.norm_code != item.norm):
            found.append((item_no, item, seen))
        if (ack.accepted, ack.weight_g, ack.postage_fen) != (True, item.weight_g, item.postage_fen):
            found.append((item_no, item, ack))
    return found


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


def test_an_honest_partners_answers_give_its_truth(tmp_path: Path, inbox: Path) -> None:
    batch = sealed(tmp_path, 300)
    FolderPlace(inbox).hand_over(batch.path)
    truth = simulate(inbox, tmp_path / "answers", DAY, seed=1)
    assert truth.batches == {batch.name: batch.content_sha256}
    assert len(truth.items) == 300
    books = Books()
    books.take(truth.arrived)
    assert disagreements(books, truth) == []
    assert books.quarantined == []
    assert books.sequences == set(range(1, len(truth.files) + 1))
    assert {ack.batch_sha256 for ack in books.acks.values()} == {batch.content_sha256}


@pytest.mark.parametrize("product", ["200", "404"])
def test_about_half_is_delivered_and_the_rest_has_reasons(tmp_path: Path, inbox: Path, product: str) -> None:
    FolderPlace(inbox).hand_over(sealed(tmp_path, 1500, product=product).path)
    truth = simulate(inbox, tmp_path / "answers", DAY, seed=2)
    assert 0.3 < truth.counts()["delivered"] / 1500 < 0.6
    assert len({item.norm for item in truth.items.values() if item.state == "returned"}) >= 5
    assert {"self", "other", "unit"} == {item.how for item in truth.items.values() if item.state == "delivered"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_every_fault_on_the_books_agree_once_the_missing_files_were_asked_for(
    tmp_path: Path, inbox: Path, seed: int
) -> None:
    for number, product in ((1, "200"), (2, "240"), (3, "404")):
        FolderPlace(inbox).hand_over(sealed(tmp_path, 200, number, product).path)
    truth = simulate(inbox, tmp_path / "answers", DAY, seed, frozenset(Fault))
    assert {fault for file in truth.files for fault in file.faults} >= {"lost", "duplicated", "truncated", "gbk", "late"}
    assert any(item.voided for item in truth.items.values())
    books = Books()
    books.take(truth.arrived)
    missing = set(range(1, max(file.sequence for file in truth.files) + 1)) - books.sequences
    assert missing == {file.sequence for file in truth.files if file.held_back}
    assert len(missing) >= 3
    books.take(truth.held_back)
    assert disagreements(books, truth) == []
    strangers = books.events.keys() - truth.items.keys()
    assert strangers == set(truth.foreign)
    codes = {row.code for row in books.quarantined}
    assert {"UNKNOWN_CODE"} <= codes <= {"UNKNOWN_CODE", "BROKEN_OFF", "BAD_COLUMNS", "BAD_QUOTING", "BAD_ENCODING", "BAD_EFFECT"}
    own = [r for r in books.quarantined if r.code == "UNKNOWN_CODE"]
    assert len({r.content for r in own}) >= truth.unknown_rows > 0


def test_taking_the_files_in_any_order_and_twice_gives_the_same_books(tmp_path: Path, inbox: Path) -> None:
    FolderPlace(inbox).hand_over(sealed(tmp_path, 120).path)
    truth = simulate(inbox, tmp_path / "answers", DAY, 5, frozenset(Fault))
    files = [*truth.arrived, *truth.held_back]
    one, other = Books(), Books()
    one.take(files)
    other.take([*reversed(files), *files])
    assert {n: one.outcome(n) for n in truth.items} == {n: other.outcome(n) for n in truth.items}


def test_before_the_missing_files_come_nothing_false_is_believed(tmp_path: Path, inbox: Path) -> None:
    FolderPlace(inbox).hand_over(sealed(tmp_path, 300).path)
    truth = simulate(inbox, tmp_path / "answers", DAY, 8, {Fault.LOST, Fault.REORDERED, Fault.DUPLICATED})
    assert truth.held_back
    books = Books()
    books.take(truth.arrived)
    for item_no, item in truth.items.items():
        seen = books.outcome(item_no)
        assert not seen.is_final or seen.state == item.state


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path, inbox: Path) -> None:
    FolderPlace(inbox).hand_over(sealed(tmp_path, 50).path)

    def written(name: str, seed: int) -> dict[str, bytes]:
        simulate(inbox, tmp_path / name, DAY, seed, frozenset(Fault))
        return {p.relative_to(tmp_path / name).as_posix(): p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}

    assert written("a", 9) == written("b", 9) != written("c", 10)


def test_a_second_call_changes_nothing_and_a_later_day_goes_on(tmp_path: Path, inbox: Path) -> None:
    FolderPlace(inbox).hand_over(sealed(tmp_path, 80).path)
    books = Books()
    for until in (DAY, date(2026, 11, 24), date(2026, 11, 24), date(2027, 1, 5)):
        truth = simulate(inbox, tmp_path / "answers", DAY, 6, until=until)
        books.take(truth.arrived)
        if until == DAY:
            assert {str(books.outcome(n).state) for n in truth.items} <= {"accepted", "in_transit"}
            first = truth
    assert disagreements(books, first) == []
    assert simulate(inbox, tmp_path / "answers", DAY, 6, until=date(2027, 1, 5)).files == []


def test_a_damaged_batch_is_refused_line_by_line_with_the_reason(tmp_path: Path, inbox: Path) -> None:
    batch = sealed(tmp_path, 5)
    inbox.mkdir()
    shutil.copytree(batch.path, inbox / batch.name)
    (inbox / batch.name / "print/part-0001.pdf").write_bytes(b"changed")
    truth = simulate(inbox, tmp_path / "answers", DAY)
    assert list(truth.rejected) == [batch.name]
    books = Books()
    books.take(truth.arrived)
    assert all(not ack.accepted and "part-0001.pdf" in ack.reason for ack in books.acks.values())
    assert len(books.acks) == 5
    assert not books.events


def test_a_zip_is_taken_and_an_upload_under_way_is_not(tmp_path: Path, inbox: Path) -> None:
    batch = sealed(tmp_path, 5)
    inbox.mkdir()
    zip_batch(batch.path, inbox / f"{batch.name}.zip")
    shutil.copytree(sealed(tmp_path, 5, 2).path, inbox / ".B20261121-02-00000000.part")
    truth = simulate(inbox, tmp_path / "answers", DAY)
    assert list(truth.batches) == [batch.name]


def test_wrong_sums_of_a_good_seal_are_noticed_by_the_partner(tmp_path: Path, inbox: Path) -> None:
    from scripts.partner import receive as module

    batch = sealed(tmp_path, 3)
    ticket = json.loads((batch.path / "batch.json").read_text())
    ticket["totals"]["pieces"] = 4
    (batch.path / "batch.json").write_text(json.dumps(ticket))
    faults = module.receive(batch.path).faults
    assert "件数、总重或总资费与清单不符" in faults
    assert module.receive(sealed(tmp_path / "b", 3).path if (tmp_path / "b").mkdir() is None else batch.path).faults == ()


def test_the_module_runs_from_the_command_line(tmp_path: Path, inbox: Path) -> None:
    FolderPlace(inbox).hand_over(sealed(tmp_path, 10).path)
    done = subprocess.run(
        [sys.executable, "-m", "scripts.partner", str(inbox), str(tmp_path / "answers"), "--day", "2026-11-21", "--fault", "all", "--json"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["items"]) == 10


def test_a_fate_is_not_changed_by_what_else_the_partner_does_wrong(tmp_path: Path, inbox: Path) -> None:
    FolderPlace(inbox).hand_over(sealed(tmp_path, 100).path)
    plain = simulate(inbox, tmp_path / "a", DAY, 3)
    lossy = simulate(inbox, tmp_path / "b", DAY, 3, {Fault.LOST, Fault.GBK, Fault.DUPLICATED, Fault.REORDERED})
    assert {n: replace(i, batch="") for n, i in plain.items.items()} == {n: replace(i, batch="") for n, i in lossy.items.items()}
