"""Alembic's entry: runs on the connection (and in the transaction) that ``records.migrations.upgrade`` passes."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=None)
context.run_migrations()
