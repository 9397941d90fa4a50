"""Every table of the first release."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0001'
down_revision = None

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('audit_entry',
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('action', TEXT, nullable=False),
    sa.Column('subject', TEXT, nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('previous_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint('seq >= 1', name=op.f('ck_audit_entry_seq_from_one')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit_entry'))
    )
    op.create_table('firm',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', TEXT, nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('licence_no', TEXT, nullable=False),
    sa.Column('licence_until', sa.Date(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('address', TEXT, nullable=False),
    sa.Column('phone', TEXT, nullable=False),
    sa.Column('number_scheme', TEXT, nullable=False),
    sa.Column('settings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('seal_image', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_firm')),
    sa.UniqueConstraint('code', name=op.f('uq_firm_code'))
    )
    op.create_table('key_mark',
    sa.Column('single', sa.Boolean(), nullable=False),
    sa.Column('fingerprint', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint('single', name=op.f('ck_key_mark_one_row')),
    sa.PrimaryKeyConstraint('single', name=op.f('pk_key_mark'))
    )
    op.create_table('lender',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', TEXT, nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('settings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lender')),
    sa.UniqueConstraint('code', name=op.f('uq_lender_code'))
    )
    op.create_table('opt_out',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('mobile_bidx', sa.LargeBinary(length=32), nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('how', TEXT, nullable=False),
    sa.Column('reason', TEXT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_opt_out')),
    sa.UniqueConstraint('mobile_bidx', name=op.f('uq_opt_out_mobile_bidx'))
    )
    op.create_table('partner',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', TEXT, nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('settings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partner')),
    sa.UniqueConstraint('code', name=op.f('uq_partner_code'))
    )
    op.create_table('work_stage',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('subject', TEXT, nullable=False),
    sa.Column('function', TEXT, nullable=False),
    sa.Column('args', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', INSTANT, nullable=False),
    sa.Column('done_at', INSTANT, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_stage')),
    sa.UniqueConstraint('name', 'subject', name=op.f('uq_work_stage_name_subject'))
    )
    op.create_table('answer_file',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('sha256', TEXT, nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('sequence', sa.BigInteger(), nullable=True),
    sa.Column('received_at', INSTANT, nullable=False),
    sa.Column('counts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['partner_id'], ['partner.id'], name=op.f('fk_answer_file_partner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answer_file')),
    sa.UniqueConstraint('partner_id', 'sha256', name=op.f('uq_answer_file_partner_id_sha256'))
    )
    op.create_table('case_file',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('lender_id', sa.Uuid(), nullable=False),
    sa.Column('sha256', TEXT, nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('imported_at', INSTANT, nullable=False),
    sa.Column('report', sa.LargeBinary(), nullable=False),
    sa.Column('counts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['lender_id'], ['lender.id'], name=op.f('fk_case_file_lender_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_file')),
    sa.UniqueConstraint('lender_id', 'sha256', name=op.f('uq_case_file_lender_id_sha256'))
    )
    op.create_table('lawyer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('code', TEXT, nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('licence_no', TEXT, nullable=False),
    sa.Column('licence_until', sa.Date(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('is_lawyer', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_lawyer_firm_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lawyer')),
    sa.UniqueConstraint('firm_id', 'code', name=op.f('uq_lawyer_firm_id_code'))
    )
    op.create_table('lender_profile',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('lender_id', sa.Uuid(), nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('mapping', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('saved_at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['lender_id'], ['lender.id'], name=op.f('fk_lender_profile_lender_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lender_profile')),
    sa.UniqueConstraint('lender_id', 'name', name=op.f('uq_lender_profile_lender_id_name'))
    )
    op.create_table('number_range',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('product', TEXT, nullable=False),
    sa.Column('number_format', TEXT, nullable=False),
    sa.Column('prefix', TEXT, nullable=False),
    sa.Column('suffix', TEXT, nullable=False),
    sa.Column('first_serial', sa.BigInteger(), nullable=False),
    sa.Column('last_serial', sa.BigInteger(), nullable=False),
    sa.Column('next_serial', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('next_serial >= first_serial AND next_serial <= last_serial + 1', name=op.f('ck_number_range_inside')),
    sa.ForeignKeyConstraint(['partner_id'], ['partner.id'], name=op.f('fk_number_range_partner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_number_range')),
    sa.UniqueConstraint('partner_id', 'product', 'prefix', 'first_serial', name=op.f('uq_number_range_partner_id_product_prefix_first_serial'))
    )
    op.create_table('planning',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('lender_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('args', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('started_at', INSTANT, nullable=False),
    sa.Column('finished_at', INSTANT, nullable=True),
    sa.Column('counts', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['lender_id'], ['lender.id'], name=op.f('fk_planning_lender_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_planning')),
    sa.UniqueConstraint('lender_id', 'day', 'number', name=op.f('uq_planning_lender_id_day_number'))
    )
    op.create_table('work_chunk',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('stage_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('args', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('done_at', INSTANT, nullable=True),
    sa.Column('result', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['stage_id'], ['work_stage.id'], name=op.f('fk_work_chunk_stage_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_chunk')),
    sa.UniqueConstraint('stage_id', 'number', name=op.f('uq_work_chunk_stage_id_number'))
    )
    op.create_index('ix_work_chunk_open', 'work_chunk', ['stage_id', 'number'], unique=False, postgresql_where='done_at IS NULL')
    op.create_table('batch',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('batch_no', TEXT, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('planning_id', sa.Uuid(), nullable=False),
    sa.Column('lender_id', sa.Uuid(), nullable=False),
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('lawyer_id', sa.Uuid(), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('product', TEXT, nullable=False),
    sa.Column('template', TEXT, nullable=False),
    sa.Column('bundle_sha256', TEXT, nullable=False),
    sa.Column('letters_sha256', TEXT, nullable=False),
    sa.Column('sealed_name', TEXT, nullable=True),
    sa.Column('created_at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_batch_firm_id')),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_batch_lawyer_id')),
    sa.ForeignKeyConstraint(['lender_id'], ['lender.id'], name=op.f('fk_batch_lender_id')),
    sa.ForeignKeyConstraint(['partner_id'], ['partner.id'], name=op.f('fk_batch_partner_id')),
    sa.ForeignKeyConstraint(['planning_id'], ['planning.id'], name=op.f('fk_batch_planning_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_batch')),
    sa.UniqueConstraint('batch_no', name=op.f('uq_batch_batch_no')),
    sa.UniqueConstraint('day', 'number', name=op.f('uq_batch_day_number')),
    sa.UniqueConstraint('planning_id', name=op.f('uq_batch_planning_id'))
    )
    op.create_table('case',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('lender_id', sa.Uuid(), nullable=False),
    sa.Column('case_no', TEXT, nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('name_bidx', sa.LargeBinary(length=32), nullable=False),
    sa.Column('id_number_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('id_bidx', sa.LargeBinary(length=32), nullable=False),
    sa.Column('mobile_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('mobile_bidx', sa.LargeBinary(length=32), nullable=True),
    sa.Column('contract_no_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('product', TEXT, nullable=False),
    sa.Column('lender_product_type', TEXT, nullable=False),
    sa.Column('disbursed_on', sa.Date(), nullable=False),
    sa.Column('status', TEXT, nullable=False),
    sa.Column('remark_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('content_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', INSTANT, nullable=False),
    sa.Column('updated_at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['case_file.id'], name=op.f('fk_case_file_id')),
    sa.ForeignKeyConstraint(['lender_id'], ['lender.id'], name=op.f('fk_case_lender_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case')),
    sa.UniqueConstraint('lender_id', 'case_no', name=op.f('uq_case_lender_id_case_no'))
    )
    op.create_index('ix_case_id_bidx', 'case', ['id_bidx'], unique=False)
    op.create_index('ix_case_mobile_bidx', 'case', ['mobile_bidx'], unique=False)
    op.create_table('post_event',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('item_no', TEXT, nullable=False),
    sa.Column('serial', TEXT, nullable=False),
    sa.Column('occurred_at', INSTANT, nullable=False),
    sa.Column('office', TEXT, nullable=False),
    sa.Column('action', TEXT, nullable=False),
    sa.Column('proper_delivery', TEXT, nullable=False),
    sa.Column('not_proper_delivery', TEXT, nullable=False),
    sa.Column('description_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('effective', sa.Boolean(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['answer_file.id'], name=op.f('fk_post_event_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_post_event')),
    sa.UniqueConstraint('digest', name=op.f('uq_post_event_digest'))
    )
    op.create_index('ix_post_event_item', 'post_event', ['item_no'], unique=False)
    op.create_table('quarantined_row',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('code', TEXT, nullable=False),
    sa.Column('what', TEXT, nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('resolved_at', INSTANT, nullable=True),
    sa.Column('resolved_by', TEXT, nullable=True),
    sa.ForeignKeyConstraint(['file_id'], ['answer_file.id'], name=op.f('fk_quarantined_row_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quarantined_row')),
    sa.UniqueConstraint('file_id', 'row', 'code', name=op.f('uq_quarantined_row_file_id_row_code'))
    )
    op.create_index('ix_quarantined_open', 'quarantined_row', ['code'], unique=False, postgresql_where='resolved_at IS NULL')
    op.create_table('acknowledgement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('item_no', TEXT, nullable=False),
    sa.Column('accepted', sa.Boolean(), nullable=False),
    sa.Column('reason', TEXT, nullable=False),
    sa.Column('weight_g', sa.Integer(), nullable=True),
    sa.Column('postage_fen', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_acknowledgement_batch_id')),
    sa.ForeignKeyConstraint(['file_id'], ['answer_file.id'], name=op.f('fk_acknowledgement_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_acknowledgement')),
    sa.UniqueConstraint('file_id', 'item_no', name=op.f('uq_acknowledgement_file_id_item_no'))
    )
    op.create_index('ix_acknowledgement_item', 'acknowledgement', ['item_no'], unique=False)
    op.create_table('batch_event',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_batch_event_batch_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_batch_event'))
    )
    op.create_index('ix_batch_event_batch', 'batch_event', ['batch_id', 'at'], unique=False)
    op.create_index('uq_batch_event_once', 'batch_event', ['batch_id', 'kind'], unique=True, postgresql_where="kind IN ('planned','released','printed','sealed','handed_over','void')")
    op.create_table('case_address',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('source', TEXT, nullable=False),
    sa.Column('source_text', TEXT, nullable=False),
    sa.Column('basis', TEXT, nullable=False),
    sa.Column('collected_on', sa.Date(), nullable=True),
    sa.Column('reported_on', sa.Date(), nullable=False),
    sa.Column('parsed_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('place_bidx', sa.LargeBinary(length=32), nullable=True),
    sa.Column('adcode', TEXT, nullable=True),
    sa.Column('postcode', TEXT, nullable=True),
    sa.Column('grade', TEXT, nullable=True),
    sa.Column('confidence', sa.Float(), nullable=True),
    sa.Column('issues', postgresql.ARRAY(sa.Text()), nullable=True),
    sa.Column('reader_version', TEXT, nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_case_address_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_address')),
    sa.UniqueConstraint('case_id', 'version', 'ordinal', name=op.f('uq_case_address_case_id_version_ordinal'))
    )
    op.create_index('ix_case_address_place', 'case_address', ['place_bidx'], unique=False)
    op.create_index('ix_case_address_unread', 'case_address', ['case_id'], unique=False, postgresql_where='reader_version IS NULL')
    op.create_table('case_contact',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('relation', TEXT, nullable=False),
    sa.Column('mobile_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('mobile_bidx', sa.LargeBinary(length=32), nullable=True),
    sa.Column('address_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('source', TEXT, nullable=True),
    sa.Column('basis', TEXT, nullable=False),
    sa.Column('consent', sa.Boolean(), nullable=True),
    sa.Column('opted_out', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_case_contact_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_contact')),
    sa.UniqueConstraint('case_id', 'version', 'ordinal', name=op.f('uq_case_contact_case_id_version_ordinal'))
    )
    op.create_index('ix_case_contact_mobile', 'case_contact', ['mobile_bidx'], unique=False)
    op.create_table('case_stop',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('reason', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('created_at', INSTANT, nullable=False),
    sa.Column('cleared_at', INSTANT, nullable=True),
    sa.Column('cleared_by', TEXT, nullable=True),
    sa.Column('cleared_why', TEXT, nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_case_stop_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_stop'))
    )
    op.create_index('ix_case_stop_open', 'case_stop', ['case_id'], unique=False, postgresql_where='cleared_at IS NULL')
    op.create_table('claim_snapshot',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('overdue_since', sa.Date(), nullable=False),
    sa.Column('principal_disbursed', sa.BigInteger(), nullable=False),
    sa.Column('principal_repaid', sa.BigInteger(), nullable=False),
    sa.Column('principal_due', sa.BigInteger(), nullable=False),
    sa.Column('interest', sa.BigInteger(), nullable=False),
    sa.Column('compound_interest', sa.BigInteger(), nullable=False),
    sa.Column('penalty_interest', sa.BigInteger(), nullable=False),
    sa.Column('liquidated_damages', sa.BigInteger(), nullable=False),
    sa.Column('fees', sa.BigInteger(), nullable=False),
    sa.Column('waived', sa.BigInteger(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('annual_rate', sa.Numeric(precision=9, scale=4), nullable=True),
    sa.Column('content_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('recorded_at', INSTANT, nullable=False),
    sa.CheckConstraint('total = principal_due + interest + compound_interest + penalty_interest + liquidated_damages + fees - waived', name=op.f('ck_claim_snapshot_total_is_sum')),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_claim_snapshot_case_id')),
    sa.ForeignKeyConstraint(['file_id'], ['case_file.id'], name=op.f('fk_claim_snapshot_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_claim_snapshot')),
    sa.UniqueConstraint('case_id', 'content_sha256', name=op.f('uq_claim_snapshot_case_id_content_sha256'))
    )
    op.create_index('ix_claim_snapshot_latest', 'claim_snapshot', ['case_id', 'as_of'], unique=False)
    op.create_table('release',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('lawyer_id', sa.Uuid(), nullable=False),
    sa.Column('letters_sha256', TEXT, nullable=False),
    sa.Column('sample', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('token', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_release_batch_id')),
    sa.ForeignKeyConstraint(['lawyer_id'], ['lawyer.id'], name=op.f('fk_release_lawyer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_release')),
    sa.UniqueConstraint('batch_id', 'letters_sha256', name=op.f('uq_release_batch_id_letters_sha256'))
    )
    op.create_table('decision',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('planning_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('case_version', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('verdict', TEXT, nullable=False),
    sa.Column('rule_ids', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('findings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('snapshot_id', sa.Uuid(), nullable=True),
    sa.Column('address_id', sa.Uuid(), nullable=True),
    sa.Column('runner_up_id', sa.Uuid(), nullable=True),
    sa.Column('probability', sa.Float(), nullable=True),
    sa.Column('value_fen', sa.BigInteger(), nullable=True),
    sa.Column('propensity', sa.Float(), nullable=True),
    sa.Column('reasons', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('model_version', TEXT, nullable=False),
    sa.Column('policy_sha256', TEXT, nullable=False),
    sa.Column('inputs_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', INSTANT, nullable=False),
    sa.CheckConstraint("verdict IN ('planned','held','refused')", name=op.f('ck_decision_verdict_known')),
    sa.ForeignKeyConstraint(['address_id'], ['case_address.id'], name=op.f('fk_decision_address_id')),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_decision_case_id')),
    sa.ForeignKeyConstraint(['runner_up_id'], ['case_address.id'], name=op.f('fk_decision_runner_up_id')),
    sa.ForeignKeyConstraint(['snapshot_id'], ['claim_snapshot.id'], name=op.f('fk_decision_snapshot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision')),
    sa.UniqueConstraint('case_id', 'day', 'inputs_sha256', name=op.f('uq_decision_case_id_day_inputs_sha256'))
    )
    op.create_index('ix_decision_planning', 'decision', ['planning_id'], unique=False)
    op.create_table('letter',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('decision_id', sa.Uuid(), nullable=False),
    sa.Column('snapshot_id', sa.Uuid(), nullable=False),
    sa.Column('address_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('template', TEXT, nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('letter_no', TEXT, nullable=False),
    sa.Column('postcode', TEXT, nullable=False),
    sa.Column('place_bidx', sa.LargeBinary(), nullable=False),
    sa.Column('id_bidx', sa.LargeBinary(), nullable=False),
    sa.Column('fields_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('fields_sha256', TEXT, nullable=False),
    sa.Column('created_at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['address_id'], ['case_address.id'], name=op.f('fk_letter_address_id')),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_letter_batch_id')),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_letter_case_id')),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_letter_decision_id')),
    sa.ForeignKeyConstraint(['snapshot_id'], ['claim_snapshot.id'], name=op.f('fk_letter_snapshot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter')),
    sa.UniqueConstraint('case_id', 'day', 'template', 'attempt', name=op.f('uq_letter_case_id_day_template_attempt')),
    sa.UniqueConstraint('letter_no', name=op.f('uq_letter_letter_no'))
    )
    op.create_index('ix_letter_batch', 'letter', ['batch_id', 'position'], unique=False)
    op.create_index('ix_letter_case', 'letter', ['case_id'], unique=False)
    op.create_index('ix_letter_debtor', 'letter', ['id_bidx'], unique=False)
    op.create_index('ix_letter_place', 'letter', ['place_bidx'], unique=False)
    op.create_table('letter_draft',
    sa.Column('decision_id', sa.Uuid(), nullable=False),
    sa.Column('planning_id', sa.Uuid(), nullable=False),
    sa.Column('case_no', TEXT, nullable=False),
    sa.Column('postcode', TEXT, nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('place_bidx', sa.LargeBinary(), nullable=False),
    sa.Column('id_bidx', sa.LargeBinary(), nullable=False),
    sa.Column('letter_id', sa.Uuid(), nullable=False),
    sa.Column('fields_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('fields_sha256', TEXT, nullable=False),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_letter_draft_decision_id')),
    sa.ForeignKeyConstraint(['planning_id'], ['planning.id'], name=op.f('fk_letter_draft_planning_id')),
    sa.PrimaryKeyConstraint('decision_id', name=op.f('pk_letter_draft'))
    )
    op.create_index(op.f('ix_letter_draft_planning_id'), 'letter_draft', ['planning_id'], unique=False)
    op.create_table('letter_event',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('letter_id', sa.Uuid(), nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('reason', TEXT, nullable=False),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_letter_event_letter_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter_event'))
    )
    op.create_index('ix_letter_event_letter', 'letter_event', ['letter_id'], unique=False)
    op.create_table('letter_number',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('letter_no', TEXT, nullable=False),
    sa.Column('letter_id', sa.Uuid(), nullable=False),
    sa.Column('voided_at', INSTANT, nullable=True),
    sa.Column('void_reason', TEXT, nullable=True),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_letter_number_firm_id')),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_letter_number_letter_id'), initially='DEFERRED', deferrable=True),
    sa.PrimaryKeyConstraint('firm_id', 'year', 'number', name=op.f('pk_letter_number')),
    sa.UniqueConstraint('firm_id', 'letter_no', name=op.f('uq_letter_number_firm_id_letter_no'))
    )
    op.create_table('piece',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('letter_id', sa.Uuid(), nullable=False),
    sa.Column('copy_no', sa.Integer(), nullable=False),
    sa.Column('item_no', TEXT, nullable=False),
    sa.Column('part', sa.Integer(), nullable=True),
    sa.Column('first_page', sa.Integer(), nullable=True),
    sa.Column('pages', sa.Integer(), nullable=True),
    sa.Column('sheets', sa.Integer(), nullable=True),
    sa.Column('weight_g', sa.Integer(), nullable=True),
    sa.Column('postage_fen', sa.BigInteger(), nullable=True),
    sa.Column('content_sha256', TEXT, nullable=True),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_piece_letter_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_piece')),
    sa.UniqueConstraint('item_no', name=op.f('uq_piece_item_no')),
    sa.UniqueConstraint('letter_id', 'copy_no', name=op.f('uq_piece_letter_id_copy_no'))
    )
    driver = op.get_bind().connection.cursor()
    driver.execute(Path(__file__).parent.parent.joinpath("append_only.sql").read_text())
