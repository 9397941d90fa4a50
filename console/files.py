"""Files that a user names: read ones must be there; written ones are whole or absent, and refused before any work."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.faults import reason
from records.errors import UnreadableInput, WrongUsage
from records.files import disk_faults

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

LARGEST_LINE = 4096
LARGEST_EVIDENCE = 20 << 20
"""Bytes of a scan; more is the wrong file."""


def neutral(cell: object) -> str:
    """A cell that no spreadsheet program takes for a formula."""
    text = "" if cell is None else " ".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)
    return "'" + text if text.startswith(_FORMULA) else text


def demand_readable(path: Path) -> None:
    """Refuse a file that can't be opened, in words that say why.

    Raises:
        UnreadableInput: it is absent, a folder or closed to us.
    """
    try:
        path.open("rb").close()
    except OSError as fault:
        raise UnreadableInput(f"无法读取 {path}：{reason(fault)}。", "请核对路径与权限。") from fault


def read_evidence(path: Path) -> bytes:
    """A file that proves something, whole.

    Raises:
        UnreadableInput: it is absent, closed to us, empty or implausibly large.
    """
    demand_readable(path)
    size = path.stat().st_size
    if not 0 < size <= LARGEST_EVIDENCE:
        raise UnreadableInput(f"证明文件 {path} 为空或超过 {LARGEST_EVIDENCE >> 20} MB。", "请核对文件。")
    return path.read_bytes()


def first_line(path: Path) -> str:
    """The first line of a small text file, such as one that holds a password.

    Raises:
        UnreadableInput: it is absent, closed to us, no UTF-8 text or implausibly large.
    """
    demand_readable(path)
    if path.stat().st_size > LARGEST_LINE:
        raise UnreadableInput(f"文件 {path} 过大，不像口令文件。", "请核对文件。")
    try:
        return path.read_text("utf-8").partition("\n")[0].rstrip("\r")
    except UnicodeDecodeError as fault:
        raise UnreadableInput(f"文件 {path} 不是 UTF-8 文本。", "请核对文件。") from fault


def demand_suffix(output: Path, known: tuple[str, ...]) -> str:
    """The output's format by its name.

    Raises:
        WrongUsage: it is none of ``known``.
    """
    suffix = output.suffix.lower()
    if suffix not in known:
        raise WrongUsage(f"不支持的输出格式“{suffix or output.name}”。", f"请用 {'、'.join(known)}。")
    return suffix


def demand_writable(output: Path) -> None:
    """Refuse early what could only fail late.

    Raises:
        WrongUsage: it is a folder, or its folder is absent or closed to us.
    """
    try:
        if output.is_dir():
            raise _refused(output, "那是一个文件夹")
        if not output.parent.is_dir():
            raise _refused(output, "没有这个文件夹" if not output.parent.exists() else "路径中有一段不是文件夹")
        if not os.access(output if output.exists() else output.parent, os.W_OK):
            raise _refused(output, "没有权限")
    except OSError as fault:
        raise _refused(output, reason(fault)) from fault


def _refused(output: Path, why: str) -> WrongUsage:
    return WrongUsage(f"无法写入 {output}：{why}。", "请核对目录与权限。")


@contextmanager
def whole_file(output: Path) -> Iterator[Path]:
    """A path to write to; the finished file takes the output's name, a failed one leaves nothing.

    Raises:
        WrongUsage: it can't be written there.
        DiskFull: no room.
    """
    demand_writable(output)
    if output.exists() and not output.is_file():  # a device or a pipe: there is nothing to rename
        yield output
        return
    temporary = output.with_name(f".{output.stem}.{secrets.token_hex(4)}{output.suffix}")
    try:
        with disk_faults(output):
            yield temporary
            temporary.replace(output)
    except OSError as fault:
        raise _refused(output, reason(fault)) from fault
    finally:
        temporary.unlink(missing_ok=True)
