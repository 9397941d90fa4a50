"""Memory of the press by the number of letters: ``python -m scripts.benches.press_memory N`` sets N letters into parts of 1,000.

A process of its own for each size: the peak of a process never falls. Letters are composed one by one, as printing does.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

from letters.compose import compose, load_bundle
from letters.press.part import PartWriter
from letters.press.seal import Seal

A_PART = 1_000


class _Counted:
    """A sink that keeps nothing but how much it was given."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is kept."""

    def tell(self) -> int:
        """Bytes so far."""
        return self.size


def _peak() -> int:
    """Bytes. Not ru_maxrss: a child's begins with what its parent held."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main() -> None:
    from scripts.benches.press import BATCH_NO, TEMPLATE, compose_fields

    count = int(sys.argv[1])
    pool = compose_fields(min(count, A_PART))
    bundle = load_bundle(TEMPLATE)
    seal = Seal.sample(pool[0].firm_name)
    started, size = time.perf_counter(), 0
    for first in range(0, count, A_PART):
        sink = _Counted()
        writer = PartWriter(sink, bundle, batch_no=BATCH_NO, dated=date(2026, 11, 20), seal=seal, duplex=True)  # type: ignore[arg-type]
        for position in range(first, min(first + A_PART, count)):
            fields = replace(pool[position % len(pool)], letter_no=f"（2026）鄂示例律函字第{position:08d}号", item_no=f"XA{position:011d}")
            writer.add(compose(bundle, fields), fields, position + 1, count)
        writer.close()
        size += sink.size
    peak = _peak()
    print(json.dumps({"letters": count, "peak_bytes": peak, "seconds": round(time.perf_counter() - started, 1), "bytes_per_letter": round(size / count)}))


if __name__ == "__main__":
    main()
