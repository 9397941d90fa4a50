"""Learns a contact model from trials and says what speaks for it: the seam that commands and the registry call.

``compare_contacts`` fits each kind on earlier trials of two thirds of the debtors and judges it on later ones of the others,
each third in turn, by the log alone; ``train_contacts`` fits the winning kind on everything. Not here: keeping, promoting, rolling back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.contacts.evaluation import Measures, by_log, joined, measures
from models.contacts.gate import ContactVerdict, champion, contact_gate
from models.contacts.learned import (
    ContactModel,
    LearnedContacts,
    PriorContacts,
    TooFewTrials,
    fit_contacts,
)
from models.contacts.off_policy import RIPE_DAYS, Reached, reached
from models.contacts.trials import ContactTrials, Result

CHALLENGERS: Final = ("rates", "logistic", "forest", "two_step", "boosted")
JUDGED_SHARE: Final = 0.3
"""Share of the days, at the end, that judge."""
FOLDS: Final = 3
"""Parts of the debtors, each judged by models that learned from the others: useful answers are few."""
LEAST_EXPLORED: Final = 0.5
"""Share of cases whose judged first choice had a logged probability below 1: else the log only says where old and new agree."""
RELIABILITY_BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Comparison:
    """What kept-out trials say. ``kind``: the champion; ``prior`` = the rule prior stays."""

    kind: str
    verdicts: Mapping[str, ContactVerdict]
    prior: Measures
    learned_until: int
    """Ordinal of the last day that the judged models knew."""
    reached: Mapping[str, Reached]
    """By kind (and ``prior``): what choosing by it would have reached; empty where nobody explored."""


def compare_contacts(trials: ContactTrials, as_of: int, seed: int = 0, kinds: Sequence[str] = CHALLENGERS) -> Comparison:
    """Judge challengers against the rule prior on what was known at the end of day ``as_of``.

    Raises:
        TooFewTrials: too few known results to learn from and to judge by.
        ValueError: trials of more than one lender.
    """
    known = trials.as_of(as_of)
    if not known.known.any():
        raise TooFewTrials(0, 0)
    cut = int(np.quantile(known.day[known.known], 1 - JUDGED_SHARE))
    fold = _folds(known.debtor, seed)
    judges = [known.take((fold == part) & (known.day > cut)) for part in range(FOLDS)]
    good = np.concatenate([judge.result[judge.known] == Result.USEFUL for judge in judges])
    base = joined([by_log(judge, PriorContacts().scores(judge)) for judge in judges])
    prior = measures(base, np.concatenate([judge.prior_useful[judge.known] for judge in judges]), good, seed)
    verdicts, figures, estimates = {}, {}, {}
    if (of_prior := _reached(judges, [PriorContacts()] * FOLDS, as_of, seed)) is not None:
        estimates["prior"] = of_prior
    for kind in kinds:
        models = [fit_contacts(kind, known.take(fold != part), cut, seed) for part in range(FOLDS)]
        figures[kind] = joined([by_log(judge, model.scores(judge)) for judge, model in zip(judges, models, strict=True)])
        told = np.concatenate([model.usefulness(judge)[judge.known] for judge, model in zip(judges, models, strict=True)])
        verdict = contact_gate(figures[kind], measures(figures[kind], told, good, seed), base, seed)
        # Weight 1 = always asked: there the log cannot say what another choice would have come to.
        weight = figures[kind].weight
        # Each seen case stands for as many as its weight: a case with a choice is seen more seldom than one without.
        if not len(weight) or np.average(weight > 1.0, weights=weight) < LEAST_EXPLORED:
            verdict = replace(verdict, promote=False, against=(*verdict.against, "log_cannot_tell"))
        verdicts[kind] = verdict
        if (of_kind := _reached(judges, models, as_of, seed)) is not None:
            estimates[kind] = of_kind
    return Comparison(champion(verdicts, figures, seed), verdicts, prior, cut, estimates)


def _reached(judges: Sequence[ContactTrials], models: Sequence[ContactModel], as_of: int, seed: int) -> Reached | None:
    """What the models would have reached, each on the debtors that it did not learn from."""
    pairs = list(zip(judges, models, strict=True))
    scores = np.concatenate([model.scores(judge) for judge, model in pairs])
    useful = np.concatenate([model.usefulness(judge) for judge, model in pairs])
    complaint = np.concatenate([model.complaint(judge) for judge, model in pairs])
    return reached(ContactTrials.joined(*judges), scores, useful, complaint, as_of - RIPE_DAYS, seed)


def train_contacts(trials: ContactTrials, as_of: int, seed: int = 0, kind: str | None = None) -> ContactModel:
    """The model to use from the day after ``as_of`` on: the champion by ``compare_contacts``, or the ``kind`` asked for.

    Raises:
        TooFewTrials: too few known results.
        ValueError: trials of more than one lender, or an unknown kind.
    """
    chosen = kind if kind is not None else compare_contacts(trials, as_of, seed).kind
    return PriorContacts() if chosen == "prior" else fit_contacts(chosen, trials, as_of, seed)


def _folds(debtor: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """All rows of a debtor in one part. By number and seed alone, so that it does not hang on who else is there."""
    mixed = (debtor.astype(np.uint64) + np.uint64(seed)) * np.uint64(0x9E3779B97F4A7C15)
    return np.asarray((mixed >> np.uint64(40)) % np.uint64(FOLDS), dtype=np.int64)


def contact_card_facts(
    model: ContactModel, trials: ContactTrials, as_of: int, comparison: Comparison | None = None, *, synthetic: bool
) -> dict[str, object]:
    """Facts for a model card, in JSON's types; every figure with its denominator and window (R-AI-02, R-AI-06)."""
    known = trials.as_of(as_of)
    answered = known.take(known.known)
    facts: dict[str, object] = {
        "model": "contacts", "kind": model.kind, "version": model.version, "as_of": date.fromordinal(as_of).isoformat(), "synthetic": synthetic,
        "window": [date.fromordinal(int(at)).isoformat() for at in (answered.day.min(), answered.day.max())] if len(answered) else [],
        "rows": len(known), "asked": int(known.asked.sum()), "known_results": len(answered),
        "useful": int((answered.result == Result.USEFUL).sum()), "complaints": int((answered.result == Result.COMPLAINT).sum()),
        "groups": _by_group(model, answered), "reliability": _reliability(model, answered),
    }  # fmt: skip
    if isinstance(model, LearnedContacts):
        facts |= {"features": list(model.features), "penalty": model.penalty, "floor": model.floor, "learned_from": list(model.learned_from)}
    if comparison is not None:
        facts |= {
            "champion": comparison.kind, "judged_after": date.fromordinal(comparison.learned_until).isoformat(),
            "prior": asdict(comparison.prior), "verdicts": {kind: asdict(verdict) for kind, verdict in comparison.verdicts.items()},
            "reached": {kind: asdict(found) for kind, found in comparison.reached.items()},
        }  # fmt: skip
    return facts


def _by_group(model: ContactModel, rows: ContactTrials) -> list[dict[str, object]]:
    """Told and seen usefulness and complaints of each relation group: differences are to be looked at, not hidden."""
    useful, complaint = model.usefulness(rows), model.complaint(rows)
    found: list[dict[str, object]] = []
    for at, name in enumerate(rows.groups):
        here = rows.group == at
        if here.any():
            found.append({
                "group": name, "results": int(here.sum()), "told_useful": round(float(useful[here].mean()), 4),
                "seen_useful": round(float((rows.result[here] == Result.USEFUL).mean()), 4),
                "told_complaint": round(float(complaint[here].mean()), 4), "seen_complaint": round(float((rows.result[here] == Result.COMPLAINT).mean()), 4),
            })  # fmt: skip
    return found


def _reliability(model: ContactModel, rows: ContactTrials) -> list[dict[str, object]]:
    """Told and seen usefulness in ten equally filled bins (in sample: the same results that it was fitted on)."""
    told, seen = model.usefulness(rows), rows.result == Result.USEFUL
    parts = [part for part in np.array_split(np.argsort(told, kind="stable"), RELIABILITY_BINS) if len(part)]
    return [{"results": len(part), "told": round(float(told[part].mean()), 4), "seen": round(float(seen[part].mean()), 4)} for part in parts]
