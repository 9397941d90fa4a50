"""Rules on sources of addresses (R-SRC)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from letters.rules import judge
from letters.rules.model import Facts, Finding, Severity, Stop, Verdict
from letters.rules.sources import (
    bureau_query_has_consent,
    conversation_has_recording,
    has_lawful_source,
    no_banned_source,
    stays_within_client,
    withdrawn_addresses,
    withdrawn_consent_is_heard,
)
from locate.case import AddressKind, GivenAddress, Source, StopKind
from locate.choose import RuleEstimator, choose


def given(facts: Facts, ordinal: int = 1, **changes: object) -> GivenAddress:
    return replace(facts.case.addresses[0], ordinal=ordinal, **changes)  # type: ignore[arg-type]


def with_addresses(facts: Facts, *addresses: GivenAddress, cross: tuple[int, ...] = ()) -> Facts:
    """The facts with these addresses, each a place of its own, and the choice that follows."""
    parsed = tuple(replace(facts.parsed[0], key=f"place-{one.ordinal}") for one in addresses)
    case = replace(facts.case, addresses=addresses)
    choice = choose(case, parsed, (), facts.product, facts.day, RuleEstimator(), barred=frozenset(cross))
    return replace(facts, case=case, parsed=parsed, choice=choice, cross_lender=cross)


def said(findings: tuple[Finding, ...]) -> list[tuple[str, Severity]]:
    return [(finding.subject, finding.severity) for finding in findings]


def test_has_lawful_source(facts: Facts) -> None:
    assert has_lawful_source(facts) == ()
    without = with_addresses(facts, given(facts, basis=" "))
    assert said(has_lawful_source(without)) == [("address:1", Severity.BLOCK)]
    future = with_addresses(facts, given(facts, collected_on=date(2026, 11, 21)))
    assert said(has_lawful_source(future)) == [("address:1", Severity.BLOCK)]
    assert without.choice.chosen is None and future.choice.chosen is None


def test_a_missing_collection_date_is_only_recorded_for_the_address_that_is_used(facts: Facts) -> None:
    undated = with_addresses(
        facts,
        given(facts, 1, collected_on=None),
        given(facts, 2, collected_on=None, kind=AddressKind.HOUSEHOLD),
    )
    assert said(has_lawful_source(undated)) == [("address:1", Severity.WARN)]
    assert judge(undated).verdict is Verdict.PLANNED


def test_conversation_has_recording(facts: Facts) -> None:
    assert conversation_has_recording(facts) == ()
    with_number = with_addresses(facts, given(facts, source=Source.CONVERSATION, basis="LY-1"))
    assert said(conversation_has_recording(with_number)) == [("address:1", Severity.WARN)]
    assert judge(with_number).verdict is Verdict.PLANNED
    without = with_addresses(facts, given(facts, source=Source.CONVERSATION, basis=""))
    assert said(conversation_has_recording(without)) == [("address:1", Severity.BLOCK)]
    assert has_lawful_source(without) == ()
    assert judge(without).verdict is Verdict.HELD


def test_bureau_query_has_consent(facts: Facts) -> None:
    assert bureau_query_has_consent(facts) == ()
    with_number = with_addresses(facts, given(facts, source=Source.CREDIT_BUREAU, basis="SQ-1"))
    assert said(bureau_query_has_consent(with_number)) == [("address:1", Severity.WARN)]
    without = with_addresses(facts, given(facts, source=Source.CREDIT_BUREAU, basis=""))
    assert said(bureau_query_has_consent(without)) == [("address:1", Severity.BLOCK)]


def test_no_banned_source(facts: Facts) -> None:
    assert no_banned_source(facts) == ()
    only = with_addresses(facts, given(facts, source=Source.BANNED, source_text="电商订单"))
    assert said(no_banned_source(only)) == [("address:1", Severity.BLOCK), ("case", Severity.BLOCK)]
    assert judge(only).verdict is Verdict.REFUSED


def test_a_banned_address_beside_a_lawful_one_holds_the_case_for_a_person(facts: Facts) -> None:
    mixed = with_addresses(facts, given(facts, 1, source=Source.BANNED), given(facts, 2))
    assert mixed.choice.chosen is not None and mixed.choice.chosen.candidate.given.ordinal == 2
    assert said(no_banned_source(mixed)) == [("address:1", Severity.BLOCK), ("case", Severity.HOLD)]
    assert judge(mixed).verdict is Verdict.HELD


def test_a_contact_of_a_banned_source_is_barred_and_the_letter_goes_on(facts: Facts) -> None:
    contact = replace(facts.case.contacts[0], source=Source.BANNED)
    changed = replace(facts, case=replace(facts.case, contacts=(contact,)))
    changed = replace(changed, choice=facts.choice)
    assert said(no_banned_source(changed)) == [("contact:1", Severity.BLOCK)]
    assert judge(changed).verdict is Verdict.PLANNED


def test_stays_within_client(facts: Facts) -> None:
    assert stays_within_client(facts) == ()
    barred = with_addresses(facts, given(facts, 1), given(facts, 2), cross=(1,))
    assert said(stays_within_client(barred)) == [("address:1", Severity.BLOCK)]
    assert judge(barred).verdict is Verdict.PLANNED
    slipped_through = replace(facts, cross_lender=(1,))
    assert ("case", Severity.BLOCK) in said(stays_within_client(slipped_through))


def test_a_recording_that_shows_no_consent_is_heard(facts: Facts) -> None:
    refused = with_addresses(facts, given(facts, source=Source.CONVERSATION, basis="LY-1 债务人未同意"))
    assert ("address:1", Severity.BLOCK) in said(conversation_has_recording(refused))
    agreed = with_addresses(facts, given(facts, source=Source.CONVERSATION, basis="LY-1 2026-03-01 10:00 本人同意"))
    assert said(conversation_has_recording(agreed)) == [("address:1", Severity.WARN)]


def test_an_authorisation_holds_until_its_end(facts: Facts) -> None:
    over = with_addresses(facts, given(facts, source=Source.CREDIT_BUREAU, basis="SQ-1 有效期至2026-11-19"))
    assert ("address:1", Severity.BLOCK) in said(bureau_query_has_consent(over))
    alive = with_addresses(facts, given(facts, source=Source.CREDIT_BUREAU, basis="SQ-1 有效期至2026-11-20"))
    assert said(bureau_query_has_consent(alive)) == [("address:1", Severity.WARN)]


def test_withdrawn_consent_is_heard(facts: Facts) -> None:
    def withdrawn(on: str) -> Facts:
        made = with_addresses(facts, given(facts, 1, source=Source.AUTHORISED), given(facts, 2, kind=AddressKind.HOUSEHOLD))
        return replace(made, case=replace(made.case, extra={"consent_withdrawn_on": on}))

    assert withdrawn_consent_is_heard(facts) == ()
    assert withdrawn_consent_is_heard(withdrawn("2026-11-21")) == ()
    for on in ("2026-11-20", "已撤回"):
        assert withdrawn_addresses(withdrawn(on).case, facts.day) == {1}
        assert ("address:1", Severity.BLOCK) in said(withdrawn_consent_is_heard(withdrawn(on)))
    used = withdrawn("2026-11-01")
    assert used.choice.chosen is not None
    refused = used.choice.chosen.candidate.given.ordinal == 1
    assert (("case", Severity.BLOCK) in said(withdrawn_consent_is_heard(used))) is refused


def test_an_objection_to_processing_ends_everything(facts: Facts) -> None:
    stopped = replace(facts, stops=(Stop(StopKind.OBJECTION, facts.day, "来函"),))
    assert said(withdrawn_consent_is_heard(stopped)) == [("case", Severity.BLOCK)]
    assert judge(stopped).verdict is Verdict.REFUSED
    stated = replace(facts, case=replace(facts.case, stops=(StopKind.OBJECTION,)))
    assert said(withdrawn_consent_is_heard(stated)) == [("case", Severity.BLOCK)]
