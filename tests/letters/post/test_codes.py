"""Code tables: complete against their sources, refused when they contradict themselves, never guessing."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from letters.post.codes import (
    HOW_NAMES,
    Address,
    Evidence,
    Form,
    How,
    Meaning,
    Person,
    Reached,
    UnknownCode,
    code_table_with,
    load_code_table,
)
from letters.post.model import EventKind
from records.errors import WrongUsage
from scripts.partner.build_open_platform import NOT_OF_AN_ITEM, build

TABLE = load_code_table()
SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "postal" / "ems-codes.csv"
HEADER = "field,code,name,kind,refined_by,norm,how,address,address_again,person,reached,train,evidence,voids,next_action\n"


def meaning(action: str, proper: str = "", not_proper: str = "") -> Meaning:
    found = TABLE.meaning(action, proper, not_proper)
    assert isinstance(found, Meaning)
    return found


def source_text() -> str:
    if not SHARED.is_file():
        pytest.skip("the shared EMS code dictionary is not beside this checkout")
    return SHARED.read_text("utf-8")


def test_the_shipped_open_platform_table_is_what_its_builder_makes() -> None:
    shipped = Path(__file__).resolve().parents[3] / "letters/post/codes/open_platform.csv"
    assert build(source_text()) == shipped.read_text("utf-8")


def test_every_code_of_the_open_platforms_dictionary_is_in_the_table() -> None:
    lines = [line for line in source_text().splitlines() if line and not line.startswith("#")]
    codes = {row["carrier_code"] for row in csv.DictReader(lines)} - NOT_OF_AN_ITEM
    fields = {"signed": "signed", "unsigned": "unsigned"}
    missing = [
        code for code in codes if TABLE.row(fields.get(code.partition(":")[0], "op"), code.rpartition(":")[2]) is None
    ]
    assert missing == []
    assert len(codes) > 230


def test_all_reversal_codes_name_what_they_void() -> None:
    voids = {row.code: row.voids for row in TABLE.rows("op") if row.kind is EventKind.VOIDS}
    assert len(voids) == 18
    assert voids["743"] == {"704"}
    assert voids["742"] == {"702"}
    assert voids["744"] == {"705"}
    assert voids["207"] == {"203"}
    assert voids["304"] == {"303", "336", "345"}


@pytest.mark.parametrize("code", [str(code) for code in range(100, 131)])
def test_every_undelivered_code_of_the_push_form_is_explained(code: str) -> None:
    found = meaning("20", "", code)
    assert found.norm
    assert found.kind not in (EventKind.DELIVERED, EventKind.RETURNED)


@pytest.mark.parametrize(
    ("code", "norm", "address", "person", "reached", "train"),
    [("101", "ADDR_WRONG", Address.INVALID, Person.NOT_THERE, Reached.NO, 0),
     ("102", "PERSON_UNKNOWN", Address.INVALID, Person.NOT_THERE, Reached.NO, 0),
     ("104", "REFUSED", Address.VALID, Person.HERE, Reached.REFUSED, 1),
     ("105", "DELAY_REQ", Address.VALID, Person.HERE, Reached.YES, None),
     ("118", "MOVED_AWAY", Address.INVALID, Person.MOVED, Reached.NO, 0),
     ("126", "MOVED_UNKNOWN", Address.INVALID, Person.MOVED, Reached.NO, 0),
     ("127", "UNCLAIMED_EXPIRED", Address.UNKNOWN, Person.UNKNOWN, Reached.NO, None)],
)  # fmt: skip
def test_reasons_say_what_the_source_says(
    code: str, norm: str, address: Address, person: Person, reached: Reached, train: int | None
) -> None:
    found = meaning("20", "", code)
    assert (found.norm, found.address, found.person, found.reached, found.train) == (norm, address, person, reached, train)


@pytest.mark.parametrize("code", ["106", "107", "108", "114", "116", "117", "125"])
def test_the_carriers_own_faults_never_judge_address_or_person(code: str) -> None:
    found = meaning("20", "", code)
    assert (found.address, found.person, found.train) == (Address.UNKNOWN, Person.UNKNOWN, None)


@pytest.mark.parametrize(
    ("proper", "kind", "evidence"),
    [("10", EventKind.DELIVERED, Evidence.E1), ("11", EventKind.DELIVERED, Evidence.E2_IF_RELATED),
     ("12", EventKind.DELIVERED, Evidence.E3_LIKE), ("13", EventKind.RETURNED, None), ("14", EventKind.RETURNED, None)],
)  # fmt: skip
def test_only_10_11_and_12_are_deliveries(proper: str, kind: EventKind, evidence: Evidence | None) -> None:
    found = meaning("10", proper)
    assert (found.kind, found.evidence) == (kind, evidence)


def test_a_delivery_without_its_sub_code_is_not_a_delivery() -> None:
    assert TABLE.meaning("10", "", "") == UnknownCode("MISSING_SUBCODE", "properdelivery", "")


@pytest.mark.parametrize(
    ("codes", "reason"),
    [(("99", "", ""), "UNKNOWN_CODE"), (("10", "15", ""), "UNKNOWN_CODE"), (("20", "", "131"), "UNKNOWN_CODE"),
     (("50", "10", ""), "MISPLACED_SUBCODE"), (("10", "", "102"), "MISPLACED_SUBCODE"), (("704", "10", ""), "MISPLACED_SUBCODE"),
     (("10", "signed:10", ""), "MISPLACED_SUBCODE"), (("704", "signed:11", ""), "UNKNOWN_CODE"), (("", "", ""), "UNKNOWN_CODE")],
)  # fmt: skip
def test_what_no_table_explains_is_unknown(codes: tuple[str, str, str], reason: str) -> None:
    found = TABLE.meaning(*codes)
    assert isinstance(found, UnknownCode)
    assert found.reason == reason


def test_the_two_forms_number_their_sub_codes_apart() -> None:
    assert meaning("10", "12").norm == "OK_UNIT"
    assert meaning("704", "signed:60").norm == "OK_UNIT"
    assert meaning("705", "", "unsigned:7").norm == "REFUSED"
    assert TABLE.has_action(Form.OPEN, "704")
    assert not TABLE.has_action(Form.PUSH, "704")
    assert not TABLE.has_action(Form.OPEN, "10")


def test_lockers_and_stations_are_no_delivery_until_picked_up() -> None:
    for code in ("30", "50", "80", "120"):
        assert meaning("704", f"signed:{code}").kind is EventKind.OUT_FOR_DELIVERY
    assert meaning("748").kind is EventKind.DELIVERED


def test_every_way_of_handing_out_has_a_name_for_people() -> None:
    assert set(HOW_NAMES) == set(How)


def test_a_partners_row_wins_and_changes_the_version() -> None:
    own = code_table_with(HEADER + "notproperdelivery,131,收件人死亡,returning,,DECEASED,,V,,,0,,,,停止案件\n")
    found = own.meaning("20", "", "131")
    assert isinstance(found, Meaning)
    assert found.norm == "DECEASED"
    assert own.sha256 != TABLE.sha256
    assert len(own) == len(TABLE) + 1
    assert code_table_with(HEADER).sha256 == TABLE.sha256


@pytest.mark.parametrize(
    "rows",
    ["action,77,某动作,,,,,,,,,,,,\n", "action,77,某动作,delivered,,,,,,,,,,,\n", "op,10,收寄,accepted,,,,,,,,,,,\n",
     "op,999,冲销,voids,,,,,,,,,,,\n", "op,999,冲销,voids,,,,,,,,,,xyz,\n", "op,999,x,in_transit,,,,,,,,,,704,\n",
     "action,77,某动作,flying,,,,,,,,,,,\n", "nofield,1,x,in_transit,,,,,,,,,,,\n", "action,77,某动作,accepted\n",
     "action,77,x,accepted,,,,,,,,2,,,\n", "action,77,x,accepted,signed,,,,,,,,,,\n",
     "action,77,x,accepted,,,,,,,,,,,\naction,77,x,accepted,,,,,,,,,,,\n"],
)  # fmt: skip
def test_a_table_that_contradicts_itself_is_refused(rows: str) -> None:
    with pytest.raises(WrongUsage):
        code_table_with(HEADER + rows)


def test_a_table_with_other_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("code,name\n10,妥投\n")
    with pytest.raises(WrongUsage):
        load_code_table(path)
