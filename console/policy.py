"""``handa policy …``: the rules' policy file – shown, checked, adopted, compared. Layers: house, firm, lender, product."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.commandline import SpokenCommand, section
from console.faults import reason
from console.house import actor, house
from console.lpr import lpr_app
from console.options import Json, Output
from console.speech import document, done, say, table
from records.errors import WrongUsage

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from letters.rules.policyfile import Change, PolicyDocument

policy_app = section("policy")
policy_app.add_typer(lpr_app)
PolicyFile = Annotated[Path, typer.Argument(metavar="策略文件", help="TOML 文件")]


def _read(path: Path) -> PolicyDocument:
    from letters.rules.policyfile import read_policy

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        why = reason(fault) if isinstance(fault, OSError) else "不是 UTF-8 文本"
        raise WrongUsage(f"无法读取策略文件 {path}：{why}。", "请核对路径与权限。") from fault
    return read_policy(text, path.name)


@policy_app.command("show", cls=SpokenCommand)
def show(
    firm: Annotated[str, typer.Option("--firm", metavar="代码", help="律所代码")] = "",
    lender: Annotated[str, typer.Option("--lender", metavar="代码", help="资方代码")] = "",
    product: Annotated[str, typer.Option("--product", metavar="产品", help="信贷产品名称")] = "",
    version: Annotated[int | None, typer.Option("--version", metavar="版本", help="版本号；不写则现行版本，0 为出厂")] = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """查看现行策略，或写出文件以便修改。示例：handa policy show --firm F1 --lender DEMO"""
    from letters.batch import policies
    from letters.rules.parameters import PARAMETERS
    from letters.rules.policyfile import EFFECT_TITLES, effective_policy, to_toml
    from records.files import write_atomic

    with house(quiet=as_json) as db, db.session() as session:
        number = policies.current_number(session) if version is None else version
        text = policies.document_of(session, number)
    policy = effective_policy(text, firm=firm, lender=lender, product=product)
    body = policies.body_of(policy)
    layers = policies.layers_of(body)
    rows = [(name, policies.shown(getattr(policy, name)), layers[name], one.title, one.basis) for name, one in PARAMETERS.items()]
    if output is not None:
        write_atomic(output, to_toml(text).encode())
    if as_json:
        parameters = [{"name": n, "value": v, "set_by": by, "title": t, "basis": b} for n, v, by, t, b in rows]
        rules = [{"id": rule, "effect": effect, "set_by": layers[rule]} for rule, effect in policy.rules]
        document({"version": number, "sha256": policy.sha256, "parameters": parameters, "rules": rules})
        return
    table(f"策略 版本 {number or '出厂'}　哈希 {policy.sha256[:16]}", ("参数", "值", "由哪一层设定", "含义", "依据"), rows)
    if policy.rules:
        table("改变了处理的规则", ("编号", "处理", "由哪一层设定"), [(r, EFFECT_TITLES[e], layers[r]) for r, e in policy.rules])
    if output is not None:
        say(f"已写入 {output}。")


@policy_app.command("check", cls=SpokenCommand)
def check(file: PolicyFile, as_json: Json = False) -> None:
    """检查策略文件，并列出与现行策略的差别和放宽之处；不改变任何东西。示例：handa policy check 策略.toml"""
    from letters.batch import policies
    from letters.rules.policyfile import diff, loosened

    document_ = _read(file)
    with house(quiet=as_json) as db, db.session() as session:
        current = policies.document_of(session)
    changes, loose = diff(current, document_), loosened(current, document_)
    if as_json:
        document({"sha256": document_.sha256, "changes": list(map(_view, changes)), "loosened": list(map(_view, loose))})
        return
    say(f"{file.name} 写法正确，与现行策略有 {len(changes)} 处不同，其中放宽 {len(loose)} 处。")
    _table("不同之处", changes)
    _table("放宽之处（采用时须加 --by 姓名 --reason 理由）", loose)


@policy_app.command("set", cls=SpokenCommand)
def set_(
    file: PolicyFile,
    by: Annotated[str, typer.Option("--by", metavar="姓名", help="决定人姓名；放宽时必填")] = "",
    reason_: Annotated[str, typer.Option("--reason", metavar="理由", help="理由；放宽时必填")] = "",
    as_json: Json = False,
) -> None:
    """采用策略文件为现行策略，留审计记录。示例：handa policy set 策略.toml --by 张三 --reason 月末报数较晚"""
    from letters.batch import policies

    document_ = _read(file)
    with house(quiet=as_json) as db, db.session() as session:
        before = policies.current_number(session)
        number, loose = policies.adopt(session, document_, by=by, reason=reason_, actor=actor(), clock=db.clock)
    words = f"已采用为策略版本 {number}，放宽 {len(loose)} 处。" if number != before else "与现行策略相同，没有改变。"
    done(as_json, {"version": number, "sha256": document_.sha256, "loosened": list(map(_view, loose))}, words)


@policy_app.command("diff", cls=SpokenCommand)
def diff_(
    one: Annotated[str, typer.Argument(metavar="甲", help="版本号或策略文件")],
    other: Annotated[str, typer.Argument(metavar="乙", help="版本号或策略文件")],
    as_json: Json = False,
) -> None:
    """比较两个版本或文件。示例：handa policy diff 1 2"""
    from letters.rules.policyfile import diff

    with house(quiet=as_json) as db, db.session() as session:
        changes = diff(_named(session, one), _named(session, other))
    if as_json:
        document({"changes": list(map(_view, changes))})
        return
    if not changes:
        say("两者相同。")
    _table("不同之处", changes)


def _named(session: Session, word: str) -> PolicyDocument:
    from letters.batch.policies import document_of

    return document_of(session, int(word)) if word.isdecimal() and len(word) < 9 else _read(Path(word))


@policy_app.command("history", cls=SpokenCommand)
def history(as_json: Json = False) -> None:
    """列出策略的全部版本：谁、何时、为何。示例：handa policy history"""
    from letters.batch import policies
    from records.clock import SHANGHAI

    with house(quiet=as_json) as db, db.session() as session:
        found = policies.history(session)
    if as_json:
        rows = [{"version": v.number, "sha256": v.sha256, "by": v.adopted_by, "actor": v.actor, "reason": v.reason, "at": v.at, "loosened": v.loosened} for v in found]
        document({"versions": rows})
        return
    table(
        "策略版本", ("版本", "哈希", "决定人", "理由", "时间", "放宽"),
        [(v.number, v.sha256[:16], v.adopted_by or v.actor, v.reason, f"{v.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", v.loosened) for v in found],
    )  # fmt: skip


def _view(change: Change) -> dict[str, object]:
    from letters.batch.policies import shown

    after = None if change.after is None else shown(change.after)
    before = None if change.before is None else shown(change.before)
    return {"layer": list(change.layer), "name": change.name, "before": before, "after": after}


def _table(title: str, changes: list[Change]) -> None:
    from letters.batch.policies import shown
    from letters.rules.policyfile import layer_title

    if changes:
        rows = [(layer_title(one.layer), one.name, shown(one.before), shown(one.after)) for one in changes]
        table(title, ("层", "项目", "原来", "现在"), rows)
