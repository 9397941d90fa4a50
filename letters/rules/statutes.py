"""Quoted statutes (R-LAW-13): does what a letter quotes exist, and is it in force on the letter's date?

A quotation is 《name》 followed by 第…条. A name in 《》 without an article is a document's title and is not judged,
unless it is a repealed law's. Data: ``statutes.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from letters.rules.model import Finding, LetterFacts, Severity
from letters.rules.plain_text import plain
from letters.rules.rule import Say, letter_rule


@dataclass(frozen=True, slots=True)
class Statute:
    """A version of a text. ``articles`` empty = every article from 1 to ``last_article`` exists."""

    since: date
    until: date | None
    last_article: int
    articles: frozenset[int]

    def in_force(self, day: date) -> bool:
        """Whether it applies on ``day``."""
        return self.since <= day and (self.until is None or day <= self.until)

    def has_article(self, number: int) -> bool:
        """Whether the article is known to exist."""
        return number in self.articles if self.articles else 1 <= number <= self.last_article


@dataclass(frozen=True, slots=True)
class Quotation:
    """One quoted article; ``article`` is None where only the name of a law is quoted."""

    name: str
    article: int | None


@cache
def statutes() -> Mapping[str, tuple[Statute, ...]]:
    """Plain name → its versions, read once."""
    raw = tomllib.loads(files("letters.rules").joinpath("statutes.toml").read_text("utf-8"))
    found: dict[str, tuple[Statute, ...]] = {}
    for row in raw["statute"]:
        articles = frozenset(row.get("articles", ()))
        statute = Statute(row["since"], row.get("until"), row.get("last_article", 0), articles)
        if not articles and not statute.last_article:
            raise ValueError(f"statutes.toml: {row['names'][0]} has neither articles nor last_article")
        for name in row["names"]:
            found[plain(name)] = (*found.get(plain(name), ()), statute)
    return found


_DIGITS: Final = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
_NUMBER: Final = r"[零〇一二两三四五六七八九十百千]+|\d{1,4}"
_TITLE: Final = r"《((?:[^《》]|《[^《》]*》){2,60})》"
_TITLED: Final = re.compile(_TITLE)
_ARTICLE: Final = re.compile(rf"第({_NUMBER})条")
_LATER: Final = re.compile(
    rf"第(?<!合同第)(?<!协议第)(?<!合约第)(?<!章程第)({_NUMBER})条(?:第[一二三四五六七八九十\d]+[款项])*的?规定"
)
"""The sign before the look-behinds: so the engine leaps from one 第 to the next."""


def article_number(text: str) -> int:
    """``"五百七十七"`` → 577; ``"一千零三十二"`` → 1032; ``"69"`` → 69."""
    if text.isdigit():
        return int(text)
    total = digit = 0
    for char in text:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit


def quotations(text: str) -> Iterator[Quotation]:
    """Every quoted article and law name of a letter's text, in order.

    After a title come the articles that follow it directly, then those further on that 规定 something: in
    《民法典》第六百七十五条规定：“…”第六百七十六条规定：“…” both are of the same law. Contract clauses are not statutes.
    """
    clean = plain(text)
    titles = list(_TITLED.finditer(clean))
    for number, title in enumerate(titles):
        end = titles[number + 1].start() if number + 1 < len(titles) else len(clean)
        yield from _quoted(title.group(1), clean[title.end() : end])


@lru_cache(maxsize=4096)
def _quoted(name: str, following: str) -> tuple[Quotation, ...]:
    """What is quoted of the law ``name`` in the text up to the next title. Kept: mostly it is the template's own."""
    run, position = _run_of_articles(following)
    if not run:
        return (Quotation(name, None),)
    later = [article_number(found.group(1)) for found in _LATER.finditer(following, position)]
    return tuple(Quotation(name, article) for article in (*run, *later))


_BETWEEN: Final = re.compile(r"(?:\([^()]{0,24}\))?(?:之[一二三四五])?(?:第?[一二三四五六七八九十\d]+[款项])*(?:[、,及和与以]|以及|之?规定)*")


def _run_of_articles(text: str) -> tuple[list[int], int]:
    """Articles that stand directly at the start, as in 第五百七十七条、第六百七十五条第一款, and where they end."""
    found: list[int] = []
    position = 0
    while True:
        gap = _BETWEEN.match(text, position)
        article = _ARTICLE.match(text, gap.end() if gap else position)
        if article is None:
            return found, position
        found.append(article_number(article.group(1)))
        position = article.end()


@letter_rule(
    "R-LAW-13",
    "引用的法条须存在且在函件日期有效",
    Severity.BLOCK,
    source="实务笔记 G1-4 [S]；民法典 1260 [V]",
    messages={
        "unknown": "函件引用的《{name}》第{article}条不在已核对的法条清单中，不得发出；请律师核对后登记到清单，或改用已核对的法条。",
        "no_article": "函件引用的《{name}》第{article}条不存在或未经核对，不得发出；请律师更正引用。",
        "repealed": "函件引用的《{name}》已于 {until} 后废止，不得发出；请改引现行法条。",
        "not_yet": "函件引用的《{name}》于 {since} 起施行，在函件日期尚未生效，不得发出；请改引当时有效的法条。",
    },
)
def statutes_are_in_force(facts: LetterFacts, say: Say) -> Iterator[Finding]:
    """Every quoted article is on the checked list and in force on the letter's date."""
    seen: set[Quotation] = set()
    for quoted in quotations(facts.text):
        if quoted in seen:
            continue
        seen.add(quoted)
        versions = statutes().get(quoted.name, ())
        if not versions:
            if quoted.article is not None:
                yield say("unknown", name=quoted.name[:24], article=quoted.article)
            continue
        current = [version for version in versions if version.in_force(facts.day)]
        if not current:
            last = max(versions, key=lambda version: version.since)
            if last.until is not None and last.until < facts.day:
                yield say("repealed", name=quoted.name, until=last.until)
            else:
                yield say("not_yet", name=quoted.name, since=last.since)
        elif quoted.article is not None and not current[0].has_article(quoted.article):
            yield say("no_article", name=quoted.name, article=quoted.article)
