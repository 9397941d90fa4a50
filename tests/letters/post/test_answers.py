"""Answer files: told apart by form, read strictly; one bad row never loses a good one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from letters.post.answer_forms import AckLine, AnswerForm
from letters.post.answers import Answer, AnswerFile, Quarantined, event_digest, read_answers, replay, reply
from letters.post.codes import code_table_with, load_code_table
from letters.post.jsonrows import BrokenOff, JsonRows
from letters.post.model import PostEvent
from records.clock import SHANGHAI
from records.errors import UnreadableInput

TABLE = load_code_table()
HEADER = "serialnumber,mailnum,procdate,proctime,orgfullname,action,properdelivery,notproperdelivery,description,effect"
CHINESE = "顺序号,邮件号码,处理日期,处理时间,处理机构,业务动作,签收情况,未妥投原因,描述,有效标志"
GOOD = "1,XA42000000001,20261123,153012,武汉市某揽投部,10,10,,投递并签收,1"
OTHER = "2,XA42000000002,20261123,153013,武汉市某揽投部,20,,127,逾期,1"
Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(content: str | bytes, name: str = "answer.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def read(path: Path, **options: object) -> tuple[AnswerFile, list[Answer]]:
    answers = read_answers(path, TABLE, **options)  # type: ignore[arg-type]
    return answers, list(answers)


def codes(rows: list[Answer]) -> list[str]:
    return [row.code if isinstance(row, Quarantined) else type(row).__name__ for row in rows]


@pytest.mark.parametrize("header", [HEADER, CHINESE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_push_form_is_read_in_every_usual_dress(
    written: Written, header: str, encoding: str, delimiter: str, ending: str
) -> None:
    text = ending.join([header, GOOD, "", OTHER, ""]).replace(",", delimiter)
    answers, rows = read(written(text, encoding=encoding))
    assert (answers.form, answers.kind, answers.unknown_columns) == (AnswerForm.PUSH, "events", ())
    assert rows == [
        PostEvent("XA42000000001", "1", datetime(2026, 11, 23, 15, 30, 12, tzinfo=SHANGHAI), "武汉市某揽投部", "10", "10", "",
                  "投递并签收", True),
        PostEvent("XA42000000002", "2", datetime(2026, 11, 23, 15, 30, 13, tzinfo=SHANGHAI), "武汉市某揽投部", "20", "", "127",
                  "逾期", True),
    ]  # fmt: skip
    assert rows[0].occurred_at.astimezone(UTC) == datetime(2026, 11, 23, 7, 30, 12, tzinfo=UTC)  # type: ignore[union-attr]
    assert answers.counts["events"] == 2


def test_title_rows_and_strange_columns_are_told_not_absorbed(written: Written) -> None:
    answers, rows = read(written(f"投递结果,,\n\n{HEADER},备用\n{GOOD},x\n"))
    assert codes(rows) == ["PostEvent"]
    assert answers.unknown_columns == ("备用",)


def test_effect_zero_is_a_voiding_row_and_a_file_without_the_column_voids_nothing(written: Written) -> None:
    _, rows = read(written(f"{HEADER}\n{GOOD[:-1]}0\n"))
    assert rows[0].effective is False  # type: ignore[union-attr]
    _, rows = read(written(f"{HEADER.removesuffix(',effect')}\n{GOOD.removesuffix(',1')}\n"))
    assert rows[0].effective is True  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("row", "code"),
    [(GOOD.replace("153012", "153060"), "BAD_DATE"), (GOOD.replace("153012", "240000"), "BAD_DATE"),
     (GOOD.replace("153012", "1530"), "BAD_DATE"), (GOOD.replace("20261123", "20261131"), "BAD_DATE"),
     (GOOD.replace("20261123", "20270229"), "BAD_DATE"), (GOOD.replace("20261123", "00010101"), "BAD_DATE"),
     (GOOD.replace("20261123", "2026-1123"), "BAD_DATE"), (GOOD.replace("20261123", "２０２６1123"), "BAD_DATE"),
     (GOOD.replace("XA42000000001", "XA4200000001"), "BAD_ITEM_NO"), (GOOD.replace("XA42000000001", "RR473124828GB"), "BAD_ITEM_NO"),
     (GOOD.replace("XA42000000001", "1.18647E+12"), "BAD_ITEM_NO"), (GOOD[:-1] + "2", "BAD_EFFECT"), (GOOD[:-1], "BAD_EFFECT"),
     (GOOD.replace(",10,10,", ",99,,"), "UNKNOWN_CODE"), (GOOD.replace(",10,10,", ",10,15,"), "UNKNOWN_CODE"),
     (GOOD.replace(",10,10,", ",704,10,"), "UNKNOWN_CODE"), (GOOD.replace(",10,10,", ",10,,"), "MISSING_SUBCODE"),
     (GOOD.replace(",10,10,", ",50,10,"), "MISPLACED_SUBCODE"), (GOOD.replace(",10,10,", ",妥投,本人,"), "UNKNOWN_CODE"),
     (GOOD + ",extra", "BAD_COLUMNS"), ("1,XA42000000001,2026", "BAD_COLUMNS"), (GOOD.replace("投递并签收", '"投递'), "BAD_QUOTING"),
     (GOOD.replace("投递并签收", "长" * 2001), "TOO_LONG"), ("合计,2,,,,,,,,", "BAD_ITEM_NO")],
)  # fmt: skip
def test_a_bad_row_is_quarantined_between_its_good_neighbours(written: Written, row: str, code: str) -> None:
    _, rows = read(written("\n".join([HEADER, GOOD, row, OTHER, GOOD]) + "\n"))
    assert codes(rows) == ["PostEvent", code, "PostEvent", "PostEvent"]
    bad = rows[1]
    assert isinstance(bad, Quarantined)
    assert bad.row == 3
    assert bad.what
    assert json.loads(bad.content)


def test_quoted_commas_quotes_and_line_breaks_are_one_row(written: Written) -> None:
    tricky = GOOD.replace("投递并签收", '"已签收,签收人:""本人""\n第二行"')
    _, rows = read(written("\n".join([HEADER, tricky, OTHER.replace("20261123", "x")]) + "\n"))
    assert rows[0].description == '已签收,签收人:"本人"\n第二行'  # type: ignore[union-attr]
    assert rows[1].row == 3  # type: ignore[union-attr]


@pytest.mark.parametrize("stray", range(5))
def test_a_stray_quotation_mark_loses_only_its_own_row(written: Written, stray: int) -> None:
    lines = [GOOD.replace("投递", f"投递{i}") for i in range(60)]
    lines[stray * 10] = lines[stray * 10].replace("投递", '"投递')
    _, rows = read(written("\n".join([HEADER, *lines]) + "\n"))
    assert codes(rows).count("PostEvent") == 59
    assert codes(rows)[stray * 10] == "BAD_QUOTING"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_broken_byte_loses_only_its_own_row(written: Written, encoding: str) -> None:
    lines = [line.encode(encoding) for line in (CHINESE, GOOD, OTHER, GOOD, OTHER)]
    lines[2] = lines[2].replace("逾".encode(encoding), b"\xff\xff")
    _, rows = read(written(b"\n".join(lines) + b"\n"))
    assert codes(rows) == ["PostEvent", "BAD_ENCODING", "PostEvent", "PostEvent"]
    assert rows[0].office == "武汉市某揽投部"  # type: ignore[union-attr]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_utf8_with_a_broken_byte_is_never_read_as_gb18030_though_it_could_be(written: Written, form: str) -> None:
    office = "中文"  # whose UTF-8 bytes are valid GB18030 for three other characters
    assert office.encode().decode("gb18030") != office
    rows = [f"{n},XA4200000000{n},20261123,153012,{office},41,,,,1" for n in range(1, 6)]
    if form == "csv":
        content = "\n".join([HEADER, *rows]).encode()
    else:
        content = json.dumps([dict(zip(HEADER.split(","), row.split(","), strict=True)) for row in rows], ensure_ascii=False).encode()  # fmt: skip
    broken = content.replace(office.encode(), b"\xff", 1)
    _, found = read(written(broken, name=f"a.{form}"))
    offices = [row.office for row in found if isinstance(row, PostEvent)]
    assert offices[-4:] == [office] * 4


@given(cut=st.integers(0, 400), form=st.sampled_from(["csv", "json"]), encoding=st.sampled_from(["utf-8", "gb18030"]))
def test_a_file_cut_anywhere_never_gives_a_wrong_row(tmp_path_factory: pytest.TempPathFactory, cut: int, form: str, encoding: str) -> None:  # fmt: skip
    whole_rows = [GOOD, OTHER, GOOD.replace("0001", "0003")]
    if form == "csv":
        text = "\n".join([CHINESE, *whole_rows]) + "\n"
    else:
        text = json.dumps({"listexpressmail": [dict(zip(HEADER.split(","), r.split(","), strict=True)) for r in whole_rows]}, ensure_ascii=False)  # fmt: skip
    content = text.encode(encoding)
    path = tmp_path_factory.mktemp("cut") / f"answer.{form}"
    path.write_bytes(content)
    expected = list(read_answers(path, TABLE))
    path.write_bytes(content[: max(0, len(content) - cut)])
    try:
        rows = list(read_answers(path, TABLE))
    except UnreadableInput:
        return
    events = [row for row in rows if isinstance(row, PostEvent)]
    assert events == expected[: len(events)]
    assert len(rows) - len(events) <= 1


@pytest.mark.parametrize("form", ["csv", "json"])
def test_every_row_has_its_own_number_quarantined_or_not(written: Written, form: str) -> None:
    lines = [GOOD, OTHER.replace("20261123", "x"), "", GOOD]
    if form == "csv":
        numbered = list(read_answers(written("\n".join([HEADER, *lines])), TABLE).numbered())
    else:
        rows = [dict(zip(HEADER.split(","), line.split(","), strict=True)) for line in lines if line]
        numbered = list(read_answers(written(json.dumps(rows), name="a.json"), TABLE).numbered())
    assert [number for number, _ in numbered] == ([2, 3, 5] if form == "csv" else [1, 2, 3])
    assert all(number == row.row for number, row in numbered if isinstance(row, Quarantined))


def test_json_of_the_push_interface(written: Written) -> None:
    rows = [dict(zip(HEADER.split(","), row.split(","), strict=True)) for row in (GOOD, OTHER)]
    expected = read(written("\n".join([HEADER, GOOD, OTHER])))[1]
    for name, text in (
        ("whole", json.dumps({"sequence": 41, "listexpressmail": rows})),
        ("array", json.dumps(rows)),
        ("lines", "\n".join(json.dumps(row) for row in rows)),
        ("pretty", json.dumps({"listexpressmail": rows, "remark": "x"}, indent=4, ensure_ascii=False)),
    ):
        answers, found = read(written(text, name=f"{name}.json"))
        assert found == expected
        assert answers.sequence == (41 if name == "whole" else None)


def test_a_damaged_json_row_loses_only_itself(written: Written) -> None:
    rows = [json.dumps(dict(zip(HEADER.split(","), row.split(","), strict=True))) for row in (GOOD, OTHER, GOOD)]
    rows[1] = rows[1].replace('"mailnum":', '"mailnum"')
    _, found = read(written('{"listexpressmail":[' + ",".join(rows) + "]}", name="a.json"))
    assert codes(found) == ["PostEvent", "NOT_A_ROW", "PostEvent"]
    assert [row.row for row in found if isinstance(row, Quarantined)] == [2]


def test_json_rows_of_another_shape_are_quarantined(written: Written) -> None:
    good = dict(zip(HEADER.split(","), GOOD.split(","), strict=True))
    text = json.dumps({"listexpressmail": [good, {"mailnum": "XA42000000002"}, 7, {**good, "新字段": 1}]})
    answers, found = read(written(text, name="a.json"))
    assert codes(found) == ["PostEvent", "BAD_COLUMNS", "NOT_A_ROW", "PostEvent"]
    assert answers.unknown_columns == ("新字段",)


def test_numbers_and_nulls_in_json_keep_their_zeros(written: Written) -> None:
    row = {"mailnum": "XA42000000001", "procdate": 20261123, "proctime": 80512, "action": 0, "properdelivery": None, "effect": 1}
    _, found = read(written(json.dumps([row]), name="a.json"))
    assert found[0].action == "00"  # type: ignore[union-attr]
    assert found[0].occurred_at == datetime(2026, 11, 23, 8, 5, 12, tzinfo=SHANGHAI)  # type: ignore[union-attr]


def test_the_open_platform_form_with_its_own_codes(written: Written) -> None:
    traces = [
        {"waybillNo": "1186465887499", "opTime": "2026-11-23 15:30:12", "opCode": "704", "opName": "投递结果反馈-妥投",
         "opDesc": "已签收", "opOrgName": "建设路支局", "opOrgCity": "深圳市", "operatorName": "某某", "deliverCode": "10"},
        {"waybillNo": "1186465887499", "opTime": "2026-11-24 09:00:00", "opCode": "743", "opDesc": "", "deliverCode": None},
        {"waybillNo": "1186465887499", "opTime": "2026-11-24 10:00:00", "opCode": "705", "attemptDeliveryCode": "unsigned:7"},
        {"waybillNo": "1186465887499", "opTime": "2026-11-24 10:00:00", "opCode": "10"},
    ]  # fmt: skip
    answers, found = read(written(json.dumps({"traces": traces}), name="a.json"))
    assert answers.form is AnswerForm.OPEN
    assert answers.unknown_columns == ()
    assert codes(found) == ["PostEvent", "PostEvent", "PostEvent", "UNKNOWN_CODE"]
    assert (found[0].proper_delivery, found[0].office) == ("signed:10", "深圳市建设路支局")  # type: ignore[union-attr]
    assert found[2].not_proper_delivery == "unsigned:7"  # type: ignore[union-attr]


def test_a_spreadsheet_keeps_leading_zeros_dates_and_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "answer.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(2, 0, CHINESE.split(","))
    sheet.write_row(3, 0, [1, "XA42000000001", 20261123, 80512, "处", 0, "", "", "", 1])
    sheet.write_row(4, 0, [2, 1186465887499, "20261123", "080513", "处", "10", 10, "", "", 1])
    sheet.write_datetime(5, 2, date(2026, 11, 23), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_row(5, 0, [3, "XA42000000001"])
    sheet.write_row(5, 3, ["153060", "处", "10", "10", "", "", 1])
    book.close()
    _, rows = read(path)
    assert rows[0].action == "00"  # type: ignore[union-attr]
    assert rows[0].occurred_at == datetime(2026, 11, 23, 8, 5, 12, tzinfo=SHANGHAI)  # type: ignore[union-attr]
    assert (rows[1].item_no, rows[1].proper_delivery) == ("1186465887499", "10")  # type: ignore[union-attr]
    assert (rows[2].code, rows[2].row) == ("BAD_DATE", 6)  # type: ignore[union-attr]


ACK = "批次,封装哈希,回执序号,邮件号码,是否收寄,拒收原因,重量(g),资费(元)\n"


def test_an_acknowledgement_of_accepted_and_refused_lines(written: Written) -> None:
    name = "B20261121-01-1a2b3c4d"
    text = ACK + f"{name},{'ab' * 32},7,XA42000000001,1,,12,4.20\n{name},{'ab' * 32},7,XA42000000002,否,地址不全,,\n"
    answers, rows = read(written(text))
    assert (answers.kind, answers.sequence) == ("acknowledgement", 7)
    assert rows == [
        AckLine(name, "ab" * 32, "XA42000000001", True, "", 12, 420),
        AckLine(name, "ab" * 32, "XA42000000002", False, "地址不全", None, None),
    ]
    assert dict(answers.counts) == {"accepted": 1, "refused": 1}


def test_an_acknowledgement_as_json_states_its_batch_once(written: Written) -> None:
    lines = [{"mailnum": "XA42000000001", "accepted": True, "weight_g": 12, "postage_fen": 420},
             {"mailnum": "XA42000000002", "accepted": 0, "reason": "超重"}]  # fmt: skip
    text = json.dumps({"acknowledgement": {"batch": "B1", "sha256": "cd" * 32, "sequence": 9, "lines": lines}})
    answers, rows = read(written(text, name="a.json"))
    assert (answers.form, answers.sequence) == (AnswerForm.ACKNOWLEDGEMENT, 9)
    assert rows == [
        AckLine("B1", "cd" * 32, "XA42000000001", True, "", 12, 420),
        AckLine("B1", "cd" * 32, "XA42000000002", False, "超重", None, None),
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [("B1,,7,XA42000000001,也许,,12,4.20", "BAD_ACCEPTED"), ("B1,xyz,7,XA42000000001,1,,12,4.20", "BAD_HASH"),
     (",,7,XA42000000001,1,,12,4.20", "MISSING_BATCH"), ("B1,,7,XA42000000001,1,,12.5,4.20", "BAD_NUMBER"),
     ("B1,,7,XA42000000001,1,,12,4.205", "BAD_NUMBER"), ("B1,,7,XA42000000001,1,,12,NaN", "BAD_NUMBER"),
     ("B1,,7,XA42000000001,1,,12,-4.20", "BAD_NUMBER"), ("B1,,7,XA1,1,,12,4.20", "BAD_ITEM_NO")],
)  # fmt: skip
def test_acknowledgement_lines_out_of_form_are_quarantined(written: Written, row: str, code: str) -> None:
    _, rows = read(written(f"{ACK}{row}\nB1,,7,XA42000000009,1,,12,4.20\n"))
    assert codes(rows) == [code, "AckLine"]


@pytest.mark.parametrize(
    ("name", "sequence"),
    [("EVT-20261123-S000007.csv", 7), ("EVT_S12.json.csv", 12), ("events-20261123.csv", None), ("S7.csv", None)],
)  # fmt: skip
def test_the_sequence_may_stand_in_the_file_name(written: Written, name: str, sequence: int | None) -> None:
    assert read(written(f"{HEADER}\n{GOOD}\n", name=name))[0].sequence == sequence


def test_a_partners_own_headers_come_in_as_aliases(written: Written) -> None:
    text = f"{HEADER}\n{GOOD}\n".replace("mailnum", "给据号").replace("procdate", "日 期")
    answers, rows = read(written(text), aliases={"给据号": "mailnum", "日期": "procdate"})
    assert codes(rows) == ["PostEvent"]
    assert answers.unknown_columns == ()


def test_events_from_the_future_are_quarantined_when_the_time_of_receipt_is_known(written: Written) -> None:
    path = written(f"{HEADER}\n{GOOD}\n")
    assert codes(read(path, received_at=datetime(2026, 11, 21, tzinfo=UTC))[1]) == ["DATE_IN_FUTURE"]
    assert codes(read(path, received_at=datetime(2026, 11, 23, tzinfo=UTC))[1]) == ["PostEvent"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b""), ("a.csv", b"\xef\xbb\xbf\r\n"), ("a.csv", "姓名,电话\n某某,1\n".encode()), ("a.json", b'{"a": 1}'),
     ("a.json", b'{"listexpressmail": ['), ("a.json", b"[]"), ("a.xlsx", b"PK\x03\x04broken"), ("a.csv", b"\x00\x01\x02" * 50),
     ("a.csv", (HEADER.replace("mailnum", "procdate") + "\n" + GOOD).encode()),
     ("a.csv", (HEADER.replace("orgfullname", "邮件号码") + "\n" + GOOD).encode())],
)  # fmt: skip
def test_a_file_of_no_known_form_is_refused_whole(written: Written, name: str, content: bytes) -> None:
    with pytest.raises(UnreadableInput):
        read(written(content, name=name))


def test_a_quarantined_code_is_replayed_once_it_is_mapped(written: Written) -> None:
    _, rows = read(written(f"{HEADER}\n{OTHER.replace('127', '131')}\n{GOOD},x\n"))
    unknown, shapeless = rows
    assert isinstance(unknown, Quarantined)
    assert isinstance(shapeless, Quarantined)
    assert replay(unknown.content, unknown.row, TABLE) == unknown
    mapped = code_table_with(
        "field,code,name,kind,refined_by,norm,how,address,address_again,person,reached,train,evidence,voids,next_action\n"
        "notproperdelivery,131,收件人死亡,returning,,DECEASED,,V,,,0,,,,停止案件\n"
    )
    found = replay(unknown.content, unknown.row, mapped)
    assert isinstance(found, PostEvent)
    assert (found.item_no, found.not_proper_delivery) == ("XA42000000002", "131")
    assert isinstance(replay(shapeless.content, shapeless.row, mapped), Quarantined)


def test_the_reply_names_what_must_be_sent_again(written: Written) -> None:
    _, rows = read(written("\n".join([HEADER, GOOD, OTHER.replace("153013", "153060"), GOOD.replace(",10,10,", ",99,,")])))
    waiting = [row for row in rows if isinstance(row, Quarantined)]
    assert json.loads(reply(waiting)) == {"success": "0", "failmailnums": "XA42000000002", "remark": ""}
    assert json.loads(reply([row for row in waiting if row.code == "UNKNOWN_CODE"]))["success"] == "1"
    assert json.loads(reply([]))["success"] == "1"


def test_the_same_event_sent_again_has_the_same_digest(written: Written) -> None:
    one, two, void = read(written("\n".join([HEADER, GOOD, "99" + GOOD[1:], GOOD[:-1] + "0"])))[1]
    assert event_digest(one) == event_digest(two) != event_digest(void)  # type: ignore[arg-type]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.text(), JSON_VALUES, max_size=4), max_size=6), st.integers(1, 50), st.booleans())
def test_streaming_json_gives_what_reading_it_whole_gives(rows: list[dict[str, object]], block: int, under_key: bool) -> None:
    import io

    import letters.post.jsonrows as module

    text = json.dumps({"sequence": 12345, "events": rows} if under_key else rows)
    before, module._BLOCK = module._BLOCK, block
    try:
        source = JsonRows(io.StringIO(text), frozenset({"events"}))
        assert list(source) == rows
        assert source.head == ({"sequence": 12345} if under_key else {})
        if rows:
            with pytest.raises(BrokenOff):
                list(JsonRows(io.StringIO(text[: text.rindex("]")]), frozenset({"events"})))
    finally:
        module._BLOCK = before
