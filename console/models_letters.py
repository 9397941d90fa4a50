"""``handa models train letters|templates``: what a letter changes and whom to write to first; which of two wordings brings in more."""

from __future__ import annotations

from console.house import actor, day_of, house
from console.models_delivery import AsOf, Seed, Steps
from console.options import AnyLender, Json, LenderCode
from console.speech import bars, document, say


def train_letters(as_of: AsOf = None, lender: AnyLender = None, seed: Seed = 0, as_json: Json = False) -> None:
    """用随机对照组训练发函评分：函件多带来多少还款、先寄谁，保存但不启用；须先在策略里设 control_per_mille。示例：handa models train letters"""
    from letters.batch.letter_models import against_letters, letter_notes, train_letter_model
    from letters.batch.parties import lender_by_code

    day = day_of(as_of)
    with house(quiet=as_json) as db, bars() as report:
        if lender is not None:
            with db.session() as session:
                lender_by_code(session, lender)
        came = train_letter_model(db, day, lender_code=lender, seed=seed, actor=actor(), say=Steps(report))
    if as_json:
        document({"version": came.version, "new": came.new, "facts": came.facts})
        return
    for note in letter_notes(came.facts)[2:5]:
        say(note)
    against = "；".join(against_letters(came.facts)) or "没有"
    state = "已保存" if came.new else "与已保存的完全相同"
    say(f"{state}：{came.version}。反对启用的理由：{against}。尚未启用；先看说明：handa models card {came.version} -o 说明.html")


def train_templates(lender: LenderCode, as_of: AsOf = None, seed: Seed = 0, as_json: Json = False) -> None:
    """用抽签决定模板的首封函件比较一个资方的两个模板：第二模板多带来多少还款，投诉是否更多，保存但不启用；须先设 template_trial。示例：handa models train templates --lender DEMO"""
    from letters.batch.template_card import template_notes
    from letters.batch.template_models import against_templates, train_template_model

    day = day_of(as_of)
    with house(quiet=as_json) as db, bars() as report:
        came = train_template_model(db, lender, day, seed=seed, actor=actor(), say=Steps(report))
    if as_json:
        document({"version": came.version, "new": came.new, "facts": came.facts})
        return
    for note in template_notes(came.facts)[2:6]:
        say(note)
    against = "；".join(against_templates(came.facts)) or "没有"
    state = "已保存" if came.new else "与已保存的完全相同"
    say(f"{state}：{came.version}。反对启用的理由：{against}。尚未启用；先看说明：handa models card {came.version} -o 说明.html")
