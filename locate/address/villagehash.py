"""How a village or neighbourhood name is folded and hashed for the village table.

Shared by scripts/build_gazetteer and the reader, so that both sides agree on every byte.
"""

from __future__ import annotations

import re
from hashlib import blake2b

_TAIL = re.compile(
    r"(?:村民委员会|居民委员会|社区居委会|社区居民委员会|社区村委会|村委会|居委会|社区服务中心|委员会|社区|行政村|自然村|村)+$"
)

RURAL_BIT = 1 << 15  # set in a village's tail where its kind is 村, not 社区


def village_core(name: str) -> str:
    """The name without its kind (村, 社区, 居委会 …): 霄边社区居委会 and 霄边村 are both 霄边."""
    return _TAIL.sub("", name) or name


def village_hash(core: str) -> int:
    """A stable 64-bit hash of the core name."""
    return int.from_bytes(blake2b(core.encode(), digest_size=8).digest(), "little")
