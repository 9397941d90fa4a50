"""Codes mapped, columns named and contradictions decided by people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0011'
down_revision = '0010'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('code_mapping',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('field', TEXT, nullable=False),
    sa.Column('code', TEXT, nullable=False),
    sa.Column('meaning', TEXT, nullable=False),
    sa.Column('cells', postgresql.JSONB(), nullable=False),
    sa.Column('why', TEXT, nullable=False),
    sa.Column('by', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['partner_id'], ['partner.id'], name=op.f('fk_code_mapping_partner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_code_mapping'))
    )
    op.create_index('ix_code_mapping_code', 'code_mapping', ['partner_id', 'field', 'code', 'at'], unique=False)
    op.create_table('answer_profile',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('columns', postgresql.JSONB(), nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['partner_id'], ['partner.id'], name=op.f('fk_answer_profile_partner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answer_profile'))
    )
    op.create_index('ix_answer_profile_name', 'answer_profile', ['partner_id', 'name', 'at'], unique=False)
    op.create_table('outcome_decision',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('letter_id', sa.Uuid(), nullable=False),
    sa.Column('item_no', TEXT, nullable=False),
    sa.Column('state', TEXT, nullable=False),
    sa.Column('how', TEXT, nullable=True),
    sa.Column('on_date', sa.Date(), nullable=True),
    sa.Column('facts_sha256', TEXT, nullable=False),
    sa.Column('anomalies', postgresql.JSONB(), nullable=False),
    sa.Column('why_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('evidence_name', TEXT, nullable=False),
    sa.Column('evidence_sha256', TEXT, nullable=False),
    sa.Column('by', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_outcome_decision_letter_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outcome_decision'))
    )
    op.create_index('ix_outcome_decision_letter', 'outcome_decision', ['letter_id', 'at'], unique=False)
    op.add_column('answer_file', sa.Column('reading', postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False))
    op.create_index('ix_letter_paper_sha256', 'letter_paper', ['sha256'], unique=False)
    # What people said is only ever added, like the rows of records/migrations/append_only.sql.
    for name in ('code_mapping', 'answer_profile', 'outcome_decision'):
        op.execute(f'CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION handa_refuse_change()')
        op.execute(f'CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION handa_refuse_change()')
