"""Sealing and verifying: same contents, same bytes and name; a kill leaves nothing or a whole; a change is found."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import letters.post.sealed as sealed_module
from letters.post.manifest import read_manifest
from letters.post.model import BatchHead, ManifestPiece
from letters.post.seal_advice import ADVICE
from letters.post.sealed import SealedBatch, SealSigner, seal_batch, zip_batch
from letters.post.verify import verify_batch
from records.errors import Broken, DiskFull, NeedsDecision

PieceMaker = Callable[..., ManifestPiece]
PartMaker = Callable[[int, int], Path]


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def pieces(make_piece: PieceMaker) -> list[ManifestPiece]:
    return [
        make_piece(1, pages=2, first_page=1),
        make_piece(2, first_page=3, office_postcode="430015"),
        make_piece(3, part=2, first_page=1, sort_bag="43-002/01", postage_fen=540),
    ]


@pytest.fixture
def parts(make_part: PartMaker) -> list[Path]:
    return [make_part(1, 3), make_part(2, 1)]


@pytest.fixture
def batch(
    tmp_path: Path, head: BatchHead, pieces: list[ManifestPiece], parts: list[Path], signer: SealSigner
) -> SealedBatch:
    return seal_batch(head, pieces, parts, tmp_path / "batches", signer)


def test_a_sealed_batch_has_the_contracts_files_and_verifies(batch: SealedBatch, signer: SealSigner) -> None:
    assert sorted(contents(batch.path)) == [
        "SEALED", "SHA256SUMS", "batch.json", "manifest.csv", "manifest.xlsx", "print/part-0001.pdf", "print/part-0002.pdf",
    ]  # fmt: skip
    assert batch.name == f"B20261121-01-{batch.content_sha256[:8]}" == batch.path.name
    assert verify_batch(batch.path, public_key_hex=signer.public_key_hex, count_pages=True) == []


def test_sha256sums_is_understood_by_the_systems_own_tool(batch: SealedBatch) -> None:
    tool = shutil.which("sha256sum")
    if tool is None:
        pytest.skip("sha256sum is not installed")
    done = subprocess.run([tool, "-c", "--strict", "SHA256SUMS"], cwd=batch.path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_ticket_states_head_totals_ends_and_hashes(batch: SealedBatch, pieces: list[ManifestPiece]) -> None:
    ticket = json.loads((batch.path / "batch.json").read_text())
    assert ticket["totals"] == {"pieces": 3, "pages": 4, "sheets": 3, "weight_g": 36, "postage_fen": 1380}
    assert (batch.pieces, batch.sheets, batch.weight_g, batch.postage_fen) == (3, 3, 36, 1380)
    assert (ticket["first_item_no"], ticket["last_item_no"]) == (pieces[0].item_no, pieces[2].item_no)
    assert ticket["created_at"] == "2026-11-21T09:00:00+08:00"
    assert ticket["agreement_no"] == "XY-2026-001"
    assert [part["pieces"] for part in ticket["parts"]] == [2, 1]
    assert [(bag["bag"], bag["pieces"], bag["weight_g"], bag["bundles"]) for bag in ticket["bags"]] == [("43-001", 2, 24, 1), ("43-002", 1, 12, 1)]
    assert [bag["last_item_no"] for bag in ticket["bags"]] == [pieces[1].item_no, pieces[2].item_no]
    assert set(ticket["files"]) == {"manifest.csv", "manifest.xlsx", "print/part-0001.pdf", "print/part-0002.pdf"}


def test_the_manifest_opens_in_a_spreadsheet_program(batch: SealedBatch, pieces: list[ManifestPiece]) -> None:
    raw = (batch.path / "manifest.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == raw.count(b"\n") == 4
    assert list(read_manifest(batch.path / "manifest.csv")) == pieces


def test_sealing_again_and_elsewhere_gives_the_same_bytes_and_name(
    tmp_path: Path, batch: SealedBatch, head: BatchHead, pieces: list[ManifestPiece], parts: list[Path], signer: SealSigner
) -> None:
    again = seal_batch(head, iter(pieces), parts, tmp_path / "batches", signer)
    elsewhere = seal_batch(head, pieces, parts, tmp_path / "other", signer)
    assert again == batch
    assert elsewhere.name == batch.name
    assert contents(elsewhere.path) == contents(batch.path)
    assert [p.name for p in (tmp_path / "batches").iterdir()] == [batch.name]


def test_a_batch_sealed_with_other_contents_is_never_sealed_under_a_second_name(
    tmp_path: Path, batch: SealedBatch, head: BatchHead, pieces: list[ManifestPiece], parts: list[Path], signer: SealSigner
) -> None:
    changed = [replace(pieces[0], recipient_name="另某"), *pieces[1:]]
    with pytest.raises(Broken, match=batch.name):
        seal_batch(head, changed, parts, tmp_path / "batches", signer)
    assert [p.name for p in (tmp_path / "batches").iterdir()] == [batch.name]


def test_a_damaged_sealed_folder_is_not_taken_for_the_batch(
    tmp_path: Path, batch: SealedBatch, head: BatchHead, pieces: list[ManifestPiece], parts: list[Path], signer: SealSigner
) -> None:
    (batch.path / "SEALED").write_text("{}")
    with pytest.raises(Broken):
        seal_batch(head, pieces, parts, tmp_path / "batches", signer)


@pytest.mark.parametrize(
    ("index", "change"),
    [(0, {"recipient_name": "=1+1"}), (1, {"record_no": 5}), (1, {"first_page": 9}), (2, {"part": 3}),
     (0, {"batch_no": "B20261121-02"}), (0, {"recipient_name": "名" * 21})],
)  # fmt: skip
def test_a_piece_that_does_not_fit_stops_the_sealing(
    tmp_path: Path, head: BatchHead, pieces: list[ManifestPiece], parts: list[Path], signer: SealSigner, index: int,
    change: dict[str, object],
) -> None:  # fmt: skip
    pieces[index] = replace(pieces[index], **change)  # type: ignore[arg-type]
    with pytest.raises(NeedsDecision) as stopped:
        seal_batch(head, pieces, parts, tmp_path / "batches", signer)
    assert stopped.value.code == "E-MANIFEST"
    assert list((tmp_path / "batches").iterdir()) == []


def test_an_empty_batch_is_not_sealed(tmp_path: Path, head: BatchHead, signer: SealSigner) -> None:
    with pytest.raises(NeedsDecision):
        seal_batch(head, [], [], tmp_path / "batches", signer)


def test_a_part_without_pieces_is_not_sealed(
    tmp_path: Path, head: BatchHead, pieces: list[ManifestPiece], parts: list[Path], make_part: PartMaker, signer: SealSigner
) -> None:
    with pytest.raises(Broken, match="part-0003"):
        seal_batch(head, pieces, [*parts, make_part(3, 1)], tmp_path / "batches", signer)


def test_sealing_leaves_the_printed_parts_where_they_were(batch: SealedBatch, parts: list[Path]) -> None:
    assert all(part.is_file() for part in parts)


def test_parts_on_another_disk_are_copied(
    tmp_path: Path, batch: SealedBatch, head: BatchHead, pieces: list[ManifestPiece], parts: list[Path], signer: SealSigner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def across(*_: object) -> None:
        raise OSError(errno.EXDEV, "cross-device")

    monkeypatch.setattr(os, "link", across)
    assert seal_batch(head, pieces, parts, tmp_path / "other", signer).name == batch.name


def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, head: BatchHead, pieces: list[ManifestPiece], parts: list[Path], signer: SealSigner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(DiskFull):
        seal_batch(head, pieces, parts, tmp_path / "batches", signer)
    assert list((tmp_path / "batches").iterdir()) == []


def sealed_by_a_child_killed_after(calls: int, work: Callable[[], object]) -> bool:
    """Run ``work`` in a forked child that dies at its ``calls``-th file system call; whether it came to its end."""
    child = os.fork()
    if child == 0:
        left = calls

        def dying(real: Callable[..., object]) -> Callable[..., object]:
            def call(*args: object, **kwargs: object) -> object:
                nonlocal left
                left -= 1
                if left < 0:
                    os._exit(9)
                return real(*args, **kwargs)

            return call

        for name in ("open", "fsync", "link", "rename", "mkdir", "close", "stat"):
            setattr(os, name, dying(getattr(os, name)))
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 0


def test_a_kill_at_any_system_call_leaves_no_batch_or_a_whole_one(
    tmp_path: Path, head: BatchHead, pieces: list[ManifestPiece], parts: list[Path], signer: SealSigner, batch: SealedBatch
) -> None:
    target = tmp_path / "killed"
    seen = {"none": 0, "whole": 0}
    for calls in range(500):
        shutil.rmtree(target, ignore_errors=True)
        ended = sealed_by_a_child_killed_after(calls, lambda: seal_batch(head, pieces, parts, target, signer))
        visible = [p for p in target.glob("*") if not p.name.startswith(".")]
        if visible:
            seen["whole"] += 1
            assert [p.name for p in visible] == [batch.name]
            assert contents(visible[0]) == contents(batch.path)
        else:
            seen["none"] += 1
        # Whatever was left behind, running again ends with exactly that batch.
        assert seal_batch(head, pieces, parts, target, signer).name == batch.name
        assert [p.name for p in target.iterdir()] == [batch.name]
        if ended:
            break
    assert ended
    assert seen["none"] > 20
    assert seen["whole"] >= 2


def test_a_zip_is_the_same_bytes_every_time_and_verifies(tmp_path: Path, batch: SealedBatch, signer: SealSigner) -> None:
    one = zip_batch(batch.path, tmp_path / "one.zip")
    two = zip_batch(batch.path, tmp_path / "two.zip")
    assert one.read_bytes() == two.read_bytes()
    assert verify_batch(one, public_key_hex=signer.public_key_hex, count_pages=True) == []
    with zipfile.ZipFile(one) as archive:
        assert all(name.startswith(f"{batch.name}/") for name in archive.namelist())
        assert archive.testzip() is None


FILES = ["SEALED", "SHA256SUMS", "batch.json", "manifest.csv", "manifest.xlsx", "print/part-0001.pdf"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(FILES), place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_any_changed_byte_is_found(batch: SealedBatch, name: str, place: float, flip: int) -> None:
    path = batch.path / name
    good = path.read_bytes()
    changed = bytearray(good)
    changed[int(place * len(good))] ^= flip
    path.unlink()
    path.write_bytes(bytes(changed))
    try:
        assert verify_batch(batch.path)
    finally:
        path.write_bytes(good)


@pytest.mark.parametrize(
    ("damage", "code"),
    [("remove part", "MISSING_FILE"), ("add file", "EXTRA_FILE"), ("rename", "NAME"), ("unseal", "NOT_SEALED"),
     ("link", "UNREADABLE_FILE"), ("empty", "NOT_SEALED")],
)  # fmt: skip
def test_a_disturbed_folder_is_told(tmp_path: Path, batch: SealedBatch, damage: str, code: str) -> None:
    path = batch.path
    part = path / "print/part-0001.pdf"
    match damage:
        case "remove part":
            part.unlink()
        case "add file":
            (path / "print/part-0009.pdf").write_bytes(b"")
        case "rename":
            path = path.rename(path.with_name("B20261121-01-00000000"))
        case "unseal":
            (path / "SEALED").unlink()
        case "link":
            moved = part.rename(tmp_path / "away.pdf")
            part.symlink_to(moved)
        case _:
            path = tmp_path / "empty"
            path.mkdir()
    assert code in {problem.code for problem in verify_batch(path)}


def test_another_partys_seal_is_told(tmp_path: Path, batch: SealedBatch, head: BatchHead, pieces: list[ManifestPiece], parts: list[Path], signer: SealSigner) -> None:  # fmt: skip
    stranger = type(signer)(b"\x08" * 32)  # type: ignore[call-arg]
    forged = seal_batch(head, pieces, parts, tmp_path / "forged", stranger)
    assert verify_batch(forged.path) == []
    codes = {problem.code for problem in verify_batch(forged.path, public_key_hex=signer.public_key_hex)}
    assert codes == {"OTHER_KEY"}


def reseal(folder: Path, signer: SealSigner, name: str, content: bytes) -> Path:
    """A forger with the key: changes a file and makes sums, seal and name fit."""
    import hashlib

    (folder / name).unlink()
    (folder / name).write_bytes(content)
    lines = [line.split("  ") for line in (folder / "SHA256SUMS").read_text().splitlines()]
    sums = "".join(f"{hashlib.sha256((folder / file).read_bytes()).hexdigest()}  {file}\n" for _, file in lines).encode()
    (folder / "SHA256SUMS").write_bytes(sums)
    seal = json.loads((folder / "SEALED").read_text())
    digest = hashlib.sha256(sums).hexdigest()
    seal |= {"sha256sums_sha256": digest, "signature": signer.sign(sums).hex()}
    (folder / "SEALED").write_bytes(sealed_module.canonical_json(seal))
    return folder.rename(folder.with_name(f"B20261121-01-{digest[:8]}"))


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [(b",540,", b",541,", "TOTAL"), (b"XA42000000003", b"XA42000000002", "DOUBLED_ITEM"),
     (b"XA42000000002", b"XA42000000009", "CONTROL_TOTAL"), (b"\r\n3,", b"\r\n4,", "RECORD_NO"),
     (b"B20261121-01,C1", b"B20261121-02,C1", "OTHER_BATCH"), (b",2,1,43-002/01", b",7,1,43-002/01", "NO_PART"),
     (b"\xef\xbb\xbf", b"x", "MANIFEST_UNREADABLE")],
)  # fmt: skip
def test_totals_are_checked_even_under_a_good_seal(
    batch: SealedBatch, signer: SealSigner, before: bytes, after: bytes, code: str
) -> None:
    manifest = (batch.path / "manifest.csv").read_bytes()
    assert before in manifest
    folder = reseal(batch.path, signer, "manifest.csv", manifest.replace(before, after))
    assert code in {problem.code for problem in verify_batch(folder)}


def test_a_part_with_a_missing_page_is_told(batch: SealedBatch, signer: SealSigner, make_part: PartMaker) -> None:
    folder = reseal(batch.path, signer, "print/part-0001.pdf", make_part(7, 2).read_bytes())
    assert verify_batch(folder) == []
    assert [problem.code for problem in verify_batch(folder, count_pages=True)] == ["PAGE_COUNT"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"\x00" * 100])
def test_an_unreadable_batch_is_a_problem_not_a_crash(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "batch.zip"
    path.write_bytes(content)
    assert [problem.code for problem in verify_batch(path)] == ["UNREADABLE"]


def test_the_hash_part_of_the_name_has_eight_digits() -> None:
    assert sealed_module.NAME_HASH_DIGITS == 8


def test_every_problem_says_what_to_do() -> None:
    source = (Path(sealed_module.__file__).parent / "verify.py").read_text("utf-8")
    assert set(re.findall(r'SealProblem\(\s*"([A-Z_]+)"', source)) == set(ADVICE)
