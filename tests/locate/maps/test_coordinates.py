"""Datums and distances: published pairs, and a way back that ends where it began."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locate.maps.coordinates import bd09_of_gcj02, gcj02_of_bd09, metres_between
from locate.maps.model import Point


def test_a_published_pair() -> None:
    # The example of the widely ported coordtransform: (116.404, 39.915) in either direction.
    to = bd09_of_gcj02(Point(116.404, 39.915))
    assert (to.longitude, to.latitude) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-9)
    back = gcj02_of_bd09(Point(116.404, 39.915))
    assert (back.longitude, back.latitude) == pytest.approx((116.39762729119315, 39.90865673957631), abs=1e-9)


@given(st.floats(74, 135), st.floats(18, 53))
def test_there_and_back_is_a_step_or_two(longitude: float, latitude: float) -> None:
    start = Point(longitude, latitude)
    assert metres_between(start, gcj02_of_bd09(bd09_of_gcj02(start))) < 2


@given(st.floats(74, 135), st.floats(18, 53))
def test_the_datums_lie_a_kilometre_apart(longitude: float, latitude: float) -> None:
    assert 500 < metres_between(Point(longitude, latitude), bd09_of_gcj02(Point(longitude, latitude))) < 1_500


def test_a_known_distance() -> None:
    """Beijing's Tian'anmen to Shanghai's People's Square: 1,067 km."""
    assert metres_between(Point(116.3975, 39.9087), Point(121.4737, 31.2304)) == pytest.approx(1_067_000, rel=0.005)
    assert metres_between(Point(116, 40), Point(116, 40)) == 0
