"""Labelled files in both forms are read alike; a line that is none is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from locate.address.labelled import Labelled, UnreadableLabels, labelled_line, read_labelled

SPANS = ((0, 3, "road"), (3, 6, "roadno"))


def write(folder: Path, text: str) -> Path:
    path = folder / "labels.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_one_address_a_line(tmp_path: Path) -> None:
    [one] = read_labelled(write(tmp_path, "0001\t文三路/road|90号/roadno\n\n"))
    assert one == Labelled("文三路90号", SPANS, "0001")
    assert labelled_line(one) == "0001\t文三路/road|90号/roadno"


def test_one_token_a_line(tmp_path: Path) -> None:
    [one] = read_labelled(write(tmp_path, "文 B-road\n三 I-road\n路 I-road\n90 B-roadno\n号 I-roadno\n"))
    assert (one.text, one.spans) == ("文三路90号", SPANS)


@pytest.mark.parametrize(
    ("text", "line"),
    [("1\t文三路/road\n2 x\n", 2), ("1\t文三路/street\n", 1), ("1\t文三路\n", 1), ("文 B-road\n三 I-\n", 2), ("文 B-road 三\n", 1), ("1\t文三路/road|\n", 1)],
)
def test_another_line_is_named(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(UnreadableLabels) as caught:
        read_labelled(write(tmp_path, text))
    assert caught.value.line == line
