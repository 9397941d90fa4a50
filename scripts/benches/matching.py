"""Matching and dedupe: the score on human-labelled pairs (where they are at hand), and a file of composed copies, beside rapidfuzz.

The labelled pairs are research data: read from beside the checkout for scoring, never for the shipped weights. What refitting
on half of them would add is measured too, as information. Facts: docs/address-matching.md.
"""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from scripts.benches.address_scores import SHARED
from scripts.benches.report import say, table
from scripts.matching.copies import compose_copies, count_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAIRS = SHARED / "data" / "addresses" / "match-pairs-dev.tsv"
FULL, QUICK = (700_000, 300_000), (3_500, 1_500)
QUICK_PAIRS = 800
WORKERS = 2


@dataclass(slots=True)
class Section:
    """A part of a bench's report."""

    ours: dict[str, Any] = field(default_factory=dict)
    peers: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def measure(*, quick: bool) -> Section:
    """Both parts; the labelled pairs only where they are."""
    out = Section()
    _copies(out, QUICK if quick else FULL)
    if PAIRS.exists():
        _labelled(out, QUICK_PAIRS if quick else None, refit=not quick)
    else:
        out.notes.append("the labelled pairs are not beside this checkout; only composed copies were measured")
    return out


def _copies(out: Section, counts: tuple[int, int]) -> None:
    from locate.address import group_texts

    say(f"合成 {sum(counts)} 条地址，其中 {counts[1]} 条是另一种写法……")
    written = compose_copies(*counts)
    before, children = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    cpu = time.process_time()
    groups = group_texts([one.text for one in written], workers=WORKERS)
    seconds = time.perf_counter() - before
    cpu = time.process_time() - cpu + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - children
    counted = count_pairs(written, [group.members for group in groups])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    table(
        f"去重：{len(written)} 条合成地址（{counts[1]} 条是另一种写法），{WORKERS} 个进程，含解析",
        ("", "召回", "准确", "秒", "CPU 秒", "主进程 MB"),
        [("handa", f"{counted.recall:.2%}", f"{counted.precision:.3%}", f"{seconds:.1f}", f"{cpu:.1f}", memory)],
    )
    out.ours["dedupe"] = {
        "addresses": len(written), "recall": round(counted.recall, 4), "precision": round(counted.precision, 5),
        "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1), "parent_memory_mb": memory, "workers": WORKERS,
    }  # fmt: skip


def _labelled(out: Section, limit: int | None, *, refit: bool) -> None:
    from rapidfuzz import fuzz

    from locate.address import parse_many
    from locate.address.matching.evidence import evidence
    from locate.address.matching.likeness import model
    from locate.address.matching.lines import line_of

    rows = [line.split("\t") for line in PAIRS.read_text(encoding="utf-8").splitlines() if line.count("\t") == 2]
    rows = rows if limit is None else rows[:: max(1, len(rows) // limit)]
    labels = np.array([int(label) for _, _, label in rows])
    say(f"给 {len(rows)} 对人工标注的地址打分……")
    texts = sorted({text for row in rows for text in row[:2]})
    lines = {text: line_of(address) for text, address in zip(texts, parse_many(texts), strict=True)}
    features = np.array([evidence(lines[a], lines[b]) for a, b, _ in rows])
    shipped = model()
    chances = np.array([shipped.probabilities(row) for row in features.tolist()])
    chosen = np.array([shipped.choose(row) for row in chances.tolist()])
    ratio = np.array([fuzz.ratio(a, b) for a, b, _ in rows])
    results = {"handa": {"auc_same": auc(labels == 2, chances[:, 2]), "macro_f1": macro_f1(labels, chosen)}}
    peers = {"rapidfuzz ratio": {"auc_same": auc(labels == 2, ratio)}}
    if refit:
        results["handa, refitted on half of the pairs (information only)"] = _refitted(features, labels, [row[0] for row in rows])
    table(
        f"匹配：{len(rows)} 对人工标注的地址（只用于打分）",
        ("", "AUC（完全匹配）", "三类宏平均 F1"),
        [(name, f"{r['auc_same']:.3f}", f"{r['macro_f1']:.3f}" if "macro_f1" in r else "—") for name, r in (results | peers).items()],
    )
    out.ours["pairs"] = results
    out.peers["pairs"] = peers


def _refitted(features: NDArray[np.float64], labels: NDArray[np.int64], queries: list[str]) -> dict[str, float]:
    """Two-fold, no query in both halves: what the same features would reach with human labels."""
    from locate.address.matching.evidence import FEATURES
    from models.boosted_trees import fit

    half = np.array([sum(query.encode()) % 2 for query in queries])
    chances, chosen = np.zeros((len(labels), 3)), np.zeros(len(labels), dtype=np.int64)
    for part in (0, 1):
        fitted = fit(FEATURES, features[half != part], labels[half != part])
        chances[half == part] = [fitted.probabilities(row) for row in features[half == part].tolist()]
        chosen[half == part] = [fitted.choose(row) for row in chances[half == part].tolist()]
    return {"auc_same": auc(labels == 2, chances[:, 2]), "macro_f1": macro_f1(labels, chosen)}


def auc(truth: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    """Area under the ROC curve, ties counted half."""
    from sklearn.metrics import roc_auc_score

    return round(float(roc_auc_score(truth, score)), 4)


def macro_f1(labels: NDArray[np.int64], chosen: NDArray[np.int64]) -> float:
    """Mean F1 of the three classes."""
    from sklearn.metrics import f1_score

    return round(float(f1_score(labels, chosen, average="macro")), 4)
