"""What came of asking contacts by phone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0017'
down_revision = '0016'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table('contact_ask',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('case_version', sa.Integer(), nullable=False),
    sa.Column('contact_ordinal', sa.Integer(), nullable=False),
    sa.Column('mobile_bidx', sa.LargeBinary(length=32), nullable=False),
    sa.Column('on_date', sa.Date(), nullable=False),
    sa.Column('result', TEXT, nullable=False),
    sa.Column('propensity', sa.Float(), nullable=True),
    sa.Column('evidence', TEXT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_contact_ask_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_ask')),
    sa.UniqueConstraint('case_id', 'contact_ordinal', 'on_date', 'evidence', name=op.f('uq_contact_ask_case_id_contact_ordinal_on_date_evidence'))
    )
    op.create_index('ix_contact_ask_mobile', 'contact_ask', ['mobile_bidx'], unique=False)
    # Rows of proof are only ever added, like those of records/migrations/append_only.sql.
    op.execute('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON contact_ask FOR EACH ROW EXECUTE FUNCTION handa_refuse_change()')
    op.execute('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON contact_ask FOR EACH STATEMENT EXECUTE FUNCTION handa_refuse_change()')
