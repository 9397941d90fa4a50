"""A trial between two templates of one lender: which of the two a case's first letter has is drawn, so that it can be told what wording does.

Off unless the lender's settings say so (``template_trial``). The draw is keyed by the case and the second template: the same whenever
it is asked for, foreseeable to nobody outside, and no kin of the draw for the control group. Whoever had a letter is in no draw.
A planning is of one template, so a lender's day is planned in two parts; which case is in which is settled when both are opened.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from letters.batch.delivery_rows import TEMPLATES
from letters.batch.history import TRIAL, is_demand
from letters.compose.bundle import REFERENCE, Bundle, LetterType, bundle_for
from letters.tables import BatchEvent, Letter, LetterEvent
from records.cipher import Cipher
from records.errors import WrongUsage
from records.lists import one_of

DEFAULT_TEMPLATE: Final = "consumer@1"
LARGEST: Final = 900
"""Per mille of first letters that may be drawn to the second template."""
IN_FORCE_MOST: Final = 100
"""Per mille that stays drawn to the other template once a choice learned from a trial is in force: enough to unlearn it."""
ORDINARY, SECOND = "ordinary", "second"
_FORM: Final = re.compile(r"([^:]+):([1-9][0-9]{0,2})")
_HOW: Final = "写成 模板:千分比，如 template_trial=consumer-plain@1:300；千分比为 1 至 900 的整数，留空（template_trial=）为结束试验。"


@dataclass(frozen=True, slots=True)
class TemplateTrial:
    """Two templates, and how many of a thousand first letters are drawn to the second."""

    ordinary: str
    second: str
    per_mille: int


def trial_in(settings: Mapping[str, Any]) -> TemplateTrial | None:
    """The trial of a lender's settings; None = there is none.

    Raises:
        WrongUsage: it can't be read, or the second template is not the ordinary one in other words.
        BundleUnusable: a template is missing or faulty.
    """
    text = str(settings.get(TRIAL, "")).strip()
    if not text:
        return None
    found = _FORM.fullmatch(text)
    if found is None or not REFERENCE.fullmatch(found[1]) or int(found[2]) > LARGEST:
        raise WrongUsage(f"设置项“{TRIAL}={text}”无法识别。", _HOW)
    ordinary, second = str(settings.get("template", DEFAULT_TEMPLATE)), found[1]
    if second == ordinary:
        raise WrongUsage(f"模板试验的第二模板 {second} 就是常用模板。", "请写另一个模板或另一个版本。")
    unlike = _unlike(bundle_for(ordinary, LetterType.DEMAND), bundle_for(second, LetterType.DEMAND))
    if unlike:
        raise WrongUsage(
            f"模板 {second} 与常用模板 {ordinary} 不只是措辞不同（{'、'.join(unlike)}），不能用来试验。", "试验只比较措辞：请用 handa template new 从常用模板复制一份，只改文字。"
        )
    return TemplateTrial(ordinary, second, int(found[2]))


def _unlike(one: Bundle, other: Bundle) -> list[str]:
    """In what else than words two templates differ: what their letters tell, must hold, or bring along."""
    compared = {
        "所述事实": (one.facts, other.facts), "必备部分": (one.required_parts | one.card_parts, other.required_parts | other.card_parts),
        "附件": (one.enclosures, other.enclosures), "信封": (one.envelope, other.envelope),
    }  # fmt: skip
    return [name for name, (left, right) in compared.items() if left != right]


@dataclass(frozen=True, slots=True)
class TemplateDraw:
    """How a first letter came to its template. ``chance``: probability with which it was to be the second."""

    ordinary: str
    second: str
    given: str
    """``ordinary`` or ``second``."""
    chance: float

    def as_json(self) -> dict[str, Any]:
        """What the decision keeps beside its offer."""
        return {"ordinary": self.ordinary, "second": self.second, "given": self.given, "chance": self.chance}


def draw_number(cipher: Cipher, case_id: UUID, second: str) -> float:
    """The case's number in [0, 1) in the trial of this second template."""
    return int.from_bytes(cipher.blind("template.draw", f"{case_id}|{second}")[:8], "big") / 2**64


def other_drawn(cipher: Cipher, case_id: UUID, second: str, per_mille: int) -> bool:
    """Whether the case is drawn away from the template that it would have otherwise."""
    return draw_number(cipher, case_id, second) * 1000 < per_mille


def chance_of_second(per_mille: int, *, preferred: bool) -> float:
    """Probability of the second template. ``preferred``: the case would have it but for the draw."""
    return (1000 - per_mille if preferred else per_mille) / 1000


def in_force_per_mille(per_mille: int) -> int:
    """How many of a thousand stay drawn to the other template once a choice is in force."""
    return min(per_mille, 1000 - per_mille, IN_FORCE_MOST)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a lender's day: one template's cases. ``trial``: what the planning's arguments keep; None = no trial."""

    template: str
    cases: tuple[str, ...]
    """In the order in which they are judged."""
    trial: Mapping[str, Any] | None = None
    preferred: frozenset[str] = frozenset()
    """Of these cases: those that would have the second template but for the draw."""


def parts_of_day(
    session: Session, cipher: Cipher, trial: TemplateTrial, case_ids: Sequence[UUID], preferred: Collection[UUID] = frozenset(), *, model: str = ""
) -> list[Part]:
    """The candidates in parts: the ordinary template's, then the second's where it has any. Together they are all, none is in both.

    Args:
        preferred: cases to which what was learned would give the second template; nobody while nothing is in force.
        model: version of what was learned and is in force.
    """
    per_mille = in_force_per_mille(trial.per_mille) if model else trial.per_mille
    had = with_letters(session, case_ids)
    second = {
        one for one in case_ids if one not in had and (one in preferred) is not other_drawn(cipher, one, trial.second, per_mille)
    }
    kept = {"ordinary": trial.ordinary, "second": trial.second, "per_mille": per_mille, "model": model}
    found = []
    for name, template in ((ORDINARY, trial.ordinary), (SECOND, trial.second)):
        cases = [one for one in case_ids if (one in second) is (name == SECOND)]
        if cases or name == ORDINARY:
            likes = frozenset(str(one) for one in cases if one in preferred and one not in had)
            found.append(Part(template, tuple(map(str, cases)), {**kept, "part": name}, likes))
    return found


def with_letters(session: Session, case_ids: Sequence[UUID]) -> set[UUID]:
    """Of these cases those that have had a demand letter: what was voided or pulled never went (``history.NEVER_WENT``)."""
    gone = exists().where(LetterEvent.letter_id == Letter.id, LetterEvent.kind.in_(("void", "pulled")))
    batch_gone = exists().where(BatchEvent.batch_id == Letter.batch_id, BatchEvent.kind == "void")
    return set(session.scalars(select(Letter.case_id).where(one_of(Letter.case_id, list(case_ids)), is_demand(), ~gone, ~batch_gone).distinct()))


def draw_in(args: Mapping[str, Any], *, preferred: bool) -> TemplateDraw | None:
    """How a first letter of a planning with these arguments came to its template; None where there is no trial."""
    kept = args.get(TRIAL)
    if not isinstance(kept, Mapping):
        return None
    return TemplateDraw(
        str(kept["ordinary"]), str(kept["second"]), str(kept["part"]), chance_of_second(int(kept["per_mille"]), preferred=preferred)
    )


def instead_of(args: Mapping[str, Any], template: str) -> str:
    """The lender's ordinary template of a planning with these arguments: by it its cases stand in line, whichever they were drawn to."""
    kept = args.get(TRIAL)
    return str(kept["ordinary"]) if isinstance(kept, Mapping) else template


def template_drawn(offer: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What a decision's offer keeps of the draw between templates."""
    found = (offer or {}).get(TEMPLATES)
    return found if isinstance(found, Mapping) else None
