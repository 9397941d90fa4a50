"""How the shipped weights are made: composed addresses, our own labels, and texts that rules and tagger read alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from locate.address.gazetteer import DATA
from locate.address.labelled import Labelled, Span
from locate.address.tagger_examples import example_of, examples_of
from locate.address.tagging import names
from models.address_tagger.tagger import Tagger
from models.address_tagger.training import Example, coherent
from models.address_tagger.training import train as learn
from models.address_tagger.weights import Weights
from scripts.address_tagger.dataset import FOLDER, final_lines, placed, read_lines
from scripts.address_tagger.teacher import taught
from scripts.address_tagger.zones import revised

OWN_WEIGHT = 2
"""How often each of our own labels counts beside one composed address."""
SEED = 7


def own(part: str) -> list[Labelled]:
    """One part of the open data set."""
    texts = read_lines("texts.tsv")
    rows = [line.split("\t") for line in final_lines()]
    return [Labelled(texts[n], tuple(placed(texts[n], labels)), n) for n, split, _, labels in rows if split == part]


def by_kind(text: str, spans: Sequence[Span]) -> list[Span]:
    """The teacher's spans with their zones labelled by kind."""
    parts = revised([(text[start:end], label) for start, end, label in spans])
    return [(start, end, label) for (start, end, _), (_, label) in zip(spans, parts, strict=True)]


def alike(weights: Weights, texts: Sequence[str]) -> list[Example]:
    """The texts that the rules and the tagger label alike, as examples."""
    tagger = Tagger(weights, names(), warm_up=0)
    out = []
    for text in texts:
        example = example_of(text, by_kind(text, taught(text)))
        if example is None:
            continue
        states = tagger.states(example.codes, example.given, example.home)
        if np.array_equal(states, coherent(example.gold, example.given)):
            out.append(example)
    return out


def train(composed: Sequence[Labelled]) -> Weights:
    """Train and write data/tagger.bin."""
    invented = examples_of(composed)
    labels = examples_of(own("train"))
    first = learn(invented + labels, names(), rounds=4, seed=SEED)
    distilled = alike(first, (FOLDER / "unlabelled.txt").read_text(encoding="utf-8").splitlines())
    about = {
        "trained_on": {"composed": len(invented), "own_labels": len(labels), "own_weight": OWN_WEIGHT, "distilled": len(distilled)},
        "seed": SEED,
    }
    weights = learn(invented + labels * OWN_WEIGHT + distilled, names(), seed=SEED, about=about)
    weights.save(DATA / "tagger.bin")
    print(f"tagger.bin {Weights.load(DATA / 'tagger.bin').version}: {about}")
    return weights

