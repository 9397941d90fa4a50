"""How well spans are found: strict F1 (same start, end and label), over all and by label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class SpanScore:
    """Strict span scores of texts."""

    texts: int
    spans: int
    f1: float
    all_right: float
    """Share of texts with every span right."""
    by_label: dict[str, float]


def score_spans(right: Sequence[Iterable[Span]], found: Sequence[Iterable[Span]]) -> SpanScore:
    """Compare what was found with what is right, text by text."""
    gold, said, both = Counter[str](), Counter[str](), Counter[str]()
    whole = 0
    for a, b in zip(right, found, strict=True):
        wanted, got = set(a), set(b)
        gold.update(label for *_, label in wanted)
        said.update(label for *_, label in got)
        both.update(label for *_, label in wanted & got)
        whole += wanted == got
    return SpanScore(
        texts=len(right),
        spans=gold.total(),
        f1=2 * both.total() / max(gold.total() + said.total(), 1),
        all_right=whole / max(len(right), 1),
        by_label={label: 2 * both[label] / (gold[label] + said[label]) for label in sorted(gold)},
    )
