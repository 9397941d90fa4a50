"""Keeps what a chunk of judged cases ended in: decisions (only new ones) and drafts of the letters to be numbered."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.control import Control
from letters.batch.dealing import WAITING_RULES
from letters.batch.delivery_rows import CONTROL, TEMPLATES, offer_to_keep, product_code, with_others
from letters.batch.frame import Frame
from letters.batch.policies import keep_in_use
from letters.batch.template_trial import TemplateDraw
from letters.compose.model import LetterFields
from letters.rules.following import FIRST, FollowUp
from letters.rules.model import Finding, Verdict
from letters.rules.policy import Policy
from letters.tables import LetterDraft
from locate.choose.model import Choice, Scored
from locate.choose.offers import Offer
from locate.choose.policy import delivery_worth_fen
from locate.keeping import place_index
from locate.loading import StoredCase
from locate.tables import Decision
from records.bulk import copy_rows
from records.identity import uuid7
from records.lists import one_of
from records.work import WorkContext


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with how it ended. ``fields`` is the draft letter where it is planned."""

    case: StoredCase
    choice: Choice
    verdict: Verdict
    findings: tuple[Finding, ...]
    fields: LetterFields | None
    inputs_sha256: bytes
    attempt: int
    chosen_key: str
    policy: Policy
    checks: dict[str, object]
    """What an archive must show of the tests (R-AMT-05, R-AMT-10)."""
    lapses_on: date | None = None
    follow: FollowUp = FIRST
    offers: Mapping[int, Offer] = field(default_factory=dict)
    """By ordinal of the address: what a model could know of it (``locate.choose.offers``)."""
    control: Control | None = None
    """How a planned first letter was drawn, where a control group is kept."""
    template: TemplateDraw | None = None
    """How a planned first letter came to its template, where two are tried."""
    first: bool = True
    """Whether the case has had no demand letter before."""


_DECISION_COLUMNS = (
    "id", "planning_id", "case_id", "case_version", "day", "verdict", "rule_ids", "findings", "snapshot_id", "address_id",
    "runner_up_id", "probability", "value_fen", "propensity", "reasons", "model_version", "policy_sha256",
    "inputs_sha256", "made_at", "checks", "offer", "product",
)  # fmt: skip
_DRAFT_COLUMNS = (
    "decision_id", "planning_id", "case_no", "postcode", "attempt", "place_bidx", "id_bidx", "letter_id", "fields_sealed", "fields_sha256",
    "lapses_on",
)  # fmt: skip


def keep_decisions(session: Session, context: WorkContext, frame: Frame, judged: Sequence[Judged]) -> dict[str, object]:
    """Write a decision for every case whose inputs have not been decided on this day; return counts by verdict.

    A case judged again with the same inputs keeps its earlier decision (counted as ``unchanged``), but one that only
    found no place, or waits in the control group: it stands in line again, under inputs that name this planning too.
    """
    known = {
        (case_id, inputs): not WAITING_RULES.isdisjoint(rule_ids)
        for case_id, inputs, rule_ids in session.execute(
            select(Decision.case_id, Decision.inputs_sha256, Decision.rule_ids).where(
                one_of(Decision.case_id, [one.case.case_id for one in judged]), Decision.day == frame.day
            )
        )
    }
    fresh = []
    for one in judged:
        found_no_place = known.get((one.case.case_id, one.inputs_sha256))
        if found_no_place:
            again = hashlib.sha256(one.inputs_sha256 + frame.planning_id.bytes).digest()
            fresh.append((uuid7(), replace(one, inputs_sha256=again)))
        elif found_no_place is None:
            fresh.append((uuid7(), one))
    keep_in_use(session, {one.policy.sha256: one.policy for _, one in fresh}, frame.policy_number, context.clock)
    copy_rows(session, Decision.__table__, _DECISION_COLUMNS, _decision_rows(context, frame, fresh))
    planned = [(key, one) for key, one in fresh if one.verdict is Verdict.PLANNED]
    copy_rows(session, LetterDraft.__table__, _DRAFT_COLUMNS, _draft_rows(context, frame, planned))
    counts: Counter[str] = Counter(one.verdict.value for _, one in fresh)
    counts["unchanged"] = len(judged) - len(fresh)
    return dict(counts)


def _address_id(one: Judged, ordinal: int) -> UUID:
    position = next(i for i, given in enumerate(one.case.record.addresses) if given.ordinal == ordinal)
    return one.case.address_ids[position]


def _decision_rows(
    context: WorkContext, frame: Frame, fresh: Sequence[tuple[UUID, Judged]]
) -> Iterator[tuple[object, ...]]:
    now = context.clock()
    for key, one in fresh:
        chosen, second = one.choice.chosen, one.choice.runner_up
        yield (
            key,
            frame.planning_id,
            one.case.case_id,
            one.case.version,
            frame.day,
            one.verdict.value,
            sorted({finding.rule_id for finding in one.findings}),
            [
                {"rule_id": f.rule_id, "severity": f.severity.value, "message": f.message, "subject": f.subject}
                for f in one.findings
            ],
            one.case.snapshot_id,
            None if chosen is None else _address_id(one, chosen.candidate.given.ordinal),
            None if second is None else _address_id(one, second.candidate.given.ordinal),
            None if chosen is None else chosen.probability,
            None if chosen is None else chosen.value_fen,
            one.choice.propensity,
            [{"code": r.code, "text": r.text, "weight": r.weight} for r in chosen.reasons] if chosen else [],
            one.choice.model_version,
            one.policy.sha256,
            one.inputs_sha256,
            now,
            one.checks,
            _offer(frame, one),
            frame.product if chosen is None else chosen.product,
        )


def _offer(frame: Frame, one: Judged) -> dict[str, Any] | None:
    """What could be known of the chosen address; where the planning explores, of those that might have been drawn too."""
    chosen = one.choice.chosen
    kept = None if chosen is None else _kept(frame, one, chosen)
    if chosen is None or kept is None:
        return None
    drawn = {} if one.control is None else {CONTROL: one.control.as_json(chosen.cost_fen)}
    if one.template is not None:
        drawn[TEMPLATES] = one.template.as_json()
    if not one.policy.explore_per_mille:
        return {**kept, **drawn}
    others = [(known, other.cost_fen) for other in one.choice.drawn_among if (known := _kept(frame, one, other)) is not None]
    return with_others({**kept, **drawn}, others, delivery_worth_fen(one.case.record.claim.total, one.policy), chosen.cost_fen)


def _kept(frame: Frame, one: Judged, scored: Scored) -> dict[str, int | float] | None:
    offer = one.offers.get(scored.candidate.given.ordinal)
    return None if offer is None else offer_to_keep(offer, product_code(frame.service(scored.product).send_method))


def _draft_rows(
    context: WorkContext, frame: Frame, planned: Sequence[tuple[UUID, Judged]]
) -> Iterator[tuple[object, ...]]:
    cipher = context.cipher
    for key, one in planned:
        if one.fields is None:
            raise ValueError("a planned case without a draft letter")
        letter_id = uuid7()
        fields = one.fields.to_json()
        yield (
            key,
            frame.planning_id,
            one.case.record.case_no,
            one.fields.postcode,
            one.attempt,
            place_index(cipher, frame.lender.code, one.chosen_key),
            one.case.id_bidx,
            letter_id,
            cipher.seal("letter.fields", letter_id, fields),
            hashlib.sha256(fields.encode()).hexdigest(),
            one.lapses_on,
        )
