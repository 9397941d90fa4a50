"""``handa models train delivery|evaluate|list|promote|card|rows``: learn from outcomes which address is worth writing to.

A model is trained and kept; a person puts it in force; the day's planning watches it and steps back to the rules by itself.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from console.files import demand_suffix, demand_writable, whole_file
from console.house import actor, day_of, house
from console.models_contacts import show_contacts
from console.options import AnyLender, Json, LenderCode
from console.speech import bars, document, done, say, table
from records.errors import WrongUsage

Version = Annotated[str, typer.Argument(metavar="版本", help="handa models list 所列的版本，写开头几位也可")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="日期", help="只用该日以前已知的结果；不写则为今天")]
Seed = Annotated[int, typer.Option("--seed", metavar="数", min=0, help="随机种子；同样的数据、日期与种子得到同样的模型")]
Data = Annotated[Path | None, typer.Option("--data", metavar="文件", help="改用这个 CSV 文件里的函件（列名见 docs/delivery-model.md），不读本机的函件")]


def train_delivery(
    as_of: AsOf = None,
    lender: AnyLender = None,
    data: Data = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="文件里是模拟数据：说明中注明，且不能直接启用")] = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """用投递结果训练送达模型：几种模型同场比较，取不逊于最好者的最简单的一种，保存但不启用。示例：handa models train delivery --as-of 2026-11-30"""
    from letters.batch.model_card import card_notes, option_title
    from letters.batch.model_training import train_delivery as train
    from letters.batch.parties import lender_by_code

    day = day_of(as_of)
    if data is not None and not data.is_file():
        raise WrongUsage(f"没有文件“{data}”。", "请核对路径。")
    if synthetic and data is None:
        raise WrongUsage("--synthetic 只用于 --data 给出的文件。", "本机的函件是真实结果，请去掉 --synthetic。")
    with house(quiet=as_json) as db, bars() as report:
        if lender is not None:
            with db.session() as session:
                lender_by_code(session, lender)
        came = train(db, day, lender_code=lender, data=data, synthetic=synthetic, seed=seed, actor=actor(), say=Steps(report))
    if as_json:
        document({"version": came.version, "new": came.new, "reconstructed": came.reconstructed, "facts": came.facts})
        return
    for note in card_notes(came.facts)[2:5]:
        say(note)
    _say_tried(came.facts)
    if came.reconstructed:
        say(f"其中 {came.reconstructed} 件是升级以前决定的，没有存下当时的比较，只用地址本身的内容。")
    state = "已保存" if came.new else "与已保存的完全相同"
    say(f"{state}：{came.version}（{option_title(came.facts)}）。尚未启用；先看说明：handa models card {came.version} -o 说明.html")


class Steps:
    """Shows the steps of a training as one bar that tells what is being done."""

    def __init__(self, report: Any) -> None:
        self._report, self._count = report, 0

    def __call__(self, what: str) -> None:
        self._count += 1
        self._report(f"训练：{what}", self._count, self._count + 1)


def _say_tried(facts: Any) -> None:
    from letters.batch.model_card import option_title

    table(
        f"检验（{facts['test_window'][0]} 至 {facts['test_window'][1]} 的函件）", ("模型", "函件", "对数损失", "Brier", "ECE"),
        [
            (option_title(one), one["letters"], f"{one['log_loss']['value']:.4f}", f"{one['brier']['value']:.4f}", f"{one['ece']:.3f}")
            for one in facts["tried"]
        ],
    )  # fmt: skip


def train_contacts(
    lender: LenderCode,
    as_of: AsOf = None,
    kind: Annotated[str | None, typer.Option("--kind", metavar="种类", help="rates、logistic、forest、two_step、boosted 之一；不写则取检验最好的")] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="数", min=0, help="随机种子")] = 0,
    as_json: Json = False,
) -> None:
    """用登记的询问结果训练一个资方的联系人排序模型，与规则比较，保存但不启用。示例：handa models train contacts --lender DEMO"""
    from letters.batch.contact_models import against_contacts, train_contact_model
    from models.contacts.training import CHALLENGERS

    if kind is not None and kind not in CHALLENGERS:
        raise WrongUsage(f"没有“{kind}”这种联系人模型。", f"可选：{'、'.join(CHALLENGERS)}。")
    day = day_of(as_of)
    with house(quiet=as_json) as db, bars() as report:
        report("训练联系人模型", 0, 1)
        came = train_contact_model(db, lender, day, kind=kind, seed=seed, actor=actor())
        report("训练联系人模型", 1, 1)
    if as_json:
        document({"version": came.version or None, "new": came.new, "facts": came.facts})
    elif not came.version:
        say("没有哪个模型比规则好，仍由规则排序，没有保存。")
    else:
        against = "；".join(against_contacts(came.facts)) or "没有"
        say(f"{'已保存' if came.new else '与已保存的完全相同'}：{came.version}（有结果的询问 {came.facts['known_results']} 次）。反对启用的理由：{against}。")


def list_models(as_json: Json = False) -> None:
    """训练过的模型、各自的检验结果，以及启用和退回的经过。示例：handa models list"""
    from letters.batch.model_card import option_title
    from letters.batch.model_store import (
        CONTACTS,
        DELIVERY,
        LETTERS,
        RULES,
        STEPPED_BACK,
        TEMPLATES,
        choice_version,
        kept_models,
        turns,
    )
    from models.delivery.facts import figures_of
    from records.clock import SHANGHAI

    with house(quiet=as_json) as db, db.session() as session:
        kept, taken, now = kept_models(session), turns(session), choice_version(session)
    if as_json:
        document({
            "in_force": now,
            "models": [{"task": one.task, "version": one.version, "as_of": one.as_of, "at": one.at, "actor": one.actor, "facts": one.facts} for one in kept],
            "turns": [{"scope": one.scope, "version": one.version or RULES, "kind": one.kind, "why": one.why, "actor": one.actor, "at": one.at} for one in taken],
        })  # fmt: skip
        return
    say(f"现在选址用：{now}")
    rows = []
    for one in (one for one in kept if one.task == DELIVERY):
        test = figures_of(dict(one.facts))
        told = "模拟" if one.facts["synthetic"] else "真实"
        rows.append(("●" if one.version == now else "", one.version, option_title(one.facts), one.as_of, told, test["letters"], f"{test['log_loss']['value']:.4f}"))
    table("送达模型", ("在用", "版本", "种类", "截至", "数据", "检验函件", "对数损失"), rows)
    serving = {one.scope: one.version for one in reversed(taken)}
    table(
        "联系人模型", ("在用", "版本", "资方", "截至", "有结果的询问"),
        [
            ("●" if serving.get(f"{CONTACTS}:{one.facts['lender']}") == one.version else "", one.version, one.facts["lender"], one.as_of, one.facts["known_results"])
            for one in kept if one.task == CONTACTS
        ],
    )  # fmt: skip
    table(
        "发函评分", ("在用", "版本", "截至", "已寄", "对照", "平均每封多带来（元，95% 区间）"),
        [
            ("●" if serving.get(LETTERS) == one.version else "", one.version, one.as_of, one.facts["written"], one.facts["alone"], _yuan_interval(one.facts["average_fen"]))
            for one in kept if one.task == LETTERS
        ],
    )  # fmt: skip
    table(
        "模板比较", ("在用", "版本", "资方", "常用模板", "第二模板", "截至", "案件", "第二模板平均多带来（元/案，95% 区间）"),
        [
            (
                "●" if serving.get(f"{TEMPLATES}:{one.facts['lender']}") == one.version else "", one.version, one.facts["lender"], one.facts["ordinary"], one.facts["second"],
                one.as_of, one.facts["lines"], _yuan_interval(one.facts["average_fen"]),
            )
            for one in kept if one.task == TEMPLATES
        ],
    )  # fmt: skip
    table(
        "启用与退回", ("时间", "用于", "启用", "方式", "理由", "经手"),
        [(f"{one.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", _scope(one.scope), one.version or _without(one.scope), "自动退回" if one.kind == STEPPED_BACK else "启用", one.why, one.actor) for one in taken],
    )  # fmt: skip


def _scope(scope: str) -> str:
    what, _, lender = scope.partition(":")
    return {"delivery": "选址", "letters": "发函先后", "templates": f"模板 {lender}"}.get(what, f"联系人 {lender}")


def _without(scope: str) -> str:
    """What is in force where no model is."""
    return {"letters": "预期价值", "templates": "常用模板"}.get(scope.partition(":")[0], "规则")


def _yuan_interval(figure: Any) -> str:
    return f"{figure['value'] / 100:.2f}（{figure['low'] / 100:.2f} 至 {figure['high'] / 100:.2f}）"


def promote(
    version: Annotated[str, typer.Argument(metavar="版本", help="handa models list 所列的版本；写 rule 为退回规则选址，写 value 为退回按预期价值排先后，写 template 为退回常用模板（须加 --lender）")],
    why: Annotated[str, typer.Option("--why", metavar="理由", help="为什么启用，记入审计")] = "",
    anyway: Annotated[bool, typer.Option("--anyway", help="关口反对也启用（模拟数据、检验太少、不如规则等）")] = False,
    lender: Annotated[str | None, typer.Option("--lender", metavar="代码", help="版本写 rule 时：退回该资方的联系人排序，而不是选址；写 template 时：哪个资方")] = None,
    as_json: Json = False,
) -> None:
    """启用一个送达模型（或写 rule 退回规则）；以后的计划用它选址，已开始的计划不受影响。示例：handa models promote delivery-boosted-3f2a --why 11月检验优于规则"""
    from letters.batch.model_training import promote as put

    with house(quiet=as_json) as db, db.session() as session:
        full = put(session, version, why, anyway=anyway, actor=actor(), clock=db.clock, lender_code=lender)
    if full == "value" or full.startswith("letters-"):
        told = "按送达的预期价值" if full == "value" else f"按 {full} "
        done(as_json, {"in_force": full}, f"以后的计划在预算或收寄能力不足时{told}排先后；时效将届满的仍在前。")
        return
    if full == "template" or full.startswith("templates-"):
        told = "都用常用模板，试验照资方设置继续" if full == "template" else f"按 {full} 选模板，一部分仍抽签"
        done(as_json, {"in_force": full}, f"以后的计划里，首封函件{told}。")
        return
    if lender is not None or full.startswith("contact-"):
        done(as_json, {"in_force": full}, f"已启用：{'规则' if full == 'rule' else full}，以后的转告函用它给联系人排序。")
        return
    done(
        as_json, {"in_force": full},
        f"已启用：{'规则' if full == 'rule' else full}。\n选址方式变了，R-AI-02、R-AI-04 的确认须重做，否则不能签发：\n"
        "  handa models card 版本 -o 说明.html\n  handa rules confirm R-AI-02 --by 姓名 --evidence 说明.html\n  handa rules confirm R-AI-04 --by 姓名 --evidence 说明.html",
    )  # fmt: skip


def evaluate(
    version: Annotated[str | None, typer.Argument(metavar="版本", help="不写则为在用的，没有则为最新训练的")] = None,
    as_of: AsOf = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """用训练以后才知道的结果评估一个送达模型或联系人模型，并与规则比较；有探索记录的，估计改用它会怎样。示例：handa models evaluate --as-of 2026-12-31"""
    from letters.batch.contact_evaluation import contact_model_called, evaluate_contacts
    from letters.batch.model_training import evaluate_delivery

    day = day_of(as_of)
    with house(quiet=as_json) as db, bars() as report:
        with db.session() as session:
            of_contacts = contact_model_called(session, version)
        if of_contacts is not None:
            if data is not None:
                raise WrongUsage("联系人模型只用登记的询问评估，没有文件可读。", "请去掉 --data。")
            report("评估联系人模型", 0, 1)
            contacts = evaluate_contacts(db, of_contacts.version, day)
            report("评估联系人模型", 1, 1)
        else:
            found = evaluate_delivery(db, version, day, data=data, say=Steps(report))
    if of_contacts is not None:
        show_contacts(contacts, as_json=as_json)
        return
    if as_json:
        document({
            "version": found.version, "first": found.first, "last": found.until, "letters": found.letters, "model": found.model, "rules": found.rules,
            "log_loss_above_rules": found.difference, "policy": asdict(found.policy) if found.policy else None,
        })  # fmt: skip
        return
    say(f"{found.version}：{found.first} 至 {found.until} 的函件，有结果 {found.letters} 件，训练时都还没有。")
    table(
        "评估", ("", "对数损失", "Brier", "ECE", "斜率"),
        [
            (name, f"{one['log_loss']['value']:.4f}", f"{one['brier']['value']:.4f}", f"{one['ece']:.3f}", f"{one['slope']:.2f}")
            for name, one in (("模型", found.model), ("规则", found.rules))
        ],
    )  # fmt: skip
    low, high = found.difference["low"], found.difference["high"]
    verdict = "模型更好" if high < 0 else "规则更好" if low > 0 else "分不出好坏"
    say(f"对数损失相差 {found.difference['value']:+.4f}（95% 区间 {low:+.4f} 至 {high:+.4f}，债务人 {found.difference['of']} 人）：{verdict}。")
    if found.policy is None:
        say("没有探索过的函件（或不足），不能估计改用它选址会送达多少：见策略 explore_per_mille。")
        return
    estimated = found.policy.estimated
    table(
        f"改用它选址会送达多少（探索过的函件 {found.policy.letters} 件，实际 {found.policy.reached:.1%}）", ("估计方法", "送达率", "95% 区间"),
        [
            (name, f"{one.value:.1%}", f"{one.low:.1%} 至 {one.high:.1%}")
            for name, one in (
                ("双稳健", estimated.doubly_robust), ("SNIPS", estimated.snips), ("IPS", estimated.ips), ("只看新旧一致（有偏，勿用）", estimated.agreeing),
            )
        ],
    )  # fmt: skip
    worth = found.policy.estimated_value.doubly_robust
    say(
        f"签收所值减邮资（地址与邮政产品一并选用时看这一项），每封：实际 {_yuan(found.policy.value_fen)} 元，"
        f"改用它估计 {_yuan(worth.value)} 元（双稳健，95% 区间 {_yuan(worth.low)} 至 {_yuan(worth.high)} 元）。"
    )


def _yuan(fen: float) -> str:
    """An expectation in fen, as yuan: an estimate, not money that is booked."""
    return f"{fen / 100:.2f}"


def card(version: Version, output: Annotated[Path, typer.Option("-o", "--output", metavar="文件", help="写成 HTML 或 PDF")]) -> None:
    """模型说明：学了什么、检验如何、对哪些群体不够准、主要看什么。示例：handa models card delivery-boosted-3f2a -o 说明.html"""
    from letters.batch.model_card import FORMS, write_card
    from letters.batch.model_store import model_called

    demand_suffix(output, FORMS)
    demand_writable(output)
    with house() as db, db.session() as session:
        kept = model_called(session, version)
    with whole_file(output) as target:
        write_card(kept.version, kept.facts, target)
    say(f"已写入：{output}")


def rows(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="文件", help="写成 CSV")],
    as_of: AsOf = None,
    lender: AnyLender = None,
    as_json: Json = False,
) -> None:
    """导出用来学习的函件（去标识，只有代码与数字），可在别处用 handa models train delivery --data 训练。示例：handa models rows -o 函件.csv"""
    from letters.batch.delivery_file import write_rows
    from letters.batch.delivery_rows import delivery_rows
    from letters.batch.parties import lender_by_code
    from records.clock import SHANGHAI

    demand_suffix(output, (".csv",))
    demand_writable(output)
    day: date = day_of(as_of)
    with house(quiet=as_json) as db, bars() as report, db.session() as session:
        if lender is not None:
            lender_by_code(session, lender)
        until = datetime.combine(day, time(), SHANGHAI) - timedelta(microseconds=1)
        found = delivery_rows(session, db.cipher, until, lender, progress=lambda read, total: report("读取函件", read, total))
        with whole_file(output) as target, target.open("w", encoding="utf-8", newline="") as file:
            count = write_rows(found.rows, file)
    done(as_json, {"file": output, "rows": count}, f"已写入 {count} 行：{output}")
