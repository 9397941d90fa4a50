"""How a lender's contact model does on questions asked since it was trained, and what choosing by it would have reached.

The second only where the first contact was drawn in a share of cases (policy ``contact_explore_per_mille``): a log of one's own
first choices says nothing of others. Not here: the estimates themselves (``models.contacts``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy.orm import Session

from letters.batch.contact_models import open_contacts
from letters.batch.contact_trials import contact_trials
from letters.batch.model_store import CONTACTS, Kept, model_called
from letters.batch.parties import lender_by_code
from models.contacts.evaluation import Figure, Measures, by_log, measures, ratio_of_precision
from models.contacts.learned import ContactModel, PriorContacts
from models.contacts.off_policy import RIPE_DAYS, Reached, reached
from models.contacts.trials import Result
from records.clock import SHANGHAI
from records.database import Database
from records.errors import NeedsDecision

NOT_EXPLORED: Final = (
    "没有抽签决定先问谁的案件（或不足），说不出改用它会问到多少：见策略 contact_explore_per_mille；设定后须等各案的询问都过了观察期。"
)
METHODS: Final = (("doubly_robust", "双稳健"), ("snips", "SNIPS"), ("ips", "IPS"), ("agreeing", "只看新旧一致（有偏，勿用）"))


@dataclass(frozen=True, slots=True)
class EvaluatedContacts:
    """A contact model on questions of the days since it was trained. ``rules``: the rule prior on the same."""

    version: str
    lender: str
    first: date
    until: date
    model: Measures
    rules: Measures
    ratio: Figure
    """Precision at 1 over the rules'."""
    reached: Reached | None
    """What choosing by the model would have reached; None where nobody explored, or too little."""
    rules_reached: Reached | None


def contact_model_called(session: Session, version: str | None) -> Kept | None:
    """The contact model of this version; None where the version is another kind of model's, or none is given.

    Raises:
        WrongUsage: there is no such model, or several.
    """
    kept = model_called(session, version) if version is not None else None
    return kept if kept is not None and kept.task == CONTACTS else None


def evaluate_contacts(db: Database, version: str, until: date) -> EvaluatedContacts:
    """How a kept contact model does on questions that it can't have learned from, as known before ``until``.

    Raises:
        WrongUsage: there is no such model.
        NeedsDecision: no question since its training has a known end.
    """
    with db.session() as session:
        kept = model_called(session, version)
        model: ContactModel = open_contacts(session, kept.version)
        lender = lender_by_code(session, str(kept.facts["lender"]))
        trials = contact_trials(session, db.cipher, lender, datetime.combine(until, time(), SHANGHAI) - timedelta(microseconds=1))
    fresh = trials.take(trials.day >= kept.as_of.toordinal())
    if not fresh.known.any():
        raise NeedsDecision(f"模型 {kept.version} 训练（{kept.as_of}）以后还没有知道结果的询问。", "请等结果登记后再评估。")
    answered = fresh.take(fresh.known)
    good = answered.result == Result.USEFUL
    ripe = until.toordinal() - 1 - RIPE_DAYS
    prior = PriorContacts()
    by_model, by_rules = (by_log(fresh, one.scores(fresh)) for one in (model, prior))
    estimates = [reached(fresh, one.scores(fresh), one.usefulness(fresh), one.complaint(fresh), ripe) for one in (model, prior)]
    return EvaluatedContacts(
        kept.version, lender.code, date.fromordinal(int(fresh.day.min())), date.fromordinal(int(fresh.day.max())),
        measures(by_model, model.usefulness(answered), good), measures(by_rules, prior.usefulness(answered), good),
        ratio_of_precision(by_model, by_rules) if len(by_rules.hit) else Figure(np.nan, np.nan, np.nan), *estimates,
    )  # fmt: skip


def reached_rows(of: Mapping[str, Mapping[str, Any]]) -> Sequence[tuple[object, ...]]:
    """Rows of a table: who chooses, cases, estimates of the useful share with intervals, complaints; ``of``: facts by kind."""
    return [
        (
            "规则" if kind == "prior" else kind, one["cases"], one["open_cases"], _share(one["really"]), _share(one["doubly_robust"]), _share(one["snips"]),
            _share(one["ips"]), _points(one["gain"]), _thousandths(one["complaints"]), f"{one['beyond']:.0%}",
        )
        for kind, one in of.items()
    ]  # fmt: skip


REACHED_COLUMNS: Final = ("排法", "案件", "有得选的", "实际问到", "双稳健", "SNIPS", "IPS", "比实际多", "每千次投诉", "首选抽不到")
REACHED_NOTE: Final = (
    "改用它决定先问谁，会有多少案件首次询问就有用。只数每位联系人的抽中概率都有记录、且观察期已过的案件，分母为案件；只在当时可能被抽中的联系人中选；"
    "没有送到联系人的转告函算没有问到。括号内为 95% 区间，按债务人重抽样。"
)


def _share(figure: Mapping[str, Any]) -> str:
    return "—" if figure["value"] is None else f"{figure['value']:.1%}（{figure['low']:.1%} 至 {figure['high']:.1%}）"


def _points(figure: Mapping[str, Any]) -> str:
    return "—" if figure["value"] is None else f"{100 * figure['value']:+.1f} 点（{100 * figure['low']:+.1f} 至 {100 * figure['high']:+.1f}）"


def _thousandths(figure: Mapping[str, Any]) -> str:
    return "—" if figure["value"] is None else f"{figure['value']:.1f}（{figure['low']:.1f} 至 {figure['high']:.1f}）"
