"""An Address as the contract's JSON object and back, without loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from locate.address.model import Address, Candidate, Correction, Grade, Issue, Recipient

_TEXTS = (
    "raw", "province", "city", "district", "township", "village", "devzone", "road", "road_no", "sub_road", "sub_road_no",
    "poi", "sub_poi", "building", "unit", "floor", "room", "rest",
)
Json = dict[str, object]


def to_json_dict(address: Address) -> Json:
    """The contract's keys in the contract's order, plus ``rural`` and ``candidates``."""
    out: Json = {name: getattr(address, name) for name in _TEXTS}
    out["recipient"] = {"name": address.recipient.name, "phone": address.recipient.phone} if address.recipient else None
    out["adcode"], out["postcode"], out["canonical"], out["key"] = address.adcode, address.postcode, address.canonical, address.key
    out["grade"], out["confidence"] = address.grade.value, address.confidence
    out["issues"] = [i.value for i in address.issues]
    out["corrections"] = [{"field": c.field, "from": c.before, "to": c.after, "why": c.why} for c in address.corrections]
    out["spans"] = [list(s) for s in address.spans]
    out["rural"] = address.rural
    out["candidates"] = [
        {"province": c.province, "city": c.city, "district": c.district, "adcode": c.adcode, "probability": c.probability} for c in address.candidates
    ]
    return out


def from_json_dict(data: Mapping[str, object]) -> Address:
    """The Address that to_json_dict wrote. Raises KeyError or ValueError on anything else."""
    recipient = cast("Mapping[str, str | None] | None", data["recipient"])
    return Address(
        **{name: cast("str", data[name]) for name in _TEXTS},
        recipient=Recipient(recipient["name"], recipient["phone"]) if recipient else None,
        adcode=cast("str | None", data["adcode"]),
        postcode=cast("str | None", data["postcode"]),
        canonical=cast("str", data["canonical"]),
        key=cast("str", data["key"]),
        grade=Grade(cast("str", data["grade"])),
        confidence=float(cast("float", data["confidence"])),
        issues=tuple(Issue(i) for i in cast("list[str]", data["issues"])),
        corrections=tuple(Correction(c["field"], c["from"], c["to"], c["why"]) for c in cast("list[dict[str, str]]", data["corrections"])),
        spans=tuple((int(s), int(e), str(label)) for s, e, label in cast("list[tuple[int, int, str]]", data["spans"])),
        rural=bool(data["rural"]),
        candidates=tuple(_candidate(c) for c in cast("list[Mapping[str, object]]", data.get("candidates", []))),  # younger than the first stored readings
    )


def _candidate(c: Mapping[str, object]) -> Candidate:
    province, city, district, adcode = (cast("str | None", c[name]) for name in ("province", "city", "district", "adcode"))
    return Candidate(province, city, district, adcode, float(cast("float", c["probability"])))
