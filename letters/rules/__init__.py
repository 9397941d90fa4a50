"""Compliance: one rule = one small named function with its id, its source, its message and its test. No database.

``judge`` a case in planning, ``judge_letter`` a finished letter, ``judge_piece`` a manifest row; ``all_rules`` lists them.
Importing the topic modules registers their rules; the order here is the order of findings.
"""

from letters.rules import (  # noqa: I001  the order of rules, by topic
    sources as sources,
    timing as timing,
    retry as retry,
    third_persons as third_persons,
    amounts as amounts,
    claim_papers as claim_papers,
    payments as payments,
    mandate as mandate,
    channels as channels,
    choice as choice,
    posting as posting,
    limitation as limitation,
    lexicon as lexicon,
    letter_text as letter_text,
    statutes as statutes,
    relay as relay,
)
from letters.rules.catalogue import RuleEntry, State, all_rules
from letters.rules.judge import judge, judge_letter, judge_piece, judge_printed, judge_relay, verdict_of
from letters.rules.policy import Policy
from letters.rules.version import RULES_VERSION

__all__ = [
    "RULES_VERSION", "Policy", "RuleEntry", "State", "all_rules", "judge", "judge_letter", "judge_piece", "judge_printed", "judge_relay",
    "verdict_of",
]  # fmt: skip
