"""``handa models evaluate`` for a contact model: how it did since its training, and what choosing by it would have reached."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from console.speech import document, say, table

if TYPE_CHECKING:
    from letters.batch.contact_evaluation import EvaluatedContacts


def show_contacts(found: EvaluatedContacts, *, as_json: bool) -> None:
    """Show an evaluation as tables, or as one JSON document."""
    from letters.batch.contact_evaluation import METHODS, NOT_EXPLORED, REACHED_NOTE
    from letters.batch.model_store import finite

    if as_json:
        document(finite(asdict(found)))
        return
    say(f"{found.version}（资方 {found.lender}）：{found.first} 至 {found.until} 的询问，有结果 {found.model.rows} 次，训练时都还没有。")
    table(
        "评估：首选恰好被问到、且知道结果的案件，按抽中概率加权", ("", "案件", "首选命中率", "每千次投诉", "PR-AUC", "ECE"),
        [
            (name, one.cases, str(one.precision), f"{one.complaints.value:.1f}", f"{one.pr_auc:.3f}", f"{one.ece:.3f}")
            for name, one in (("模型", found.model), ("规则", found.rules))
        ],
    )  # fmt: skip
    say(f"首选命中率为规则的 {found.ratio.value:.2f} 倍（95% 区间 {found.ratio.low:.2f} 至 {found.ratio.high:.2f}）。")
    if found.reached is None or found.rules_reached is None:
        say(NOT_EXPLORED)
        return
    one, rules = found.reached, found.rules_reached
    table(
        f"改用它先问谁，会有多少案件首次询问就有用（案件 {one.cases} 件，实际 {one.really.value:.1%}）", ("估计方法", "模型", "95% 区间", "规则", "95% 区间"),
        [
            (title, f"{mine.value:.1%}", f"{mine.low:.1%} 至 {mine.high:.1%}", f"{theirs.value:.1%}", f"{theirs.low:.1%} 至 {theirs.high:.1%}")
            for title, mine, theirs in ((title, getattr(one, name), getattr(rules, name)) for name, title in METHODS)
        ],
    )  # fmt: skip
    verdict = "模型更好" if one.gain.low > 0 else "实际做法更好" if one.gain.high < 0 else "分不出好坏"
    say(f"比实际多 {100 * one.gain.value:+.1f} 点（95% 区间 {100 * one.gain.low:+.1f} 至 {100 * one.gain.high:+.1f}，债务人 {one.debtors} 人）：{verdict}。")
    say(f"每千次询问的投诉与拒绝多 {one.complaints_more.value:+.1f} 次（95% 区间 {one.complaints_more.low:+.1f} 至 {one.complaints_more.high:+.1f}）。")
    say(f"问了本不大会先问的人的案件 {one.rare_cases} 件，有效案件约 {one.effective:.0f} 件；首选当时抽不到的案件 {one.beyond:.1%}。{REACHED_NOTE}")
