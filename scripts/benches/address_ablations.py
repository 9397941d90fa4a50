"""Our reader with one of its parts taken away, for the bench: each runs in a process of its own, since nothing is put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def without_tagger() -> None:
    """The hand-written rules (the tagger's teacher) in its place."""
    from locate.address import below
    from scripts.address_tagger.teacher import taught_form

    below.tag_text = lambda form, _settled, _home: taught_form(form)  # type: ignore[assignment]


def without_constraints() -> None:
    """The tagger's word as it is: no rule mends it."""
    from locate.address import below

    below.mended = lambda _form, spans, _settled: spans  # type: ignore[assignment]
    below._constrained = lambda _form, span, _home, _before: span  # type: ignore[assignment]


def without_lower_levels() -> None:
    """No townships, villages and estates: not in the gazetteer, not in what the tagger looks up."""
    from locate.address import tagging
    from locate.address.gazetteer import TOWN, gazetteer, villages

    g = gazetteer()
    g.towns = {}
    g.entries = [tuple([(u, f) for u, f in entry if g.levels[u] != TOWN]) for entry in g.entries]
    known: Any = villages()
    known.homes = lambda _name: []
    known.tails = lambda _name, _home: []
    empty = np.zeros(1 << 10, np.uint16)
    tagging.names = lambda: empty  # type: ignore[assignment]


def without_areas() -> None:
    """The tagger alone: no gazetteer says which areas there are."""
    from locate.address import reader
    from locate.address.region_state import Regions

    class Nothing:
        def read(self, _form: str, as_of: int | None = None) -> Regions:
            return Regions()

    reader.region_reader = Nothing  # type: ignore[assignment]


def without_history() -> None:
    """Only today's names."""
    from locate.address.gazetteer import OLD, gazetteer

    g = gazetteer()
    g.entries = [tuple([(u, f) for u, f in entry if not f & OLD]) for entry in g.entries]
    g.whys, g.carved, g.once_under, g.successor_home = {}, {}, {}, {}


def without_corrections() -> None:
    """No wrong sign in an area's name is corrected."""
    from locate.address.typos import Typos

    Typos.read = lambda *_: None  # type: ignore[method-assign]


def with_research_labels() -> None:
    """The shipped weights trained further on the research corpus's training part: what human labels would add. Never shipped."""
    import tempfile
    from pathlib import Path

    from locate.address.gazetteer import DATA
    from locate.address.labelled import read_labelled
    from locate.address.tagger_examples import examples_of
    from locate.address.tagging import names, use
    from models.address_tagger.training import train
    from models.address_tagger.weights import Weights
    from scripts.benches.address_scores import RESEARCH

    weights = train(examples_of(read_labelled(RESEARCH)), names(), rounds=6, start=Weights.load(DATA / "tagger.bin"))
    target = Path(tempfile.mkdtemp()) / "tagger.bin"
    weights.save(target)
    use(target)


ABLATIONS: dict[str, tuple[str, Callable[[], None]]] = {
    "without_tagger": ("规则代替标注器", without_tagger),
    "without_constraints": ("标注器不经规则约束", without_constraints),
    "without_lower_levels": ("地名库没有乡镇、村、小区", without_lower_levels),
    "without_areas": ("没有地名库（只有标注器）", without_areas),
    "without_history": ("没有沿革（只认今名）", without_history),
    "without_corrections": ("不改错字", without_corrections),
    "with_research_labels": ("加研究语料续训（不随附）", with_research_labels),
}
