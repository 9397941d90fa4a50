"""Headers are found, not assumed: other words, other orders, other rows, other units."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from locate.case import AddressKind, Source, StopKind
from locate.intake import profile_of
from locate.intake.columns import HeaderCell, How, match_columns
from locate.intake.fields import Role, target_of_path
from records.errors import UnreadableInput, WrongUsage

PINYIN = ["ajbh", "khxm", "sfzh", "sjh", "hth", "cp", "fkrq", "dkbj", "yhbj", "sybj", "lx", "fx", "wyj", "fy", "hj", "jzrq", "yqrq", "nhll"]
ENGLISH = [
    "Case No.", "Customer Name", "ID Card No.", "Mobile No", "Contract Number", "Product", "Disbursement Date", "Loan Amount",
    "Repaid Principal", "Outstanding Principal", "Interest", "Penalty", "Late Fee", "Service Fee", "Total Due", "As-of Date",
    "First Overdue Date", "APR (%)",
]  # fmt: skip
OTHER_CHINESE = [
    "*委案编号", "借款人姓名", "身份证号码（18位）", "联系电话：", "借据号", "贷款产品", "放款日期", "放款金额（元）", "已归还本金（元）",
    "未还本金【元】", "欠息（元）", "逾期罚息（元）", "滞纳金（元）", "手续费（元）", "应还总额（元）", "数据截止日", "首次逾期日", "综合年化利率",
]  # fmt: skip
CAMEL = [
    "caseId", "realName", "idCardNo", "phoneNumber", "loanContractNo", "prodName", "loanDate", "loanPrincipal",
    "principalPaid", "remainingPrincipal", "interestDue", "overduePenalty", "lateCharge", "otherFees", "totalOutstanding",
    "dataDate", "overdueStartDate", "annualInterestRate",
]  # fmt: skip


def match(*headers: str, role: Role = Role.CASES) -> dict[str, tuple[str, How]]:
    mapped = match_columns([HeaderCell(at, text, (text,)) for at, text in enumerate(headers)], role)
    return {column.header: (column.target.path, column.how) for column in mapped.columns}


@pytest.mark.parametrize("headers", [PINYIN, ENGLISH, OTHER_CHINESE, CAMEL], ids=["pinyin", "english", "chinese", "camel"])
def test_other_lenders_words_mean_the_same(case_file: Any, headers: list[str]) -> None:
    from_first = case_file.read(case_file.csv(case_file.table()))
    table = case_file.table([*headers, *case_file.table()[0][len(headers) :]])
    again = case_file.read(case_file.csv(table, name="other.csv"))
    assert [case.record for case in again.accepted] == [case.record for case in from_first.accepted]
    assert [problem.code for problem in again.warnings] == []


def test_the_order_of_columns_means_nothing(case_file: Any) -> None:
    table = case_file.table()
    expected = [case.record for case in case_file.read(case_file.csv(table)).accepted]
    order = list(range(len(table[0])))
    for seed in range(5):
        random.Random(seed).shuffle(order)
        shuffled = case_file.csv([[row[at] for at in order] for row in table], name=f"{seed}.csv")
        assert [case.record for case in case_file.read(shuffled).accepted] == expected


@pytest.mark.parametrize(
    ("header", "path"),
    [("客户的姓名", "debtor_name"), ("逾期起始日子", "overdue_since"), ("贷款发放的日期", "disbursed_on"), ("outstandng_principal", "principal_due"), ("liquidated_damage", "liquidated_damages")],
)
def test_a_misspelt_header_is_matched_and_said(header: str, path: str) -> None:
    assert match(header)[header] == (path, How.FUZZY)


@pytest.mark.parametrize("header", ["应还利息合计", "已还利息", "未还款总额度", "剩余利息额", "减免后合计", "月利率", "单位名称", "担保人姓名", "配偶手机号", "日罚息率", "渠道商ID", "内部评分卡分数", "逾期天数", "授信额度", "合计（不含利息）", "姓名（担保人）", "当期应还"])
def test_a_header_that_means_something_else_is_never_bent(header: str) -> None:
    assert match(header).get(header, ("ignore", How.EXACT))[0] in {"ignore"}


def test_a_wrong_but_close_header_does_not_take_a_field_that_another_column_has() -> None:
    found = match("客户姓名", "客户的姓名")
    assert found == {"客户姓名": ("debtor_name", How.EXACT)}


def test_a_vague_word_yields_to_a_sure_one() -> None:
    assert match("本金")["本金"] == ("principal_due", How.WEAK)
    assert "本金" not in match("本金", "剩余本金")


def test_two_header_rows_with_merged_groups(case_file: Any) -> None:
    body = case_file.table()[1:]
    top = ["债务人信息", *[""] * 5, "贷款信息", *[""] * 11, "户籍", *[""] * 4, "地址2", *[""] * 4, "联系人1", "", "", "", "其他"]
    members = [
        "案件编号", "姓名", "身份证号", "手机号", "合同号", "产品", "放款日", "贷款本金", "已还本金", "剩余本金", "利息", "罚息", "违约金", "费用",
        "合计", "截至日", "逾期起始日", "年化利率", "详细地址", "y", "来源", "依据编号", "采集日期", "详细地址", "类型", "来源", "依据编号", "采集日期",
        "姓名", "关系", "电话", "拒绝联系", "备注",
    ]  # fmt: skip

    def merge(book: Any, sheets: Any) -> None:
        bold = book.add_format({"bold": True})
        sheets["案件"].merge_range(0, 0, 0, 32, "某银行委案清单", bold)
        for first, last, text in [(0, 5, top[0]), (6, 17, top[6]), (18, 22, top[18]), (23, 27, top[23]), (28, 31, top[28])]:
            sheets["案件"].merge_range(2, first, 2, last, text, bold)

    merged = case_file.read(case_file.xlsx({"案件": [["某银行委案清单"], [], top, members, *body]}, touch=merge))
    unmerged = case_file.read(case_file.csv([["某银行委案清单"], [], top, members, *body]))
    for result in (merged, unmerged):
        assert len(result.accepted) == 12 and result.rejected == ()
        record = result.accepted[0].record
        assert [address.kind for address in record.addresses] == [AddressKind.HOUSEHOLD, AddressKind.RESIDENCE]
        assert record.contacts[0].name == "司马夏" and record.debtor_name == "欧阳乙"
    assert merged.accepted[0].row == 5


@pytest.mark.parametrize("word", ["地址", "详细地址"])
def test_an_address_under_its_kinds_group_header_is_of_that_kind(case_file: Any, word: str) -> None:
    headers, *body = case_file.table()
    top = [{"地址1": "户籍地址", "地址2": "现居住地址"}.get(text[:3], "基本信息") for text in headers]
    members = [{"地址1": word, "地址2": word}.get(text, text[3:] if text.startswith("地址") else text) for text in headers]
    kinds = [at for at, text in enumerate(headers) if text.endswith("类型")]
    table = [[cell for at, cell in enumerate(row) if at not in kinds] for row in (top, members, *body)]
    read = case_file.read(case_file.csv(table))
    assert len(read.accepted) == 12
    for case in read.accepted:
        assert [each.kind for each in case.record.addresses] == [AddressKind.HOUSEHOLD, AddressKind.RESIDENCE]


def test_a_guarantors_name_under_a_group_header_is_not_the_debtors(case_file: Any) -> None:
    body = [[*row, "王担保", "330106199001011234"] for row in case_file.table()[1:]]
    width = len(body[0]) - 2
    top = ["债务人", *[""] * (width - 1), "担保人", ""]
    members = [*case_file.table()[0][:1], "姓名", *case_file.table()[0][2:], "姓名", "身份证号"]
    result = case_file.read(case_file.csv([top, members, *body]))
    assert {case.record.debtor_name for case in result.accepted} == {row["name"] for row in case_file.rows}
    assert sum(problem.code == "COLUMN_UNKNOWN" for problem in result.warnings) == 2


def test_attributes_stand_right_behind_their_address(case_file: Any) -> None:
    headers, _ = case_file.table()[0], None
    headers[18:28] = ["户籍地址", "邮编", "来源", "依据", "采集日期", "单位地址", "邮编", "来源", "依据", "采集日期"]
    record = case_file.read(case_file.csv(case_file.table(headers))).accepted[0].record
    assert [(a.kind, a.source, a.basis, a.collected_on) for a in record.addresses] == [
        (AddressKind.HOUSEHOLD, Source.CONTRACT, "HT-2025-0001", date(2025, 3, 4)),
        (AddressKind.WORK, Source.RESERVED, "YL-2025-0001", date(2025, 6, 1)),
    ]


def test_bare_words_behind_a_contact_are_the_contacts(case_file: Any) -> None:
    headers = case_file.table()[0]
    headers[28:32] = ["紧急联系人", "关系", "电话", "是否拒联"]
    record = case_file.read(case_file.csv(case_file.table(headers))).accepted[0].record
    assert record.mobile == "19900000001"
    assert (record.contacts[0].relation, record.contacts[0].mobile) == ("配偶", "19900090001")


def test_a_contacts_bare_address_is_never_the_debtors(case_file: Any) -> None:
    table = [[*row[:28], row[28], row[30], "杭州市上城区某路1号"] for row in case_file.table()]
    table[0][28:] = ["联系人", "电话", "地址"]
    record = case_file.read(case_file.csv(table)).accepted[0].record
    assert [address.text for address in record.addresses] == [case_file.rows[0]["a1"], case_file.rows[0]["a2"]]
    assert record.contacts[0].address == "杭州市上城区某路1号"


def test_units_in_headers_notes_and_cells(case_file: Any) -> None:
    expected = [case.record.claim for case in case_file.read(case_file.csv(case_file.table())).accepted]
    headers = case_file.table()[0]
    money = ("lent", "repaid", "due", "interest", "penalty", "damages", "fees", "total")
    for row in case_file.rows:
        row["lent"] = f"{Decimal(row['lent']) / 10000}"
        row["due"] = f"{Decimal(row['due']) / 1000}"
        row["total"] = f"{Decimal(row['total']) / 10000}万元"
        row["fees"] = f"人民币{row['fees']}元"
    mixed = [h.replace("贷款本金(元)", "贷款本金（万元）").replace("剩余本金(元)", "剩余本金(单位：千元)") for h in headers]
    assert [case.record.claim for case in case_file.read(case_file.csv(case_file.table(mixed))).accepted] == expected

    again = type(case_file)(case_file.folder)
    for row in again.rows:
        for key in money:
            row[key] = float(Decimal(row[key]) / 10000)
    bare = [h.replace("(元)", "") for h in headers]
    result = again.read(again.xlsx({"案件": [["委案清单"], ["说明：本表金额单位为万元，截至日见各行。"], *again.table(bare)]}))
    assert [case.record.claim for case in result.accepted] == expected
    assert "UNIT_ASSUMED" in {problem.code for problem in result.warnings}


def test_fen_columns_of_an_interface(case_file: Any) -> None:
    expected = [case.record.claim for case in case_file.read(case_file.csv(case_file.table())).accepted]
    for row in case_file.rows:
        for key in ("lent", "repaid", "due", "interest", "penalty", "damages", "fees", "total"):
            row[key] = str(int(Decimal(row[key]) * 100))
    headers = ["principal_disbursed_fen", "principal_repaid_fen", "principal_due_fen", "interest_fen", "penalty_interest_fen", "liquidated_damages_fen", "fees_fen", "total_fen"]
    table = case_file.table([*case_file.table()[0][:7], *headers, *case_file.table()[0][15:]])
    assert [case.record.claim for case in case_file.read(case_file.csv(table)).accepted] == expected


def test_rates_as_fractions_are_decided_for_the_whole_column(case_file: Any) -> None:
    for row in case_file.rows:
        row["rate"] = 0.154
    result = case_file.read(case_file.xlsx({"案件": case_file.table()}))
    assert {case.record.claim.annual_rate for case in result.accepted} == {Decimal("15.4")}
    assert "RATE_FRACTION" in {problem.code for problem in result.warnings}


def test_one_fraction_among_percentages_is_refused_and_not_guessed(case_file: Any) -> None:
    case_file.rows[3]["rate"] = "0.154"
    result = case_file.read(case_file.csv(case_file.table()))
    assert [(problem.code, problem.row) for problem in result.rejected] == [("RATE_AMBIGUOUS", 5)]
    assert len(result.accepted) == 11


def test_percent_formatted_cells_among_plain_percentages(case_file: Any) -> None:
    column = case_file.table()[0].index("年化利率(%)")
    for row in case_file.rows:
        row["rate"] = float(row["rate"])

    def touch(book: Any, sheets: Any) -> None:
        sheets["案件"].write_number(1, column, 0.36, book.add_format({"num_format": "0.00%"}))
        sheets["案件"].write_number(2, column, 0.24, book.add_format({"num_format": 9}))

    result = case_file.read(case_file.xlsx({"案件": case_file.table()}, touch=touch))
    rates = [case.record.claim.annual_rate for case in result.accepted]
    assert rates[:3] == [Decimal(36), Decimal(24), Decimal("15.4")] and len(rates) == 12


def test_the_as_of_day_may_stand_above_the_table_or_on_the_command_line(case_file: Any) -> None:
    table = [[cell for at, cell in enumerate(row) if at != 15] for row in case_file.table()]
    noted = case_file.read(case_file.csv([["数据截至2026年11月17日，金额单位：元"], *table]))
    asked = case_file.read(case_file.csv(table), as_of=date(2026, 11, 16))
    assert {case.record.claim.as_of for case in noted.accepted} == {date(2026, 11, 17)}
    assert {case.record.claim.as_of for case in asked.accepted} == {date(2026, 11, 16)}
    with pytest.raises(UnreadableInput) as fault:
        case_file.read(case_file.csv(table))
    assert fault.value.code == "COLUMN_MISSING" and "截至日" in fault.value.message


def test_missing_columns_are_named(case_file: Any) -> None:
    table = [[cell for at, cell in enumerate(row) if at not in (4, 14)] for row in case_file.table()]
    with pytest.raises(UnreadableInput) as fault:
        case_file.read(case_file.csv(table))
    assert fault.value.code == "COLUMN_MISSING" and "合同号" in fault.value.message and "合计" in fault.value.message


def test_two_columns_for_the_total_are_accepted_only_when_they_agree(case_file: Any) -> None:
    table = [[*row, row[14]] for row in case_file.table()]
    table[0][-1] = "欠款总额"
    assert len(case_file.read(case_file.csv(table)).accepted) == 12
    table[5][-1] = "99.00"
    with pytest.raises(UnreadableInput) as fault:
        case_file.read(case_file.csv(table))
    assert fault.value.code == "COLUMN_TWICE"


def test_several_fee_columns_add_up(case_file: Any) -> None:
    headers = case_file.table()[0]
    table = [[*row, "0.00"] for row in case_file.table()]
    table[0] = [*headers, "服务费"]
    table[1][13], table[1][-1] = "30.00", "20.00"
    assert case_file.read(case_file.csv(table)).accepted[0].record.claim.fees == 5000


def test_several_case_sheets_and_sheets_of_another_kind(case_file: Any) -> None:
    table = case_file.table()
    settled = [table[0], *[[f"{row[0]}S", row[1], row[2], row[3], f"{row[4]}S", *row[5:]] for row in table[9:]]]
    sheets = {
        "封面": [["某银行"], ["2026年11月"]],
        "11月案件": table[:7],
        "12月案件": [table[0], *table[7:]],
        "已结清客户": settled,
        "汇总": [["产品", "户数", "金额"], ["消费贷", 12, 99]],
    }
    result = case_file.read(case_file.xlsx(sheets))
    assert len(result.accepted) == 16
    assert {case.record.stops for case in result.accepted if case.sheet == "已结清客户"} == {(StopKind.SETTLED,)}
    assert {problem.message[:8] for problem in result.warnings if problem.code == "SHEET_UNUSED"} == {"工作表“封面”不", "工作表“汇总”不"}


def test_a_hidden_sheet_is_not_imported_but_said(case_file: Any) -> None:
    table = case_file.table()
    old = [table[0], *[[f"OLD{row[0]}", *row[1:]] for row in table[1:]]]
    result = case_file.read(case_file.xlsx({"案件": table, "旧案件": old}, touch=lambda _book, sheets: sheets["旧案件"].hide()))
    assert len(result.accepted) == 12 and {case.sheet for case in result.accepted} == {"案件"}
    assert [problem.code for problem in result.warnings] == ["SHEET_HIDDEN"]


def test_a_side_table_joins_by_contract_number_where_it_has_no_case_number(case_file: Any) -> None:
    sheets = case_file.three_tables()
    by_case = {row["case_no"]: row["contract"] for row in case_file.rows}
    sheets["地址"] = [["合同编号", *sheets["地址"][0][1:]], *[[by_case[row[0]], *row[1:]] for row in sheets["地址"][1:]]]
    result = case_file.read(case_file.xlsx(sheets))
    assert len(result.accepted) == 12 and all(len(case.record.addresses) == 2 for case in result.accepted)


def test_a_profile_wins_over_words(case_file: Any) -> None:
    headers = case_file.table()[0]
    headers[0], headers[14], headers[20] = "代号甲", "数值乙", "怎么来的"
    profile = profile_of(
        "p", {"columns": {"代号甲": "case_no", "数值乙": "total", "怎么来的": "address_1_source", "备注": "ignore"}, "units": {"total": "元"}, "rate_unit": "percent"}
    )
    result = case_file.read(case_file.csv(case_file.table(headers)), profile=profile)
    assert len(result.accepted) == 12 and result.accepted[0].record.remark == ""
    assert result.header["cases.csv"]["total"] == "数值乙"


def test_a_profile_may_state_the_source_that_the_agreement_fixes(case_file: Any) -> None:
    for row in case_file.rows:
        row["a1_source"] = row["a2_source"] = ""
    profile = profile_of("p", {"defaults": {"address_source": "合同约定", "address_basis": "框架协议 2025-7"}})
    assert case_file.read(case_file.csv(case_file.table())).accepted == ()
    record = case_file.read(case_file.csv(case_file.table()), profile=profile).accepted[0].record
    assert {address.source for address in record.addresses} == {Source.CONTRACT}


@pytest.mark.parametrize(
    "mapping",
    [{"columns": {"甲": "nonsense"}}, {"columns": {"甲": "address_x"}}, {"unknown": {}}, {"units": {"total": "斤"}}, {"rate_unit": "maybe"}, {"defaults": {"address_source": "通讯录"}}, {"sheets": {"甲": "people"}}, {"columns": ["甲"]}],
)
def test_a_profile_with_a_mistake_says_so(mapping: dict[str, Any]) -> None:
    with pytest.raises(WrongUsage) as fault:
        profile_of("p", mapping)
    assert fault.value.code == "E-PROFILE"


@pytest.mark.parametrize("path", ["total", "address_2", "address_2_source", "household_address", "work_address_basis", "contact_1_mobile", "contact_2_opted_out", "address_source"])
def test_paths_in_reports_can_be_written_in_profiles(path: str) -> None:
    target = target_of_path(path)
    assert target is not None
    assert target.path == ("contact_1_name" if path == "contact_1" else path)


def test_optional_papers_are_kept_as_written_and_their_absence_is_no_fault(case_file: Any) -> None:
    table = case_file.table()
    bare = case_file.read(case_file.csv(table))
    assert all(case.record.extra == {} for case in bare.accepted)
    headers = ["利息条款", "罚息利率", "罚息期间", "台账号", "明示表项目", "费用名目", "还款流水", "抵充顺序", "撤回同意日期", "委外告知日期", "送达条款", "送达条款页码", "原债权人类型"]
    values = ["合同第5条", "0.05%/日", "2026-01-01至2026-11-18", "TZ-1", "利息；罚息", "账户管理费", "2025-06-05 100（本金100）", "费用、利息、本金", "", "2026-10-01", "第15条", "第7页", "某某银行"]
    rows = [[*table[0], *headers], *([*row, *values] for row in table[1:])]
    full = case_file.read(case_file.csv(rows))
    assert (len(full.accepted), full.rejected) == (len(bare.accepted), ())
    extra = full.accepted[0].record.extra
    assert extra["penalty_interest_line_rate"] == "0.05%/日"
    assert extra["delivery_clause_page"] == "第7页"
    assert extra["payments"] == "2025-06-05 100（本金100）"
    assert "consent_withdrawn_on" not in extra  # empty cells say nothing
    assert len(extra) == len(headers) - 1
    assert full.accepted[0].record.claim == bare.accepted[0].record.claim
