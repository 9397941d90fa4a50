"""Addresses in a column of a Parquet file: read batch by batch; written with every type of the input kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from console.address_input import LONGEST_TEXT, Cell, Input, Row, no_column, too_long
from records.errors import UnreadableInput, WrongUsage

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

BATCH: Final = 2_000
_WIDEST: Final = 1024
_LARGEST_GROUP: Final = 4 << 30
"""Bytes that a row group may unpack to: one is held in memory at a time."""


def open_parquet(path: Path, shown: str, column: str | None) -> Input:
    """A Parquet file.

    Raises:
        UnreadableInput: damaged, or its row groups are larger than the memory.
        WrongUsage: no such column, or it holds no text.
    """
    from locate.address.arrow import holds_text

    file = _opened(path, shown)
    names = tuple(file.schema_arrow.names)
    if column is None and len(names) == 1:
        [column] = names
    if column is None or names.count(column) != 1:
        raise no_column(shown, column, names)
    kind = file.schema_arrow.field(column).type
    if not holds_text(kind):
        raise WrongUsage(f"{shown} 的列“{column}”是 {kind}，不是文字。", "请换成文字列。")
    others = tuple(name for name in names if name != column)
    return Input(shown, others, file.metadata.num_rows, _rows(path, shown, column, others), parquet=path, column=column)


def _opened(path: Path, shown: str) -> ParquetFile:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(path, memory_map=False, pre_buffer=False)
        metadata = file.metadata
        largest = max((metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)), default=0)
        width = len(file.schema_arrow.names)
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise UnreadableInput(f"{shown} 不是完整的 Parquet 文件。", "请重新导出。") from fault
    if largest > _LARGEST_GROUP or width > _WIDEST:
        raise UnreadableInput(f"{shown} 的行组过大或列过多。", f"请把行组缩小到 {_LARGEST_GROUP >> 30} GB 以下、列数 {_WIDEST} 以下。")
    return file


def batches(path: Path, shown: str) -> Iterator[pa.RecordBatch]:
    """The record batches of a Parquet file, in order; one without rows of a file without rows.

    Raises:
        UnreadableInput: a damaged page.
    """
    import pyarrow as pa

    file = _opened(path, shown)
    try:
        if not file.metadata.num_rows:
            yield pa.RecordBatch.from_pylist([], schema=file.schema_arrow)
        # One thread reads: the processes that parse need the cores, and reading costs a hundredth of that.
        yield from file.iter_batches(batch_size=BATCH, use_threads=False)
    except (pa.ArrowException, OSError) as fault:
        raise UnreadableInput(f"{shown} 有损坏的部分。", "请重新导出。") from fault


def _rows(path: Path, shown: str, column: str, others: tuple[str, ...]) -> Iterator[Row]:
    number = 0
    for batch in batches(path, shown):
        kept = [[_cell(value) for value in batch.column(name).to_pylist()] for name in others]
        for at, text in enumerate(batch.column(column).to_pylist()):
            number += 1
            if text is not None and len(text) > LONGEST_TEXT:
                raise too_long(shown, number)
            yield text or "", tuple(values[at] for values in kept)


def _cell(value: object) -> Cell:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
