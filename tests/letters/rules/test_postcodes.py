"""The postcode table and the address reader's postcodes mean the same provinces."""

from __future__ import annotations

import csv
from importlib.resources import files

from letters.rules.postcodes import provinces_of


def test_every_postcode_the_address_reader_knows_agrees_with_its_province() -> None:
    text = files("locate.address").joinpath("data/postcodes.csv").read_text("utf-8")
    odd = [
        (row["code"], row["postcode"])
        for row in csv.DictReader(text.splitlines())
        if row["code"][:2] not in provinces_of(row["postcode"])
    ]
    assert odd == []
