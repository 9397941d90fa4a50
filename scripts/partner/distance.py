"""How many days a piece is on its way, by the postcodes of its two ends.

The first two digits of a postcode name the province (四级六码). Distances run between provincial capitals; days a
leg were chosen so that a neighbouring province takes two to three days and the far west a week, as registered letters
do (GB/T 16606-3 allows them more). EMS travels a day faster, never under a day.
"""

from __future__ import annotations

import random
from math import asin, cos, radians, sin, sqrt

_CAPITALS: dict[str, tuple[float, float]] = {
    "01 02": (40.84, 111.75), "03 04": (37.87, 112.55), "05 06 07": (38.04, 114.51), "10": (39.90, 116.41),
    "11 12": (41.80, 123.43), "13": (43.82, 125.32), "15 16": (45.80, 126.53), "20": (31.23, 121.47),
    "21 22": (32.06, 118.80), "23 24": (31.82, 117.23), "25 26 27": (36.65, 117.12), "30": (39.08, 117.20),
    "31 32": (30.27, 120.15), "33 34": (28.68, 115.86), "35 36": (26.07, 119.30), "40": (29.56, 106.55),
    "41 42": (28.23, 112.94), "43 44": (30.59, 114.31), "45 46 47": (34.75, 113.62), "51 52": (23.13, 113.26),
    "53 54": (22.82, 108.32), "55 56": (26.65, 106.63), "57": (20.04, 110.34), "61 62 63 64": (30.57, 104.07),
    "65 66 67": (25.04, 102.71), "71 72": (34.34, 108.94), "73 74": (36.06, 103.83), "75": (38.49, 106.23),
    "81": (36.62, 101.78), "83 84": (43.83, 87.62), "85": (29.65, 91.12),
}  # fmt: skip
"""Latitude and longitude, degrees, by the province's postcode prefixes."""
CAPITAL_OF = {prefix: place for prefixes, place in _CAPITALS.items() for prefix in prefixes.split()}
EARTH_KM = 6371.0
LOCAL = (1, 1)
SAME_PROVINCE = (1, 2)
LEGS_KM = ((400, (1, 2)), (900, (2, 3)), (1600, (3, 4)), (2400, (4, 5)), (99_999, (5, 7)))
"""(kilometres up to, days least and most)."""
UNKNOWN = (3, 5)
"""For a postcode of no province: as far as the middle of the country."""


def kilometres(one: str, other: str) -> float | None:
    """Between the capitals of two postcodes' provinces; None when one of them is in none."""
    here, there = CAPITAL_OF.get(one[:2]), CAPITAL_OF.get(other[:2])
    if here is None or there is None:
        return None
    (lat1, lon1), (lat2, lon2) = (map(radians, here), map(radians, there))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


def days_between(origin: str, postcode: str, *, express: bool) -> tuple[int, int]:
    """Least and most days from one post office to another."""
    far = kilometres(origin, postcode)
    if origin[:3] == postcode[:3]:
        least, most = LOCAL
    elif far is None:
        least, most = UNKNOWN
    elif far < 1:
        least, most = SAME_PROVINCE
    else:
        least, most = next(days for limit, days in LEGS_KM if far <= limit)
    return (max(1, least - 1), max(1, most - 1)) if express else (least, most)


def travel(origin: str, postcode: str, *, express: bool, chance: random.Random) -> int:
    """Days of one journey."""
    return chance.randint(*days_between(origin, postcode, express=express))
