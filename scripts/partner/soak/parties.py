"""Registers the composed firm, partner and many composed lenders, as the words of ``scripts.world.parties`` say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from scripts.partner.server import HOST, INBOX, USER, PartnerServer
from scripts.partner.simulator import TAKEN
from scripts.world.parties import CONTRACT, LENDER, PARTNER, PRODUCT, commands

RANGES: Mapping[str, tuple[str, int]] = {"200": ("XA", 1), "240": ("XB", 1), "402": ("10", 1), "404": ("11", 1)}
"""Product → prefix and first serial of the range that the partner has allotted."""
NUMBERS = 1_000_000


def lender_codes(count: int) -> list[str]:
    """L01, L02 …"""
    return [f"L{number:02d}" for number in range(1, count + 1)]


def product_of(lender: str) -> str:
    """Each lender sends by one product, in turn."""
    return list(RANGES)[int(lender[1:]) % len(RANGES)]


def registration(lenders: list[str], server: PartnerServer) -> Iterator[list[str]]:
    """The words that register everybody; the partner's place is the server's."""
    for words in commands():
        if words[:2] == ["firm", "standing"]:
            # One order names all its lenders; a second one would replace it.
            place = words.index("--lender")
            yield [*words[:place], *(part for lender in lenders for part in ("--lender", lender)), *words[place + 2 :]]
        elif LENDER in words:
            for lender in lenders:
                yield [_of(word, lender) for word in words]
        elif words[:2] == ["partner", "range"]:
            for product, (prefix, first) in RANGES.items():
                yield ["partner", "range", PARTNER, "--product", product, "--prefix", prefix, "--first", str(first), "--last", str(NUMBERS)]
        else:
            yield words
            if words[:2] == ["partner", "add"]:
                keys = Path(server.client_key).parent
                yield [
                    "partner", "place", PARTNER, "--sftp", f"sftp://{USER}@{HOST}:{server.port}/{INBOX}",
                    "--host-key", str(keys / "host_key.pub"), "--key", str(server.client_key), "--also-look-in", TAKEN,
                ]  # fmt: skip


def _of(word: str, lender: str) -> str:
    if word == LENDER:
        return lender
    if word == CONTRACT:
        return f"{CONTRACT}-{lender}"
    if word == f"product={PRODUCT}":
        return f"product={product_of(lender)}"
    return word.replace("示例消费金融有限公司", f"示例{lender}消费金融有限公司")
