"""The tagger: fast and plain code agree on every text, weights survive the disk and nothing else is taken for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.address_tagger import kernels, lexicon, plain
from models.address_tagger.alphabet import folded, kinds
from models.address_tagger.labels import LABEL_IDS, LABELS, OPEN, STATES
from models.address_tagger.scoring import score_spans
from models.address_tagger.tagger import Tagger
from models.address_tagger.training import Example, train
from models.address_tagger.weights import UnreadableWeights, Weights

NAMES = lexicon.build([(3301, lexicon.VILLAGE, "双桥"), (3301, lexicon.TOWNSHIP, "三墩"), (0, lexicon.ESTATE, "幸福里小区")], bits=10)
SIGNS = "浙江省杭州市文三路号幢单元室楼层村社区双桥三墩幸福里小区东西南北一二十0189AB-()，·𠮷"
texts = st.text(st.sampled_from(SIGNS), min_size=1, max_size=50)


def random_weights(seed: int) -> Weights:
    rng = np.random.default_rng(seed)
    rows = rng.integers(90, 166, (1 << 9, STATES)).astype(np.uint8)
    return Weights(rows, rng.integers(-60, 60, (len(LABELS), len(LABELS))).astype(np.int16))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts, st.integers(0, 5), st.sampled_from([0, 3301]), st.data())
def test_the_fast_and_the_plain_code_agree(text: str, seed: int, home: int, data: st.DataObject) -> None:
    weights = random_weights(seed)
    codes = np.array([ord(c) for c in text], np.uint32)
    fixed = np.full(len(text), OPEN, np.int8)
    for label in ("prov", "town"):
        start = data.draw(st.integers(0, len(text) - 1))
        end = min(len(text), start + data.draw(st.integers(1, 4)))
        if (fixed[start:end] == OPEN).all() and (end == len(text) or not fixed[end] & 1 or fixed[end] == OPEN):
            fixed[start:end] = 2 * LABEL_IDS[label] + 1
            fixed[start] = 2 * LABEL_IDS[label]
    arguments = (codes, fixed, home, folded(), kinds(), NAMES, weights.rows, weights.moves.astype(np.int32))
    fast = kernels.tag(*arguments)
    assert fast.tolist() == plain.tag(*arguments).tolist()
    assert all(found == state for found, state in zip(fast.tolist(), fixed.tolist(), strict=True) if state != OPEN)
    assert all(state < STATES for state, given_state in zip(fast.tolist(), fixed.tolist(), strict=True) if given_state == OPEN)
    for before, state in zip([-2, *fast.tolist()], fast.tolist(), strict=False):
        assert not state & 1 or before in (state, state - 1)  # a span goes on only with its own label


def test_both_ways_of_one_tagger_give_the_same_answer() -> None:
    cold, warm = Tagger(random_weights(3), NAMES, warm_up=100), Tagger(random_weights(3), NAMES, warm_up=0)
    codes = np.array([ord(c) for c in "文三路90号3幢"], np.uint32)
    fixed = np.full(len(codes), OPEN, np.int8)
    assert cold.states(codes, fixed, 0).tolist() == warm.states(codes, fixed, 0).tolist()


@given(st.sets(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=3, max_size=6), max_size=60))
def test_a_name_that_was_put_into_the_lexicon_is_found(names: set[str]) -> None:
    table = lexicon.build([(0, lexicon.ESTATE, name) for name in sorted(names)], bits=9)
    for name in names:
        hashes = lexicon.begin(0, lexicon.ESTATE)
        for sign in name:
            hashes = lexicon.advance(hashes, ord(sign))
        assert lexicon.holds(table, hashes)


def test_weights_survive_the_disk(tmp_path: Path) -> None:
    weights = random_weights(1)
    weights.save(tmp_path / "a.bin")
    again = Weights.load(tmp_path / "a.bin")
    again.save(tmp_path / "b.bin")
    assert (tmp_path / "a.bin").read_bytes() == (tmp_path / "b.bin").read_bytes()
    assert (again.rows == weights.rows).all()
    assert (again.moves == weights.moves).all()
    assert len(again.version) == 12


@pytest.mark.parametrize("content", [b"", b"\x80\x04K\x01.", b"HANDATAG1\n{}\n", b"HANDATAG1\nnot json\n", b"HANDATAG2\n{}\n"])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.bin").write_bytes(content)
    with pytest.raises(UnreadableWeights):
        Weights.load(tmp_path / "x.bin")


def test_a_file_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    random_weights(1).save(tmp_path / "x.bin")
    whole = (tmp_path / "x.bin").read_bytes()
    (tmp_path / "x.bin").write_bytes(whole[:-1])
    with pytest.raises(UnreadableWeights, match="cut short"):
        Weights.load(tmp_path / "x.bin")


def lesson(*parts: tuple[str, str]) -> Example:
    text = "".join(t for t, _ in parts)
    gold = [2 * LABEL_IDS[label] + (i > 0) for t, label in parts for i in range(len(t))]
    return Example(np.array([ord(c) for c in text], np.uint32), np.full(len(text), OPEN, np.int8), 0, np.array(gold, np.int8))


def test_training_learns_and_gives_the_same_weights_again(tmp_path: Path) -> None:
    lessons = [lesson((f"{road}路", "road"), (f"{n}号", "roadno"), (f"{estate}小区", "poi"), (f"{b}幢", "houseno")) for road in ("文三", "人民", "解放") for estate in ("幸福", "阳光") for n, b in ((9, 1), (88, 12))]
    first, second = (train(lessons, NAMES, bits=12, seed=4) for _ in range(2))
    assert (first.rows == second.rows).all()
    unseen = lesson(("中山路", "road"), ("7号", "roadno"), ("安康小区", "poi"), ("3幢", "houseno"))
    assert Tagger(first, NAMES, warm_up=0).states(unseen.codes, unseen.given, 0).tolist() == unseen.gold.tolist()
    further = train([lesson(("中山路", "poi"))] * 30, NAMES, start=first, seed=1)
    probe = lesson(("中山路", "poi"))
    assert Tagger(further, NAMES, warm_up=0).states(probe.codes, probe.given, 0).tolist() == probe.gold.tolist()


def test_scores_are_strict() -> None:
    right = [[(0, 3, "road"), (3, 5, "roadno")], [(0, 2, "poi")]]
    found = [[(0, 3, "road"), (3, 6, "roadno")], [(0, 2, "poi")]]
    score = score_spans(right, found)
    assert score.f1 == pytest.approx(2 / 3)
    assert score.all_right == 0.5
    assert score.by_label == {"poi": 1.0, "road": 1.0, "roadno": 0.0}
