"""The state of a letter and of a batch as pure functions of what happened. Nothing here is stored as truth.

``letter_state`` joins the batch's own steps with the letter's own events and the post's outcome; ``batch_state`` is the
furthest step of a batch. Both are the same in any order and repetition of events.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from letters.post.model import LetterState


class BatchStep(StrEnum):
    """Steps of a batch in the only order in which they may happen; VOID ends it from any step before hand-over."""

    PLANNED = "planned"
    RELEASED = "released"
    PRINTED = "printed"
    SEALED = "sealed"
    HANDED_OVER = "handed_over"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    VOID = "void"


ORDER: tuple[BatchStep, ...] = (
    BatchStep.PLANNED,
    BatchStep.RELEASED,
    BatchStep.PRINTED,
    BatchStep.SEALED,
    BatchStep.HANDED_OVER,
    BatchStep.ACKNOWLEDGED,
    BatchStep.CLOSED,
)

STEP_NAMES: dict[BatchStep, str] = {
    BatchStep.PLANNED: "已计划（待律师签发）",
    BatchStep.RELEASED: "已签发",
    BatchStep.PRINTED: "已印刷",
    BatchStep.SEALED: "已封装",
    BatchStep.HANDED_OVER: "已交寄",
    BatchStep.ACKNOWLEDGED: "已回执",
    BatchStep.CLOSED: "已结清",
    BatchStep.VOID: "已作废",
}

STATE_NAMES: dict[LetterState, str] = {
    LetterState.PLANNED: "已计划",
    LetterState.RELEASED: "已签发",
    LetterState.PRINTED: "已印刷",
    LetterState.SEALED: "已封装",
    LetterState.HANDED_OVER: "已交寄",
    LetterState.ACCEPTED: "已收寄",
    LetterState.IN_TRANSIT: "在途",
    LetterState.DELIVERED: "已妥投",
    LetterState.RETURNED: "已退回",
    LetterState.LOST: "丢失",
    LetterState.HELD: "暂停待人",
    LetterState.REFUSED: "拒绝",
    LetterState.VOID: "作废",
    LetterState.PULLED: "已抽回",
}


def batch_state(kinds: Collection[str]) -> BatchStep:
    """The furthest step among ``kinds``; VOID whenever the batch was voided.

    Raises:
        ValueError: when there is no step at all.
    """
    if BatchStep.VOID in kinds:
        return BatchStep.VOID
    reached = [step for step in ORDER if step in kinds]
    if not reached:
        raise ValueError("a batch without a step")
    return reached[-1]


_FROM_BATCH: dict[BatchStep, LetterState] = {
    BatchStep.PLANNED: LetterState.PLANNED,
    BatchStep.RELEASED: LetterState.RELEASED,
    BatchStep.PRINTED: LetterState.PRINTED,
    BatchStep.SEALED: LetterState.SEALED,
    BatchStep.HANDED_OVER: LetterState.HANDED_OVER,
    BatchStep.ACKNOWLEDGED: LetterState.HANDED_OVER,
    BatchStep.CLOSED: LetterState.HANDED_OVER,
    BatchStep.VOID: LetterState.VOID,
}

AT_THE_POST = frozenset({BatchStep.HANDED_OVER, BatchStep.ACKNOWLEDGED, BatchStep.CLOSED})
"""Steps of a batch that has left the house."""
FROM_POST = frozenset(
    {LetterState.ACCEPTED, LetterState.IN_TRANSIT, LetterState.DELIVERED, LetterState.RETURNED, LetterState.LOST}
)


def letter_state(
    batch_kinds: Collection[str],
    own_kinds: Collection[str],
    acknowledged: bool | None = None,
    post: LetterState | None = None,
) -> LetterState:
    """The state of one letter.

    Args:
        batch_kinds: kinds of its batch's events.
        own_kinds: kinds of its own events (``void``, ``pulled``, ``held``).
        acknowledged: True when the post accepted the piece, False when it refused it, None when it has not said.
        post: the state that the carrier's events alone give, None when there are none.
    """
    if "void" in own_kinds:
        return LetterState.VOID
    if "pulled" in own_kinds:
        return LetterState.PULLED
    step = batch_state(batch_kinds)
    if step is BatchStep.VOID:
        return LetterState.VOID
    # The carrier's word counts only for what was handed over; a track for a piece still in the house is an anomaly
    # that answers.py reports, not a state.
    if step in AT_THE_POST:
        if post in FROM_POST and post is not None:
            return post
        if acknowledged is True:
            return LetterState.ACCEPTED
        if acknowledged is False:
            return LetterState.REFUSED
    if "held" in own_kinds:
        return LetterState.HELD
    return _FROM_BATCH[step]
