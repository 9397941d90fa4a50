"""Answer files that came again with the same bytes under another running number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0014'
down_revision = '0013'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('answer_file_repeat',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('sequence', sa.BigInteger(), nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['answer_file.id'], name=op.f('fk_answer_file_repeat_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answer_file_repeat')),
    sa.UniqueConstraint('file_id', 'sequence', name=op.f('uq_answer_file_repeat_file_id_sequence'))
    )
    # What came is only ever added, like the rows of records/migrations/append_only.sql.
    for when, each in (('refuse_change BEFORE UPDATE OR DELETE', 'ROW'), ('refuse_truncate BEFORE TRUNCATE', 'STATEMENT')):
        op.execute(f'CREATE TRIGGER {when} ON answer_file_repeat FOR EACH {each} EXECUTE FUNCTION handa_refuse_change()')
