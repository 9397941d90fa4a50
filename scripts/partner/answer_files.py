"""Writes acknowledgements and event files in the forms of docs/post-answers.md; CSV, JSON or XLSX, UTF-8 or GBK."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

from scripts.partner.tracks import OPEN_PRODUCTS, Event

PUSH_COLUMNS = (
    "serialnumber", "mailnum", "procdate", "proctime", "orgfullname", "action", "properdelivery", "notproperdelivery",
    "description", "effect",
)  # fmt: skip
PUSH_CHINESE = ("顺序号", "邮件号码", "处理日期", "处理时间", "处理机构", "业务动作", "签收情况", "未妥投原因", "描述", "有效标志")
OPEN_COLUMNS = ("waybillNo", "opTime", "opCode", "opDesc", "opOrgName", "deliverCode", "attemptDeliveryCode", "effect")
ACK_COLUMNS = ("批次", "封装哈希", "回执序号", "邮件号码", "是否收寄", "拒收原因", "重量(g)", "资费(元)")
OWN_PUSH = ("流水", "条码号", "作业日", "作业时刻", "网点", "动作码", "投妥方式", "未投原因码", "备注说明", "有效否")
OWN_OPEN = ("运单条码", "作业时间", "作业码", "作业说明", "作业网点", "投妥方式码", "未投方式码", "有效否")
OWN_ACK = ("交接批次", "交接哈希", "交接序", "条码号", "收否", "不收原因", "克重", "应收元")
"""Headers in the partner's own words: nobody reads them without the profile of ``ALIASES``."""
ALIASES = {
    **dict(zip(OWN_PUSH, PUSH_COLUMNS, strict=True)),
    **dict(zip(OWN_OPEN, map(str.lower, OPEN_COLUMNS), strict=True)),
    "交接批次": "batch", "交接哈希": "sha256", "交接序": "sequence", "收否": "accepted", "不收原因": "reason", "克重": "weight_g",
    "应收元": "postage_yuan",
}  # fmt: skip
"""Own word → field name of docs/post-answers.md; no word means two fields."""
_CREATED = datetime(2026, 1, 1)  # noqa: DTZ001


def is_open(product: str) -> bool:
    """Whether the product reports in the open platform's form."""
    return product in OPEN_PRODUCTS


def push_row(serial: int, event: Event) -> list[str]:
    """One row of the push form."""
    return [
        str(serial), event.item_no, f"{event.at:%Y%m%d}", f"{event.at:%H%M%S}", event.office, event.action,
        event.sub if event.action == "10" else "", event.sub if event.action == "20" else "", event.description,
        "1" if event.effective else "0",
    ]  # fmt: skip


def open_row(event: Event) -> list[str]:
    """One row of the open-platform form."""
    return [
        event.item_no, f"{event.at:%Y-%m-%d %H:%M:%S}", event.action, event.description, event.office,
        event.sub if event.action == "704" else "", event.sub if event.action == "705" else "",
        "1" if event.effective else "0",
    ]  # fmt: skip


def csv_bytes(header: Sequence[str], rows: Sequence[Sequence[str]], encoding: str) -> bytes:
    """A CSV file."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def json_bytes(header: Sequence[str], rows: Sequence[Sequence[str]], key: str, sequence: int, encoding: str) -> bytes:
    """A JSON file with its sequence and an array under ``key``."""
    objects = [dict(zip(header, row, strict=True)) for row in rows]
    return json.dumps({"sequence": sequence, key: objects}, ensure_ascii=False).encode(encoding)


def xlsx_bytes(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook with a title row above the header."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": _CREATED})
    sheet = book.add_worksheet("投递结果")
    sheet.write_string(0, 0, "投递结果回执文件")
    for number, row in enumerate([header, *rows], start=1):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell)
    book.close()
    return out.getvalue()


def write_whole(path: Path, content: bytes) -> None:
    """Under a temporary name first, as a partner's server should."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_bytes(content)
    temporary.replace(path)
