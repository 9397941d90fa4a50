"""The house's consumer letter as it looked when a person last looked at it.

Words and page contents must be the same to the byte; the pictures nearly (renderers differ a little). After an intended
change: look at the pages, then write the golden files anew with ``HANDA_GOLDEN=write``.
"""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import replace
from pathlib import Path

import numpy
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from letters.compose import compose, load_bundle
from letters.press.part import press_one
from letters.press.seal import Seal

HERE = Path(__file__).parent
WRITE = os.environ.get("HANDA_GOLDEN") == "write"
BUNDLE = load_bundle("consumer@1")
DPI = 60
LARGEST_MEAN_DIFFERENCE = 2.0
"""Of 255 grey levels, over the page; ``LARGEST_BLOCK_DIFFERENCE`` over any square of it."""
LARGEST_BLOCK_DIFFERENCE = 25.0
BLOCK = 16


def sample_pdf(is_card: bool) -> bytes:
    fields = replace(BUNDLE.sample, is_card=is_card)
    return press_one(BUNDLE, compose(BUNDLE, fields), fields, batch_no="B20261121-01", piece_position=42, piece_count=1000,
                     seal=Seal.sample(fields.firm_name), duplex=False)


@pytest.mark.parametrize("kind", ["loan", "card"])
def test_words_and_page_contents_are_the_same(kind: str) -> None:
    pdf = sample_pdf(kind == "card")
    with pikepdf.open(io.BytesIO(pdf)) as document:
        contents = [hashlib.sha256(page.Contents.read_bytes()).hexdigest() for page in document.pages]
    text = compose(BUNDLE, replace(BUNDLE.sample, is_card=kind == "card")).text
    found = "\n".join([*contents, text, ""])
    golden = HERE / f"consumer-1-{kind}.txt"
    if WRITE:
        golden.write_text(found, "utf-8")
    assert found == golden.read_text("utf-8")


@pytest.mark.parametrize("kind", ["loan", "card"])
@pytest.mark.parametrize("page", [1, 2])
def test_the_page_looks_the_same(kind: str, page: int) -> None:
    document = pypdfium2.PdfDocument(sample_pdf(kind == "card"))
    picture = document[page - 1].render(scale=DPI / 72, grayscale=True).to_pil().convert("L")
    document.close()
    golden = HERE / f"consumer-1-{kind}-{page}.png"
    if WRITE:
        picture.save(golden, optimize=True)
    ours = numpy.asarray(picture, dtype=float)
    theirs = numpy.asarray(Image.open(golden), dtype=float)
    assert ours.shape == theirs.shape
    difference = numpy.abs(ours - theirs)
    assert difference.mean() < LARGEST_MEAN_DIFFERENCE
    height, width = (size - size % BLOCK for size in difference.shape)
    blocks = difference[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean(axis=(1, 3))
    assert blocks.max() < LARGEST_BLOCK_DIFFERENCE, "some place of the page looks different"
