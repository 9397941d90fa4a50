"""Bags, trays and bundles read off a manifest: sums, ends and destinations."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from letters.post.presort import BagLimits, assign_slots
from letters.post.sorting import Container, ContainerKind, sort_out

PLACES = (
    ("010010", "呼和浩特市新城区", "内蒙古自治区呼和浩特市新城区某某路1号"),
    ("100010", "北京市东城区", "北京市东城区某某街2号"),
    ("430014", "武汉市江汉区", "湖北省武汉市江汉区某某路3号"),
    ("430100", "武汉市蔡甸区", "湖北省武汉市蔡甸区某某路4号"),
)
LIMITS = BagLimits(bag_pieces=9, tray_pieces=5, bundle_pieces=3, bag_least=2, bundle_least=2)


def sorted_pieces(make_piece, chosen: list[int], limits: BagLimits = LIMITS):
    slots = assign_slots(((PLACES[place][0], 12) for place in chosen), limits)
    return [
        make_piece(
            number, office_postcode=PLACES[place][0], office_name=PLACES[place][1], recipient_address=PLACES[place][2],
            sort_bag=slot.label,
        )
        for number, (place, slot) in enumerate(zip(chosen, slots, strict=True), start=1)
    ]  # fmt: skip


@given(chosen=st.lists(st.integers(0, 3), max_size=60).map(sorted))
@settings(max_examples=60, deadline=None)
def test_every_kind_sums_up_to_the_manifest(make_piece, chosen: list[int]) -> None:
    closed: list[Container] = []
    bags = sort_out(sorted_pieces(make_piece, chosen), closed.append)
    for kind in ContainerKind:
        found = bags if kind is ContainerKind.BAG else [one for one in closed if one.kind is kind]
        assert sum(one.pieces for one in found) == len(chosen)
        assert sum(one.weight_g for one in found) == 12 * len(chosen)
        ends = [number for one in found for number in (one.first_record, one.last_record)]
        assert ends == sorted(ends)
        assert len({one.code for one in found}) == len(found)
    assert sum(bag.bundles for bag in bags) == sum(one.kind is ContainerKind.BUNDLE for one in closed)
    assert sum(bag.trays for bag in bags) == sum(one.kind is ContainerKind.TRAY for one in closed)


def test_a_destination_is_an_office_a_province_or_a_stretch(make_piece) -> None:
    wide = BagLimits(bag_digits=0, tray_digits=0, bundle_digits=0, tray_pieces=50)

    def destination(*chosen: int) -> tuple[str, str]:
        closed: list[Container] = []
        (bag,) = sort_out(sorted_pieces(make_piece, list(chosen), wide), closed.append)
        return bag.destination, next(one for one in closed if one.kind is ContainerKind.BUNDLE).destination

    assert destination(2, 2) == ("武汉市江汉区", "武汉市江汉区")
    assert destination(2, 3) == ("湖北省", "武汉市江汉区等 2 处")
    assert destination(0, 1, 3) == ("内蒙古自治区—湖北省", "内蒙古自治区—湖北省")
