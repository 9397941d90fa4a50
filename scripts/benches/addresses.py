"""Reading addresses: ours beside cpca, jionlp, GeocodingCHN and pygeocoding, each in fresh processes in turn; scores; what
each part of ours is worth; the worst mistakes that remain; matching and dedupe.

Speed is texts a CPU-second of one core, warm; loading, peak memory and size on disk stand beside it. ``districts_right`` is
the share whose province and district agree with the truth of the composed world: real division names of 2025-12-31 with
left-out levels, old names, remarks and full-width digits. The labelled part is read from beside the checkout (address_scores).
"""

from __future__ import annotations

import hashlib
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from scripts.benches import address_peers, address_scores
from scripts.benches.address_ablations import ABLATIONS
from scripts.benches.address_errors import Span, worst
from scripts.benches.address_peers import Reading, run_reader, why_left_out
from scripts.benches.address_scores import Scores, labelled_texts, score, with_old_names
from scripts.benches.matching import measure
from scripts.benches.report import Report, say, table
from scripts.world import places

OURS = ("handa", "handa areas", "handa+cpca")
FULL = 30_000
COUNTS = dict.fromkeys(("handa", "handa areas", "handa+cpca", "cpca", "geocodingchn", "pygeocoding"), FULL) | {"jionlp": 600}
"""The same for all but the slowest: ours remembers areas and is faster the more it has read."""
QUICK_COUNTS = {"handa": 4_000, "handa areas": 4_000, "cpca": 4_000, "jionlp": 50}
LABELLED_PEERS = ("handa", "handa areas", "handa+cpca", "cpca", "jionlp", "geocodingchn", "pygeocoding")
ROUNDS = 3
SEED = 11
_SCORES = {"handa areas": "scores_areas_only", "handa+cpca": "scores_with_cpca"}
_TITLES = {"handa": "handa", "handa areas": "handa（只省市区）", "handa+cpca": "handa（cpca 作第二读者）"}


def compose_texts(count: int) -> list[places.ComposedAddress]:
    """The inputs: the same for the same count."""
    rng = random.Random(SEED)
    pool = places.districts()
    composed = []
    for _ in range(count):
        district = rng.choice(pool)
        composed.append(places.messy(rng, places.compose(rng, district, work=rng.random() < 0.2), district))
    return composed


def run(*, quick: bool) -> Report:
    """Everything; ``quick`` one round of speed with fewer texts, scores of ours alone, no ablations, no peer that is not there."""
    peers = address_peers.ready(install=not quick)
    counts = QUICK_COUNTS if quick else COUNTS
    report = Report(ours={})
    report.notes += [why_left_out(name, install=not quick) for name in address_peers.PINNED if name in counts and name not in peers]
    for note in report.notes:
        print(note)
    _speed(report, peers, counts, rounds=1 if quick else ROUNDS)
    if address_scores.scorer() is None:
        report.notes.append("人工标注与难例不在 ../shared（或 HANDA_SHARED 所指处）：没有打分，只量了速度")
        print(report.notes[-1])
    else:
        _scores(report, peers, quick=quick)
    if not quick:
        _worst(report)
    matching = measure(quick=quick)
    report.ours["matching"] = matching.ours
    report.peers |= matching.peers
    report.notes += ["cpca reads province, city and district; handa reads every part, grade, canonical line and key", *matching.notes]
    return report


def _speed(report: Report, peers: Sequence[str], counts: Mapping[str, int], *, rounds: int) -> None:
    composed = compose_texts(max(counts.values()))
    texts = [address.text for address in composed]
    runs: dict[str, list[Reading]] = {}
    for number in range(rounds):
        for name in [n for n in counts if n in (*OURS, "cpca", *peers)]:
            say(f"第 {number + 1} 轮：{name}，{counts[name]} 条")
            try:
                got = run_reader(name, texts[: counts[name]])
            except RuntimeError as failed:
                report.notes.append(str(failed))
                print(failed)
                continue
            runs.setdefault(name, []).append(got)
    right = {name: _districts_right(got[-1].read["speed"], composed) for name, got in runs.items()}
    middle = {name: _middle(got) for name, got in runs.items()}
    table(
        "读地址：合成地址，每家一个新进程，单核，轮流（条数因速度而异）",
        ("", "条数", "条/CPU 秒", "条/秒", "装入 秒", "内存 MB", "自身 MB", "连依赖 MB", "报错", "省与区县正确"),
        [
            (_TITLES.get(n, n), counts[n], f"{r.per_cpu_second:,.0f}", f"{r.per_second:,.0f}", f"{r.load_s:.1f}", r.peak_bytes >> 20,
             f"{r.disk_bytes / 2**20:.1f}", r.disk_with_dependencies >> 20, f"{r.crashed:.1%}", f"{right[n]:.2%}")
            for n, r in middle.items()
        ],
    )  # fmt: skip
    figures = {n: r.as_json() | {"texts": counts[n], "districts_right": round(right[n], 4)} for n, r in middle.items()}
    report.ours |= figures.get("handa", {}) | {"areas_only": figures.get("handa areas"), "with_cpca": figures.get("handa+cpca")}
    report.peers |= {n: figure for n, figure in figures.items() if n not in OURS}
    for name in report.peers:
        report.ratios[name] = round(middle["handa"].per_cpu_second / middle[name].per_cpu_second, 3)
    if "cpca" in middle:
        report.ratios["areas_only/cpca"] = round(middle["handa areas"].per_cpu_second / middle["cpca"].per_cpu_second, 3)
    print("速度比 " + "、".join(f"{name} {ratio:.2f}" for name, ratio in report.ratios.items()))
    report.inputs = {
        "texts": len(texts), "seed": SEED, "sha256": hashlib.sha256("\n".join(texts).encode()).hexdigest(),
        "mean_characters": round(sum(map(len, texts)) / len(texts), 1), "rounds": rounds,
    }  # fmt: skip


def _middle(runs: Sequence[Reading]) -> Reading:
    """The median of each figure."""
    names = ("per_cpu_second", "per_second", "load_s")
    return replace(runs[-1], **{name: statistics.median(getattr(run, name) for run in runs) for name in names})


def _districts_right(read: Sequence[dict[str, Any]], composed: Sequence[places.ComposedAddress]) -> float:
    names = {d.adcode: (d.province, d.name) for d in places.districts()}
    pairs = zip(read, composed, strict=False)  # the slow ones read fewer
    right = sum(_same(one.get("province"), one.get("district") or one.get("city"), *names[truth.adcode]) for one, truth in pairs)
    return right / max(len(read), 1)


def _same(province: object, district: object, true_province: str, true_district: str) -> bool:
    return str(province)[:2] == true_province[:2] and district == true_district


def _scores(report: Report, peers: Sequence[str], *, quick: bool) -> None:
    labelled, hard = labelled_texts(), address_scores.hard_texts()
    rows: list[tuple[str, Scores]] = []
    crashed: dict[str, int] = {}
    for name in ("handa",) if quick else [n for n in LABELLED_PEERS if n in OURS or n in report.peers]:
        say(f"给 {name} 打分：{len(labelled)} 条人工标注，{len(hard)} 个难例")
        run = run_reader(name, [], labelled, hard)
        got = run.read
        rows.append((_TITLES.get(name, name), score(got["labelled"], got["hard"])))
        target = report.ours if name in OURS else report.peers[name]
        target[_SCORES.get(name, "scores")] = rows[-1][1].as_json() | {"crashed": run.crashed_labelled}
        crashed[rows[-1][0]] = run.crashed_labelled
        if name == "handa":
            again = score(with_old_names(got["labelled"]), [])
            rows.append(("  同上，旧区县改今名不算错", replace(again, hard=rows[-1][1].hard, abstained=rows[-1][1].abstained)))
            report.ours["scores_old_names_right"] = rows[-1][1].as_json()
    _score_table(f"成绩：{len(labelled)} 条人工标注（研究语料开发部分，只用于打分）与 {len(hard)} 个难例", rows)
    print("报错的条数（打分时当作没读出）：" + "、".join(f"{name} {count}" for name, count in crashed.items()))
    if quick:
        return
    _score_unseen(report)
    parts = [("全部", rows[0][1])]
    for part, (title, _) in ABLATIONS.items():
        say(f"拆去一部分再打分：{title}")
        got = run_reader(f"handa:{part}", [], labelled, hard).read
        parts.append((title, score(got["labelled"], got["hard"])))
        report.ours.setdefault("ablations", {})[part] = parts[-1][1].as_json()
    _score_table("各部分的作用：拆去一部分之后", parts)


def _score_unseen(report: Report) -> None:
    """The corpus's training part: the shipped weights never saw it, and mistakes are counted (``_worst``) on the development part only."""
    texts = labelled_texts(address_scores.RESEARCH)
    if not texts:
        return
    rows: list[tuple[str, Scores]] = []
    for name in ("handa", "handa:without_tagger"):
        say(f"给 {name} 打分：研究语料训练部分 {len(texts)} 条")
        read = run_reader(name, [], texts).read["labelled"]
        rows.append(("handa" if name == "handa" else "规则代替标注器", score(read, [], address_scores.RESEARCH)))
        report.ours.setdefault("scores_unseen", {})[name] = rows[-1][1].as_json()
        if name == "handa":
            rows.append(("  同上，旧区县改今名不算错", score(with_old_names(read), [], address_scores.RESEARCH)))
            report.ours["scores_unseen"]["old_names_right"] = rows[-1][1].as_json()
    _score_table(f"研究语料训练部分 {len(texts)} 条（随附的权重没有学过；无难例）", rows)


def _score_table(title: str, rows: Sequence[tuple[str, Scores]]) -> None:
    table(
        title,
        ("", "12 字段 F1", "省市区全对", "各字段全对", "片段 F1", "难例", "弃答", "路", "门牌", "地点", "楼栋", "单元", "房间"),
        [
            (name, f"{s.micro12:.2%}", f"{s.pca_right:.2%}", f"{s.all_right:.2%}", "—" if s.spans is None else f"{s.spans:.2%}", s.hard, s.abstained,
             *(f"{s.by_field[f]:.1%}" for f in ("road", "roadno", "poi", "building", "unit", "room")))
            for name, s in rows
        ],
    )  # fmt: skip


def _worst(report: Report) -> None:
    from locate.address import parse_many
    from scripts.address_tagger.recipe import own

    lines = own("dev")
    texts = [one.text for one in lines]
    right: list[Sequence[Span]] = [one.spans for one in lines]
    kinds = worst(texts, right, [address.spans for address in parse_many(texts)])
    table(f"最常见的十类差错：自有标注开发部分 {len(texts)} 条", ("类", "次", "例"), kinds)
    report.ours["worst_kinds"] = [{"kind": kind, "count": count, "example": example} for kind, count, example in kinds]
    tool = address_scores.scorer()
    if tool is None:
        return
    gold = tool.load(str(address_scores.GOLD))
    spans = [[(a, b, label) for label, a, b in tool.spans(tags)] for _, tags in gold]
    texts = [text for text, _ in gold]
    kinds = worst(texts, spans, [address.spans for address in parse_many(texts)])
    table(f"同上：研究语料开发部分 {len(texts)} 条（不引原文）", ("类", "次"), [(kind, count) for kind, count, _ in kinds])
    report.ours["worst_kinds_research"] = [{"kind": kind, "count": count} for kind, count, _ in kinds]
