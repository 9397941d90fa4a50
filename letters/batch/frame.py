"""What is the same for every case of a planning: parties, product, template, policy, and their fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from letters.batch.agreements import catalogue_numbered
from letters.batch.parties import firm_facts, lawyer_facts, lender_facts, letter_number
from letters.batch.policies import document_of
from letters.gate.capacity import capacity_of
from letters.post.consequences import tables
from letters.post.numbers import number_at
from letters.post.products import Catalogue, postage_fen
from letters.rules import RULES_VERSION
from letters.rules.model import FirmFacts, LawyerFacts, LenderFacts
from letters.rules.policy import Policy
from letters.rules.policyfile import PolicyDocument, effective_policy
from letters.tables import Firm, Lawyer, NumberRange
from locate.choose import RuleEstimator
from locate.choose.model import ProductOffer
from locate.tables import Lender

ENVELOPE = "DL"
"""封型 of every letter until bundles choose their own; its window is where the address block is set."""
DUPLEX = True
"""Both sides: a two-page letter with its 授权委托书 then stays under 20 g, one tariff step below single-sided."""


@dataclass(frozen=True, slots=True)
class Service:
    """A postal product of a planning with what a letter by it looks like before it has its number."""

    product: str
    name: str
    send_method: str
    sample_item_no: str
    item_format: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What is the same for every case of a planning."""

    planning_id: UUID
    day: date
    lender: Lender
    firm: Firm
    lawyer: Lawyer
    lender_facts: LenderFacts
    firm_facts: FirmFacts
    lawyer_facts: LawyerFacts
    services: tuple[Service, ...]
    """The postal products that its letters may go by, the lender's ordinary one first; chosen a case where there are several."""
    product_from: tuple[str, int] | None
    """Set by the lender: the product of claims of so many fen or more, as long as nobody knows of a difference; None = none is set."""
    template: str
    sample_letter_no: str
    catalogue: Catalogue
    """The partner's products and tariffs as they were when the planning was opened."""
    policy: Policy
    """The lender's; a credit product may be under a stricter one (``policy_for``)."""
    document: PolicyDocument
    policy_number: int
    accepted_wording: frozenset[str]
    """M-class words of this template that the firm's lawyer accepted on approval (``handa template approve``)."""
    args: Mapping[str, object]
    """What the planning was opened with; names the estimator (``letters.batch.estimating``)."""
    fingerprint: str
    """Hash of all of the above that can change a verdict."""

    @property
    def product(self) -> str:
        """The lender's ordinary postal product."""
        return self.services[0].product

    def service(self, product: str) -> Service:
        """The service of one of the planning's products.

        Raises:
            KeyError: not one of them.
        """
        for one in self.services:
            if one.product == product:
                return one
        raise KeyError(product)

    def price_fen(self, product: str, postcode: str | None = None) -> int:
        """What a letter by this product is counted with before it is printed: one sheet, to another city where no postcode is given."""
        catalogue = self.catalogue
        local = postcode is not None and catalogue.is_local(str(self.firm.settings.get("postcode", "")), postcode)
        return postage_fen(catalogue.product(product), catalogue.weight_of(1, ENVELOPE), local)

    @property
    def offers(self) -> tuple[ProductOffer, ...]:
        """The products as the chooser weighs them; empty where there is only one."""
        if len(self.services) == 1:
            return ()
        return tuple(ProductOffer(one.product, one.name, partial(self.price_fen, one.product)) for one in self.services)

    def preferred(self, claim_fen: int) -> str:
        """The product that the lender set for a claim; '' where it set none."""
        if self.product_from is None:
            return ""
        product, least = self.product_from
        return product if claim_fen >= least else self.product

    @property
    def tariff(self) -> dict[str, str]:
        """What a batch's record says of its product table."""
        return {"tariff_version": self.catalogue.version, "tariff_sha256": self.catalogue.sha256}

    def policy_for(self, product: str) -> Policy:
        """The policy of a case of this credit product."""
        return effective_policy(self.document, firm=self.firm.code, lender=self.lender.code, product=product)


def services_of(args: Mapping[str, object]) -> list[tuple[str, str]]:
    """(product, id of its number range) of a planning's arguments, the ordinary product first."""
    also = args.get("also") or []
    if not isinstance(also, list):
        raise TypeError("the further products of a planning are a list")
    return [(str(args["product"]), str(args["range_id"])), *((str(one["product"]), str(one["range_id"])) for one in also)]


def _from(kept: object) -> tuple[str, int] | None:
    if kept is None:
        return None
    if not isinstance(kept, list):
        raise TypeError("a product and the least claim are a list")
    return str(kept[0]), int(kept[1])


def _service(session: Session, catalogue: Catalogue, product: str, range_id: str) -> Service:
    numbers = session.get_one(NumberRange, UUID(range_id))
    known = catalogue.product(product)
    item_no = number_at(numbers.prefix, numbers.first_serial, numbers.suffix, numbers.number_format)
    return Service(product, known.name, known.send_method, item_no, numbers.number_format)


def load_frame(session: Session, args: Mapping[str, object]) -> Frame:
    """The frame of a planning from its stage's arguments."""
    lender = session.get_one(Lender, UUID(str(args["lender_id"])))
    firm = session.get_one(Firm, UUID(str(args["firm_id"])))
    lawyer = session.get_one(Lawyer, UUID(str(args["lawyer_id"])))
    day = date.fromisoformat(str(args["day"]))
    template = str(args["template"])
    number = int(str(args.get("policy", 0)))
    document = document_of(session, number)
    policy = effective_policy(document, firm=firm.code, lender=lender.code)
    catalogue = catalogue_numbered(session, UUID(str(args["partner_id"])), int(str(args.get("products", 0))))
    services = tuple(_service(session, catalogue, product, range_id) for product, range_id in services_of(args))
    product_from = _from(args.get("product_from"))
    fingerprint = hashlib.sha256(
        json.dumps(
            [
                RULES_VERSION, document.sha256, template, str(args["bundle_sha256"]), services[0].product, day.isoformat(), lender.code,
                lender.name, lender.kind, lender.settings, firm.code, firm.name, firm.licence_no, str(firm.licence_until),
                firm.active, firm.address, firm.phone, firm.settings, lawyer.code, lawyer.name, lawyer.licence_no,
                str(lawyer.licence_until), lawyer.active, capacity_of(session, lawyer.id), args.get("model") or RuleEstimator.version,
                catalogue.sha256, tables().version, *([[one.product for one in services]] if len(services) > 1 else []),
                *([["from", *product_from]] if product_from else []),
            ],
            sort_keys=True,
            ensure_ascii=False,
        ).encode()
    ).hexdigest()
    return Frame(
        planning_id=UUID(str(args["planning_id"])),
        day=day,
        lender=lender,
        firm=firm,
        lawyer=lawyer,
        lender_facts=lender_facts(lender),
        firm_facts=firm_facts(session, firm),
        lawyer_facts=lawyer_facts(lawyer),
        services=services,
        product_from=product_from,
        template=template,
        sample_letter_no=letter_number(firm.number_scheme, day.year, 1),
        catalogue=catalogue,
        policy=policy,
        document=document,
        policy_number=number,
        accepted_wording=frozenset(firm.settings.get("accepted_wording", {}).get(template, [])),
        args=args,
        fingerprint=fingerprint,
    )
