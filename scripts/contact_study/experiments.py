"""The experiments behind docs/contact-selector.md. Each gives the rows of one table; all figures are synthetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from models.contacts.evaluation import by_log, difference, measures, ratio_of_precision
from models.contacts.gate import champion, contact_gate
from models.contacts.learned import (
    KINDS,
    ContactModel,
    LearnedContacts,
    PriorContacts,
    TooFewTrials,
    fit_contacts,
)
from models.contacts.ranking import first_of_cases
from models.contacts.trials import ContactTrials, Result
from scripts.contact_study.trial import CUT, Judged, Split, answers, fit_kind, judged, pooled, split, world
from scripts.world.contact_worlds import WORLDS

TableRows = list[dict[str, object]]

FEATURE_GROUPS: Final = {
    "place in the list": ("listed",), "name": ("same_surname", "name_length", "name_is_placeholder"),
    "number": ("number_is_good", "number_has_run", "debtors_on_number"), "age and repetition": ("times_reserved", "age_known", "age_years"),
    "address": ("address_known", "address_agreement"), "what came of asking": ("answered", "relayed", "failed", "helped", "in_vain"),
}  # fmt: skip
SIMPLE: Final = "logistic"
"""The kind that the smaller experiments look at, beside ``boosted``."""


def main_table(seeds: Sequence[int]) -> TableRows:
    """Every model in every world, and what the gate says of it."""
    rows: TableRows = []
    for name in WORLDS:
        found = {kind: judged(name, seeds, fit_kind(kind)) for kind in ("prior", *KINDS)}
        figures = {kind: one.figures() for kind, one in found.items()}
        said = {kind: found[kind].measures() for kind in found}
        verdicts = {kind: contact_gate(figures[kind], said[kind], figures["prior"]) for kind in KINDS}
        best = champion(verdicts, figures)
        for kind in found:
            m = said[kind]
            verdict = "in force" if kind == "prior" else "passes" if verdicts[kind].promote else "no: " + ", ".join(verdicts[kind].against)
            rows.append({
                "world": name, "model": kind, "cases": m.cases, "debtors": m.debtors, "P@1": m.precision,
                "× prior": "1" if kind == "prior" else verdicts[kind].ratio, "MRR": f"{m.reciprocal.value:.3f}", "NDCG@3": f"{m.ndcg.value:.3f}",
                "PR-AUC": f"{m.pr_auc:.3f}", "ECE": f"{m.ece:.3f}", "complaints/1000": f"{m.complaints.value:.1f} [{m.complaints.low:.1f}, {m.complaints.high:.1f}]",
                "gate": verdict + (" — champion" if kind == best else ""),
            })  # fmt: skip
        hindsight = found["prior"]
        rows.append({**dict.fromkeys(rows[-1], ""), "world": name, "model": "(any useful contact)", "P@1": f"{_ceiling(hindsight):.3f}"})
    return rows


def _ceiling(one: Judged) -> float:
    return len(np.unique(one.trials.case[one.useful])) / len(np.unique(one.trials.case))


def by_penalty(seeds: Sequence[int]) -> TableRows:
    """λ: hits against complaints."""
    rows: TableRows = []
    for name in ("plain", "agreeing"):
        for penalty in (0.0, 0.25, 0.5, 1.0, 2.0, 4.0):
            m = judged(name, seeds, lambda of, p=penalty: replace(fit_contacts(SIMPLE, of.learn, of.cut), penalty=p)).measures()  # type: ignore[misc]
            rows.append({"world": name, "model": SIMPLE, "λ": penalty, "cases": m.cases, "P@1": m.precision, "complaints/1000": f"{m.complaints.value:.1f}"})
    return rows


def by_floor(seeds: Sequence[int]) -> TableRows:
    """Abstaining: of how many cases somebody is asked, and what comes of those questions."""
    rows: TableRows = []
    for name in WORLDS:
        for kind in ("prior", SIMPLE):
            one = judged(name, seeds, fit_kind(kind))
            for floor in (0.0,) if kind == "prior" else (0.0, 0.01, 0.03, 0.05, 0.1):
                first = first_of_cases(one.trials, one.scores)
                asked = first[one.scores[first] > floor]
                rows.append({
                    "world": name, "model": kind, "floor": floor, "cases": len(first), "asked in": f"{len(asked) / len(first):.1%}",
                    "useful of those asked": f"{one.useful[asked].mean():.3f}", "found by asking": int(one.useful[asked].sum()),
                    "complaints": int(one.complaint[asked].sum()),
                })  # fmt: skip
    return rows


def _blind(trials: ContactTrials, names: Sequence[str]) -> ContactTrials:
    values = trials.values.copy()
    for name in names:
        values[:, trials.features.index(name)] = 0.0
    return replace(trials, values=values)


def ablations(seeds: Sequence[int]) -> TableRows:
    """What the forest is worth, and each group of features; P@1 of the whole less that without."""
    rows: TableRows = []
    for name in ("plain", "confounded", "change"):
        whole = {kind: judged(name, seeds, fit_kind(kind)) for kind in ("rates", "forest", SIMPLE, "boosted", "boosted_forest")}
        for what, more, less in (("forest × rates, against rates alone", "forest", "rates"), ("forest as a column of boosting", "boosted_forest", "boosted")):
            rows.append({"world": name, "what": what, "gain in P@1": difference(whole[more].figures(), whole[less].figures(), "hit")})
        for group, names in FEATURE_GROUPS.items():
            without = judged(name, seeds, lambda of, n=names: _seeing(of, n, SIMPLE))  # type: ignore[misc]
            rows.append({"world": name, "what": f"{group} ({SIMPLE})", "gain in P@1": difference(whole[SIMPLE].figures(), without.figures(), "hit")})
        unweighted = judged(name, seeds, lambda of: fit_contacts("boosted", of.learn, of.cut, weighted=False))
        rows.append({"world": name, "what": "propensity weights (boosted)", "gain in P@1": difference(whole["boosted"].figures(), unweighted.figures(), "hit")})
    return rows


class _Blinded:
    """A model that never sees some features; the rule prior among its columns is blind too (its part is made level)."""

    def __init__(self, model: LearnedContacts, names: Sequence[str]) -> None:
        self.model, self.names, self.kind, self.version = model, names, model.kind, model.version

    def usefulness(self, rows: ContactTrials) -> np.ndarray:
        return self.model.usefulness(_level(_blind(rows, self.names)))

    def complaint(self, rows: ContactTrials) -> np.ndarray:
        return self.model.complaint(_level(_blind(rows, self.names)))

    def scores(self, rows: ContactTrials) -> np.ndarray:
        return self.model.scores(_level(_blind(rows, self.names)))

    def as_json(self) -> dict[str, object]:
        return self.model.as_json()


def _level(trials: ContactTrials) -> ContactTrials:
    return replace(trials, prior_useful=np.full(len(trials), 0.15))


def _seeing(of: Split, hidden: Sequence[str], kind: str) -> ContactModel:
    return _Blinded(fit_contacts(kind, _level(_blind(of.learn, hidden)), of.cut), hidden)


def cold_start(seeds: Sequence[int]) -> TableRows:
    """How many known results it takes; the latest so many, so that all know the same last days."""
    rows: TableRows = []
    for name in ("plain", "agreeing"):
        base = judged(name, seeds, fit_kind("prior"))
        for known in (150, 300, 600, 1_200, 2_400, 4_800):
            for kind in (SIMPLE, "boosted"):
                one = judged(name, seeds, lambda of, n=known, k=kind: _of_few(of, n, k))  # type: ignore[misc]
                more = difference(one.figures(), base.figures(), "complaint")
                rows.append({
                    "world": name, "known results": known, "model": kind, "P@1": one.measures().precision,
                    "× prior": ratio_of_precision(one.figures(), base.figures()), "complaints/1000 more": f"{1000 * more.value:+.1f}",
                })  # fmt: skip
        first = _unasked_before(base)
        for kind in (SIMPLE, "boosted"):
            one = judged(name, seeds, fit_kind(kind))
            rows.append({
                "world": name, "known results": f"all; only cases none of whose contacts was asked before ({len(np.unique(base.trials.case[first]))})",
                "model": kind, "P@1": f"{one.figures(first).hit.mean():.3f}", "× prior": ratio_of_precision(one.figures(first), base.figures(first)),
                "complaints/1000 more": f"{1000 * difference(one.figures(first), base.figures(first), 'complaint').value:+.1f}",
            })  # fmt: skip
    return rows


def _unasked_before(one: Judged) -> np.ndarray:
    heard = (one.trials.column("answered") + one.trials.column("failed")) > 0
    return ~np.isin(one.trials.case, np.unique(one.trials.case[heard]))


def _of_few(of: Split, known: int, kind: str) -> ContactModel:
    past = of.learn.as_of(of.cut)
    days = np.sort(past.day[past.known])[::-1]
    recent = past.take(past.day >= days[min(known, len(days)) - 1])
    try:
        return fit_contacts(kind, recent, of.cut)
    except TooFewTrials:
        return PriorContacts()


def after_the_change(seeds: Sequence[int]) -> TableRows:
    """The flood begins on day 860; 45 days at a time: the model of day 800 against one that learns anew before each."""
    rows: TableRows = []
    for start in range(CUT, 1_070, 45):
        parts: dict[str, list[Judged]] = {}
        for at, seed in enumerate(seeds):
            made = world("change", seed, clerk=None)
            of, now = split(made), split(made, start)
            here = now.judge.day <= made.first_day + start + 45
            now = Split(now.learn, now.judge.take(here), now.useful[here], now.complaint[here], now.cut)
            for label, model in (
                ("prior", PriorContacts()), ("frozen", fit_contacts(SIMPLE, of.learn, of.cut)), ("learns anew", fit_contacts(SIMPLE, now.learn, now.cut)),
                ("boosted, learns anew", fit_contacts("boosted", now.learn, now.cut)),
            ):  # fmt: skip
                parts.setdefault(label, []).append(answers(now, model, at))
        base = pooled(parts["prior"])
        row: dict[str, object] = {"days": f"{start + 1}–{start + 45}", "cases": base.measures().cases, "any useful": f"{_ceiling(base):.3f}"}
        for label, of_seed in parts.items():
            row[label] = f"{pooled(of_seed).figures().hit.mean():.3f}"
        rows.append(row)
    return rows


def by_clerk(seeds: Sequence[int]) -> TableRows:
    """The same lives, asked about by clerks of other habits: what is learned from each is judged on the truth of all contacts."""
    rows: TableRows = []
    for clerk in ("habit", "chance", "rule", "ear"):
        base = judged("plain", seeds, fit_kind("prior"), clerk=clerk)
        for kind in (SIMPLE, "boosted", "two_step"):
            for weighted in (True, False):
                one = judged("plain", seeds, lambda of, k=kind, w=weighted: fit_contacts(k, of.learn, of.cut, weighted=w), clerk=clerk)  # type: ignore[misc]
                m = one.measures()
                rows.append({
                    "clerk": clerk, "model": kind, "weights": "inverse propensity" if weighted else "none", "P@1": m.precision,
                    "× prior": ratio_of_precision(one.figures(), base.figures()), "ECE": f"{m.ece:.3f}",
                })  # fmt: skip
    return rows


def mislabelled(seeds: Sequence[int]) -> TableRows:
    """One known result in a hundred, and one in ten, is turned round before learning."""
    rows: TableRows = []
    for name in ("plain", "confounded", "change"):
        for kind in (SIMPLE, "boosted"):
            clean = judged(name, seeds, fit_kind(kind)).figures()
            for share in (0.01, 0.1):
                one = judged(name, seeds, lambda of, k=kind, s=share: fit_contacts(k, _turned(of.learn, s), of.cut))  # type: ignore[misc]
                rows.append({"world": name, "model": kind, "mislabelled": f"{share:.0%}", "change of P@1": difference(one.figures(), clean, "hit")})
    return rows


def _turned(trials: ContactTrials, share: float) -> ContactTrials:
    chosen = trials.known & (np.random.default_rng(5).random(len(trials)) < share)
    other = np.where(trials.result == Result.USEFUL, int(Result.NOT_USEFUL), int(Result.USEFUL))
    return replace(trials, result=np.where(chosen, other, trials.result))


def log_against_truth(seeds: Sequence[int]) -> TableRows:
    """P@1 as the log would tell it (first choices that happened to be asked, weighed by 1/propensity) against the truth."""
    rows: TableRows = []
    for name in WORLDS:
        for kind in ("prior", SIMPLE, "boosted"):
            one = judged(name, seeds, fit_kind(kind))
            told = by_log(one.trials, one.scores)
            said = measures(told, one.probability, one.useful)
            rows.append({"world": name, "model": kind, "log": said.precision, "of cases": len(told.hit), "truth": f"{one.figures().hit.mean():.3f}"})
    return rows
