"""Composed batches for the post's tests: heads, pieces and one-page PDFs of nobody real."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from letters.post.model import BatchHead, ManifestPiece
from letters.post.numbers import number_at
from records.clock import SHANGHAI
from tests.letters.post.sftp_partner import Partner, running_partner

PieceMaker = Callable[..., ManifestPiece]


class KeySigner:
    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key_hex = self._key.public_key().public_bytes_raw().hex()

    def sign(self, content: bytes) -> bytes:
        return self._key.sign(content)


@pytest.fixture(scope="session")
def signer() -> KeySigner:
    return KeySigner(b"\x07" * 32)


@pytest.fixture(scope="session")
def head() -> BatchHead:
    return BatchHead(
        batch_no="B20261121-01",
        format_version=1,
        firm_code="HF",
        firm_name="湖北某某律师事务所",
        firm_licence_no="31420000MD0000001X",
        firm_address="湖北省武汉市江汉区某某街1号",
        firm_phone="027-00000000",
        partner_code="POST",
        partner_name="某某邮政",
        customer_no="42010012345",
        agreement_no="XY-2026-001",
        product_code="200",
        product_name="挂号信函",
        pay_method="记欠",
        created_at=datetime(2026, 11, 21, 9, tzinfo=SHANGHAI),
        cut_off_at=datetime(2026, 11, 21, 17, 30, tzinfo=SHANGHAI),
        paper="A4 80g/m²",
        duplex=True,
        fold="Z",
        envelope="DL",
        enclosures=("授权委托书",),
        lender_code="L1",
        lawyer_code="W1",
        release_token="T" * 12,
    )


@pytest.fixture(scope="session")
def make_piece() -> PieceMaker:
    def make(record_no: int = 1, **changes: object) -> ManifestPiece:
        piece = ManifestPiece(
            record_no=record_no,
            own_no=f"B20261121-01-{record_no:06d}",
            item_no=number_at("XA", 42000000000 + record_no, "", "domestic13"),
            office_postcode="430014",
            office_name="武汉市江汉区",
            recipient_name="某某",
            recipient_address="湖北省武汉市江汉区某某路1号2栋3室",
            recipient_phone=".",
            weight_g=12,
            item_name="函件",
            remark=f"（2026）鄂某某律函字第{record_no:06d}号",
            postage_fen=420,
            batch_no="B20261121-01",
            case_token=f"C{record_no}",
            letter_no=f"（2026）鄂某某律函字第{record_no:06d}号",
            letter_sha256=hashlib.sha256(str(record_no).encode()).hexdigest(),
            template="consumer@1",
            pages=1,
            sheets=1,
            envelope="DL",
            lawyer_code="W1",
            release_token="T" * 12,
            address_token=f"A{record_no}",
            address_source="contract",
            address_score="0.8312",
            firm_code="HF",
            lender_code="L1",
            part=1,
            first_page=record_no,
            sort_bag="43-001/01",
        )
        return replace(piece, **changes)  # type: ignore[arg-type]

    return make


@pytest.fixture
def make_part(tmp_path: Path) -> Callable[[int, int], Path]:
    """A PDF part with that number and that many pages."""

    def make(number: int, pages: int) -> Path:
        path = tmp_path / "printed" / f"part-{number:04d}.pdf"
        path.parent.mkdir(exist_ok=True)
        with pikepdf.new() as document:
            for _ in range(pages):
                document.add_blank_page()
            document.save(path, deterministic_id=True)
        return path

    return make


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[Partner]:
    """The partner's SFTP server, running."""
    with running_partner(tmp_path) as found:
        yield found
