"""How far the parts lead a postman (contract.md: door, building, place, area, unusable), and how sure the reading is."""

from __future__ import annotations

from locate.address.model import Grade, Issue

# What each flag takes off the confidence of an otherwise plain reading; ambiguity and conflict cap it instead.
_COST = {
    Issue.TYPO_CORRECTED: 0.12,
    Issue.OUTDATED: 0.04,
    Issue.NO_PROVINCE: 0.10,
    Issue.NO_DISTRICT: 0.20,
    Issue.READERS_DISAGREE: 0.15,
    Issue.DUPLICATED_PREFIX: 0.01,
}
_PLAIN_READING = 0.98
_WEAK = 0.25
_PRESUMED = 0.10
_CAP = {Issue.AMBIGUOUS: 0.35, Issue.CONFLICT: 0.25}
_BELOW_GRADE = {Grade.DOOR: 0.0, Grade.BUILDING: 0.02, Grade.PLACE: 0.05, Grade.AREA: 0.15, Grade.UNUSABLE: 0.5}


def grade_of(parts: dict[str, str | None], area_known: bool) -> Grade:
    """The grade of the parts; ambiguity and conflict are said by the issues, not here."""
    if not area_known:
        return Grade.UNUSABLE
    anchored = bool(parts.get("poi") or parts.get("road_no") or parts.get("sub_road_no") or parts.get("village"))
    if parts.get("room") and (anchored or parts.get("building")):
        return Grade.DOOR
    if parts.get("village") and parts.get("road_no"):
        return Grade.DOOR  # a house number in a village is a household
    if (parts.get("building") or parts.get("unit") or parts.get("floor")) and anchored:
        return Grade.BUILDING
    if anchored:
        return Grade.PLACE
    return Grade.AREA


def confidence_of(grade: Grade, issues: tuple[Issue, ...], *, weak: bool = False, presumed: bool = False) -> float:
    """``weak``: only the head of a name tells the area; ``presumed``: the main one of several successors was taken."""
    value = _PLAIN_READING - _BELOW_GRADE[grade] - sum(_COST.get(i, 0.0) for i in issues) - _WEAK * weak - _PRESUMED * presumed
    for issue in issues:
        value = min(value, _CAP.get(issue, 1.0))
    return round(max(0.0, min(1.0, value)), 3)
