"""Areas as they were when the text was written: which reading of a name was in force, and what was cut out of it since."""

from __future__ import annotations

from locate.address.gazetteer import DISTRICT, OLD, TOWN, Gazetteer
from locate.address.region_state import Regions


def read_as_of(g: Gazetteer, year: int, out: Regions) -> None:
    """Keep the readings that were in force in the year; add the districts that have been cut out of the one named since.

    The township, where the text has one, has settled the second question already (townships.py).
    """
    name = next((p.name for p in reversed(out.pieces) if p.level == DISTRICT), None)
    if name is None:
        return
    if len(out.units) > 1:
        in_force = {u: f for u, f in out.units.items() if _in_force(g, u, f, name, year)}
        out.units = in_force or out.units
    if len(out.units) == 1 and not out.town_text:
        [unit] = out.units
        if g.levels[unit] == DISTRICT:
            later = {new: 0 for new, (donors, since) in g.carved.items() if unit in donors and since > year}
            out.units = {**out.units, **later}


def _in_force(g: Gazetteer, unit: int, flags: int, name: str, year: int) -> bool:
    if g.levels[unit] == TOWN:
        return True  # townships have no dates
    if flags & OLD:
        ended, _ = g.whys.get((name, unit), (9999, ""))
        return ended >= year
    return g.since.get(unit, 0) <= year
