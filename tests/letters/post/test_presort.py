"""Presort: one order, bags and bundles that keep their limits."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.post.presort import (
    BagLimits,
    Slot,
    assign_slots,
    limits_from,
    office_name,
    order_key,
    shipped_limits,
)
from records.errors import WrongUsage

POSTCODES = st.sampled_from(["", "010010", "050000", "100010", "430014", "430015", "430100", "432000", "510000"])
PIECES = st.lists(st.tuples(POSTCODES, st.integers(1, 40)), max_size=120).map(sorted)
LIMITS = BagLimits(bag_pieces=7, bag_weight_g=100, bundle_pieces=3)


@given(st.permutations([("430014", ("L1", "C2")), ("430014", ("L1", "C10")), ("", ("L1", "C1")), ("050000", ("L2", "C1"))]))
def test_order_does_not_depend_on_arrival(rows: list[tuple[str, tuple[str, ...]]]) -> None:
    ordered = sorted(rows, key=lambda row: order_key(*row))
    assert [row[0] for row in ordered] == ["050000", "430014", "430014", ""]
    assert ordered[1][1] == ("L1", "C10")


@given(PIECES)
def test_no_bag_or_bundle_passes_its_limits(pieces: list[tuple[str, int]]) -> None:
    slots = list(assign_slots(pieces, LIMITS))
    assert len(slots) == len(pieces)
    weights: dict[str, int] = defaultdict(int)
    for slot, (_, weight) in zip(slots, pieces, strict=True):
        weights[slot.bag] += weight
    assert all(count <= LIMITS.bag_pieces for count in Counter(s.bag for s in slots).values())
    assert all(weight <= LIMITS.bag_weight_g for weight in weights.values())
    assert all(count <= LIMITS.bundle_pieces for count in Counter(s.label for s in slots).values())


@given(PIECES)
def test_a_bag_holds_one_province_and_a_bundle_one_county(pieces: list[tuple[str, int]]) -> None:
    provinces: dict[str, set[str]] = defaultdict(set)
    counties: dict[str, set[str]] = defaultdict(set)
    for slot, (postcode, _) in zip(assign_slots(pieces, LIMITS), pieces, strict=True):
        provinces[slot.bag].add(postcode[:2])
        counties[slot.label].add(postcode[:4])
    assert all(len(found) == 1 for found in (*provinces.values(), *counties.values()))


@given(PIECES)
def test_bags_are_contiguous_and_numbered_without_gaps(pieces: list[tuple[str, int]]) -> None:
    bags = list(dict.fromkeys(slot.bag for slot in assign_slots(pieces, LIMITS)))
    runs = [slot.bag for slot in assign_slots(pieces, LIMITS)]
    assert sum(a != b for a, b in pairwise(runs)) == max(len(bags) - 1, 0)
    numbers: dict[str, list[int]] = defaultdict(list)
    for bag in bags:
        province, _, number = bag.partition("-")
        numbers[province].append(int(number))
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


MIXED = BagLimits(
    bag_least=4, bag_pieces=9, bag_weight_g=150, tray_least=3, tray_pieces=5, tray_weight_g=90, bundle_least=2, bundle_pieces=3,
    bundle_weight_g=60,
)  # fmt: skip


@given(PIECES)
def test_bundles_lie_in_one_tray_and_trays_in_one_bag_and_all_keep_their_limits(pieces: list[tuple[str, int]]) -> None:
    slots = list(assign_slots(pieces, MIXED))
    for kind, most, most_g in (("bag", 9, 150), ("tray", 5, 90), ("bundle", 3, 60)):
        held: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for slot, (_, weight) in zip(slots, pieces, strict=True):
            held[slot.bag if kind == "bag" else (slot.bag, getattr(slot, kind)),].append(weight)
        assert all(len(weights) <= most and (sum(weights) <= most_g or len(weights) == 1) for weights in held.values())
    trays = {(slot.bag, slot.bundle): {other.tray for other in slots if (other.bag, other.bundle) == (slot.bag, slot.bundle)} for slot in slots}
    assert all(len(found) == 1 for found in trays.values())
    assert [Slot.read(slot.label) for slot in slots] == slots


@given(PIECES)
def test_few_pieces_go_on_into_the_next_destination(pieces: list[tuple[str, int]]) -> None:
    """A container that ends although it has room has the least that one of its own needs."""
    slots = list(assign_slots(pieces, MIXED))
    bags = Counter(slot.bag for slot in slots)
    order = list(bags)
    for before, after in pairwise(order):
        weights = [weight for slot, (_, weight) in zip(slots, pieces, strict=True) if slot.bag == before]
        following = next(weight for slot, (_, weight) in zip(slots, pieces, strict=True) if slot.bag == after)
        assert bags[before] >= 4 or sum(weights) + following > 150


def test_sparse_mail_needs_few_bags() -> None:
    pieces = [(f"{number:06d}", 17) for number in range(10_000, 850_000, 3_000)]
    slots = list(assign_slots(pieces))
    assert len(pieces) == 280
    assert len({slot.bag for slot in slots}) <= 3
    assert len({(slot.bag, slot.bundle) for slot in slots}) <= 30


def test_a_partner_replaces_limits_by_name_and_wrong_ones_are_refused() -> None:
    assert limits_from({"bag_pieces": 500}).as_json() == shipped_limits().as_json() | {"bag_pieces": 500}
    for wrong in ({"bags": 1}, {"bag_pieces": "5"}, {"bag_pieces": 0}, {"bag_digits": 7}, {"bundle_digits": 1}, {"bag_least": 801}):
        with pytest.raises(WrongUsage):
            limits_from(wrong)


@pytest.mark.parametrize("label", ["", "43-001", "43-001/x", "43-001/01/1/1", "/01", "43-001/٣"])
def test_what_is_no_slot_is_not_read_as_one(label: str) -> None:
    with pytest.raises(ValueError, match="no slot"):
        Slot.read(label)


@pytest.mark.parametrize(
    ("place", "name"),
    [(("430014", "湖北省", "武汉市", "江汉区"), "武汉市江汉区"), (("100010", "北京市", None, "东城区"), "北京市东城区"),
     (("523000", "广东省", "东莞市", None), "东莞市"), (("430014", None, None, None), "430014"),
     (("100010", "北京市", "市辖区", "东城区"), "北京市东城区"), (("433000", "湖北省", "省直辖县级行政区划", "仙桃市"), "湖北省仙桃市"),
     (("731700", "甘肃省", "临夏回族自治州", "积石山保安族东乡族撒拉族自治县"), "积石山保安族东乡族撒拉族自治县")],
)  # fmt: skip
def test_office_names_fit_their_column(place: tuple[str, str | None, str | None, str | None], name: str) -> None:
    assert office_name(*place) == name
    assert 0 < len(name) <= 20
