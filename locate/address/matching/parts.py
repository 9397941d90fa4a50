"""The comparable parts of an address: numerals, 栋/幢/号楼, name endings and letter case folded, so that equal means equal.

Made once an address and compared often, so plain texts and no objects: a million of them fit into memory and travel
between processes as lines. What cannot be compared (remarks, recipient, postcode) is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

from locate.address.gazetteer import TOWN_KIND
from locate.address.model import Address, Issue
from locate.address.normalise import Text, normalise
from locate.address.numbers import arabic, bare_number
from locate.address.villagehash import village_core

_PUNCTUATION = re.compile(r"[^0-9A-Za-z一-鿿-]")
_DASH_OUTSIDE_NUMBERS = re.compile(r"-(?![0-9A-Za-z])|(?<![0-9A-Za-z])-")
_NOT_WORD = re.compile(r"[\W_]+")
_CROSS = re.compile(r"^(?:与|和)|[^0-9A-Za-z一-鿿]")
_ESTATE_KIND = re.compile(r"(?:住宅小区|花园小区|小区|社区)$")
_NUMBERS_AND_LETTERS = re.compile(r"[0-9A-Z]+")
_AREA_LABELS = frozenset(("prov", "city", "district", "country"))
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Parts:
    """What two addresses are compared by; '' where the text has no such part."""

    written: str
    """The whole text's letters, numbers and signs: what was written the same has the same."""
    key: str
    area: str
    """Code of the deepest settled division down to the district, '' when none is settled."""
    unsettled: str
    """'1' where the text is ambiguous or contradicts itself: it is compared by its wording only."""
    town: str
    village: str
    road: str
    number: str
    sub_road: str
    sub_number: str
    estate: str
    estate_part: str
    building: str
    unit: str
    floor: str
    room: str
    below: str
    """What is written below the district, township too, folded."""

    def packed(self) -> str:
        """One line, for other processes."""
        return _SEPARATOR.join(_ALL(self))

    @property
    def numerals(self) -> str:
        """All numbers and letters below the district in a row: what no slip of a sign changes."""
        return "".join(_NUMBERS_AND_LETTERS.findall(self.below))


_ALL = attrgetter(*Parts.__slots__)


def unpacked(line: str) -> Parts:
    """The Parts that ``packed`` wrote."""
    return Parts(*line.split(_SEPARATOR))


@lru_cache(maxsize=32768)  # a file names the same roads and estates again and again
def fold(text: str | None) -> str:
    """A name or number as one comparable text."""
    return arabic(_CROSS.sub("", text)).upper() if text else ""


@lru_cache(maxsize=32768)
def fold_estate(text: str | None) -> str:
    """An estate's name without the words that only say it is one."""
    name = fold(text)
    return _ESTATE_KIND.sub("", name) or name


@lru_cache(maxsize=65536)
def number(text: str | None) -> str:
    """bare_number, remembered: a file has few different ones."""
    return bare_number(text)


def text_below(address: Address, text: Text) -> str:
    """The text without province, city, district and country, folded; dashes stay between numbers, where they part them."""
    form, origin = text.form, text.origin
    cuts = [(start, end) for start, end, label in address.spans if label in _AREA_LABELS]
    if isinstance(origin, range):  # positions in the raw text are positions in the form
        kept = form
        for start, end in sorted(cuts, reverse=True):
            kept = f"{kept[:start]} {kept[end:]}"
    else:
        kept = "".join(" " if any(start <= origin[i] < end for start, end in cuts) else ch for i, ch in enumerate(form))
    return arabic(_DASH_OUTSIDE_NUMBERS.sub("", _PUNCTUATION.sub("", kept))).upper()


def parts_of(address: Address) -> Parts:
    """The comparable parts of one address."""
    text = normalise(address.raw)
    return Parts(
        written=_NOT_WORD.sub("", text.form),
        key=address.key,
        area=(address.adcode or "")[:6],
        unsettled="1" if Issue.AMBIGUOUS in address.issues or Issue.CONFLICT in address.issues else "",
        town=TOWN_KIND.sub("", address.township or ""),
        village=village_core(address.village) if address.village else "",
        road=fold(address.road),
        number=number(address.road_no),
        sub_road=fold(address.sub_road),
        sub_number=number(address.sub_road_no),
        estate=fold_estate(address.poi),
        estate_part=fold(address.sub_poi),
        building=number(address.building),
        unit=number(address.unit),
        floor=number(address.floor),
        room=number(address.room),
        below=text_below(address, text),
    )
