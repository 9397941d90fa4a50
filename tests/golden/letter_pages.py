"""Draws the sample pages of the shipped bundles; run as a program it writes the pictures that the tests compare with."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image

from letters.compose import compose, load_bundle
from letters.compose.bundle import references
from letters.press.part import PartWriter
from letters.press.seal import Seal

PICTURES = Path(__file__).with_name("pages")
DPI = 72
GREYS = 16


def picture_name(reference: str, page: int) -> str:
    return f"{reference.replace('@', '-')}-{page}.png"


@lru_cache(maxsize=32)
def pages_of(reference: str, **changes: Any) -> tuple[np.ndarray, ...]:
    """The sample's printed pages in grey; blank backs are left out."""
    bundle = load_bundle(reference)
    fields = replace(bundle.sample, **changes)
    out = io.BytesIO()
    writer = PartWriter(out, bundle, batch_no="B00000000-00", dated=fields.letter_date, seal=Seal.sample(fields.firm_name), duplex=True)
    layout = writer.add(compose(bundle, fields), fields, 1, 1)
    writer.close()
    document = pypdfium2.PdfDocument(out.getvalue())
    drawn = [document[number].render(scale=DPI / 72, grayscale=True).to_numpy() for number in range(layout.printed_pages)]
    document.close()
    return tuple(page.reshape(page.shape[:2]) for page in drawn)


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    for reference in references():
        for number, page in enumerate(pages_of(reference), start=1):
            step = 256 // GREYS
            few = (page // step * step + step // 2).astype(np.uint8)
            Image.fromarray(few).save(PICTURES / picture_name(reference, number), optimize=True)


if __name__ == "__main__":
    main()
