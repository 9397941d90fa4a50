"""Handing over: twice is once, unclear is asked and never resent, host keys are always checked. Folder and real SFTP."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import pytest

import letters.post.places as places_module
from letters.post.model import BatchHead, ManifestPiece
from letters.post.places import (
    FolderPlace,
    HandoverPlace,
    Holding,
    deliver,
    parcel_of,
    place_from_settings,
)
from letters.post.sealed import SealedBatch, SealSigner, seal_batch, zip_batch
from letters.post.verify import verify_batch
from records.errors import Broken, DiskFull, NeedsDecision, PartnerUnreachable, WrongUsage
from tests.letters.post.sftp_partner import Partner


@pytest.fixture
def batch(
    tmp_path: Path,
    head: BatchHead,
    make_piece: Callable[..., ManifestPiece],
    make_part: Callable[[int, int], Path],
    signer: SealSigner,
) -> SealedBatch:
    return seal_batch(head, [make_piece(1)], [make_part(1, 1)], tmp_path / "batches", signer)


@pytest.fixture(params=["folder", "sftp"])
def place(request: pytest.FixtureRequest, partner: Partner) -> HandoverPlace:
    if request.param == "folder":
        return FolderPlace(partner.inbox, ("taken",))
    return partner.place()


def test_a_batch_arrives_whole_under_its_own_name(place: HandoverPlace, partner: Partner, batch: SealedBatch) -> None:
    assert place.holds(batch.name, batch.content_sha256) is Holding.NO
    assert place.hand_over(batch.path) is True
    assert [p.name for p in partner.inbox.iterdir()] == [batch.name]
    assert verify_batch(partner.inbox / batch.name, count_pages=True) == []
    assert place.holds(batch.name, batch.content_sha256) is Holding.YES


def test_handing_over_twice_is_once(place: HandoverPlace, partner: Partner, batch: SealedBatch) -> None:
    assert place.hand_over(batch.path) is True
    before = {p: p.stat().st_mtime_ns for p in partner.inbox.rglob("*")}
    assert place.hand_over(batch.path) is False
    assert {p: p.stat().st_mtime_ns for p in partner.inbox.rglob("*")} == before


def test_a_zip_is_handed_over_like_a_folder(place: HandoverPlace, partner: Partner, batch: SealedBatch, tmp_path: Path) -> None:
    archive = zip_batch(batch.path, tmp_path / f"{batch.name}.zip")
    assert place.hand_over(archive) is True
    assert place.hand_over(archive) is False
    assert (partner.inbox / archive.name).read_bytes() == archive.read_bytes()


def test_what_the_partner_has_taken_away_is_still_found(place: HandoverPlace, partner: Partner, batch: SealedBatch) -> None:
    place.hand_over(batch.path)
    (partner.inbox / "taken").mkdir()
    (partner.inbox / batch.name).rename(partner.inbox / "taken" / batch.name)
    assert place.holds(batch.name, batch.content_sha256) is Holding.YES
    assert place.hand_over(batch.path) is False
    assert not (partner.inbox / batch.name).exists()


@pytest.mark.parametrize("there", ["other sums", "no seal", "half a folder", "a file"])
def test_what_is_unclear_is_never_sent_again(
    place: HandoverPlace, partner: Partner, batch: SealedBatch, there: str
) -> None:
    found = partner.inbox / batch.name
    match there:
        case "a file":
            found.write_bytes(b"?")
        case "half a folder":
            found.mkdir()
            (found / "manifest.csv").write_bytes(b"?")
        case _:
            shutil.copytree(batch.path, found)
            if there == "no seal":
                (found / "SEALED").unlink()
            else:
                (found / "SHA256SUMS").write_bytes(b"?")
    before = sorted(p.name for p in partner.inbox.rglob("*"))
    assert place.holds(batch.name, batch.content_sha256) is Holding.UNCLEAR
    with pytest.raises(PartnerUnreachable, match="情况不明"):
        place.hand_over(batch.path)
    assert sorted(p.name for p in partner.inbox.rglob("*")) == before


def test_who_looks_while_the_partner_moves_a_parcel_looks_again(
    place: HandoverPlace, batch: SealedBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, looks = places_module.ask, iter([Holding.UNCLEAR, Holding.UNCLEAR])
    place.hand_over(batch.path)
    monkeypatch.setattr(places_module, "ask", lambda *of: next(looks, None) or real(*of))
    assert place.holds(batch.name, batch.content_sha256) is Holding.YES
    assert next(looks, None) is None


def test_an_interrupted_upload_is_taken_up_where_it_stopped(
    place: HandoverPlace, partner: Partner, batch: SealedBatch
) -> None:
    half = partner.inbox / f".{batch.name}.part"
    (half / "print").mkdir(parents=True)
    shutil.copy(batch.path / "manifest.csv", half / "manifest.csv")
    (half / "manifest.xlsx").write_bytes((batch.path / "manifest.xlsx").read_bytes()[:100])
    (half / "stray.txt").write_bytes(b"?")
    kept = (half / "manifest.csv").stat().st_mtime_ns
    assert place.hand_over(batch.path) is True
    assert verify_batch(partner.inbox / batch.name) == []
    assert (partner.inbox / batch.name / "manifest.csv").stat().st_mtime_ns == kept
    assert [p.name for p in partner.inbox.iterdir()] == [batch.name]


def test_an_unsealed_folder_is_not_handed_over(place: HandoverPlace, partner: Partner, batch: SealedBatch) -> None:
    (batch.path / "SEALED").unlink()
    with pytest.raises(NeedsDecision):
        place.hand_over(batch.path)
    assert list(partner.inbox.iterdir()) == []


def test_a_folder_changed_after_sealing_is_not_handed_over(
    place: HandoverPlace, partner: Partner, batch: SealedBatch
) -> None:
    (batch.path / "manifest.csv").write_bytes(b"changed")
    with pytest.raises(Broken):
        place.hand_over(batch.path)
    assert list(partner.inbox.iterdir()) == []


def test_every_step_of_the_upload_can_fail_and_the_next_try_completes_it(
    partner: Partner, batch: SealedBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = FolderPlace(partner.inbox)
    tries = 0
    real_fsync = os.fsync
    for allowed in range(100):
        left = allowed

        def dying(handle: int) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise OSError(errno.EIO, "gone")
            real_fsync(handle)

        monkeypatch.setattr(os, "fsync", dying)
        try:
            place.hand_over(batch.path)
        except PartnerUnreachable:
            tries += 1
            assert not (partner.inbox / batch.name).exists() or verify_batch(partner.inbox / batch.name) == []
            continue
        break
    assert tries >= 3
    assert verify_batch(partner.inbox / batch.name) == []


def test_a_lost_connection_is_retryable_and_the_next_run_completes(partner: Partner, batch: SealedBatch) -> None:
    partner.drop_at_write = 3
    with pytest.raises(PartnerUnreachable):
        partner.place().hand_over(batch.path)
    assert not (partner.inbox / batch.name).exists()
    first = list(partner.writes)
    assert partner.place().hand_over(batch.path) is True
    assert verify_batch(partner.inbox / batch.name) == []
    # The files that had arrived were not sent again.
    assert not set(first[:3]) & set(partner.writes[len(first) :])


def test_a_connection_cut_inside_a_file_leaves_nothing_under_the_final_name(partner: Partner, batch: SealedBatch) -> None:
    partner.drop_after_bytes = 100
    with pytest.raises(PartnerUnreachable):
        partner.place().hand_over(batch.path)
    assert partner.place().holds(batch.name, batch.content_sha256) is Holding.NO
    assert partner.place().hand_over(batch.path) is True
    assert verify_batch(partner.inbox / batch.name) == []


def test_a_connection_cut_after_the_upload_before_the_rename_sends_nothing_again(partner: Partner, batch: SealedBatch) -> None:
    partner.drop_before_rename = True
    with pytest.raises(PartnerUnreachable):
        partner.place().hand_over(batch.path)
    assert not (partner.inbox / batch.name).exists()
    sent = list(partner.writes)
    assert partner.place().hand_over(batch.path) is True
    assert partner.writes == sent
    assert [p.name for p in partner.inbox.iterdir()] == [batch.name]


def test_when_only_the_last_answer_was_lost_the_place_is_asked(partner: Partner, batch: SealedBatch) -> None:
    partner.drop_after_rename = True
    assert partner.place().hand_over(batch.path) is True
    assert len(partner.renames) == 1
    assert partner.place().hand_over(batch.path) is False
    assert {name for name in partner.writes if batch.name not in name} == set()


def test_bytes_changed_on_the_way_are_noticed(partner: Partner, batch: SealedBatch) -> None:
    partner.garble = True
    with pytest.raises(PartnerUnreachable, match="不符"):
        partner.place().hand_over(batch.path)
    assert not (partner.inbox / batch.name).exists()


def test_a_full_partner_disk_is_told_in_the_servers_words(partner: Partner, batch: SealedBatch) -> None:
    # Version 3 of the protocol, which every server speaks, has no code for it: only the words say so.
    partner.full = True
    with pytest.raises(PartnerUnreachable, match="no room left"):
        partner.place().hand_over(batch.path)
    partner.full = False
    assert partner.place().hand_over(batch.path) is True


def test_another_host_key_stops_everything(partner: Partner, batch: SealedBatch) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(NeedsDecision) as stopped:
        partner.place(host_keys=[stranger]).hand_over(batch.path)
    assert stopped.value.code == "E-HOSTKEY"
    assert partner.writes == []


@pytest.mark.parametrize("keys", [[], ["not a key"]])
def test_a_place_without_a_host_key_cannot_be_made(partner: Partner, keys: list[str]) -> None:
    with pytest.raises(WrongUsage):
        partner.place(host_keys=keys)


def test_a_refused_login_is_told(partner: Partner, batch: SealedBatch, tmp_path: Path) -> None:
    other = tmp_path / "other_key"
    other.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    with pytest.raises(PartnerUnreachable, match="登录"):
        partner.place(key_file=str(other)).hand_over(batch.path)


def test_a_server_that_is_not_there_is_retryable(partner: Partner, batch: SealedBatch) -> None:
    with pytest.raises(PartnerUnreachable):
        partner.place(port=1).hand_over(batch.path)


def test_a_missing_mount_is_a_fault_not_a_new_folder(tmp_path: Path, batch: SealedBatch) -> None:
    with pytest.raises(PartnerUnreachable):
        FolderPlace(tmp_path / "mount" / "inbox").hand_over(batch.path)
    assert not (tmp_path / "mount").exists()


def test_a_full_folder_is_told_as_such(partner: Partner, batch: SealedBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(places_module.os, "fsync", full)
    with pytest.raises(DiskFull):
        FolderPlace(partner.inbox).hand_over(batch.path)


def test_the_seal_is_sent_last(batch: SealedBatch) -> None:
    order: list[str] = []

    class Recorder:
        def __init__(self) -> None:
            self.sizes: dict[str, int] = {}
            self.hashes: dict[str, str] = {}

        def size(self, path: str) -> int | None:
            return self.sizes.get(path)

        def tree(self, path: str) -> list[str]:
            return []

        def sha256(self, path: str) -> str:
            return self.hashes[path]

        def write(self, path: str, source: Path) -> None:
            order.append(path)
            self.sizes[path] = source.stat().st_size
            self.hashes[path] = places_module.hash_file(source)

        def remove(self, path: str) -> None:
            raise AssertionError

        def rename(self, before: str, after: str) -> None:
            order.append(f"{before} → {after}")

    deliver(Recorder(), parcel_of(batch.path))
    assert order[-2:] == [f".{batch.name}.part/SEALED", f".{batch.name}.part → {batch.name}"]


def test_places_come_from_a_partners_settings(tmp_path: Path, partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POST_PASSWORD", "secret-word")
    folder = place_from_settings({"place": {"kind": "folder", "path": "/srv/post"}}, tmp_path)
    assert folder.where("B1") == "/srv/post/B1"
    sftp = place_from_settings(
        {"place": {"kind": "sftp", "host": "sftp.example", "port": 2222, "user": "handa", "folder": "in",
                   "host_keys": [partner.host_key], "password_env": "POST_PASSWORD"}}, tmp_path
    )  # fmt: skip
    assert sftp.where("B1") == "sftp://handa@sftp.example:2222/in/B1"
    assert "secret-word" not in sftp.describe() + repr(vars(sftp))
    assert place_from_settings({}, tmp_path / "outbox" / "P").describe() == str(tmp_path / "outbox" / "P")


@pytest.mark.parametrize(
    "raw",
    ["folder", {}, {"kind": "ftp"}, {"kind": "folder"}, {"kind": "sftp", "host": "h", "user": "u"},
     {"kind": "sftp", "host": "h", "user": "u", "host_keys": ["x"], "port": "22"},
     {"kind": "folder", "path": "/x", "also_look_in": "taken"},
     {"kind": "sftp", "host": "h", "user": "u", "host_keys": [], "password_env": "HANDA_TEST_UNSET"}],
)  # fmt: skip
def test_settings_out_of_form_are_wrong_usage(tmp_path: Path, raw: object) -> None:
    with pytest.raises(WrongUsage):
        place_from_settings({"place": raw}, tmp_path)


def test_the_last_look_comes_after_the_upload_and_may_stop_it(place: HandoverPlace, batch: SealedBatch) -> None:
    class Seen(Exception):
        pass

    @contextmanager
    def refuse() -> Iterator[None]:
        assert place.holds(batch.name, batch.content_sha256) is Holding.NO
        raise Seen
        yield

    with pytest.raises(Seen):
        place.hand_over(batch.path, refuse)
    assert place.holds(batch.name, batch.content_sha256) is Holding.NO
    left: list[bool] = []

    @contextmanager
    def allow() -> Iterator[None]:
        yield
        left.append(place.holds(batch.name, batch.content_sha256) is Holding.YES)

    assert place.hand_over(batch.path, allow)
    assert left == [True], "what is recorded with it is recorded once it lies there"


def test_what_an_interrupted_hand_over_left_can_be_taken_away(tmp_path: Path, batch: SealedBatch) -> None:
    root = tmp_path / "place"
    place = FolderPlace(root)

    @contextmanager
    def refuse() -> Iterator[None]:
        raise RuntimeError
        yield

    with pytest.raises(RuntimeError):
        place.hand_over(batch.path, refuse)
    assert any(path.is_file() for path in root.rglob("*"))
    place.forget(batch.name)
    place.forget(batch.name)
    assert not any(path.is_file() for path in root.rglob("*"))
