"""A fourth task of learned models: the choice between two templates."""

from __future__ import annotations

from alembic import op


revision = '0021'
down_revision = '0020'


def upgrade() -> None:
    op.drop_constraint(op.f('ck_learned_model_task_known'), 'learned_model', type_='check')
    op.create_check_constraint(op.f('ck_learned_model_task_known'), 'learned_model', "task IN ('delivery','contacts','letters','templates')")
