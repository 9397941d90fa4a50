"""Map services (AMap, Tencent, Baidu) as an optional second opinion on an address. Off unless somebody sets keys.

They raise or lower the confidence and are put on record; they never change an address. Here is network and database:
``locate.address`` knows nothing of this package.
"""

from locate.maps.model import SERVICE_NAMES, Place, Point, Said, SecondOpinion, Service, Verdict, Voice
from locate.maps.review import Review, open_review

__all__ = [
    "SERVICE_NAMES",
    "Place",
    "Point",
    "Review",
    "Said",
    "SecondOpinion",
    "Service",
    "Verdict",
    "Voice",
    "open_review",
]
