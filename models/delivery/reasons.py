"""How much each group of features moves the log-odds of a row: by how the score changes when the group is set to what is usual.

Usual = the middle value of the rows that are scored together. The same for every kind of model, so reasons read alike; it is a
way to explain, not a decomposition: groups that speak of the same thing share their effect.
"""

from __future__ import annotations

import numpy as np

from models.delivery.estimators import DeliveryModel, Kind
from models.delivery.features import FEATURES, GROUPS
from models.delivery.opportunities import Floats, Opportunities


def group_weights(model: DeliveryModel, rows: Opportunities, features: Floats) -> dict[str, Floats]:
    """Group → (n,) change of the log-odds that the row's own values make. Empty for the rules, which say their own reasons."""
    if model.kind is Kind.RULE or not len(features):
        return {}
    usual = np.median(features, axis=0)
    whole = model.log_odds(rows, features)
    weights: dict[str, Floats] = {}
    for group in GROUPS:
        columns = [FEATURES.index(name) for name in group.features]
        without = features.copy()
        without[:, columns] = usual[columns]
        weights[group.name] = whole - model.log_odds(rows, without)
    return weights


def looked_at(model: DeliveryModel) -> tuple[tuple[str, float], ...]:
    """The twenty features that matter most with their shares: by how often and how well the trees split on them, or by the size of
    a linear model's weights. Empty for models that are not fitted."""
    if model.forest is not None:
        worth = model.forest.gains(len(FEATURES))
    elif model.linear is not None:
        worth = np.abs(model.linear.weights[0])
    else:
        return ()
    total = max(float(worth.sum()), 1e-12)
    order = np.argsort(-worth, kind="stable")[:20]
    return tuple((FEATURES[i], float(worth[i] / total)) for i in order if worth[i] > 0)
