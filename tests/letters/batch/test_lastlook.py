"""The last look at a part: a letter's pages hold its own data and nobody else's, and nothing forbidden; a hit stops the part."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2
import pytest

from letters.batch.lastlook import Printed, demand_clean_part, part_findings
from letters.batch.lookup import batch_by_no
from letters.batch.planning import plan_lender
from letters.batch.preview import write_sample
from letters.batch.printing import part_name, print_batch, print_folder
from letters.batch.releasing import release_batch
from letters.compose import compose, load_bundle
from letters.press.faces import house_faces
from letters.press.part import PartWriter
from letters.press.reading import PartReader
from letters.press.seal import Seal
from letters.rules.plain_text import plain
from records.errors import Broken
from tests.letters.batch.conftest import DAY

BUNDLE = load_bundle("consumer@1")
SAMPLE = BUNDLE.sample
RARE = chr(min(house_faces().faces[0].slots))
"""A character beyond the BMP that the house can print."""
OTHER = replace(
    SAMPLE, addressee_name="司马文远", id_tail="5678", contract_no="XF202399990009999", letter_no="（2026）鄂示例律函字第000124号",
    item_no="XA10000000124",
)  # fmt: skip


def printed(folder: Path, *pairs, duplex: bool = True) -> tuple[Path, list[Printed]]:
    """A part of letters; a pair is (fields that are meant, fields that are printed)."""
    path, found = folder / "part.pdf", []
    with PartWriter(path, BUNDLE, batch_no="B20261120-01", dated=date(2026, 11, 20), seal=Seal.sample("示例"), duplex=duplex) as writer:
        for position, (meant, shown) in enumerate(pairs, start=1):
            layout = writer.add(compose(BUNDLE, shown), shown, position, len(pairs))
            found.append(Printed.of(meant.letter_no, meant, compose(BUNDLE, meant), layout))
        writer.close()
    return path, found


def test_what_is_read_back_is_what_a_pdf_reader_sees(tmp_path: Path) -> None:
    path, letters = printed(tmp_path, (SAMPLE, SAMPLE), (OTHER, replace(OTHER, addressee_name=f"司马{RARE}远")))
    document = pypdfium2.PdfDocument(path)
    with PartReader(path) as reader:
        for number in range(len(document)):
            seen = document[number].get_textpage().get_text_range()
            assert sorted(plain(reader.text(number + 1, 1))) == sorted(plain(seen))
    assert letters


def test_a_clean_part_passes(tmp_path: Path) -> None:
    path, letters = printed(tmp_path, (SAMPLE, SAMPLE), (OTHER, OTHER), (replace(SAMPLE, is_card=True),) * 2)
    assert part_findings(path, letters) == []
    demand_clean_part(path, letters)


@pytest.mark.parametrize("field", ["addressee_name", "contract_no", "id_tail", "letter_no", "item_no"])
def test_another_letters_data_on_a_page_is_found(tmp_path: Path, field: str) -> None:
    mixed = replace(SAMPLE, **{field: getattr(OTHER, field)})
    path, letters = printed(tmp_path, (SAMPLE, mixed), (OTHER, OTHER))
    assert [letter_no for letter_no, _ in part_findings(path, letters)][:1] == [SAMPLE.letter_no]


def test_another_debtors_name_beside_the_own_is_found(tmp_path: Path) -> None:
    leak = replace(SAMPLE, product_name="个人消费贷款司马文远")
    path, letters = printed(tmp_path, (SAMPLE, leak), (OTHER, OTHER))
    found = part_findings(path, letters)
    assert [letter_no for letter_no, _ in found] == [SAMPLE.letter_no] and "另一函件" in found[0][1]


def test_a_name_that_the_letters_own_address_holds_is_no_leak(tmp_path: Path) -> None:
    there = replace(SAMPLE, addressee_address=("湖北省武汉市江汉区司马文远路588号示例花园3栋2单元1502室",))
    path, letters = printed(tmp_path, (there, there), (OTHER, OTHER))
    assert part_findings(path, letters) == []


def test_forbidden_words_on_a_page_are_found(tmp_path: Path) -> None:
    bad = replace(SAMPLE, product_name="老赖专项贷款")
    path, letters = printed(tmp_path, (bad, bad))
    assert any("老赖" in sentence for _, sentence in part_findings(path, letters))
    with pytest.raises(Broken, match="分册未保留"):
        demand_clean_part(path, letters)


def test_a_hit_stops_the_part_and_nothing_is_kept(house, keep, composed, monkeypatch) -> None:
    keep(*(composed(number) for number in range(3)))
    batch_no = plan_lender(house, "DEMO", DAY, actor="test", workers=1).batch_no
    write_sample(house, batch_no, None, actor="lawyer:L001")
    with house.session() as session:
        release_batch(session, house.cipher, batch_by_no(session, batch_no), "L001", clock=house.clock)
    from letters.batch import printing

    real = printing.compose

    def mixes_up(bundle, fields):
        return real(bundle, replace(fields, product_name="消费贷款" + composed(1).contract_no))

    monkeypatch.setattr(printing, "compose", mixes_up)
    monkeypatch.setattr(printing.Printed, "of", lambda no, fields, _letter, layout: Printed(no, fields, real(BUNDLE, fields).text, layout, BUNDLE.required_parts))
    with pytest.raises(Broken):
        print_batch(house, batch_no, actor="test", workers=1)
    folder = print_folder(house.settings, batch_no)
    assert not (folder / part_name(1)).exists() and not list(folder.glob("*.part*"))
    monkeypatch.undo()
    print_batch(house, batch_no, actor="test", workers=1)
    assert (folder / part_name(1)).exists()
