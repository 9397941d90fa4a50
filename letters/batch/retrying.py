"""From past letters to what follows them: the edge between the records and ``letters.rules.following``.

Everything stays within one lender (tenant). That a debtor has moved is that lender's knowledge of its own debtor (PIPL 21,
R-SRC-05). That an address does not exist is a fact of the place, yet who wrote there is not: at a door the fact alone would
tell another lender that somebody has a debtor there. So it serves all debtors of the lender whose letters proved it and no
other lender; only figures over ten persons or more might cross (R-SRC-06), which no door has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from letters.batch.history import History, SentLetter, is_demand, sent_before
from letters.batch.limits import shanghai_day
from letters.batch.lookup import is_live
from letters.batch.policies import policy_of_batch
from letters.post.consequences import Consequence, Follow, consequence
from letters.post.model import LetterState
from letters.rules.following import FIRST, FollowUp, Sent, follow_up, gone_places, is_under_way, template_name
from letters.rules.policy import Policy
from letters.tables import AnswerFile, Batch, Letter, Piece, PostEventRow
from letters.tables_consequences import FollowRuling
from locate.loading import StoredCase
from locate.tables import Case
from records.lists import one_of

IN_HOUSE: Final = frozenset(
    {LetterState.PLANNED, LetterState.RELEASED, LetterState.PRINTED, LetterState.SEALED, LetterState.HELD}
)


@dataclass(frozen=True, slots=True)
class Word:
    """What is known of past letters beside their outcomes, by letter."""

    rulings: Mapping[UUID, Follow] = field(default_factory=dict)
    heard_at: Mapping[UUID, datetime] = field(default_factory=dict)
    """When the last file about a letter came, for letters of which something was taken back."""


NO_WORD: Final = Word()


def words_of(session: Session, letters: Collection[SentLetter]) -> Word:
    """People's rulings on these letters, and when the post last spoke of those that it has taken something back of."""
    if not letters:
        return NO_WORD
    rulings = {
        letter_id: Follow(follows)
        for letter_id, follows in session.execute(
            select(FollowRuling.letter_id, FollowRuling.follows)
            .where(one_of(FollowRuling.letter_id, [one.letter_id for one in letters]))
            .order_by(FollowRuling.at, FollowRuling.id)
        )
    }
    shaken = [one.letter_id for one in letters if one.post and one.post.outcome and one.post.outcome.voided]
    heard: dict[UUID, datetime] = {}
    if shaken:
        rows = session.execute(
            select(Piece.letter_id, func.max(AnswerFile.received_at))
            .join(PostEventRow, PostEventRow.item_no == Piece.item_no)
            .join(AnswerFile, AnswerFile.id == PostEventRow.file_id)
            .where(one_of(Piece.letter_id, shaken))
            .group_by(Piece.letter_id)
        )
        heard = dict(rows.all())
    return Word(rulings, heard)


def consequence_of(letter: SentLetter) -> Consequence:
    """The consequence of a past letter as its events stand."""
    post = letter.post
    accepted = False if letter.state is LetterState.REFUSED else post.acknowledged if post else None
    return consequence(post.outcome if post else None, accepted=accepted)


def sent_of(letter: SentLetter, word: Word, place: str, *, same_case: bool = True, template: str = "") -> Sent:
    """A past letter as ``letters.rules.following`` sees it.

    Args:
        template: of the letter that is thought of; a past one that was drawn between it and another is of its series.
    """
    outcome = letter.post.outcome if letter.post else None
    told = (outcome.final_at if outcome.is_final else None) or outcome.told_at if outcome else None
    said = [at for at in (outcome.last_event_at if outcome else None, word.heard_at.get(letter.letter_id)) if at is not None]
    return Sent(
        letter_no=letter.letter_no,
        posted_on=letter.day,
        place=place,
        template=letter.as_template(template),
        consequence=consequence_of(letter),
        final=letter.final,
        told_on=shanghai_day(told) if told else None,
        heard_on=shanghai_day(max(said)) if said else None,
        handed_over=letter.state not in IN_HOUSE,
        taken_back=bool(outcome and outcome.voided),
        same_case=same_case,
        ruling=word.rulings.get(letter.letter_id),
    )


def case_follow_up(
    case_id: UUID, id_bidx: bytes, history: History, word: Word, places: Mapping[str, bytes], template: str, day: date, policy: Policy
) -> FollowUp:
    """What a case's next letter would be.

    Args:
        places: keys of the case's present addresses → their blind index within the lender.
    """
    if not history.by_case and not history.by_debtor and not history.by_place:
        return FIRST
    keys = {index: key for key, index in places.items()}
    own = history.by_case.get(case_id, ())
    others = [letter for letter in history.by_debtor.get(id_bidx, ()) if letter.case_id != case_id]
    sent = [sent_of(one, word, keys.get(one.place_bidx, one.place_bidx.hex()), template=template) for one in own]
    sent += [sent_of(one, word, keys.get(one.place_bidx, one.place_bidx.hex()), same_case=False) for one in others]
    gone = gone_places(
        (one.id_bidx.hex(), sent_of(one, word, key)) for key, index in places.items() for one in history.by_place.get(index, ())
    )
    return follow_up(sent, template, day, policy, gone)


def only_again(follow: FollowUp, keys: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """What is shut now: for a retry at the same address the case's other places wait."""
    if not follow.place:
        return follow.shut
    return {**{key: ("again_first", "按前次结果，先再寄原址") for key in keys if key != follow.place}, **follow.shut}


def all_letters(history: History) -> list[SentLetter]:
    """Every letter of a history, once."""
    found = {one.letter_id: one for by in (history.by_case, history.by_debtor, history.by_place) for many in by.values() for one in many}
    return list(found.values())


def history_of(session: Session, lender_id: UUID, cases: Sequence[StoredCase], places: Collection[bytes] = ()) -> tuple[History, Word]:
    """Past letters of some cases of a lender, their debtors and places, with what is known beside them."""
    history = sent_before(session, lender_id, [one.case_id for one in cases], {one.id_bidx for one in cases}, places)
    return history, words_of(session, all_letters(history))


def taken_back(session: Session, batch: Batch) -> Iterator[tuple[UUID, int, str, str, str]]:
    """Letters of a batch whose case's earlier letter may arrive after all, or has: (letter, position, letter number, case
    number, why). Its return was taken back, or its end changed, since this one was planned."""
    other = aliased(Letter)
    rows = session.execute(
        select(Letter.id, Letter.position, Letter.letter_no, Letter.case_id, Letter.day, Case.case_no)
        .join(Case, Case.id == Letter.case_id)
        .where(
            Letter.batch_id == batch.id, is_live(), is_demand(),
            exists().where(other.case_id == Letter.case_id, other.id != Letter.id),
        )
        .order_by(Letter.position)
    ).all()  # fmt: skip
    if not rows:
        return
    history = sent_before(session, batch.lender_id, [row.case_id for row in rows], (), ())
    word, policy = words_of(session, all_letters(history)), policy_of_batch(session, batch)
    for letter_id, position, letter_no, case_id, day, case_no in rows:
        earlier = (one for one in history.by_case.get(case_id, ()) if one.letter_id != letter_id and one.day <= day)
        why = next(filter(None, (_arrives_after_all(sent_of(one, word, "", template=batch.template), batch.template, day, policy) for one in earlier)), "")
        if why:
            yield letter_id, position, letter_no, case_no, why


def _arrives_after_all(earlier: Sent, template: str, day: date, policy: Policy) -> str:
    consequence = earlier.consequence
    if earlier.handed_over and is_under_way(earlier, day, policy):
        return f"前函 {earlier.letter_no} 的结果已被邮政撤销，仍可能投到"
    same = template_name(earlier.template) == template_name(template)
    if same and earlier.ruling is None and consequence.follows is Follow.STOP:
        return f"前函 {earlier.letter_no} 的结果改为“{consequence.title}”"
    return ""
