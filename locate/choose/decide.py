"""Choose the address to write to, and by which postal product: lawful and deliverable ones only, by net value; explained.

The choice never invents: what it returns is one of the given addresses (R-AI-01). Same inputs, same choice, whatever
their order; ties fall to the lender's own order. Not here: probabilities (an estimator's) and verdicts (the rules').
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Final

from locate.address.model import Address, Grade, Issue
from locate.case import AddressKind, CaseRecord, GivenAddress
from locate.choose import lawful
from locate.choose.model import (
    Candidate,
    Choice,
    DeliveryEstimator,
    Excluded,
    ProductOffer,
    Reason,
    Scored,
    Track,
)
from locate.choose.policy import ChoicePolicy, ChoiceTerms, delivery_worth_fen
from locate.choose.rule_estimator import load_priors
from locate.choose.tracks import place_record
from records.money import yuan

NOTHING_SHUT: Final[Mapping[str, tuple[str, str]]] = MappingProxyType({})
EXPLORED: Final = Reason("explore", "按设定的探索比例抽中，未取排在第一的地址", 0.0)
EXPLORED_PRODUCT: Final = Reason("explore", "按设定的探索比例抽中，未取排在第一的地址与邮政产品", 0.0)
_GRADE_ORDER: Final = {grade: rank for rank, grade in enumerate(Grade)}


def choose(
    case: CaseRecord,
    parsed: tuple[Address, ...],
    tracks: tuple[Track, ...],
    product: str,
    day: date,
    estimator: DeliveryEstimator,
    policy: ChoiceTerms | None = None,
    *,
    barred: frozenset[int] = frozenset(),
    shut: Mapping[str, tuple[str, str]] = NOTHING_SHUT,
    draw: float = 1.0,
    products: tuple[ProductOffer, ...] = (),
    preferred: str = "",
) -> Choice:
    """The best of a case's addresses, and of the postal products where there are several, on one day.

    Args:
        case: the case with its given addresses.
        parsed: their standard forms, parallel to ``case.addresses``.
        tracks: earlier letters to these places, own and others'.
        product: code of the ordinary postal product.
        day: the batch date.
        estimator: gives the probability of delivery.
        policy: what a delivery is worth and what postage costs.
        barred: ordinals that may not be used for a reason known elsewhere (R-SRC-05, R-SRC-07).
        shut: place key → (code, words): places that earlier outcomes shut for this debtor now (R-DLV-07).
        draw: a number in [0, 1) that is this case's and day's own, where the terms let the chooser explore; 1 = never.
        products: registered products to choose among with ``product`` the first, each at its tariff's postage; empty = only
            ``product``, at the policy's flat postage (which then changes no order).
        preferred: of ``products``, the one that somebody set for this case: taken at places where the estimator knows no difference
            between the products; where it does, value decides.

    Raises:
        ValueError: when ``parsed`` is not parallel to the case's addresses, or ``product`` is not the first of ``products``, or
            ``preferred`` none of them.
    """
    if products and products[0].code != product:
        raise ValueError("the ordinary product is the first of those to choose among")
    if preferred and preferred not in {offer.code for offer in products}:
        raise ValueError("the preferred product is one of those to choose among")
    terms = policy if policy is not None else ChoicePolicy()
    rows = _in_order(case, parsed)
    candidates, excluded = screen(case, parsed, tracks, day, barred, shut)
    sha256 = _inputs_sha256(case, rows, tracks, product, day, estimator.version, terms, barred, shut, products, preferred)
    if not candidates:
        return Choice(None, None, (), _why_none(excluded), 1.0, estimator.version, sha256, excluded)

    worth = delivery_worth_fen(case.claim.total, terms)
    offered = products or (ProductOffer(product, "", lambda _postcode: terms.postage_fen),)
    scored = [
        _valued(one, worth, offer.postage(one.candidate.parsed.postcode or ""))
        for offer in offered
        for one in estimator.score(candidates, tracks, offer.code, day)
    ]
    listed = {offer.code: place for place, offer in enumerate(offered)}
    alike = _alike(scored) if preferred else frozenset()
    ranked = sorted(
        _one_a_place(scored),
        key=lambda one: (one.product != preferred and _place(one) in alike, *_order(one, case.debtor_name, terms), listed[one.product]),
    )
    position, propensity, drawable = _taken(ranked, case.debtor_name, terms, draw)
    chosen = ranked[position]
    left = [one for one in ranked if one is not chosen]
    runner_up = next((one for one in left if _place(one) != _place(chosen)), None)
    reasons = chosen.reasons
    if len(offered) > 1:
        reasons = (*reasons, _why_product(chosen, left, offered, as_set=chosen.product == preferred and _place(chosen) in alike))
    if position:
        reasons = (*reasons, EXPLORED_PRODUCT if len(offered) > 1 else EXPLORED)
    return Choice(
        chosen=replace(chosen, reasons=reasons),
        runner_up=runner_up,
        others=tuple(one for one in left if one is not runner_up),
        why_none="",
        propensity=propensity,
        model_version=estimator.version,
        inputs_sha256=sha256,
        excluded=excluded,
        drawn_among=tuple(ranked[one] for one in drawable if one != position),
    )


def _valued(one: Scored, worth_fen: int, cost_fen: int) -> Scored:
    return replace(one, value_fen=round(one.probability * worth_fen) - cost_fen, cost_fen=cost_fen)


def _alike(scored: list[Scored]) -> frozenset[str]:
    """Places where every product is as likely to arrive: nothing is known of a difference."""
    said: dict[str, set[float]] = {}
    for one in scored:
        said.setdefault(f"{_place(one)}|{one.candidate.given.ordinal}", set()).add(one.probability)
    apart = {key.rpartition("|")[0] for key, found in said.items() if len(found) > 1}
    return frozenset({_place(one) for one in scored} - apart)


def _why_product(chosen: Scored, left: list[Scored], offered: tuple[ProductOffer, ...], *, as_set: bool) -> Reason:
    """The product that was chosen beside the best other one for the same place, in words."""
    names = {offer.code: offer.name for offer in offered}

    def said(one: Scored) -> str:
        return f"{names[one.product]} 预期签收 {one.probability:.0%}、邮资 {yuan(one.cost_fen)} 元"

    other = next((one for one in left if _place(one) == _place(chosen)), None)
    by_rule = "；按资方设定的金额选用" if as_set else ""
    return Reason("product", f"邮政产品：{said(chosen)}" + (f"；另可用{said(other)}" if other else "") + by_rule, 0.0)


def screen(
    case: CaseRecord, parsed: tuple[Address, ...], tracks: tuple[Track, ...], day: date, barred: frozenset[int], shut: Mapping[str, tuple[str, str]]
) -> tuple[tuple[Candidate, ...], tuple[Excluded, ...]]:
    """Which addresses may be written to at all, in the lender's order, and why the others may not."""
    candidates: list[Candidate] = []
    excluded: list[Excluded] = []
    for given, address in _in_order(case, parsed):
        why = _why_not(given, address, tracks, day, barred, shut)
        if why is None:
            candidates.append(Candidate(given, address))
        else:
            excluded.append(Excluded(given.ordinal, *why))
    return tuple(candidates), tuple(excluded)


def _in_order(case: CaseRecord, parsed: tuple[Address, ...]) -> list[tuple[GivenAddress, Address]]:
    return sorted(zip(case.addresses, parsed, strict=True), key=lambda row: row[0].ordinal)


def _taken(ranked: list[Scored], debtor_name: str, terms: ChoiceTerms, draw: float) -> tuple[int, float, list[int]]:
    """(which of the ranked is taken, with which probability it was to be taken, which might have been taken where it explores).

    Greed takes the first. Where the terms let it, a share of cases takes one drawn evenly among the first and all those that
    need no person's word and lie above the floor: so that what was never tried can be judged afterwards (R-AI-01 holds: all
    are lawful). One draw decides both whether and which.
    """
    share = terms.explore_per_mille / 1000
    if not share:
        return 0, 1.0, []
    floor = terms.explore_floor_per_mille / 1000
    allowed = [
        position
        for position, one in enumerate(ranked)
        if position == 0 or (one.probability >= floor and one.value_fen > 0 and not needs_a_person(one.candidate, debtor_name, terms))
    ]
    position = allowed[min(int(draw / share * len(allowed)), len(allowed) - 1)] if draw < share else 0
    return position, share / len(allowed) + (1 - share if position == 0 else 0.0), allowed


def _why_not(
    given: GivenAddress, address: Address, tracks: tuple[Track, ...], day: date, barred: frozenset[int],
    shut: Mapping[str, tuple[str, str]],
) -> tuple[str, str] | None:
    """Why an address is no candidate, as code and words; None when it is one."""
    if lawful.has_banned_source(given):
        return "banned_source", "来源属于禁止使用的类型"
    if given.ordinal in barred:
        return "barred", "不得用于本案（来自其他委托方或已撤回同意）"
    if not lawful.has_basis(given):
        return "no_basis", "没有来源依据（合同、录音或授权编号）"
    if lawful.is_dated_after(given, day):
        return "dated_after", "采集日期晚于批次日"
    if lawful.is_a_guarantors(given):
        return "guarantor", "属于担保人或共同债务人，不用于向债务人本人寄送"
    if not address.deliverable:
        return _why_undeliverable(address)
    if address.key in shut:
        return shut[address.key]
    record = place_record(tracks, address.key) if tracks else None
    if record is not None and record.barred:
        return "track", f"以往投递结果为“{record.barred_title}”"
    return None


def _why_undeliverable(address: Address) -> tuple[str, str]:
    if Issue.AMBIGUOUS in address.issues:
        return "ambiguous", "地址有歧义，可能指向不同地区"
    if Issue.CONFLICT in address.issues:
        return "conflict", "地址前后矛盾"
    if address.grade is Grade.PLACE:
        return "only_place", "只到小区或道路，缺少楼栋门牌"
    if address.grade is Grade.AREA:
        return "only_area", "只到区县或街道，无法投递"
    return "unusable", "无法识别为可投递地址"


def _why_none(excluded: tuple[Excluded, ...]) -> str:
    if not excluded:
        return "案件没有地址"
    return "；".join(f"地址{one.ordinal}：{one.text}" for one in excluded)


def _place(one: Scored) -> str:
    return one.candidate.parsed.key or f"#{one.candidate.given.ordinal}"


def _one_a_place(scored: Iterable[Scored]) -> Iterator[Scored]:
    """Of several addresses of one place the best readable, best sourced, freshest one; first listed on a tie. By each product."""
    best: dict[tuple[str, str], Scored] = {}
    for one in scored:
        key = (_place(one), one.product)
        if key not in best or _source_order(one.candidate) < _source_order(best[key].candidate):
            best[key] = one
    yield from best.values()


def _source_order(candidate: Candidate) -> tuple[int, int, int, float, int]:
    given, parsed = candidate.given, candidate.parsed
    origin = load_priors().origin.get(given.source)
    collected = given.collected_on.toordinal() if given.collected_on else 0
    return (
        _GRADE_ORDER[parsed.grade],
        origin.rank if origin else len(load_priors().origin),
        -collected,
        -parsed.confidence,
        given.ordinal,
    )


def needs_a_person(candidate: Candidate, debtor_name: str, terms: ChoiceTerms) -> bool:
    """An address that the rules would hold comes last, however likely: privacy is not weighed against delivery.

    A workplace that the debtor did not give for correspondence (R-THP-08); another person's name inside (R-THP-01).
    """
    given = candidate.given
    not_reserved = given.kind is AddressKind.WORK and given.source.value not in terms.work_address_sources
    return not_reserved or lawful.names_somebody_else(candidate.parsed, debtor_name)


def _order(
    one: Scored, debtor_name: str, terms: ChoiceTerms
) -> tuple[bool, int, float, tuple[int, int, int, float, int]]:
    return (
        needs_a_person(one.candidate, debtor_name, terms),
        -one.value_fen,
        -one.probability,
        _source_order(one.candidate),
    )


def _inputs_sha256(
    case: CaseRecord,
    rows: list[tuple[GivenAddress, Address]],
    tracks: tuple[Track, ...],
    product: str,
    day: date,
    version: str,
    terms: ChoiceTerms,
    barred: frozenset[int],
    shut: Mapping[str, tuple[str, str]],
    products: tuple[ProductOffer, ...],
    preferred: str,
) -> str:
    """Hash of all that the choice depends on, in an order of its own: any order of the inputs gives the same."""
    canonical = [
        [
            [
                given.ordinal, given.text, given.kind.value, given.source.value, given.basis,
                given.collected_on.isoformat() if given.collected_on else None,
                address.key, address.grade.value, address.rural, round(address.confidence, 6),
                sorted(issue.value for issue in address.issues),
                lawful.names_somebody_else(address, case.debtor_name),
            ]
            for given, address in rows
        ],
        sorted([t.posted_on.isoformat(), t.place_key, t.outcome, t.person_same] for t in tracks),
        product,
        day.isoformat(),
        version,
        [
            terms.postage_fen, terms.delivery_worth_per_mille, terms.delivery_worth_min_fen,
            terms.delivery_worth_max_fen, list(terms.work_address_sources),
        ],
        case.claim.total,
        sorted(barred),
        *([sorted([place, *why] for place, why in shut.items())] if shut else []),
        *([["products", [[offer.code, *(offer.postage(address.postcode or "") for _, address in rows)] for offer in products]]] if products else []),
        *([["preferred", preferred]] if preferred else []),
        *([["explore", terms.explore_per_mille, terms.explore_floor_per_mille]] if terms.explore_per_mille else []),
    ]  # fmt: skip
    text = json.dumps(canonical, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
