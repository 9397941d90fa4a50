"""Reading addresses: ours beside cpca (province, city and district only), on the same composed texts, in turn.

Speed is texts a second of one core. ``districts_right`` is the share whose six-digit district agrees with the truth of the
composed world: real division names of 2025-12-31 with left-out levels, old names, remarks and full-width digits.
"""

from __future__ import annotations

import hashlib
import random
import warnings
from collections.abc import Callable

from scripts.benches.matching import measure
from scripts.benches.report import Report, alternate, say, table
from scripts.world import places

COUNT = 40_000
QUICK_COUNT = 8_000
ROUNDS = 3
SEED = 11


def compose_texts(count: int) -> list[places.ComposedAddress]:
    """The inputs: the same for the same count."""
    rng = random.Random(SEED)
    pool = places.districts()
    composed = []
    for _ in range(count):
        district = rng.choice(pool)
        composed.append(places.messy(rng, places.compose(rng, district, work=rng.random() < 0.2), district))
    return composed


def _ours() -> Callable[[list[str]], list[str]]:
    from locate.address import parse_many

    return lambda texts: [(address.adcode or "")[:6] for address in parse_many(texts)]


def _cpca() -> Callable[[list[str]], list[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import cpca

    def read(texts: list[str]) -> list[str]:
        return [str(code or "")[:6] for code in cpca.transform(texts)["adcode"]]

    return read


def run(*, quick: bool) -> Report:
    """Three rounds of each, in turn."""
    count = QUICK_COUNT if quick else COUNT
    say(f"合成 {count} 条地址……")
    composed = compose_texts(count)
    texts = [address.text for address in composed]
    truth = [address.adcode for address in composed]
    readers = {"handa": _ours(), "cpca": _cpca()}
    read: dict[str, list[str]] = {}

    def contestant(name: str) -> Callable[[], int]:
        def work() -> int:
            read[name] = readers[name](texts)
            return len(texts)

        return work

    rates = alternate({name: contestant(name) for name in readers}, ROUNDS)
    right = {name: sum(a == b for a, b in zip(codes, truth, strict=True)) / count for name, codes in read.items()}
    table(
        f"读地址：{count} 条合成地址，单核",
        ("", "条/CPU 秒", "条/秒", "区县正确"),
        [(n, f"{rates[n].per_cpu_second:,.0f}", f"{rates[n].per_second:,.0f}", f"{right[n]:.2%}") for n in readers],
    )
    ratio = rates["handa"].per_cpu_second / rates["cpca"].per_cpu_second
    print(f"速度比 handa/cpca：{ratio:.2f}（cpca 只读到区县，handa 读到室并给出标准形式与键）")
    figures = {name: rates[name].as_json() | {"districts_right": round(right[name], 4)} for name in readers}
    matching = measure(quick=quick)
    return Report(
        ours=figures["handa"] | {"matching": matching.ours},
        peers={"cpca": figures["cpca"], **matching.peers},
        ratios={"cpca": round(ratio, 3)},
        inputs={
            "texts": count, "seed": SEED,
            "sha256": hashlib.sha256("\n".join(texts).encode()).hexdigest(),
            "mean_characters": round(sum(map(len, texts)) / count, 1),
        },
        notes=["cpca reads province, city and district; handa reads every part, grade, canonical line and key", *matching.notes],
    )  # fmt: skip
