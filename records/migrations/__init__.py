"""Forward-only schema migrations (Alembic), packaged. ``upgrade`` brings a database to this program's schema.

A revision is the number its file name starts with (``0001_first.py``): which one is the last can be told without loading
Alembic, so that a command on an up-to-date database does not pay for it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text

from records.errors import WrongUsage

SCRIPTS = Path(__file__).parent
_LOCK = 0x48414E44_4D494752
"""Advisory lock "HANDMIGR": one process migrates, the others wait and find it done."""


def head() -> str:
    """The last revision that this program knows."""
    return max(path.name[:4] for path in (SCRIPTS / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))


def _present(connection: Connection) -> str | None:
    if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return None
    known: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return known


def upgrade(connection: Connection) -> bool:
    """Bring the schema to ``head`` in one transaction and commit it.

    Returns:
        Whether anything was to do.

    Raises:
        WrongUsage: the database was made by a later version of this program.
    """
    if _present(connection) == head():
        connection.rollback()
        return False
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    present = _present(connection)
    if present is not None and present > head():
        raise WrongUsage(
            f"数据库的结构版本是 {present}，比本程序的 {head()} 新", "请升级本程序后再运行；数据没有被改动。", code="E-SCHEMA"
        )
    if present == head():
        connection.rollback()
        return False
    from alembic import command  # noqa: PLC0415 - a fifth of a second that most starts need not pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()
    return True
