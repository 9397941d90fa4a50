"""The isolation forest as a contact estimator: reliability by ``models.contact_forest`` scales the relation's prior.

A contact as ordinary as the reliable ones keeps the prior of its relation; an odd one loses by how odd it is. Where the
forest abstains, so does this: the caller then has the rule prior to fall back on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from locate.contacts.features import FEATURE_NAMES, ContactFeatures
from locate.contacts.ranking import ContactReason, Usefulness, load_contact_priors

if TYPE_CHECKING:
    from models.contact_forest import ContactForest


class ForestUsefulness:
    """``ContactEstimator`` around a fitted forest."""

    def __init__(self, forest: ContactForest) -> None:
        """
        Raises:
            ValueError: when the forest was fitted on other features than these.
        """
        if forest.feature_names != FEATURE_NAMES:
            raise ValueError("the forest was fitted on another list of features")
        self._forest = forest

    @property
    def version(self) -> str:
        """The forest's version and the priors'."""
        return f"{self._forest.version}+{load_contact_priors().version}"

    def estimate(self, rows: tuple[ContactFeatures, ...]) -> tuple[Usefulness, ...]:
        """Prior of the relation × reliability (1 = as ordinary as the known-reliable)."""
        if not rows:
            return ()
        features = np.array([row.values for row in rows], dtype=np.float64)
        scores = self._forest.score(features, [row.group.value for row in rows])
        return tuple(self._one(row, float(score)) for row, score in zip(rows, scores, strict=True))

    @staticmethod
    def _one(row: ContactFeatures, score: float) -> Usefulness:
        prior = load_contact_priors().useful.get(row.group)
        if prior is None or np.isnan(score):
            return Usefulness(None, (ContactReason("forest", "同类可靠联系人太少，模型不作估计", 0.0),))
        text = f"已知可靠的同类联系人中，约 {score:.0%} 与其同样或更不寻常"
        return Usefulness(prior * score, (ContactReason("forest", text, score),))
