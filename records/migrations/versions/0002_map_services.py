"""What map services said of addresses, and how often they were asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('map_answer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('service', TEXT, nullable=False),
    sa.Column('text_bidx', sa.LargeBinary(length=32), nullable=False),
    sa.Column('answer_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('asked_at', INSTANT, nullable=False),
    sa.Column('expires_at', INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_map_answer')),
    sa.UniqueConstraint('service', 'text_bidx', name=op.f('uq_map_answer_service_text_bidx'))
    )
    op.create_index('ix_map_answer_expires_at', 'map_answer', ['expires_at'], unique=False)
    op.create_table('map_use',
    sa.Column('service', TEXT, nullable=False),
    sa.Column('key_bidx', sa.LargeBinary(length=32), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('requests', sa.Integer(), nullable=False),
    sa.CheckConstraint('requests >= 1', name=op.f('ck_map_use_requests_from_one')),
    sa.PrimaryKeyConstraint('service', 'key_bidx', 'day', name=op.f('pk_map_use'))
    )
