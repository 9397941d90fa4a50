"""Labelled addresses as the tagger's training examples: read up to the areas as always, the rest with its right states."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from locate.address.gazetteer import gazetteer
from locate.address.head import area_spans, home_of
from locate.address.labelled import Labelled, Span
from locate.address.normalise import normalise
from locate.address.recipient import find_recipient
from locate.address.regions import region_reader
from locate.address.tagging import prepared
from models.address_tagger.labels import LABEL_IDS
from models.address_tagger.training import Example

_NOTHING = 2 * LABEL_IDS["redundant"]


def example_of(text: str, spans: Iterable[Span]) -> Example | None:
    """The example, or None where the text has no signs."""
    normal = normalise(text)
    form = find_recipient(normal.form).form
    regions = region_reader().read(form)
    signs, at, given = prepared(form, area_spans(regions))
    if not signs:
        return None
    raw = [-1] * (len(text) + 1)
    for start, end, label in spans:
        state = 2 * LABEL_IDS[label]
        raw[start:end] = [state, *[state + 1] * (end - start - 1)]
    gold: list[int] = []
    for i in at if at is not None else range(len(form)):
        state = raw[normal.raw_span(i, i + 1)[0]]
        if state < 0:  # a sign that nobody labelled
            state = _NOTHING + 1 if gold and gold[-1] >> 1 == _NOTHING >> 1 else _NOTHING
        gold.append(state)
    codes = np.frombuffer(signs.encode("utf-32-le", "surrogatepass"), np.uint32)
    return Example(codes, np.frombuffer(given, np.int8), home_of(gazetteer(), regions), np.array(gold, np.int8))


def examples_of(labelled: Iterable[Labelled]) -> list[Example]:
    """One example a text that has signs."""
    return [e for one in labelled if (e := example_of(one.text, one.spans)) is not None]
