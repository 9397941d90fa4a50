"""Chinese postal addresses: read, standardize, grade, key, dedupe. Pure functions over text; no database.

    from locate.address import parse, parse_many, areas_only
    from locate.address.history import changes, successors
"""

from locate.address.areas_only import AreaNames, areas_only, areas_only_many
from locate.address.dedupe import Group, Match, Relation, compare, dedupe, same_place
from locate.address.matching.likeness import Kind, Likeness, match
from locate.address.matching.many import PlaceGroup, group_texts
from locate.address.model import Address, Candidate, Correction, Grade, Issue, Recipient
from locate.address.reader import parse, parse_many, reader_version
from locate.address.storage import from_json_dict, to_json_dict

__all__ = [
    "Address",
    "AreaNames",
    "Candidate",
    "Correction",
    "Grade",
    "Group",
    "Issue",
    "Kind",
    "Likeness",
    "Match",
    "PlaceGroup",
    "Recipient",
    "Relation",
    "areas_only",
    "areas_only_many",
    "compare",
    "dedupe",
    "from_json_dict",
    "group_texts",
    "match",
    "parse",
    "parse_many",
    "reader_version",
    "same_place",
    "to_json_dict",
]
