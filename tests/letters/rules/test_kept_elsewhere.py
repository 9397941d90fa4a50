"""Rules that no single function keeps: facts about the library and its data."""

from __future__ import annotations

from importlib.resources import files

from locate.tables import CaseAddress
from records.tables import Base

PERSONAL = ("name", "mobile", "phone", "id_number", "bidx", "person", "debtor")


def test_the_address_library_has_no_column_for_a_person() -> None:
    """R-SRC-06: places and their parts only; a person's link to a place is a keyed index, within one lender's case."""
    from locate.address.gazetteer import gazetteer

    book = gazetteer()
    assert not any(word in name for name in vars(type(book)) for word in PERSONAL if word != "name")
    data = [entry.name for entry in files("locate.address").iterdir()] + [entry.name for entry in files("locate").iterdir()]
    assert not any("person" in name or "debtor" in name for name in data)
    linked = {column.name for column in CaseAddress.__table__.columns if "place" in column.name}
    assert linked == {"place_bidx"}
    assert not any("statistic" in table for table in Base.metadata.tables)
