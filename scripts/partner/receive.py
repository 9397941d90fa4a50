"""What a partner does with a sealed batch on arrival: open it, recompute every hash and total, check the signature."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the manifest, as much of it as the post needs."""

    item_no: str
    postcode: str
    office: str
    weight_g: int
    postage_fen: int


@dataclass(frozen=True, slots=True)
class Received:
    """A batch on the partner's table. ``faults``: why it is not taken; empty when it is in order."""

    name: str
    sha256: str
    product: str
    items: tuple[Item, ...]
    faults: tuple[str, ...]


def waiting(handover: Path) -> list[Path]:
    """Batches that lie complete in the hand-over folder, folders and ZIPs; a leading dot is an upload under way."""
    return sorted(
        path
        for path in handover.iterdir()
        if not path.name.startswith(".") and ((path / "SEALED").is_file() or path.suffix == ".zip")
    )


def _reader(path: Path) -> tuple[str, Callable[[str], bytes], set[str]]:
    if path.is_dir():
        names = {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()}
        return path.name, lambda name: (path / name).read_bytes(), names
    archive = zipfile.ZipFile(path)
    top = archive.namelist()[0].split("/")[0]
    names = {name.removeprefix(f"{top}/") for name in archive.namelist()}
    return top, lambda name: archive.read(f"{top}/{name}"), names


def lines_of(path: Path) -> tuple[Item, ...]:
    """The manifest's lines of a batch that was checked when it came."""
    _, read, _ = _reader(path)
    return _items(read)


def _items(read: Callable[[str], bytes]) -> tuple[Item, ...]:
    rows = csv.DictReader(io.StringIO(read("manifest.csv").decode("utf-8-sig"), newline=""))
    return tuple(
        Item(row["邮件号码"], row["寄达局邮编"], row["寄达局名称"], int(row["重量"]), int(row["postage_fen"])) for row in rows
    )


def receive(path: Path, sender_key: str | None = None) -> Received:
    """Check a batch as the counter would; faults are Chinese sentences.

    ``sender_key``: the sender's agreed public key in hex; without one the key in the seal is taken at its word.
    """
    name, read, names = _reader(path)
    faults: list[str] = []
    sums = read("SHA256SUMS")
    seal = json.loads(read("SEALED"))
    sha256 = hashlib.sha256(sums).hexdigest()
    if seal["sha256sums_sha256"] != sha256:
        faults.append("SHA256SUMS 与封签不符")
    if not name.endswith("-" + sha256[:8]):
        faults.append("批次名与内容不符")
    if sender_key is not None and seal["public_key"] != sender_key:
        faults.append("签名公钥不是约定的公钥")
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(seal["public_key"]))
        key.verify(bytes.fromhex(seal["signature"]), sums)
    except (InvalidSignature, ValueError):
        faults.append("签名验证不通过")
    listed = {file: digest for digest, _, file in (line.partition("  ") for line in sums.decode().splitlines())}
    if set(listed) | {"SHA256SUMS", "SEALED"} != names:
        faults.append("文件不齐或有多余")
    faults += [f"{n} 的哈希不符" for n, h in listed.items() if n in names and hashlib.sha256(read(n)).hexdigest() != h]
    ticket = json.loads(read("batch.json"))
    items = _items(read)
    if len({item.item_no for item in items}) != len(items):
        faults.append("清单中有重复的邮件号码")
    totals = ticket["totals"]
    if (totals["pieces"], totals["weight_g"], totals["postage_fen"]) != (
        len(items),
        sum(item.weight_g for item in items),
        sum(item.postage_fen for item in items),
    ):
        faults.append("件数、总重或总资费与清单不符")
    control = sum(n * int("".join(filter(str.isdigit, item.item_no))) for n, item in enumerate(items, 1)) % 10**15
    if ticket["control_total"]["value"] != str(control):
        faults.append("校验合计不符")
    return Received(name, sha256, ticket["product"]["code"], items, tuple(faults))
