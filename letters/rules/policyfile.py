"""The policy file: layers house → firm → lender → product over the shipped defaults, read from TOML and checked whole.

A lender or product layer can only tighten: what it sets is joined with what stands above by taking the stricter. House and
firm may loosen defaults marked [S], [D] or [B]; what rests on law that was read ([V]) can't be lowered anywhere.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Final

from letters.rules.model import Severity
from letters.rules.parameters import DEFAULTS, PARAMETERS, Refused, Value
from letters.rules.policy import Policy
from letters.rules.rule import LETTER_RULES, PIECE_RULES, PLANNING_RULES, RELAY_RULES, RuleCard
from records.errors import WrongUsage

FORMAT: Final = 1
Layer = tuple[str, ...]
"""("house",), ("firm", code), ("lender", code) or ("lender", code, product)."""
HOUSE: Final[Layer] = ("house",)
DEFAULT_LAYER: Final = "出厂"
EFFECTS: Final = ("off", "warn", "hold", "block")
"""What a rule may be made to do, from the mildest."""
EFFECT_TITLES: Final = {"off": "关闭", "warn": "提示", "hold": "暂停待人", "block": "拒绝"}
_RULES: Final = "rules"
_PRODUCT: Final = "product"


def layer_title(layer: Layer) -> str:
    """``律所 F1``, ``资方 DEMO 产品“…”``."""
    if layer == HOUSE:
        return "全所"
    if layer[0] == "firm":
        return f"律所 {layer[1]}"
    return f"资方 {layer[1]}" + (f" 产品“{layer[2]}”" if len(layer) > 2 else "")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two documents: ``before`` or ``after`` is None where there is none."""

    layer: Layer
    name: str
    before: Value | None
    after: Value | None


@dataclass(frozen=True, eq=False)
class PolicyDocument:
    """What a policy file sets: (layer, parameter or rule id) → value. Two of one content are equal."""

    settings: Mapping[tuple[Layer, str], Value] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PolicyDocument) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    @cached_property
    def sha256(self) -> str:
        """Of the canonical form: spelling and order of the file don't count."""
        rows = [[list(layer), name, _shown(value)] for (layer, name), value in sorted(self.settings.items())]
        return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()

    def layers(self) -> list[Layer]:
        """Every layer that sets something, in the order of effect."""
        order = {"house": 0, "firm": 1, "lender": 2}
        return sorted({layer for layer, _ in self.settings}, key=lambda layer: (order[layer[0]], layer))


def _shown(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Decimal) else value


@lru_cache(maxsize=1)
def rule_cards() -> Mapping[str, RuleCard]:
    """The rules that a policy may switch: each id with the card of its gravest phase."""
    found: dict[str, RuleCard] = {}
    cards = [rule.card for rule in PLANNING_RULES]
    cards += [rule.card for rule in LETTER_RULES]
    cards += [rule.card for rule in PIECE_RULES]
    cards += [rule.card for rule in RELAY_RULES]
    for card in cards:
        known = found.get(card.id)
        if known is None or EFFECTS.index(card.severity) > EFFECTS.index(known.severity):
            found[card.id] = card
    return found


def own_effect(name: str) -> str:
    """What a rule does when nothing is set."""
    return rule_cards()[name].severity.value


def is_read_law(name: str) -> bool:
    """Whether a rule rests on a text of law that was read ([V]); then no layer lowers it."""
    return "[V]" in rule_cards()[name].source


def default_of(name: str) -> Value:
    """The shipped value of a parameter, or effect of a rule."""
    return PARAMETERS[name].default if name in PARAMETERS else own_effect(name)


def as_strict(name: str, one: Value, other: Value) -> bool:
    """Whether ``one`` is as strict as ``other`` or stricter."""
    if name in PARAMETERS:
        return PARAMETERS[name].at_least_as_strict(one, other)
    return EFFECTS.index(str(one)) >= EFFECTS.index(str(other))


def _stricter(name: str, one: Value, other: Value) -> Value:
    if name in PARAMETERS:
        return PARAMETERS[name].stricter(one, other)
    return one if as_strict(name, one, other) else other


def read_policy(text: str, file: str = "policy.toml") -> PolicyDocument:
    """The document that a file holds.

    Raises:
        WrongUsage: it is no TOML, or something in it can't be; every fault is named with file, place and what to do.
    """
    try:
        tree = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as fault:
        raise WrongUsage(f"{file} 不是有效的 TOML：{fault}", "请按提示的行列改正。", code="E-POLICY") from fault
    faults: list[str] = []
    settings = dict(_settings(tree, file, faults))
    if not faults:
        faults += _looser_than_above(settings, file)
    if faults:
        raise WrongUsage("策略文件有误：\n" + "\n".join(faults), "请逐条改正后重试；可设的项目见 handa policy show。", code="E-POLICY")
    return PolicyDocument(settings)


def _settings(tree: Mapping[str, Any], file: str, faults: list[str]) -> Iterator[tuple[tuple[Layer, str], Value]]:
    if tree.get("format") != FORMAT:
        faults.append(f"{file} format：应为 {FORMAT}；请在第一行写 format = {FORMAT}。")
    for key, value in tree.items():
        if key == "format":
            continue
        if key not in ("house", "firm", "lender") or not isinstance(value, dict):
            faults.append(f"{file} {key}：不认识；请只用 [house]、[firm.代码]、[lender.代码]、[lender.代码.product.\"产品\"]。")
        elif key == "house":
            yield from _layer(HOUSE, value, file, "house", faults)
        else:
            for code, inner in value.items():
                place = f"{key}.{code}"
                if not isinstance(inner, dict):
                    faults.append(f"{file} {place}：应为一节；请写成 [{place}]。")
                    continue
                products = inner.get(_PRODUCT, {}) if key == "lender" else {}
                own = {name: each for name, each in inner.items() if key != "lender" or name != _PRODUCT}
                yield from _layer((key, code), own, file, place, faults)
                if not isinstance(products, dict) or not all(isinstance(each, dict) for each in products.values()):
                    faults.append(f"{file} {place}.product：应为若干节；请写成 [{place}.product.\"产品名\"]。")
                    continue
                for product, each in products.items():
                    yield from _layer((key, code, product), each, file, f'{place}.product."{product}"', faults)


def _layer(
    layer: Layer, table: Mapping[str, Any], file: str, place: str, faults: list[str]
) -> Iterator[tuple[tuple[Layer, str], Value]]:
    for name, given in table.items():
        if name == _RULES and isinstance(given, dict):
            for rule_id, effect in given.items():
                if fault := _bad_effect(rule_id, effect):
                    faults.append(f"{file} [{place}.rules] {rule_id}：{fault}")
                else:
                    yield (layer, rule_id), str(effect)
            continue
        parameter = PARAMETERS.get(name)
        if parameter is None:
            close = difflib.get_close_matches(name, [*PARAMETERS, _RULES], n=1)
            faults.append(f"{file} [{place}] {name}：没有这个参数{f'，是不是 {close[0]}？' if close else '；请用 handa policy show 查看可设的参数。'}")
            continue
        if parameter.way == "neutral" and layer[0] == "lender":
            faults.append(f"{file} [{place}] {name}：这一项不分宽严，只能设在 house 或 firm；请移到那一层。")
            continue
        try:
            yield (layer, name), parameter.read(given)
        except Refused as fault:
            faults.append(f"{file} [{place}] {name} = {given!r}：{fault}（依据：{parameter.basis}）；请改正。")


def _bad_effect(rule_id: str, effect: object) -> str:
    """What is wrong with a rule's switch, as a clause that says what to do; '' when nothing is."""
    cards = rule_cards()
    if rule_id not in cards:
        close = difflib.get_close_matches(rule_id, list(cards), n=1)
        hint = f"是不是 {close[0]}？" if close else ""
        return f"没有可以开关的这条规则，{hint}请用 handa rules list 查看（由其他环节保证或靠人工确认的规则不能在此开关）。"
    if effect not in EFFECTS:
        return f"应为其中之一：{'、'.join(EFFECTS)}；请改正。"
    if is_read_law(rule_id) and EFFECTS.index(str(effect)) < EFFECTS.index(own_effect(rule_id)):
        return f"依据是已核对原文的法律（{cards[rule_id].source}），不能放宽；请改为 {own_effect(rule_id)} 或更严，或删去这一行。"
    return ""


def _looser_than_above(settings: Mapping[tuple[Layer, str], Value], file: str) -> list[str]:
    """What lender and product layers set looser than the house (or the lender above a product)."""
    faults = []
    for (layer, name), value in settings.items():
        if layer[0] != "lender":
            continue
        above = settings.get((HOUSE, name), default_of(name))
        if len(layer) > 2 and (layer[:2], name) in settings:
            above = _stricter(name, settings[layer[:2], name], above)
        if not as_strict(name, value, above):
            faults.append(
                f"{file} [{'.'.join(layer)}] {name} = {_shown(value)}：资方与产品层只能收紧，上层为 {_shown(above)}；"
                "请改为同样或更严的值，确要放宽须在 house 或 firm 层由具名的人说明理由。"
            )
    return faults


@lru_cache(maxsize=1024)
def _effective(document: PolicyDocument, firm: str, lender: str, product: str) -> Policy:
    values: dict[str, Value] = {}
    setters: dict[str, str] = {}
    for layer in (HOUSE, ("firm", firm), ("lender", lender), ("lender", lender, product)):
        for (where, name), value in document.settings.items():
            if where != layer:
                continue
            now = values.get(name, default_of(name))
            new = _stricter(name, value, now) if layer[0] == "lender" else value
            if new != now or layer[0] != "lender":
                values[name], setters[name] = new, layer_title(layer)
    parameters: dict[str, Any] = {name: value for name, value in values.items() if name in PARAMETERS}
    rules = tuple(sorted((name, str(value)) for name, value in values.items() if name not in PARAMETERS))
    return replace(DEFAULTS, rules=rules, layers=tuple(sorted(setters.items())), **parameters)


def effective_policy(document: PolicyDocument, *, firm: str = "", lender: str = "", product: str = "") -> Policy:
    """The policy for a case: the document's layers over the shipped defaults."""
    return _effective(document, firm, lender, product)


def diff(one: PolicyDocument, other: PolicyDocument) -> list[Change]:
    """What turns ``one`` into ``other``."""
    keys = sorted(set(one.settings) | set(other.settings))
    pairs = ((key, one.settings.get(key), other.settings.get(key)) for key in keys)
    return [Change(*key, before, after) for key, before, after in pairs if before != after]


def patched(document: PolicyDocument, changes: Iterable[Change]) -> PolicyDocument:
    """The document after the changes."""
    settings = dict(document.settings)
    for change in changes:
        if change.after is None:
            settings.pop((change.layer, change.name), None)
        else:
            settings[change.layer, change.name] = change.after
    return PolicyDocument(settings)


def loosened(before: PolicyDocument, after: PolicyDocument) -> list[Change]:
    """Every place where ``after`` is looser in effect than ``before``: these need a named person and a reason."""
    found: list[Change] = []
    for layer in dict.fromkeys((HOUSE, *before.layers(), *after.layers())):
        firm = layer[1] if layer[0] == "firm" else ""
        lender, product = (layer[1], layer[2] if len(layer) > 2 else "") if layer[0] == "lender" else ("", "")
        old, new = (effective_policy(one, firm=firm, lender=lender, product=product) for one in (before, after))
        names = {name for one in (before, after) for _, name in one.settings}
        for name in sorted(names):
            was, now = value_in(old, name), value_in(new, name)
            neutral = name in PARAMETERS and PARAMETERS[name].way == "neutral"
            if not neutral and not as_strict(name, now, was) and not any(c.name == name and c.layer == HOUSE for c in found):
                found.append(Change(layer, name, was, now))
    return found


def value_in(policy: Policy, name: str) -> Value:
    """A parameter's value, or a rule's effect, under a policy."""
    if name in PARAMETERS:
        value: Value = getattr(policy, name)
        return value
    return dict(policy.rules).get(name, own_effect(name))


def severity_under(effect: str, own: Severity, found: Severity) -> Severity | None:
    """The severity of a finding when its rule is set to ``effect``; None = not said at all.

    Tightening raises what the rule says at its own severity and above; loosening lowers everything to the effect.
    """
    if effect == "off":
        return None
    order, target = EFFECTS.index, Severity(effect)
    if order(effect) > order(own):
        return max(target, found, key=order) if order(found) >= order(own) else found
    return min(target, found, key=order) if order(effect) < order(own) else found


def to_toml(document: PolicyDocument) -> str:
    """The canonical text of a document; reading it gives the document again."""
    lines = [f"format = {FORMAT}"]
    for layer in document.layers():
        own = {name: value for (where, name), value in document.settings.items() if where == layer}
        head = ".".join(_key(part) for part in ((*layer[:2], _PRODUCT, layer[2]) if len(layer) > 2 else layer))
        plain = [f"{name} = {_literal(value)}" for name, value in sorted(own.items()) if name in PARAMETERS]
        rules = [f"{_key(name)} = {_literal(value)}" for name, value in sorted(own.items()) if name not in PARAMETERS]
        lines += ["", f"[{head}]", *plain]
        lines += ["", f"[{head}.{_RULES}]", *rules] if rules else []
    return "\n".join(lines) + "\n"


def _key(text: str) -> str:
    return text if text.isascii() and text.replace("-", "").replace("_", "").isalnum() else json.dumps(text, ensure_ascii=False)


def _literal(value: Value) -> str:
    return str(value) if isinstance(value, int | Decimal) else json.dumps(_shown(value), ensure_ascii=False)
