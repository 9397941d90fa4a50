"""Learned models and which is in force; what a model could know of a chosen address is kept with the decision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0016'
down_revision = '0015'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('learned_model',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('task', TEXT, nullable=False),
    sa.Column('version', TEXT, nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('facts', postgresql.JSONB(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.CheckConstraint("task IN ('delivery','contacts')", name=op.f('ck_learned_model_task_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_learned_model')),
    sa.UniqueConstraint('version', name=op.f('uq_learned_model_version'))
    )
    op.create_table('model_turn',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('task', TEXT, nullable=False),
    sa.Column('version', TEXT, nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('why', TEXT, nullable=False),
    sa.Column('detail', postgresql.JSONB(), nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.CheckConstraint("kind IN ('promoted','stepped_back')", name=op.f('ck_model_turn_kind_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_model_turn'))
    )
    op.create_index('ix_model_turn_task', 'model_turn', ['task', 'at'], unique=False)
    op.add_column('decision', sa.Column('offer', postgresql.JSONB(), nullable=True))
    # What was trained and what was in force is only ever added, like the rows of records/migrations/append_only.sql.
    for table in ('learned_model', 'model_turn'):
        for when, each in (('refuse_change BEFORE UPDATE OR DELETE', 'ROW'), ('refuse_truncate BEFORE TRUNCATE', 'STATEMENT')):
            op.execute(f'CREATE TRIGGER {when} ON {table} FOR EACH {each} EXECUTE FUNCTION handa_refuse_change()')
