"""Cases whose personal text was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0008'
down_revision = '0007'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('erased_case',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('by', TEXT, nullable=False),
    sa.Column('reason', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_erased_case_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erased_case')),
    sa.UniqueConstraint('case_id', 'version', name=op.f('uq_erased_case_case_id_version'))
    )
    op.execute('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON erased_case FOR EACH ROW EXECUTE FUNCTION handa_refuse_change()')
    op.execute('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON erased_case FOR EACH STATEMENT EXECUTE FUNCTION handa_refuse_change()')
