"""Builds letters/post/codes/open_platform.csv from the OLTS table of EMS codes (CC BY 4.0, see codes/README.md).

    python -m scripts.partner.build_open_platform path/to/ems-codes.csv > letters/post/codes/open_platform.csv

The mechanical part maps OLTS event names to our kinds; what OLTS can't know (what a signature proves, what a reason says
of an address) is written out below, row by row.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from pathlib import Path

COLUMNS = (
    "field", "code", "name", "kind", "refined_by", "norm", "how", "address", "address_again", "person", "reached", "train",
    "evidence", "voids", "next_action",
)  # fmt: skip

KIND_OF = {
    "picked_up": "accepted",
    "out_for_delivery": "out_for_delivery",
    "awaiting_pickup": "out_for_delivery",
    "delivery_to_locker": "out_for_delivery",
    "delivery_attempted": "attempt_failed",
    "recipient_unavailable": "attempt_failed",
    "delivered": "delivered",
    "signed_by_third_party": "delivered",
    "return_initiated": "returning",
    "in_return_transit": "returning",
    "refused": "returning",
    "order_cancelled": "returning",
    "returned_to_sender": "returned",
    "lost": "lost",
}
"""Every other OLTS name is a step on the way."""

NOT_OF_AN_ITEM = {"764"}

OWN = {
    "013": {"kind": "returning", "norm": "RECALLED", "address": "U", "person": "?", "reached": "0"},
    "463": {"how": "unspecified"},
    "704": {"refined_by": "signed", "norm": "OK_UNSPECIFIED", "how": "unspecified", "address": "V?", "person": "?",
            "reached": "R?", "next_action": "向邮政索取签收信息"},
    "705": {"refined_by": "unsigned", "norm": "UNSTATED", "address": "U", "person": "?", "reached": "0",
            "next_action": "向邮政询问未妥投原因"},
    "711": {"norm": "RTS_DONE", "next_action": "按退回办结"},
    "723": {"kind": "out_for_delivery", "norm": "AT_STATION", "address": "U", "person": "?", "reached": "0",
            "next_action": "等待"},
    "747": {"norm": "OK_LOCKER", "how": "locker", "address": "V?", "person": "?", "reached": "0", "next_action": "等待取走"},
    "748": {"norm": "OK_PICKED_UP", "how": "picked_up", "address": "V?", "person": "?", "reached": "R?", "evidence": "E5"},
    "756": {"norm": "REDIRECTED", "address": "U", "person": "M?", "reached": "R", "next_action": "由人工核对改址"},
    "801": {"norm": "RECALLED", "address": "U", "person": "?", "reached": "0"},
    "802": {"norm": "REDIRECTED", "address": "U", "person": "?", "reached": "0", "next_action": "由人工核对改址"},
    "803": {"norm": "REDIRECTED", "address": "U", "person": "?", "reached": "0", "next_action": "由人工核对改址"},
    "987": {"norm": "LOST", "address": "U", "person": "?", "reached": "0", "next_action": "核对赔付并重寄"},
    "988": {"norm": "LOST", "address": "U", "person": "?", "reached": "0", "next_action": "核对赔付并重寄"},
    "C_009": {"norm": "RTS_DONE"},
    "O_010": {"how": "unspecified"},
    "O_011": {"norm": "RTS_DONE"},
    "O_012": {"norm": "REFUSED", "address": "V", "person": "H", "reached": "X", "train": "1", "evidence": "E3"},
    "O_016": {"how": "unspecified"},
}  # fmt: skip

SELF = {"norm": "OK_SELF", "how": "self", "address": "V", "person": "H", "reached": "R", "train": "1", "evidence": "E1",
        "next_action": "等待还款期限"}  # fmt: skip
OTHER = {"norm": "OK_OTHER", "how": "other", "address": "V", "person": "?", "reached": "R?", "train": "1",
         "evidence": "E2_IF_RELATED", "next_action": "向邮政询问代收人与收件人的关系"}  # fmt: skip
UNIT = {"norm": "OK_UNIT", "how": "unit", "address": "V", "person": "?", "reached": "R?", "train": "1",
        "evidence": "E3_LIKE", "next_action": "由律师判断送达效力，注意隐私"}  # fmt: skip
LOCKER = {"kind": "out_for_delivery", "norm": "OK_LOCKER", "how": "locker", "address": "V?", "person": "?", "reached": "0",
          "next_action": "等待取走，不作为送达证明"}  # fmt: skip
UNATTENDED = {"kind": "delivered", "norm": "OK_UNATTENDED", "how": "unattended", "address": "V?", "person": "?",
              "reached": "0", "evidence": "E5", "next_action": "不作为送达证明，向邮政核实"}  # fmt: skip
BOX = {**UNATTENDED, "how": "letterbox"}
UNSPECIFIED = {"norm": "OK_UNSPECIFIED", "how": "unspecified", "address": "V?", "person": "?", "reached": "R?",
               "next_action": "向邮政索取签收信息"}  # fmt: skip

SIGNED = {
    "10": SELF, "20": OTHER, "30": LOCKER, "50": LOCKER, "60": UNIT, "70": {**OTHER, "how": "property"}, "80": LOCKER,
    "90": BOX, "100": UNSPECIFIED, "120": LOCKER, "150": BOX, "160": {**OTHER, "how": "village"}, "161": UNATTENDED,
    "162": {**UNIT, "how": "office"}, "163": UNATTENDED, "164": UNATTENDED, "165": UNATTENDED, "166": UNATTENDED,
    "167": UNATTENDED, "168": UNATTENDED, "169": UNATTENDED,
    "180": {"kind": "lost", "norm": "LOST", "address": "U", "person": "?", "reached": "0", "next_action": "核对赔付并重寄"},
    "181": BOX, "ZDY": UNSPECIFIED,
}  # fmt: skip


def reason(norm: str, address: str, person: str, reached: str, train: str, evidence: str, action: str, kind: str = "attempt_failed") -> dict[str, str]:  # fmt: skip
    return {"kind": kind, "norm": norm, "address": address, "person": person, "reached": reached, "train": train,
            "evidence": evidence, "next_action": action}  # fmt: skip


RESERVED = "E4_IF_RESERVED"
UNSIGNED = {
    "1": reason("RETRY_PENDING", "U", "?", "0", "", RESERVED, "等待再投"),
    "2": reason("ADDR_INSUFF_PHONE_BAD", "I", "?", "0", "0", RESERVED, "重新标准化地址，标记电话无效"),
    "3": reason("PERSON_UNKNOWN", "I", "N", "0", "0", RESERVED, "改用下一地址"),
    "4": reason("NOT_AT_ADDR", "U", "M?", "0", "", RESERVED, "再投一次，仍不在则改用下一地址"),
    "5": reason("MOVED_UNKNOWN", "I", "M", "0", "0", "", "标记已迁，不作为时效中断"),
    "6": reason("DELAY_REQ", "V", "H", "R", "", "", "等待"),
    "7": reason("REFUSED", "V", "H", "X", "1", "E3", "由律师判断送达效力，保存退回信封", "returning"),
    "8": reason("SELF_PICKUP", "V", "H", "R", "", "", "等待自取"),
    "9": reason("AT_STATION", "U", "?", "0", "", "", "等待", "out_for_delivery"),
    "10": reason("RECALLED", "U", "?", "0", "", "", "无", "returning"),
    "11": reason("REDIRECTED", "U", "M?", "R", "", "", "由人工核对改址"),
    "12": reason("REDIRECTED", "U", "?", "0", "", "", "由人工核对改址"),
    "13": reason("LOST", "U", "?", "0", "", "", "依邮政法第四十七条索赔并重寄", "lost"),
    "14": reason("POSTAGE_DUE", "U", "?", "0", "", "", "补交资费并核对重量"),
    "15": reason("RETURN_WAITING", "U", "?", "0", "", "", "等待退回", "returning"),
    "16": reason("OTHER", "U", "?", "0", "", "", "由人工阅读描述"),
}

VOIDS = re.compile(r"事件冲销：作废 ([0-9A-Z/]+)")


def row_of(carrier_code: str, name: str, event: str, notes: str) -> dict[str, str]:
    """One row of our table from one of theirs."""
    field, _, code = carrier_code.rpartition(":")
    row = dict.fromkeys(COLUMNS, "") | {"field": field or "op", "code": code, "name": name}
    voids = VOIDS.search(notes)
    if voids:
        return row | {"kind": "voids", "voids": voids[1].replace("/", "|")}
    row["kind"] = KIND_OF.get(event, "in_transit")
    own = {"": OWN, "signed": SIGNED, "unsigned": UNSIGNED}[field]
    return row | own[code] if field else row | own.get(code, {})


def build(text: str) -> str:
    """The whole table as CSV text, in the order of the source."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    for source in csv.DictReader(lines):
        if source["carrier_code"] not in NOT_OF_AN_ITEM:
            writer.writerow(row_of(source["carrier_code"], source["carrier_name"], source["olts_code"], source["notes"]))
    return out.getvalue()


if __name__ == "__main__":
    sys.stdout.write(build(Path(sys.argv[1]).read_text("utf-8")))
