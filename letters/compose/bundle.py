"""A template bundle on disk → a checked ``Bundle``: text, layout, enclosures, hash, approvals.

A bundle is a folder ``<name>/<version>`` with bundle.toml, letter.jinja, layout.toml, sample.json, approvals.toml. Its hash
covers every file but the approvals, which speak about the hash. Nothing here draws a page.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from letters.compose.errors import BundleUnusable
from letters.compose.facts import Fact, parts_of
from letters.compose.model import LetterFields
from letters.compose.parts import ALL_PARTS, CARD_PARTS, LETTER_PARTS, RELAY_PARTS
from records.errors import WrongUsage

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates" / "letters"
"""Where the house's own bundles live."""

OWN_TEMPLATES: Final = "HANDA_TEMPLATES"
"""Variable that says where the workspace keeps its own bundles; the console sets it, worker processes inherit it."""

BUNDLE_FILES: Final = ("bundle.toml", "letter.jinja", "layout.toml", "sample.json")
REFERENCE: Final = re.compile(r"[a-z][a-z0-9-]{0,40}@[1-9][0-9]{0,5}")
_BUNDLE_KEYS: Final = {"name", "version", "title", "envelope", "drawn", "enclosures", "for_card", "postal_item_name"}
_OPTIONAL_KEYS: Final = {"letter_type", "facts"}


class LetterType(StrEnum):
    """What a bundle's letters are for (R-LAW-16). There is none for criminal or administrative matters."""

    DEMAND = "demand"
    """律师函 to the debtor on a money claim."""
    RELAY = "relay"
    """转告函 to a contact: asks to relay, says nothing of a debt (R-THP-03)."""


LETTER_TYPE_NAMES: Final = {LetterType.DEMAND: "致债务人的律师函", LetterType.RELAY: "致联系人的转告函"}


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A sheet that goes into the envelope with the letter but is not printed with it."""

    name: str
    sheets: int


@dataclass(frozen=True, slots=True)
class Approval:
    """Who has approved which hash of a bundle, and when (ISO date). The firm's own list decides (R-LAW-05)."""

    firm: str
    by: str
    on: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """A checked template bundle. Equal hash means equal letters for equal fields."""

    name: str
    version: str
    title: str
    envelope: str
    """Name of an envelope window in letters/press/envelopes.toml."""
    postal_item_name: str
    """内件品名 on slip and manifest: neutral (R-ENV-03)."""
    required_parts: frozenset[str]
    card_parts: frozenset[str]
    """Required besides when the debt is a card's; empty where the bundle is not for cards."""
    drawn: frozenset[str]
    """Parts that the page's furniture supplies (letterhead, window …)."""
    enclosures: tuple[Enclosure, ...]
    text: str
    layout: str
    """layout.toml as text; letters.press reads it."""
    sample: LetterFields
    letter_type: LetterType
    approvals: tuple[Approval, ...]
    sha256: str
    facts: frozenset[Fact] = frozenset()
    """Groups of facts that its letters tell besides what every letter says."""

    @property
    def reference(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"

    @property
    def enclosed_sheets(self) -> int:
        """Sheets that the inserter adds."""
        return sum(enclosure.sheets for enclosure in self.enclosures)


def folder_of(reference: str) -> Path:
    """Where ``name@version`` lies: with the software, else in the workspace. A shipped version is never shadowed."""
    shipped = TEMPLATES.joinpath(*reference.split("@"))
    own = os.environ.get(OWN_TEMPLATES, "")
    return shipped if shipped.exists() or not own else Path(own).joinpath(*reference.split("@"))


def references() -> list[str]:
    """Every template that there is, shipped or the workspace's own, by name and version."""
    roots = [TEMPLATES, *[Path(own) for own in [os.environ.get(OWN_TEMPLATES, "")] if own]]
    found = {(path.parent.parent.name, path.parent.name) for root in roots for path in root.glob("*/*/bundle.toml")}
    return [f"{name}@{version}" for name, version in sorted(found, key=lambda one: (one[0], len(one[1]), one[1]))]


@lru_cache(maxsize=32)
def load_bundle(where: str | Path) -> Bundle:
    """The bundle at a folder, or the house's own by ``name@version``. Read once a process.

    Raises:
        BundleUnusable: when it is missing, incomplete, or its sample can't be composed with all required parts.
    """
    folder = folder_of(where) if isinstance(where, str) and REFERENCE.fullmatch(where) else Path(where)
    try:
        contents = {name: (folder / name).read_bytes() for name in BUNDLE_FILES}
    except OSError as error:
        raise BundleUnusable(f"函件模板不完整：{where}（{error.strerror}：{Path(error.filename).name}）",
                             "请检查模板名称与版本，或用 handa template lint 查看缺少的文件。") from error
    digest = hashlib.sha256()
    for name in BUNDLE_FILES:
        digest.update(f"{name}\n{len(contents[name])}\n".encode())
        digest.update(contents[name])
    try:
        bundle = _read(contents, folder, digest.hexdigest())
    except (ValueError, KeyError, TypeError) as error:
        raise BundleUnusable(f"函件模板“{where}”有误：{error}", "请改正模板文件后重试；未生成任何函件。") from error
    _check(bundle)
    return bundle


def bundle_for(reference: str, wanted: LetterType) -> Bundle:
    """The bundle, when its letters are of the wanted type: a demand never goes to a contact, nor a relay letter to a debtor.

    Raises:
        WrongUsage: it is for other letters.
        BundleUnusable: as ``load_bundle``.
    """
    bundle = load_bundle(reference)
    if bundle.letter_type is not wanted:
        raise WrongUsage(
            f"模板 {reference} 是{LETTER_TYPE_NAMES[bundle.letter_type]}，不能用作{LETTER_TYPE_NAMES[wanted]}。", "请另选模板：handa template list。"
        )
    return bundle


def _read(contents: dict[str, bytes], folder: Path, sha256: str) -> Bundle:
    head = tomllib.loads(contents["bundle.toml"].decode())
    unknown = set(head) - _BUNDLE_KEYS - _OPTIONAL_KEYS
    if unknown:
        raise ValueError(f"bundle.toml 有未知项 {sorted(unknown)}")
    drawn = frozenset(head["drawn"])
    if drawn - ALL_PARTS:
        raise ValueError(f"drawn 有未知部分 {sorted(drawn - ALL_PARTS)}")
    letter_type = LetterType(head.get("letter_type", LetterType.DEMAND))
    facts = frozenset(Fact(name) for name in head.get("facts", []))
    approvals_file = folder / "approvals.toml"
    approvals = tomllib.loads(approvals_file.read_text("utf-8")) if approvals_file.exists() else {}
    bundle = Bundle(
        name=str(head["name"]),
        version=str(head["version"]),
        title=str(head["title"]),
        envelope=str(head["envelope"]),
        postal_item_name=str(head["postal_item_name"]),
        required_parts=RELAY_PARTS if letter_type is LetterType.RELAY else LETTER_PARTS | parts_of(facts),
        card_parts=CARD_PARTS if head["for_card"] else frozenset(),
        drawn=drawn,
        enclosures=tuple(Enclosure(str(e["name"]), int(e["sheets"])) for e in head["enclosures"]),
        text=contents["letter.jinja"].decode(),
        layout=contents["layout.toml"].decode(),
        sample=LetterFields.from_json(json.dumps(json.loads(contents["sample.json"]))),
        letter_type=letter_type,
        approvals=tuple(Approval(**{k: str(v) for k, v in a.items()}) for a in approvals.get("approval", [])),
        sha256=sha256,
        facts=facts,
    )
    if (letter_type is LetterType.RELAY) is not bool(bundle.sample.relay_for) or (bundle.card_parts and bundle.sample.relay_for):
        raise ValueError("letter_type 与样例字段 relay_for、for_card 不符")
    if Fact.CARD in bundle.facts and not bundle.card_parts:
        raise ValueError("facts 含 card 的模板须写 for_card = true")
    if folder.resolve().parent.name != bundle.name or folder.name != bundle.version:
        raise ValueError(f"bundle.toml 写的是 {bundle.name} 第 {bundle.version} 版，文件夹须叫 {bundle.name}/{bundle.version}（新版本请用 handa template new 建）")
    return bundle


def _check(bundle: Bundle) -> None:
    """Compose the sample, as a card's and as another debt's, and see that nothing required is missing."""
    from dataclasses import replace  # noqa: PLC0415 - only when a bundle is loaded

    from letters.compose.errors import FieldRefused, TemplateFault  # noqa: PLC0415
    from letters.compose.part_titles import PART_TITLES  # noqa: PLC0415 - only for messages
    from letters.compose.render import compose  # noqa: PLC0415 - render reads bundles

    for is_card in (True,) if Fact.CARD in bundle.facts else (False, True) if bundle.card_parts else (False,):
        try:
            letter = compose(bundle, replace(bundle.sample, is_card=is_card))
        except (FieldRefused, TemplateFault) as error:
            raise BundleUnusable(f"函件模板“{bundle.reference}”的样例不能成文：{error}", "请改正模板文件后重试。") from error
        required = bundle.required_parts | (bundle.card_parts if is_card else frozenset())
        missing = required - letter.parts
        if missing:
            raise BundleUnusable(f"函件模板“{bundle.reference}”缺少必备部分：{'、'.join(f'{PART_TITLES[part]}（{part}）' for part in sorted(missing))}", "请在 letter.jinja 补上相应段落，并以 part= 标明。")
