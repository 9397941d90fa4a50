"""Chinese postal addresses: read, standardize, grade, key, dedupe. Pure functions over text; no database.

    from locate.address import parse, parse_many
"""

from locate.address.dedupe import Group, Match, Relation, compare, dedupe, same_place
from locate.address.model import Address, Correction, Grade, Issue, Recipient
from locate.address.reader import parse, parse_many, reader_version
from locate.address.storage import from_json_dict, to_json_dict

__all__ = [
    "Address",
    "Correction",
    "Grade",
    "Group",
    "Issue",
    "Match",
    "Recipient",
    "Relation",
    "compare",
    "dedupe",
    "from_json_dict",
    "parse",
    "parse_many",
    "reader_version",
    "same_place",
    "to_json_dict",
]
