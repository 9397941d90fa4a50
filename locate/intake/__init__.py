"""Case-file intake: from a lender's messy file to checked cases, located problems and stored records.

``read_case_file`` is pure (no database); ``store.import_case_file`` keeps what it gives; ``load`` reads it back.
The words lenders use are data beside the code: fields.toml (headers), words.toml (cells), stops.toml (remarks),
problems.toml (what is wrong and what to do).
"""

from locate.intake.profile import Profile, mapping_of, profile_of
from locate.intake.reading import AcceptedCase, ImportResult, read_case_file
from locate.intake.report import ImportReport, report_of

__all__ = [
    "AcceptedCase",
    "ImportReport",
    "ImportResult",
    "Profile",
    "mapping_of",
    "profile_of",
    "read_case_file",
    "report_of",
]
