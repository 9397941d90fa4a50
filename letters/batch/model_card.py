"""The model card: what a delivery model was learned from, how it did, for whom it may be less honest. HTML or PDF.

Every figure with denominator and window, and "模拟" where the letters are of a simulated world (R-AI-02, R-AI-06).
Mitchell et al., Model Cards for Model Reporting, FAT* 2019.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from letters.batch.contact_evaluation import NOT_EXPLORED, REACHED_COLUMNS, REACHED_NOTE, reached_rows
from letters.batch.contact_models import AGAINST, against_contacts
from letters.batch.letter_models import chosen_of, is_letters, letter_notes, letter_sections
from letters.batch.model_training import gate
from letters.batch.report_files import TEMPLATES
from letters.batch.template_card import is_templates, template_notes, template_sections
from letters.press.reportsheet import Column, Section, write_report
from models.delivery.estimators import Kind
from models.delivery.facts import figures_of
from models.delivery.features import KINDS
from models.delivery.products import LEAST_DRAWN
from models.delivery.training import Option

FORMS: Final = (".html", ".pdf")
ADDRESS_KINDS: Final = {"household": "户籍", "residence": "现住址", "work": "单位", "billing": "账单", "delivery": "收货", "contract": "合同约定"}
_GROUPS: Final = {"kind": "地址类型", "product": "邮政产品", "province": "省级区划", "region": "与身份证地区", "phone": "与手机号归属地", "amount": "金额四分位"}
_PRODUCTS: Final = {0: "挂号信函", 1: "EMS", 2: "约投挂号信函", 3: "平常信函"}
_REGIONS: Final = {-1: "不明", 0: "不同省", 1: "同省", 2: "同市", 3: "同区县"}
_PLOT: Final = 240


def card_title(version: str, facts: Mapping[str, Any]) -> str:
    """The title, which says so where the letters are simulated."""
    what = "模板比较" if is_templates(facts) else "联系人模型" if is_contacts(facts) else "发函评分" if is_letters(facts) else "送达模型"
    return f"{what} {version} 说明" + ("（模拟数据）" if facts["synthetic"] else "")


def is_contacts(facts: Mapping[str, Any]) -> bool:
    """Whether these are the facts of a contact model."""
    return facts.get("model") == "contacts"


def card_notes(facts: Mapping[str, Any]) -> list[str]:
    """What a reader must know before the tables."""
    first, last = facts["window"]
    test = figures_of(dict(facts))
    against = gate(dict(facts))
    return [
        ("本页数字全部来自模拟数据，不能说明任何真实的人。" if facts["synthetic"] else "数字来自真实投递结果。") + f"数据：{facts['source']}。",
        "用途：估计一封函件寄到某一合法地址的送达概率，用于在本案合法取得的地址中排序。不产生新地址，不单独触发发函（R-AI-01、R-AI-05）。",
        f"学习：{first} 至 {last} 的函件，有结果 {facts['letters']} 件（签收 {facts['delivered']} 件，债务人 {facts['debtors']} 人），"
        f"未了结、承运人或我方原因、已冲销而不学习的 {facts['censored']} 件；截至 {facts['as_of']} 所知。",
        f"检验：{facts['test_window'][0]} 至 {facts['test_window'][1]} 的函件，有结果 {test['letters']} 件，模型训练时没有见过；"
        f"约 {facts['ripe_days']} 天后 95% 的结果已知，较新的函件按同类补足权重。",
        "选用：误差在最好者一个标准误之内的最简单的一种，" + f"即{option_title(facts)}。",
        *_product_notes(facts),
        "不使用民族、宗教、健康等受保护特征；身份证号与本人手机号只用到其地区、归属地与地址是否一致（归属地是办号的地方，不等于本人住处）。",
        ("启用关口：" + "；".join(against) + "。") if against else "启用关口：没有反对的理由。",
    ]


def _product_notes(facts: Mapping[str, Any]) -> list[str]:
    """Whether the model may weigh postal products against each other; nothing where the letters went by one."""
    seen = [one["code"] for one in facts["groups"] if one["by"] == "product"]
    if len(seen) < 2:
        return []
    told = facts.get("products", [])
    if told:
        return [f"邮政产品：{'、'.join(_PRODUCTS.get(code, str(code)) for code in told)}曾在同一案件中按概率抽用，可以互相比较；其余产品按资方常用产品估计。"]
    return [f"邮政产品：没有两种产品各有 {LEAST_DRAWN} 件在同一案件中按概率抽用并有结果的函件，不能分清产品与案件的作用；估计时不区分产品，选用邮资低的。"]


def option_title(one: Mapping[str, Any]) -> str:
    """A candidate's name."""
    return Option(Kind(one["kind"]), float(one["memory_days"])).title


def card_sections(facts: Mapping[str, Any]) -> list[Section]:
    """The card's tables."""
    test = figures_of(dict(facts))
    rows = [_tried(one) for one in facts["tried"]]
    new = facts["new_debtors"]
    bins = tuple((f"{one['said']:.1%}", f"{one['seen']:.1%}", one["letters"]) for one in test["bins"])
    groups = tuple((_GROUPS[one["by"]], _code(one["by"], one["code"]), one["letters"], f"{one['said']:.1%}", f"{one['seen']:.1%}", _gap(one)) for one in facts["groups"])
    return [
        Section(
            "比较：各种模型在检验函件上",
            (Column("模型", 7), Column("对数损失（95% 区间）", 8), Column("Brier（95% 区间）", 8), Column("ECE", 3, True), Column("斜率", 3, True), Column("比最好者高", 6)),
            tuple(rows), note=f"分母：检验函件 {test['letters']} 件；区间按债务人重抽样。对数损失、Brier、ECE 越小越好；斜率 1 为诚实。",
        ),
        Section(
            "可靠性：估计与实际", (Column("估计送达率", 4, True), Column("实际送达率", 4, True), Column("函件", 3, True)), bins,
            note="检验函件按估计值分为件数相近的十组。",
        ),
        Section(
            "从未见过的债务人", (Column("函件", 3, True), Column("对数损失（95% 区间）", 8), Column("ECE", 3, True)),
            ((new["letters"], _interval(new["log_loss"]), f"{new['ece']:.3f}"),) if new else (), empty="不足以单列。",
        ),
        Section(
            "群体差异（R-AI-02）",
            (Column("按", 4), Column("群体", 5), Column("函件", 3, True), Column("估计", 3, True), Column("实际", 3, True), Column("相差", 6)), groups,
            note="件数少的群体相差多半是偶然；标“须看”的超出偶然范围（两个标准误）。",
        ),
        Section(
            "主要看什么", (Column("特征", 10), Column("比重", 3, True)), tuple((one["feature"], f"{one['share']:.1%}") for one in facts["looked_at"]),
            note="树模型按用来分叉的次数，线性模型按系数大小；不是因果。",
        ),
    ]  # fmt: skip


def _tried(one: Mapping[str, Any]) -> tuple[object, ...]:
    above = one["above_best"]
    return (
        option_title(one), _interval(one["log_loss"]), _interval(one["brier"]), f"{one['ece']:.3f}", f"{one['slope']:.2f}",
        "最好" if above is None else f"{above['value']:+.4f}",
    )  # fmt: skip


def _interval(figure: Mapping[str, Any]) -> str:
    return f"{figure['value']:.4f}（{figure['low']:.4f}–{figure['high']:.4f}）"


def _code(by: str, code: int) -> str:
    if by == "kind":
        return ADDRESS_KINDS[KINDS[code]] if 0 <= code < len(KINDS) else "不明"
    if by == "product":
        return _PRODUCTS.get(code, str(code))
    if by in ("region", "phone"):
        return _REGIONS.get(code, str(code))
    return f"第 {code + 1} 份" if by == "amount" else str(code)


def _gap(one: Mapping[str, Any]) -> str:
    off = one["said"] - one["seen"]
    noise = 2 * (max(one["said"] * (1 - one["said"]), 0.01) / max(one["letters"], 1)) ** 0.5
    return f"{off:+.1%}" + ("　须看" if abs(off) > noise else "")


def _bins(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    if is_letters(facts) or is_templates(facts):
        return []
    if is_contacts(facts):
        return [{"said": one["told"], "seen": one["seen"], "letters": one["results"]} for one in facts["reliability"]]
    return list(figures_of(dict(facts))["bins"])


def _points(bins: Sequence[Mapping[str, Any]]) -> list[tuple[float, float, float]]:
    most = max((one["letters"] for one in bins), default=1)
    return [(round(one["said"] * _PLOT, 1), round(_PLOT - one["seen"] * _PLOT, 1), round(2 + 4 * one["letters"] / most, 1)) for one in bins]


def _curve(facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """The Qini curve of a letter score or a choice of templates in the picture's units; None for other models."""
    if not is_letters(facts) and not is_templates(facts):
        return None
    told = [{"value": 0.0, "low": 0.0, "high": 0.0}, *chosen_of(facts)["curve"]]
    low, high = min(one["low"] for one in told), max(*(one["high"] for one in told), 1.0)

    def y(fen: float) -> float:
        return round(float(_PLOT * (high - fen) / (high - low)), 1)

    def points(name: str) -> list[str]:
        return [f"{round(_PLOT * at / (len(told) - 1), 1)},{y(one[name])}" for at, one in enumerate(told)]

    marks = [(y(fen), f"{fen / 100:.0f}") for fen in sorted({low, 0.0, told[-1]["value"], high})]
    words = (
        {"across": "先给最合适的案件用第二模板的比例", "told": "实线为先给估计最合适的案件用第二模板，阴影为 95% 区间（按债务人重抽样），虚线为随机先后。"}
        if is_templates(facts)
        else {"across": "按评分先后寄函的案件比例", "told": "实线为按评分先后，阴影为 95% 区间（按债务人重抽样），虚线为随机先后。"}
    )
    return {
        **words,
        "line": " ".join(points("value")), "band": " ".join([*points("low"), *reversed(points("high"))]), "zero": y(0.0), "end": y(told[-1]["value"]), "marks": marks,
    }  # fmt: skip


def contact_notes(facts: Mapping[str, Any]) -> list[str]:
    """What a reader must know of a contact model before the tables."""
    window = "至".join(facts["window"]) or "—"
    against = against_contacts(facts)
    return [
        ("本页数字全部来自模拟数据，不能说明任何真实的人。" if facts["synthetic"] else "数字来自登记的询问结果。") + f"资方：{facts.get('lender', '—')}，只用该资方自己的记录。",
        "用途：在依法可以询问的联系人中排序（R-THP）；从不使联系人成为收件人，排不出就不问。",
        f"学习：{window} 有结果的询问 {facts['known_results']} 次（有用 {facts['useful']} 次，投诉或拒绝联系 {facts['complaints']} 次），截至 {facts['as_of']} 所知。",
        ("启用关口：" + "；".join(against) + "。") if against else "启用关口：没有反对的理由。",
    ]


def _shown(value: float | None, digits: int) -> str:
    """A figure, or a dash where it could not be computed."""
    return "—" if value is None else f"{value:.{digits}f}"


def contact_sections(facts: Mapping[str, Any]) -> list[Section]:
    """Tables of a contact model's card."""
    verdicts = [
        (
            kind, one["cases"], _shown(one["precision"]["value"], 3),
            f"{_shown(one['ratio']['value'], 2)}（{_shown(one['ratio']['low'], 2)}–{_shown(one['ratio']['high'], 2)}）",
            _shown(one["complaints"]["value"], 1), _shown(one["ece"], 3), "；".join(AGAINST.get(code, code) for code in one["against"]) or "可以启用",
        )
        for kind, one in facts.get("verdicts", {}).items()
    ]  # fmt: skip
    return [
        Section(
            "比较：各种模型在留出的案件上",
            (Column("模型", 3), Column("案件", 2, True), Column("首选命中率", 3, True), Column("与规则之比（95% 区间）", 6), Column("每千次询问投诉", 3, True), Column("ECE", 2, True), Column("结论", 7)),
            tuple(verdicts), note="命中率的分母是有候选联系人的案件；区间按债务人重抽样。",
        ),
        Section(
            "改用它会问到多少（离线估计）",
            tuple(Column(name, width, width < 4) for name, width in zip(REACHED_COLUMNS, (4, 2, 2, 5, 5, 5, 5, 5, 4, 3), strict=True)),
            tuple(reached_rows(facts.get("reached", {}))), note=REACHED_NOTE, empty=NOT_EXPLORED,
        ),
        Section(
            "按关系的差异（R-AI-02）", (Column("关系", 3), Column("结果", 2, True), Column("估计有用", 3, True), Column("实际有用", 3, True), Column("估计投诉", 3, True), Column("实际投诉", 3, True)),
            tuple(
                (one["group"], one["results"], f"{one['told_useful']:.1%}", f"{one['seen_useful']:.1%}", f"{one['told_complaint']:.1%}", f"{one['seen_complaint']:.1%}")
                for one in facts["groups"]
            ),
        ),
    ]  # fmt: skip


def write_card(version: str, facts: Mapping[str, Any], target: Path) -> None:
    """The card in the form that the file's name asks for (``FORMS``)."""
    title = card_title(version, facts)
    if is_templates(facts):
        notes, sections = template_notes(facts), template_sections(facts)
    elif is_letters(facts):
        notes, sections = letter_notes(facts), letter_sections(facts)
    elif is_contacts(facts):
        notes, sections = contact_notes(facts), contact_sections(facts)
    else:
        notes, sections = card_notes(facts), card_sections(facts)
    if target.suffix.lower() == ".pdf":
        with target.open("wb") as sink:
            write_report(sink, title, notes, sections, date.fromisoformat(facts["as_of"]))
        return
    environment = ImmutableSandboxedEnvironment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    page = environment.get_template("model_card.html").render(title=title, notes=notes, sections=sections, points=_points(_bins(facts)), curve=_curve(facts), size=_PLOT)
    target.write_text(page, encoding="utf-8")
