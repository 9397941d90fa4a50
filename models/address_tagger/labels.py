"""The 21 labels of the guideline that the open data set and the tagger speak, and their states of one sign (B or I)."""

from __future__ import annotations

from typing import Final

LABELS: Final = (
    "devzone", "town", "community", "road", "roadno", "subroad", "subroadno", "poi", "subpoi",
    "houseno", "cellno", "floorno", "roomno", "person", "assist", "redundant",
    "country", "prov", "city", "district", "otherinfo",
)  # fmt: skip
LABEL_IDS: Final = {label: i for i, label in enumerate(LABELS)}
TAGGED: Final = 16
"""The first so many labels are the tagger's to give; areas above the township come from the gazetteer alone."""
STATES: Final = 2 * TAGGED
"""States that have weights. State ``2 * label`` begins a span, ``2 * label + 1`` goes on with it."""
OPEN: Final = -1
"""No state is given for this sign: the tagger decides."""
