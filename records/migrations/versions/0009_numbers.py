"""Item numbers: no overlapping ranges, voids recorded; partners' product tables; postage differences worked off."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0009'
down_revision = '0008'

INSTANT = sa.DateTime(timezone=True)
TEXT = sa.Text(collation="C")
# letters.post.numbers.ordinal as it was when this was written: a migration must not change with the program.
FORMATS = {'s10': (1, 13), 'domestic13': (2, 13), 'ems12': (3, 12), 'ems13': (4, 13)}


def ordinal(number_format: str, prefix: str, serial: int, suffix: str) -> int:
    lead, length = FORMATS[number_format]
    s10 = number_format == 's10'
    width = length - len(prefix) - len(suffix) - s10
    body = f"{prefix}{serial:0{width}d}"
    text = body[:2] + suffix + body[2:] if s10 else body + suffix
    return int(f"{lead}" + "".join(str(int(sign, 36)) if sign.isalpha() else sign for sign in text))


def upgrade() -> None:
    op.create_table('void_number',
    sa.Column('piece_id', sa.Uuid(), nullable=False),
    sa.Column('item_no', TEXT, nullable=False),
    sa.Column('kind', TEXT, nullable=False),
    sa.Column('reason', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.CheckConstraint("kind IN ('void', 'pulled', 'spoiled')", name=op.f('ck_void_number_known')),
    sa.ForeignKeyConstraint(['piece_id'], ['piece.id'], name=op.f('fk_void_number_piece_id')),
    sa.PrimaryKeyConstraint('piece_id', name=op.f('pk_void_number'))
    )
    op.create_index('ix_void_number_at', 'void_number', ['at'], unique=False)
    op.create_table('partner_products',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('name', TEXT, nullable=False),
    sa.Column('content', TEXT, nullable=False),
    sa.Column('sha256', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.ForeignKeyConstraint(['partner_id'], ['partner.id'], name=op.f('fk_partner_products_partner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partner_products')),
    sa.UniqueConstraint('partner_id', 'number', name=op.f('uq_partner_products_partner_id_number'))
    )
    op.create_table('postage_settlement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('item_no', TEXT, nullable=False),
    sa.Column('expected_fen', sa.BigInteger(), nullable=False),
    sa.Column('charged_fen', sa.BigInteger(), nullable=True),
    sa.Column('cause', TEXT, nullable=False),
    sa.Column('reason', TEXT, nullable=False),
    sa.Column('by', TEXT, nullable=False),
    sa.Column('evidence_name', TEXT, nullable=False),
    sa.Column('evidence_sha256', TEXT, nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('actor', TEXT, nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_postage_settlement_batch_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_postage_settlement'))
    )
    op.create_index('ix_postage_settlement_batch', 'postage_settlement', ['batch_id'], unique=False)
    _ranges()
    _voids()
    for name in ('void_number', 'partner_products', 'postage_settlement'):
        op.execute(f'CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION handa_refuse_change()')
        op.execute(f'CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION handa_refuse_change()')
    _keep_numbers()


def _ranges() -> None:
    op.add_column('number_range', sa.Column('span', postgresql.NUMRANGE(), nullable=True))
    op.add_column('number_range', sa.Column('registered_at', INSTANT, nullable=True))
    op.add_column('number_range', sa.Column('closed_at', INSTANT, nullable=True))
    bind = op.get_bind()
    ranges = sa.table('number_range', *(sa.column(name) for name in ('id', 'number_format', 'prefix', 'suffix', 'first_serial', 'last_serial')),
                      sa.column('span', postgresql.NUMRANGE()))
    for row in bind.execute(sa.select(ranges)).all():
        first, last = (ordinal(row.number_format, row.prefix, serial, row.suffix) for serial in (row.first_serial, row.last_serial))
        bind.execute(ranges.update().where(ranges.c.id == row.id).values(span=postgresql.Range(Decimal(first), Decimal(last + 1))))
    # When a range was registered stood in the audit chain only; its partner's day is the earliest it can have been.
    op.execute('UPDATE number_range SET registered_at = partner.created_at FROM partner WHERE partner.id = number_range.partner_id')
    op.alter_column('number_range', 'span', nullable=False)
    op.alter_column('number_range', 'registered_at', nullable=False)
    op.drop_constraint('uq_number_range_partner_id_product_prefix_first_serial', 'number_range')
    op.create_exclude_constraint('ex_number_range_span', 'number_range', (sa.column('span'), '&&'), using='gist')


def _voids() -> None:
    """Numbers of letters that were voided or pulled before voids were recorded."""
    op.execute('''
        INSERT INTO void_number (piece_id, item_no, kind, reason, at, actor)
        SELECT DISTINCT ON (piece.id) piece.id, piece.item_no, event.kind, event.reason, event.at, event.actor
        FROM letter_event AS event JOIN piece USING (letter_id)
        WHERE event.kind IN ('void', 'pulled') ORDER BY piece.id, event.at, event.id
    ''')
    op.execute('''
        INSERT INTO void_number (piece_id, item_no, kind, reason, at, actor)
        SELECT piece.id, piece.item_no, 'void', coalesce(event.detail ->> 'reason', ''), event.at, event.actor
        FROM batch_event AS event JOIN letter ON letter.batch_id = event.batch_id JOIN piece ON piece.letter_id = letter.id
        WHERE event.kind = 'void' ON CONFLICT (piece_id) DO NOTHING
    ''')


def _keep_numbers() -> None:
    """One number is one piece for ever, and the next number of a range is never an earlier one."""
    op.execute(
        'CREATE TRIGGER keep_number BEFORE UPDATE OF id, letter_id, copy_no, item_no OR DELETE ON piece '
        'FOR EACH ROW EXECUTE FUNCTION handa_refuse_change()'
    )
    op.execute('CREATE TRIGGER keep_number_truncate BEFORE TRUNCATE ON piece FOR EACH STATEMENT EXECUTE FUNCTION handa_refuse_change()')
    op.execute('''
        CREATE FUNCTION handa_refuse_going_back() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' OR NEW.next_serial < OLD.next_serial OR NEW.first_serial <> OLD.first_serial
                OR NEW.prefix <> OLD.prefix OR NEW.suffix <> OLD.suffix OR NEW.number_format <> OLD.number_format THEN
                RAISE EXCEPTION 'a number range only moves on: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END
        $$
    ''')
    op.execute(
        'CREATE TRIGGER only_moves_on BEFORE UPDATE OR DELETE ON number_range '
        'FOR EACH ROW EXECUTE FUNCTION handa_refuse_going_back()'
    )
