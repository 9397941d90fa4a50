"""The outcome of one piece: a pure function of its set of events. Same in any order, however often repeated.

First what was voided is taken away (effect=0, then the open platform's reversal codes with all that followed from what
they void), then the rest is read in time order. A final state that contradicts its facts is not believed: it stands in
``claimed`` and waits for a person, whose decision belongs to the set and counts while the facts are those that it was
made on (R-DLV-04; the tracker of SEND does the same). Codes: ``letters.post.codes``. Nothing here reads descriptions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from letters.post.codes import Address, CodeTable, Evidence, How, Meaning, Person, Reached, UnknownCode
from letters.post.deciding import Decision, decision_on, facts_of
from letters.post.model import EventKind, LetterState, PostEvent
from records.clock import SHANGHAI

_FINAL_STATE: Final = {
    EventKind.DELIVERED: LetterState.DELIVERED,
    EventKind.RETURNED: LetterState.RETURNED,
    EventKind.LOST: LetterState.LOST,
}
_FINAL_KIND: Final = {state: kind for kind, state in _FINAL_STATE.items()}
_RANK: Final = {kind: rank for rank, kind in enumerate(EventKind)}
"""Order of events of the same second: EventKind is declared in the order of a piece's life."""
_REASON_KINDS: Final = frozenset({EventKind.ATTEMPT_FAILED, EventKind.RETURNING, EventKind.LOST, EventKind.OUT_FOR_DELIVERY})
_REACH_STRENGTH: Final = {None: 0, Reached.NO: 1, Reached.PERHAPS: 2, Reached.YES: 3, Reached.REFUSED: 4}


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something in the events that does not fit. ``blocking``: no final state is believed until a person has looked."""

    code: str
    blocking: bool
    message: str


_MESSAGES: Final = {
    "TWO_FINALS": "有两个以上互不作废的最终结果",
    "DELIVERED_BEFORE_ACCEPTANCE": "最终结果早于收寄",
    "EVENT_BEFORE_HANDOVER": "轨迹早于交寄日期",
    "MOVEMENT_AFTER_FINAL": "最终结果之后还有投递动作",
    "SIGNER_MISSING": "妥投但没有签收方式",
    "VOID_UNMATCHED": "作废最终结果的轨迹，所指的那一条没有收到",
    "STEP_VOID_UNMATCHED": "作废中间环节的轨迹，所指的那一条没有收到",
    "UNKNOWN_CODE": "有代码表中没有的代码",
    "ACCEPTANCE_MISSING": "没有收到收寄轨迹",
    "REASONS_DISAGREE": "各次未妥投原因对地址的判断相反",
    "FINAL_BASIS_VOIDED": "最终结果所依据的环节后来被作废",
    "TRACK_OF_VOID": "已作废的函件有轨迹",
    "TRACK_OF_PULLED": "已抽回的函件有轨迹",
    "NEVER_HANDED_OVER": "尚未交寄的函件有轨迹",
    "REFUSED_YET_TRACKED": "邮政未收寄的邮件有轨迹",
    "OLD_COPY_TRACKED": "已由重印件取代的旧件有轨迹",
    "RETURN_SCAN_OF_DELIVERED": "轨迹为妥投，但收到了退件影像",
}
_NOTES: Final = frozenset({"STEP_VOID_UNMATCHED", "ACCEPTANCE_MISSING", "REASONS_DISAGREE"})
"""They are told and block nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """投递结果, computed. Verdicts are None where the events say nothing; ``train`` is None = censored.

    ``norm_code`` is the code that matters: of the delivery, or of the reason why not (for a return the earlier reason,
    RTS_DONE when none was given). ``claimed`` is a final state that is not believed yet.
    """

    state: LetterState
    claimed: LetterState | None = None
    how: How | None = None
    norm_code: str = ""
    address: Address | None = None
    person: Person | None = None
    reached: Reached | None = None
    train: int | None = None
    evidence: Evidence | None = None
    next_action: str = ""
    accepted_at: datetime | None = None
    told_at: datetime | None = None
    """When the carrier first said what ``norm_code`` says: the day of the signature, refusal or failed delivery."""
    final_at: datetime | None = None
    last_event_at: datetime | None = None
    attempts: int = 0
    voided: int = 0
    anomalies: tuple[Anomaly, ...] = ()
    facts: str = ""
    """Names the contradiction that blocks; '' where none does. A decision is made on it."""
    decided: Decision | None = None
    hows: frozenset[How] = frozenset()
    """How the piece was handed out, by every delivery that the track reports and nothing took back by name."""

    @property
    def needs_person(self) -> bool:
        """Whether an anomaly keeps a final state from being believed."""
        return bool(self.facts) and self.decided is None

    @property
    def is_final(self) -> bool:
        """Whether the state is one that only a voiding event can change."""
        return self.state in _FINAL_STATE.values()


Identity = tuple[datetime, str, str, str]


def identity(event: PostEvent) -> Identity:
    """What makes two rows the same event. Serial, office and description may differ between repetitions."""
    return (event.occurred_at, event.action, event.proper_delivery, event.not_proper_delivery)


@dataclass(frozen=True, slots=True)
class _Step:
    at: datetime
    kind: EventKind
    key: Identity
    meaning: Meaning
    action: str

    @property
    def order(self) -> tuple[datetime, int, Identity]:
        return (self.at, _RANK[self.kind], self.key)

    @property
    def mark(self) -> str:
        """The step as a line of facts; what its code means is part of them."""
        return "|".join((self.at.astimezone(SHANGHAI).isoformat(), *self.key[1:], self.kind, self.meaning.how or ""))


class _Read:
    """The events sorted out: live steps in time order, what was voided, and what could not be read or matched."""

    def __init__(self, events: Iterable[PostEvent], table: CodeTable) -> None:
        effective: dict[Identity, PostEvent] = {}
        void: dict[Identity, PostEvent] = {}
        for event in events:
            (effective if event.effective else void)[identity(event)] = event
        self.unmatched: set[str] = set()
        self.unknown_at: list[datetime] = []
        self.fallen: list[_Step] = []
        self.loose: set[str] = set()
        """Marks of voids without their events and of codes that nobody knows."""
        self.floor = False
        self.voided = 0
        steps: list[_Step] = []
        for key, event in {**void, **effective}.items():
            meaning = table.meaning(event.action, event.proper_delivery, event.not_proper_delivery)
            if isinstance(meaning, UnknownCode):
                self.unknown_at.append(event.occurred_at)
                self.loose.add("|".join(("?", event.occurred_at.astimezone(SHANGHAI).isoformat(), *key[1:])))
                continue
            if meaning.kind is None:
                raise AssertionError("CodeTable.meaning gives only rows with a kind")
            step = _Step(event.occurred_at, meaning.kind, key, meaning, event.action)
            if key not in void:
                steps.append(step)
                continue
            self._take_back(step)
            if key not in effective:
                self._miss(step, {step.kind})
        self.steps = self._reversed_away(sorted(steps, key=lambda step: step.order), table)

    @property
    def finals(self) -> list[_Step]:
        """The live final steps, in time order."""
        return [step for step in self.steps if step.kind in _FINAL_STATE]

    def marks(self) -> set[str]:
        """What a contradiction lies in: the ends, all that came from the first of them on, and what fits nowhere."""
        finals = self.finals
        late = self.steps[self.steps.index(finals[0]) :] if finals else []
        return {*(step.mark for step in late), *("fallen|" + step.mark for step in self.fallen), *self.loose}

    def _miss(self, step: _Step, kinds: Collection[EventKind | None]) -> None:
        self.loose.add("void|" + step.mark)
        self.unmatched.add("VOID_UNMATCHED" if any(kind in _FINAL_STATE for kind in kinds) else "STEP_VOID_UNMATCHED")

    def _take_back(self, step: _Step) -> None:
        # A void takes back what was said, not that the carrier had the piece in hand to say it; only a voided
        # acceptance leaves nothing behind.
        self.voided += 1
        if step.kind not in (EventKind.ACCEPTED, EventKind.VOIDS):
            self.floor = True

    def _reversed_away(self, steps: list[_Step], table: CodeTable) -> list[_Step]:
        """Apply reversal codes in time order: each takes back the latest live step it may, not later than itself, and all
        that followed from that step up to the reversal (contract.md, "Answers from the post")."""
        gone: set[int] = set()
        for index, step in enumerate(steps):
            if step.kind is not EventKind.VOIDS:
                continue
            gone.add(index)
            targets = (i for i in range(index - 1, -1, -1) if i not in gone and steps[i].action in step.meaning.voids)
            target = next(targets, None)
            if target is None:
                rows = (table.row(step.meaning.field, code) for code in step.meaning.voids)
                self._miss(step, {row.kind for row in rows if row is not None})
                continue
            followed = [i for i in range(target, index) if i not in gone]
            gone.update(followed)
            for i in followed:
                self._take_back(steps[i])
            # An end that the reversal did not name may have happened all the same: a person asks the post.
            self.fallen += [steps[i] for i in followed[1:] if steps[i].kind in _FINAL_STATE]
        return [step for index, step in enumerate(steps) if index not in gone]


def _reason(steps: list[_Step]) -> tuple[Meaning | None, int]:
    """The reason that counts and how often it was given.

    A reason that judges the address (it has a training label) outlasts one that does not: 逾期未领 after 迁移新址不明 is
    still a debtor who moved. Among equals the last one counts; being on the round (PENDING) is no reason at all.
    """
    reasons = [s.meaning for s in steps if s.kind in _REASON_KINDS and s.meaning.norm]
    judging = [m for m in reasons if m.train is not None]
    failing = [m for m in reasons if m.kind is not EventKind.OUT_FOR_DELIVERY]
    chosen = next(reversed(judging or failing or reasons), None)
    return chosen, Counter(m.norm for m in reasons)[chosen.norm] if chosen else 0


def _anomalies(
    read: _Read, handed_over_on: date | None, accepted_at: datetime | None, beside: Collection[str]
) -> tuple[Anomaly, ...]:
    steps, finals = read.steps, read.finals
    codes = set(beside)
    if not finals or finals[-1].kind is not EventKind.DELIVERED:
        codes.discard("RETURN_SCAN_OF_DELIVERED")
    if read.fallen and not finals:
        codes.add("FINAL_BASIS_VOIDED")
    if len(finals) > 1:
        codes.add("TWO_FINALS")
    codes |= read.unmatched
    if read.unknown_at:
        codes.add("UNKNOWN_CODE")
    if handed_over_on is not None and any(s.at.astimezone(SHANGHAI).date() < handed_over_on for s in steps):
        codes.add("EVENT_BEFORE_HANDOVER")
    if steps and accepted_at is None:
        codes.add("ACCEPTANCE_MISSING")
    telling = {step.meaning.address for step in steps if step.kind in _REASON_KINDS}
    if {Address.VALID, Address.INVALID} <= telling:
        codes.add("REASONS_DISAGREE")
    if finals:
        first, last = finals[0], finals[-1]
        if accepted_at is not None and first.at < accepted_at:
            codes.add("DELIVERED_BEFORE_ACCEPTANCE")
        if steps[-1] is not last:  # in the same second too: handed out and refused can't both be
            codes.add("MOVEMENT_AFTER_FINAL")
        if last.meaning.how is How.UNSPECIFIED:
            codes.add("SIGNER_MISSING")
        # An unknown code from before the end can't undo it; one from after it may be a reversal that we don't know.
        if "UNKNOWN_CODE" in codes and max(read.unknown_at) < last.at:
            codes.discard("UNKNOWN_CODE")
            return _told(codes, note="UNKNOWN_CODE")
    return _told(codes)


def _told(codes: set[str], note: str = "") -> tuple[Anomaly, ...]:
    found = [Anomaly(code, code not in _NOTES, _MESSAGES[code]) for code in codes]
    if note:
        found.append(Anomaly(note, False, _MESSAGES[note]))
    return tuple(sorted(found, key=lambda anomaly: anomaly.code))


def _state(read: _Read, base: LetterState) -> LetterState:
    kinds = {step.kind for step in read.steps}
    if read.floor or kinds - {EventKind.ACCEPTED}:
        return LetterState.IN_TRANSIT
    return LetterState.ACCEPTED if kinds else base


def _chosen(decision: Decision, read: _Read, table: CodeTable) -> _Step | None:
    """The end that a person believes; made up only where the track has no such step (a return that came by hand)."""
    kind = _FINAL_KIND.get(decision.state)
    if kind is None:
        return None
    claims = sorted((step for step in (*read.finals, *read.fallen) if step.kind is kind), key=lambda step: step.order)
    same = [step for step in claims if decision.how is None or step.meaning.how is decision.how]
    step = next(reversed(same or claims), None)
    meaning = step.meaning if step is not None and same else table.meaning_of_end(kind, decision.how)
    if meaning is None or (step is None and (kind is EventKind.DELIVERED or not read.steps)):
        return None
    at = step.at if step is not None else read.steps[-1].at
    if decision.on is not None and decision.on != at.astimezone(SHANGHAI).date():
        at = datetime.combine(decision.on, time(), SHANGHAI)
    return _Step(at, kind, (at, meaning.code, "", ""), meaning, meaning.code)


def outcome(
    events: Iterable[PostEvent],
    table: CodeTable,
    *,
    handed_over_on: date | None = None,
    base: LetterState = LetterState.HANDED_OVER,
    beside: Collection[str] = (),
    decisions: Collection[Decision] = (),
) -> Outcome:
    """The outcome of one piece from all events ever received for it, in any order, with any repetition.

    Args:
        events: of one item number; the caller keeps them apart.
        table: the partner's code table.
        handed_over_on: the day of hand-over (Shanghai); events before it contradict any final state.
        base: the state while there is no event at all.
        beside: codes of anomalies that the letter's own records show (``TRACK_OF_PULLED`` …).
        decisions: what people ever decided on this piece; only one made on the very facts counts.
    """
    read = _Read(events, table)
    steps = read.steps
    accepted = [step.at for step in steps if step.kind is EventKind.ACCEPTED]
    accepted_at = min(accepted, default=None)
    anomalies = _anomalies(read, handed_over_on, accepted_at, beside)
    blocking = [anomaly.code for anomaly in anomalies if anomaly.blocking]
    facts = facts_of(blocking, read.marks()) if blocking else ""
    decided = decision_on(decisions, facts) if facts else None
    blocked = bool(facts) and decided is None
    claim = next(reversed(read.finals or read.fallen), None)
    believed = None if blocked else claim if decided is None else _chosen(decided, read, table)
    state = _state(read, base) if believed is None else _FINAL_STATE[believed.kind]
    if blocked and claim is not None:
        state = LetterState.IN_TRANSIT
    told = steps if decided is None else [step for step in steps if step.kind not in _FINAL_STATE]
    reason, times = _reason(told)
    meaning = reason
    if believed is not None and (believed.kind is not EventKind.RETURNED or reason is None):
        meaning = believed.meaning
    address = meaning.address if meaning else None
    if meaning and meaning.address_again is not None and times > 1:
        address = meaning.address_again
    said = [step.meaning.reached for step in steps if step.kind not in _FINAL_STATE]
    said += [believed.meaning.reached] if believed else []
    told_at = next((step.at for step in steps if meaning is not None and step.meaning.norm == meaning.norm), None)
    if decided is not None and believed is not None and meaning is believed.meaning:
        told_at = believed.at
    end = claim if decided is None else believed
    return Outcome(
        state=state,
        claimed=_FINAL_STATE[claim.kind] if blocked and claim is not None else None,
        how=believed.meaning.how if believed else None,
        norm_code=meaning.norm if meaning else "",
        address=address,
        person=meaning.person if meaning else None,
        reached=max(said, key=lambda reached: _REACH_STRENGTH[reached], default=None),
        train=meaning.train if meaning and believed else None,
        evidence=None if blocked else _evidence(believed, meaning),
        next_action="由人工核对轨迹" if blocked else meaning.next_action if meaning else "",
        accepted_at=accepted_at,
        told_at=told_at,
        final_at=end.at if end else None,
        last_event_at=steps[-1].at if steps else None,
        attempts=sum(step.kind is EventKind.ATTEMPT_FAILED for step in steps),
        voided=read.voided,
        anomalies=anomalies,
        facts=facts,
        decided=decided,
        hows=frozenset(
            step.meaning.how for step in (*read.finals, *read.fallen) if step.kind is EventKind.DELIVERED and step.meaning.how
        ),
    )


def _evidence(believed: _Step | None, meaning: Meaning | None) -> Evidence | None:
    """A hint only where something is final, or refused (E3 stands from the refusal on); the rest is open."""
    if meaning is not None and meaning.reached is Reached.REFUSED:
        return meaning.evidence
    if believed is None:
        return None
    return (meaning.evidence if meaning else None) or Evidence.E5
