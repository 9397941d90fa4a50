"""A postal partner for demonstrations and tests: takes sealed batches, acknowledges, prints tracks, and misbehaves on request.

Shares no code with ``letters.post``: what it recomputes and writes is an independent reading of the contract.
"""

from scripts.partner.simulator import simulate
from scripts.partner.truth import Fault, FileTruth, ItemTruth, Truth

__all__ = ["Fault", "FileTruth", "ItemTruth", "Truth", "simulate"]
