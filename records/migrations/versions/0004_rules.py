"""Confirmations, policy versions, policies in use; the checks kept with a decision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('confirmation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('rule_id', TEXT, nullable=False),
    sa.Column('lender_code', TEXT, nullable=False),
    sa.Column('firm_code', TEXT, nullable=False),
    sa.Column('agency_code', TEXT, nullable=False),
    sa.Column('confirmed_by', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('evidence_name', TEXT, nullable=False),
    sa.Column('evidence_sha256', TEXT, nullable=False),
    sa.Column('covers_sha256', TEXT, nullable=False),
    sa.Column('confirmed_on', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('at', INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_confirmation'))
    )
    op.create_index('ix_confirmation_rule', 'confirmation', ['rule_id', 'at'], unique=False)
    op.create_table('policy_version',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('document', TEXT, nullable=False),
    sa.Column('sha256', TEXT, nullable=False),
    sa.Column('adopted_by', TEXT, nullable=False),
    sa.Column('reason', TEXT, nullable=False),
    sa.Column('loosened', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_policy_version')),
    sa.UniqueConstraint('number', name=op.f('uq_policy_version_number'))
    )
    op.create_table('policy_in_use',
    sa.Column('sha256', TEXT, nullable=False),
    sa.Column('body', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('version_number', sa.Integer(), nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_policy_in_use'))
    )
    op.add_column('decision', sa.Column('checks', postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    for table in ('confirmation', 'policy_version', 'policy_in_use'):
        op.execute(f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION handa_refuse_change()")
        op.execute(f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION handa_refuse_change()")
