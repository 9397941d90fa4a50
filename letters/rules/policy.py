"""Parameters of the rules that a firm may tighten, with the defaults of law-and-post.md §7a."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Policy:
    """Days, caps and switches. Its hash stands on every decision."""

    version: str = "2026-11"
    min_days_between_letters: int = 7
    in_flight_days: int = 30
    max_as_of_age_days: int = 7
    cap_licensed_percent: Decimal = Decimal("24")
    cap_lpr_multiple: int = 4

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the canonical JSON of all parameters."""
        text = json.dumps({k: str(v) for k, v in asdict(self).items()}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()
