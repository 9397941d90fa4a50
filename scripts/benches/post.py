"""The post's part: sealing and verifying a batch, computing outcomes from events, and importing a file of events.

For the first three no peer is known; importing runs beside plain scripts (``outcome_import``).
"""

from __future__ import annotations

import hashlib
import random
import shutil
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from letters.post.codes import load_code_table
from letters.post.model import BatchHead, ManifestPiece, PostEvent
from letters.post.numbers import NumberFormat, number_at
from letters.post.outcome import outcome
from letters.post.presort import assign_slots
from letters.post.sealed import seal_batch
from letters.post.verify import verify_batch
from records.clock import SHANGHAI
from scripts.benches import outcome_import
from scripts.benches.report import Report, alternate, say, table
from scripts.world import people, places

PIECES = 50_000
QUICK_PIECES = 5_000
A_PART = 1_000
ROUNDS = 3
SEED = 3
BATCH_NO = "B20261120-01"
DAY = datetime(2026, 11, 20, 9, tzinfo=SHANGHAI)
# Usual ways of a registered letter: (action, sub-code of delivery, sub-code of failure).
WAYS = (
    (6, (("00", "", ""), ("40", "", ""), ("41", "", ""), ("50", "", ""), ("10", "10", ""))),
    (2, (("00", "", ""), ("40", "", ""), ("41", "", ""), ("50", "", ""), ("20", "", "103"), ("50", "", ""), ("10", "11", ""))),
    (2, (("00", "", ""), ("40", "", ""), ("50", "", ""), ("20", "", "102"), ("50", "", ""), ("10", "14", ""))),
)  # fmt: skip


class _Signer:
    """A key of the bench's own."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(b"\x11" * 32)
        self.public_key_hex = self._key.public_key().public_bytes_raw().hex()

    def sign(self, content: bytes, /) -> bytes:
        return self._key.sign(content)


HEAD = BatchHead(
    batch_no=BATCH_NO, format_version=1, firm_code="F1", firm_name="湖北示例律师事务所", firm_licence_no="31420000000000001X",
    firm_address="湖北省武汉市江汉区示例路1号", firm_phone="027-00000000", partner_code="POST", partner_name="示例邮政合作方",
    customer_no="90000001", agreement_no="XY-2026-001", product_code="200", product_name="挂号信函", pay_method="记欠",
    created_at=DAY, cut_off_at=DAY + timedelta(hours=8), paper="A4 80g/m²", duplex=True, fold="Z", envelope="DL-100x40",
    enclosures=("授权委托书",), lender_code="DEMO", lawyer_code="L001", release_token="T" * 12,
)  # fmt: skip


def compose_pieces(count: int) -> list[ManifestPiece]:
    """Manifest rows in presort order, of composed persons."""
    rng = random.Random(SEED)
    pool = places.districts()
    homes = sorted((f"{rng.randrange(10**6):06d}", places.compose(rng, rng.choice(pool)).text) for _ in range(count))
    slots = assign_slots((postcode, 12) for postcode, _ in homes)
    pieces = []
    for number, ((postcode, address), slot) in enumerate(zip(homes, slots, strict=True), start=1):
        pieces.append(
            ManifestPiece(
                record_no=number, own_no=f"{BATCH_NO}-{number:06d}",
                item_no=number_at("XA", number, "", NumberFormat.DOMESTIC13), office_postcode=postcode, office_name="示例局",
                recipient_name=people.common_name(rng), recipient_address=address, recipient_phone=".", weight_g=12,
                item_name="函件", remark=f"（2026）鄂示例律函字第{number:06d}号", postage_fen=420, batch_no=BATCH_NO,
                case_token=f"{number:012X}", letter_no=f"（2026）鄂示例律函字第{number:06d}号",
                letter_sha256=hashlib.sha256(str(number).encode()).hexdigest(), template="consumer@1", pages=2, sheets=1,
                envelope="DL-100x40", lawyer_code="L001", release_token="T" * 12, address_token=f"{number:012X}",
                address_source="contract", address_score="0.6120", firm_code="F1", lender_code="DEMO",
                part=(number - 1) // A_PART + 1, first_page=(number - 1) % A_PART * 2 + 1, sort_bag=slot.label,
            )
        )  # fmt: skip
    return pieces


def compose_events(count: int) -> list[list[PostEvent]]:
    """The events of each of ``count`` pieces, in an order as they might be read, one in five repeated."""
    rng = random.Random(SEED)
    ways, weights = [way for _, way in WAYS], [weight for weight, _ in WAYS]
    found = []
    for number in range(count):
        at = DAY
        events = []
        for serial, (action, proper, not_proper) in enumerate(rng.choices(ways, weights)[0]):
            at += timedelta(hours=rng.randrange(1, 30))
            events.append(PostEvent(f"XA{number:011d}", str(serial), at, "示例局", action, proper, not_proper, "", True))
        if rng.random() < 0.2:
            events.append(events[0])
        rng.shuffle(events)
        found.append(events)
    return found


def run(*, quick: bool) -> Report:
    """Three rounds of sealing, verifying and reading outcomes."""
    count = QUICK_PIECES if quick else PIECES
    say(f"合成 {count} 件邮件……")
    pieces = compose_pieces(count)
    events = compose_events(count)
    codes = load_code_table()
    root = Path(tempfile.mkdtemp(prefix="handa-bench-post-"))
    parts = []
    for number in range(1, (count - 1) // A_PART + 2):
        part = root / f"part-{number}.pdf"
        part.write_bytes(random.Random(number).randbytes(4_000_000))
        parts.append(part)
    states: Counter[str] = Counter()
    sealed_at: list[Path] = []

    def sealing() -> int:
        shutil.rmtree(root / "sealed", ignore_errors=True)
        sealed_at[:] = [seal_batch(HEAD, pieces, parts, root / "sealed", _Signer()).path]
        return count

    def verifying() -> int:
        problems = verify_batch(sealed_at[0])
        if problems:
            raise SystemExit(f"封装批次核对不符：{problems[0]}")
        return count

    def reading() -> int:
        states.clear()
        states.update(outcome(one, codes).state.value for one in events)
        return count

    try:
        rates = alternate({"封装": sealing, "核对": verifying, "轨迹": reading}, ROUNDS)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    table(
        f"邮政：{count} 件，单核",
        ("", "件/CPU 秒", "件/秒"),
        [(name, f"{rate.per_cpu_second:,.0f}", f"{rate.per_second:,.0f}") for name, rate in rates.items()],
    )
    print("投递结果：" + "，".join(f"{name} {number}" for name, number in sorted(states.items())))
    names = {"封装": "seal", "核对": "verify", "轨迹": "outcome"}
    ours = {names[name]: rate.as_json() for name, rate in rates.items()} | {"states": dict(states)}
    inputs = {"pieces": count, "events": sum(map(len, events)), "parts": len(parts), "seed": SEED}
    return _with_import(
        Report(
            ours=ours, inputs=inputs, notes=["sealing includes manifest.csv, manifest.xlsx, hashes of all parts (4 MB each) and fsync"]
        ),
        outcome_import.run(quick=quick),
    )


def _with_import(report: Report, found: outcome_import.Found) -> Report:
    """Show what importing gave, and add it to the report."""
    ours, *plain = found.rates.items()
    table(
        f"导入轨迹文件：{found.rows} 行，{found.pieces} 件",
        ("", "行/CPU 秒", "行/秒", "我们是它的几倍（按钟点）"),
        [
            (name, f"{rate.per_cpu_second:,.0f}", f"{rate.per_second:,.0f}", "" if name == ours[0] else f"{ours[1].per_second / rate.per_second:.2f}")
            for name, rate in found.rates.items()
        ],
    )
    print(f"内存：导入前 {found.before_bytes >> 20} MiB，导入中最多 {found.peak_bytes >> 20} MiB（不含数据库服务）")
    report.ours["import"] = ours[1].as_json() | {"peak_bytes": found.peak_bytes, "before_bytes": found.before_bytes}
    names = {"csv+逐行插入": "csv_insert_row_by_row", "csv+executemany": "csv_executemany"}
    report.peers |= {names[name]: rate.as_json() for name, rate in plain}
    report.ratios |= {names[name]: round(ours[1].per_second / rate.per_second, 2) for name, rate in plain}
    report.inputs |= {"import_rows": found.rows, "import_pieces": found.pieces}
    report.notes += [
        "import: rows per second by the clock; ours also checks every code, matches items to pieces, seals descriptions; the plain "
        "scripts only insert, into a table of the same columns and uniqueness, in one transaction"
    ]
    return report
