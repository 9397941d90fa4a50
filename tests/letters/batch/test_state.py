"""States are pure functions of events: order and repetition never matter, and stops win."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.batch.state import (
    FROM_POST,
    ORDER,
    STATE_NAMES,
    STEP_NAMES,
    BatchStep,
    batch_state,
    letter_state,
)
from letters.post.model import LetterState

steps = st.lists(st.sampled_from(list(ORDER)), min_size=1)
own = st.lists(st.sampled_from(["held", "pulled", "void"]))
posts = st.one_of(st.none(), st.sampled_from(sorted(FROM_POST)))
acks = st.sampled_from([None, True, False])


@given(steps, st.randoms())
def test_a_batch_is_at_its_furthest_step_in_any_order_and_repetition(kinds, random) -> None:
    shuffled = [*kinds, *kinds]
    random.shuffle(shuffled)
    assert batch_state(shuffled) is max(kinds, key=ORDER.index)


@given(steps)
def test_a_void_batch_stays_void(kinds) -> None:
    assert batch_state([*kinds, BatchStep.VOID]) is BatchStep.VOID


def test_a_batch_without_a_step_is_a_fault() -> None:
    with pytest.raises(ValueError, match="without a step"):
        batch_state([])


@given(steps, own, acks, posts)
def test_a_pulled_or_void_letter_never_shows_as_posted(kinds, own_kinds, acknowledged, post) -> None:
    state = letter_state(kinds, own_kinds, acknowledged, post)
    if "void" in own_kinds:
        assert state is LetterState.VOID
    elif "pulled" in own_kinds:
        assert state is LetterState.PULLED
    else:
        assert state not in (LetterState.VOID, LetterState.PULLED)


@given(st.sampled_from([step for step in ORDER if ORDER.index(step) < ORDER.index(BatchStep.HANDED_OVER)]), acks, posts)
def test_the_carriers_word_does_not_count_before_hand_over(step, acknowledged, post) -> None:
    assert letter_state(ORDER[: ORDER.index(step) + 1], [], acknowledged, post) is LetterState(step.value)


@given(posts, acks)
def test_after_hand_over_a_track_outweighs_the_acknowledgement(post, acknowledged) -> None:
    state = letter_state(["planned", "released", "printed", "sealed", "handed_over"], [], acknowledged, post)
    if post is not None:
        assert state is post
    else:
        expected = {None: LetterState.HANDED_OVER, True: LetterState.ACCEPTED, False: LetterState.REFUSED}
        assert state is expected[acknowledged]


def test_every_step_and_state_has_a_chinese_name() -> None:
    assert set(STEP_NAMES) == set(BatchStep)
    assert set(STATE_NAMES) == set(LetterState)
