"""What goes wrong in lenders' files, each kind as one small function that plants it in a case.

The kinds are those that issue and law name: damaged ID numbers, totals that don't add up, banned or missing sources,
stale figures, settled or deceased debtors, contacts who opted out, duplicates and contradictions, and the harmless
habits of typists, which must not cost a case.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from scripts.world import people
from scripts.world.cases import AddressLine, ComposedCase, Defect, compose_case, rng_of

Plant = Callable[[ComposedCase, random.Random, date], Defect]

BANNED_SOURCES = ("通讯录读取", "电商订单", "快递面单", "第三方购买数据")


def id_checksum(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    last = case.id_number[-1]
    case.cells["id_number"] = case.id_number[:-1] + rng.choice([c for c in "0123456789X" if c != last])
    return Defect("id_checksum", "reject", "id")


def id_float_precision(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["id_number"] = f"{float(case.id_number[:15] + '000'):.14E}"
    return Defect("id_float_precision", "reject", "id", note="typed as a number: the last digits are gone for ever")


def total_mismatch(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["total"] = (case.debt.total + rng.choice((-100, -1, 1, 1_000))) / 100
    return Defect("total_mismatch", "reject", "total")


def amount_negative(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["penalty_interest"] = -(case.debt.penalty_interest + 1) / 100
    return Defect("amount_negative", "reject", "penalty")


def amount_non_numeric(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["interest"] = rng.choice(("待核", "N/A", "一千多", "#REF!"))
    return Defect("amount_non_numeric", "reject", "interest")


def date_impossible(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["disbursed_on"] = rng.choice(("2025-02-30", "2025/13/01", "2024年4月31日"))
    return Defect("date_impossible", "reject", "disbursed_on")


def overdue_after_as_of(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["overdue_since"] = case.debt.as_of + timedelta(days=rng.randrange(1, 200))
    return Defect("overdue_after_as_of", "reject", "overdue_since")


def as_of_future(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["as_of"] = day + timedelta(days=365)
    return Defect("as_of_future", "reject", "as_of")


def missing_case_no(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["case_no"] = rng.choice((None, " "))
    return Defect("missing_case_no", "reject", "case_no")


def missing_name(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["debtor_name"] = None
    return Defect("missing_name", "reject", "name")


def missing_contract_no(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["contract_no"] = None
    return Defect("missing_contract_no", "reject", "contract_no")


def name_markup(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["debtor_name"] = f"<b>{case.name}</b>"
    return Defect("name_markup", "reject", "name")


def address_no_source(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    for line in case.addresses:
        line.source = line.basis = ""
    return Defect("address_no_source", "reject", "address_1_source", note="every address lacks source and basis")


def no_usable_address(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    for line in case.addresses:
        line.address = replace(line.address, text=rng.choice(("不详", "无", "-", "null")))
    return Defect("no_usable_address", "reject", "address_1")


def source_banned(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    source = rng.choice(BANNED_SOURCES)
    for line in case.addresses:
        line.source = source
    return Defect("source_banned", "hold", "address_1_source", "R-SRC-04")


def as_of_stale(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    stale = day - timedelta(days=rng.randrange(10, 25))
    case.debt = replace(case.debt, as_of=stale)
    return Defect("as_of_stale", "hold", "as_of", "R-AMT-02")


def rate_over_cap(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["annual_rate"] = rng.choice(("36", "35.9", "28.8"))
    return Defect("rate_over_cap", "hold", "annual_rate", "R-AMT-05")


def _stopped(name: str, *remarks: str) -> Plant:
    def plant(case: ComposedCase, rng: random.Random, day: date) -> Defect:
        case.remark = rng.choice(remarks)
        return Defect(name, "hold", "remark", "R-TIM-06")

    return plant


flag_settled = _stopped("flag_settled", "状态=已结清", "已结清")
flag_complaint = _stopped("flag_complaint", "状态=投诉中;监管转办", "投诉处理中")
debtor_deceased = _stopped("debtor_deceased", "状态=已身故", "借款人已死亡")


def contact_opt_out(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    if not case.contacts:
        case.contacts.append(people.ComposedContact(people.common_name(rng), "朋友", people.mobile_of(rng.randrange(10**5)), "", "本人预留"))
    case.contacts[0] = replace(case.contacts[0], opted_out=True)
    return Defect("contact_opt_out", "warn", "contact_1_opt_out", "R-THP-04", "that contact only; the letter may go on")


def contact_is_debtor(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.contacts = [people.ComposedContact(case.name, "其他", case.mobile, "", "本人预留")]
    return Defect("contact_is_debtor", "warn", "contact_1_name")


def phone_invalid(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["mobile"] = rng.choice(("空号", "1990000", "停机"))
    return Defect("phone_invalid", "warn", "mobile")


def id_lower_x(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["id_number"] = case.id_number.lower()
    return Defect("id_lower_x", "normalise", "id")


def id_apostrophe(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["id_number"] = rng.choice(("'", "`")) + case.id_number
    return Defect("id_apostrophe", "normalise", "id")


def rare_name(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.name = people.rare_name(rng)
    return Defect("rare_name", "normalise", "name")


def dotted_variant(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.name = people.dotted_name(rng)
    case.cells["debtor_name"] = case.name.replace("·", rng.choice("•・．."))
    return Defect("ethnic_dot", "normalise", "name")


def amount_text_yuan(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    text = f"{case.debt.total / 100:,.2f}"
    wide = text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789,."})
    case.cells["total"] = rng.choice((f"{text}元", f"{wide}元", f"¥{text}"))
    return Defect("amount_text_yuan", "normalise", "total")


def stray_spaces(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    case.cells["contract_no"] = case.contract_no + rng.choice(("  ", "\t", "　"))
    return Defect("stray_spaces", "normalise", "contract_no")


def address_newline(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    first = case.addresses[0].address
    cut = len(first.text) // 2
    case.addresses[0].address = replace(first, text=first.text[:cut] + "\n" + first.text[cut:])
    return Defect("addr_newline", "normalise", "address_1")


def recipient_inside(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    first = case.addresses[0].address
    text = f"收货人:{case.name} 电话:{case.mobile} 地址:{first.cleaned}"
    case.addresses[0].address = replace(first, text=text)
    return Defect("addr_with_recipient", "normalise", "address_1")


def same_as_household(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    first = case.addresses[0]
    first.kind = "户籍"
    same = replace(first.address, text=rng.choice(("同户籍地址", "同上")))
    case.addresses = [first, AddressLine("居住", same, first.source, first.basis, first.collected_on)]
    return Defect("addr_same_as", "normalise", "address_2")


def empty_second_address(case: ComposedCase, rng: random.Random, day: date) -> Defect:
    first = case.addresses[0]
    first.kind = "户籍"
    nothing = replace(first.address, text=rng.choice(("不详", "无", "-", "暂无")), cleaned="")
    case.addresses = [first, AddressLine("居住", nothing, first.source, first.basis, None)]
    return Defect("addr_empty_token", "normalise", "address_2")


PLANTS: tuple[tuple[Plant, int], ...] = (
    (id_checksum, 4), (id_float_precision, 2), (total_mismatch, 4), (amount_negative, 1), (amount_non_numeric, 2),
    (date_impossible, 2), (overdue_after_as_of, 2), (as_of_future, 1), (missing_case_no, 2), (missing_name, 1),
    (missing_contract_no, 2), (name_markup, 1), (address_no_source, 4), (no_usable_address, 3), (source_banned, 4),
    (as_of_stale, 4), (rate_over_cap, 3), (flag_settled, 5), (flag_complaint, 3), (debtor_deceased, 2),
    (contact_opt_out, 4), (contact_is_debtor, 2), (phone_invalid, 4), (id_lower_x, 2), (id_apostrophe, 2), (rare_name, 3),
    (dotted_variant, 2), (amount_text_yuan, 3), (stray_spaces, 3), (address_newline, 3), (recipient_inside, 3),
    (same_as_household, 3), (empty_second_address, 3),
)  # fmt: skip
REPEATS = (("dup_exact", 3), ("case_no_conflict", 2))
_WEIGHTS = [weight for _, weight in PLANTS] + [weight for _, weight in REPEATS]
_CHOICES: list[Plant | str] = [plant for plant, _ in PLANTS] + [name for name, _ in REPEATS]


def planted_name(seed: int, number: int, share: float) -> Plant | str | None:
    """Which defect, if any, the case ``number`` carries; ``share`` of all cases carry one."""
    rng = rng_of(seed, number, 1)
    if rng.random() >= share:
        return None
    return rng.choices(_CHOICES, _WEIGHTS)[0]


def _clean_earlier(seed: int, number: int, share: float) -> int | None:
    """The number of the nearest earlier case without a defect, if one lies close by."""
    for earlier in range(number - 1, max(0, number - 40), -1):
        if planted_name(seed, earlier, share) is None:
            return earlier
    return None


def compose_defective(seed: int, number: int, day: date, share: float, prefix: str = "AJ") -> ComposedCase:
    """The case ``number`` as it stands in the file: clean, or with what went wrong in it."""
    case = compose_case(seed, number, day, prefix)
    chosen = planted_name(seed, number, share)
    if chosen is None:
        return case
    if callable(chosen):
        if chosen is id_lower_x and not case.id_number.endswith("X"):
            chosen = id_apostrophe
        case.defect = chosen(case, rng_of(seed, number, 2), day)
        return case
    earlier = _clean_earlier(seed, number, share)
    if earlier is None:
        return case
    if chosen == "dup_exact":
        repeated = compose_case(seed, earlier, day, prefix)
        repeated.defect = Defect("dup_exact", "normalise", "case_no", note="the same row again: dropped, never a second case")
        repeated.copy_of = earlier
        return repeated
    case.case_no = compose_case(seed, earlier, day, prefix).case_no
    case.defect = Defect("case_no_conflict", "reject", "case_no", note="another debtor under an earlier row's number")
    case.copy_of = earlier
    return case
