"""cpca as an independent second reader of province, city and district; the only file that knows it.

It is the owner's choice as a cross-check, not the engine: its tables end in 2018 and it guesses where a name is found in
several cities (a bare 鼓楼区 becomes 开封). So it is asked only about readings we are sure of, its silence says nothing,
and a name that our history knows to mean our unit today is agreement. Imported on first use (pandas, pkg_resources).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from locate.address.gazetteer import gazetteer
from locate.address.model import Address

CHUNK = 1000  # texts a call: cpca builds one pandas frame a call, which costs more than reading


@dataclass(frozen=True, slots=True)
class Opinion:
    """What cpca read; None where it read nothing."""

    province: str | None
    city: str | None
    district: str | None


class _Column(Protocol):
    def tolist(self) -> list[object]: ...


class _Frame(Protocol):
    def __getitem__(self, name: str) -> _Column: ...


class _Cpca(Protocol):
    def transform(self, location_strs: Sequence[str]) -> _Frame: ...


def _cpca() -> _Cpca:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pkg_resources announces its own end at every import
        import cpca  # noqa: PLC0415  lazily: pandas costs a second and 60 MB
    return cast("_Cpca", cpca)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value and value not in ("市辖区", "县", "省直辖县级行政区划") else None


def opinions(texts: Sequence[str]) -> list[Opinion]:
    """One opinion a text, in order. Texts cpca fails on (it raises on some) get an empty opinion."""
    if not texts:
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = _cpca().transform(list(texts))
        columns = [frame[name].tolist() for name in ("省", "市", "区")]
    except (KeyError, ValueError, IndexError, AttributeError, StopIteration):
        if len(texts) == 1:
            return [Opinion(None, None, None)]
        return [opinion for text in texts for opinion in opinions([text])]
    return [Opinion(_text(p), _text(c), _text(d)) for p, c, d in zip(*columns, strict=True)]


def disagrees(address: Address, opinion: Opinion) -> bool:
    """Does cpca name an area that is neither ours, nor above it, nor a former name of it?"""
    unit_code = (address.adcode or "")[:6]
    g = gazetteer()
    ours = g.by_code.get(unit_code, -1)
    if ours < 0:
        return False
    explained = {c.before for c in address.corrections}
    for name in (opinion.province, opinion.city, opinion.district):
        if name is None or name in explained:
            continue
        at = g.name_ids.get(name)
        if at is None:
            continue  # a name neither table nor history knows is no evidence
        if not any(u == ours or g.lies_in(ours, u) or g.lies_in(u, ours) for u, _ in g.entries[at]):
            return True
    return False


def review(addresses: Iterable[Address]) -> list[bool]:
    """Whether cpca disagrees, an address each, in order."""
    batch = list(addresses)
    found: list[bool] = []
    for start in range(0, len(batch), CHUNK):
        part = batch[start : start + CHUNK]
        found += [disagrees(a, o) for a, o in zip(part, opinions([a.raw for a in part]), strict=True)]
    return found
