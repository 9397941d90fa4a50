"""The open data set models/data/company_addresses: its final labels from the readings, its split, its agreement figures.

    python -m scripts.address_tagger.dataset            writes labels.tsv and agreement.json anew

The final label of a text is the deciding (third) reading where there is one, else what both readers wrote alike; which
zones are places is decided by their names (zones.py), the same for all.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from models.address_tagger.labels import LABELS
from scripts.address_tagger.zones import revised

FOLDER = Path(__file__).resolve().parents[2] / "models" / "data" / "company_addresses"
Span = tuple[int, int, str]


def read_lines(name: str) -> dict[str, str]:
    """Number → the rest of the line."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if not line.startswith("#"))


def split_of(text: str) -> str:
    """train, dev or test, by the text's hash alone: the same text can never be in two parts."""
    tenth = int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10
    return "test" if tenth >= 8 else "dev" if tenth == 7 else "train"


def placed(text: str, labels: str) -> list[Span]:
    """The segments as spans of the text; blanks between signs do not count."""
    spans: list[Span] = []
    at = 0
    for cell in labels.split("|"):
        segment, _, label = cell.rpartition("/")
        start = -1
        for sign in segment:
            if sign == " ":
                continue
            while text[at] == " ":
                at += 1
            if text[at] != sign:
                raise ValueError(f"{text}: {cell}")
            start = at if start < 0 else start
            at += 1
        spans.append((start, at, label))
    if text[at:].strip():
        raise ValueError(f"{text}: not all of it is labelled")
    return spans


def by_kind_of_zone(labels: str) -> str:
    """A line of labels with its zones labelled by their kind."""
    cells = [cell.rpartition("/") for cell in labels.split("|")]
    return "|".join(f"{text}/{label}" for text, label in revised([(text, label) for text, _, label in cells]))


def final_labels() -> dict[str, tuple[str, str]]:
    """Number → (how it was settled, labels)."""
    first, second, third = read_lines("reading_a.tsv"), read_lines("reading_b.tsv"), read_lines("third_reading.tsv")
    out = {}
    for number, text in read_lines("texts.tsv").items():
        if number in third:
            how, _, labels = third[number].partition("\t")
            out[number] = how, by_kind_of_zone(labels)
        elif placed(text, first[number]) == placed(text, second[number]):
            out[number] = "agreed", by_kind_of_zone(first[number])
        else:
            raise ValueError(f"{number}: two readings and no third")
    return out


def agreement(first: Mapping[str, str], second: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, object]:
    """How far two readings agree: whole texts, spans (F1), spans by label, signs (Cohen's kappa over begin/inside states)."""
    same = both = 0
    a_count, b_count, shared = Counter[str](), Counter[str](), Counter[str]()
    states_a, states_b = Counter[str](), Counter[str]()
    equal = signs = 0
    for number, text in texts.items():
        a, b = placed(text, first[number]), placed(text, second[number])
        same += a == b
        both += len(set(a) & set(b))
        a_count.update(label for *_, label in a)
        b_count.update(label for *_, label in b)
        shared.update(label for *_, label in set(a) & set(b))
        row_a, row_b = _states(text, a), _states(text, b)
        states_a.update(row_a)
        states_b.update(row_b)
        equal += sum(x == y for x, y in zip(row_a, row_b, strict=True))
        signs += len(row_a)
    observed = equal / signs
    by_chance = sum(states_a[s] * states_b[s] for s in states_a) / signs**2
    return {
        "texts": len(texts),
        "texts_alike": round(same / len(texts), 4),
        "span_f1": round(2 * both / (a_count.total() + b_count.total()), 4),
        "sign_kappa": round((observed - by_chance) / (1 - by_chance), 4),
        "by_label": {
            label: {"spans": a_count[label], "f1": round(2 * shared[label] / (a_count[label] + b_count[label]), 4)}
            for label in LABELS
            if a_count[label] + b_count[label]
        },
    }


def _states(text: str, spans: list[Span]) -> list[str]:
    out = []
    for start, end, label in spans:
        seen = False
        for sign in text[start:end]:
            if sign != " ":
                out.append(("I-" if seen else "B-") + label)
                seen = True
    return out


def final_lines() -> list[str]:
    """The lines of labels.tsv: number, part of the split, how it was settled, labels."""
    texts = read_lines("texts.tsv")
    return [f"{number}\t{split_of(texts[number])}\t{how}\t{labels}" for number, (how, labels) in final_labels().items()]


def main() -> None:
    (FOLDER / "labels.tsv").write_text("\n".join(final_lines()) + "\n", encoding="utf-8")
    figures = agreement(read_lines("reading_a.tsv"), read_lines("reading_b.tsv"), read_lines("texts.tsv"))
    (FOLDER / "agreement.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print({k: v for k, v in figures.items() if k != "by_label"})


if __name__ == "__main__":
    main()
