"""The evidence package: files → one deterministic, signed ZIP that checks itself (``evidence_verify`` goes in as verify.py).

Names sorted, fixed dates, stored without compression: the same facts give the same bytes. Knows no database.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

from letters.post.sealed import SealSigner, canonical_json

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def fingerprint(public_key_hex: str) -> str:
    """What a firm publishes of its key: SHA-256 of the 32 bytes, hex."""
    return hashlib.sha256(bytes.fromhex(public_key_hex)).hexdigest()


def signed_contents(contents: Mapping[str, bytes], signer: SealSigner) -> dict[str, bytes]:
    """The package's files with the checker, SHA256SUMS over all of them, and the signature over that."""
    whole = {**contents, "verify.py": files("letters.post").joinpath("evidence_verify.py").read_bytes()}
    sums = "".join(f"{hashlib.sha256(whole[name]).hexdigest()}  {name}\n" for name in sorted(whole)).encode()
    signature = canonical_json(
        {
            "algorithm": "Ed25519",
            "fingerprint": fingerprint(signer.public_key_hex),
            "public_key": signer.public_key_hex,
            "signature": signer.sign(sums).hex(),
            "signed": "SHA256SUMS",
        }
    )
    return {**whole, "SHA256SUMS": sums, "SIGNATURE.json": signature}


def write_zip(contents: Mapping[str, bytes], target: Path) -> None:
    """Write the files as a ZIP with the same bytes every time."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(contents):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, contents[name])
