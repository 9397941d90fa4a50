"""What a partner's counter takes a day, and when it is closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0010'
down_revision = '0009'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('counter_capacity',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('prefix', TEXT, nullable=False),
    sa.Column('on_day', sa.Date(), nullable=True),
    sa.Column('pieces', sa.Integer(), nullable=True),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.CheckConstraint('pieces >= 0', name=op.f('ck_counter_capacity_not_negative')),
    sa.ForeignKeyConstraint(['partner_id'], ['partner.id'], name=op.f('fk_counter_capacity_partner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_counter_capacity'))
    )
    op.create_index('ix_counter_capacity_partner', 'counter_capacity', ['partner_id', 'prefix', 'at'], unique=False)
    op.create_table('counter_day',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('is_open', sa.Boolean(), nullable=False),
    sa.Column('reason', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['partner_id'], ['partner.id'], name=op.f('fk_counter_day_partner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_counter_day'))
    )
    op.create_index('ix_counter_day_partner', 'counter_day', ['partner_id', 'day', 'at'], unique=False)
    # What was agreed with the counter, and when, is only ever added to.
    for name in ('counter_capacity', 'counter_day'):
        op.execute(f'CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION handa_refuse_change()')
        op.execute(f'CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION handa_refuse_change()')
