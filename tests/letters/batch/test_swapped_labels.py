"""Swapped labels from an imported file to the pair, on a real database."""

from __future__ import annotations

from sqlalchemy import select

from letters.batch.lookup import batch_by_no
from letters.post.store import import_answer
from letters.post.swapped import find_swapped, misplaced_in_file
from letters.tables import AnswerFile
from locate.case import AddressKind, GivenAddress, Source
from tests.letters.batch.conftest import DAY, HEADER

SHENZHEN = GivenAddress(
    1, "广东省深圳市南山区科技园科苑路15号科兴科学园B栋3单元801室", AddressKind.RESIDENCE, Source.CONTRACT, "合同约定", "HT-9", DAY, DAY
)


def test_a_file_whose_tracks_cross_names_its_batch_and_the_pair(house, keep, composed, send, tmp_path) -> None:
    keep(composed(0), composed(1), composed(2, addresses=(SHENZHEN,)))
    batch_no = send()
    with house.session() as session:
        assert find_swapped(session) == []

    def tell(name: str, *offices: str, day: int = 22) -> str:
        path = tmp_path / name
        rows = [f"{n},XA{n:011d},202611{day},090000,{office},10,10,,,1" for n, office in enumerate(offices, start=1) if office]
        path.write_text("\n".join([",".join(HEADER), *rows]), "utf-8")
        return import_answer(house, "POST", path, actor="test").sha256

    fine = tell("EVT-20261122-S000001.csv", "", "武汉市江汉区揽投部")
    crossed = tell("EVT-20261122-S000002.csv", "武汉市江汉区揽投部", "", "武汉市江汉区揽投部")
    with house.session() as session:
        places = {one.item_no: one for one in find_swapped(session)}
        batch = batch_by_no(session, batch_no)
        assert misplaced_in_file(session, "POST", fine) == []
        assert misplaced_in_file(session, "POST", crossed) == [batch.id]
        assert session.scalars(select(AnswerFile.sha256).order_by(AnswerFile.received_at)).all() == [fine, crossed]
    (stray,) = places.values()
    assert (stray.address_city, stray.track_city) == ("深圳市", "武汉市")
    tell("EVT-20261123-S000003.csv", "深圳市南山区揽投部", day=23)
    with house.session() as session:
        first, last = find_swapped(session)
        assert (first.exchanged_with, last.exchanged_with) == (last.item_no, first.item_no)
