"""Rewrites a column's sealed values under the active data key, after a rotation. Interrupted, it goes on where it was."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from records.cipher import Cipher
from records.database import Database

_BLOCK = 2000


def reseal_column(db: Database, cipher: Cipher, column: InstrumentedAttribute[bytes], name: str) -> int:
    """Seal again every value of ``column`` that another key than the active one has sealed.

    Args:
        db: committed block by block.
        cipher: of the rotated ring, which still has the old keys.
        column: ``Case.name_sealed``; its table's key is ``id``.
        name: what the values were sealed as: ``"case.name"``.

    Returns:
        How many values were rewritten.

    Raises:
        Broken: a value that does not open.
    """
    table = column.class_.__table__
    values = table.c[column.key]
    stale = func.substring(values, 1, len(cipher.active_head)) != cipher.active_head
    change = update(table).where(table.c.id == bindparam("row")).values({column.key: bindparam("value")})
    count = 0
    while True:
        with db.session() as session:
            rows = session.execute(
                select(table.c.id, values).where(values.is_not(None), stale).limit(_BLOCK).with_for_update()
            ).all()
            if not rows:
                return count
            anew = cipher.seal_many(name, [row.id for row in rows], [cipher.open(name, row[0], row[1]) for row in rows])
            pairs = [{"row": row.id, "value": value} for row, value in zip(rows, anew, strict=True)]
            session.connection().execute(change, pairs)
            count += len(rows)
