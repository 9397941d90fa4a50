"""A batch for each postal product that a planning chose; a decision says which product it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0020'
down_revision = '0019'


def upgrade() -> None:
    op.add_column('decision', sa.Column('product', sa.Text(collation='C'), nullable=True))
    op.drop_constraint(op.f('uq_batch_planning_id'), 'batch', type_='unique')
    op.create_unique_constraint(op.f('uq_batch_planning_id_product'), 'batch', ['planning_id', 'product'])
