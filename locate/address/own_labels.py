"""Train the tagger on a user's own labels: from the shipped weights on, with a held-out part that tells what it gained."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from locate.address.gazetteer import DATA
from locate.address.labelled import Labelled, Span
from locate.address.reader import parse
from locate.address.tagger_examples import examples_of
from locate.address.tagging import names, use
from models.address_tagger.scoring import SpanScore, score_spans
from models.address_tagger.training import train
from models.address_tagger.weights import Weights

LEAST = 50
"""Fewer labelled addresses than this can neither teach nor measure anything."""
ROUNDS = 6
_HELD_OUT = 5  # one in five


@dataclass(frozen=True, slots=True)
class Gain:
    """What was trained on, and how the held-out addresses are read before (with the shipped weights) and after."""

    trained: int
    before: SpanScore
    after: SpanScore


class TooFewLabels(ValueError):
    """Less than LEAST addresses."""


def train_on(labelled: Sequence[Labelled], target: Path, *, seed: int = 0) -> Gain:
    """Train, measure on one address in five (by the text's hash), write ``target``. The weights in use are not changed.

    Raises:
        TooFewLabels: there are too few to train and measure.
    """
    lessons = [one for one in labelled if not _held_out(one.text)]
    exam = [one for one in labelled if _held_out(one.text)]
    if len(labelled) < LEAST or not exam or not lessons:
        raise TooFewLabels(str(len(labelled)))
    shipped = Weights.load(DATA / "tagger.bin")
    before = _measured(exam, DATA / "tagger.bin")
    about: dict[str, object] = {"trained_on": {"own_labels": len(lessons)}, "held_out": len(exam), "started_from": shipped.version}
    weights = train(examples_of(lessons), names(), rounds=ROUNDS, seed=seed, start=shipped, about=about)
    target.parent.mkdir(parents=True, exist_ok=True)
    weights.save(target)
    return Gain(len(lessons), before, _measured(exam, target))


def _held_out(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % _HELD_OUT == 0


def _measured(exam: Sequence[Labelled], weights: Path) -> SpanScore:
    use(weights)
    try:
        found: list[tuple[Span, ...]] = [parse(one.text).spans for one in exam]
    finally:
        use(None)
    return score_spans([one.spans for one in exam], found)
