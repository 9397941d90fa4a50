"""People's decisions on what follows a letter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0013'
down_revision = '0012'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('follow_ruling',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('letter_id', sa.Uuid(), nullable=False),
    sa.Column('follows', TEXT, nullable=False),
    sa.Column('by', TEXT, nullable=False),
    sa.Column('why_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.CheckConstraint("follows IN ('next','same','stop')", name=op.f('ck_follow_ruling_follows_known')),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_follow_ruling_letter_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_follow_ruling'))
    )
    op.create_index('ix_follow_ruling_letter', 'follow_ruling', ['letter_id', 'at'], unique=False)
    # Rows are only ever added, like those of records/migrations/append_only.sql.
    op.execute('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON follow_ruling FOR EACH ROW EXECUTE FUNCTION handa_refuse_change()')
    op.execute('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON follow_ruling FOR EACH STATEMENT EXECUTE FUNCTION handa_refuse_change()')
