"""The verdict as a whole: severities, subjects, privacy of sentences, the lenders' sample files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from letters.rules import judge
from letters.rules.judge import verdict_of
from letters.rules.model import Facts, Finding, PastLetter, Severity, Verdict
from locate.address.model import Address, Grade, Recipient
from locate.case import AddressKind, CaseRecord, Claim, Contact, GivenAddress, LenderKind, Source, StopKind
from locate.choose import RuleEstimator, choose
from records.money import Fen

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples" / "case-files"
BATCH_DATE = date(2026, 11, 20)


def finding(severity: Severity, subject: str = "case") -> Finding:
    return Finding("R-X", severity, "", subject)


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ([], Verdict.PLANNED),
        ([finding(Severity.WARN)], Verdict.PLANNED),
        ([finding(Severity.WARN), finding(Severity.HOLD)], Verdict.HELD),
        ([finding(Severity.HOLD), finding(Severity.BLOCK)], Verdict.REFUSED),
        ([finding(Severity.BLOCK, "contact:1"), finding(Severity.BLOCK, "address:2")], Verdict.PLANNED),
    ],
)
def test_the_worst_finding_on_the_letter_decides(findings: list[Finding], verdict: Verdict) -> None:
    assert verdict_of(findings) is verdict


def test_a_finding_on_the_chosen_address_ends_the_letter_too(facts: Facts) -> None:
    chosen = facts.choice.chosen
    assert chosen is not None
    given = replace(chosen.candidate.given, collected_on=date(2027, 1, 1))
    slipped = replace(
        facts,
        case=replace(facts.case, addresses=(given,)),
        choice=replace(facts.choice, chosen=replace(chosen, candidate=replace(chosen.candidate, given=given))),
    )
    judgement = judge(slipped)
    assert judgement.verdict is Verdict.REFUSED
    assert ("R-SRC-01", "address:1") in {(one.rule_id, one.subject) for one in judgement.findings}


def test_a_good_case_is_planned_without_findings_and_says_its_policy(facts: Facts) -> None:
    judgement = judge(facts)
    assert (judgement.verdict, judgement.findings) == (Verdict.PLANNED, ())
    assert judgement.policy_sha256 == facts.policy.sha256


def broken_ways(facts: Facts) -> Iterator[Facts]:
    """Ways in which a case can be wrong, each setting off rules of another file."""
    case, claim = facts.case, facts.case.claim
    past = PastLetter("n", date(2026, 11, 17), case.product, facts.parsed[0].key, "consumer@1", False, "", True)
    yield replace(facts, case=replace(case, claim=replace(claim, total=Fen(1))))
    yield replace(facts, case=replace(case, claim=replace(claim, as_of=date(2026, 1, 1), annual_rate=Decimal(36))))
    yield replace(facts, case=replace(case, claim=replace(claim, overdue_since=date(2023, 1, 1))))
    yield replace(facts, case=replace(case, stops=tuple(StopKind)))
    yield replace(facts, past=(past,))
    yield replace(facts, past=(replace(past, outcome="MOVED_AWAY", final=True, posted_on=date(2026, 1, 1)),))
    yield replace(facts, template="x@1", lawyer=replace(facts.lawyer, code="L2", active=False))
    yield replace(facts, opted_out=frozenset({1}), cross_lender=(1,))
    yield replace(facts, case=replace(case, contacts=(replace(case.contacts[0], relation="儿子的同学"),)))
    for change in ({"basis": ""}, {"source": Source.BANNED, "source_text": "抓取自通讯录"}, {"kind": AddressKind.WORK}):
        given = replace(case.addresses[0], **change)  # type: ignore[arg-type]
        changed = replace(case, addresses=(given,))
        yield replace(facts, case=changed, choice=choose(changed, facts.parsed, (), "200", facts.day, RuleEstimator()))
    named = (replace(facts.parsed[0], recipient=Recipient("司马相如", "19900009999"), postcode="430014"),)
    yield replace(facts, parsed=named, choice=choose(case, named, (), "200", facts.day, RuleEstimator()))


def test_no_sentence_quotes_a_persons_data(facts: Facts) -> None:
    """Findings are stored in clear beside decisions."""
    case = facts.case
    private = [
        case.debtor_name, case.id_number, case.mobile, case.contract_no, case.addresses[0].text, "文三路", "司马相如",
        "19900009999", case.contacts[0].name, case.contacts[0].mobile, facts.lawyer.name, facts.parsed[0].key,
    ]  # fmt: skip
    ids = set()
    for broken in broken_ways(facts):
        findings = judge(broken).findings
        assert findings
        ids |= {one.rule_id for one in findings}
        for one in findings:
            assert not [text for text in private if text in one.message], one.message
    assert len(ids) > 18


def test_adding_a_fault_never_mends_a_case(facts: Facts) -> None:
    """Two faults together are at least as bad as each alone."""
    order = [Verdict.PLANNED, Verdict.HELD, Verdict.REFUSED]
    stop = replace(facts.case, stops=(StopKind.COMPLAINT,))
    stale = replace(facts.case.claim, as_of=date(2026, 1, 1))
    lapsed = replace(facts.case.claim, overdue_since=date(2020, 1, 1))
    ways = {
        "stop": lambda f: replace(f, case=replace(f.case, stops=stop.stops)),
        "stale": lambda f: replace(f, case=replace(f.case, claim=replace(f.case.claim, as_of=stale.as_of))),
        "lapsed": lambda f: replace(
            f, case=replace(f.case, claim=replace(f.case.claim, overdue_since=lapsed.overdue_since))
        ),
        "template": lambda f: replace(f, template="x@1"),
        "opted_out": lambda f: replace(f, opted_out=frozenset({1})),
    }
    alone = {name: order.index(judge(way(facts)).verdict) for name, way in ways.items()}
    for first, second in combinations(ways, 2):
        both = order.index(judge(ways[second](ways[first](facts))).verdict)
        assert both >= max(alone[first], alone[second]), (first, second)


KINDS = {
    "户籍": AddressKind.HOUSEHOLD, "居住": AddressKind.RESIDENCE, "单位": AddressKind.WORK, "账单": AddressKind.BILLING,
    "收货": AddressKind.DELIVERY,
}  # fmt: skip
SOURCES = {
    "合同约定": Source.CONTRACT, "本人预留": Source.RESERVED, "本人授权": Source.AUTHORISED, "双方沟通": Source.CONVERSATION,
    "授权征信查询": Source.CREDIT_BUREAU,
}  # fmt: skip
STOPS = {
    "debtor_deceased": StopKind.DECEASED, "flag_complaint": StopKind.COMPLAINT, "flag_settled": StopKind.SETTLED,
}  # fmt: skip
LENDERS = {
    "bank_workbook": LenderKind.BANK, "consumer_finance_wide": LenderKind.CONSUMER_FINANCE,
    "platform_api": LenderKind.INTERNET_PLATFORM,
}  # fmt: skip


def record_of(row: dict[str, Any], defects: list[dict[str, Any]]) -> CaseRecord:
    """The case as intake gives it: stops from the remark, opt-outs from the contact's column (both from the truth)."""
    money = {name: Fen(amount) for name, amount in row["amounts_fen"].items()}
    claim = Claim(
        as_of=date.fromisoformat(row["as_of"]), overdue_since=date.fromisoformat(row["overdue_since"]),
        principal_disbursed=money["principal_disbursed"], principal_repaid=money["principal_repaid"],
        principal_due=money["principal_due"], interest=money["interest"], compound_interest=Fen(0),
        penalty_interest=money["penalty"], liquidated_damages=money["damages"], fees=money["fees"], waived=Fen(0),
        total=money["total"], annual_rate=Decimal(row["annual_rate"]),
    )  # fmt: skip
    kinds = {defect["defect"] for defect in defects}
    return CaseRecord(
        case_no=row["case_no"], debtor_name=row["name"], id_number=row["id"], mobile=row["mobile"],
        contract_no=row["contract_no"], product=row["product"], lender_product_type="",
        disbursed_on=date.fromisoformat(row["disbursed_on"]), claim=claim, status="", remark="",
        stops=tuple(stop for name, stop in STOPS.items() if name in kinds),
        addresses=tuple(
            GivenAddress(
                number, one["text"], KINDS[one["kind"]], SOURCES.get(one["source"], Source.BANNED), one["source"],
                one["basis"], None, BATCH_DATE,
            )
            for number, one in enumerate(row["addresses"], 1)
        ),
        contacts=tuple(
            Contact(
                number, one["name"], one["relation"], one["phone"], "", None, "", None,
                opted_out="contact_opt_out" in kinds and number == 1,
            )
            for number, one in enumerate(row["contacts"], 1)
        ),
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(LENDERS))
def test_the_planted_cases_of_the_sample_files_end_as_their_truth_says(name: str, facts: Facts) -> None:
    path = SAMPLES / f"{name}.truth.json"
    if not path.exists():
        pytest.skip("shared/samples is not beside this checkout")
    truth = json.loads(path.read_text("utf-8"))
    defects: dict[str, list[dict[str, Any]]] = {}
    for defect in truth["defects"]:
        if defect["kind"] == "hold":
            defects.setdefault(defect["case_no"], []).append(defect)
    good = replace(facts.parsed[0], postcode=None)
    planted = 0
    for row in truth["accepted"]:
        case = record_of(row, defects.get(row["case_no"], []))
        parsed = tuple(
            replace(good, key=one.text, postcode="310012", raw=one.text, grade=Grade.DOOR) for one in case.addresses
        )
        lender = replace(facts.lender, kind=LENDERS[name])
        asked = replace(
            facts, lender=lender, case=case, parsed=parsed,
            choice=choose(case, parsed, (), "200", BATCH_DATE, RuleEstimator(), facts.policy),
        )  # fmt: skip
        judgement = judge(asked)
        ids = {one.rule_id for one in judgement.findings}
        wanted = set(row["hold_rules"])
        planted += len(wanted)
        assert wanted <= ids, (row["case_no"], wanted, ids)
        if wanted == {"R-THP-04"}:
            assert judgement.verdict is Verdict.PLANNED
        elif wanted:
            assert judgement.verdict is not Verdict.PLANNED
        else:
            # Nothing else may stop a case than a workplace that a bureau gave and, in years to come, limitation.
            stopping = {one.rule_id for one in judgement.findings if one.severity is not Severity.WARN} - {"R-THP-06"}
            assert stopping <= {"R-THP-08", "R-LIM-05"}, (row["case_no"], stopping)
    assert planted == truth["counts"]["by_kind"]["hold"]


def test_the_place_of_a_case_without_key_is_never_taken_for_the_same_place(facts: Facts) -> None:
    """An unread address has no key; two of them are not one place."""
    unread = (Address(raw=facts.case.addresses[0].text),)
    past = PastLetter("n", date(2026, 11, 1), "p", "", "consumer@1", False, "", True)
    asked = replace(
        facts, parsed=unread, past=(past,), choice=choose(facts.case, unread, (), "200", facts.day, RuleEstimator())
    )
    assert {one.rule_id for one in judge(asked).findings} == {"H-ADR-01"}
