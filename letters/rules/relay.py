"""Letters that ask a contact to relay (R-THP-01..07): when one may go, to whom, and that it says nothing of a debt.

Planning facts are ``RelayFacts``; the finished letter is judged word by word against ``relay_words.toml``. A contact is
never an addressee of anything else unless guarantor or co-debtor.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from letters.rules.model import Finding, LetterFacts, RelayFacts, Severity
from letters.rules.plain_text import plain
from letters.rules.rule import Say, letter_rule, relay_rule
from locate.case import Source
from locate.contacts.relations import RelationGroup, relation_group

LONGEST_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class RelayWords:
    """The whitelist, longest word first in each search."""

    words: frozenset[str]
    longest: int


@cache
def relay_words() -> RelayWords:
    """The whitelist, read once; a word with a forbidden character stops the program."""
    raw = tomllib.loads(files("letters.rules").joinpath("relay_words.toml").read_text("utf-8"))
    excepted = set(raw["excepted"])
    wrong = [word for word in raw["words"] if word not in excepted and set(word) & set(raw["never"])]
    if wrong:
        raise ValueError(f"relay_words.toml: {wrong} hold a character that no word may hold")
    words = frozenset(plain(word) for word in raw["words"])
    return RelayWords(words, max(map(len, words)))


_MARKS: Final = re.compile(r"[,.:;!?，。：；、！？“”‘’\"'()\[\]【】《》<>/\-—\n]+")

_PAGE_NUMBER: Final = re.compile(r"\d{1,2}")


def words_outside(text: str, own_values: Iterable[str], firm_name: str = "") -> list[str]:
    """Stretches of a text that neither the whitelist nor the letter's own values explain, in order.

    A stretch made only of the firm's name's characters is its seal's, whose letters run round a circle.
    """
    known = relay_words()
    rest = plain(text)
    for value in sorted({plain(value) for value in own_values if value}, key=len, reverse=True):
        rest = rest.replace(value, "\n")
    seal = set(plain(firm_name))
    stretches = [stretch for run in _MARKS.split(rest) for stretch in _uncovered(run, known)]
    return [stretch for stretch in stretches if not set(stretch) <= seal and not _PAGE_NUMBER.fullmatch(stretch)]


def _uncovered(run: str, known: RelayWords) -> Iterator[str]:
    """The least that must be left out so that the rest is made of whitelisted words."""
    cost = [0] * (len(run) + 1)
    step = [1] * (len(run) + 1)
    for at in range(len(run) - 1, -1, -1):
        cost[at], step[at] = cost[at + 1] + 1, 0
        for size in range(1, min(known.longest, len(run) - at) + 1):
            if run[at : at + size] in known.words and cost[at + size] < cost[at]:
                cost[at], step[at] = cost[at + size], size
    at, left = 0, ""
    while at < len(run):
        if step[at]:
            if left:
                yield left
            left, at = "", at + step[at]
        else:
            left, at = left + run[at], at + 1
    if left:
        yield left


@letter_rule(
    "R-THP-03",
    "致联系人的信息须逐词通过白名单",
    Severity.BLOCK,
    source="CBA 指引；GB/T 45251-2025 [S]",
    messages={
        "outside": "转告函含白名单以外的文字“{words}”，不得发出；请改用白名单中的词语，或由律所补充白名单后重新计划。",
        "no_name": "转告函没有写明请转告何人，不得发出；请核对模板。",
    },
)
def relay_says_nothing_of_a_debt(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """Every word of a relay letter is on the list or one of its own values; a demand is not judged here."""
    if not facts.relay_for:
        return
    outside = words_outside(facts.text, facts.own_values, facts.own_values[0] if facts.own_values else "")
    for words in dict.fromkeys(outside):
        yield say("outside", words=words[:LONGEST_SHOWN])
    if plain(facts.relay_for) not in plain(facts.text):
        yield say("no_name")


@relay_rule(
    "R-THP-01",
    "联系人只能收转告函",
    Severity.BLOCK,
    source="商业银行信用卡业务监督管理办法 68 [V]；GB/T 45251-2025；CBA 指引 [S]",
    messages={
        "demand": "联系人{ordinal}不是担保人或共同债务人，不得作为催告函件的收件人；请只向其发转告函。",
        "debtor": "联系人{ordinal}就是债务人本人，不发转告函；请直接向债务人发函。",
    },
)
def contact_is_no_addressee_of_a_demand(facts: RelayFacts, say: Say) -> Iterator[Finding]:
    """Who guarantees or owes too, by the guarantee as source, may be demanded of; any other contact only told."""
    if not facts.is_relay and facts.contact.source is not Source.GUARANTEE:
        yield say("demand", ordinal=facts.contact.ordinal)
    if any(bar.code == "is_the_debtor" for bar in facts.bars):
        yield say("debtor", ordinal=facts.contact.ordinal)


@relay_rule(
    "R-THP-02",
    "仅在债务人失联时方可联系联系人",
    Severity.BLOCK,
    source="CBA 指引 [S]",
    messages={"not_lost": "债务人尚未失联（{how}），不得联系联系人{ordinal}；请先登记呼叫记录：handa contacts lost。"},
)
def debtor_is_lost(facts: RelayFacts, say: Say) -> Iterator[Finding]:
    """Number invalid, or three failed calls and the next day, or three days without contact; recorded with evidence."""
    lost = facts.lost
    if not lost.lost or lost.since is None or lost.since > facts.facts.day:
        yield say("not_lost", how=lost.how, ordinal=facts.contact.ordinal)


@relay_rule(
    "R-THP-04",
    "拒绝联系的联系人永久不得联系",
    Severity.BLOCK,
    source="GB/T 45251-2025（press article 3）[S]",
    messages={"barred": "联系人{ordinal}{why}；请勿再为其安排任何联系。"},
)
def relay_contact_has_not_refused(facts: RelayFacts, say: Say) -> Iterator[Finding]:
    """Opt-out, complaint, denial of knowing the debtor, missing consent: for ever, in every channel."""
    for bar in facts.bars:
        if bar.rule_id == "R-THP-04":
            yield say("barred", ordinal=facts.contact.ordinal, why=bar.text)


@relay_rule(
    "R-THP-05",
    "配偶须有家庭共同债务证据并经复核",
    Severity.HOLD,
    source="CBA 指引 [S]",
    messages={"spouse": "联系人{ordinal}是债务人的配偶，尚无家庭共同债务证据与复核人；请登记 handa contacts household，或改选其他联系人。"},
)
def spouse_was_reviewed(facts: RelayFacts, say: Say) -> Iterator[Finding]:
    """A spouse may be a 债务相关第三人; whether, is for evidence and a reviewer to say before anything goes there."""
    if relation_group(facts.contact.relation) is RelationGroup.SPOUSE and not facts.household_reviewed:
        yield say("spouse", ordinal=facts.contact.ordinal)


@relay_rule(
    "R-THP-06",
    "未成年或关系不明的联系人不得联系",
    Severity.BLOCK,
    source="个人信息保护法 28（不满十四周岁）[V]；[D]",
    messages={"barred": "联系人{ordinal}{why}，不得联系；请资方核实后重新报送。"},
)
def relay_contact_is_a_known_adult(facts: RelayFacts, say: Say) -> Iterator[Finding]:
    """Neither an unknown relation nor a possible child."""
    for bar in facts.bars:
        if bar.rule_id == "R-THP-06":
            yield say("barred", ordinal=facts.contact.ordinal, why=bar.text)


@relay_rule(
    "R-THP-07",
    "转告函信封只写联系人本人",
    Severity.BLOCK,
    source="快递暂行条例 25；个人信息保护法 6 [V]",
    messages={
        "debtor": "联系人{ordinal}的地址文本中写有债务人姓名，信封会透露债务人；请资方更正地址。",
        "other": "联系人{ordinal}的地址文本中写有他人姓名；请核对后更正地址。",
    },
)
def relay_envelope_names_the_contact_alone(facts: RelayFacts, say: Say) -> Iterator[Finding]:
    """The debtor's name never on the outside of a letter to somebody else; nor a third one's."""
    place = facts.place
    if place is None:
        return
    if facts.facts.case.debtor_name in place.canonical or facts.facts.case.debtor_name in facts.contact.address:
        yield say("debtor", ordinal=facts.contact.ordinal)
    elif place.recipient is not None and place.recipient.name and place.recipient.name != facts.contact.name:
        yield say("other", severity=Severity.HOLD, ordinal=facts.contact.ordinal)


@relay_rule(
    "R-SRC-01",
    "联系人信息须有合法来源与依据",
    Severity.BLOCK,
    source="CBA 指引六类渠道；GB/T 45251-2025 5.3 [S]",
    messages={"barred": "联系人{ordinal}{why}，不得联系；请资方补充来源、依据与电话号码（拒绝联系按号码登记）。"},
)
def relay_contact_has_a_lawful_source(facts: RelayFacts, say: Say) -> Iterator[Finding]:
    """Source, basis, and a number: a refusal is kept by number, so without one it could not be kept for ever."""
    for bar in facts.bars:
        if bar.rule_id in ("R-SRC-01", "R-SRC-04"):
            yield say("barred", ordinal=facts.contact.ordinal, why=bar.text)


@relay_rule(
    "H-ADR-01",
    "联系人须有可投递的地址",
    Severity.HOLD,
    source="函达自定：没有地址就没有函件",
    messages={"none": "联系人{ordinal}没有可投递的地址；请资方补充详细地址，或改选其他联系人。"},
)
def contact_has_an_address(facts: RelayFacts, say: Say) -> Iterator[Finding]:
    """A relay letter needs the contact's own, deliverable address."""
    if facts.place is None or not facts.place.deliverable:
        yield say("none", ordinal=facts.contact.ordinal)


@relay_rule(
    "R-TIM-04",
    "转告函之间须有间隔",
    Severity.HOLD,
    source="GB/T 45251-2025（csai）[S]，[D]",
    parameters=("in_flight_days",),
    messages={"recent": "本案 {last} 已发过转告函，{days} 天内不再发；请等待结果。"},
)
def relay_is_not_repeated(facts: RelayFacts, say: Say) -> Iterator[Finding]:
    """One relay letter of a case at a time: repetition would be harassment of somebody who owes nothing."""
    last, days = facts.last_relay_on, facts.facts.policy.in_flight_days
    if last is not None and 0 <= (facts.facts.day - last).days < days:
        yield say("recent", last=last, days=days)
