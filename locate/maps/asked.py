"""What of an address is sent to a map service: the way to the building, never a name, a phone, a remark or a door.

Only spans that the reader has labelled as place are taken, so that a label nobody has thought of is not sent.
"""

from __future__ import annotations

from typing import Final

from locate.address import Address

_SENT: Final = frozenset({
    "prov", "city", "district", "devzone", "town", "community", "village_group", "road", "roadno", "subroad", "subroadno",
    "poi", "subpoi", "intersection", "houseno",
})  # fmt: skip
_TELLING: Final = frozenset({"community", "village_group", "road", "subroad", "poi", "subpoi", "intersection"})


def asked_text(address: Address, longest_bytes: int) -> str:
    """The text to send, whole parts only; '' where it has no area (it may be anything, a name too) or nothing finer."""
    spans = sorted(span for span in address.spans if span[2] in _SENT)
    settled = address.province or address.city or address.district or address.adcode
    # Areas that the gazetteer knows, not a word that reads like one: 张三家 is somebody, not a place.
    if not settled or not {label for _, _, label in spans} & _TELLING:
        return ""
    text = ""
    for start, end, _ in spans:
        # Signs have a meaning in queries and signatures, and none for the place.
        part = "".join(sign for sign in address.raw[start:end] if sign.isalnum() or sign in "-－")
        if len((text + part).encode()) > longest_bytes:
            break
        text += part
    return text
