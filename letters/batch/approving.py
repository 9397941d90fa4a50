"""A firm's lawyer approves a template version: only what the lint lets through, with M-class words accepted one by one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy.orm import Session

from letters.batch.parties import lawyer_of
from letters.compose import Bundle
from letters.rules.bundle_lint import lint, ways
from letters.rules.lexicon import lexicon_hits
from letters.rules.model import Severity
from letters.tables import Firm
from records.audit import append_audit
from records.clock import Clock
from records.errors import NeedsDecision, WrongUsage

_SHOWN = 5


def words_for_a_lawyer(bundle: Bundle) -> dict[str, str]:
    """M-class words that some way of the template prints, with their class."""
    return {
        hit.words: hit.kind.code
        for way in ways(bundle)
        for hit in lexicon_hits(way.letter.text)
        if hit.kind.severity is Severity.HOLD
    }


def approve_template(
    session: Session, firm: Firm, bundle: Bundle, lawyer_code: str, *, accepted: Collection[str] = (), day: date, clock: Clock
) -> None:
    """Record the approval of exactly this version.

    Args:
        accepted: M-class words (or their classes, ``M1``) that the lawyer accepts in this template.

    Raises:
        NeedsDecision: the lint refuses the template, or it has words that the lawyer has not accepted.
        WrongUsage: the person is no lawyer of the firm.
    """
    person = lawyer_of(session, firm, lawyer_code)
    if not person.is_lawyer:
        raise WrongUsage(f"“{lawyer_code}”不是执业律师，不能审定模板。", "请由执业律师审定。")
    refused = [found.finding.message for found in lint(bundle, day) if found.blocks]
    if refused:
        more = f"（共 {len(refused)} 处）" if len(refused) > _SHOWN else ""
        raise NeedsDecision(
            f"模板 {bundle.reference} 未通过检查，不能审定{more}：{'；'.join(refused[:_SHOWN])}", f"请改正后重试：handa template lint {bundle.reference}"
        )
    words = words_for_a_lawyer(bundle)
    open_words = [f"“{word}”（{code}）" for word, code in words.items() if word not in accepted and code not in accepted]
    if open_words:
        raise NeedsDecision(
            f"模板 {bundle.reference} 含须律师斟酌的措辞：{'、'.join(open_words)}。", "律师认可的，请用 --accept 逐一写明；否则请修改模板。"
        )
    approved = sorted({*firm.settings.get("approved_templates", []), bundle.reference})
    wording = {**firm.settings.get("accepted_wording", {}), bundle.reference: sorted(words)}
    hashes = {**firm.settings.get("approved_hashes", {}), bundle.reference: bundle.sha256}
    firm.settings = {**firm.settings, "approved_templates": approved, "approved_hashes": hashes, "accepted_wording": wording}
    append_audit(
        session, actor=f"lawyer:{lawyer_code}", action="firm.approve_template", subject=f"firm:{firm.code}",
        detail={"template": bundle.reference, "bundle_sha256": bundle.sha256, "accepted": sorted(words)}, clock=clock,
    )  # fmt: skip
