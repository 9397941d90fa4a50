"""The last look at a printed part before it is kept: the text read back from its pages, letter by letter (R-LAW-11..13).

No other letter's name or contract number may stand on a letter's pages, its own must, and what the rules refuse must not.
What a letter itself was composed of (an address that holds somebody's surname …) is no leak. A hit stops the part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from daachorse import CharwiseDoubleArrayAhoCorasick

from letters.compose.form import ComposedLetter
from letters.compose.model import LetterFields
from letters.compose.wording import own_values
from letters.press.part import PieceLayout
from letters.press.reading import PartReader
from letters.rules import judge_printed
from letters.rules.model import LenderFacts, LetterFacts, Severity
from letters.rules.plain_text import plain
from letters.rules.policy import Policy
from locate.case import LenderKind
from records.errors import Broken

_SHORTEST_NAME: Final = 3
"""Two characters occur in other words; of such names only the contract number tells."""
_SHORTEST_CONTRACT: Final = 6
_SHOWN: Final = 3
_NOBODY: Final = LenderFacts("", "", LenderKind.BANK)
_POLICY: Final = Policy()


@dataclass(frozen=True, slots=True)
class Printed:
    """A letter as it was given to the press, and where it lies."""

    letter_no: str
    fields: LetterFields
    text: str
    """As composed."""
    layout: PieceLayout
    parts: frozenset[str]

    @classmethod
    def of(cls, letter_no: str, fields: LetterFields, letter: ComposedLetter, layout: PieceLayout) -> Printed:
        """From what printing has at hand."""
        return cls(letter_no, fields, letter.text, layout, letter.parts)


def demand_clean_part(path: Path, letters: Sequence[Printed]) -> None:
    """Read every letter of a finished part back.

    Raises:
        Broken: a letter shows what is not its own, lacks what is, or says what no letter may say; the part must not be kept.
    """
    found = part_findings(path, letters)
    if found:
        shown = "；".join(f"{letter_no}：{sentence}" for letter_no, sentence in found[:_SHOWN])
        raise Broken(
            f"印刷分册逐封核对发现 {len(found)} 处问题，分册未保留。{shown}", "请停止该批次，检查模板与字段后作废重新计划。", code="E-LAST-LOOK"
        )


def part_findings(path: Path, letters: Sequence[Printed]) -> list[tuple[str, str]]:
    """(letter number, sentence) of everything that must not leave the house."""
    if not letters:
        return []
    telling = sorted({word for one in letters for word in _telling(one.fields)})
    automaton = CharwiseDoubleArrayAhoCorasick(telling) if telling else None
    found: list[tuple[str, str]] = []
    with PartReader(path) as reader:
        for one in letters:
            text = reader.text(one.layout.first_page, one.layout.printed_pages)
            found += [(one.letter_no, sentence) for sentence in _of_letter(one, text, automaton, telling)]
    return found


def _telling(fields: LetterFields) -> list[str]:
    """What, seen on another's letter, tells of this one's debtor."""
    names = [plain(name) for name in (fields.addressee_name, fields.relay_for) if len(plain(name)) >= _SHORTEST_NAME]
    contract = plain(fields.contract_no)
    return [*names, *([contract] if len(contract) >= _SHORTEST_CONTRACT else [])]


def _of_letter(
    one: Printed, text: str, automaton: CharwiseDoubleArrayAhoCorasick | None, telling: Sequence[str]
) -> list[str]:
    clean, composed = plain(text), plain(one.text)
    found = []
    if automaton is not None:
        seen = {telling[number] for _, _, number in automaton.find_overlapping(clean)}
        if any(word not in composed for word in seen):
            found.append("页面上出现了同册另一函件的姓名或合同号")
    fields = one.fields
    own = (fields.addressee_name, fields.letter_no, fields.item_no, fields.contract_no, fields.id_tail, fields.relay_for)
    if any(plain(value) not in clean for value in own if value):
        found.append("页面上缺少本函的姓名、函号、邮件号码、合同号或证件尾号")
    if "\ufffd" in text:
        found.append("页面上有不能还原的字符")
    facts = LetterFacts(
        day=fields.letter_date, text=text, parts=one.parts, letter_no=fields.letter_no, item_no=fields.item_no, item_format="",
        debtor_name=fields.addressee_name, id_tail=fields.id_tail, contract_no=fields.contract_no, postcode=None, adcode=None,
        lender=_NOBODY, is_card=fields.is_card, relay_for=fields.relay_for, own_values=own_values(fields), policy=_POLICY,
    )  # fmt: skip
    return found + [finding.message for finding in judge_printed(facts) if finding.severity is Severity.BLOCK]
