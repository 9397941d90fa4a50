"""Template lint: every way through a bundle's conditions is composed and judged before any letter is made with it.

Ways: each name that a condition reads takes each kind of value it can have (yes/no, given/empty, one/two lines). Text that
no way prints is told too, and the fixed text is searched for numbers and sums that only a field may bring. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import Final

from jinja2 import Environment, nodes

from letters.compose.bundle import Bundle, LetterType
from letters.compose.errors import FieldRefused, TemplateFault
from letters.compose.facts import Fact, parts_of
from letters.compose.fieldcheck import MAY_BE_EMPTY
from letters.compose.form import ComposedLetter
from letters.compose.model import ClaimLine, LetterFields
from letters.compose.part_titles import PART_TITLES
from letters.compose.render import compose
from letters.compose.wording import own_values
from letters.rules.judge import judge_letter
from letters.rules.lexicon import lexicon_hits
from letters.rules.model import Finding, LenderFacts, LetterFacts, Severity
from letters.rules.plain_text import plain
from locate.case import LenderKind

MOST_WAYS: Final = 4_096
"""More conditions than that nobody can oversee: a letter is then two templates."""
_LINES: Final[Mapping[str, tuple[ClaimLine, ...]]] = {
    "逐项说明": (ClaimLine("剩余本金", 100_00, "发放本金减已还本金"), ClaimLine("减免", -10_00, "委托人减免")),
    "无说明": (ClaimLine("剩余本金", 100_00), ClaimLine("正常利息", 5_00)),
}
_WITH_BASIS: Final[Mapping[str, tuple[ClaimLine, ...]]] = {
    "写明条款": (ClaimLine("剩余本金", 100_00, clause="第二条"), ClaimLine("正常利息", 5_00, clause="第五条", rate="12%", period="示例期间"))
}
"""Of a statement; the others are kinds of every letter."""
_FIXED_NUMBER: Final = re.compile(r"\d[\d\-]{5,}\d|\d[\d,]*\.\d{2}|\d+(?:\.\d+)?[万亿]?元")
_OF_THE_PIECE: Final = "R-PST-"
"""Rules on numbers and postcodes: a sample's are made up."""
_YEAR: Final = re.compile(r"20\d{2}")
_TITLES: Final = {"is_card": "信用卡", "annual_rate": "年化成本", "addressee_phone_masked": "联系电话", "claim_lines": "金额明细", "assignment_notice_on": "转让通知", "repayments": "还款记录"}


@dataclass(frozen=True, slots=True)
class Way:
    """One way through the conditions: its name for people and the letter that it gives."""

    name: str
    fields: LetterFields
    letter: ComposedLetter


@dataclass(frozen=True, slots=True)
class LintFinding:
    """Something wrong with a bundle; ``ways`` says where (the first of them, and how many)."""

    finding: Finding
    ways: tuple[str, ...]

    @property
    def blocks(self) -> bool:
        """Whether the bundle may not be used at all; else a lawyer must decide."""
        return self.finding.severity is Severity.BLOCK


def _names_in_conditions(bundle: Bundle) -> list[str]:
    """Names that decide what is printed, in order of the template. ``has_notes`` is the claim lines' own."""
    tree = Environment(autoescape=False).parse(bundle.text)  # noqa: S701  parsed only, never rendered here
    tests: list[nodes.Node] = [node.test for node in tree.find_all(nodes.If)]
    tests += [node.test for node in tree.find_all(nodes.CondExpr)]
    tests += [node.iter for node in tree.find_all(nodes.For)]
    found = [name.name for test in tests for name in ([test] if isinstance(test, nodes.Name) else test.find_all(nodes.Name))]
    return list(dict.fromkeys("claim_lines" if name in ("has_notes", "has_basis") else name for name in found))


def _values(name: str, bundle: Bundle) -> list[tuple[str, dict[str, object]]]:
    """(words, fields to change) for each kind of value that a condition's name can have."""
    title = _TITLES.get(name, name)
    if name == "is_card":
        kinds = {"非信用卡": False, "信用卡": True} if bundle.card_parts else {"非信用卡": False}
        return [(words, {name: value}) for words, value in kinds.items()]
    if name == "claim_lines":
        kinds_of_lines = {**_LINES, **(_WITH_BASIS if Fact.STATEMENT in bundle.facts else {})}
        return [(f"{title}{kind}", _claiming(lines, bundle)) for kind, lines in kinds_of_lines.items()]
    if name in ("assignment_notice_on", "repayments"):
        return [(f"有{title}", {}), (f"无{title}", {name: None if name == "assignment_notice_on" else ()})]
    if name in MAY_BE_EMPTY:
        return [(f"有{title}", {name: getattr(bundle.sample, name) or "示例"}), (f"无{title}", {name: ""})]
    return [(f"有{title}", {})]


def _claiming(lines: tuple[ClaimLine, ...], bundle: Bundle) -> dict[str, object]:
    """A claim of these lines; what is offered stays below it."""
    total = sum(one.amount_fen for one in lines)
    return {"claim_lines": lines, "total_fen": total, **({"offer_fen": total // 2} if Fact.OFFER in bundle.facts else {})}


def ways(bundle: Bundle, day: date | None = None) -> Iterator[Way]:
    """Every way through the bundle's conditions, composed from its sample (as a letter of ``day``).

    Raises:
        TemplateFault: there are too many, or one of them can't be composed.
    """
    choices = [_values(name, bundle) for name in _names_in_conditions(bundle)]
    count = 1
    for values in choices:
        count *= len(values)
    if count > MOST_WAYS:
        raise TemplateFault(f"模板的条件组合有 {count} 种，超过 {MOST_WAYS} 种，请拆成几个模板")
    for picked in product(*choices):
        changes: dict[str, object] = {}
        for _, change in picked:
            changes |= change
        fields = replace(bundle.sample, **changes)  # type: ignore[arg-type]
        if day is not None:
            fields = replace(fields, letter_date=day, letter_no=_YEAR.sub(str(day.year), fields.letter_no, count=1))
            fields = replace(fields, deadline=day, as_of=day, disbursed_on=day, overdue_since=day) if fields.relay_for else fields
        name = "、".join(words for words, _ in picked) or "唯一写法"
        try:
            yield Way(name, fields, compose(bundle, fields))
        except FieldRefused as error:
            raise TemplateFault(f"{name}：{error}") from error


def lint(bundle: Bundle, day: date, kind: LenderKind = LenderKind.CONSUMER_FINANCE) -> tuple[LintFinding, ...]:
    """Everything wrong with a bundle for letters of ``day``; each finding once, with the ways that show it.

    Raises:
        TemplateFault: it can't be composed in every way.
    """
    found: dict[Finding, list[str]] = {}
    texts = []
    for way in ways(bundle, day):
        texts.append(plain(way.letter.text))
        for finding in judge_letter(_facts(way, day, kind)):
            if finding.rule_id.startswith(_OF_THE_PIECE):
                continue
            found.setdefault(finding, []).append(way.name)
        for part in sorted(parts_of(bundle.facts) - way.letter.parts):
            finding = Finding("R-LAW-09", Severity.BLOCK, f"缺少“{PART_TITLES[part]}”，模板的 facts 要求写明；请补上该段落。")
            found.setdefault(finding, []).append(way.name)
    whole = "\n".join(texts)
    for finding in (*_fixed_text(bundle, whole), *_type(bundle)):
        found.setdefault(finding, []).append("全部写法")
    return tuple(LintFinding(finding, tuple(names)) for finding, names in found.items())


def _facts(way: Way, day: date, kind: LenderKind) -> LetterFacts:
    fields = way.fields
    return LetterFacts(
        day=day, text=way.letter.text, parts=way.letter.parts, letter_no=fields.letter_no, item_no=fields.item_no, item_format="domestic13", debtor_name=fields.addressee_name, id_tail=fields.id_tail,
        contract_no=fields.contract_no, postcode=None, adcode=None, lender=LenderFacts("", fields.client_name, kind),
        is_card=fields.is_card, relay_for=fields.relay_for, own_values=own_values(fields), firm_name=fields.firm_name,
    )  # fmt: skip


def _lines_of(bundle: Bundle) -> Iterator[str]:
    """The fixed text of the template in stretches between fields and marks."""
    tree = Environment(autoescape=False).parse(bundle.text)  # noqa: S701
    for data in tree.find_all(nodes.TemplateData):
        for line in data.data.splitlines():
            if not line.strip().startswith("::"):
                yield from (part.strip(" !=") for part in line.replace("**", "|").split("|") if part.strip(" !="))


def _fixed_text(bundle: Bundle, whole: str) -> Iterator[Finding]:
    rule = "R-LAW-12"
    for stretch in dict.fromkeys(_lines_of(bundle)):
        if plain(stretch) not in whole:
            yield Finding(rule, Severity.BLOCK, f"模板中“{stretch[:16]}”在任何写法下都不会印出；请删除或改正条件。")
            for hit in lexicon_hits(stretch):
                yield Finding("R-LAW-11", Severity.BLOCK, f"不会印出的文字中有禁用措辞“{hit.words[:16]}”；请删除。")
        for number in _FIXED_NUMBER.findall(plain(stretch)):
            yield Finding(rule, Severity.BLOCK, f"模板写死了号码或金额“{number[:16]}”，会印在所有人的函上；请改用字段。")


def _type(bundle: Bundle) -> Iterator[Finding]:
    """R-LAW-16: letters on money claims and relay letters only, called what they are."""
    title = "转告函" if bundle.letter_type is LetterType.RELAY else "律师函"
    if title not in bundle.title:
        yield Finding("R-LAW-16", Severity.BLOCK, f"模板名称“{bundle.title}”与函件类型（{title}）不符；请改正 bundle.toml。")
    words = plain("".join(_lines_of(bundle)))
    if re.search("报案|举报|控告|行政处罚|刑事", words):
        yield Finding("R-LAW-16", Severity.BLOCK, "模板涉及刑事或行政事项，律师函不得用于此类威胁；请删除相关文字。")
