"""The running number of an answer file whose bytes are known already.

A file that bears its number only in its name may come again, byte for byte, under another number: a repetition, or a day
on which the same was to be said. Its rows change nothing, but its number has come and is not missing any more.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from letters.tables import AnswerFile
from letters.tables_repeats import AnswerFileRepeat
from records.identity import uuid7


def note_repeat(session: Session, known: AnswerFile, name: str, sequence: int | None, now: datetime) -> bool:
    """Keep the number under which a known file came again; whether it was news.

    Args:
        name: of the file as it came now.
        sequence: the number that it bears now, inside or else in its name; None when it bears none.
    """
    if sequence is None or known.sequence is None or sequence == known.sequence:
        return False
    added = session.execute(
        insert(AnswerFileRepeat)
        .values(id=uuid7(), file_id=known.id, sequence=sequence, name=name, at=now)
        .on_conflict_do_nothing(constraint="uq_answer_file_repeat_file_id_sequence")
        .returning(AnswerFileRepeat.id)
    )
    return added.first() is not None


def numbers_of_files() -> Select[tuple[object, ...]]:
    """``partner_id, kind, sequence, received_at`` of every numbered file that came, repetitions with their own numbers."""
    first = select(AnswerFile.partner_id, AnswerFile.kind, AnswerFile.sequence, AnswerFile.received_at).where(
        AnswerFile.sequence.is_not(None)
    )
    again = select(AnswerFile.partner_id, AnswerFile.kind, AnswerFileRepeat.sequence, AnswerFileRepeat.at).join(
        AnswerFileRepeat, AnswerFileRepeat.file_id == AnswerFile.id
    )
    numbered = union_all(first, again).subquery()
    return select(numbered.c.partner_id, numbered.c.kind, numbered.c.sequence, numbered.c.received_at)
