"""Changing where a partner's batches are handed over. The form of a place: ``letters.post.places``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy.orm import Session

from letters.post.places import place_from_settings
from letters.post.sftp import DEFAULT_PORT
from letters.tables import Partner
from records.audit import append_audit
from records.clock import Clock
from records.errors import WrongUsage
from records.settings import Settings


def sftp_place(url: str, host_keys: Sequence[str], key_file: Path | None, password_env: str | None) -> dict[str, object]:
    """The ``place`` of an SFTP address ``sftp://user@host:port/folder``, the folder seen from the account's own.

    Raises:
        WrongUsage: the address is none, or holds a password.
    """
    advice = "写法：sftp://用户@主机:端口/文件夹"
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORT
    except ValueError as fault:
        raise WrongUsage("SFTP 地址无法识别。", advice) from fault
    if parts.scheme != "sftp" or not parts.hostname or not parts.username:
        raise WrongUsage("SFTP 地址无法识别。", advice)
    if parts.password is not None:
        # Not repeated: a password that came this way is in the shell's history already.
        raise WrongUsage("SFTP 地址中不要写口令。", "口令放进环境变量，用 --password-env 写明变量名。")
    place: dict[str, object] = {
        "kind": "sftp",
        "host": parts.hostname,
        "port": port,
        "user": unquote(parts.username),
        "folder": unquote(parts.path).strip("/") or ".",
        "host_keys": list(host_keys),
    }
    if key_file is not None:
        place["key_file"] = str(key_file)
    if password_env is not None:
        place["password_env"] = password_env
    return place


def set_place(
    session: Session, partner: Partner, place: Mapping[str, object], settings: Settings, *, actor: str, clock: Clock
) -> str:
    """Register the place and give it in words; batches that are handed over from now on go there.

    Raises:
        WrongUsage: the place is out of form.
    """
    changed = {**partner.settings, "place": dict(place)}
    where = place_from_settings(changed, settings.workspace.outbox / partner.code).describe()
    if partner.settings.get("place") != changed["place"]:
        partner.settings = changed
        append_audit(
            session, actor=actor, action="partner.place", subject=f"partner:{partner.code}", detail={"place": where}, clock=clock
        )
    return where
