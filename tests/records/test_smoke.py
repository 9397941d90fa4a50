from records.audit import append_audit, verify_audit


def test_an_entry_appended_verifies(db):
    with db.session() as session:
        append_audit(session, actor="a", action="b.c", subject="x")
    with db.session() as session:
        assert verify_audit(session).sound
