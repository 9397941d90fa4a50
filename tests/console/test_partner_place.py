"""``handa partner place``: a folder or an SFTP account, never a password on the command line."""

from __future__ import annotations

from pathlib import Path

import asyncssh
import pytest

from tests.console.conftest import Handa

SFTP = "sftp://han%20da@sftp.example.cn:2222/in/box"


@pytest.fixture
def keys(tmp_path: Path) -> list[str]:
    host = tmp_path / "host_key.pub"
    host.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_public_key())
    return ["--host-key", str(host), "--key", str(tmp_path / "client")]


def test_a_partner_is_reached_by_sftp_and_then_by_a_folder(parties: Handa, keys: list[str], tmp_path: Path) -> None:
    said = parties("partner", "place", "POST", "--sftp", SFTP, *keys, "--also-look-in", "taken", "--json")
    assert (said.code, said.document["place"]) == (0, "sftp://han da@sftp.example.cn:2222/in/box")
    assert parties("partner", "place", "POST", "--sftp", SFTP, *keys, "--also-look-in", "taken").code == 0
    said = parties("partner", "place", "POST", "--folder", tmp_path / "to", "--json")
    assert (said.code, said.document["place"]) == (0, str(tmp_path / "to"))
    assert parties("audit", "verify").code == 0


def test_what_is_out_of_form_is_refused_and_changes_nothing(parties: Handa, keys: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"\xff\x00 no key")
    monkeypatch.delenv("HANDA_NO_SUCH", raising=False)
    for words in (
        [],
        ["--folder", str(tmp_path), "--sftp", SFTP],
        ["--folder", str(tmp_path), *keys],
        ["--sftp", SFTP, *keys[:2]],
        ["--sftp", SFTP, *keys[2:]],
        ["--sftp", SFTP, *keys, "--password-env", "X"],
        ["--sftp", SFTP, *keys[:2], "--password-env", "HANDA_NO_SUCH"],
        ["--sftp", SFTP, "--host-key", str(garbage), *keys[2:]],
        ["--sftp", "https://handa@sftp.example.cn/inbox", *keys],
        ["--sftp", "sftp://sftp.example.cn/inbox", *keys],
        ["--sftp", "sftp://handa@sftp.example.cn:99999/inbox", *keys],
    ):
        assert parties("partner", "place", "POST", *words).code == 2, words
    secret = parties("partner", "place", "POST", "--sftp", "sftp://handa:geheim@sftp.example.cn/inbox", *keys)
    assert secret.code == 2 and "geheim" not in secret.out + secret.err and "--password-env" in secret.err
    assert parties("partner", "place", "NONE", "--folder", tmp_path).code == 2
