"""What a training came to, as plain values: kept with the model, shown on its card. Every figure has its denominator beside it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from models.delivery.measures import Figure, Quality
from models.delivery.training import Trained


def day_text(ordinal: int) -> str:
    """An ordinal as an ISO date."""
    return date.fromordinal(ordinal).isoformat()


def figure_facts(figure: Figure | None) -> dict[str, float | int] | None:
    """Value, 95 % interval, and over how many debtors."""
    return None if figure is None else {name: (value if isinstance(value, int) else round(value, 6)) for name, value in asdict(figure).items()}


def quality_facts(found: Quality) -> dict[str, Any]:
    """All of a ``Quality``."""
    return {
        "letters": found.letters, "delivered": found.delivered, "log_loss": figure_facts(found.log_loss), "brier": figure_facts(found.brier),
        "ece": round(found.ece, 6), "intercept": round(found.intercept, 4), "slope": round(found.slope, 4),
        "bins": [{"said": round(one.said, 4), "seen": round(one.seen, 4), "letters": one.letters} for one in found.bins],
    }  # fmt: skip


def facts_of(trained: Trained, *, synthetic: bool, source: str) -> dict[str, Any]:
    """The facts of a training.

    Args:
        synthetic: whether the letters are of a simulated world.
        source: where the letters came from, in words a reader understands.
    """
    return {
        "kind": trained.chosen.kind.value, "memory_days": trained.chosen.memory_days, "as_of": day_text(trained.as_of), "synthetic": synthetic, "source": source,
        "letters": trained.letters, "delivered": trained.delivered, "censored": trained.censored, "debtors": trained.debtors,
        "window": [day_text(day) for day in trained.window], "test_window": [day_text(day) for day in trained.test_window], "ripe_days": trained.ripe_days,
        "by_hand": trained.by_hand, "products": list(trained.model.products),
        "tried": [
            {
                "kind": one.option.kind.value, "memory_days": one.option.memory_days, **quality_facts(one.quality),
                "above_best": figure_facts(one.against_best),
            }
            for one in trained.tried
        ],
        "new_debtors": quality_facts(trained.new_debtors) if trained.new_debtors else None,
        "looked_at": [{"feature": name, "share": round(share, 4)} for name, share in trained.looked_at],
        "groups": [{"by": one.by, "code": one.code, "letters": one.letters, "said": round(one.said, 4), "seen": round(one.seen, 4)} for one in trained.groups],
        "rule_line": list(trained.rule_line), "usual_edges": list(trained.usual.edges), "seed": trained.seed,
    }  # fmt: skip


def figures_of(facts: dict[str, Any], kind: str | None = None) -> dict[str, Any]:
    """Figures of the chosen candidate (or of the first of a kind) on the test letters."""
    wanted = (facts["kind"], facts["memory_days"])
    for one in facts["tried"]:
        if (kind is None and (one["kind"], one["memory_days"]) == wanted) or one["kind"] == kind:
            found: dict[str, Any] = one
            return found
    raise KeyError(kind or wanted)
