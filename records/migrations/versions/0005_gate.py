"""The lawyer's gate, payments, and what comes back from debtors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0005'
down_revision = '0004'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('firm_client',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('name_bidx', sa.LargeBinary(length=32), nullable=False),
    sa.Column('id_bidx', sa.LargeBinary(length=32), nullable=True),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('created_at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_firm_client_firm_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_firm_client')),
    sa.UniqueConstraint('firm_id', 'name_bidx', 'id_bidx', name=op.f('uq_firm_client_firm_id_name_bidx_id_bidx'), postgresql_nulls_not_distinct=True)
    )
    op.create_table('mandate',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('lender_id', sa.Uuid(), nullable=False),
    sa.Column('contract_no', TEXT, nullable=False),
    sa.Column('scan_sha256', TEXT, nullable=False),
    sa.Column('scan_name', TEXT, nullable=False),
    sa.Column('all_cases', sa.Boolean(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=False),
    sa.Column('standing', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('created_at', INSTANT, nullable=False),
    sa.Column('revoked_at', INSTANT, nullable=True),
    sa.Column('revoked_why', TEXT, nullable=True),
    sa.CheckConstraint('valid_from <= valid_until', name=op.f('ck_mandate_in_order')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_mandate_firm_id')),
    sa.ForeignKeyConstraint(['lender_id'], ['lender.id'], name=op.f('fk_mandate_lender_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mandate')),
    sa.UniqueConstraint('firm_id', 'lender_id', 'contract_no', name=op.f('uq_mandate_firm_id_lender_id_contract_no'))
    )
    op.create_table('template_filing',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('lender_id', sa.Uuid(), nullable=False),
    sa.Column('template', TEXT, nullable=False),
    sa.Column('bundle_sha256', TEXT, nullable=False),
    sa.Column('filed_on', sa.Date(), nullable=False),
    sa.Column('reference', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['lender_id'], ['lender.id'], name=op.f('fk_template_filing_lender_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_template_filing')),
    sa.UniqueConstraint('lender_id', 'template', 'bundle_sha256', name=op.f('uq_template_filing_lender_id_template_bundle_sha256'))
    )
    op.create_table('conflict_check',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('lender_id', sa.Uuid(), nullable=False),
    sa.Column('lawyer_id', sa.Uuid(), nullable=False),
    sa.Column('checked_on', sa.Date(), nullable=False),
    sa.Column('cases', sa.Integer(), nullable=False),
    sa.Column('hits', sa.Integer(), nullable=False),
    sa.Column('note', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_conflict_check_firm_id')),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_conflict_check_lawyer_id')),
    sa.ForeignKeyConstraint(['lender_id'], ['lender.id'], name=op.f('fk_conflict_check_lender_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conflict_check'))
    )
    op.create_index('ix_conflict_check_pair', 'conflict_check', ['firm_id', 'lender_id', 'checked_on'], unique=False)
    op.create_table('lawyer_capacity',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('lawyer_id', sa.Uuid(), nullable=False),
    sa.Column('per_day', sa.BigInteger(), nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.CheckConstraint('per_day > 0', name=op.f('ck_lawyer_capacity_positive')),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_lawyer_capacity_lawyer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lawyer_capacity'))
    )
    op.create_index('ix_lawyer_capacity_lawyer', 'lawyer_capacity', ['lawyer_id', 'at'], unique=False)
    op.create_table('mandate_case',
    sa.Column('mandate_id', sa.Uuid(), nullable=False),
    sa.Column('case_no', TEXT, nullable=False),
    sa.ForeignKeyConstraint(['mandate_id'], ['mandate.id'], name=op.f('fk_mandate_case_mandate_id')),
    sa.PrimaryKeyConstraint('mandate_id', 'case_no', name=op.f('pk_mandate_case'))
    )
    op.create_table('batch_confirmation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('list_sha256', TEXT, nullable=False),
    sa.Column('by', TEXT, nullable=False),
    sa.Column('evidence_sha256', TEXT, nullable=False),
    sa.Column('evidence_name', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_batch_confirmation_batch_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_batch_confirmation')),
    sa.UniqueConstraint('batch_id', 'list_sha256', name=op.f('uq_batch_confirmation_batch_id_list_sha256'))
    )
    op.create_table('conflict_clearance',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('lawyer_id', sa.Uuid(), nullable=False),
    sa.Column('why', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_conflict_clearance_case_id')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_conflict_clearance_firm_id')),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_conflict_clearance_lawyer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conflict_clearance')),
    sa.UniqueConstraint('firm_id', 'case_id', name=op.f('uq_conflict_clearance_firm_id_case_id'))
    )
    op.create_table('payment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('reference', TEXT, nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=False),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('source', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('recorded_at', INSTANT, nullable=False),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_payment_positive')),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_payment_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment')),
    sa.UniqueConstraint('case_id', 'reference', name=op.f('uq_payment_case_id_reference'))
    )
    op.create_index('ix_payment_paid', 'payment', ['case_id', 'paid_on'], unique=False)
    op.create_table('complaint',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('complaint_no', TEXT, nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('letter_id', sa.Uuid(), nullable=True),
    sa.Column('batch_id', sa.Uuid(), nullable=True),
    sa.Column('template', TEXT, nullable=False),
    sa.Column('channel', TEXT, nullable=False),
    sa.Column('what_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('created_at', INSTANT, nullable=False),
    sa.Column('resolved_at', INSTANT, nullable=True),
    sa.Column('resolved_by', TEXT, nullable=True),
    sa.Column('upheld', sa.Boolean(), nullable=True),
    sa.Column('result_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('evidence_sha256', TEXT, nullable=True),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_complaint_batch_id')),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_complaint_case_id')),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_complaint_letter_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint')),
    sa.UniqueConstraint('complaint_no', name=op.f('uq_complaint_complaint_no'))
    )
    op.create_index('ix_complaint_batch', 'complaint', ['batch_id'], unique=False)
    op.create_index('ix_complaint_case', 'complaint', ['case_id'], unique=False)
    op.create_index('ix_complaint_open', 'complaint', ['due_on'], unique=False, postgresql_where='resolved_at IS NULL')
    op.create_table('verification_attempt',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('caller_bidx', sa.LargeBinary(length=32), nullable=False),
    sa.Column('letter_id', sa.Uuid(), nullable=True),
    sa.Column('found', sa.Boolean(), nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_verification_attempt_letter_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verification_attempt'))
    )
    op.create_index('ix_verification_attempt_at', 'verification_attempt', ['at'], unique=False)
    op.create_index('ix_verification_attempt_caller', 'verification_attempt', ['caller_bidx', 'at'], unique=False)
    op.create_table('verification_code',
    sa.Column('letter_id', sa.Uuid(), nullable=False),
    sa.Column('code_bidx', sa.LargeBinary(length=32), nullable=False),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_verification_code_letter_id')),
    sa.PrimaryKeyConstraint('letter_id', name=op.f('pk_verification_code')),
    sa.UniqueConstraint('code_bidx', name=op.f('uq_verification_code_code_bidx'))
    )
    op.execute(
        """
        DO $$
        DECLARE
            name text;
        BEGIN
            FOREACH name IN ARRAY ARRAY[
                'batch_confirmation', 'conflict_check', 'conflict_clearance', 'lawyer_capacity', 'payment', 'template_filing',
                'verification_attempt'
            ] LOOP
                EXECUTE format(
                    'CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION handa_refuse_change()', name);
                EXECUTE format(
                    'CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION handa_refuse_change()', name);
            END LOOP;
        END
        $$;
        """
    )
