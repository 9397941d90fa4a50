"""Watches the learned model in force: does what it said still hold, is it better than the rules? Steps back where it is not.

Only letters that it chose itself, ripe ones, in windows of four weeks. Two windows in a row worse than the rules put the rules
back in force before the next planning; the model stays kept and a person may promote it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy.orm import Session

from letters.batch.delivery_rows import delivery_rows
from letters.batch.model_store import STEPPED_BACK, champion, model_called, put_in_force
from locate.choose.rule_terms import rule_terms
from models.delivery.drift import LEAST_WINDOW, WINDOW_DAYS, Usual, Window, must_step_back, windows
from models.delivery.estimators import DeliveryModel, Kind, delivered_flags
from models.delivery.facts import day_text, figure_facts
from models.delivery.features import Record, matrix
from records.cipher import Cipher
from records.clock import SHANGHAI, Clock

ACTOR: Final = "system:model-watch"
ALARM_WORDS: Final[Mapping[str, str]] = {
    "psi": "地址构成与训练时相比明显变化（PSI 大于 0.25）", "calibration": "估计的送达率与实际相差超过 3 个百分点", "worse": "不如规则",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Watch:
    """How the model in force has done. ``version`` '' = the rules are in force, nothing is watched."""

    version: str
    windows: tuple[Window, ...]
    ripe_until: date | None

    @property
    def steps_back(self) -> bool:
        """Whether the rules must come back."""
        return must_step_back(self.windows)


def watch(session: Session, cipher: Cipher, now: datetime) -> Watch:
    """The two last windows of the model in force."""
    version = champion(session)
    if not version:
        return Watch("", (), None)
    facts = model_called(session, version).facts
    today = now.astimezone(SHANGHAI).date()
    ripe = today - timedelta(days=int(facts["ripe_days"]) + 1)
    # The record that the rules' own tracks need reaches further back than the windows.
    found = delivery_rows(session, cipher, now, since=ripe - timedelta(days=2 * WINDOW_DAYS + 400))
    rows = found.rows
    known = (rows.outcome >= 0) & np.isfinite(found.said)
    mine = known & np.array([one.split("+")[0] == version for one in found.versions], bool) & (rows.day >= (ripe - timedelta(days=2 * WINDOW_DAYS)).toordinal())
    if not mine.any():
        return Watch(version, (), ripe)
    chosen = rows.take(mine)
    rules = DeliveryModel(Kind.RULE, 0.0, rule_terms(), intercept=float(facts["rule_line"][0]), slope=float(facts["rule_line"][1]))
    by_rule = rules.delivered(chosen, matrix(chosen, Record.of(rows.take(rows.outcome >= 0))))
    usual = Usual(tuple(float(edge) for edge in facts["usual_edges"]))
    good = delivered_flags(chosen.outcome)
    return Watch(version, windows(chosen.day, chosen.debtor, found.said[mine], by_rule, good, usual, ripe.toordinal()), ripe)


def step_back_if_worse(session: Session, cipher: Cipher, clock: Clock) -> str:
    """Put the rules back in force where the model was worse twice; returns what is to be said, '' when nothing happened."""
    found = watch(session, cipher, clock())
    if not found.steps_back:
        return ""
    why = f"连续两个 {WINDOW_DAYS} 天窗口的对数损失高于规则"
    put_in_force(session, "", STEPPED_BACK, why, {"windows": window_facts(found.windows), "from": found.version}, actor=ACTOR, clock=clock)
    return f"送达模型 {found.version} {why}，已自动退回规则（handa models list 查看，训练后可再启用）。"


def window_facts(found: tuple[Window, ...]) -> list[dict[str, Any]]:
    """Windows as plain values, newest first."""
    return [
        {**asdict(one), "first": day_text(one.first), "last": day_text(one.last), "against_rules": figure_facts(one.against_rules), "judged": one.judged,
         "alarms": list(one.alarms), "said": round(one.said, 4) if one.letters else None, "psi": round(one.psi, 4)}
        for one in found
    ]  # fmt: skip


def watch_notes(found: Watch) -> list[str]:
    """What the day's report says of the model in force."""
    if not found.version:
        return ["选址：规则（没有启用学习的模型）。"]
    notes = [f"选址：送达模型 {found.version}。"]
    for one in found.windows:
        span = f"{day_text(one.first)} 至 {day_text(one.last)} 的函件"
        if not one.judged:
            notes.append(f"{span}有结果 {one.letters} 件，不足 {LEAST_WINDOW} 件，不作判断。")
            continue
        alarms = "；".join(ALARM_WORDS[code] for code in one.alarms)
        notes.append(
            f"{span}：有结果 {one.letters} 件，签收 {one.delivered} 件（{one.delivered / one.letters:.1%}），模型估计 {one.said:.1%}，"
            f"对数损失比规则{'高' if one.against_rules.value > 0 else '低'} {abs(one.against_rules.value):.4f}。" + (f"报警：{alarms}。" if alarms else "")
        )
    if found.steps_back:
        notes.append("连续两个窗口不如规则：下次计划时自动退回规则。")
    return notes
