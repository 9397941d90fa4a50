"""Erasing a case takes its keyed tokens of telephone numbers too, in rows that are otherwise only added to."""

from __future__ import annotations

from alembic import op


revision = '0018'
down_revision = '0017'

TOKENS = (('contact_ask', 'mobile_bidx'), ('contact_attempt', 'number_token'))


def upgrade() -> None:
    # As handa_refuse_change of append_only.sql, but the named column may change once the row's case is in erased_case.
    op.execute(
        """
        CREATE FUNCTION handa_refuse_change_but_token() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0]
               AND EXISTS (SELECT 1 FROM erased_case WHERE erased_case.case_id = OLD.case_id) THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'table % is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
        END
        $$
        """
    )
    for table, column in TOKENS:
        op.execute(f'DROP TRIGGER refuse_change ON {table}')
        op.execute(
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION handa_refuse_change_but_token('{column}')"
        )
