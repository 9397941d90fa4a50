"""Between the datums of Chinese map services, and distances. Pure.

AMap and Tencent answer in GCJ-02, Baidu in BD-09: GCJ-02 turned and shifted once more by a formula that has been
public since 2011 (coordtransform and its many ports); its inverse is exact to about a metre.
"""

from __future__ import annotations

from math import asin, atan2, cos, hypot, pi, radians, sin, sqrt
from typing import Final

from locate.maps.model import Point

_TURN: Final = pi * 3000.0 / 180.0
_SHIFT: Final = (0.0065, 0.006)
"""Degrees that BD-09 lies east and north of GCJ-02, beside the wobble."""
_EARTH_M: Final = 6_371_008.8
"""Mean radius (IUGG)."""


def gcj02_of_bd09(point: Point) -> Point:
    """GCJ-02 of a BD-09 coordinate."""
    x, y = point.longitude - _SHIFT[0], point.latitude - _SHIFT[1]
    z = hypot(x, y) - 0.00002 * sin(y * _TURN)
    theta = atan2(y, x) - 0.000003 * cos(x * _TURN)
    return Point(z * cos(theta), z * sin(theta))


def bd09_of_gcj02(point: Point) -> Point:
    """BD-09 of a GCJ-02 coordinate."""
    x, y = point.longitude, point.latitude
    z = hypot(x, y) + 0.00002 * sin(y * _TURN)
    theta = atan2(y, x) + 0.000003 * cos(x * _TURN)
    return Point(z * cos(theta) + _SHIFT[0], z * sin(theta) + _SHIFT[1])


def metres_between(a: Point, b: Point) -> float:
    """Great-circle distance (haversine)."""
    up, along = radians(b.latitude - a.latitude), radians(b.longitude - a.longitude)
    chord = sin(up / 2) ** 2 + cos(radians(a.latitude)) * cos(radians(b.latitude)) * sin(along / 2) ** 2
    return 2 * _EARTH_M * asin(min(1.0, sqrt(chord)))
