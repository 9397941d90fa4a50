"""Plans letters that ask a contact to relay (转告函): contact, rules, trial letter, numbers; then the batch is as any other.

One transaction a planning: such letters are few. The contact's address is kept as an address row of no live version
(``-version``), so that it can never be taken for the debtor's. What a contact may be asked: ``letters.rules.relay``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from letters.batch.contact_models import estimator_in_force
from letters.batch.counter import calendar_of
from letters.batch.dealing import LIMIT_RULES
from letters.batch.fields import relay_fields
from letters.batch.frame import Frame, load_frame
from letters.batch.judging import open_stops
from letters.batch.lookup import is_live
from letters.batch.numbering import make_batches
from letters.batch.parties import lender_by_code, parties_of
from letters.batch.planning import plan_args
from letters.batch.policies import keep_in_use
from letters.batch.relay_choice import Asked, Asking, askings, contact_draw
from letters.compose import FieldRefused, compose, load_bundle
from letters.compose.bundle import LetterType, bundle_for
from letters.compose.model import LetterFields
from letters.compose.wording import own_values
from letters.gate.casefacts import NOTHING, gate_facts
from letters.press.preflight import Preflight
from letters.rules import judge_letter, judge_relay, verdict_of
from letters.rules.model import Facts, Finding, GateFacts, LetterFacts, RelayFacts, Severity, Stop, Verdict
from letters.rules.policy import Policy
from letters.tables import Letter, LetterDraft, Planning
from letters.tables_proof import HouseholdEvidence, RelayLetter
from locate.address.model import Address
from locate.address.storage import to_json_dict
from locate.choose.model import Choice
from locate.contacts.exploring import EXPLORED
from locate.contacts.ranking import ContactEstimator, RulePrior
from locate.keeping import place_index
from locate.loading import StoredCase
from locate.tables import Case, CaseAddress, CaseContact, Decision, Lender
from records.cipher import Cipher
from records.database import Database
from records.identity import uuid7
from records.lists import one_of

RELAY_TEMPLATE = "relay@1"


@dataclass(frozen=True, slots=True)
class RelayPlan:
    """How a planning of relay letters ended. ``results``: (case number, contact, verdict, sentences)."""

    batch_no: str | None
    results: tuple[tuple[str, int, Verdict, tuple[str, ...]], ...]


_Result = tuple[str, int, Verdict, tuple[str, ...]]
"""Case number, the contact's ordinal, verdict, its sentences."""


def plan_relay(
    db: Database, lender_code: str, day: date, *, actor: str, case_no: str | None = None, contact: int | None = None,
    estimator: ContactEstimator | None = None,
) -> RelayPlan:  # fmt: skip
    """Plan relay letters of one lender: for one case (and contact), or for every case with recorded attempts.

    Without ``contact`` the best ranked one that may be asked is taken (or, where the policy explores, the one drawn); a case
    without any is told with its first contact.
    ``estimator``: instead of the lender's contact model in force (or the rule prior where none is).

    Raises:
        WrongUsage: there is no such case or contact, or the template is none for relay letters.
        NeedsDecision: the item numbers do not suffice, or the partner's counter is closed on the day.
    """
    with db.session() as session:
        lender = lender_by_code(session, lender_code)
        template = str(lender.settings.get("relay_template", RELAY_TEMPLATE))
        bundle_for(template, LetterType.RELAY)
        frame, planning = _planning(session, db, lender, day, template)
        asking = askings(session, db, lender, day, case_no, contact, estimator or estimator_in_force(session, lender.code))
        results = _decide(session, db, frame, asking)
        batches = make_batches(session, db.clock, frame, planning.args, actor)
        results = _without_place(session, planning, results)
        planning.counts = {verdict.value: sum(one[2] is verdict for one in results) for verdict in Verdict}
        planning.finished_at = db.clock()
        return RelayPlan(batches[0].batch_no if batches else None, tuple(results))


def _planning(session: Session, db: Database, lender: Lender, day: date, template: str) -> tuple[Frame, Planning]:
    last = session.scalar(select(func.max(Planning.number)).where(Planning.lender_id == lender.id, Planning.day == day))
    planning = Planning(
        id=uuid7(), lender_id=lender.id, day=day, number=(last or 0) + 1, args={}, started_at=db.clock(), finished_at=None, counts=None
    )
    parties = parties_of(session, lender)
    calendar_of(session, parties.partner).demand_open(day, "不能计划当日的转告函")
    planning.args = {**plan_args(session, parties, planning.id, day, template, choosing=False), "relay": True}
    session.add(planning)
    session.flush()
    return load_frame(session, planning.args), planning


def _without_place(session: Session, planning: Planning, results: list[_Result]) -> list[_Result]:
    """The results with those held after all, for want of a place on the day."""
    rows = session.execute(
        select(Case.case_no, Decision.findings)
        .join(Decision, Decision.case_id == Case.id)
        .where(Decision.planning_id == planning.id, Decision.rule_ids.overlap(sorted(LIMIT_RULES)))
    )
    held = {case_no: tuple(str(finding["message"]) for finding in findings) for case_no, findings in rows}
    return [
        (case_no, ordinal, Verdict.HELD, held[case_no]) if case_no in held else (case_no, ordinal, verdict, messages)
        for case_no, ordinal, verdict, messages in results
    ]


def _decide(session: Session, db: Database, frame: Frame, asking: Sequence[Asking]) -> list[_Result]:
    ids = [one.stored.case_id for one in asking]
    stops = open_stops(session, ids)
    gate = gate_facts(session, db.cipher, frame.firm.id, frame.lender, frame.day, [one.stored for one in asking])
    reviewed = set(
        session.execute(
            select(HouseholdEvidence.case_id, HouseholdEvidence.contact_ordinal).where(one_of(HouseholdEvidence.case_id, ids))
        ).all()
    )
    last = dict(
        session.execute(
            select(Letter.case_id, func.max(Letter.day))
            .join(RelayLetter, RelayLetter.decision_id == Letter.decision_id)
            .where(one_of(Letter.case_id, ids), is_live())
            .group_by(Letter.case_id)
        ).all()
    )
    rows = {
        (row.case_id, row.version, row.ordinal): row
        for row in session.scalars(select(CaseContact).where(one_of(CaseContact.case_id, ids)))
    }
    preflight = Preflight(load_bundle(frame.template))
    results = []
    for position, of_case in enumerate(asking):
        stored = of_case.stored
        case = _case_facts(frame, stored, stops.get(stored.case_id, ()), gate.get(stored.case_id, NOTHING))
        others = _others(asking, position)

        def judged(one: Asked, case: Facts = case, others: tuple[tuple[str, str, str], ...] = others) -> _Judged:
            case_id = one.stored.case_id
            facts = RelayFacts(
                case, one.contact, one.place, one.lost, one.bars,
                household_reviewed=(case_id, one.contact.ordinal) in reviewed, last_relay_on=last.get(case_id),
            )  # fmt: skip
            return _judged(frame, one, facts, preflight, others)

        end = _first(db.cipher, frame, of_case, judged)
        one = end.one
        contact_row = rows[stored.case_id, stored.version, one.contact.ordinal]
        if _keep(session, db, frame, one, contact_row, end.findings, end.verdict, end.fields):
            said = (*(found.message for found in end.findings), *(reason.text for reason in one.why if reason is EXPLORED))
            results.append((stored.record.case_no, one.contact.ordinal, end.verdict, said))
    session.flush()
    return results


@dataclass(frozen=True, slots=True)
class _Judged:
    """A contact with what every rule says of a letter to it."""

    one: Asked
    findings: Sequence[Finding]
    verdict: Verdict
    fields: LetterFields | None


def _first(cipher: Cipher, frame: Frame, asking: Asking, judged: Callable[[Asked], _Judged]) -> _Judged:
    """The contact asked first. Where the policy explores, only those that every rule lets go as they are may be drawn."""
    policy = frame.policy_for(asking.stored.record.product)
    if not asking.may_explore(policy):
        return judged(asking.options[0])
    ends = {one.contact.ordinal: judged(one) for one in asking.options}
    clear = [ordinal for ordinal, end in ends.items() if end.verdict is Verdict.PLANNED]
    taken = asking.first(clear, policy, contact_draw(cipher, asking.stored.case_id, frame.day))
    return replace(ends[taken.contact.ordinal], one=taken)


def _judged(
    frame: Frame, one: Asked, facts: RelayFacts, preflight: Preflight, others: tuple[tuple[str, str, str], ...]
) -> _Judged:
    judgement = judge_relay(facts)
    findings, verdict = list(judgement.findings), judgement.verdict
    fields = None
    if verdict is Verdict.PLANNED and one.place is not None:
        fields, more = _try_letter(frame, one, one.place, preflight, others)
        findings += more
        verdict = verdict_of(findings)
    return _Judged(one, findings, verdict, fields)


def _case_facts(frame: Frame, stored: StoredCase, stops: tuple[Stop, ...], gate: GateFacts) -> Facts:
    return Facts(
        day=frame.day, lender=frame.lender_facts, firm=frame.firm_facts, lawyer=frame.lawyer_facts, case=stored.record,
        parsed=(), choice=Choice(None, None, (), "转告函不选债务人地址", 1.0, RulePrior().version, ""), product=frame.product,
        template=frame.template, stops=stops, opted_out=stored.opted_out,
        policy=frame.policy_for(stored.record.product), gate=gate, catalogue=frame.catalogue,
    )  # fmt: skip


def _others(asking: Sequence[Asking], position: int) -> tuple[tuple[str, str, str], ...]:
    """The neighbours in this planning, for the cross-leak check; the printed part is checked against all of its letters."""
    near = [asking[index].stored.record for index in (position - 1, position + 1) if 0 <= index < len(asking)]
    return tuple((case.debtor_name, case.id_number[-4:], case.contract_no) for case in near)


def _try_letter(
    frame: Frame, one: Asked, place: Address, preflight: Preflight, others: tuple[tuple[str, str, str], ...]
) -> tuple[LetterFields | None, list[Finding]]:
    fields = relay_fields(
        case=one.stored.record, contact=one.contact, address=place, firm=frame.firm, lawyer=frame.lawyer,
        template=frame.template, day=frame.day, product=frame.product, send_method=frame.services[0].send_method,
    )  # fmt: skip
    numbered = fields.numbered(frame.sample_letter_no, frame.services[0].sample_item_no, "00000-00000")
    try:
        letter = compose(load_bundle(frame.template), numbered)
    except FieldRefused as error:
        return None, [Finding("R-LAW-12", Severity.HOLD, f"转告函字段含有不能印刷的内容：{error}；请资方更正后重新报送。")]
    findings = [
        Finding("R-LAW-12", Severity.HOLD, f"转告函无法印刷（{problem.code}）：{problem.message}")
        for problem in preflight.problems(letter, numbered)
    ]
    findings += judge_letter(_letter_facts(frame, numbered, letter.text, letter.parts, others, place.adcode, frame.policy_for(one.stored.record.product)))
    return fields, findings


def _letter_facts(
    frame: Frame, fields: LetterFields, text: str, parts: frozenset[str], others: tuple[tuple[str, str, str], ...],
    adcode: str | None, policy: Policy,
) -> LetterFacts:
    """What the letter rules look at for a relay letter."""
    return LetterFacts(
        day=frame.day, text=text, parts=parts, letter_no=fields.letter_no, item_no=fields.item_no, item_format=frame.services[0].item_format,
        debtor_name=fields.addressee_name, id_tail="", contract_no="", postcode=fields.postcode, adcode=adcode,
        lender=frame.lender_facts, is_card=False, relay_for=fields.relay_for, own_values=own_values(fields), others=others,
        firm_name=frame.firm.name, policy=policy,
    )  # fmt: skip


def _keep(
    session: Session, db: Database, frame: Frame, one: Asked, contact: CaseContact, findings: Sequence[Finding],
    verdict: Verdict, fields: LetterFields | None,
) -> bool:  # fmt: skip
    """Keep the decision and, where planned, the draft; False when the same was decided today already."""
    stored, now = one.stored, db.clock()
    attempt = session.scalar(
        select(func.count())
        .select_from(Letter)
        .where(Letter.case_id == stored.case_id, Letter.day == frame.day, Letter.template == frame.template)
    )
    inputs = _inputs(frame, one, findings, attempt or 0)
    known = session.scalar(
        select(Decision.rule_ids).where(Decision.case_id == stored.case_id, Decision.day == frame.day, Decision.inputs_sha256 == inputs)
    )
    if known is not None and LIMIT_RULES.isdisjoint(known):
        return False
    if known is not None:  # it only found no place: it stands in line again
        inputs = hashlib.sha256(inputs + frame.planning_id.bytes).digest()
    policy = frame.policy_for(stored.record.product)
    keep_in_use(session, {policy.sha256: policy}, frame.policy_number, db.clock)
    address = None if one.place is None else _address_row(session, db.cipher, frame, one, one.place)
    decision = Decision(
        id=uuid7(), planning_id=frame.planning_id, case_id=stored.case_id, case_version=stored.version, day=frame.day,
        verdict=verdict.value, rule_ids=sorted({finding.rule_id for finding in findings}),
        findings=[{"rule_id": f.rule_id, "severity": f.severity.value, "message": f.message, "subject": f.subject} for f in findings],
        snapshot_id=stored.snapshot_id, address_id=address.id if address else None, runner_up_id=None, probability=None,
        value_fen=0, propensity=one.propensity, reasons=[
            {"code": "lost", "text": f"债务人失联：{one.lost.how}", "weight": 0.0},
            *({"code": found.code, "text": found.text, "weight": found.weight} for found in one.why),
        ],
        model_version=one.model_version, policy_sha256=policy.sha256, inputs_sha256=inputs, made_at=now, product=frame.product,
        offer=None if one.kept is None else dict(one.kept),
    )  # fmt: skip
    session.add(decision)
    session.flush()
    session.add(
        RelayLetter(
            decision_id=decision.id, case_id=stored.case_id, contact_id=contact.id, mobile_bidx=contact.mobile_bidx,
            lost_how=one.lost.how, lost_since=one.lost.since, attempts=one.attempts,
        )
    )  # fmt: skip
    if verdict is Verdict.PLANNED and fields is not None and one.place is not None:
        session.add(_draft(db.cipher, frame, one, one.place, decision.id, fields, attempt or 0))
    return True


def _inputs(frame: Frame, one: Asked, findings: Sequence[Finding], attempt: int) -> bytes:
    inputs: list[object] = [
        "relay", frame.fingerprint, one.stored.content_sha256.hex(), one.contact.ordinal, one.attempts, one.lost.how, attempt,
        [[finding.rule_id, finding.message] for finding in findings],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(inputs).encode()).digest()


def _address_row(session: Session, cipher: Cipher, frame: Frame, one: Asked, place: Address) -> CaseAddress:
    stored, contact = one.stored, one.contact
    known = session.scalar(
        select(CaseAddress).where(
            CaseAddress.case_id == stored.case_id, CaseAddress.version == -stored.version, CaseAddress.ordinal == contact.ordinal
        )
    )
    if known is not None:
        return known
    key = uuid7()
    row = CaseAddress(
        id=key, case_id=stored.case_id, version=-stored.version, ordinal=contact.ordinal,
        text_sealed=cipher.seal("case_address.text", key, contact.address), kind="relay",
        source=contact.source.value if contact.source else "", source_text="", basis=contact.basis, collected_on=None,
        reported_on=frame.day, parsed_sealed=cipher.seal("case_address.parsed", key, json.dumps(to_json_dict(place), ensure_ascii=False)),
        place_bidx=place_index(cipher, frame.lender.code, place.key) if place.key else None, adcode=place.adcode,
        postcode=place.postcode, grade=place.grade.value, confidence=place.confidence, issues=[str(issue) for issue in place.issues],
        reader_version="relay",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _draft(
    cipher: Cipher, frame: Frame, one: Asked, place: Address, decision_id: UUID, fields: LetterFields, attempt: int
) -> LetterDraft:
    letter_id, text = uuid7(), fields.to_json()
    return LetterDraft(
        decision_id=decision_id, planning_id=frame.planning_id, case_no=one.stored.record.case_no, postcode=fields.postcode,
        attempt=attempt, place_bidx=place_index(cipher, frame.lender.code, place.key), id_bidx=one.stored.id_bidx,
        letter_id=letter_id, fields_sealed=cipher.seal("letter.fields", letter_id, text),
        fields_sha256=hashlib.sha256(text.encode()).hexdigest(), lapses_on=None,
    )  # fmt: skip


def mobile_index_of(session: Session, letter: Letter) -> bytes | None:
    """The number by which the contact of a relay letter refuses contact; None for any other letter."""
    return session.scalar(select(RelayLetter.mobile_bidx).where(RelayLetter.decision_id == letter.decision_id))


