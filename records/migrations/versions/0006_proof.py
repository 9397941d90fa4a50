"""Third persons, limitation and evidence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0006'
down_revision = '0005'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('contact_attempt',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('on_date', sa.Date(), nullable=False),
    sa.Column('number_token', TEXT, nullable=False),
    sa.Column('result', TEXT, nullable=False),
    sa.Column('evidence', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_contact_attempt_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_attempt')),
    sa.UniqueConstraint('case_id', 'on_date', 'number_token', 'result', 'evidence', name=op.f('uq_contact_attempt_case_id_on_date_number_token_result_evidence'))
    )
    op.create_table('household_evidence',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('contact_ordinal', sa.Integer(), nullable=False),
    sa.Column('evidence_name', TEXT, nullable=False),
    sa.Column('evidence_sha256', TEXT, nullable=False),
    sa.Column('reviewer', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_household_evidence_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_household_evidence'))
    )
    op.create_index('ix_household_evidence_case', 'household_evidence', ['case_id'], unique=False)
    op.create_table('limitation_fact',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('on_date', sa.Date(), nullable=True),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('evidence_name', TEXT, nullable=False),
    sa.Column('evidence_sha256', TEXT, nullable=False),
    sa.Column('by', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_limitation_fact_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_limitation_fact'))
    )
    op.create_index('ix_limitation_fact_case', 'limitation_fact', ['case_id', 'kind', 'at'], unique=False)
    op.create_table('relay_letter',
    sa.Column('decision_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('contact_id', sa.Uuid(), nullable=False),
    sa.Column('mobile_bidx', sa.LargeBinary(length=32), nullable=True),
    sa.Column('lost_how', TEXT, nullable=False),
    sa.Column('lost_since', sa.Date(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_relay_letter_case_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['case_contact.id'], name=op.f('fk_relay_letter_contact_id')),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_relay_letter_decision_id')),
    sa.PrimaryKeyConstraint('decision_id', name=op.f('pk_relay_letter'))
    )
    op.create_index('ix_relay_letter_case', 'relay_letter', ['case_id'], unique=False)
    op.create_index('ix_relay_letter_mobile', 'relay_letter', ['mobile_bidx'], unique=False)
    op.create_table('letter_paper',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('letter_id', sa.Uuid(), nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('sha256', TEXT, nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_letter_paper_letter_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter_paper')),
    sa.UniqueConstraint('letter_id', 'sha256', name=op.f('uq_letter_paper_letter_id_sha256'))
    )
    op.create_table('limitation_confirmation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('letter_id', sa.Uuid(), nullable=False),
    sa.Column('lawyer_id', sa.Uuid(), nullable=False),
    sa.Column('grade', TEXT, nullable=False),
    sa.Column('reason', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_limitation_confirmation_lawyer_id')),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_limitation_confirmation_letter_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_limitation_confirmation'))
    )
    op.create_index('ix_limitation_confirmation_letter', 'limitation_confirmation', ['letter_id', 'at'], unique=False)
    op.add_column('letter_draft', sa.Column('lapses_on', sa.Date(), nullable=True))
    # Rows of proof are only ever added, like those of records/migrations/append_only.sql.
    for name in (
        'contact_attempt', 'household_evidence', 'limitation_fact', 'relay_letter', 'letter_paper', 'limitation_confirmation',
    ):
        op.execute(f'CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION handa_refuse_change()')
        op.execute(f'CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION handa_refuse_change()')
