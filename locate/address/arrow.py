"""Addresses as Arrow record batches: a batch in, the same rows with the standardized parts beside them out.

What Spark's mapInArrow, Ray Data, Dask and Parquet files work with; each function is pure and can be sent to any
process. Not imported by ``locate.address`` itself: pyarrow costs half a second that other users need not pay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Final

import pyarrow as pa

from locate.address.model import Address
from locate.address.reader import parse_many

_TEXTS: Final = (
    "province", "city", "district", "township", "village", "devzone", "road", "road_no", "sub_road", "sub_road_no",
    "poi", "sub_poi", "building", "unit", "floor", "room", "rest",
)  # fmt: skip
_RECIPIENT: Final = pa.struct([("name", pa.string()), ("phone", pa.string())])
_CORRECTION: Final = pa.struct([("field", pa.string()), ("from", pa.string()), ("to", pa.string()), ("why", pa.string())])
_CANDIDATE: Final = pa.struct(
    [*(pa.field(name, pa.string()) for name in ("province", "city", "district", "adcode")), pa.field("probability", pa.float64())]
)
_SPAN: Final = pa.struct([("start", pa.int32()), ("end", pa.int32()), ("label", pa.string())])
RESULT: Final = pa.schema(
    [
        pa.field("raw", pa.string()),
        *(pa.field(name, pa.string()) for name in _TEXTS),
        pa.field("recipient", _RECIPIENT),
        *(pa.field(name, pa.string()) for name in ("adcode", "postcode", "canonical", "key", "grade")),
        pa.field("confidence", pa.float64()),
        pa.field("issues", pa.list_(pa.string())),
        pa.field("corrections", pa.list_(_CORRECTION)),
        pa.field("spans", pa.list_(_SPAN)),
        pa.field("rural", pa.bool_()),
        pa.field("candidates", pa.list_(_CANDIDATE)),
        pa.field("deliverable", pa.bool_()),
    ]
)
"""The columns of a result: the contract's fields in its order, then ``rural``, ``candidates`` and ``deliverable``."""


def output_schema(schema: pa.Schema, *, prefix: str = "") -> pa.Schema:
    """The schema of what ``parse_batch`` gives for a batch of ``schema``: its own columns, then the result's.

    Args:
        schema: of the input.
        prefix: put before the name of each result column.

    Raises:
        ValueError: a result column would have the name of an input column.
    """
    added = [field.with_name(prefix + field.name) for field in RESULT]
    taken = sorted({field.name for field in added} & set(schema.names))
    if taken:
        raise ValueError(f"the input already has columns {taken}: give another prefix than {prefix!r}")
    return pa.schema([*schema, *added], metadata=schema.metadata)


def result_columns(addresses: Sequence[Address], raws: Sequence[str | None] | None = None) -> list[pa.Array]:
    """The columns of ``RESULT``. ``raws`` stands for the texts where some were null."""
    columns: list[Sequence[object]] = [raws if raws is not None else [a.raw for a in addresses]]
    columns += [list(map(attrgetter(name), addresses)) for name in _TEXTS]
    columns.append([{"name": a.recipient.name, "phone": a.recipient.phone} if a.recipient else None for a in addresses])
    columns += [list(map(attrgetter(name), addresses)) for name in ("adcode", "postcode", "canonical", "key")]
    columns.append([a.grade.value for a in addresses])
    columns.append([a.confidence for a in addresses])
    columns.append([[issue.value for issue in a.issues] for a in addresses])
    columns.append(
        [[{"field": c.field, "from": c.before, "to": c.after, "why": c.why} for c in a.corrections] for a in addresses]
    )
    columns.append([[{"start": s, "end": e, "label": label} for s, e, label in a.spans] for a in addresses])
    columns.append([a.rural for a in addresses])
    columns.append(
        [[{"province": c.province, "city": c.city, "district": c.district, "adcode": c.adcode, "probability": c.probability} for c in a.candidates] for a in addresses]
    )
    columns.append([a.deliverable for a in addresses])
    return [pa.array(values, type=field.type) for values, field in zip(columns, RESULT, strict=True)]


def parse_batch(batch: pa.RecordBatch, column: str, *, prefix: str = "", second_reader: bool = False) -> pa.RecordBatch:
    """Read the addresses of ``column``: a row each, in order, the batch's own columns kept, the result's added.

    A null is read as an empty text: ``raw`` stays null, the grade is ``unusable``.

    Args:
        batch: any record batch.
        column: a column of strings (also large or dictionary-encoded ones).
        prefix: put before the name of each result column.
        second_reader: ask cpca too (``locate.address.parse``).

    Raises:
        KeyError: there is no such column.
        TypeError: it holds no text.
        ValueError: a result column would have the name of an input column.
    """
    schema = output_schema(batch.schema, prefix=prefix)
    texts = texts_of(batch, column)
    addresses = list(parse_many([text or "" for text in texts], second_reader=second_reader))
    return pa.RecordBatch.from_arrays([*batch.columns, *result_columns(addresses, texts)], schema=schema)


def parse_batches(
    batches: Iterable[pa.RecordBatch], column: str, *, prefix: str = "", second_reader: bool = False
) -> Iterator[pa.RecordBatch]:
    """``parse_batch`` of each, lazily: the form that Spark's ``mapInArrow`` asks for."""
    for batch in batches:
        yield parse_batch(batch, column, prefix=prefix, second_reader=second_reader)


def holds_text(kind: pa.DataType) -> bool:
    """Whether a column of this type can be read as addresses."""
    if pa.types.is_dictionary(kind):
        return holds_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind))


def texts_of(batch: pa.RecordBatch, column: str) -> list[str | None]:
    """The texts of a column, null where there is none.

    Raises:
        KeyError: there is no such column, or there are two.
        TypeError: it holds no text.
    """
    if batch.schema.get_field_index(column) < 0:
        raise KeyError(f"no single column {column!r} among {batch.schema.names}")
    values = batch.column(column)
    if not holds_text(values.type):
        raise TypeError(f"column {column!r} holds {values.type}, not text")
    texts: list[str | None] = values.to_pylist()
    return texts
