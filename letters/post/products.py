"""Products, envelopes and tariff steps as data (``products.toml``), and the two sums made of them: weight and postage.

A partner's agreement has its own prices: an override file of the same form replaces products, tariffs and envelopes by
name. Not for choosing a product, and not for number allocation.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from letters.post.numbers import NumberFormat
from records.errors import WrongUsage

_SHIPPED: Final = Path(__file__).with_name("products.toml")
LARGEST_OVERRIDE: Final = 256 << 10
"""Bytes: a hundred products are a tenth of it."""


@dataclass(frozen=True, slots=True)
class TariffStep:
    """Within this step each begun ``per_g`` grams costs the price; a step begins where the one before ends."""

    up_to_g: int
    per_g: int
    local_fen: int
    nonlocal_fen: int


@dataclass(frozen=True, slots=True)
class Surcharge:
    """A fixed fee on top of the weight tariff, e.g. 挂号费."""

    name: str
    fen: int


@dataclass(frozen=True, slots=True)
class Product:
    """业务产品. ``registered`` = 给据邮件 (receipt at posting, signature at delivery; 邮政法 84)."""

    code: str
    name: str
    send_method: str
    """Words of the letter's send-method line."""
    registered: bool
    number_format: NumberFormat
    steps: tuple[TariffStep, ...]
    surcharges: tuple[Surcharge, ...]
    max_weight_g: int
    source: str
    from_memory: bool = False
    """Whether the prices stand here without a published source: an agreement's own table must replace them."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """封型 with its weight."""

    code: str
    name: str
    weight_mg: int


class TooHeavy(ValueError):
    """The piece weighs more than its product allows; ``weight_g`` and ``product`` say which."""

    def __init__(self, product: Product, weight_g: int) -> None:
        super().__init__(f"{weight_g} g over {product.max_weight_g} g of product {product.code}")
        self.product = product
        self.weight_g = weight_g


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All products and envelopes of one version; ``sha256`` is the hash of the files it was read from."""

    version: str
    sha256: str
    products: Mapping[str, Product]
    envelopes: Mapping[str, Envelope]
    sheet_mg: int
    local_digits: int
    whole_city_prefixes: frozenset[str]

    def product(self, code: str) -> Product:
        """The product with that code.

        Raises:
            WrongUsage: when there is none.
        """
        try:
            return self.products[code]
        except KeyError:
            known = "、".join(f"{p.code} {p.name}" for p in self.products.values())
            raise WrongUsage(f"没有代码为 {code} 的邮政产品", f"可用的产品：{known}") from None

    def weight_of(self, sheets: int, envelope: str) -> int:
        """Grams of a piece, rounded up: the counter's scale never rounds in the sender's favour (R-PST-05).

        Raises:
            WrongUsage: when the envelope is unknown.
            ValueError: when there is no sheet.
        """
        if sheets < 1:
            raise ValueError(f"a piece has at least one sheet, not {sheets}")
        if envelope not in self.envelopes:
            raise WrongUsage(f"没有代码为 {envelope} 的封型", f"可用的封型：{'、'.join(self.envelopes)}")
        return -(-(sheets * self.sheet_mg + self.envelopes[envelope].weight_mg) // 1000)

    def is_local(self, origin_postcode: str, postcode: str) -> bool:
        """Whether both postcodes are of the same city (本埠); unknown postcodes count as non-local."""
        if not (is_postcode(origin_postcode) and is_postcode(postcode)):
            return False
        if origin_postcode[:2] in self.whole_city_prefixes:
            return origin_postcode[:2] == postcode[:2]
        return origin_postcode[: self.local_digits] == postcode[: self.local_digits]


def is_postcode(text: str) -> bool:
    """Six ASCII digits; a leading zero is valid (050000 石家庄), full-width digits are not."""
    return len(text) == 6 and text.isascii() and text.isdigit()


def postage_fen(product: Product, weight_g: int, local: bool) -> int:
    """What the post charges for one piece, in fen.

    Raises:
        TooHeavy: when the product or its tariff does not go up to that weight.
        ValueError: when the weight is not positive.
    """
    if weight_g < 1:
        raise ValueError(f"a piece weighs at least one gram, not {weight_g}")
    if weight_g > min(product.max_weight_g, product.steps[-1].up_to_g):
        raise TooHeavy(product, weight_g)
    total = sum(surcharge.fen for surcharge in product.surcharges)
    reached = 0
    for step in product.steps:
        part = min(weight_g, step.up_to_g) - reached
        if part <= 0:
            break
        total += -(-part // step.per_g) * (step.local_fen if local else step.nonlocal_fen)
        reached = step.up_to_g
    return total


def _table(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise WrongUsage(f"产品表中 {where} 应是一个表")
    return value


def _number(row: Mapping[str, object], key: str, where: str, *, least: int = 0) -> int:
    value = row.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise WrongUsage(f"产品表中 {where} 的 {key} 应是不小于 {least} 的整数")
    return value


def _text(row: Mapping[str, object], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise WrongUsage(f"产品表中 {where} 的 {key} 应是文字")
    return value


def _flag(row: Mapping[str, object], key: str, where: str) -> bool:
    value = row.get(key, False)
    if not isinstance(value, bool):
        raise WrongUsage(f"产品表中 {where} 的 {key} 应是 true 或 false")
    return value


def _rows(value: object, where: str) -> list[dict[str, object]]:
    if not isinstance(value, list):
        raise WrongUsage(f"产品表中 {where} 应是一列表")
    return [_table(row, where) for row in value]


def _steps(tariff: Mapping[str, object], where: str) -> tuple[TariffStep, ...]:
    steps = tuple(
        TariffStep(
            _number(row, "up_to_g", where, least=1),
            _number(row, "per_g", where, least=1),
            _number(row, "local_fen", where),
            _number(row, "nonlocal_fen", where),
        )
        for row in _rows(tariff.get("steps"), where)
    )
    if not steps or any(a.up_to_g >= b.up_to_g for a, b in pairwise(steps)):
        raise WrongUsage(f"产品表中 {where} 的分档应从轻到重排列")
    return steps


def _merge(files: list[dict[str, object]]) -> dict[str, object]:
    """Later files win: top-level keys replaced, named tables merged by name, products by code."""
    out: dict[str, object] = {}
    products: dict[object, dict[str, object]] = {}
    for data in files:
        for row in _rows(data.get("product", []), "product"):
            products[row.get("code")] = row
        for key, value in data.items():
            before = out.get(key)
            if isinstance(value, dict) and isinstance(before, dict):
                out[key] = {**before, **value}
            elif key != "product":
                out[key] = value
    out["product"] = list(products.values())
    return out


def _product(row: Mapping[str, object], tariffs: Mapping[str, object]) -> Product:
    where = f"产品 {row.get('code')}"
    tariff_name = _text(row, "tariff", where)
    tariff = _table(tariffs.get(tariff_name), f"tariff.{tariff_name}")
    registered = row.get("registered")
    if not isinstance(registered, bool):
        raise WrongUsage(f"产品表中 {where} 的 registered 应是 true 或 false")
    number_format = _text(row, "number_format", where)
    if number_format not in set(NumberFormat):
        raise WrongUsage(f"产品表中 {where} 的 number_format 不是已知格式：{number_format}")
    return Product(
        code=_text(row, "code", where),
        name=_text(row, "name", where),
        send_method=_text(row, "send_method", where),
        registered=registered,
        number_format=NumberFormat(number_format),
        steps=_steps(tariff, f"tariff.{tariff_name}"),
        surcharges=tuple(
            Surcharge(_text(s, "name", where), _number(s, "fen", where)) for s in _rows(row.get("surcharges"), where)
        ),
        max_weight_g=_number(row, "max_weight_g", where, least=1),
        source=_text(tariff, "source", f"tariff.{tariff_name}"),
        from_memory=_flag(tariff, "from_memory", f"tariff.{tariff_name}") or _flag(row, "from_memory", where),
    )


def read_override(path: Path) -> str:
    """A partner's override file as text.

    Raises:
        WrongUsage: it can't be read, is too large or not UTF-8.
    """
    try:
        content = path.read_bytes() if path.stat().st_size <= LARGEST_OVERRIDE else None
        if content is None:
            raise WrongUsage(f"产品表 {path.name} 超过 {LARGEST_OVERRIDE >> 10} KB，不是产品表。", "请给出 TOML 格式的产品表。")
        return content.decode()
    except (OSError, UnicodeDecodeError) as fault:
        raise WrongUsage(f"产品表 {path.name} 无法读取：{fault}") from fault


def load_catalogue(override: Path | None = None) -> Catalogue:
    """The shipped catalogue, with a partner's override on top.

    Raises:
        WrongUsage: when a file can't be read or a value in it is out of form; the message names it.
    """
    return catalogue_with("" if override is None else read_override(override), "" if override is None else override.name)


@cache
def catalogue_with(override: str, name: str = "") -> Catalogue:
    """The shipped catalogue with an override's text on top ('' = none). Read once per process; ``name`` is for messages.

    Raises:
        WrongUsage: when a value is out of form; the message names it.
    """
    raw = []
    digest = hashlib.sha256()
    for file, content in [(_SHIPPED.name, _SHIPPED.read_text("utf-8"))] + ([(name, override)] if override else []):
        try:
            raw.append(tomllib.loads(content))
        except tomllib.TOMLDecodeError as fault:
            raise WrongUsage(f"产品表 {file} 无法读取：{fault}") from fault
        digest.update(hashlib.sha256(content.encode()).digest())
    data = _merge(raw)
    local = _table(data.get("local"), "local")
    prefixes = local.get("whole_city_prefixes")
    tariffs = _table(data.get("tariff"), "tariff")
    envelopes = _table(data.get("envelope"), "envelope")
    return Catalogue(
        version=_text(data, "version", "文件"),
        sha256=digest.hexdigest(),
        products={p.code: p for p in (_product(row, tariffs) for row in _rows(data["product"], "product"))},
        envelopes={
            code: Envelope(
                code,
                _text(_table(row, code), "name", code),
                _number(_table(row, code), "weight_mg", code, least=1),
            )
            for code, row in envelopes.items()
        },
        sheet_mg=_number(_table(data.get("paper"), "paper"), "sheet_mg", "paper", least=1),
        local_digits=_number(local, "prefix_digits", "local", least=1),
        whole_city_prefixes=frozenset(str(p) for p in prefixes) if isinstance(prefixes, list) else frozenset(),
    )


def weight_of(sheets: int, envelope: str) -> int:
    """Grams of a piece by the shipped catalogue (see ``Catalogue.weight_of``)."""
    return load_catalogue().weight_of(sheets, envelope)
