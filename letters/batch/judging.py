"""Judges a chunk of cases: read addresses, choose, apply the rules, try the letter; one decision a case.

The chunk's unit of work: everything it writes commits together with the chunk's ``done_at``, so a killed process
leaves no half-judged chunk. Order of cases inside a chunk is the order of its ids.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.control import control_of, control_since
from letters.batch.decisions import Judged, keep_decisions
from letters.batch.estimating import Answer, Question, estimating_of
from letters.batch.fields import Earlier, draft_fields
from letters.batch.frame import Frame, Service, load_frame
from letters.batch.history import History, SentLetter, sent_before
from letters.batch.limits import Kept, deliveries, kept_of
from letters.batch.retrying import Word, all_letters, case_follow_up, consequence_of, only_again, words_of
from letters.batch.template_trial import draw_in
from letters.compose import compose, load_bundle
from letters.compose.errors import FieldRefused
from letters.compose.facts import Fact
from letters.compose.model import LetterFields
from letters.gate.casefacts import NOTHING, gate_facts
from letters.post.deaths import stop_dead_debtors
from letters.press.preflight import Preflight
from letters.rules import judge, judge_letter, verdict_of
from letters.rules.cap_test import cap_test
from letters.rules.following import FollowUp, Turn
from letters.rules.limitation import expiry_of
from letters.rules.model import Facts, Finding, GateFacts, LetterFacts, PastLetter, Severity, Stop, Verdict
from letters.rules.policy import Policy
from letters.rules.regimes import regimes_of
from letters.rules.sources import withdrawn_addresses
from locate.address.model import Address
from locate.case import StopKind
from locate.choose import choose, screen
from locate.choose.model import Scored, Track
from locate.keeping import place_index
from locate.loading import StoredCase, load_cases
from locate.reading import read_addresses
from locate.tables import CaseStop
from records.cipher import Cipher
from records.lists import one_of
from records.work import WorkContext, register

GLYPH_RULE = "R-LAW-12"
"""A letter that can't show a character would carry a wrong name: same rule as unresolved content."""

REFUSED = "REFUSED"
"""Norm code of 拒收 (law-and-post.md §7c)."""

STAGE = "plan"
"""Name of the kind of work; importing this module registers it."""


@register(STAGE)
def judge_chunk(
    session: Session, context: WorkContext, stage_args: Mapping[str, object], chunk_args: Mapping[str, object]
) -> dict[str, object]:
    """Judge the cases named in ``chunk_args["cases"]``; returns counts by verdict."""
    frame = load_frame(session, stage_args)
    ids = [UUID(str(value)) for value in _list(chunk_args["cases"])]
    preferred = frozenset(map(str, _list(chunk_args.get("preferred", []))))
    judged = drawn_templates(frame, judge_cases(session, context, frame, ids, keep=True), preferred)
    stop_dead_debtors(session, [(one.case.case_id, one.follow.letter_no) for one in judged if one.follow.turn is Turn.DECEASED], context.clock)
    return keep_decisions(session, context, frame, judged)


def judge_cases(session: Session, context: WorkContext, frame: Frame, ids: Sequence[UUID], *, keep: bool) -> list[Judged]:
    """How each case would end. Writes nothing but addresses read for the first time, and these only with ``keep``."""
    cases = load_cases(session, context.cipher, ids)
    parsed = read_addresses(session, context.cipher, frame.lender.code, cases, keep=keep)
    places = {
        key: place_index(context.cipher, frame.lender.code, key)
        for addresses in parsed.values()
        for key in {address.key for address in addresses}
        if key
    }
    history = sent_before(
        session, frame.lender.id, [case.case_id for case in cases], {case.id_bidx for case in cases}, set(places.values())
    )
    stops = open_stops(session, ids)
    gate = gate_facts(session, context.cipher, frame.firm.id, frame.lender, frame.day, cases)
    word = words_of(session, all_letters(history))
    kept = kept_of(session, context.cipher, ids, [letter.letter_id for own in history.by_case.values() for letter in own])
    preflight = preflight_of(context, frame.template)
    estimating = estimating_of(session, context, frame.args, frame.lender.code, frame.services)
    aims = [_aim(frame, case, parsed[case.case_id], history, word, places) for case in cases]
    answers = estimating.answers(context.cipher, [aim.question for aim in aims])
    judged = [
        _judge_case(
            frame, case, aim, answer, explore_draw(context.cipher, frame, case), stops.get(case.case_id, ()), gate.get(case.case_id, NOTHING), history, kept,
            places, _neighbours(cases, position), preflight,
        )
        for position, (case, aim, answer) in enumerate(zip(cases, aims, answers, strict=True))
    ]
    return _drawn(session, context.cipher, frame, judged)


def _drawn(session: Session, cipher: Cipher, frame: Frame, judged: Sequence[Judged]) -> list[Judged]:
    """Planned first letters with how they were drawn for the control group, where the policy keeps one."""
    first = [one for one in judged if one.verdict is Verdict.PLANNED and one.policy.control_per_mille and one.first]
    if not first:
        return list(judged)
    since = control_since(session, [one.case.case_id for one in first])
    drawn = {
        one.case.case_id: control_of(cipher, one.case.case_id, one.policy, frame.day, one.lapses_on, since.get(one.case.case_id)) for one in first
    }
    return [replace(one, control=drawn.get(one.case.case_id)) for one in judged]


def drawn_templates(frame: Frame, judged: Sequence[Judged], preferred: Collection[str]) -> list[Judged]:
    """Planned first letters with how they came to their template, where two are tried.

    Args:
        preferred: ids of the cases that would have the second template but for the draw.
    """
    return [
        replace(one, template=draw_in(frame.args, preferred=str(one.case.case_id) in preferred))
        if one.verdict is Verdict.PLANNED and one.first else one
        for one in judged
    ]  # fmt: skip


def explore_draw(cipher: Cipher, frame: Frame, case: StoredCase) -> float:
    """The case's number in [0, 1) for this day and template: the same whenever it is asked for, foreseeable to nobody outside."""
    if not frame.policy_for(case.record.product).explore_per_mille:
        return 1.0
    digest = cipher.blind("explore.draw", f"{case.case_id}|{frame.day}|{frame.template}")
    return int.from_bytes(digest[:8], "big") / 2**64


@dataclass(frozen=True, slots=True)
class _Aim:
    """Where a case's next letter may go, before anything is estimated."""

    parsed: tuple[Address, ...]
    past: tuple[PastLetter, ...]
    policy: Policy
    follow: FollowUp
    question: Question


def _aim(frame: Frame, case: StoredCase, parsed: tuple[Address, ...], history: History, word: Word, places: Mapping[str, bytes]) -> _Aim:
    past = _past_letters(frame, case, history, {places[address.key]: address.key for address in parsed if address.key})
    policy = frame.policy_for(case.record.product)
    own = {address.key: places[address.key] for address in parsed if address.key}
    follow = case_follow_up(case.case_id, case.id_bidx, history, word, own, frame.template, frame.day, policy)
    question = Question(
        case, parsed, _tracks(case, parsed, history, places, load_bundle(frame.template).facts), withdrawn_addresses(case.record, frame.day),
        only_again(follow, own), policy.postage_fen,
    )  # fmt: skip
    if follow.place:
        candidates, _ = screen(case.record, parsed, question.tracks, frame.day, question.barred, question.shut)
        if not candidates:  # the address that was to be tried again is no longer one of the case's
            question = replace(question, shut=follow.shut)
    return _Aim(parsed, past, policy, follow, question)


def preflight_of(context: WorkContext, template: str) -> Preflight:
    """The template's preflight, made once a process."""
    key = f"preflight:{template}"
    found = context.caches.get(key)
    if not isinstance(found, Preflight):
        found = context.caches[key] = Preflight(load_bundle(template))
    return found


def _judge_case(
    frame: Frame,
    case: StoredCase,
    aim: _Aim,
    answer: Answer,
    draw: float,
    stops: tuple[Stop, ...],
    gate: GateFacts,
    history: History,
    kept: Kept,
    places: Mapping[str, bytes],
    others: tuple[tuple[str, str, str], ...],
    preflight: Preflight,
) -> Judged:
    parsed, past, policy, follow = aim.parsed, aim.past, aim.policy, aim.follow
    choice = choose(
        case.record, parsed, aim.question.tracks, frame.product, frame.day, answer.estimator, policy, barred=aim.question.barred, shut=aim.question.shut,
        draw=draw, products=frame.offers, preferred=frame.preferred(int(case.record.claim.total)),
    )  # fmt: skip
    service = frame.service(choice.chosen.product) if choice.chosen is not None else frame.services[0]
    facts = Facts(
        day=frame.day,
        lender=frame.lender_facts,
        firm=frame.firm_facts,
        lawyer=frame.lawyer_facts,
        case=case.record,
        parsed=parsed,
        choice=choice,
        product=service.product,
        template=frame.template,
        stops=stops,
        past=past,
        opted_out=case.opted_out,
        deliveries=deliveries(history, case.case_id, case.id_bidx, kept.confirmed),
        limitation_start=kept.start(case.case_id),
        lapsed_wording=kept.wording.get(case.case_id, ""),
        clause_kept=case.case_id in kept.clauses,
        policy=policy,
        gate=gate,
        catalogue=frame.catalogue,
        follow=follow,
    )
    judgement = judge(facts)
    findings = list(judgement.findings)
    verdict = judgement.verdict
    fields: LetterFields | None = None
    lapses_on = expiry_of(facts).last_day
    if verdict is Verdict.PLANNED and choice.chosen is not None:
        earlier = _earlier(history, case.case_id)
        fields, more = _try_letter(frame, service, policy, case, choice.chosen, others, preflight, earlier, lapsed=lapses_on < frame.day)
        findings += more
        verdict = verdict_of(findings)
    attempt = history.attempts.get((case.case_id, frame.day, frame.template), 0)
    inputs = hashlib.sha256(
        json.dumps(
            [
                frame.fingerprint, case.content_sha256.hex(), choice.inputs_sha256, attempt,
                [[stop.kind, str(stop.since)] for stop in stops],
                [[letter.letter_no, letter.outcome, letter.final] for letter in past],
                sorted(case.opted_out), repr(gate), follow.marks(),
                kept.marks(case.case_id, [letter.letter_id for letter in history.by_case.get(case.case_id, ())]),
            ]
        ).encode()
    ).digest()
    key = choice.chosen.candidate.parsed.key if choice.chosen else ""
    checks: dict[str, object] = {"price": cap_test(facts).as_json(), "regimes": sorted(regimes_of(frame.lender_facts.kind, case.record))}
    if follow.turn is not Turn.FIRST:
        checks["follow"] = follow.as_json()
    first = not history.by_case.get(case.case_id)
    return Judged(case, choice, verdict, tuple(findings), fields, inputs, attempt, key, policy, checks, lapses_on, follow, answer.offers, first=first)


def _earlier(history: History, case_id: UUID) -> Earlier | None:
    """The case's last letter that has come to its end."""
    ended = [letter for letter in history.by_case.get(case_id, ()) if letter.final]
    if not ended:
        return None
    last = max(ended, key=lambda letter: (letter.day, letter.letter_no))
    return Earlier(last.letter_no, last.day, consequence_of(last).title)


def _past_letters(frame: Frame, case: StoredCase, history: History, keys: Mapping[bytes, str]) -> tuple[PastLetter, ...]:
    def view(letter: SentLetter) -> PastLetter:
        return PastLetter(
            letter_no=letter.letter_no,
            posted_on=letter.day,
            product=letter.product,
            place_key=keys.get(letter.place_bidx, letter.place_bidx.hex()),
            template=letter.as_template(frame.template),
            final=letter.final,
            outcome=letter.norm_code,
            same_case=letter.case_id == case.case_id,
        )

    own = history.by_case.get(case.case_id, [])
    other = [letter for letter in history.by_debtor.get(case.id_bidx, []) if letter.case_id != case.case_id]
    return tuple(view(letter) for letter in (*own, *other))


def _tracks(
    case: StoredCase, parsed: tuple[Address, ...], history: History, places: Mapping[str, bytes], facts: Collection[Fact]
) -> tuple[Track, ...]:
    """What became of earlier letters at the case's places. A second letter that tells of the refused one is a person's choice:
    for it the refusal of this debtor does not close the place where it was given."""
    reopened = REFUSED if Fact.EARLIER in facts else ""
    return tuple(
        Track(letter.day, key, letter.norm_code, person_same=letter.id_bidx == case.id_bidx)
        for key in sorted({address.key for address in parsed if address.key})
        for letter in history.by_place.get(places[key], [])
        if not (reopened and letter.norm_code == reopened and letter.id_bidx == case.id_bidx)
    )


def _neighbours(cases: Sequence[StoredCase], position: int) -> tuple[tuple[str, str, str], ...]:
    """(name, ID tail, contract number) of the cases next to this one, for the cross-leak check (R-LAW-12)."""
    near = [cases[index] for index in (position - 1, position + 1) if 0 <= index < len(cases)]
    return tuple((case.record.debtor_name, case.record.id_number[-4:], case.record.contract_no) for case in near)


def _try_letter(
    frame: Frame, service: Service, policy: Policy, case: StoredCase, chosen: Scored, others: tuple[tuple[str, str, str], ...],
    preflight: Preflight, earlier: Earlier | None, *, lapsed: bool,
) -> tuple[LetterFields | None, list[Finding]]:
    """Compose the letter with sample numbers, so that what would stop it stops it before it has a number."""
    bundle = load_bundle(frame.template)
    try:
        fields = draft_fields(
            case=case.record,
            address=chosen.candidate.parsed,
            lender=frame.lender,
            firm=frame.firm,
            lawyer=frame.lawyer,
            template=frame.template,
            day=frame.day,
            product=service.product,
            send_method=service.send_method,
            facts=bundle.facts,
            earlier=earlier,
        )
    except KeyError as error:
        message = f"资方“{frame.lender.code}”未登记 {error.args[0]}，函件必须写明；请用 handa lender set 补登后重新计划。"
        return None, [Finding("R-CMP-01", Severity.BLOCK, message)]
    numbered = fields.numbered(frame.sample_letter_no, service.sample_item_no, "00000-00000")
    try:
        letter = compose(bundle, numbered)
    except FieldRefused as error:
        message = f"函件内容不能成文：{error}；请更正后重新计划。"
        return None, [Finding(GLYPH_RULE, Severity.HOLD, message)]
    text = letter.text
    findings = [
        Finding(GLYPH_RULE, Severity.HOLD, f"函件无法印刷（{problem.code}）：{problem.message}")
        for problem in preflight.problems(letter, numbered)
    ]
    parsed = chosen.candidate.parsed
    findings += judge_letter(
        LetterFacts(
            day=frame.day,
            text=text,
            parts=letter.parts,
            letter_no=numbered.letter_no,
            item_no=numbered.item_no,
            item_format=service.item_format,
            debtor_name=case.record.debtor_name,
            id_tail=numbered.id_tail,
            contract_no=case.record.contract_no,
            postcode=parsed.postcode,
            adcode=parsed.adcode,
            lender=frame.lender_facts,
            is_card=fields.is_card,
            others=others,
            firm_name=frame.firm.name,
            lapsed=lapsed,
            accepted_wording=frame.accepted_wording,
            policy=policy,
        )
    )
    return fields, findings


def open_stops(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[Stop, ...]]:
    found: dict[UUID, list[Stop]] = {}
    rows = session.scalars(
        select(CaseStop)
        .where(one_of(CaseStop.case_id, ids), CaseStop.cleared_at.is_(None))
        .order_by(CaseStop.since, CaseStop.kind)
    )
    for row in rows:
        found.setdefault(row.case_id, []).append(Stop(StopKind(row.kind), row.since, row.reason))
    return {case_id: tuple(stops) for case_id, stops in found.items()}


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise TypeError("a list was expected")
    return value
