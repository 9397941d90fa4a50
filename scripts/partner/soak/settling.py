"""How a soak is brought to its end: what the house calls open is worked off by its own commands until every batch closes.

What a person would decide is decided here in the plainest lawful way: a lost piece is claimed for, a refused line planned
anew, a difference paid after the counter weighed again, a row of a stranger's number dismissed. Nothing is settled that
facts can still close.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from scripts.partner.soak.clerk import Clerk, at
from scripts.partner.soak.desk import Desk
from scripts.world.parties import PAPER, PARTNER

BY = "示例经办人"
MANUAL = "邮政2026年12月代码手册"
OWN_CODES = (("97", "in_transit", "action"), ("19", "OK_OTHER", "proper"), ("997", "in_transit", "op"), ("199", "OK_OTHER", "signed"))
"""Code, meaning and kind, as the partner's newest manual (``own_codes.csv``) says."""
SETTLED_BY_REASON = {
    "REFUSED_BY_POST": "已按拒收原因更正，另行计划",
    "LOST_PIECE": "已依邮政法第四十七条索赔，另行计划",
    "OTHER_FIGURES": "复称属实，照付",
}
DISMISSED = {"UNKNOWN_ITEM": "合作方确认号码与本方无关"}
RESENT = "合作方已重发完整文件"
ROUNDS = 6


@dataclass(slots=True)
class Settler:
    """Works off gaps through the command line. ``done``: what was registered, by kind."""

    desk: Desk
    clerk: Clerk
    done: dict[str, int] = field(default_factory=dict)

    def map_codes(self, day: date) -> None:
        """The manual has come: tell the house each code once, then take the waiting rows again."""
        for code, meaning, kind in OWN_CODES:
            self.desk.say(
                at(day, 11), "post", "map-code", code, meaning, "--kind", kind, "--partner", PARTNER, "--by", BY, "--why", MANUAL, "--yes",
                "--json",
            )  # fmt: skip
        self.replay(day)

    def replay(self, day: date) -> None:
        """Take the quarantined rows again."""
        made = self.desk.say(at(day, 11), "post", "replay", "--partner", PARTNER, "--json").document
        self._count("replayed rows", made["taken"])

    def dismiss(self, day: date) -> None:
        """Close the rows of broken files, which came whole since, and those of numbers that were never ours."""
        rows = self.desk.say(at(day, 12), "post", "quarantine", "--json").document["quarantine"]
        for code in sorted({row["code"] for row in rows} - {"UNKNOWN_CODE"}):
            why = DISMISSED.get(code, RESENT)
            made = self.desk.say(at(day, 12), "post", "dismiss", code, "--partner", PARTNER, "--by", BY, "--why", why, "--json").document
            self._count(f"dismissed {code}", made["rows"])

    def settle_gaps(self, day: date) -> list[dict[str, Any]]:
        """Register what became of every gap that only a person can close; gives the gaps that are left."""
        gaps: list[dict[str, Any]] = []
        for _ in range(ROUNDS):
            gaps = self.desk.say(at(day, 13), "post", "gaps", "--json").document["gaps"]
            open_ = [gap for gap in gaps if gap["code"] in SETTLED_BY_REASON]
            if not open_:
                break
            for gap in open_:
                made = self.desk.say(
                    at(day, 13), "post", "settle", gap["batch_no"], "--code", gap["code"], "--by", BY, "--reason",
                    SETTLED_BY_REASON[gap["code"]], "--evidence", PAPER, "--json",
                ).document  # fmt: skip
                self._count(f"settled {gap['code']}", made["pieces"])
        return gaps

    def settle_differences(self, day: date, batches: list[str]) -> None:
        """Register for each batch what became of every sum that the counter charged otherwise."""
        for batch in batches:
            told = self.desk.say(at(day, 14), "post", "postage", batch, "--json").document
            for cause in told["by_cause"]:
                made = self.desk.say(
                    at(day, 14), "post", "settle-difference", batch, "--cause", cause, "--by", BY, "--reason",
                    SETTLED_BY_REASON["OTHER_FIGURES"], "--evidence", PAPER, "--json",
                ).document  # fmt: skip
                self._count(f"differences {cause}", len(made["settled"]))

    def close(self, day: date, batches: list[str]) -> list[str]:
        """Close every batch; gives a sentence for each that can't be closed."""
        refused = []
        for batch in batches:
            answer = self.desk.say(at(day, 16), "batch", "close", batch, "--by", BY, "--json", fine=(0, 1, 3))
            if answer.code != 0:
                refused.append(f"批次 {batch} 不能结清：{answer.document}")
        self._count("closed batches", len(batches) - len(refused))
        return refused

    def _count(self, what: str, number: int) -> None:
        self.done[what] = self.done.get(what, 0) + number
