-- Rows that are only ever added. A fault that names the table, whoever tries and by whatever program.
-- One thing may change: the value of a column named *_sealed, which is written anew when data keys are rotated.
-- The table's owner can of course drop a trigger: the audit chain and its signed head show that something was changed.

CREATE FUNCTION handa_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sealed text[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT array_agg(key) INTO sealed FROM jsonb_object_keys(to_jsonb(NEW)) AS key WHERE key LIKE '%\_sealed';
        IF sealed IS NOT NULL AND to_jsonb(NEW) - sealed = to_jsonb(OLD) - sealed THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table % is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'audit_entry', 'batch_event', 'claim_snapshot', 'letter_event', 'opt_out', 'post_event', 'release'
    ] LOOP
        EXECUTE format(
            'CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION handa_refuse_change()', name);
        EXECUTE format(
            'CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION handa_refuse_change()', name);
    END LOOP;
END
$$;
