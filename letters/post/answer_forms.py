"""The three forms of answers and how a row of each is read: strictly, each fault with a stable code. No files here.

Push form and open-platform form give events, the acknowledgement form gives accepted and refused lines
(docs/post-answers.md). Column names in English or Chinese; a partner's own names come in as aliases.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import Final

from letters.post.codes import SIGNED, UNSIGNED, CodeTable, Form, UnknownCode
from letters.post.model import PostEvent
from letters.post.numbers import NumberFormat, is_valid
from records.clock import SHANGHAI
from records.money import fen_of


class AnswerForm(StrEnum):
    """What a file is, told by its columns."""

    PUSH = "push"
    OPEN = "open"
    ACKNOWLEDGEMENT = "acknowledgement"


@dataclass(frozen=True, slots=True)
class AckLine:
    """回执 of one item. Weight and postage as the post measured and charged them, None where it does not say."""

    batch: str
    """The sealed batch's name, as the partner states it."""
    batch_sha256: str
    item_no: str
    accepted: bool
    reason: str
    weight_g: int | None
    postage_fen: int | None


class BadRow(ValueError):
    """A row that can't be taken; ``code`` is stable, ``what`` is Chinese."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code = code
        self.what = what


Values = Mapping[str, str]

_NAMES: Final[Mapping[AnswerForm, Mapping[str, tuple[str, ...]]]] = {
    AnswerForm.PUSH: {
        "serialnumber": ("顺序号",),
        "mailnum": ("邮件号码", "邮件号", "运单号"),
        "procdate": ("处理日期",),
        "proctime": ("处理时间",),
        "orgfullname": ("处理机构",),
        "action": ("业务动作",),
        "properdelivery": ("签收情况",),
        "notproperdelivery": ("未妥投原因",),
        "description": ("描述",),
        "effect": ("有效标志",),
        "sequence": ("文件序号",),
    },
    AnswerForm.OPEN: {
        "waybillno": ("traceno", "邮件号码", "邮件号", "运单号"),
        "optime": ("操作时间",),
        "opcode": ("操作码",),
        "opdesc": ("操作描述", "描述"),
        "oporgname": ("操作机构", "处理机构"),
        "oporgcity": ("操作城市",),
        "delivercode": ("妥投代码",),
        "attemptdeliverycode": ("未妥投代码",),
        "effect": ("有效标志",),
        "serialnumber": ("顺序号",),
        "sequence": ("文件序号",),
    },
    AnswerForm.ACKNOWLEDGEMENT: {
        "batch": ("批次", "批次号", "封装批次"),
        "sha256": ("封装哈希", "批次哈希"),
        "sequence": ("回执序号", "文件序号"),
        "mailnum": ("邮件号码", "邮件号", "运单号"),
        "accepted": ("是否收寄", "受理"),
        "reason": ("拒收原因", "拒收寄原因", "原因"),
        "weight_g": ("重量(g)", "重量"),
        "postage_yuan": ("资费(元)", "资费"),
        "postage_fen": ("资费(分)",),
    },
}
_REQUIRED: Final = {
    AnswerForm.ACKNOWLEDGEMENT: {"batch", "mailnum", "accepted"},
    AnswerForm.PUSH: {"mailnum", "procdate", "proctime", "action"},
    AnswerForm.OPEN: {"waybillno", "optime", "opcode"},
}
_PASSED_OVER: Final = {
    AnswerForm.PUSH: frozenset[str](),
    AnswerForm.OPEN: frozenset(
        {"opname", "操作名称", "oporgprovname", "oporgcode", "operatorno", "operatorname", "operatorphone", "productname"}
    ),
    AnswerForm.ACKNOWLEDGEMENT: frozenset[str](),
}
"""Columns known and not kept: an operator's name is a person's data that we have no use for."""
FIELD_NAMES: Final = tuple(dict.fromkeys(field for names in _NAMES.values() for field in names))
"""Every field of every form, as a profile may name it."""
IGNORE: Final = "ignore"
"""What a profile says of a column that is known and not wanted."""
_WIDTHS: Final = {"action": 2, "procdate": 8, "proctime": 6, "opcode": 3}
"""Digits of the fixed-width codes: a spreadsheet program drops their leading zeros."""
_CELL_FORMS: Final = {"procdate": "%Y%m%d", "proctime": "%H%M%S", "optime": "%Y-%m-%d %H:%M:%S"}

_ITEM: Final = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}|[A-Z]{2}[0-9]{11}|[0-9]{12,13}")
_DATE: Final = re.compile(r"([0-9]{4})([-/]?)([0-9]{2})\2([0-9]{2})")
_TIME: Final = re.compile(r"([0-9]{2})(:?)([0-9]{2})\2([0-9]{2})")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_YES: Final = frozenset({"1", "true", "是", "收寄", "已收寄"})
_NO: Final = frozenset({"0", "false", "否", "拒收", "未收寄"})
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2099
_DESCRIPTION_LIMIT: Final = 2000
"""The push form allows 512 bytes; far more is a damaged row."""


def header_key(name: object) -> str:
    """A header as compared: no white space, stars or case, half-width brackets."""
    text = "" if name is None else str(name)
    return re.sub(r"[\s*＊\ufeff]", "", text).lower().replace("（", "(").replace("）", ")")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is which field of a form, and the headers that are none."""

    form: AnswerForm
    fields: tuple[tuple[int, str], ...]
    width: int
    unknown: tuple[str, ...]
    header: Mapping[str, str] = field(default_factory=dict)
    """Field → header as found."""


def columns_of(header: Sequence[object], aliases: Mapping[str, str] | None = None) -> Columns | None:
    """The form whose required columns all stand in ``header``; None when it is none of ours.

    ``aliases`` are a partner's own header names → our field names. A field named twice makes the header unfit.
    """
    own = {header_key(name): field for name, field in (aliases or {}).items()}
    ignored = {key for key, field in own.items() if field == IGNORE}
    keys = [header_key(name) for name in header]
    for form, required in _REQUIRED.items():
        names = _names_of(form, own)
        fields = tuple((index, names[key]) for index, key in enumerate(keys) if key in names)
        found = [field for _, field in fields]
        if required <= set(found) and len(found) == len(set(found)):
            unknown = tuple(
                str(name) for name, key in zip(header, keys, strict=True)
                if key and key not in names and key not in _PASSED_OVER[form] | ignored
            )  # fmt: skip
            width = max(index for index, key in enumerate(keys) if key) + 1
            return Columns(form, fields, width, unknown, {field: str(header[index]).strip() for index, field in fields})
    return None


def _names_of(form: AnswerForm, own: Mapping[str, str]) -> dict[str, str]:
    """Comparison key of a header → field of this form. The partner's own word wins: it may call a known name another thing."""
    names = {field: field for field in _NAMES[form]}
    names |= {header_key(alias): field for field, known in _NAMES[form].items() for alias in known}
    names = {key: field for key, field in names.items() if key not in own}
    return names | {key: field for key, field in own.items() if field in _NAMES[form]}


def missing_columns(header: Sequence[object], aliases: Mapping[str, str] | None = None) -> tuple[int, AnswerForm, tuple[str, ...]]:
    """The form that comes nearest to a header: (columns found, form, required fields that are not there)."""
    own = {header_key(name): field for name, field in (aliases or {}).items()}
    keys = {header_key(name) for name in header} - {""}
    best = []
    for form, required in _REQUIRED.items():
        names = _names_of(form, own)
        found = {names[key] for key in keys if key in names}
        best.append((len(found), form, tuple(sorted(required - found))))
    return max(best, key=lambda one: one[0])


def text_of(field: str, value: object) -> str:
    """A cell or JSON value as text. Numbers of fixed-width codes get back the zeros that a spreadsheet took away."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (int, float)):
        if isinstance(value, float) and not value.is_integer():
            return repr(value)
        return f"{int(value):0{_WIDTHS.get(field, 1)}d}"
    if isinstance(value, (datetime, date, time)):
        return value.strftime(_CELL_FORMS.get(field, "%Y-%m-%d %H:%M:%S"))
    return str(value)


@lru_cache(maxsize=4096)
def _day(text: str) -> tuple[int, int, int]:
    match = _DATE.fullmatch(text)
    if match is None:
        raise BadRow("BAD_DATE", f"日期不合格式：{text}")
    try:
        day = date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        raise BadRow("BAD_DATE", f"没有这一天：{text}") from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise BadRow("BAD_DATE", f"年份不合理：{text}")
    return day.year, day.month, day.day


def instant(day: str, clock: str) -> datetime:
    """A date and a time of day in Shanghai, aware. Strict: second 60 is no second.

    Raises:
        BadRow: BAD_DATE.
    """
    match = _TIME.fullmatch(clock)
    if match is None:
        raise BadRow("BAD_DATE", f"时间不合格式：{clock}")
    try:
        return datetime(*_day(day), int(match[1]), int(match[3]), int(match[4]), tzinfo=SHANGHAI)
    except ValueError as fault:
        if isinstance(fault, BadRow):
            raise
        raise BadRow("BAD_DATE", f"没有这一时刻：{clock}") from None


def is_item_no(text: str) -> bool:
    """Whether ``text`` has the form of an item number, with a right check digit where the form has one."""
    return _ITEM.fullmatch(text) is not None and (not text[-1].isalpha() or is_valid(text, NumberFormat.S10))


def _item(text: str) -> str:
    if not is_item_no(text):
        raise BadRow("BAD_ITEM_NO", f"邮件号码不合格式：{text[:40]}")
    return text


def _effective(values: Values) -> bool:
    effect = values.get("effect")
    if effect in (None, "1"):
        return True
    if effect == "0":
        return False
    raise BadRow("BAD_EFFECT", f"有效标志应为 1 或 0：{effect}")


def unknown_code(field: str, code: str) -> str:
    """What is said of a code that stands in no table."""
    return f"代码表中没有{'动作' if field in ('action', 'op') else ' ' + field + ' '}代码：{code[:40]}"


def demand_known(table: CodeTable, form: Form, event: PostEvent) -> PostEvent:
    """The event, if the table explains its codes.

    Raises:
        BadRow: UNKNOWN_CODE, MISSING_SUBCODE or MISPLACED_SUBCODE.
    """
    if not table.has_action(form, event.action):
        raise BadRow("UNKNOWN_CODE", unknown_code("action", event.action))
    meaning = table.meaning(event.action, event.proper_delivery, event.not_proper_delivery)
    if isinstance(meaning, UnknownCode):
        what = {
            "UNKNOWN_CODE": unknown_code(meaning.field, meaning.code),
            "MISSING_SUBCODE": f"动作 {event.action} 必须带 {meaning.field} 代码",
            "MISPLACED_SUBCODE": f"动作 {event.action} 不应带 {meaning.field} 代码：{meaning.code[:40]}",
        }[meaning.reason]
        raise BadRow(meaning.reason, what)
    return event


def _description(text: str) -> str:
    if len(text) > _DESCRIPTION_LIMIT:
        raise BadRow("TOO_LONG", f"描述有 {len(text)} 个字，超过 {_DESCRIPTION_LIMIT}")
    return text


def push_event(values: Values, table: CodeTable) -> PostEvent:
    """One event of the push form.

    Raises:
        BadRow: with the code of the first fault found.
    """
    get = values.get
    event = PostEvent(
        item_no=_item(values["mailnum"]),
        serial=get("serialnumber", ""),
        occurred_at=instant(values["procdate"], values["proctime"]),
        office=get("orgfullname", ""),
        action=values["action"],
        proper_delivery=get("properdelivery", ""),
        not_proper_delivery=get("notproperdelivery", ""),
        description=_description(get("description", "")),
        effective=_effective(values),
    )
    return demand_known(table, Form.PUSH, event)


def open_event(values: Values, table: CodeTable) -> PostEvent:
    """One event of the open-platform form; its sub-codes carry the prefixes ``signed:`` and ``unsigned:``.

    Raises:
        BadRow: with the code of the first fault found.
    """
    get = values.get
    day, _, clock = values["optime"].replace("T", " ").partition(" ")
    proper, not_proper = get("delivercode", ""), get("attemptdeliverycode", "")
    city, office = get("oporgcity", ""), get("oporgname", "")
    event = PostEvent(
        item_no=_item(values["waybillno"]),
        serial=get("serialnumber", ""),
        occurred_at=instant(day, clock),
        office=office if office.startswith(city) else city + office,
        action=values["opcode"],
        proper_delivery=SIGNED + proper.removeprefix(SIGNED) if proper else "",
        not_proper_delivery=UNSIGNED + not_proper.removeprefix(UNSIGNED) if not_proper else "",
        description=_description(get("opdesc", "")),
        effective=_effective(values),
    )
    return demand_known(table, Form.OPEN, event)


def ack_line(values: Values) -> AckLine:
    """One line of an acknowledgement.

    Raises:
        BadRow: with the code of the first fault found.
    """
    get = values.get
    word = values["accepted"].lower()
    if word not in _YES | _NO:
        raise BadRow("BAD_ACCEPTED", f"是否收寄应为 1 或 0：{word[:40]}")
    sha256 = get("sha256", "").lower()
    if sha256 and not _SHA256.fullmatch(sha256):
        raise BadRow("BAD_HASH", "封装哈希不是 64 位十六进制")
    if not values["batch"]:
        raise BadRow("MISSING_BATCH", "回执没有批次名")
    return AckLine(
        batch=values["batch"],
        batch_sha256=sha256,
        item_no=_item(values["mailnum"]),
        accepted=word in _YES,
        reason=get("reason", ""),
        weight_g=_whole(get("weight_g", ""), "重量"),
        postage_fen=_postage(get("postage_fen", ""), get("postage_yuan", "")),
    )


def _whole(text: str, what: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise BadRow("BAD_NUMBER", f"{what}不是整数：{text[:40]}")
    return int(text)


def _postage(fen: str, yuan: str) -> int | None:
    if fen:
        return _whole(fen, "资费")
    if not yuan:
        return None
    try:
        amount = Decimal(yuan)
        if not amount.is_finite() or amount < 0:
            raise InvalidOperation
        return fen_of(amount)
    except (InvalidOperation, ValueError):
        raise BadRow("BAD_NUMBER", f"资费不是金额：{yuan[:40]}") from None
