"""Record batches: the same answers as ``parse``, rows and own columns kept, schemas known before any row is read."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pyarrow as pa
import pytest

from locate.address import parse, to_json_dict
from locate.address.arrow import RESULT, output_schema, parse_batch, parse_batches

TEXTS = ["武汉市江汉区新华路25号3栋2单元501室", None, "", "张三 19900000000 浙江省杭州市江干区凯旋路1号", "鼓楼区中山路1号"]


def batch(kind: pa.DataType | None = None) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(range(5)), pa.array(TEXTS, pa.string()).cast(kind or pa.string())], names=["编号", "地址"])


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str)
def test_each_row_holds_what_parse_says(kind: pa.DataType) -> None:
    given = batch(kind)
    out = parse_batch(given, "地址")
    assert out.schema == output_schema(given.schema)
    assert out.column("编号") == given.column("编号")
    assert out.column("地址") == given.column("地址")
    for text, row in zip(TEXTS, out.to_pylist(), strict=True):
        said = to_json_dict(parse(text or ""))
        said["raw"] = text
        said["spans"] = [{"start": s, "end": e, "label": label} for s, e, label in said["spans"]]  # type: ignore[attr-defined]
        assert {name: row[name] for name in said} == said
        assert row["deliverable"] is parse(text or "").deliverable


def test_every_field_of_the_contract_is_a_column() -> None:
    assert set(RESULT.names) == set(to_json_dict(parse(""))) | {"deliverable"}


def test_batches_are_read_one_by_one_and_an_empty_one_has_the_same_schema() -> None:
    given = batch()
    out = list(parse_batches(iter([given, given.slice(0, 0)]), "地址", prefix="std_"))
    assert [each.num_rows for each in out] == [5, 0]
    assert out[0].schema == out[1].schema == output_schema(given.schema, prefix="std_")


def test_a_clash_of_names_is_refused_and_a_prefix_settles_it() -> None:
    given = batch().rename_columns(["city", "地址"])
    with pytest.raises(ValueError, match="city"):
        parse_batch(given, "地址")
    assert parse_batch(given, "地址", prefix="std_").column("std_city")[0].as_py() == "武汉市"


def test_a_column_that_is_not_there_or_holds_no_text_is_refused() -> None:
    with pytest.raises(KeyError, match="住址"):
        parse_batch(batch(), "住址")
    with pytest.raises(TypeError, match="int64"):
        parse_batch(batch(), "编号")


def test_the_function_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(parse_batch)) is parse_batch


def test_the_engine_itself_does_not_wait_for_pyarrow() -> None:
    check = "import sys, locate.address; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
