"""The simulated partner against our own reading of its answers: with every fault on, the books agree with its truth."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from letters.post.answer_forms import AckLine, open_event, push_event
from letters.post.answers import Quarantined, read_answers
from letters.post.codes import CodeTable, code_table_with, load_code_table
from letters.post.model import BatchHead, ManifestPiece, PostEvent
from letters.post.numbers import number_at
from letters.post.outcome import Outcome, outcome
from letters.post.places import FolderPlace
from letters.post.presort import assign_slots
from letters.post.sealed import SealedBatch, seal_batch, zip_batch
from records.clock import SHANGHAI
from records.errors import UnreadableInput
from scripts.partner import ALIASES, Fault, FaultPlan, FileTruth, ItemTruth, SimulatedPartner, Truth, simulate
from scripts.partner.answer_files import OPEN_COLUMNS, PUSH_COLUMNS, open_row, push_row
from scripts.partner.distance import days_between
from scripts.partner.faults import UPLOAD_FAULTS
from scripts.partner.mailroom import ACK, EVENTS
from scripts.partner.tracks import Event, Journey, track, voided_weeks_later

ROOT = Path(__file__).resolve().parents[3]
TABLE = code_table_with((ROOT / "scripts/partner/own_codes.csv").read_text("utf-8"))
"""With the partner's newest manual: what an importer knows once the unknown codes are mapped."""
DAY = date(2026, 11, 21)


class KeySigner:
    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
        self.public_key_hex = self._key.public_key().public_bytes_raw().hex()

    def sign(self, content: bytes) -> bytes:
        return self._key.sign(content)


def sealed(folder: Path, pieces: int, number: int = 1, product: str = "200", *, spread: int = 7) -> SealedBatch:
    """``spread``: how far apart the postcodes lie; 700 goes through many cities."""
    batch_no = f"B20261121-{number:02d}"
    fmt, prefix = ("ems13", "11") if product in ("402", "404") else ("domestic13", "XA")
    head = BatchHead(
        batch_no=batch_no, format_version=1, firm_code="HF", firm_name="某某律师事务所", firm_licence_no="3142", firm_address="某街1号",
        firm_phone="027-00000000", partner_code="POST", partner_name="某某邮政", customer_no="42", agreement_no="X1",
        product_code=product, product_name="挂号信函", pay_method="记欠", created_at=datetime(2026, 11, 21, 9, tzinfo=SHANGHAI),
        cut_off_at=datetime(2026, 11, 21, 17, 30, tzinfo=SHANGHAI), paper="A4 80g/m²", duplex=True, fold="Z", envelope="DL",
        enclosures=(), lender_code="L1", lawyer_code="W1", release_token="T",
    )  # fmt: skip
    postcodes = [f"{430000 + spread * n // 3:06d}" for n in range(pieces)]
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

    table: CodeTable = TABLE
    events: dict[str, list[PostEvent]] = field(default_factory=lambda: defaultdict(list))
    acks: dict[str, AckLine] = field(default_factory=dict)
    quarantined: list[Quarantined] = field(default_factory=list)
    sequences: dict[str, set[int]] = field(default_factory=lambda: {ACK: set(), EVENTS: set()})

    def take(self, files: Iterable[FileTruth]) -> None:
        for file in files:
            try:
                answers = read_answers(Path(file.path), self.table, aliases=ALIASES)
            except UnreadableInput:
                # Cut before its first row was whole: nothing of it has come.
                assert file.cut
                continue
            assert answers.kind == file.kind
            for row in answers:
                if isinstance(row, PostEvent):
                    self.events[row.item_no].append(row)
                elif isinstance(row, AckLine):
                    self.acks[row.item_no] = row
                else:
                    self.quarantined.append(row)
            # A file that broke off has not come yet.
            if answers.sequence is not None and not file.cut:
                assert answers.sequence == file.sequence
                self.sequences[file.kind].add(answers.sequence)

    def outcome(self, item_no: str) -> Outcome:
        return outcome(self.events[item_no], self.table, handed_over_on=DAY)


def came(truth: Truth) -> list[FileTruth]:
    return [file for file in truth.files if file.came_on is not None]


def held(truth: Truth) -> list[FileTruth]:
    return [file for file in truth.files if file.held_back]


def said(item: ItemTruth, day: date | None = None) -> tuple[str, str, str, datetime | None]:
    """State, how, norm and moment of the end by the partner's own books; the last two only where it is one."""
    turn = item.turns[-1] if day is None else item.on(day)
    assert turn is not None
    ended = turn.state in ("delivered", "returned", "lost")
    return turn.state, turn.how, turn.norm if ended else "", turn.at.replace(tzinfo=SHANGHAI) if ended else None


def read(seen: Outcome) -> tuple[str, str, str, datetime | None]:
    """The same by our reading."""
    return str(seen.state), str(seen.how or ""), seen.norm_code if seen.is_final else "", seen.final_at if seen.is_final else None


def disagreements(books: Books, truth: Truth) -> list[tuple[str, object, object]]:
    found: list[tuple[str, object, object]] = []
    for item_no, item in truth.items.items():
        ack = books.acks[item_no]
        if item.state == "refused":
            if ack.accepted or ack.reason != item.refused_reason or item_no in books.events:
                found.append((item_no, "refused", ack))
            continue
        seen = books.outcome(item_no)
        if read(seen) != said(item) or seen.needs_person or item.state != item.turns[-1].state:
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
    books.take(came(truth))
    assert disagreements(books, truth) == []
    assert books.quarantined == []
    assert books.sequences == {ACK: {1}, EVENTS: set(range(1, len(truth.files)))}
    assert truth.injected == []
    assert {ack.batch_sha256 for ack in books.acks.values()} == {batch.content_sha256}


@pytest.mark.parametrize("product", ["200", "404"])
def test_about_half_is_delivered_and_the_rest_has_reasons(tmp_path: Path, inbox: Path, product: str) -> None:
    FolderPlace(inbox).hand_over(sealed(tmp_path, 800, product=product).path)
    truth = simulate(inbox, tmp_path / "answers", DAY, seed=2)
    assert 0.3 < truth.counts()["delivered"] / 800 < 0.6
    assert len({item.norm for item in truth.items.values() if item.state == "returned"}) >= 5
    assert {"self", "other", "unit"} == {item.how for item in truth.items.values() if item.state == "delivered"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_every_fault_on_the_books_agree_once_the_missing_files_were_asked_for(
    tmp_path: Path, inbox: Path, seed: int
) -> None:
    for number, product in ((1, "200"), (2, "240"), (3, "404")):
        FolderPlace(inbox).hand_over(sealed(tmp_path, 200, number, product).path)
    truth = simulate(inbox, tmp_path / "answers", DAY, seed, frozenset(Fault))
    assert set(truth.faults()) >= set(Fault) - set(UPLOAD_FAULTS) - {Fault.LOST_ACK, Fault.REPEATED_ACK, Fault.SWAPPED}
    assert any(item.voided for item in truth.items.values())
    books = Books()
    books.take(came(truth))
    for kind in (ACK, EVENTS):
        last = max(file.sequence for file in truth.files if file.kind == kind)
        missing = set(range(1, last + 1)) - books.sequences[kind]
        assert missing == {file.sequence for file in held(truth) if file.kind == kind}
    assert len(held(truth)) >= 3
    books.take(held(truth))
    assert disagreements(books, truth) == []
    strangers = books.events.keys() - truth.items.keys()
    assert strangers == set(truth.foreign)
    codes = {row.code for row in books.quarantined}
    assert codes <= {"BROKEN_OFF", "BAD_COLUMNS", "BAD_QUOTING", "BAD_ENCODING", "BAD_EFFECT", "BAD_ACCEPTED", "BAD_NUMBER", "BAD_HASH"}


def test_codes_of_the_newest_manual_wait_until_they_are_mapped(tmp_path: Path, inbox: Path) -> None:
    for number, product in ((1, "200"), (2, "404")):
        FolderPlace(inbox).hand_over(sealed(tmp_path, 150, number, product).path)
    truth = simulate(inbox, tmp_path / "answers", DAY, 4, {Fault.UNKNOWN_CODES: 0.3})
    before, after = Books(load_code_table()), Books()
    before.take(came(truth))
    after.take(came(truth))
    assert {row.code for row in before.quarantined} == {"UNKNOWN_CODE"}
    assert len(before.quarantined) == truth.unknown_rows == truth.faults()[Fault.UNKNOWN_CODES]
    ends = {n for n, item in truth.items.items() if item.unknown in ("19", "199")}
    assert ends
    assert {str(before.outcome(n).state) for n in ends} == {"in_transit"}
    assert (after.quarantined, disagreements(after, truth)) == ([], [])


def test_on_every_day_the_books_are_those_of_what_was_told_so_far(tmp_path: Path, inbox: Path) -> None:
    FolderPlace(inbox).hand_over(sealed(tmp_path, 60).path)
    partner = SimulatedPartner(inbox, tmp_path / "answers", FaultPlan.of(3, {Fault.VOIDS: 0.5}))
    books, taken, day = Books(), 0, DAY
    while day < date(2027, 1, 31):
        partner.work(day)
        files = came(partner.truth)
        books.take(files[taken:])
        taken = len(files)
        assert [n for n, item in partner.truth.items.items() if read(books.outcome(n)) != said(item, day)] == []
        day += timedelta(days=1)
    assert disagreements(books, partner.truth) == []


def test_what_is_asked_for_comes(tmp_path: Path, inbox: Path) -> None:
    """Missing numbers, a batch without acknowledgement, whole tracks, and an enquiry that finds the open items lost."""
    batch = sealed(tmp_path, 200)
    FolderPlace(inbox).hand_over(batch.path)
    partner = SimulatedPartner(inbox, tmp_path / "answers", FaultPlan.of(7, {Fault.LOST: 0.4, Fault.LOST_ACK: 1.0}), keep_taken=True)
    day = DAY
    while day < date(2027, 1, 15):
        partner.work(day)
        day += timedelta(days=1)
    assert not list(tmp_path.glob("answers/ACK*"))
    books = Books()
    books.take(came(partner.truth))
    some = [file.sequence for file in held(partner.truth) if file.kind == EVENTS][:2]
    assert partner.resend(day, kind=EVENTS, numbers=some) == 2
    assert partner.acknowledge_again([batch.name], day) == 1
    assert partner.acknowledge_again([batch.name], day) == 1, "asked again, the post writes a new one"
    assert partner.tell_again(partner.truth.items, day) > 200
    open_ = [n for n, item in partner.truth.items.items() if item.state == "in_transit"]
    assert sorted(partner.enquire(partner.truth.items, day)) == sorted(open_)
    assert partner.enquire(open_, day) == []
    reopened = SimulatedPartner(inbox, tmp_path / "answers", partner.plan, keep_taken=True)
    assert reopened.truth.items == partner.truth.items
    for _ in range(20):
        day += timedelta(days=1)
        reopened.work(day)
    books.take([*came(partner.truth), *came(reopened.truth)])
    assert disagreements(books, partner.truth) == []
    assert {partner.truth.items[n].state for n in open_} == {"lost"}


def test_two_swapped_labels_lead_to_each_others_city(tmp_path: Path, inbox: Path) -> None:
    FolderPlace(inbox).hand_over(sealed(tmp_path, 300, spread=700).path)
    truth = simulate(inbox, tmp_path / "answers", DAY, 2, {Fault.SWAPPED: 0.05})
    pairs = {n: item.swapped_with for n, item in truth.items.items() if item.swapped_with}
    assert len(pairs) == 2 * truth.faults()[Fault.SWAPPED] > 10
    assert all(pairs[other] == n for n, other in pairs.items())
    books = Books()
    books.take(came(truth))
    assert disagreements(books, truth) == []


def test_an_item_number_is_taken_once(tmp_path: Path, inbox: Path) -> None:
    FolderPlace(inbox).hand_over(sealed(tmp_path, 5).path)
    partner = SimulatedPartner(inbox, tmp_path / "answers")
    partner.work(DAY)
    (tmp_path / "again").mkdir()
    FolderPlace(inbox).hand_over(sealed(tmp_path / "again", 8).path)
    assert len(list(inbox.iterdir())) == 2
    partner.work(DAY + timedelta(days=1))
    refused = [n for n, item in partner.truth.items.items() if item.refused_reason == "邮件号码已被使用"]
    assert len(refused) == 5


def test_another_key_than_the_agreed_one_is_not_taken(tmp_path: Path, inbox: Path) -> None:
    FolderPlace(inbox).hand_over(sealed(tmp_path, 3).path)
    truth = simulate(inbox, tmp_path / "answers", DAY, sender_key="00" * 32)
    assert list(truth.rejected.values()) == [("签名公钥不是约定的公钥",)]
    other = simulate(inbox, tmp_path / "others", DAY, sender_key=KeySigner().public_key_hex)
    assert (len(other.items), other.rejected) == (3, {})


@given(st.integers(0, 10**6), st.sampled_from(["430000", "100000", "830000", "990000"]), st.sampled_from(["200", "404"]))
@settings(max_examples=150, deadline=None)
def test_a_track_moves_forward_in_known_codes_and_ends_as_its_fate_says(seed: int, postcode: str, product: str) -> None:
    chance = random.Random(seed)
    journey = Journey("XA00000000001" if product == "200" else "1100000000001", "某市某区", postcode, product)
    fate, events = track(journey, DAY, chance)
    if fate.state == "delivered" and seed % 2:
        fate, events = voided_weeks_later(journey, events, chance)
    effective = [event.at for event in events if event.effective]
    assert effective == sorted(effective)
    assert effective[0].date() == DAY
    # A name of our own for each row: the code is read as the importer would.
    rows = [dict(zip((OPEN_COLUMNS if journey.opened else PUSH_COLUMNS), row(event), strict=True)) for event in events]
    form = open_event if journey.opened else push_event
    seen = outcome([form({k.lower(): v for k, v in r.items()}, load_code_table()) for r in rows], load_code_table(), handed_over_on=DAY)
    assert (str(seen.state), str(seen.how or ""), seen.needs_person) == (fate.state, fate.how, False)


def row(event: Event) -> list[str]:
    return open_row(event) if event.item_no.isdigit() else push_row(1, event)


def test_the_farther_the_longer() -> None:
    days = [days_between("430000", to, express=False) for to in ("430014", "441000", "410000", "518000", "830000")]
    assert days == [(1, 1), (1, 2), (1, 2), (2, 3), (5, 7)]
    assert days_between("430000", "830000", express=True) == (4, 6)


def test_a_plan_reads_faults_with_their_shares() -> None:
    plan = FaultPlan.read(1, ["all=0.5", "lost=0", "gbk"])
    assert (plan.shares[Fault.VOIDS], plan.shares[Fault.LOST], plan.shares[Fault.GBK]) == (0.5, 0.0, 0.3)
    assert sum(plan.strikes(Fault.VOIDS, n) for n in range(2000)) == pytest.approx(1000, abs=100)
    assert not any(plan.strikes(Fault.LOST, n) for n in range(100))
    for word in ("nonsense", "lost=2", "lost=x"):
        with pytest.raises(ValueError):
            FaultPlan.read(1, [word])


def test_taking_the_files_in_any_order_and_twice_gives_the_same_books(tmp_path: Path, inbox: Path) -> None:
    FolderPlace(inbox).hand_over(sealed(tmp_path, 120).path)
    truth = simulate(inbox, tmp_path / "answers", DAY, 5, frozenset(Fault))
    files = [*came(truth), *held(truth)]
    one, other = Books(), Books()
    one.take(files)
    other.take([*reversed(files), *files])
    assert {n: one.outcome(n) for n in truth.items} == {n: other.outcome(n) for n in truth.items}


def test_before_the_missing_files_come_nothing_false_is_believed(tmp_path: Path, inbox: Path) -> None:
    FolderPlace(inbox).hand_over(sealed(tmp_path, 300).path)
    truth = simulate(inbox, tmp_path / "answers", DAY, 8, {Fault.LOST, Fault.REORDERED, Fault.DUPLICATED})
    assert truth.held_back
    books = Books()
    books.take(came(truth))
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
    for until in (DAY, date(2026, 11, 24), date(2026, 11, 24), date(2027, 2, 25)):
        truth = simulate(inbox, tmp_path / "answers", DAY, 6, until=until)
        books.take(came(truth))
        if until == DAY:
            assert {str(books.outcome(n).state) for n in truth.items} <= {"accepted", "in_transit"}
            first = truth
    assert disagreements(books, first) == []
    assert simulate(inbox, tmp_path / "answers", DAY, 6, until=date(2027, 2, 25)).files == []


def test_a_damaged_batch_is_refused_line_by_line_with_the_reason(tmp_path: Path, inbox: Path) -> None:
    batch = sealed(tmp_path, 5)
    inbox.mkdir()
    shutil.copytree(batch.path, inbox / batch.name)
    (inbox / batch.name / "print/part-0001.pdf").write_bytes(b"changed")
    truth = simulate(inbox, tmp_path / "answers", DAY)
    assert list(truth.rejected) == [batch.name]
    books = Books()
    books.take(came(truth))
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
