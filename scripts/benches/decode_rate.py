"""Every barcode of many letters read from the picture by an independent reader: ``python -m scripts.benches.decode_rate 10000``.

Letters to composed persons, printed in parts of 1,000, each page rasterised at 200 dpi (PDFium) and decoded (ZXing); text,
window and marks are looked at as ``handa batch proof`` does. Prints how many letters had nothing wrong.
"""

from __future__ import annotations

import collections
import io
import json
import sys
import time
from dataclasses import replace
from datetime import date

from letters.compose import compose, load_bundle
from letters.press.part import PartWriter
from letters.press.proof import ProofPiece, check_pages
from letters.press.seal import Seal
from scripts.benches.report import say

A_PART = 1_000


def main() -> None:
    from scripts.benches.press import BATCH_NO, TEMPLATE, compose_fields

    count = int(sys.argv[1])
    pool = compose_fields(count)
    bundle = load_bundle(TEMPLATE)
    seal = Seal.sample(pool[0].firm_name)
    started = time.perf_counter()
    pages = codes = 0
    found: collections.Counter[str] = collections.Counter()
    for first in range(0, count, A_PART):
        out = io.BytesIO()
        writer = PartWriter(out, bundle, batch_no=BATCH_NO, dated=date(2026, 11, 20), seal=seal, duplex=True)
        pieces = []
        for position, one in enumerate(pool[first : first + A_PART], start=first + 1):
            fields = replace(one, template=TEMPLATE)
            laid = writer.add(compose(bundle, fields), fields, position, count)
            pieces.append(ProofPiece(fields, laid.first_page, laid.printed_pages, position, laid.sheets, duplex=True))
            pages += laid.printed_pages
            codes += laid.sheets + 2
        writer.close()
        found.update(one.code for one in check_pages(out.getvalue(), bundle, BATCH_NO, pieces))
        say(f"核对 {min(first + A_PART, count)}/{count} 封……")
    print(json.dumps({
        "letters": count, "pages": pages, "barcodes": codes, "findings": dict(found), "seconds": round(time.perf_counter() - started, 1),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
