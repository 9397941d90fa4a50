"""``python -m scripts.partner serve``: the partner as a server of its own, one simulated day after the other."""

from __future__ import annotations

import json
import time
from datetime import date, timedelta
from pathlib import Path

from scripts.partner.faults import FaultPlan
from scripts.partner.server import PartnerServer
from scripts.partner.simulator import SimulatedPartner

ANSWERS = "answers"


def serve(root: Path, day: date, plan: FaultPlan, *, port: int, pace: float, days: int | None) -> int:
    """Serve from ``root`` until interrupted, or for ``days`` simulated days of ``pace`` seconds each.

    Batches go into ``root/inbox`` by SFTP (or by hand), answers lie in ``root/answers``, which the same account may read.
    The first line on standard output is the place's settings as JSON; then one line a day.
    """
    now = [day]
    with PartnerServer(root, plan, today=lambda: now[0], port=port) as server:
        partner = SimulatedPartner(server.inbox, root / ANSWERS, plan, keep_taken=True)
        server.truth = partner.truth
        print(json.dumps({"place": server.settings()}, ensure_ascii=False), flush=True)
        done = 0
        try:
            while days is None or done < days:
                time.sleep(pace)
                before = len(partner.truth.arrived)
                partner.work(now[0])
                told = {"day": now[0].isoformat(), "batches": len(partner.taken), "files": len(partner.truth.arrived) - before}
                print(json.dumps(told), flush=True)
                now[0] += timedelta(days=1)
                done += 1
        except KeyboardInterrupt:
            pass
        (root / "truth.json").write_text(partner.truth.to_json(), encoding="utf-8")
    return 0
