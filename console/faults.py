"""Faults told: what typer says of wrong words, what the system says of files, in Chinese with what to do next.

Faults of ours (``records.errors``) already speak; this is for the others.
"""

from __future__ import annotations

import errno
import re
import sys
import tempfile
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import typer
from typer.core import TyperArgument

from console.speech import plain
from records.errors import DiskFull, HandaError, OutsideRetryable, UnreadableInput, WrongUsage

UsageFault: type[Exception] = typer.BadParameter.__mro__[2]
"""Everything that typer raises over the words of a command (it keeps its click to itself)."""

_REASONS = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EISDIR: "那是一个文件夹",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EEXIST: "已有同名的文件",
    errno.EROFS: "那里只能读",
    errno.ENAMETOOLONG: "名称过长",
    errno.ELOOP: "链接循环",
    errno.EMFILE: "打开的文件太多",
    errno.EIO: "磁盘读写错误",
    errno.EBUSY: "正被占用",
    errno.ETXTBSY: "正被占用",
    errno.ENXIO: "设备不可用",
    errno.EINVAL: "名称或内容不合要求",
}
_MODEL_FAULTS = {
    "NOT_OPENED": "打不开",
    "NO_TAGGER": "不是地址模型",
    "OTHER_VERSION": "是另一个版本的，这一版读不了",
    "CUT_SHORT": "文件不完整",
}
_FULL = (errno.ENOSPC, errno.EDQUOT)


def reason(fault: OSError) -> str:
    """Why the system refused, in Chinese."""
    return _REASONS.get(fault.errno or 0, fault.strerror or type(fault).__name__)


def told(fault: OSError) -> HandaError:
    """A fault of the system that no command foresaw, as one of ours that may be retried."""
    place = plain(fault.filename) if fault.filename else "文件"
    if fault.errno in _FULL:
        return DiskFull(f"磁盘已满：{place}", "请清出磁盘空间后重新运行同一条命令，已完成的部分不会丢失。")
    return OutsideRetryable(
        f"无法读写 {place}：{reason(fault)}。", "排除原因后可以放心重新运行，已完成的部分不会丢失。", code="E-OUTSIDE"
    )


def model_fault(fault: Exception) -> UnreadableInput | None:
    """An address model that cannot be used, as one of ours; None when the fault is something else."""
    weights = sys.modules.get("models.address_tagger.weights")  # only who has read with a model can have failed at it
    if weights is None or not isinstance(fault, weights.UnreadableWeights):
        return None
    return UnreadableInput(
        f"地址模型 {plain(fault.path)} 不能用：{_MODEL_FAULTS[fault.fault.name]}。",
        "请用 handa models train address 重新训练，或移走这个文件、取消 HANDA_ADDRESS_MODEL，改用随附的模型。",
    )


def wrong_words(fault: Exception) -> WrongUsage:
    """What typer found wrong with the words of a command."""
    context = getattr(fault, "ctx", None)
    path = context.command_path if context is not None else "handa"
    return WrongUsage(f"命令用法有误：{_sentence(fault)}", f"请用 {path} --help 查看用法。")


def _sentence(fault: Exception) -> str:
    message = str(getattr(fault, "message", fault))
    parameter = getattr(fault, "param", None)
    match type(fault).__name__:
        case "MissingParameter":
            return f"缺少{_named(parameter).rstrip()}。"
        case "NoSuchOption":
            close = "、".join(sorted(getattr(fault, "possibilities", None) or ()))
            return f"没有选项“{getattr(fault, 'option_name', '')}”。" + (f"是不是想用 {close}？" if close else "")
        case "BadOptionUsage":
            name = getattr(fault, "option_name", "")
            return f"选项 {name} 不带值。" if "does not take" in message else f"选项 {name} 后面缺少值。"
        case "BadParameter":
            return f"{_named(parameter)}的值不能用：{_expected(parameter, message)}"
    extra = re.search(r"unexpected extra arguments?(?:\(s\))? \((.*)\)", message)
    if extra:
        return f"多余的参数：{extra[1]}"
    return "缺少子命令。" if message.startswith("Missing command") else message


def _named(parameter: object) -> str:
    if isinstance(parameter, TyperArgument):
        return f"参数“{parameter.display_name_raw}”"
    names = getattr(parameter, "opts", None)
    return f"选项 {names[0]} " if names else "参数"


def _expected(parameter: object, message: str) -> str:
    kind = getattr(parameter, "type_descriptor", None)
    if kind is None:
        return message
    if kind.is_choice:
        return "可用 " + "、".join(str(getattr(choice, "value", choice)) for choice in kind.choices) + "。"
    if kind.annotation is int or "int" in str(kind.annotation):
        low, high = kind.parameter_info.min, kind.parameter_info.max
        limits = f"{low}–{high} 的" if low is not None and high is not None else f"不小于 {low} 的" if low is not None else ""
        return f"须为{limits}整数。"
    return message


def keep_trace(fault: BaseException, folder: Path) -> Path | None:
    """Write the trace of a fault of ours where its owner alone can read it; None where nothing can be written.

    The words of a database's fault are left out: they may quote rows.
    """
    name = f"fault-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
    for place in (folder, Path(tempfile.gettempdir())):
        with suppress(OSError):
            target = place / (name if place == folder else f"handa-{name}")
            target.touch(mode=0o600, exist_ok=False)
            target.write_text(_trace(fault), encoding="utf-8", errors="backslashreplace")
            return target
    return None


def _trace(fault: BaseException) -> str:
    parts: list[str] = []
    step: BaseException | None = fault
    seen: set[int] = set()
    while step is not None and id(step) not in seen:
        seen.add(id(step))
        quotes = type(step).__module__.split(".")[0] in ("sqlalchemy", "psycopg", "pydantic_core")
        words = f"（原文略，SQLSTATE {getattr(getattr(step, 'orig', step), 'sqlstate', None)}）" if quotes else str(step)
        parts.append("".join(traceback.format_tb(step.__traceback__)) + f"{type(step).__qualname__}: {words}\n")
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return "\n".join(reversed(parts))
