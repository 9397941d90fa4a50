"""Every shipped bundle's sample, page by page, against the picture that was last looked at and found good.

After a wanted change: ``python -m tests.golden.letter_pages`` draws them anew; look at each before committing it.
"""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from letters.compose.bundle import references
from tests.golden.letter_pages import PICTURES, pages_of, picture_name

NOTICED = 48
"""Grey levels by which a pixel must differ to count: less is a rasteriser's rounding."""
MOST = 0.00002
"""Share of a page's pixels that may differ (ten of them): a single changed character is more."""

SHIPPED = references()


@pytest.mark.parametrize("reference", SHIPPED)
def test_pages_look_as_they_did(reference: str) -> None:
    pages = pages_of(reference)
    kept = sorted(PICTURES.glob(f"{reference.replace('@', '-')}-*.png"))
    assert [path.name for path in kept] == [picture_name(reference, number) for number in range(1, len(pages) + 1)]
    for path, page in zip(kept, pages, strict=True):
        golden = np.asarray(Image.open(path).convert("L"), dtype=np.int16)
        assert golden.shape == page.shape, path.name
        differing = (np.abs(golden - page.astype(np.int16)) > NOTICED).mean()
        assert differing <= MOST, f"{path.name}: {differing:.2%} of the pixels differ"


def test_one_changed_character_is_seen() -> None:
    golden = np.asarray(Image.open(PICTURES / picture_name("consumer@1", 2)).convert("L"), dtype=np.int16)
    page = pages_of("consumer@1", lawyer_name="王示列")[1].astype(np.int16)
    assert (np.abs(golden - page) > NOTICED).mean() > MOST


def test_no_picture_is_of_a_bundle_that_is_gone() -> None:
    known = {picture_name(reference, number) for reference in SHIPPED for number in range(1, len(pages_of(reference)) + 1)}
    assert {path.name for path in PICTURES.glob("*.png")} == known
