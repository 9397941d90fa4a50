"""Letters to contacts: only when the debtor is lost, only neutral words, and never after a refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from letters.batch.approving import approve_template
from letters.batch.counter import set_capacity
from letters.batch.history import sent_before
from letters.batch.lookup import batch_by_no, live_pieces
from letters.batch.planning import plan_lender
from letters.batch.preview import write_sample
from letters.batch.printing import print_batch
from letters.batch.relay_papers import record_household
from letters.batch.relaying import mobile_index_of, plan_relay
from letters.batch.releasing import release_batch
from letters.batch.sealing import seal
from letters.batch.view import decision_rows
from letters.compose import load_bundle
from letters.gate.filing import file_template
from letters.post.manifest import read_manifest
from letters.rules.model import Verdict
from letters.tables import Batch, Firm, Letter, LetterEvent, Partner
from locate.case import Contact, Source, StopKind
from locate.contacts.lost_contact import CallResult
from locate.contacts.store import record_attempt, record_opt_out, record_opt_out_of
from locate.stops import case_by_no, stop_case
from locate.tables import Lender
from records.database import Database
from records.errors import WrongUsage

DAY = date(2026, 11, 20)
CONTACT = Contact(
    1, "王联系", "兄弟", "19900100001", "湖北省武汉市武昌区中山路66号3栋2单元501室", Source.RESERVED, "YL-1", None, opted_out=False
)


@pytest.fixture
def lost_case(house: Database, keep, composed):
    """``lost_case(number, contact)``: a kept case whose debtor is proved lost."""
    with house.session() as session:
        firm = session.query(Firm).one()
        approve_template(session, firm, load_bundle("relay@1"), "L001", day=DAY, clock=house.clock)
        file_template(
            session, session.query(Lender).one(), template="relay@1", bundle_sha256=load_bundle("relay@1").sha256, filed_on=DAY,
            reference="BA-2", actor="test", clock=house.clock,
        )  # fmt: skip

    def keep_lost(number: int, *contacts: Contact, attempts: int = 3) -> str:
        record = composed(number, contacts=contacts or (CONTACT,))
        keep(record)
        with house.session() as session:
            case = case_by_no(session, "DEMO", record.case_no)
            for call in range(attempts):
                record_attempt(
                    session, house.cipher, case, CallResult.FAILED, on=date(2026, 11, 10), evidence=f"LY-{number}-{call}",
                    actor="test", clock=house.clock,
                )
        return record.case_no

    return keep_lost


def relay(db: Database, case_no: str | None = None, contact: int | None = None):
    return plan_relay(db, "DEMO", DAY, actor="test", case_no=case_no, contact=contact)


def carry(db: Database, batch_no: str):
    write_sample(db, batch_no, None, actor="lawyer:L001")
    with db.session() as session:
        release_batch(session, db.cipher, batch_by_no(session, batch_no), "L001", clock=db.clock)
    print_batch(db, batch_no, actor="test", workers=1)
    return seal(db, batch_no, actor="test", workers=1)


def test_a_relay_letter_goes_the_whole_way_and_holds_nothing_of_the_debt(house: Database, lost_case, composed) -> None:
    case_no = lost_case(1)
    plan = relay(house)
    assert [(one[0], one[1], one[2]) for one in plan.results] == [(case_no, 1, Verdict.PLANNED)], plan
    folder = carry(house, plan.batch_no)
    (row,) = read_manifest(folder / "manifest.csv")
    record = composed(1)
    assert row.recipient_name == "王联系" and row.recipient_phone == "." and row.template == "relay@1"
    assert record.debtor_name not in row.recipient_address and "19900100001" not in repr(row)
    with house.session() as session:
        (piece,) = live_pieces(session, house.cipher, batch_by_no(session, plan.batch_no))
        kept = piece.fields.to_json()
    assert piece.fields.relay_for == record.debtor_name
    for secret in (record.contract_no, record.id_number[-4:], record.mobile, "示例消费金融", "消费贷款"):
        assert secret not in kept


@pytest.mark.parametrize(
    ("contact", "attempts", "rule_id"),
    [
        (CONTACT, 2, "R-THP-02"),
        (replace(CONTACT, relation="其他"), 3, "R-THP-06"),
        (replace(CONTACT, opted_out=True), 3, "R-THP-04"),
        (replace(CONTACT, consent=False), 3, "R-THP-04"),
        (replace(CONTACT, basis=""), 3, "R-SRC-01"),
        (replace(CONTACT, mobile=""), 3, "R-SRC-01"),
        (replace(CONTACT, address="湖北省武汉市"), 3, "H-ADR-01"),
        (replace(CONTACT, relation="配偶"), 3, "R-THP-05"),
    ],
)
def test_no_relay_letter_without_proof_and_a_lawful_contact(
    house: Database, lost_case, contact: Contact, attempts: int, rule_id: str
) -> None:
    case_no = lost_case(1, contact, attempts=attempts)
    plan = relay(house, case_no, 1)
    assert plan.batch_no is None and plan.results[0][2] is not Verdict.PLANNED
    with house.session() as session:
        from locate.tables import Decision

        assert rule_id in session.scalars(select(Decision.rule_ids)).one()


def test_an_answered_call_ends_the_loss(house: Database, lost_case) -> None:
    case_no = lost_case(1)
    with house.session() as session:
        record_attempt(
            session, house.cipher, case_by_no(session, "DEMO", case_no), CallResult.ANSWERED, on=date(2026, 11, 18),
            evidence="LY-9", actor="test", clock=house.clock,
        )
    assert relay(house).results == () and relay(house, case_no).results[0][2] is Verdict.REFUSED


def test_a_spouse_gets_one_once_household_use_was_reviewed(house: Database, lost_case) -> None:
    case_no = lost_case(1, replace(CONTACT, relation="配偶"))
    with house.session() as session:
        case = case_by_no(session, "DEMO", case_no)
        record_household(session, case, 1, name="证据.pdf", sha256="0" * 64, reviewer="李复核", actor="test", clock=house.clock)
        with pytest.raises(WrongUsage):
            record_household(session, case, 2, name="x", sha256="0", reviewer="李复核", actor="test", clock=house.clock)
    assert relay(house, case_no).results[0][2] is Verdict.PLANNED


def test_the_best_ranked_contact_is_taken_and_barred_ones_never(house: Database, lost_case) -> None:
    barred = replace(CONTACT, consent=False)
    other = replace(CONTACT, ordinal=2, name="李友邻", relation="父亲", mobile="19900100002")
    lost_case(1, barred, other)
    assert [one[1] for one in relay(house).results] == [2]


@pytest.mark.parametrize("when", ["planned", "released", "printed"])
def test_a_refusal_pulls_the_letter_at_every_step_even_when_printed(house: Database, lost_case, when: str) -> None:
    lost_case(1)
    lost_case(2, replace(CONTACT, mobile="19900100002", name="李友邻"))
    plan = relay(house)
    batch_no = plan.batch_no
    write_sample(house, batch_no, None, actor="lawyer:L001")

    def refuse() -> None:
        with house.session() as session:
            assert record_opt_out(session, house.cipher, "19900100001", how="来电", reason="勿扰", actor="test", clock=house.clock)

    def release() -> None:
        with house.session() as session:
            release_batch(session, house.cipher, batch_by_no(session, batch_no), "L001", clock=house.clock)

    if when == "planned":
        refuse()
    release()
    if when == "released":
        refuse()
    print_batch(house, batch_no, actor="test", workers=1)
    if when == "printed":
        refuse()
    folder = seal(house, batch_no, actor="test", workers=1)
    assert [row.recipient_name for row in read_manifest(folder / "manifest.csv")] == ["李友邻"]
    with house.session() as session:
        assert [event.reason for event in session.scalars(select(LetterEvent))] == ["收件的联系人已拒绝联系（R-THP-04）"]
    assert all(one[2] is not Verdict.PLANNED for one in relay(house).results)


def test_a_refusal_by_letter_number_is_a_refusal_of_the_number(house: Database, lost_case) -> None:
    lost_case(1)
    relay(house)
    with house.session() as session:
        index = mobile_index_of(session, session.scalars(select(Letter)).one())
        assert index == house.cipher.blind("person.mobile", "19900100001")
        assert record_opt_out_of(session, index, how="来电", reason="勿扰", actor="test", clock=house.clock)
        assert not record_opt_out(session, house.cipher, "19900100001", how="来电", reason="勿扰", actor="test", clock=house.clock)


def test_stops_of_the_case_stop_the_relay_letter_too(house: Database, lost_case) -> None:
    case_no = lost_case(1)
    with house.session() as session:
        stop_case(session, case_by_no(session, "DEMO", case_no), StopKind.COMPLAINT, "投诉", actor="test", clock=house.clock)
    assert relay(house, case_no).results[0][2] is Verdict.REFUSED


def test_a_relay_letter_is_no_demand(house: Database, lost_case) -> None:
    case_no = lost_case(1)
    first = relay(house, case_no)
    assert relay(house, case_no).results[0][2] is Verdict.HELD, "not twice"
    with house.session() as session:
        lender_id = session.get_one(Batch, session.scalars(select(Batch.id)).one()).lender_id
        case = case_by_no(session, "DEMO", case_no)
        assert not sent_before(session, lender_id, [case.id], {bytes(case.id_bidx)}, ()).by_case
    demand = plan_lender(house, "DEMO", DAY, actor="test", workers=1)
    assert demand.planned == 1 and demand.batch_no != first.batch_no
    with house.session() as session:
        assert [row["verdict"] for row in decision_rows(session, DAY)] == ["planned"]


def test_a_demand_template_can_not_be_sent_to_a_contact(house: Database, lost_case) -> None:
    case_no = lost_case(1)
    with house.session() as session:
        lender = session.query(Lender).one()
        lender.settings = {**lender.settings, "relay_template": "consumer@1"}
    with pytest.raises(WrongUsage, match="不能用作致联系人的转告函"):
        relay(house, case_no)


def test_attempts_need_evidence_and_a_day_that_has_been(house: Database, lost_case) -> None:
    case_no = lost_case(1)
    with house.session() as session:
        case = case_by_no(session, "DEMO", case_no)
        common = {"actor": "test", "clock": house.clock}
        with pytest.raises(WrongUsage):
            record_attempt(session, house.cipher, case, CallResult.FAILED, on=DAY, evidence=" ", **common)
        with pytest.raises(WrongUsage):
            record_attempt(session, house.cipher, case, CallResult.FAILED, on=date(2099, 1, 1), evidence="x", **common)
        assert not record_attempt(session, house.cipher, case, CallResult.FAILED, on=date(2026, 11, 10), evidence="LY-1-0", **common)


def test_a_relay_letter_without_a_place_is_held_and_goes_once_there_is_one(house: Database, lost_case) -> None:
    lost_case(1)

    def capacity(pieces: int | None) -> None:
        with house.session() as session:
            partner = session.query(Partner).one()
            set_capacity(session, partner, prefix="", on_day=None, pieces=pieces, actor="test", clock=house.clock)

    capacity(0)
    plan = relay(house)
    ((_, _, verdict, messages),) = plan.results
    assert (plan.batch_no, verdict) == (None, Verdict.HELD) and "收寄能力为 0 件" in messages[-1]
    assert relay(house).results[0][2] is Verdict.HELD
    capacity(None)
    again = relay(house)
    assert again.batch_no is not None and again.results[0][2] is Verdict.PLANNED
