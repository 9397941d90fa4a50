"""The hand-written rules for what stands below the areas, as the tagger's teacher: where both read a text alike, it is
taken as an example. They were the product's reader until the tagger read better and faster.
"""

from __future__ import annotations

import re

from locate.address.gazetteer import DISTRICT, gazetteer
from locate.address.head import Span, area_spans
from locate.address.normalise import normalise
from locate.address.recipient import find_recipient
from locate.address.region_state import Regions
from locate.address.regions import region_reader
from scripts.address_tagger.teacher.streets import Street, read_street

_NOISE = re.compile(r"[^ ,]+")
_STRONG = ("road", "roadno", "poi", "community")


def taught(text: str) -> list[Span]:
    """The rules' labelled spans of a text, in order."""
    normal = normalise(text)
    spans = taught_form(find_recipient(normal.form).form)
    return [(*normal.raw_span(s, e), label) for s, e, label in spans]


def taught_form(form: str) -> list[Span]:
    """The same for a normal form without its recipient, in the form's own places."""
    r = region_reader().read(form)
    street = read_street(form, r.end, home=_home(r))
    if r.start:
        head = read_street(form, 0, r.start)
        strong = any(label in _STRONG for _, _, label in street.spans)
        street = Street(street.spans + head.spans if strong else head.spans + street.spans)
    areas = area_spans(r)
    return sorted([*areas, *_between(form, r), *(s for s in street.spans if not any(s[0] < e and b < s[1] for b, e, _ in areas))])


def _home(r: Regions) -> str | None:
    """The code of the one township or district that is settled, for its villages' bare names."""
    if len(r.units) != 1:
        return None
    [unit] = r.units
    g = gazetteer()
    return g.codes[unit] if g.levels[unit] >= DISTRICT or unit in g.towns else None


def _between(form: str, r: Regions) -> list[Span]:
    """Dashes and underscores between the areas, which the guideline calls redundant."""
    out: list[Span] = []
    at = r.start
    for piece in r.pieces:
        gap = form[at : piece.start]
        out += [(at + m.start(), at + m.end(), "redundant") for m in _NOISE.finditer(gap)]
        at = piece.end
    return out
