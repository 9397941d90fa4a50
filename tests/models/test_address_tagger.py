"""The tagger: fast and plain code agree on every text, weights survive the disk and nothing else is taken for them."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
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
from models.address_tagger.weights import Fault, UnreadableWeights, Weights

ROOT = Path(__file__).resolve().parents[2]
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


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", Fault.NO_TAGGER),
        (b"\x80\x04K\x01.", Fault.NO_TAGGER),
        (b"HANDATAG1\n", Fault.NO_TAGGER),
        (b"HANDATAG1\n{}\n", Fault.NO_TAGGER),
        (b"HANDATAG1\nnot json\n", Fault.NO_TAGGER),
        (b"HANDATAG1\n\xff\xfe\n", Fault.NO_TAGGER),
        (b"HANDATAG1\n" + b"[" * 60_000 + b"\n", Fault.NO_TAGGER),
        (b'HANDATAG1\n{"rows": 1e999, "features": 1, "labels": [], "scale": 1}\n', Fault.NO_TAGGER),
        (b'HANDATAG1\n{"rows": 4, "features": 1, "labels": [], "scale": 1}\n', Fault.OTHER_VERSION),
        (b"HANDATAG2\n{}\n", Fault.OTHER_VERSION),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes, fault: Fault) -> None:
    (tmp_path / "x.bin").write_bytes(content)
    with pytest.raises(UnreadableWeights) as caught:
        Weights.load(tmp_path / "x.bin")
    assert caught.value.fault is fault


def test_a_file_that_cannot_be_opened_is_refused_and_the_fault_survives_a_process(tmp_path: Path) -> None:
    for path in (tmp_path / "none.bin", tmp_path):
        with pytest.raises(UnreadableWeights) as caught:
            Weights.load(path)
        there = pickle.loads(pickle.dumps(caught.value))
        assert (there.path, there.fault) == (path, Fault.NOT_OPENED)


@pytest.mark.parametrize("change", [b'"features": 9', b'"features": null'])
def test_weights_of_other_features_are_refused(tmp_path: Path, change: bytes) -> None:
    random_weights(1).save(tmp_path / "x.bin")
    whole = (tmp_path / "x.bin").read_bytes()
    (tmp_path / "x.bin").write_bytes(whole.replace(b'"features": 1', change))
    with pytest.raises(UnreadableWeights, match="another version"):
        Weights.load(tmp_path / "x.bin")


@pytest.mark.parametrize("much", [1, 800, 1 << 14])
def test_a_file_that_was_cut_short_is_refused(tmp_path: Path, much: int) -> None:
    random_weights(1).save(tmp_path / "x.bin")
    whole = (tmp_path / "x.bin").read_bytes()
    (tmp_path / "x.bin").write_bytes(whole[:-much])
    with pytest.raises(UnreadableWeights, match="cut short"):
        Weights.load(tmp_path / "x.bin")


def test_weights_in_use_stay_as_they_are_when_the_file_is_made_anew(tmp_path: Path) -> None:
    random_weights(1).save(tmp_path / "a.bin")
    before = Weights.load(tmp_path / "a.bin")
    random_weights(2).save(tmp_path / "a.bin")
    assert (before.rows == random_weights(1).rows).all()
    assert (Weights.load(tmp_path / "a.bin").rows == random_weights(2).rows).all()
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


_WITHOUT_CACHE = """
import numpy as np
from models.address_tagger import kernels, plain
glued = kernels.digits_glued(np.array([49, 50, 21495, 51], np.uint32))
assert glued.tolist() == [0, 1, 0, 0], glued
assert kernels.digits_glued.stats.cache_path is None
"""


def test_the_kernels_work_where_no_cache_folder_is_writable(tmp_path: Path) -> None:
    """No folder can be made below a file, whoever asks; numba is told to look nowhere else."""
    (tmp_path / "file").touch()
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "file" / "cache"), "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator"}
    done = subprocess.run([sys.executable, "-c", _WITHOUT_CACHE], env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


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
