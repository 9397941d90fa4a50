"""Whether a case may get another letter now (H-RTY): what became of the earlier ones decides (``letters.rules.following``).

House rules beside R-TIM-04/05, R-PST-06 and R-DLV-07, which all hold as before. No rule of law-and-post.md §7a asks a second
letter to call itself one, so none does.
"""

from __future__ import annotations

from collections.abc import Iterator

from letters.rules.following import Turn
from letters.rules.model import Facts, Finding, Severity
from letters.rules.rule import Say, planning_rule


@planning_rule(
    "H-RTY-01",
    "前函未了结时不得再发",
    Severity.BLOCK,
    source="law-and-post.md §7c、R-TIM-05 [D]",
    parameters=("in_flight_days",),
    messages={
        "flying": "前函 {letter} 尚无最终结果，或其结果已被邮政撤销，仍可能投到，不得再发；请待投递结果，{date} 前不得再寄。",
        "in_house": "前函 {letter} 已计划、尚未交寄，不得再发；请先交寄或作废该函。",
    },
)
def the_earlier_letter_has_ended(facts: Facts, say: Say) -> Iterator[Finding]:
    """One letter of a case at a time, to whatever address."""
    follow = facts.follow
    if follow.turn is not Turn.UNDER_WAY:
        return
    if follow.on is None:
        yield say("in_house", letter=follow.letter_no)
    else:
        yield say("flying", letter=follow.letter_no, date=follow.on)


@planning_rule(
    "H-RTY-02",
    "已送达、拒收或已故的不再自动发函",
    Severity.HOLD,
    source="law-and-post.md §7c、R-TIM-06 [D]",
    messages={
        "done": "前函 {letter} 的结果为“{title}”，同一模板不再自动发函；请保全证据，确需再发的请另选模板，或用 handa post rule 登记决定。",
        "deceased": "前函 {letter} 的结果为“{title}”，案件已停止；请资方核实后再定。",
    },
)
def the_debtor_was_not_reached_before(facts: Facts, say: Say) -> Iterator[Finding]:
    """Who was reached, or refused, gets no second copy; who died gets no letter at all."""
    follow = facts.follow
    if follow.turn is Turn.DONE:
        yield say("done", letter=follow.letter_no, title=follow.title)
    elif follow.turn is Turn.DECEASED:
        yield say("deceased", severity=Severity.BLOCK, letter=follow.letter_no, title=follow.title)


@planning_rule(
    "H-RTY-03",
    "再次发函须隔期、限次",
    Severity.HOLD,
    source="law-and-post.md §7c [D]；间隔依 R-TIM-04",
    parameters=("retry_settle_days", "retry_same_days", "retry_same_address", "retry_letters"),
    messages={
        "not_yet": "前函 {letter} 的结果为“{title}”，须待结果稳定与间隔期满；请于 {date} 起再计划。",
        "spent": "本案已用同一模板发函 {count} 次，最近一次为“{title}”，达到策略上限；请资方补充地址，或用 handa post rule 登记决定。",
    },
)
def retries_keep_their_distance(facts: Facts, say: Say) -> Iterator[Finding]:
    """A return may be taken back; who was absent needs time; and there is an end to it."""
    follow = facts.follow
    if follow.turn is Turn.NOT_YET:
        yield say("not_yet", letter=follow.letter_no, title=follow.title, date=follow.on)
    elif follow.turn is Turn.SPENT:
        yield say("spent", count=follow.number - 1, title=follow.title)


@planning_rule(
    "H-RTY-04",
    "结果不明的须由人决定",
    Severity.HOLD,
    source="R-DLV-03、R-DLV-04 [D]",
    messages={"unclear": "前函 {letter} 的结果为“{title}”，不能据以自动续发；请核对退件与轨迹后用 handa post rule 登记决定。"},
)
def the_earlier_outcome_is_clear(facts: Facts, say: Say) -> Iterator[Finding]:
    """No reason, several reasons in one, a redirection, a contradiction: a person looks and says what follows."""
    follow = facts.follow
    if follow.turn is Turn.ASK:
        yield say("unclear", letter=follow.letter_no, title=follow.title)


@planning_rule(
    "H-RTY-05",
    "续发函件须记录依据",
    Severity.WARN,
    source="law-and-post.md §7c [D]",
    messages={
        "next": "续发：本案第 {number} 封，前函 {letter} 的结果为“{title}”，改寄下一合法地址；请留意。",
        "same": "续发：本案第 {number} 封，前函 {letter} 的结果为“{title}”，隔期再寄；请留意。",
    },
)
def a_retry_says_what_it_follows(facts: Facts, say: Say) -> Iterator[Finding]:
    """A second letter stands in the decisions with the letter and reason that it follows."""
    follow = facts.follow
    if follow.is_retry:
        yield say(follow.turn.value, number=follow.number, letter=follow.letter_no, title=follow.title)
