"""What ``handa address`` writes: JSON Lines, CSV, XLSX or Parquet, chunk by chunk, the input's other columns kept in tables.

A chunk is made ready (``rendered``) in the process that has parsed it, so that the one that writes only writes. No cell
is ever taken for a formula; a file is whole or absent (``console.files.whole_file``).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from console.address_columns import cells, free_prefix, headings
from console.address_input import Cell, Row
from console.files import neutral, whole_file
from console.sheets import LONGEST_CELL, write_xlsx
from records.errors import WrongUsage

if TYPE_CHECKING:
    import pyarrow as pa

    from locate.address.model import Address
    from locate.maps import SecondOpinion

FORMATS: Final = (".jsonl", ".csv", ".xlsx", ".parquet")
Rendered: TypeAlias = "str | list[list[Cell]] | pa.RecordBatch"
"""A chunk as it goes into the output: text, rows of cells, or a record batch."""
_ROW_GROUP: Final = 20_000
"""Rows of a Parquet row group: what is held before it is written."""
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
_PREFIX: Final = "parsed_"
_LINE_ENDS: Final = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}


@dataclass(frozen=True, slots=True)
class Layout:
    """The form of an output."""

    suffix: str
    others: tuple[str, ...] = ()
    """Headers of the input's columns beside the address: tables keep them."""
    with_opinion: bool = False


def json_object(address: Address, opinion: SecondOpinion | None = None) -> dict[str, object]:
    """The contract's object; with what the map services said of it where they were asked."""
    from locate.address import to_json_dict

    shown = to_json_dict(address)
    return shown if opinion is None else {**shown, "second_opinion": opinion.as_json()}


def json_line(value: object) -> str:
    """A line of JSON Lines, also for readers that take Unicode's line separators for ends of lines."""
    text = json.dumps(value, ensure_ascii=False)
    if not text.isprintable():
        text = text.translate(_LINE_ENDS)
    return text + "\n"


def read_and_rendered(layout: Layout, rows: Sequence[Row]) -> Rendered:
    """A chunk of input as a chunk of output."""
    from locate.address import parse_many

    return rendered(layout, rows, list(parse_many([text for text, _ in rows])))


def rendered(
    layout: Layout, rows: Sequence[Row], addresses: Sequence[Address], opinions: Sequence[SecondOpinion | None] = ()
) -> Rendered:
    """Parsed rows in the form of the output."""
    said = opinions or [None] * len(addresses)
    if layout.suffix == ".jsonl":
        return "".join(json_line(json_object(a, o)) for a, o in zip(addresses, said, strict=True))
    if layout.suffix == ".parquet":
        return _batch(layout, rows, addresses, said)
    table = [
        [*others, *cells(a), *(o.as_cells() if o else ("", "") if layout.with_opinion else ())]
        for (_, others), a, o in zip(rows, addresses, said, strict=True)
    ]
    return csv_text(table) if layout.suffix == ".csv" else table


def csv_text(table: Iterable[Sequence[object]]) -> str:
    """Rows as CSV; cells that look like formulas get an apostrophe, plain numbers stay as they are."""
    out = io.StringIO()
    csv.writer(out).writerows([_harmless(cell) for cell in row] for row in table)
    return out.getvalue()


def _harmless(cell: object) -> str:
    text = neutral(cell)
    return text[1:] if text.startswith("'-") and _NUMBER.fullmatch(text, 1) else text


def _batch(
    layout: Layout, rows: Sequence[Row], addresses: Sequence[Address], opinions: Sequence[SecondOpinion | None]
) -> pa.RecordBatch:
    import pyarrow as pa

    from locate.address.arrow import result_columns

    kept = [[_text(row[1][at]) for row in rows] for at in range(len(layout.others))]
    columns = [*(pa.array(values, pa.string()) for values in kept), *result_columns(addresses)]
    if layout.with_opinion:
        told = [json.dumps(o.as_json(), ensure_ascii=False) if o else None for o in opinions]
        columns.append(pa.array(told, pa.string()))
    return pa.RecordBatch.from_arrays(columns, schema=_schema(layout))


def _text(cell: Cell) -> str | None:
    return cell if cell is None or isinstance(cell, str) else str(cell)


def _schema(layout: Layout) -> pa.Schema:
    import pyarrow as pa

    from locate.address.arrow import output_schema

    schema = output_schema(pa.schema([pa.field(name, pa.string()) for name in unlike(layout.others)]), prefix=prefix_for(layout.others))
    return schema.append(pa.field("second_opinion", pa.string())) if layout.with_opinion else schema


def prefix_for(names: Sequence[str]) -> str:
    """What keeps the result's columns apart from ``names`` in Parquet."""
    from locate.address.arrow import RESULT

    return free_prefix(names, [*RESULT.names, "second_opinion"], _PREFIX)


def unlike(names: Sequence[str]) -> list[str]:
    """The names, a repeated one numbered: the columns of a Parquet file differ."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return out


def write(chunks: Iterable[Rendered], output: Path, layout: Layout) -> None:
    """Write every chunk; the finished file takes the output's name.

    Raises:
        WrongUsage: it can't be written there, or a sheet has not so many rows.
        DiskFull: no room.
    """
    with whole_file(output) as target:
        if layout.suffix == ".parquet":
            _write_parquet(chunks, target)
        elif layout.suffix == ".xlsx":
            write_xlsx(target, headings(layout.others, with_opinion=layout.with_opinion), _flat(chunks))
        else:
            with target.open("w", encoding="utf-8" if layout.suffix == ".jsonl" else "utf-8-sig", newline="") as file:
                if layout.suffix == ".csv":
                    file.write(csv_text([headings(layout.others, with_opinion=layout.with_opinion)]))
                for chunk in chunks:
                    assert isinstance(chunk, str)
                    file.write(chunk)


def _flat(chunks: Iterable[Rendered]) -> Iterator[list[Cell]]:
    number = 0
    for chunk in chunks:
        assert isinstance(chunk, list)
        for row in chunk:
            number += 1
            if any(isinstance(cell, str) and len(cell) > LONGEST_CELL for cell in row):
                raise WrongUsage(f"第 {number} 条有超过 {LONGEST_CELL} 字的单元格，XLSX 放不下。", "请改用 .csv、.jsonl 或 .parquet。")
            yield row


def _write_parquet(chunks: Iterable[pa.RecordBatch], target: Path) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    waiting: list[pa.RecordBatch] = []
    writer: ParquetWriter | None = None
    try:
        for batch in chunks:
            writer = writer or ParquetWriter(target, batch.schema, compression="zstd")
            waiting.append(batch)
            if sum(each.num_rows for each in waiting) >= _ROW_GROUP:
                writer.write_table(pa.Table.from_batches(waiting))
                waiting = []
        if writer is not None and waiting:
            writer.write_table(pa.Table.from_batches(waiting))
    finally:
        if writer is not None:
            writer.close()
