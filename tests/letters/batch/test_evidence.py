"""The evidence package: the same bytes every time, checked by bare Python, and every single-byte change is found."""

from __future__ import annotations

import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.batch.evidence import write_evidence
from letters.batch.letterview import find_letter
from letters.batch.papers import keep_paper
from letters.post import evidence_verify
from letters.post.rowtree import leaf, path_of, root_of
from letters.press.coversheet import Line, cover_sheet
from records.database import Database
from records.errors import NeedsDecision, WrongUsage
from records.signing import verify as library_verify
from tests.letters.batch.conftest import DAY, tell
from tests.letters.worked import Worked

ITEM = "XA00000000002"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"returned envelope"


@pytest.fixture(scope="module")
def packed(houses: Callable[[str, int], Worked[str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Path]]:
    """A house, and the evidence package of a letter that was refused, with a picture of the returned envelope."""
    folder = tmp_path_factory.mktemp("evidence")
    with houses("handed over", 3).copy(folder / "house") as db:
        refuse_a_letter(db, folder)
        with db.session() as session:
            write_evidence(session, db, ITEM, folder / "a.zip", actor="test")
        yield db, folder / "a.zip"


def refuse_a_letter(db: Database, folder: Path) -> None:
    tell(db, folder, 1, ITEM, (DAY, "00", "", ""), (date(2026, 11, 24), "20", "", "104"), (date(2026, 11, 27), "10", "14", ""))
    with db.session() as session:
        letter, _ = find_letter(session, ITEM)
        assert keep_paper(session, db.cipher, letter, "returned", "退件.PNG", PICTURE, actor="test", clock=db.clock)
        assert not keep_paper(session, db.cipher, letter, "returned", "退件.png", PICTURE, actor="test", clock=db.clock)
        with pytest.raises(WrongUsage):
            keep_paper(session, db.cipher, letter, "returned", "退件.png", b"not a picture", actor="test", clock=db.clock)


@pytest.fixture
def package(packed: tuple[Database, Path], tmp_path: Path) -> Path:
    """The package, unpacked for one test."""
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(packed[1]) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def refused(packed: tuple[Database, Path]) -> Database:
    """The house that the package is of."""
    return packed[0]


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "verify.py"], cwd=folder, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}
    )


def test_bare_python_finds_the_package_whole_and_says_whose_key_it_is(refused: Database, package: Path) -> None:
    done = run(package)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "通过" in done.stdout
    mark = evidence_verify.sha(bytes.fromhex(refused.settings.signer().public_key_hex))
    assert mark in done.stdout.replace(" ", "").replace("\n", "")
    assert any(name.name.startswith("returned-") and name.read_bytes() == PICTURE for name in (package / "post/papers").iterdir())
    assert '"norm": "REFUSED"' in (package / "post/track.json").read_text("utf-8")


def test_nothing_of_another_debtor_is_in_it(package: Path, composed) -> None:
    whole = b"".join(path.read_bytes() for path in package.rglob("*") if path.is_file()).decode("utf-8", "replace")
    own, *others = (composed(number) for number in (1, 0, 2))
    assert own.contract_no in whole or own.debtor_name in whole
    for other in others:
        assert other.debtor_name not in whole and other.contract_no not in whole and other.id_number not in whole


def test_the_same_records_give_the_same_bytes(packed: tuple[Database, Path], tmp_path: Path) -> None:
    db, first = packed
    with db.session() as session:
        write_evidence(session, db, ITEM, tmp_path / "b.zip", actor="somebody else")
    assert first.read_bytes() == (tmp_path / "b.zip").read_bytes()


def flipped(data: bytes, at: int, bit: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def test_every_single_byte_change_is_found(package: Path) -> None:
    """Some bytes of each file, all bytes of the files that nothing else vouches for."""
    chance = random.Random(7)
    assert evidence_verify.verify(str(package))[0] == []
    for path in sorted(p for p in package.rglob("*") if p.is_file()):
        data = path.read_bytes()
        every = path.name == "SIGNATURE.json"
        for at in range(len(data)) if every else sorted({0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(6))}):
            path.write_bytes(flipped(data, at, chance.randrange(8)))
            assert evidence_verify.verify(str(package))[0] != [], (path.name, at)
        path.write_bytes(data)
    assert evidence_verify.verify(str(package))[0] == []


@pytest.mark.parametrize("name", ["verify.py", "SHA256SUMS", "letter/pages.pdf", "audit/extract.json"])
def test_bare_python_says_no_to_a_changed_file(package: Path, name: str) -> None:
    path = package / name
    data = path.read_bytes()
    path.write_bytes(flipped(data, len(data) // 3, 0))
    assert run(package).returncode != 0


def test_a_file_too_many_or_too_few_is_found(package: Path) -> None:
    (package / "note.txt").write_text("x")
    assert run(package).returncode == 1
    (package / "note.txt").unlink()
    (package / "post/track.json").unlink()
    assert run(package).returncode == 1


def resigned(package: Path, refused: Database, name: str, data: bytes) -> list[str]:
    """What is found when a file is changed by somebody who holds the key and makes the package's list anew."""
    from letters.post.evidence_zip import signed_contents

    contents = {path.relative_to(package).as_posix(): path.read_bytes() for path in package.rglob("*") if path.is_file()}
    for own in ("SHA256SUMS", "SIGNATURE.json", "verify.py"):
        del contents[own]
    for path, content in signed_contents({**contents, name: data}, refused.settings.signer()).items():
        (package / path).write_bytes(content)
    return evidence_verify.verify(str(package))[0]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("letter/fields.json", "total_fen", "total_fem"),
        ("batch/manifest-row.csv", "XA00000000002", "XA00000000003"),
        ("release/letters.sha256", "\n", "\n\n0"),
        ("audit/extract.json", "batch.released", "batch.releaseD"),
        ("post/track.json", "file_sha256\": \"", "file_sha256\": \"0"),
        ("batch/batch.json", "\"duplex\": true", "\"duplex\": false"),
    ],
)
def test_the_parts_vouch_for_each_other_beside_the_list(package: Path, refused: Database, name: str, old: str, new: str) -> None:
    text = (package / name).read_text("utf-8")
    assert old in text
    assert resigned(package, refused, name, text.replace(old, new, 1).encode()) != []


def test_the_pages_vouch_for_themselves(package: Path, refused: Database) -> None:
    import io

    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(package / "letter/pages.pdf") as document:
        page = document.pages[0]
        page.Contents = document.make_stream(page.Contents.read_bytes().replace(b"Tj", b"TJ", 1) + b" ")
        document.save(out, deterministic_id=True)
    assert any("哈希不符" in problem for problem in resigned(package, refused, "letter/pages.pdf", out.getvalue()))


def test_no_package_before_the_batch_is_sealed(house: Database, keep, composed, tmp_path: Path) -> None:
    from letters.batch.planning import plan_lender

    keep(composed(0))
    plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    with house.session() as session, pytest.raises(NeedsDecision):
        write_evidence(session, house, "XA00000000001", tmp_path / "x.zip", actor="test")


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_a_rows_path_leads_to_the_root(rows: list[bytes], data: st.DataObject) -> None:
    import hashlib

    leaves = [leaf(row) for row in rows]
    index = data.draw(st.integers(0, len(rows) - 1))
    digest = leaves[index]
    for side, other in path_of(leaves, index):
        digest = hashlib.sha256(b"\x01" + (other + digest if side == "left" else digest + other)).digest()
    assert digest == root_of(leaves)


@given(st.binary(max_size=60), st.integers(0, 63), st.integers(0, 7))
def test_the_checkers_signatures_are_the_librarys(message: bytes, at: int, bit: int) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
    public, signature = key.public_key().public_bytes_raw().hex(), key.sign(message)
    assert evidence_verify.signed(public, signature.hex(), message)
    wrong = flipped(signature, at, bit)
    assert evidence_verify.signed(public, wrong.hex(), message) == library_verify(public, wrong, message) == False  # noqa: E712


def test_a_cover_sheet_shows_a_rare_sign_as_a_box_and_goes_over_pages() -> None:
    lines = [Line("项目", "很长的文字" * 40 + "\U00013000") for _ in range(40)]
    sheet = cover_sheet("证据目录", lines, DAY)
    import pypdfium2

    document = pypdfium2.PdfDocument(sheet)
    assert len(document) > 2 and "□" in document[0].get_textpage().get_text_range()
    assert sheet == cover_sheet("证据目录", lines, DAY)
