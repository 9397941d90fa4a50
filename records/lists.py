"""Long lists in a WHERE: one array parameter instead of a parameter for each value.

``column.in_(500 ids)`` makes a new statement text for every length, which the driver parses anew; this one is always the
same. The database plans both alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute


def one_of(column: InstrumentedAttribute[Any], values: Iterable[object]) -> ColumnElement[bool]:
    """Whether the column's value is one of ``values`` (none of an empty list)."""
    return column == any_(literal(list(values), ARRAY(column.type)))
