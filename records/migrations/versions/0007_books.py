"""Reconciliation: settled gaps and proofs asked of the carrier."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0007'
down_revision = '0006'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('gap_settlement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('code', TEXT, nullable=False),
    sa.Column('by', TEXT, nullable=False),
    sa.Column('reason', TEXT, nullable=False),
    sa.Column('evidence_name', TEXT, nullable=False),
    sa.Column('evidence_sha256', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_gap_settlement_batch_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gap_settlement'))
    )
    op.create_index('ix_gap_settlement_batch', 'gap_settlement', ['batch_id', 'code'], unique=False)
    op.create_table('settled_piece',
    sa.Column('settlement_id', sa.Uuid(), nullable=False),
    sa.Column('item_no', TEXT, nullable=False),
    sa.Column('facts', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['settlement_id'], ['gap_settlement.id'], name=op.f('fk_settled_piece_settlement_id')),
    sa.PrimaryKeyConstraint('settlement_id', 'item_no', name=op.f('pk_settled_piece'))
    )
    op.create_index('ix_settled_piece_item', 'settled_piece', ['item_no'], unique=False)
    op.create_table('proof_note',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('item_no', TEXT, nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('on_date', sa.Date(), nullable=False),
    sa.Column('reference', TEXT, nullable=False),
    sa.Column('evidence_name', TEXT, nullable=False),
    sa.Column('evidence_sha256', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.CheckConstraint("kind IN ('asked', 'received')", name=op.f('ck_proof_note_kind_known')),
    sa.ForeignKeyConstraint(['item_no'], ['piece.item_no'], name=op.f('fk_proof_note_item_no')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proof_note')),
    sa.UniqueConstraint('item_no', 'kind', 'on_date', 'reference', name=op.f('uq_proof_note_item_no_kind_on_date_reference'))
    )
    # Rows of reconciliation are only ever added, like those of records/migrations/append_only.sql.
    for name in ('gap_settlement', 'settled_piece', 'proof_note'):
        op.execute(f'CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION handa_refuse_change()')
        op.execute(f'CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION handa_refuse_change()')
