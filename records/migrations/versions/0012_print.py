"""Print control: proofs of parts, scan logs, spoiled copies, reprints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0012'
down_revision = '0011'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('part_proof',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('part', sa.Integer(), nullable=False),
    sa.Column('part_sha256', TEXT, nullable=False),
    sa.Column('pieces', sa.Integer(), nullable=False),
    sa.Column('looked', sa.Integer(), nullable=False),
    sa.Column('findings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_part_proof_batch_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_part_proof'))
    )
    op.create_index('ix_part_proof_batch', 'part_proof', ['batch_id', 'part'], unique=False)
    op.create_table('reprint',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_reprint_batch_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reprint')),
    sa.UniqueConstraint('batch_id', 'number', name=op.f('uq_reprint_batch_id_number'))
    )
    op.create_table('scan_file',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('sha256', TEXT, nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('received_at', INSTANT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('counts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_scan_file_batch_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scan_file')),
    sa.UniqueConstraint('batch_id', 'sha256', name=op.f('uq_scan_file_batch_id_sha256'))
    )
    op.create_table('scan_fault',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('sheet', TEXT, nullable=False),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('code', TEXT, nullable=False),
    sa.Column('what', TEXT, nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['scan_file.id'], name=op.f('fk_scan_fault_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scan_fault')),
    sa.UniqueConstraint('file_id', 'sheet', 'row', name=op.f('uq_scan_fault_file_id_sheet_row'))
    )
    op.create_table('scan_result',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('piece_id', sa.Uuid(), nullable=False),
    sa.Column('whole', sa.Boolean(), nullable=False),
    sa.Column('codes', TEXT, nullable=False),
    sa.Column('detail', TEXT, nullable=False),
    sa.Column('first_row', sa.Integer(), nullable=False),
    sa.Column('last_row', sa.Integer(), nullable=False),
    sa.Column('first_at', INSTANT, nullable=True),
    sa.ForeignKeyConstraint(['file_id'], ['scan_file.id'], name=op.f('fk_scan_result_file_id')),
    sa.ForeignKeyConstraint(['piece_id'], ['piece.id'], name=op.f('fk_scan_result_piece_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scan_result')),
    sa.UniqueConstraint('file_id', 'piece_id', name=op.f('uq_scan_result_file_id_piece_id'))
    )
    op.create_index('ix_scan_result_piece', 'scan_result', ['piece_id'], unique=False)
    op.create_table('spoiled_piece',
    sa.Column('piece_id', sa.Uuid(), nullable=False),
    sa.Column('reprint_id', sa.Uuid(), nullable=False),
    sa.Column('replaced_by', sa.Uuid(), nullable=False),
    sa.Column('item_no', TEXT, nullable=False),
    sa.Column('codes', TEXT, nullable=False),
    sa.Column('reason', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.ForeignKeyConstraint(['piece_id'], ['piece.id'], name=op.f('fk_spoiled_piece_piece_id')),
    sa.ForeignKeyConstraint(['replaced_by'], ['piece.id'], name=op.f('fk_spoiled_piece_replaced_by')),
    sa.ForeignKeyConstraint(['reprint_id'], ['reprint.id'], name=op.f('fk_spoiled_piece_reprint_id')),
    sa.PrimaryKeyConstraint('piece_id', name=op.f('pk_spoiled_piece')),
    sa.UniqueConstraint('replaced_by', name=op.f('uq_spoiled_piece_replaced_by'))
    )
    op.create_index('ix_spoiled_piece_reprint', 'spoiled_piece', ['reprint_id'], unique=False)
    op.add_column('piece', sa.Column('print_run', sa.Integer(), server_default='0', nullable=False))
    for name in ('part_proof', 'scan_file', 'scan_result', 'scan_fault', 'reprint', 'spoiled_piece'):
        op.execute(f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION handa_refuse_change()")
        op.execute(f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION handa_refuse_change()")
