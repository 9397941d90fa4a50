"""The open data set of labelled company addresses is whole, follows from its readings, and says what it is."""

from __future__ import annotations

import json

from models.address_tagger.labels import LABEL_IDS
from scripts.address_tagger import dataset


def test_every_text_is_read_twice_and_settled_once() -> None:
    texts = dataset.read_lines("texts.tsv")
    assert len(texts) == 3119
    assert set(dataset.read_lines("reading_a.tsv")) == set(dataset.read_lines("reading_b.tsv")) == set(texts)
    assert len(set(texts.values())) == len(texts)


def test_final_labels_and_split_follow_from_the_readings() -> None:
    stored = (dataset.FOLDER / "labels.tsv").read_text(encoding="utf-8").splitlines()
    assert stored == dataset.final_lines()


def test_every_label_line_covers_its_text_with_known_labels() -> None:
    texts = dataset.read_lines("texts.tsv")
    for number, (_, labels) in dataset.final_labels().items():
        spans = dataset.placed(texts[number], labels)  # raises where segments are not the text
        assert all(start < end and label in LABEL_IDS for start, end, label in spans)


def test_agreement_figures_are_those_of_the_readings() -> None:
    texts = dataset.read_lines("texts.tsv")
    stored = json.loads((dataset.FOLDER / "agreement.json").read_text(encoding="utf-8"))
    assert stored == dataset.agreement(dataset.read_lines("reading_a.tsv"), dataset.read_lines("reading_b.tsv"), texts)
    card = (dataset.FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"{100 * stored['texts_alike']:.1f} %" in card
    assert f"F1 {100 * stored['span_f1']:.1f}" in card


def test_unlabelled_texts_are_others() -> None:
    unlabelled = (dataset.FOLDER / "unlabelled.txt").read_text(encoding="utf-8").splitlines()
    assert len(unlabelled) == len(set(unlabelled)) == 13888
    assert not set(unlabelled) & set(dataset.read_lines("texts.tsv").values())
