"""A postal partner for demonstrations and tests: takes sealed batches, acknowledges, prints tracks, and misbehaves on request.

Shares no code with ``letters.post``: what it recomputes and writes is an independent reading of the contract.
"""

from scripts.partner.answer_files import ALIASES
from scripts.partner.faults import Fault, FaultPlan
from scripts.partner.simulator import SimulatedPartner, simulate
from scripts.partner.truth import FileTruth, ItemTruth, Truth, Turn

__all__ = ["ALIASES", "Fault", "FaultPlan", "FileTruth", "ItemTruth", "SimulatedPartner", "Truth", "Turn", "simulate"]
