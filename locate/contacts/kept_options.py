"""What could be known of the contacts that might have been asked first, as kept with the decision: codes and numbers, no text.

So that what is learned from, and what another policy is judged by, is what was known when it was decided (point in time).
Kept where a decision's offer is kept and erased with it (``letters.privacy.erasing``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from locate.contacts.features import FEATURE_NAMES, ContactFeatures
from locate.contacts.ranking import RankedContact
from locate.contacts.relations import RelationGroup

CONTACTS: Final = "contacts"


@dataclass(frozen=True, slots=True)
class KeptOption:
    """A contact that was ranked: its features of the day, what was said of it, and the probability of its being asked first."""

    features: ContactFeatures
    useful: float
    complaint: float
    score: float
    propensity: float

    def as_json(self) -> dict[str, object]:
        """Everything, in JSON's types; features by name, so that an older list of features is told from today's."""
        return {
            "ordinal": self.features.ordinal, "group": self.features.group.value, "values": dict(zip(FEATURE_NAMES, self.features.values, strict=True)),
            "useful": self.useful, "complaint": self.complaint, "score": self.score, "propensity": self.propensity,
        }  # fmt: skip


def options_to_keep(ranked: Sequence[RankedContact], features: Mapping[int, ContactFeatures], propensity: Mapping[int, float]) -> dict[str, Any]:
    """What a decision keeps of the ranked contacts, in the lender's order."""
    options = (KeptOption(features[one.ordinal], one.probability, one.complaint, one.score, propensity[one.ordinal]) for one in ranked)
    return {CONTACTS: [one.as_json() for one in sorted(options, key=lambda one: one.features.ordinal)]}


def options_kept(offer: Mapping[str, Any] | None) -> tuple[KeptOption, ...]:
    """The options as ``options_to_keep`` gave them; empty where none were kept, or features have changed since."""
    return tuple(_read(offer[CONTACTS])) if offer and CONTACTS in offer else ()


def _read(kept: Sequence[Mapping[str, Any]]) -> Iterator[KeptOption]:
    if any(set(one["values"]) != set(FEATURE_NAMES) for one in kept):
        return
    for one in kept:
        features = ContactFeatures(int(one["ordinal"]), RelationGroup(one["group"]), tuple(float(one["values"][name]) for name in FEATURE_NAMES))
        yield KeptOption(features, float(one["useful"]), float(one["complaint"]), float(one["score"]), float(one["propensity"]))
