"""A promoted contact model as a contact estimator, with reasons in plain words.

Which model is in force is the caller's argument. Reasons tell by how much the log-odds of usefulness differ from those of
the same contact with an ordinary value; they explain the model, not the person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from locate.contacts.features import FEATURE_NAMES, ContactFeatures
from locate.contacts.ranking import GROUP_TITLES, ContactReason, Usefulness
from locate.contacts.relations import RelationGroup
from locate.contacts.trial_rows import GROUP_NAMES, trials_of
from models.contacts.learned import LearnedContacts, usefulness_reasons

REASONS: Final = 4
LEAST_WEIGHT: Final = 0.05
"""Changes of the log-odds smaller than this are not worth a word."""


def _count(value: float) -> int:
    return round(float(np.expm1(value)))


_ADDRESS_WORDS: Final = ("不在同省", "同省", "同区县", "同路或同小区", "同一地址")
_WORDS: Final[Mapping[str, Callable[[float], str]]] = {
    "listed": lambda value: f"在名单中列第 {value:.0f} 位",
    "same_surname": lambda value: "与债务人同姓" if value else "与债务人不同姓",
    "name_length": lambda value: f"姓名 {value:.0f} 字",
    "name_is_placeholder": lambda value: "姓名疑为占位" if value else "姓名正常",
    "number_is_good": lambda value: "号码格式正确" if value else "号码格式有误",
    "number_has_run": lambda value: f"号码中同一数字连用 {value:.0f} 位",
    "debtors_on_number": lambda value: f"号码另有 {_count(value)} 名债务人预留" if value else "号码无他人预留",
    "times_reserved": lambda value: f"另有 {_count(value)} 笔借款也预留了此人" if value else "只预留过一次",
    "age_known": lambda value: "预留时间已知" if value else "预留时间不明",
    "age_years": lambda value: f"预留已 {value:.1f} 年",
    "address_known": lambda value: "登记了住址" if value else "未登记住址",
    "address_agreement": lambda value: f"住址与债务人{_ADDRESS_WORDS[round(value)]}",
    "answered": lambda value: f"曾接听 {_count(value)} 次" if value else "未曾接听",
    "relayed": lambda value: f"曾答应转达 {_count(value)} 次" if value else "未曾答应转达",
    "failed": lambda value: f"曾联系未果 {_count(value)} 次" if value else "未曾联系未果",
    "helped": lambda value: f"曾因其转达而联系上债务人 {_count(value)} 次" if value else "未曾因其转达而联系上",
    "in_vain": lambda value: f"询问后 30 日内无结果 {_count(value)} 次" if value else "没有询问后无结果的记录",
}
_ORDINARY: Final[Mapping[str, float]] = {
    "listed": 2.0, "name_length": 3.0, "number_is_good": 1.0, "number_has_run": 2.0, "age_known": 1.0, "age_years": 1.0,
}  # fmt: skip
"""Ordinary values; nought for the rest: nothing shared, nothing tried yet."""


class LearnedUsefulness:
    """``ContactEstimator`` around a fitted model; its own complaints, penalty and floor go with its answers."""

    def __init__(self, model: LearnedContacts) -> None:
        """
        Raises:
            ValueError: when the model was fitted on other features or relation groups than these.
        """
        if (model.features, model.groups) != (FEATURE_NAMES, GROUP_NAMES):
            raise ValueError("the model was fitted on another list of features or relation groups")
        self._model = model
        self._version = model.version
        self._ordinary = np.array([_ORDINARY.get(name, 0.0) for name in FEATURE_NAMES])

    @property
    def version(self) -> str:
        """The model's kind and content hash."""
        return self._version

    def estimate(self, rows: tuple[ContactFeatures, ...]) -> tuple[Usefulness, ...]:
        """Calibrated usefulness and complaint of each row; abstains where the relation is unknown."""
        known = tuple(row for row in rows if row.group is not RelationGroup.UNKNOWN)
        answers = iter(self._answers(known))
        return tuple(_UNKNOWN if row.group is RelationGroup.UNKNOWN else next(answers) for row in rows)

    def _answers(self, rows: tuple[ContactFeatures, ...]) -> list[Usefulness]:
        if not rows:
            return []
        nought = np.zeros(len(rows), np.int64)
        trials = trials_of(rows, case=nought, debtor=nought, lender=nought, day=nought)
        useful, complaint = self._model.usefulness(trials), self._model.complaint(trials)
        reasons = usefulness_reasons(self._model, trials, self._ordinary)
        model = self._model
        return [
            Usefulness(float(p), _in_words(row, told), float(q), model.penalty, model.floor)
            for row, p, q, told in zip(rows, useful, complaint, reasons, strict=True)
        ]


_UNKNOWN: Final = Usefulness(None, (ContactReason("relation", "关系不明，不作估计", 0.0),))


def _in_words(row: ContactFeatures, told: list[tuple[str, float]]) -> tuple[ContactReason, ...]:
    """The relation, then what mattered most, for or against."""
    values = dict(zip(FEATURE_NAMES, row.values, strict=True))
    found = [ContactReason("relation", f"关系：{GROUP_TITLES[row.group]}", 0.0)]
    for name, weight in told[:REASONS]:
        if abs(weight) >= LEAST_WEIGHT:
            found.append(ContactReason(name, f"{_WORDS[name](values[name])}（{'有利' if weight > 0 else '不利'}）", weight))
    return tuple(found)
