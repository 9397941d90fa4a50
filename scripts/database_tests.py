"""A pytest plugin that keeps only the tests that touch a database: ``pytest -p scripts.database_tests``.

``scripts/test`` runs these a second time, on Debian's PostgreSQL 15. A test is one of them when it asks, however
indirectly, for the ``server`` fixture of ``tests/conftest.py``, or is marked ``database``.
"""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what has nothing to do with a server."""
    kept, dropped = [], []
    for item in items:
        touches = "server" in getattr(item, "fixturenames", ()) or item.get_closest_marker("database") is not None
        (kept if touches else dropped).append(item)
    config.hook.pytest_deselected(items=dropped)
    items[:] = kept
