"""What a careful clerk does with the post's answers: imports what came, and asks for what the house says is missing.

He knows only what ``handa`` tells him; the simulator's truth is looked at for nothing but which files lie in the folder.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from records.clock import SHANGHAI
from scripts.partner.answer_files import ALIASES
from scripts.partner.mailroom import ACK, EVENTS
from scripts.partner.simulator import SimulatedPartner
from scripts.partner.soak.desk import Desk
from scripts.world.parties import PARTNER

TOGETHER = 12
"""Files that one command is given at the most."""
PROFILE = "自用"
KINDS = {ACK: "回执", EVENTS: "轨迹"}
"""Kinds of files as the house calls them."""
REFUSED_ALL = 2
"""Exit code: nothing could be read."""


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant of a simulated day."""
    return datetime.combine(day, time(hour, minute), SHANGHAI)


@dataclass(slots=True)
class Clerk:
    """One clerk over the whole soak."""

    desk: Desk
    partner: SimulatedPartner
    knows_own_words: bool = False
    """Whether the partner's own headers have been told to the house."""
    imported: set[str] = field(default_factory=set)
    asked_names: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    something_came: bool = True
    """Since he last looked for gaps."""

    def morning(self, day: date) -> None:
        """Import what lies in the folder and was not imported yet; ask again for what can't be read."""
        fresh = [str(path) for path in self.partner.truth.arrived if str(path) not in self.imported]
        self.something_came = self.something_came or bool(fresh)
        for start in range(0, len(fresh), TOGETHER):
            self._import(day, fresh[start : start + TOGETHER])

    def _import(self, day: date, paths: list[str]) -> None:
        answer = self.desk.say(at(day, 8), "post", "import", *paths, "--partner", PARTNER, "--json", fine=(0, 1, REFUSED_ALL))
        self.imported.update(paths)
        if "error" in answer.document:
            unread = [Path(path).name for path in paths]
        else:
            unread = [one["name"] for one in answer.document["files"] if "error" in one]
            for one in answer.document["files"]:
                self.counts.update(one.get("counts", {}))
        if not unread:
            return
        if not self.knows_own_words and any("-again-" not in name for name in unread):
            # He opens the file, sees columns in the partner's own words, and tells the house what they mean.
            self._tell_columns(day)
            self.knows_own_words = True
            self._import(day, [path for path in paths if Path(path).name in unread])
            return
        self.counts["unreadable files"] += len(unread)
        self._ask_by_name(day, unread)

    def _tell_columns(self, day: date) -> None:
        file = self.partner.answers.parent / "自用列名.json"
        file.write_text(json.dumps(ALIASES, ensure_ascii=False), encoding="utf-8")
        self.desk.say(at(day, 8), "partner", "profile", "save", PARTNER, PROFILE, "--file", file)
        self.desk.say(at(day, 8), "partner", "profile", "use", PARTNER, PROFILE)

    def _ask_by_name(self, day: date, names: list[str]) -> None:
        fresh = [name for name in names if name not in self.asked_names]
        self.asked_names.update(fresh)
        for kind, head in ((ACK, "ACK"), (EVENTS, "EVT")):
            mine = [name for name in fresh if name.startswith(head)]
            if mine:
                self.asked["file by name"] += self.partner.resend(day, kind=kind, names=mine)

    def look_for_gaps(self, day: date) -> list[dict[str, Any]]:
        """Ask the house for gaps, and the partner for what is missing. Gives the gaps."""
        self.something_came = False
        gaps: list[dict[str, Any]] = self.desk.say(at(day, 9), "post", "gaps", "--json").document["gaps"]
        for gap in gaps:
            match gap["code"]:
                case "MISSING_FILE":
                    runs = re.findall(r"(\d+)(?:–(\d+))?", gap["subject"].partition("第")[2])
                    numbers = [number for first, last in runs for number in range(int(first), int(last or first) + 1)]
                    for kind in (kind for kind, name in KINDS.items() if name in gap["subject"]):
                        self.asked["file by number"] += self.partner.resend(day, kind=kind, numbers=numbers)
                case "NO_ACKNOWLEDGEMENT":
                    number = gap["subject"].split()[0]
                    names = [name for name in self.partner.truth.batches if name.startswith(f"{number}-")]
                    self.asked["acknowledgement"] += self.partner.acknowledge_again(names, day)
                case _:
                    pass
        rows = self.desk.say(at(day, 9), "post", "quarantine", "--json").document["quarantine"]
        broken = sorted({row["file"] for row in rows if row["code"] not in ("UNKNOWN_CODE", "UNKNOWN_ITEM", "WRONG_BATCH")})
        self._ask_by_name(day, broken)
        return gaps

    def ask_after(self, items: list[str], day: date, *, enquire: bool) -> None:
        """Ask for whole tracks of items without an end; with ``enquire`` also what has become of them (查单)."""
        self.asked["tracks"] += len(items)
        self.partner.tell_again(items, day)
        if enquire:
            self.asked["enquiry"] += len(self.partner.enquire(items, day))
