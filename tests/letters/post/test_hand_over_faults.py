"""The encrypted package over a real SFTP server: cut at every moment, killed in between, and still one ciphertext."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import select

import letters.batch.packing as packing_module
from letters.batch.handing import hand_over
from letters.batch.lookup import batch_by_no
from letters.batch.packing import package_path, packages_of
from letters.batch.parties import partner_by_code
from letters.batch.partners import RECIPIENT, change_partner
from letters.post import agefile
from letters.post.agefile import demand_recipient, encrypt_batch
from letters.post.sealed import zip_batch
from letters.post.verify import verify_batch
from letters.tables import BatchEvent
from records.database import Database
from records.errors import Broken, DiskFull, PartnerUnreachable, WrongUsage
from records.files import hash_file
from tests.letters.post.sftp_partner import Partner
from tests.letters.worked import Worked

DAY = date(2026, 11, 20)


class Killed(BaseException):
    """The process is gone at this very point."""


@pytest.fixture(scope="module")
def identity() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def keyed(
    houses: Callable[[str, int], Worked[str]], tmp_path: Path, partner: Partner, identity: pyrage.x25519.Identity
) -> Iterator[tuple[Database, str]]:
    """A sealed batch for a partner with an SFTP server and a key."""
    made = houses("sealed", 2)
    with made.copy(tmp_path / "house") as db:
        set_partner(db, {"place": partner.settings(), RECIPIENT: str(identity.to_public())})
        yield db, made.found


def set_partner(db: Database, values: dict[str, object | None]) -> None:
    with db.session() as session:
        change_partner(session, partner_by_code(session, "POST"), values, actor="test", clock=db.clock)


def send(db: Database, batch_no: str) -> str:
    return hand_over(db, batch_no, actor="test", workers=1)


def name_of(db: Database, batch_no: str) -> str:
    with db.session() as session:
        return str(batch_by_no(session, batch_no).sealed_name)


def kinds(db: Database) -> list[str]:
    with db.session() as session:
        return list(session.scalars(select(BatchEvent.kind).order_by(BatchEvent.at, BatchEvent.id)))


def arrived(partner: Partner) -> list[Path]:
    return [path for path in partner.inbox.iterdir() if not path.name.startswith(".")]


def check_arrived(db: Database, batch_no: str, partner: Partner, identity: pyrage.x25519.Identity, tmp_path: Path) -> None:
    """One ciphertext lies there, the recorded one, and the partner finds the sealed batch in it."""
    (file,) = arrived(partner)
    (package,) = packages_of(db, batch_no, name_of(db, batch_no))
    assert (file.name, hash_file(file)) == (package.file, package.sha256)
    opened = tmp_path / "opened" / f"{name_of(db, batch_no)}.zip"
    opened.parent.mkdir(exist_ok=True)
    opened.write_bytes(pyrage.decrypt(file.read_bytes(), [identity]))
    assert verify_batch(opened, count_pages=True) == []
    sealed = db.settings.workspace.batches / batch_no / name_of(db, batch_no)
    assert opened.read_bytes() == zip_batch(sealed, tmp_path / "again.zip").read_bytes()
    assert kinds(db).count("handed_over") == kinds(db).count("packed") == 1
    assert all(package.file in name for name in partner.writes)


def test_a_partner_with_a_key_gets_one_file_that_only_it_can_open(keyed, partner, identity, tmp_path) -> None:
    db, batch_no = keyed
    where = send(db, batch_no)
    assert where.endswith(".zip.age")
    assert send(db, batch_no) == where
    check_arrived(db, batch_no, partner, identity, tmp_path)
    (problem,) = verify_batch(arrived(partner)[0])
    assert problem.code == "ENCRYPTED"


@pytest.mark.parametrize("cut", ["inside the file", "before the rename", "after the rename"])
def test_a_connection_cut_at_any_moment_ends_in_one_ciphertext(keyed, partner, identity, tmp_path, cut: str) -> None:
    db, batch_no = keyed
    match cut:
        case "inside the file":
            partner.drop_after_bytes = 20_000
        case "before the rename":
            partner.drop_before_rename = True
        case _:
            partner.drop_after_rename = True
    if cut == "after the rename":
        send(db, batch_no)  # the place was asked by hash before giving up
    else:
        with pytest.raises(PartnerUnreachable):
            send(db, batch_no)
        assert arrived(partner) == []
    sent = len(partner.writes)
    send(db, batch_no)
    if cut != "inside the file":
        assert len(partner.writes) == sent
    check_arrived(db, batch_no, partner, identity, tmp_path)


@pytest.mark.parametrize("moment", ["while encrypting", "before the hash is recorded", "before the upload", "before the hand-over is recorded"])
def test_a_kill_at_any_moment_never_makes_a_second_ciphertext(keyed, partner, identity, tmp_path, monkeypatch, moment: str) -> None:
    db, batch_no = keyed

    def killed(*_args: object, **_how: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        match moment:
            case "while encrypting":
                patch.setattr(agefile, "replace_durably", killed)
            case "before the hash is recorded":
                patch.setattr(packing_module, "Package", killed)
            case "before the upload":
                patch.setattr("letters.post.places.deliver", killed)
            case _:
                patch.setattr("letters.batch.handing._add_event", killed)
        with pytest.raises(Killed):
            send(db, batch_no)
    assert "handed_over" not in kinds(db)
    assert (len(arrived(partner)) == 1) is (moment == "before the hand-over is recorded")
    send(db, batch_no)
    check_arrived(db, batch_no, partner, identity, tmp_path)


def test_a_recorded_ciphertext_that_is_gone_is_not_made_anew(keyed, partner) -> None:
    db, batch_no = keyed
    partner.drop_after_bytes = 20_000
    with pytest.raises(PartnerUnreachable):
        send(db, batch_no)
    (package,) = packages_of(db, batch_no, name_of(db, batch_no))
    package_path(db, batch_no, name_of(db, batch_no), package.recipient).unlink()
    with pytest.raises(Broken, match="没有重新加密") as refused:
        send(db, batch_no)
    assert "备份" in refused.value.advice
    assert arrived(partner) == []


def test_another_key_before_anything_arrived_gets_its_own_ciphertext(keyed, partner, tmp_path) -> None:
    db, batch_no = keyed
    partner.drop_before_rename = True
    with pytest.raises(PartnerUnreachable):
        send(db, batch_no)
    other = pyrage.x25519.Identity.generate()
    set_partner(db, {RECIPIENT: str(other.to_public())})
    send(db, batch_no)
    (file,) = arrived(partner)
    assert pyrage.decrypt(file.read_bytes(), [other])[:2] == b"PK"
    assert kinds(db).count("handed_over") == 1


def test_another_key_after_it_arrived_sends_nothing(keyed, partner, monkeypatch) -> None:
    db, batch_no = keyed
    with monkeypatch.context() as patch:
        patch.setattr("letters.batch.handing._add_event", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            send(db, batch_no)
    before = hash_file(arrived(partner)[0])
    set_partner(db, {RECIPIENT: str(pyrage.x25519.Identity.generate().to_public())})
    assert send(db, batch_no).endswith(".zip.age")
    (file,) = arrived(partner)
    assert hash_file(file) == before
    assert kinds(db).count("packed") == 1


def test_half_a_batch_in_the_clear_is_taken_away_when_a_key_is_given(keyed, partner, identity) -> None:
    db, batch_no = keyed
    set_partner(db, {RECIPIENT: None})
    partner.drop_before_rename = True
    with pytest.raises(PartnerUnreachable):
        send(db, batch_no)
    set_partner(db, {RECIPIENT: str(identity.to_public())})
    send(db, batch_no)
    assert [path.suffix for path in partner.inbox.rglob("*") if path.is_file()] == [".age"]


@pytest.mark.parametrize("text", ["", "age1xyz", "ssh-ed25519 AAAA", "age1" + "q" * 58])
def test_a_malformed_key_is_refused(text: str) -> None:
    with pytest.raises(WrongUsage, match="不是 age 公钥"):
        demand_recipient(text)


def test_a_secret_key_is_refused_as_one(identity: pyrage.x25519.Identity) -> None:
    with pytest.raises(WrongUsage, match="私钥"):
        demand_recipient(str(identity))
    assert demand_recipient(f" {identity.to_public()}\n") == str(identity.to_public())


def test_a_full_disk_is_told_as_such_and_leaves_nothing(tmp_path: Path, identity: pyrage.x25519.Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, target = tmp_path / "B1", tmp_path / "out" / "B1.zip.age"
    folder.mkdir()
    target.parent.mkdir()
    (folder / "manifest.csv").write_bytes(b"x" * 200_000)

    def full(_self: object, _block: bytes) -> int:
        raise OSError(errno.ENOSPC, "no space")

    def told(self: object, block: bytes) -> int:
        try:
            return full(self, block)
        except OSError as fault:
            self.fault = fault  # type: ignore[attr-defined]
            raise

    monkeypatch.setattr(agefile._Told, "write", told)
    with pytest.raises(DiskFull):
        encrypt_batch(folder, target, str(identity.to_public()))
    assert list(target.parent.iterdir()) == []
