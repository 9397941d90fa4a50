"""Setting letters: our press beside reportlab's platypus, the same composed words, in turn, one core.

Both take the letter's fields, fill the template and end with one PDF of all letters in memory. The peer is given what
makes it fast: a font that need not be embedded (STSong-Light; it refuses the CFF outlines that we subset and embed), our
table-made barcodes instead of its own (its QR codes alone take 90 % of its time), one document for all letters.
``platypus_own_barcodes`` is the same with reportlab's Code 128 and QR widgets. Neither peer draws the seal, the fold marks
or the leak-free window.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from reportlab.graphics.barcode import code128 as own_code128
from reportlab.graphics.barcode import qr as own_qr
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from letters.compose import compose, load_bundle
from letters.compose.form import BlockKind, ComposedLetter, fill
from letters.compose.model import LetterFields
from letters.press.bits import Bits
from letters.press.code128 import code128
from letters.press.part import PartWriter
from letters.press.qr import qr
from letters.press.seal import Seal
from scripts.benches import press_peers
from scripts.benches.report import Report, alternate, say, table
from scripts.world import people, places

TEMPLATE = "consumer@1"
LETTERS = 1_000
QUICK_LETTERS = 150
SLOW_SHARE = 10
"""The peer with its own barcodes is so slow that it gets a tenth of the letters; rates are compared, not times."""
ROUNDS = 3
SIZES = (1_000, 100_000, 1_000_000)
QUICK_SIZES = (1_000, 4_000)
"""Letters in one process, for its memory."""
SEED = 5
BATCH_NO = "B20261120-01"
_FONT = "STSong-Light"
_LINK = "https://verify.example.cn/l/"


def compose_fields(count: int) -> list[LetterFields]:
    """Letters to composed persons: the bundle's sample with names, addresses, numbers and amounts of their own."""
    sample = Path(__file__).resolve().parents[2] / "templates" / "letters" / "consumer" / "1" / "sample.json"
    first = LetterFields.from_json(json.dumps(json.loads(sample.read_text(encoding="utf-8"))))
    rng = random.Random(SEED)
    pool = places.districts()
    found = []
    for number in range(1, count + 1):
        district = rng.choice(pool)
        lines = tuple(replace(line, amount_fen=line.amount_fen + number) for line in first.claim_lines)
        found.append(
            replace(
                first,
                letter_no=f"（2026）鄂示例律函字第{number:06d}号",
                item_no=f"XA{number:011d}",
                verification_code=f"{rng.getrandbits(40):010X}",
                verification_url=_LINK,
                addressee_name=people.common_name(rng),
                addressee_address=(places.compose(rng, district).text,),
                contract_no=f"XF{rng.randrange(10**13):013d}",
                claim_lines=lines,
                total_fen=sum(line.amount_fen for line in lines),
            )
        )
    return found


def _ours(fields: list[LetterFields]) -> Callable[[], int]:
    bundle = load_bundle(TEMPLATE)
    seal = Seal.sample(fields[0].firm_name)

    def work() -> int:
        out = io.BytesIO()
        writer = PartWriter(out, bundle, batch_no=BATCH_NO, dated=date(2026, 11, 20), seal=seal, duplex=True)
        for number, one in enumerate(fields, start=1):
            writer.add(compose(bundle, one), one, number, len(fields))
        writer.close()
        _ours_bytes[:] = [len(out.getvalue())]
        return len(fields)

    return work


_ours_bytes: list[int] = []
_peer_bytes: dict[bool, int] = {}


class _Stencil(Flowable):  # type: ignore[misc]
    """A ready barcode as an inline image mask, the cheapest way onto a reportlab page."""

    def __init__(self, bits: Bits, width: float, height: float) -> None:
        super().__init__()
        self.bits, self.width, self.height = bits, width, height

    def wrap(self, *_room: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        bits = self.bits
        data = bits.value.to_bytes(bits.row_bytes * bits.height, "big").hex()
        head = f"q {self.width:.2f} 0 0 {self.height:.2f} 0 0 cm BI /W {bits.width} /H {bits.height}"
        self.canv._code.append(f"{head} /IM true /D [1 0] /F /AHx ID {data}> EI Q")


def _styles() -> dict[BlockKind, ParagraphStyle]:
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    base = ParagraphStyle("p", fontName=_FONT, fontSize=10.5, leading=16, wordWrap="CJK", firstLineIndent=21)
    plain = ParagraphStyle("line", parent=base, firstLineIndent=0)
    title = ParagraphStyle("title", parent=plain, fontSize=18, leading=26, alignment=1)
    return dict.fromkeys(BlockKind, plain) | {BlockKind.PARAGRAPH: base, BlockKind.TITLE: title}


def _barcodes(one: LetterFields, *, own: bool) -> list[Any]:
    link = one.verification_url + one.verification_code
    if not own:
        return [_Stencil(code128(one.item_no), 50 * mm, 10 * mm), _Stencil(qr(link), 20 * mm, 20 * mm)]
    widget = own_qr.QrCodeWidget(link, barLevel="M")
    left, bottom, right, top = widget.getBounds()
    side = 20 * mm
    drawing = Drawing(side, side, transform=[side / (right - left), 0, 0, side / (top - bottom), 0, 0])
    drawing.add(widget)
    return [own_code128.Code128(one.item_no, barHeight=10 * mm, barWidth=0.38 * mm), drawing]


def _story(letter: ComposedLetter, one: LetterFields, styles: dict[BlockKind, ParagraphStyle], *, own: bool) -> Iterable[Any]:
    plain = styles[BlockKind.LINE]
    yield from (Paragraph(_escaped(line), plain) for line in letter.furniture)
    yield from _barcodes(one, own=own)
    for block in letter.form.blocks:
        for line in block.lines:
            yield Paragraph(_escaped(fill(line, letter.values)), styles[block.kind])
        if block.rows:
            cells = [[fill(cell, letter.values) for cell in row.cells] for row in block.rows]
            grid = TableStyle([("FONT", (0, 0), (-1, -1), _FONT, 9.5), ("GRID", (0, 0), (-1, -1), 0.4, colors.black)])
            yield Table(cells, style=grid, repeatRows=1)
        yield Spacer(1, 4)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _platypus(fields: list[LetterFields], *, own: bool) -> Callable[[], int]:
    bundle = load_bundle(TEMPLATE)
    styles = _styles()

    def work() -> int:
        out = io.BytesIO()
        story: list[Any] = []
        for one in fields:
            story += _story(compose(bundle, one), one, styles, own=own)
            story.append(PageBreak())
        SimpleDocTemplate(out, pagesize=A4, leftMargin=25 * mm, rightMargin=25 * mm, invariant=1).build(story)
        _peer_bytes[own] = len(out.getvalue())
        return len(fields)

    return work


def _other_engines(fields: list[LetterFields], notes: list[str]) -> dict[str, dict[str, Any]]:
    """Typst and WeasyPrint over the same few letters; what can't be had is noted."""
    python = press_peers.environment()
    if python is None:
        notes.append("typst and weasyprint could not be installed: left out")
        return {}
    bundle = load_bundle(TEMPLATE)
    letters = [compose(bundle, one) for one in fields]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("typst", "weasyprint"):
            say(f"{name}：{len(letters)} 封……")
            try:
                found[name] = press_peers.measure(name, python, letters, Path(folder))
            except (RuntimeError, subprocess.TimeoutExpired) as fault:
                notes.append(f"{name} failed: {fault}")
    table(
        f"其他引擎：{len(letters)} 封（只排文字与表格）", ("", "封/CPU 秒", "KB/封", "内存峰值 MiB"),
        [(n, f"{one['per_cpu_second']:,.0f}", f"{one['bytes_per_letter'] / 1000:.1f}", one["peak_bytes"] >> 20) for n, one in found.items()],
    )  # fmt: skip
    return found


def _memory(sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Peak memory of a fresh process for each number of letters."""
    found = []
    for size in sizes:
        say(f"内存：{size} 封……")
        done = subprocess.run([sys.executable, "-m", "scripts.benches.press_memory", str(size)], capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout))
    table(
        "内存与体积（每册 1,000 封）", ("封数", "内存峰值 MiB", "秒", "字节/封"),
        [(f"{one['letters']:,}", one["peak_bytes"] >> 20, one["seconds"], one["bytes_per_letter"]) for one in found],
    )  # fmt: skip
    return found


def run(*, quick: bool) -> Report:
    """Three rounds of each, in turn."""
    count = QUICK_LETTERS if quick else LETTERS
    say(f"合成 {count} 封函件……")
    fields = compose_fields(count)
    few = fields[: max(10, count // SLOW_SHARE)]
    contestants = {
        "handa": _ours(fields),
        "platypus": _platypus(fields, own=False),
        "platypus_own_barcodes": _platypus(few, own=True),
    }
    rates = alternate(contestants, ROUNDS)
    size = {
        "handa": _ours_bytes[0] / count,
        "platypus": _peer_bytes[False] / count,
        "platypus_own_barcodes": _peer_bytes[True] / len(few),
    }
    table(
        f"排版：{count} 封函件，合成一个 PDF，单核",
        ("", "封/CPU 秒", "封/秒", "KB/封"),
        [(n, f"{rates[n].per_cpu_second:,.0f}", f"{rates[n].per_second:,.0f}", f"{size[n] / 1000:.1f}") for n in contestants],
    )
    ratios = {n: rates["handa"].per_cpu_second / rates[n].per_cpu_second for n in contestants if n != "handa"}
    print("速度比：" + "，".join(f"handa/{name} {ratio:.1f}" for name, ratio in ratios.items()))
    figures: dict[str, dict[str, Any]] = {n: rates[n].as_json() | {"bytes_per_letter": round(size[n])} for n in contestants}
    notes = []
    others = _other_engines(few, notes)
    figures |= others
    ratios |= {name: rates["handa"].per_cpu_second / one["per_cpu_second"] for name, one in others.items()}
    figures["handa"]["memory"] = _memory(QUICK_SIZES if quick else SIZES)
    digest = hashlib.sha256("".join(one.to_json() for one in fields).encode()).hexdigest()
    return Report(
        ours=figures["handa"],
        peers={name: figures[name] for name in ratios},
        ratios={name: round(ratio, 2) for name, ratio in ratios.items()},
        inputs={"letters": count, "template": TEMPLATE, "seed": SEED, "sha256": digest},
        notes=[
            *notes,
            "typst and weasyprint: fresh process each, words and table only, no barcodes, seal or window",
            "ours embeds a subset font, the peers none; the peers draw no seal, marks or window",
            f"platypus_own_barcodes sets {len(few)} letters a round",
        ],
    )
