"""Faults of the driver and the disk, told as ours: unreachable, full; all others pass unchanged."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from records.errors import DatabaseUnreachable, DiskFull, HandaError

_DISK_FULL = "53100"
_UNREACHABLE_CLASSES = ("08",)
_UNREACHABLE = {
    "57P01",  # admin_shutdown
    "57P02",  # crash_shutdown
    "57P03",  # cannot_connect_now
    "57P05",  # idle_session_timeout
    "53300",  # too_many_connections
    "25P03",  # idle_in_transaction_session_timeout
}
_AGAIN = "请确认数据库在运行、网络畅通，然后重新运行同一条命令：已提交的部分都在，不会重复。"


def unreachable(why: str = "") -> DatabaseUnreachable:
    """The fault of a database that can't be reached or went away."""
    return DatabaseUnreachable(f"连不上数据库{f'（{why}）' if why else ''}", _AGAIN)


def translate(fault: BaseException) -> HandaError | None:
    """Our fault for one of the driver's or the system's, or None when it is not about reach or room."""
    cause = fault.orig if isinstance(fault, DBAPIError) else fault
    if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull("磁盘已满", "请清出磁盘空间后重新运行同一条命令，已完成的部分不会丢失。")
    if isinstance(cause, psycopg.Error):
        state = cause.sqlstate
        if state == _DISK_FULL:
            return DiskFull("数据库服务器的磁盘已满", "请在数据库服务器上清出空间后重新运行同一条命令，已提交的部分都在。")
        if state is not None and (state in _UNREACHABLE or state[:2] in _UNREACHABLE_CLASSES):
            return unreachable(f"代码 {state}")
        if state is None and isinstance(cause, (psycopg.OperationalError, psycopg.InterfaceError)):
            return unreachable()
    if isinstance(fault, DBAPIError) and fault.connection_invalidated:
        return unreachable()
    if isinstance(fault, PoolTimeout):
        return unreachable("连接都在忙")
    if isinstance(fault, PendingRollbackError) and fault.__context__ is not None:
        return translate(fault.__context__)
    return None


@contextmanager
def faults_told() -> Iterator[None]:
    """Raise ``DatabaseUnreachable`` or ``DiskFull`` for the driver's own exceptions inside the block."""
    try:
        yield
    except HandaError:
        raise
    except Exception as fault:
        ours = translate(fault)
        if ours is None:
            raise
        raise ours from fault
