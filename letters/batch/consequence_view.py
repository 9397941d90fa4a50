"""What outcomes mean as people see it: facts about a case's addresses, about one letter, and who waits for what. No personal text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from letters.batch.history import SentLetter, sent_before
from letters.batch.policies import policy_of_lender
from letters.batch.retrying import (
    IN_HOUSE,
    Word,
    all_letters,
    consequence_of,
    history_of,
    sent_of,
    words_of,
)
from letters.batch.template_trial import DEFAULT_TEMPLATE
from letters.post.consequences import (
    ADDRESS_NAMES,
    FOLLOW_NAMES,
    PERSON_NAMES,
    REACH_NAMES,
    AddressVerdict,
    Consequence,
    Follow,
    PersonVerdict,
    Reach,
)
from letters.post.store import batched
from letters.rules.following import TURN_NAMES, Sent, Turn, follow_up, gone_places, shut_places
from letters.rules.policy import Policy
from letters.tables import Letter
from locate.loading import load_cases
from locate.tables import Case, CaseAddress, Lender
from records.cipher import Cipher
from records.lists import one_of

PAGE = 2_000
"""Cases looked at by one set of statements."""


def address_facts(session: Session, cipher: Cipher, case: Case, day: date) -> list[dict[str, Any]]:
    """By ordinal of the case's addresses: verdict on the address and on the debtor there, since when, by which letter, and
    whether it is shut. From this lender's letters only."""
    (stored,) = load_cases(session, cipher, [case.id])
    indexes = dict(
        session.execute(select(CaseAddress.id, CaseAddress.place_bidx).where(one_of(CaseAddress.id, stored.address_ids))).all()
    )
    places = {index.hex(): bytes(index) for index in indexes.values() if index is not None}
    history, word = history_of(session, case.lender_id, [stored], set(places.values()))
    policy = policy_of_lender(session, session.get_one(Lender, case.lender_id), case.product)
    sent = [sent_of(one, word, one.place_bidx.hex()) for one in history.by_debtor.get(stored.id_bidx, ())]
    gone = gone_places(
        (one.id_bidx.hex(), sent_of(one, word, key)) for key, index in places.items() for one in history.by_place.get(index, ())
    )
    shut = {**gone, **shut_places(sent, day, policy)}
    found = []
    for address_id, given in zip(stored.address_ids, stored.record.addresses, strict=True):
        index = indexes.get(address_id)
        key = index.hex() if index is not None else ""
        here = sorted((one for one in sent if one.place == key and key), key=lambda one: one.order)
        found.append({"ordinal": given.ordinal, **_fact(here), "shut": shut[key][1] if key in shut else None})
    return found


def _fact(here: list[Sent]) -> dict[str, Any]:
    """What the debtor's letters to one place say together: the latest verdict that is one."""
    address, person, by = AddressVerdict.UNKNOWN, PersonVerdict.UNKNOWN, ""
    since: date | None = None
    seen: Counter[str] = Counter()
    for one in here:
        consequence = one.consequence
        seen[consequence.reason] += 1
        verdict = consequence.address if seen[consequence.reason] == 1 else consequence.address_again
        if verdict is not AddressVerdict.UNKNOWN or consequence.person is not PersonVerdict.UNKNOWN:
            address = verdict if verdict is not AddressVerdict.UNKNOWN else address
            person = consequence.person if consequence.person is not PersonVerdict.UNKNOWN else person
            by, since = one.letter_no, one.told_on or one.posted_on
    return {"letters": len(here), "address": address.value, "person": person.value, "since": since, "by_letter": by}


def fact_in_words(fact: Mapping[str, Any]) -> str:
    """One of ``address_facts`` in a cell; empty where no letter went there and nothing shuts it."""
    words = []
    if fact["letters"]:
        address, person = ADDRESS_NAMES[AddressVerdict(fact["address"])], PERSON_NAMES[PersonVerdict(fact["person"])]
        words.append(f"地址{address}、债务人{person}" + (f"（{fact['since']}，{fact['by_letter']}）" if fact["since"] else ""))
    if fact["shut"]:
        words.append(str(fact["shut"]))
    return "；".join(words)


def letter_consequence(session: Session, letter: Letter) -> dict[str, Any]:
    """The consequence of one letter, and a person's ruling on it."""
    case = session.get_one(Case, letter.case_id)
    history = sent_before(session, case.lender_id, [case.id], (), ())
    for one in history.by_case.get(case.id, ()):
        if one.letter_id == letter.id:
            ruling = words_of(session, [one]).rulings.get(one.letter_id)
            return {**as_json(consequence_of(one)), "ruling": ruling.value if ruling else None}
    return {}


def as_json(consequence: Consequence) -> dict[str, Any]:
    """A consequence as plain values."""
    return {
        "reason": consequence.reason, "title": consequence.title, "ended": consequence.ended, "address": consequence.address.value,
        "person": consequence.person.value, "reached": consequence.reached.value, "label": consequence.label.value,
        "censored": consequence.censored.value if consequence.censored else None, "evidence": consequence.evidence.value,
        "follows": consequence.follows.value,
    }  # fmt: skip


def in_words(view: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what, words) of ``letter_consequence`` for people."""
    rows = [
        ("结果", f"{view['title']}{'' if view['ended'] else '（未了结）'}"),
        ("地址", ADDRESS_NAMES[AddressVerdict(view["address"])]),
        ("债务人", PERSON_NAMES[PersonVerdict(view["person"])]),
        ("触达", REACH_NAMES[Reach(view["reached"])]),
        ("证据", view["evidence"]),
        ("接下来", FOLLOW_NAMES[Follow(view["follows"])]),
    ]
    return [*rows, ("人工决定", FOLLOW_NAMES[Follow(view["ruling"])])] if view["ruling"] else rows


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that waits: for what, on which letter and reason, and from when a letter may go."""

    lender: str
    case_no: str
    turn: str
    turn_name: str
    letter_no: str
    title: str
    on: date | None


@dataclass(frozen=True, slots=True)
class ConsequenceReport:
    """Per reason what became of letters, and the cases that wait or are due."""

    reasons: list[dict[str, Any]]
    turns: dict[str, int]
    waiting: list[Waiting]


WAITS = (Turn.NEXT, Turn.SAME, Turn.NOT_YET, Turn.ASK, Turn.SPENT, Turn.DECEASED)
"""Turns that are listed case by case; done and under way are only counted."""


def consequence_report(session: Session, day: date, lender_code: str | None = None) -> ConsequenceReport:
    """The consequences of every letter that has left the house, as of ``day``; cases in order of lender and number."""
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    rows: dict[str, Consequence] = {}
    turns: Counter[str] = Counter()
    waiting: list[Waiting] = []
    policies: dict[str, Policy] = {}
    for lender, number, template, word, own in _cases(session, lender_code):
        sent = []
        for one in own:
            made = sent_of(one, word, one.place_bidx.hex())
            sent.append(made)
            if one.state in IN_HOUSE:
                continue
            row = made.consequence
            rows[row.reason] = row if row.ended or row.reason not in rows else rows[row.reason]
            reasons[row.reason].update({"letters": 1, "ended": int(row.ended)})
        if lender.code not in policies:
            policies[lender.code] = policy_of_lender(session, lender)
        found = follow_up(sent, template, day, policies[lender.code])
        turns[found.turn.value] += 1
        if found.turn in WAITS:
            waiting.append(Waiting(lender.code, number, found.turn.value, TURN_NAMES[found.turn], found.letter_no, found.title, found.on))
    listed = [
        {**as_json(rows[reason]), "follows_name": FOLLOW_NAMES[rows[reason].follows], "letters": counts["letters"], "ended": counts["ended"]}
        for reason, counts in sorted(reasons.items(), key=lambda item: (-item[1]["letters"], item[0]))
    ]
    return ConsequenceReport(listed, dict(sorted(turns.items())), waiting)


def _cases(session: Session, lender_code: str | None) -> Iterator[tuple[Lender, str, str, Word, list[SentLetter]]]:
    lenders = select(Lender).order_by(Lender.code.collate("C"))
    for lender in session.scalars(lenders if lender_code is None else lenders.where(Lender.code == lender_code)).all():
        template = str(lender.settings.get("template", DEFAULT_TEMPLATE))
        cases: list[tuple[UUID, str]] = [
            (case_id, number)
            for case_id, number in session.execute(
                select(Case.id, Case.case_no)
                .where(Case.lender_id == lender.id, exists().where(Letter.case_id == Case.id))
                .order_by(Case.case_no.collate("C"))
            )
        ]
        for page in batched(cases, PAGE):
            history = sent_before(session, lender.id, [case_id for case_id, _ in page], (), ())
            word = words_of(session, all_letters(history))
            for case_id, number in page:
                if own := history.by_case.get(case_id):
                    yield lender, number, template, word, own

