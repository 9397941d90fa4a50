"""``handa rules …``: what is checked, from which source, what it did to a case, and who vouches for what people must see to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.commandline import SpokenCommand, section
from console.house import actor, day_of, house, settings
from console.options import AnyLender, CaseNo, Json, LenderCode
from console.speech import document, done, say, table
from records.errors import WrongUsage

if TYPE_CHECKING:
    from letters.batch.confirming import Kept
    from letters.rules import RuleEntry

app = section("rules")
SEVERITIES = {"block": "拒绝", "hold": "暂停待人", "warn": "提示"}
RuleId = Annotated[str, typer.Argument(metavar="规则编号", help="如 R-TIM-06")]


@app.command("list", cls=SpokenCommand)
def list_(lender: AnyLender = None, as_json: Json = False) -> None:
    """列出全部规则、实现情况与缺少的确认。示例：handa rules list"""
    from letters.rules import all_rules
    from letters.rules.catalogue import STATE_TITLES

    rules = all_rules()
    missing = _missing(lender, quiet=as_json)
    if as_json:
        document({"rules": [{**_view(rule), "missing": missing.get(rule.id, [])} for rule in rules]})
        return
    table(
        "规则",
        ("编号", "名称", "处理", "状态", "依据"),
        [(r.id, r.title, SEVERITIES[r.severity.value], STATE_TITLES[r.state], r.source) for r in rules],
    )
    if missing:
        rows = [(rule_id, SEVERITIES[each["severity"]], each["message"]) for rule_id, found in missing.items() for each in found]
        table("缺少或已失效的确认（“拒绝”“暂停待人”的会阻止签发）", ("编号", "影响", "怎么办"), rows)


def _missing(lender_code: str | None, *, quiet: bool) -> dict[str, list[dict[str, str]]]:
    """Unmet duties by rule, for each lender of the workspace; nothing where there is no workspace to look into."""
    if not settings().home.exists():
        if lender_code is not None:
            raise WrongUsage(f"没有资方“{lender_code}”。", "请先用 handa lender add 登记。")
        return {}
    from letters.batch.confirming import missing_confirmations
    from letters.batch.parties import lender_by_code, parties_of
    from locate.tables import Lender

    found: dict[str, list[dict[str, str]]] = {}
    with house(quiet=quiet) as db, db.session() as session:
        lenders = [lender_by_code(session, lender_code)] if lender_code else session.query(Lender).order_by(Lender.code).all()
        for lender in lenders:
            try:
                firm = parties_of(session, lender).firm
            except WrongUsage:
                continue  # not served by a firm yet: nothing can be released for it either
            for one in missing_confirmations(session, lender, firm, day_of(None)):
                view = {"subject": one.subject, "severity": one.severity.value, "message": one.message}
                if view not in found.setdefault(one.rule_id, []):
                    found[one.rule_id].append(view)
    return found


def _view(rule: RuleEntry) -> dict[str, object]:
    from letters.rules.catalogue import proofs

    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity.value,
        "state": rule.state.value,
        "regimes": sorted(regime.value for regime in rule.regimes),
        "source": rule.source,
        "parameters": list(rule.parameters),
        "where": rule.where,
        "proved_by": list(proofs().get(rule.id, ())),
    }


@app.command("show", cls=SpokenCommand)
def show(rule_id: RuleId, as_json: Json = False) -> None:
    """查看一条规则：依据、处理与提示语。示例：handa rules show R-TIM-06"""
    from letters.rules import all_rules
    from letters.rules.catalogue import STATE_TITLES

    for rule in all_rules():
        if rule.id == rule_id.upper():
            break
    else:
        raise WrongUsage(f"没有规则“{rule_id}”。", "请用 handa rules list 查看全部规则。")
    view = _view(rule)
    if as_json:
        document({**view, "messages": list(rule.messages)})
        return
    say(f"{rule.id} {rule.title}\n处理：{SEVERITIES[rule.severity.value]}　状态：{STATE_TITLES[rule.state]}\n依据：{rule.source}")
    if rule.where:
        say(f"由谁保证：{rule.where}")
    for label, values in (("可调参数", rule.parameters), ("证明它的测试", view["proved_by"])):
        if isinstance(values, list | tuple) and values:
            say(f"{label}：{'、'.join(map(str, values))}")
    for message in rule.messages:
        say(f"· {message}")


@app.command("explain", cls=SpokenCommand)
def explain(
    case_no: CaseNo,
    lender: LenderCode,
    date: Annotated[str | None, typer.Option("--date", metavar="日期", help="哪一天的结果；不写则最近一次")] = None,
    as_json: Json = False,
) -> None:
    """说明一件案件适用了哪些规则、依据什么数据、结果如何。示例：handa rules explain T00001 --lender DEMO"""
    from letters.batch.explaining import OUTCOME_TITLES, explain_case
    from letters.batch.policies import shown
    from letters.batch.view import VERDICT_NAMES, gravest_first
    from letters.rules.catalogue import REGIME_TITLES

    day = None if date is None else day_of(date)
    with house(quiet=as_json) as db, db.session() as session:
        found = explain_case(session, db.cipher, lender, case_no, day)
    if as_json:
        document(found)
        return
    policy, inputs = found["policy"], found["inputs"]
    say(f"案件 {found['case_no']}（资方 {found['lender']}）{found['day']}：{VERDICT_NAMES[found['verdict']]}")
    for one in gravest_first([each for rule in found["rules"] for each in rule["findings"]]):
        say(f"{SEVERITIES[one['severity']]}：{one['message']}")
    say(f"策略：版本 {policy['version'] or '出厂'}　哈希 {policy['sha256'][:16]}")
    if found["case_changed_since"]:
        say("注意：资方此后更新了该案件，下面的“依据的数据”以当时的金额快照为准，其余为现在的内容。")
    table("依据的数据", ("项目", "值"), _input_rows(inputs, REGIME_TITLES))
    rows = [
        (
            one["id"], one["title"], OUTCOME_TITLES[one["outcome"]],
            "\n".join(each["message"] for each in one["findings"]),
            "\n".join(f"{p['name']} = {shown(p['value'])}（{p['set_by']}）" for p in one["parameters"]),
        )
        for one in sorted(found["rules"], key=lambda one: not one["findings"])  # what was found leads; the order stays else
    ]  # fmt: skip
    table("适用的规则", ("编号", "规则", "结果", "理由与处理", "参数（由哪一层设定）"), rows)


def _input_rows(inputs: dict[str, Any], regimes: Mapping[str, str]) -> list[tuple[str, object]]:
    from letters.rules.amounts import LINE_TITLES

    price = inputs["price"]
    titles = {**dict(LINE_TITLES), "total": "合计"}
    rates = [price.get(name) or "无" for name in ("stated", "computed", "least")]
    lpr = f"，LPR {price['lpr']}%" if price.get("lpr") else ""
    chance = inputs["delivery_probability"]
    probability = "无" if chance is None else f"{chance:.3f}"
    rows: list[tuple[str, object]] = [
        ("适用制度", "、".join(regimes.get(word, word) for word in inputs["regimes"])),
        ("产品", inputs["product"]),
        ("合同日 / 发放日", f"{inputs['contract_on']} / {inputs['disbursed_on']}"),
        ("金额截至日 / 逾期起始日", f"{inputs['as_of']} / {inputs['overdue_since']}"),
        ("金额（元）", "　".join(f"{titles[name]} {value}" for name, value in inputs["amounts"].items())),
        ("金额快照哈希", inputs["snapshot_sha256"]),
        ("年化：资方所报 / 流水算得 / 息费至少", " / ".join(rates)),
        ("年化上限", f"{price.get('cap') or '未知'}（{price.get('basis')}{lpr}）"),
        ("委案表中的依据列", "、".join(inputs["papers"]) or "无"),
        ("所选地址", _address_words(inputs["address"])),
        ("邮政产品 / 模板", f"{inputs['postal_product']} / {inputs['template']}"),
        *([("为何用这一邮政产品", inputs["why_product"])] if inputs["why_product"] else []),
        ("送达概率 / 选址版本", f"{probability} / {inputs['choice_model']}"),
    ]
    return rows


def _address_words(address: dict[str, Any] | None) -> str:
    """The chosen address by its place in the file and where it came from: never its text."""
    from console.cases import GRADE_NAMES, KIND_NAMES, SOURCE_NAMES

    if address is None:
        return "无"
    kind, source, grade = address["kind"], address["source"], address["grade"]
    return (
        f"地址{address['ordinal']}　{KIND_NAMES.get(kind, kind)}　来源 {SOURCE_NAMES.get(source, source)}　"
        f"采集 {address['collected_on'] or '未注明'}　{GRADE_NAMES.get(grade, '未解析')}"
    )


@app.command("confirm", cls=SpokenCommand)
def confirm(
    rule_id: RuleId,
    by: Annotated[str, typer.Option("--by", metavar="姓名", help="确认人姓名")],
    evidence: Annotated[Path, typer.Option("--evidence", metavar="文件", help="依据（扫描件或 PDF），加密存入工作区")],
    lender: Annotated[str, typer.Option("--lender", metavar="代码", help="资方代码")] = "",
    firm: Annotated[str, typer.Option("--firm", metavar="代码", help="律所代码")] = "",
    agency: Annotated[str, typer.Option("--agency", metavar="代码", help="机构代码：律所或邮政合作方")] = "",
    until: Annotated[str | None, typer.Option("--until", metavar="日期", help="有效期至；不写则按规则的最长期限")] = None,
    as_json: Json = False,
) -> None:
    """登记一条须由人保证的规则：谁确认、依据什么、有效到何时。示例：handa rules confirm R-PII-05 --lender DEMO --by 张三 --evidence 评估报告.pdf"""
    from letters.batch import confirming

    end = None if until is None else day_of(until)
    with house(quiet=as_json) as db:
        kept = confirming.confirm(
            db, rule_id, confirming.Scope(lender, firm, agency), by=by, evidence=evidence, until=end, day=day_of(None), actor=actor()
        )
    words = f"已登记 {kept.rule_id}（{kept.title}）：{kept.by} 确认，{f'有效至 {kept.holds_until}' if kept.holds_until else '未设期限'}。"
    done(as_json, _kept(kept), words)


@app.command("confirmations", cls=SpokenCommand)
def confirmations(
    rule_id: Annotated[str | None, typer.Argument(metavar="规则编号", help="不写则全部")] = None, as_json: Json = False
) -> None:
    """列出已登记的确认：谁、何时、依据、有效期。示例：handa rules confirmations"""
    from letters.batch.confirming import list_confirmations

    with house(quiet=as_json) as db, db.session() as session:
        found = list_confirmations(session, rule_id)
    if as_json:
        document({"confirmations": [_kept(one) for one in found]})
        return
    rows = [
        (one.rule_id, one.title, "/".join(filter(None, (one.scope.lender, one.scope.firm, one.scope.agency))) or "全所", one.by,
         one.confirmed_on, one.holds_until or "未设", one.evidence_name, one.evidence_sha256[:12], one.id)
        for one in found
    ]  # fmt: skip
    table("确认", ("编号", "规则", "对象", "确认人", "确认日", "有效至", "依据", "哈希", "确认编号"), rows)


@app.command("evidence", cls=SpokenCommand)
def evidence_(
    confirmation_id: Annotated[str, typer.Argument(metavar="确认编号", help="见 handa rules confirmations")],
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="文件", help="写入的文件；不写则用原文件名")] = None,
    as_json: Json = False,
) -> None:
    """取出一条确认的依据原件（留审计记录）。示例：handa rules evidence 0199… -o 评估报告.pdf"""
    from letters.batch.confirming import open_evidence
    from records.files import write_atomic

    with house(quiet=as_json) as db:
        name, data = open_evidence(db, confirmation_id, actor=actor())
    target = output or Path(Path(name).name)
    if target.exists():
        raise WrongUsage(f"文件 {target} 已存在。", "请用 -o 指定另一个文件名。")
    write_atomic(target, data)
    done(as_json, {"file": str(target), "bytes": len(data)}, f"已写入 {target}。")


def _kept(one: Kept) -> dict[str, object]:
    return {
        "id": one.id,
        "rule": one.rule_id,
        "lender": one.scope.lender,
        "firm": one.scope.firm,
        "agency": one.scope.agency,
        "by": one.by,
        "confirmed_on": one.confirmed_on,
        "holds_until": one.holds_until,
        "evidence": one.evidence_name,
        "evidence_sha256": one.evidence_sha256,
    }
