"""One soak from registration to comparison, in simulated weeks."""

from __future__ import annotations

import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from scripts.partner.faults import FaultPlan
from scripts.partner.server import PartnerServer
from scripts.partner.simulator import SimulatedPartner
from scripts.partner.soak.calendar import FIRST_DAY, Lot, lenders_needed, lots
from scripts.partner.soak.clerk import Clerk, at
from scripts.partner.soak.comparing import compare, swapped
from scripts.partner.soak.desk import Desk
from scripts.partner.soak.parties import lender_codes, registration
from scripts.partner.soak.settling import Settler
from scripts.world.compose_lender import compose_lender

TAIL_DAYS = 75
"""After the last posting: long enough for every track, a void after four weeks and the way back."""
ENQUIRY_DAYS = 20
MANUAL_AFTER = 21
"""Days until the partner's newest code manual comes: rows before it are replayed, rows after it are read at once."""
Say = Callable[[str], None]


@dataclass(slots=True)
class Result:
    """What a soak has shown. ``wrong``: every difference and every broken promise, as a sentence."""

    figures: dict[str, Any]
    wrong: list[str] = field(default_factory=list)


def soak(
    root: Path, *, batches: int, seed: int, plan: FaultPlan, kill_share: float, say: Say, largest: int = 200, tail: int = TAIL_DAYS
) -> Result:
    """Run it in the empty folder ``root``; the workspace stays there."""
    started = time.monotonic()
    rng = random.Random(f"{seed}/soak")
    now = [FIRST_DAY]
    with (
        PartnerServer(root / "partner", plan, today=lambda: now[0]) as server,
        Desk(root / "office" / "home", random.Random(f"{seed}/kills")) as desk,
    ):
        desk.home.parent.mkdir(mode=0o711)
        partner = SimulatedPartner(server.inbox, root / "answers", plan, keep_taken=True)
        server.truth = partner.truth
        lenders = lender_codes(lenders_needed(batches))
        for words in registration(lenders, server):
            desk.say(at(FIRST_DAY - timedelta(days=3), 10), *words)
        say(f"登记 {len(lenders)} 家资方：{time.monotonic() - started:.0f} 秒")
        desk.share = kill_share
        clerk = Clerk(desk, partner)
        days = _Days(root, desk, partner, clerk, Settler(desk, clerk), now, seed, say)
        plans = lots(batches, lenders, rng, largest)
        for day, todays in itertools.groupby(plans, key=lambda lot: lot.day):
            days.until(day)
            for _, together in itertools.groupby(todays, key=lambda lot: lot.round):
                days.post(list(together))
        last = now[0]
        days.until(last + timedelta(days=tail))
        days.ask_for_the_rest()
        left = days.settle()
        books = desk.look(at(now[0], 18))
        wrong = compare(books, partner.truth) + left
        labels, alarms = swapped(desk.say(at(now[0], 18), "post", "swapped", "--json").document["swapped"], partner.truth)
        wrong += alarms
        audit = desk.say(at(now[0], 18), "audit", "verify", fine=(0, 1, 2, 3, 99), disturb=False)
        if audit.code != 0:
            wrong.append(f"审计链核对不通过：{audit.err[-500:]}")
        seconds = time.monotonic() - started
        return Result(_figures(books, partner, clerk, days, seed, seconds) | {"swapped_labels": labels}, wrong)


@dataclass(slots=True)
class _Days:
    root: Path
    desk: Desk
    partner: SimulatedPartner
    clerk: Clerk
    settler: Settler
    now: list[date]
    seed: int
    say: Say
    cases: int = 0
    first: Counter[str] = field(default_factory=Counter)

    def until(self, day: date) -> None:
        """Let the days go by up to the morning of ``day``: the post works in the evening, the clerk in the morning."""
        while self.now[0] < day:
            self.partner.work(self.now[0])
            self.now[0] += timedelta(days=1)
            self.clerk.morning(self.now[0])
            if self.now[0] == FIRST_DAY + timedelta(days=MANUAL_AFTER):
                self.settler.map_codes(self.now[0])
            if self.now[0].weekday() == 0 and self.clerk.something_came:
                self.clerk.look_for_gaps(self.now[0])
                counts = self.partner.truth.counts()
                self.say(f"{self.now[0]}：批次 {len(self.partner.taken)}，邮件 {sum(counts.values())}，文件 {len(self.clerk.imported)}，中断 {sum(self.desk.kills.values())}")

    def post(self, together: list[Lot]) -> None:
        """Import the lots and run the day for their lenders, twice where a lot gave no letter."""
        for extra in range(3):
            for lot in together:
                self._import(lot, extra)
            day = together[0].day
            words = [word for lot in together for word in ("--lender", lot.lender)]
            done = self.desk.say(at(day, 10 + 3 * together[0].round + extra), "day", "run", "--date", day, *words, "--workers", "1", "--json")
            made = Counter(batch["lender"] for batch in done.document["batches"])
            waiting = [batch for batch in done.document["batches"] if batch["waits_for"]]
            if waiting:
                raise SystemExit(f"批次停下待人：{json.dumps(waiting, ensure_ascii=False)}")
            together = [lot for lot in together if made[lot.lender] <= lot.round]
            if not together:
                break

    def _import(self, lot: Lot, extra: int) -> None:
        cases = lot.cases + 2 * extra
        file = self.root / "cases" / f"{lot.number:04d}-{extra}.xlsx"
        composed = compose_lender(
            file, cases=cases, seed=self.seed * 1000 + int(lot.lender[1:]), day=lot.day, prefix=f"{lot.lender}-", first=self.first[lot.lender] + 1
        )
        self.first[lot.lender] += cases
        self.cases += composed.cases
        self.desk.say(at(lot.day, 9), "cases", "import", composed.path, "--lender", lot.lender, "--as-of", lot.day, "--json")

    def ask_for_the_rest(self) -> None:
        """Ask for missing files until there is none, then after every open item."""
        before = -1
        while before != self.clerk.asked.total():
            before = self.clerk.asked.total()
            self.clerk.look_for_gaps(self.now[0])
            self.until(self.now[0] + timedelta(days=1))
        for enquire in (True, False):
            books = self.desk.look(at(self.now[0], 17))
            open_ = [
                letter["item_no"]
                for batch in books["batches"]
                for letter in batch["letters"]
                if letter["state"] in ("handed_over", "accepted", "in_transit")
            ]
            self.clerk.ask_after(open_, self.now[0], enquire=enquire)
            self.until(self.now[0] + timedelta(days=ENQUIRY_DAYS if enquire else 1))

    def settle(self) -> list[str]:
        """Work off every gap and close every batch; a sentence for each thing that is still open."""
        day = self.now[0]
        self.settler.replay(day)
        self.settler.dismiss(day)
        numbers = [batch["batch_no"] for batch in self.desk.say(at(day, 13), "batch", "list", "--json").document["batches"]]
        self.settler.settle_differences(day, numbers)
        left = self.settler.settle_gaps(day)
        refused = self.settler.close(day, numbers)
        return [f"缺口未了：{gap['code']} {gap['subject']} {gap['count']}" for gap in left] + refused


def _figures(
    books: dict[str, Any], partner: SimulatedPartner, clerk: Clerk, days: _Days, seed: int, seconds: float
) -> dict[str, Any]:
    truth, desk = partner.truth, clerk.desk
    sizes = [len(batch["letters"]) for batch in books["batches"]]
    return {
        "seed": seed,
        "batches": len(sizes),
        "batch_sizes": {"least": min(sizes), "most": max(sizes)},
        "cases": days.cases,
        "pieces": len(truth.items),
        "days": (days.now[0] - FIRST_DAY).days,
        "products": dict(Counter(batch["product"] for batch in books["batches"])),
        "states": dict(sorted(truth.counts().items())),
        "voided": sum(item.voided for item in truth.items.values()),
        "answer_files": books["files"],
        "events": books["events"],
        "rows_read": dict(sorted(clerk.counts.items())),
        "quarantined": books["quarantined"],
        "open_quarantine": books["open_quarantine"],
        "faults": dict(sorted(truth.faults().items())),
        "asked": dict(clerk.asked),
        "settled": days.settler.done,
        "steps": desk.steps,
        "restarts": dict(desk.kills),
        "restarts_in": dict(desk.killed_steps),
        "run_again_after_4": dict(desk.retried),
        "seconds": round(seconds, 1),
        "seconds_in": _most(desk.seconds),
        "cpu_seconds_in": _most(desk.cpu),
    }


def _most(spent: dict[str, float]) -> dict[str, float]:
    """The eight commands that took longest."""
    return {name: round(seconds, 1) for name, seconds in sorted(spent.items(), key=lambda one: -one[1])[:8]}
