"""Delimited text (CSV, TSV …): encoding by evidence, delimiter by what it makes of the first lines, records numbered.

Encoding: byte order mark, then strict UTF-8, then strict GB18030, else refused. Text that is mostly UTF-8 with a broken
byte is refused and not read as GB18030, which would turn every name into other characters.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from locate.intake.problems import refuse_file
from locate.intake.sheets import NO_MARKS, Marks, Row
from locate.intake.text import plain

_BLOCK: Final = 1 << 20
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS: Final = (",", "\t", ";", "|", "，", "\x01")
_SAMPLE_CHARACTERS: Final = 65536
_SAMPLE_RECORDS: Final = 60
_LONGEST_CELL: Final = 20_000
_MOST_BREAKS: Final = 40
"""Line breaks in a cell: more means that an unclosed quote has swallowed the following records."""
WIDEST: Final = 1024

csv.field_size_limit(1 << 24)


@dataclass(frozen=True, slots=True)
class Delimited:
    """One delimited file; opened anew for every walk."""

    name: str
    sheet: str | None
    encoding: str
    delimiter: str
    _open: Callable[[], BinaryIO]

    @property
    def hidden(self) -> bool:
        """Never."""
        return False

    @property
    def marks(self) -> Marks:
        """Text shows nothing but values."""
        return NO_MARKS

    def percent_rows(self, column: int) -> frozenset[int]:
        """None: text carries its % with it."""
        return frozenset()

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Every record with its number: header and blank lines counted, a quoted line break not."""
        with self._open() as raw, io.TextIOWrapper(raw, encoding=self.encoding, newline="") as text:
            reader = csv.reader(text, delimiter=self.delimiter)
            for number, record in enumerate(reader, 1):
                for cell in record:
                    if len(cell) > _LONGEST_CELL or cell.count("\n") > _MOST_BREAKS:
                        raise refuse_file("FILE_QUOTES", str(number))
                row: Row = list(record)
                yield number, row


def encoding_of(opener: Callable[[], BinaryIO]) -> str:
    """The file's encoding.

    Raises:
        UnreadableInput: neither UTF-8 nor GB18030, or broken UTF-8.
    """
    with opener() as stream:
        head = stream.read(4)
    for mark, name in _BOMS:
        if head.startswith(mark):
            place = _undecodable(opener, name)
            if place is not None:
                raise refuse_file("FILE_ENCODING_BROKEN", str(place))
            return name
    broken = _undecodable(opener, "utf-8")
    if broken is None:
        return "utf-8"
    if _is_mostly_utf8(opener):
        raise refuse_file("FILE_ENCODING_BROKEN", str(broken))
    place = _undecodable(opener, "gb18030")
    if place is not None:
        raise refuse_file("FILE_ENCODING", str(place))
    return "gb18030"


def _undecodable(opener: Callable[[], BinaryIO], encoding: str) -> int | None:
    """The byte (1-based) around which strict decoding fails, or None."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = 0
    with opener() as stream:
        while True:
            block = stream.read(_BLOCK)
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as fault:
                return done + fault.start + 1
            if not block:
                return None
            done += len(block)


def _is_mostly_utf8(opener: Callable[[], BinaryIO]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    with opener() as stream:
        while block := stream.read(_BLOCK):
            text = decoder.decode(block)
            broken = text.count("\ufffd")
            bad += broken
            good += sum(character > "\u07ff" for character in text) - broken
    return good > 10 * bad


def open_delimited(name: str, sheet: str | None, opener: Callable[[], BinaryIO]) -> Delimited:
    """Find out encoding and delimiter of a delimited file.

    Raises:
        UnreadableInput: it is empty, can't be decoded, or is no table at all.
    """
    encoding = encoding_of(opener)
    with opener() as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
        sample = text.read(_SAMPLE_CHARACTERS)
    if not sample.strip("\ufeff\r\n\t ,;|"):
        raise refuse_file("FILE_EMPTY")
    start = sample.lstrip("\ufeff\r\n\t ")[:200].lower()
    if start.startswith(("<!doctype", "<html", "<?xml", "<table", "<meta", "<head")):
        raise refuse_file("FILE_WEB_PAGE")
    if "\0" in sample:
        raise refuse_file("FILE_TYPE", "二进制内容")
    return Delimited(
        name, sheet, encoding, max(_DELIMITERS, key=lambda each: _evenness(sample, each)), opener
    )


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    """How table-like a delimiter makes the sample: filled cells of records as wide as the widest, then their width."""
    if delimiter not in sample:
        return 0.0, 0
    records = _few(csv.reader(io.StringIO(sample), delimiter=delimiter))
    widths = [len(record) for record in records if any(plain(cell) for cell in record)]
    if len(widths) > 1:
        widths = widths[:-1]
    widest = max(widths, default=0)
    if widest > WIDEST:
        return 0.0, 0
    usual = max(set(widths), key=lambda width: (widths.count(width) * width, width), default=0)
    return (widths.count(usual) / len(widths) * min(usual, 12) if usual > 1 else 0.0), usual


def _few(records: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        for _ in range(_SAMPLE_RECORDS):
            yield next(records)
    except (StopIteration, csv.Error):
        return
