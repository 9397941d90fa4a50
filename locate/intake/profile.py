"""A lender's own mapping, saved by name: it wins over synonyms and fuzzy match (contract.md, "Case file").

As JSON: ``{"columns": {"客户号A": "case_no", "住址甲": "address_1", "内部字段": "ignore"}, "units": {"total": "万元"},
"rate_unit": "percent", "defaults": {"address_source": "contract", "address_basis": "…", "address_kind": "residence"},
"sheets": {"Sheet1": "cases"}}``. Paths are those that the report's header part shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from locate.case import AddressKind, Source
from locate.intake.checks.amounts import UNITS
from locate.intake.checks.rates import RateUnit
from locate.intake.fields import CASE_FIELDS, Role, Target, target_of_path
from locate.intake.headings import bare_key
from locate.intake.words import kind_of, source_of
from records.errors import WrongUsage

_SECTIONS = frozenset({"columns", "units", "rate_unit", "defaults", "sheets"})
_DEFAULTS = frozenset({"address_source", "address_basis", "address_kind"})


@dataclass(frozen=True, slots=True)
class Profile:
    """A checked mapping. Keys of ``columns`` and ``sheets`` are comparison keys."""

    name: str
    columns: Mapping[str, Target] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    rate_unit: RateUnit | None = None
    address_source: str = ""
    address_basis: str = ""
    address_kind: AddressKind | None = None
    sheets: Mapping[str, Role] = field(default_factory=dict)


def _wrong(what: str) -> WrongUsage:
    return WrongUsage(
        f"列对应关系有误：{what}。",
        "请对照 handa cases import 报告中 header 一节的字段名书写。",
        code="E-PROFILE",
    )


def _section(mapping: Mapping[str, object], name: str) -> Mapping[str, str]:
    section = mapping.get(name, {})
    if not isinstance(section, Mapping) or not all(isinstance(value, str) for value in section.values()):
        raise _wrong(f"{name} 应当是“名称: 文字”的对照表")
    return {str(key): str(value) for key, value in section.items()}


def profile_of(name: str, mapping: Mapping[str, object]) -> Profile:
    """Check a mapping as saved or as given on the command line.

    Raises:
        WrongUsage: an unknown section, field, unit, source or role; it says which.
    """
    unknown = set(mapping) - _SECTIONS
    if unknown:
        raise _wrong("没有这一节：" + "、".join(sorted(unknown)))
    columns = {}
    for header, path in _section(mapping, "columns").items():
        target = target_of_path(path)
        if target is None:
            raise _wrong(f"没有字段 {path}")
        columns[bare_key(header)] = target
    units = _section(mapping, "units")
    for path, unit in units.items():
        if path not in CASE_FIELDS or unit not in UNITS:
            raise _wrong(f"{path} 的单位 {unit} 认不出")
    return Profile(name, columns, units, _rate_unit(mapping), *_defaults(mapping), sheets=_sheets(mapping))


def _rate_unit(mapping: Mapping[str, object]) -> RateUnit | None:
    said = mapping.get("rate_unit")
    if said is None:
        return None
    if said not in {each.value for each in RateUnit}:
        raise _wrong("rate_unit 只能是 percent 或 fraction")
    return RateUnit(str(said))


def _defaults(mapping: Mapping[str, object]) -> tuple[str, str, AddressKind | None]:
    defaults = _section(mapping, "defaults")
    if set(defaults) - _DEFAULTS:
        raise _wrong("defaults 只有 address_source、address_basis、address_kind")
    source = defaults.get("address_source", "")
    if source and source_of(source) in (None, Source.BANNED):
        raise _wrong(f"地址来源 {source} 不在九种合法来源之内")
    kind = kind_of(defaults.get("address_kind", ""))
    if defaults.get("address_kind") and kind is None:
        raise _wrong("address_kind 认不出")
    return source, defaults.get("address_basis", ""), kind


def _sheets(mapping: Mapping[str, object]) -> Mapping[str, Role]:
    sheets = _section(mapping, "sheets")
    known = {each.value for each in Role}
    for role in sheets.values():
        if role not in known:
            raise _wrong("sheets 的值只能是 cases、addresses、contacts")
    return {bare_key(name): Role(role) for name, role in sheets.items()}


def mapping_of(profile: Profile) -> dict[str, object]:
    """The JSON form of a profile, to be saved; ``profile_of`` reads it back."""
    defaults = {
        "address_source": profile.address_source,
        "address_basis": profile.address_basis,
        "address_kind": str(profile.address_kind or ""),
    }
    mapping: dict[str, object] = {
        "columns": {key: target.path for key, target in profile.columns.items()},
        "units": dict(profile.units),
        "defaults": {key: value for key, value in defaults.items() if value},
        "sheets": {key: role.value for key, role in profile.sheets.items()},
    }
    return mapping | ({"rate_unit": profile.rate_unit.value} if profile.rate_unit else {})
