"""An archive copy of a letter's very pages: PDF/A-2b (ISO 19005-2), and a signature over it (PAdES, ETSI EN 319 142).

The page contents stay as they were printed, so the letter hash of ``extract.content_sha256`` holds of the copy too. What
is added: output intent, XMP metadata. Deterministic but for the signature, which says when it was made.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast
from xml.sax.saxutils import escape

import pikepdf

from letters.press.srgb import NAME, srgb_profile
from records.clock import SHANGHAI
from records.errors import WrongUsage

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

_PRODUCER: Final = "Handa"
_XMP: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<xmp:CreateDate>{day}</xmp:CreateDate><xmp:ModifyDate>{day}</xmp:ModifyDate><pdf:Producer>{producer}</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
_FIELD: Final = "Firm"
MOST_CERTIFICATE: Final = 1 << 20


class SignerUnusable(WrongUsage):
    """The certificate file can't sign: wrong password, no key, or no PKCS#12 file at all."""

    code = "E-SIGNER"


def as_pdfa(pages: bytes, *, title: str, dated: datetime) -> bytes:
    """The same pages as PDF/A-2b.

    Args:
        pages: a letter as ``extract.extract_letter`` gives it.
        title: the letter number.
        dated: the letter's time, aware; printed into the file instead of today's.
    """
    at = dated.astimezone(SHANGHAI)
    with pikepdf.open(io.BytesIO(pages)) as pdf:
        profile = pdf.make_stream(srgb_profile(), N=3, Alternate=pikepdf.Name.DeviceRGB)
        pdf.Root.OutputIntents = pikepdf.Array(
            [pdf.make_indirect(pikepdf.Dictionary(
                Type=pikepdf.Name.OutputIntent, S=pikepdf.Name.GTS_PDFA1, OutputConditionIdentifier=NAME, Info=NAME, DestOutputProfile=profile
            ))]
        )  # fmt: skip
        iso = at.strftime("%Y-%m-%dT%H:%M:%S+08:00")
        xmp = _XMP.format(title=escape(title), day=iso, producer=_PRODUCER).encode()
        pdf.Root.Metadata = pikepdf.Stream(pdf, xmp, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
        pdf.Root.Lang = pikepdf.String("zh-CN")
        stamp = at.strftime("D:%Y%m%d%H%M%S+08'00'")
        for key in [str(name) for name in pdf.docinfo.keys()]:  # noqa: SIM118  iterating gives values
            del pdf.docinfo[key]
        pdf.docinfo.Title, pdf.docinfo.Producer = pikepdf.String(title), pikepdf.String(_PRODUCER)
        pdf.docinfo.CreationDate, pdf.docinfo.ModDate = pikepdf.String(stamp), pikepdf.String(stamp)
        out = io.BytesIO()
        # No object streams: the copy can then be read by hand; metadata stays readable by anyone who searches for it.
        pdf.save(out, deterministic_id=True, force_version="1.7", object_stream_mode=pikepdf.ObjectStreamMode.disable, fix_metadata_version=False)
    return out.getvalue()


def read_signer(certificate: Path, password: str) -> SimpleSigner:
    """The firm's certificate and key from a PKCS#12 file.

    Raises:
        SignerUnusable: it can't be read or opened.
    """
    from pyhanko.sign.signers import SimpleSigner  # noqa: PLC0415  half a second to import; few sign

    if not certificate.is_file() or certificate.stat().st_size > MOST_CERTIFICATE:
        raise SignerUnusable(f"证书文件“{certificate.name}”不存在或不是证书。", "请给出律所证书的 .p12 或 .pfx 文件。")
    load = cast("Callable[[bytes, Sequence[object], bytes | None], SimpleSigner]", SimpleSigner.load_pkcs12_data)
    try:
        return load(certificate.read_bytes(), (), password.encode() or None)
    except (ValueError, TypeError, AttributeError) as fault:  # a file without a key or a certificate fails inside the library
        raise SignerUnusable(f"证书文件“{certificate.name}”打不开。", "请核对口令；文件须是含私钥的 PKCS#12（.p12、.pfx）。") from fault


def signed(pdf: bytes, signer: SimpleSigner, *, reason: str) -> bytes:
    """The file with the firm's signature appended; what was there stays byte for byte."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415
    from pyhanko.sign.fields import SigSeedSubFilter  # noqa: PLC0415
    from pyhanko.sign.signers import PdfSignatureMetadata, sign_pdf  # noqa: PLC0415

    about = PdfSignatureMetadata(field_name=_FIELD, reason=reason, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    out = io.BytesIO()
    sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), about, signer=signer, output=out)
    return out.getvalue()
