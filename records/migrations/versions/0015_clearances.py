"""A hit may be cleared again: a client who was registered after the last word on a case is a new question."""

from __future__ import annotations

from alembic import op


revision = '0015'
down_revision = '0014'


def upgrade() -> None:
    op.drop_constraint(op.f('uq_conflict_clearance_firm_id_case_id'), 'conflict_clearance', type_='unique')
    op.create_index(op.f('ix_conflict_clearance_firm_id_case_id'), 'conflict_clearance', ['firm_id', 'case_id'])
