"""The operator's library of standard addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0003'
down_revision = '0002'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('address_base',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('text_bidx', sa.LargeBinary(length=32), nullable=False),
    sa.Column('blocks', postgresql.ARRAY(sa.LargeBinary()), nullable=False),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('parts_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('reader_version', TEXT, nullable=False),
    sa.Column('loaded_at', INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_address_base')),
    sa.UniqueConstraint('text_bidx', name=op.f('uq_address_base_text_bidx'))
    )
    op.create_index('ix_address_base_blocks', 'address_base', ['blocks'], unique=False, postgresql_using='gin')
