"""Archive copies: PDF/A-2b's demands as far as they can be read off the file, the same pages, a signature that holds."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from PIL import Image, ImageCms

from letters.press.archive import SignerUnusable, as_pdfa, read_signer, signed
from letters.press.extract import content_sha256, extract_letter
from letters.press.srgb import srgb_profile
from tests.letters.press.test_part import letter_fields, write

AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
TITLE = "（2026）鄂示例律函字第500001号<&>"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str, int]:
    """One letter out of a part of three: its pages, its hash, how many were printed."""
    part = tmp_path_factory.mktemp("part") / "part.pdf"
    layout = write(part, [letter_fields(number) for number in range(3)])[1]
    out = io.BytesIO()
    extract_letter(part, layout.first_page, layout.pages, out)
    return out.getvalue(), layout.content_sha256, layout.printed_pages


@pytest.fixture(scope="module")
def copy(pages: tuple[bytes, str, int]) -> bytes:
    return as_pdfa(pages[0], title=TITLE, dated=AT)


def test_the_printed_pages_are_unchanged(pages: tuple[bytes, str, int], copy: bytes) -> None:
    assert content_sha256(io.BytesIO(copy), 1, pages[2]) == pages[1]
    before, after = pypdfium2.PdfDocument(pages[0]), pypdfium2.PdfDocument(copy)
    assert len(before) == len(after)
    for number in range(len(before)):
        assert before[number].render(scale=1).to_pil().tobytes() == after[number].render(scale=1).to_pil().tobytes()


def test_what_pdfa_2b_demands(copy: bytes) -> None:
    """ISO 19005-2, clauses as named."""
    assert re.match(rb"%PDF-1\.[4-7]\n%[\x80-\xff]{4}", copy), "6.1.2"
    assert b"/Encrypt" not in copy, "6.1.3"
    with pikepdf.open(io.BytesIO(copy)) as pdf:
        assert len(pdf.trailer.ID) == 2, "6.1.3"
        (intent,) = pdf.Root.OutputIntents
        assert (intent.S, intent.DestOutputProfile.N) == ("/GTS_PDFA1", 3), "6.2.3"
        metadata = pdf.Root.Metadata
        assert "/Filter" not in metadata, "6.6.2.1"
        xmp = metadata.read_bytes().decode()
        assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in xmp, "6.6.4"
        with pdf.open_metadata(update_docinfo=False) as read:
            assert read["dc:title"] == str(pdf.docinfo.Title) == TITLE
            assert read["xmp:CreateDate"] == "2026-11-20T09:00:00+08:00"
            assert str(pdf.docinfo.CreationDate) == "D:20261120090000+08'00'", "6.6.2.3: Info agrees with XMP"
        for name in ("/AA", "/OpenAction", "/Names", "/AcroForm"):
            assert name not in pdf.Root
        for page in pdf.pages:
            assert "/Resources" in page.obj, "6.2.2: explicit, not inherited"
            for font in page.resources.Font.values():
                descriptor = font.DescendantFonts[0].FontDescriptor
                assert "/FontFile3" in descriptor and "/ToUnicode" in font, "6.2.11.4"
                assert str(font.Encoding) == "/Identity-H"
        for item in pdf.objects:
            if isinstance(item, pikepdf.Stream):
                assert "/F" not in item and str(item.get("/Filter", "")) != "/LZWDecode", "6.1.7"
                assert item.get("/Subtype") != "/PS" and "/OPI" not in item and not item.get("/Interpolate", False)


def test_the_copy_is_the_same_every_time(pages: tuple[bytes, str, int], copy: bytes) -> None:
    assert as_pdfa(pages[0], title=TITLE, dated=AT + timedelta(0)) == copy


def test_the_profile_is_srgb() -> None:
    """Little CMS reads it, and takes colours to its own sRGB and back within rounding."""
    profile = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    picture = Image.linear_gradient("L").convert("RGB").resize((64, 64))
    red = Image.merge("RGB", (picture.getchannel(0), picture.getchannel(1).transpose(Image.Transpose.ROTATE_90), picture.getchannel(2)))
    there = ImageCms.profileToProfile(red, profile, ImageCms.createProfile("sRGB"))
    assert there is not None
    worst = max(abs(a - b) for a, b in zip(red.tobytes(), there.tobytes(), strict=True))
    assert worst <= 2


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Handa test firm")])
    cert = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
        .add_extension(x509.KeyUsage(True, True, False, False, False, False, False, False, False), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("cert") / "firm.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"firm", key, cert, None, BestAvailableEncryption(b"secret")))
    return path


def test_a_signed_copy_holds_and_a_changed_byte_breaks_it(copy: bytes, certificate: Path) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    made = signed(copy, read_signer(certificate, "secret"), reason="归档")
    assert made.startswith(copy), "what was archived stays byte for byte"

    def status(data: bytes):
        (one,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
        return validate_pdf_signature(one, ValidationContext(trust_roots=[one.signer_cert]))

    assert status(made).intact and status(made).valid
    at = copy.index(b"stream\n") + 20
    assert not status(made[:at] + bytes([made[at] ^ 1]) + made[at + 1 :]).intact


def test_a_file_that_cannot_sign_is_said(certificate: Path, tmp_path: Path) -> None:
    with pytest.raises(SignerUnusable, match="打不开"):
        read_signer(certificate, "wrong")
    nonsense = tmp_path / "x.p12"
    nonsense.write_bytes(b"no certificate")
    with pytest.raises(SignerUnusable):
        read_signer(nonsense, "")
    with pytest.raises(SignerUnusable, match="不存在"):
        read_signer(tmp_path / "none.p12", "")
