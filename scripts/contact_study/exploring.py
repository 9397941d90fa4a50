"""What exploring is worth: estimates of a policy that was never in force against the truth, and what is learned from such logs.

Whom to ask first is decided as a planning of relay letters does it (``locate.contacts.exploring``): one contact a day of asking,
by the rule prior, drawn in a share of cases. All figures are synthetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from models.contacts.evaluation import ratio_of_precision
from models.contacts.learned import ContactModel, PriorContacts, TooFewTrials, fit_contacts
from models.contacts.off_policy import reached
from models.contacts.ranking import first_of_cases
from models.contacts.training import compare_contacts
from scripts.contact_study.experiments import SIMPLE, TableRows
from scripts.contact_study.trial import Split, fit_kind, judged, split, world
from scripts.world.contact_worlds import contact_world

WORLDS: Final = ("plain", "change", "agreeing")
SHARES: Final = (50, 100, 200)
DEBTORS: Final = 12_000
"""More than elsewhere: of a share of cases little is left to judge by."""


def off_policy_against_truth(seeds: Sequence[int]) -> TableRows:
    """What the line learned from an explored log would reach on later cases of other debtors: told by their log, and true."""
    rows: TableRows = []
    for name in WORLDS:
        for seed in seeds:
            for share in SHARES:
                made = contact_world(name, seed, clerk=f"explores {share}‰", debtors=DEBTORS)
                of = split(made)
                rows.append({"world": name, "seed": seed, "explored": f"{share / 10:g} %", **_told(of, fit_contacts(SIMPLE, of.learn, of.cut))})
    return rows


def _told(of: Split, model: ContactModel) -> dict[str, object]:
    judge = of.judge
    scores, useful, complaint = model.scores(judge), model.usefulness(judge), model.complaint(judge)
    found = reached(judge, scores, useful, complaint, int(judge.day.max()))
    if found is None:
        return {"cases": 0, "truth": "too few"}
    _, position = np.unique(judge.case, return_inverse=True)
    asked = (np.bincount(position, judge.asked) > 0)[position]
    drawable = asked & (judge.propensity > 0)
    wanted = first_of_cases(judge.take(drawable), scores[drawable])
    truth, annoyed = float(of.useful[drawable][wanted].mean()), 1000 * float(of.complaint[drawable][wanted].mean())
    return {
        "cases": found.cases, "really": f"{found.really.value:.1%}", "truth": f"{truth:.1%}", "IPS, points off": _off(found.ips.value, truth),
        "SNIPS": _off(found.snips.value, truth), "DR": _off(found.doubly_robust.value, truth),
        "DR ± (95 %)": f"{50 * (found.doubly_robust.high - found.doubly_robust.low):.1f}",
        "within": "yes" if found.doubly_robust.low <= truth <= found.doubly_robust.high else "no",
        "“old and new agree”": _off(found.agreeing.value, truth), "complaints/1000: truth": f"{annoyed:.1f}",
        "DR of them": f"{found.complaints.value:.1f} [{found.complaints.low:.1f}, {found.complaints.high:.1f}]",
        "effective cases": round(found.effective), "beyond": f"{found.beyond:.0%}",
    }  # fmt: skip


def _off(value: float, truth: float) -> str:
    return f"{100 * (value - truth):+.1f}"


def learned_from_exploring(seeds: Sequence[int]) -> TableRows:
    """The same lives asked about with more or less exploring: what is learned, judged on the truth, and what the log's own gate says."""
    rows: TableRows = []
    for name in ("plain", "agreeing"):
        for share in (0, *SHARES):
            clerk = f"explores {share}‰"
            base = judged(name, seeds, fit_kind("prior"), clerk=clerk)
            for kind in (SIMPLE, "boosted"):
                one = judged(name, seeds, fit_kind(kind), clerk=clerk)
                rows.append({
                    "world": name, "explored": f"{share / 10:g} %", "model": kind, "P@1": one.measures().precision,
                    "× prior": ratio_of_precision(one.figures(), base.figures()), "gate, by each seed's own log": "; ".join(_verdict(name, seed, clerk, kind) for seed in seeds),
                })  # fmt: skip
    return rows


def _verdict(name: str, seed: int, clerk: str, kind: str) -> str:
    made = world(name, seed, clerk=clerk)
    try:
        verdict = compare_contacts(made.trials, int(made.trials.day.max()) + 31, kinds=(kind,)).verdicts[kind]
    except TooFewTrials:
        return "too few"
    return "passes" if verdict.promote else "no: " + ", ".join(verdict.against)


def as_it_is(seeds: Sequence[int]) -> TableRows:
    """A policy judged on its own log must be told what it reached."""
    rows: TableRows = []
    for name in WORLDS:
        for seed in seeds:
            of = split(world(name, seed, clerk="explores 100‰"))
            rows.append({"world": name, "seed": seed, **_told(of, PriorContacts())})
    return rows
