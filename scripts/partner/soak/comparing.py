"""The house's books against the partner's truth, piece by piece. Every difference is a sentence; none is forgiven."""

from __future__ import annotations

from collections import Counter
from typing import Any

from records.clock import SHANGHAI
from scripts.partner.truth import ItemTruth, Truth

ENDED = ("delivered", "returned", "lost")
GONE = ("void", "pulled")


def compare(books: dict[str, Any], truth: Truth) -> list[str]:
    """Everything that does not agree."""
    letters = [(batch, letter) for batch in books["batches"] for letter in batch["letters"]]
    return [
        *_once(letters),
        *_batches(books["batches"], truth),
        *_same_items(letters, truth),
        *(problem for _, letter in letters if letter["item_no"] in truth.items for problem in _piece(letter, truth, books)),
    ]


def swapped(found: list[dict[str, Any]], truth: Truth) -> tuple[dict[str, int], list[str]]:
    """What ``handa post swapped`` names against the labels that were exchanged: figures, and every false alarm.

    A pair that the post lost on the way never came to a door and can't be told.
    """
    named = {one["item_no"] for one in found}
    done = {number for number, item in truth.items.items() if item.swapped_with}
    seen = {number for number in done if truth.items[number].state in ("delivered", "returned")}
    figures = {"exchanged": len(done), "came to a door": len(seen), "named": len(named & done)}
    return figures, [f"邮件 {number} 的标签没有贴错，却被列为贴错" for number in sorted(named - done)]


def _once(letters: list[tuple[dict[str, Any], dict[str, Any]]]) -> list[str]:
    found = []
    for what in ("letter_no", "item_no"):
        counts = Counter(letter[what] for _, letter in letters)
        found += [f"号码 {number} 用了 {count} 次" for number, count in counts.items() if count > 1]
    live = Counter((batch["lender"], letter["case_no"]) for batch, letter in letters if letter["state"] not in GONE)
    return found + [f"案件 {lender} {case} 有 {count} 封函" for (lender, case), count in live.items() if count > 1]


def _batches(batches: list[dict[str, Any]], truth: Truth) -> list[str]:
    ours = {batch["sealed_name"] for batch in batches if batch["sealed_name"]}
    theirs = {*truth.batches, *truth.rejected}
    return [
        *(f"批次 {name} 对方没有" for name in sorted(ours - theirs)),
        *(f"批次 {name} 不是我方的" for name in sorted(theirs - ours)),
        *(f"批次 {name} 未被收下：{'；'.join(why)}" for name, why in truth.rejected.items()),
    ]


def _same_items(letters: list[tuple[dict[str, Any], dict[str, Any]]], truth: Truth) -> list[str]:
    ours = {letter["item_no"] for _, letter in letters if letter["state"] not in GONE}
    return [
        *(f"邮件 {number} 对方没有收到" for number in sorted(ours - truth.items.keys())),
        *(f"邮件 {number} 不是我方的" for number in sorted(truth.items.keys() - ours)),
    ]


def _piece(letter: dict[str, Any], truth: Truth, books: dict[str, Any]) -> list[str]:
    number = letter["item_no"]
    item = truth.items[number]
    said = books["acknowledged"].get(number, [])
    if item.state == "refused":
        wanted = (False, None, None, item.refused_reason)
        same = letter["state"] == "refused" and said and tuple(said[-1]) == wanted
        return [] if same else [f"邮件 {number} 应为拒收寄（{item.refused_reason}），实为 {letter['state']} {said}"]
    problems = []
    # The line that came last counts: one that was cut inside its last cell is replaced by that of the whole file.
    if not said or tuple(said[-1][:3]) != (True, item.weight_g, item.postage_fen):
        problems.append(f"邮件 {number} 回执应为 {item.weight_g} g {item.postage_fen} 分，实为 {said}")
    if tuple(letter["sent"]) == (item.weight_g, item.postage_fen) and item.off:
        problems.append(f"邮件 {number} 的差额（{item.off}）没有留下")
    ours = (letter["state"], letter["how"], letter["outcome"] if letter["state"] in ENDED else "", letter["final_at"])
    if ours != _end_of(item):
        problems.append(f"邮件 {number} 应为 {_end_of(item)}，实为 {ours} {letter['anomalies']}")
    return problems


def _end_of(item: ItemTruth) -> tuple[str, str, str, str]:
    """State, how, norm and instant of the end by the partner's books; the last three only where it has ended."""
    last = item.turns[-1]
    if last.state not in ENDED:
        return last.state, "", "", ""
    return last.state, last.how, last.norm, last.at.replace(tzinfo=SHANGHAI).isoformat()
