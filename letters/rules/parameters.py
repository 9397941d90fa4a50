"""What a policy may set: each parameter's type, bounds and which way is stricter. Values are ``letters.rules.policy``'s.

``way``: "more" and "less" are for numbers, "fewer" for lists, "ladder" for words from mildest to strictest, "neutral" for
terms that are neither (a house's or firm's own economics: no lender layer may set them). ``floor``/``ceiling`` are what
law that was read ([V]) demands: no layer passes them. Everything else marked [S], [D] or [B] is a default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from letters.rules.lpr import table_with
from letters.rules.policy import Policy
from locate.case import Source

Value = int | Decimal | str | tuple[str, ...]
Way = Literal["more", "less", "fewer", "ladder", "neutral"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the policy."""

    name: str
    title: str
    way: Way
    basis: str
    low: int | Decimal | None = None
    high: int | Decimal | None = None
    words: tuple[str, ...] = ()
    reader: Callable[[Parameter, object], Value] | None = None
    """Reads what the value's type alone does not tell."""
    """Allowed words: a ladder from the mildest to the strictest, or the members of a list."""

    @property
    def default(self) -> Value:
        """The shipped value."""
        value: Value = getattr(DEFAULTS, self.name)
        return value

    def read(self, given: object) -> Value:
        """The value that a policy file gives.

        Raises:
            Refused: it can't be one; the message says what may stand there.
        """
        return (self.reader or _READERS[type(self.default)])(self, given)

    def at_least_as_strict(self, one: Value, other: Value) -> bool:
        """Whether ``one`` is as strict as ``other`` or stricter. Neutral parameters never tighten: only equal ones pass."""
        if self.way == "neutral":
            return one == other
        if self.way == "fewer":
            return set(_list(one)) <= set(_list(other))
        if self.way == "ladder":
            return self.words.index(str(one)) >= self.words.index(str(other))
        high, low = (one, other) if self.way == "more" else (other, one)
        return _number(high) >= _number(low)

    def stricter(self, one: Value, other: Value) -> Value:
        """The stricter of two values; of two lists what both allow."""
        if self.way == "fewer":
            return tuple(word for word in _list(one) if word in _list(other))
        return one if self.at_least_as_strict(one, other) else other


DEFAULTS: Final = Policy()
EVIDENCE_LADDER: Final = ("warn", "confirmation", "hold", "block")


class Refused(ValueError):
    """A value that a parameter can't take; the message says what it may be."""


def _number(value: Value) -> Decimal:
    if isinstance(value, int | Decimal):
        return Decimal(value)
    raise TypeError(f"not a number: {value!r}")


def _list(value: Value) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    raise TypeError(f"not a list: {value!r}")


def _range(parameter: Parameter) -> str:
    low = "" if parameter.low is None else f"不小于 {parameter.low}"
    high = "" if parameter.high is None else f"不大于 {parameter.high}"
    return "、".join(part for part in (low, high) if part)


def _inside(parameter: Parameter, value: Decimal) -> bool:
    return (parameter.low is None or value >= parameter.low) and (parameter.high is None or value <= parameter.high)


def _whole(parameter: Parameter, given: object) -> Value:
    if isinstance(given, bool) or not isinstance(given, int) or not _inside(parameter, Decimal(given)):
        raise Refused(f"应为整数，{_range(parameter)}")
    return given


def _decimal(parameter: Parameter, given: object) -> Value:
    try:
        value = Decimal(str(given)) if isinstance(given, int | str | Decimal) and not isinstance(given, bool) else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not _inside(parameter, value):
        raise Refused(f"应为数字，{_range(parameter)}")
    return value


def _word(parameter: Parameter, given: object) -> Value:
    if not isinstance(given, str) or (parameter.words and given not in parameter.words):
        raise Refused(f"应为其中之一：{'、'.join(parameter.words)}")
    return given


def _several(parameter: Parameter, given: object) -> Value:
    if not isinstance(given, list) or not all(word in parameter.words for word in given) or len(set(given)) != len(given):
        raise Refused(f"应为列表，元素取自：{'、'.join(parameter.words)}，不重复")
    return tuple(str(word) for word in given)


def _months(_: Parameter, given: object) -> Value:
    if not isinstance(given, list) or not all(isinstance(entry, str) for entry in given):
        raise Refused("应为列表，元素如 2026-01 3.00 2026-01-20")
    months = tuple(sorted(given))
    try:
        table_with(months)
    except ValueError as fault:
        raise Refused(str(fault)) from fault
    return months


_READERS: Final = {int: _whole, Decimal: _decimal, str: _word, tuple: _several}


def _p(name: str, title: str, way: Way, basis: str, **more: object) -> Parameter:
    return Parameter(name, title, way, basis, **more)  # type: ignore[arg-type]


PARAMETERS: Final[Mapping[str, Parameter]] = {
    one.name: one
    for one in (
        _p("min_days_between_letters", "同一信贷产品两次发函至少间隔天数", "more", "GB/T 45251-2025 [S]；[D]", low=0, high=365),
        _p("in_flight_days", "在途函件视为未结的天数", "more", "[D]", low=0, high=365),
        _p("retry_settle_days", "投递结果须稳定多少天方可续发", "more", "[D]", low=0, high=365),
        _p("retry_same_days", "不在或逾期未领后多少天可再寄原址", "more", "[D]", low=0, high=365),
        _p("retry_same_address", "同一地址因不在或未领最多寄几次（含首次）", "less", "[D]", low=1, high=3),
        _p("retry_letters", "一案同一模板最多自动发几封（含首封）", "less", "[D]", low=1, high=10),
        _p("max_as_of_age_days", "金额截至日距批次日最多天数", "less", "[D]", low=0, high=90),
        _p("cap_licensed_percent", "持牌机构年化综合成本上限（%）", "less", "金规〔2025〕9号；小贷指引 [S]", low=Decimal(0), high=Decimal(36)),
        _p("cap_lpr_multiple", "民间借贷上限为一年期 LPR 的倍数", "less", "民间借贷规定 25 [V]", low=1, high=4),
        _p("lpr_published", "登记的一年期 LPR（handa policy lpr）", "neutral", "民间借贷规定 25 [V]；全国银行间同业拆借中心公布", reader=_months),
        _p("rate_gap_points", "算得的年化与资方所报相差多少个百分点须提示", "less", "[D]", low=Decimal(0), high=Decimal(12)),
        _p("default_items", "计入罚息、违约金才超过上限时", "ladder", "银行卡规定 2；金融审判意见 [S]；[D]", words=("warn", "hold", "block")),
        _p("annualising", "内部收益率折算年化的方法", "ladder", "中国人民银行公告〔2021〕第3号 [S]", words=("nominal", "effective")),
        _p("limitation_hold_days", "时效届满前多少天须由律师选择措辞", "more", "[D]", low=0, high=1095),
        _p("limitation_warn_days", "时效届满前多少天提示", "more", "[D]", low=0, high=1095),
        _p("limitation_post_days", "函件须在时效届满前多少天交寄", "more", "[D]", low=0, high=365),
        _p("limitation_first_days", "预算不足时，多少天内届满的优先于价值", "neutral", "[D]", low=0, high=1095),
        _p("work_address_sources", "单位地址可用的来源", "fewer", "个人信息保护法 6；[D]", words=tuple(one.value for one in Source if one is not Source.BANNED)),
        _p("adult_age", "联系人视为成年的年龄", "more", "个人信息保护法 28（不满十四周岁）[V]；[D]", low=14, high=99),
        _p("confirmations", "缺少确认时何者阻止签发", "ladder", "[D]", words=("law", "strict")),
        _p("line_evidence", "委案表无逐项条款时", "ladder", "上海律协指引 7、10 [S]", words=EVIDENCE_LADDER),
        _p("disclosure_evidence", "委案表无明示表项目时", "ladder", "个人贷款业务明示综合融资成本规定 [S]", words=EVIDENCE_LADDER),
        _p("fee_evidence", "委案表无费用名目时", "ladder", "CBA 指引 [S]", words=EVIDENCE_LADDER),
        _p("notice_evidence", "委案表无委外告知日期时", "ladder", "银行保险机构消费者权益保护管理办法 41 [S]", words=EVIDENCE_LADDER),
        _p("sample_each", "每种风险与模板抽样件数", "more", "上海律协指引 15 [S]；[D]", low=1, high=100),
        _p("conflict_check_days", "利益冲突检索的有效天数", "less", "律师法 50；[D]", low=1, high=365),
        _p("answer_working_days", "答复投诉与异议的工作日", "less", "GB/T 45251-2025 5.6 [S]；[D]", low=1, high=60),
        _p("complaint_window_days", "统计投诉率的天数", "more", "[D]", low=7, high=365),
        _p("complaint_min_count", "投诉少于多少件不停止批次", "less", "[D]", low=1, high=1000),
        _p("complaint_per_mille", "每千封投诉超过多少件停止批次", "less", "[D]", low=0, high=1000),
        _p("verify_failures_a_day", "同一来电者每日核验失败上限", "less", "[D]", low=1, high=1000),
        _p("verify_failures_an_hour", "全所每小时核验失败上限", "less", "[D]", low=1, high=100_000),
        _p("retain_print_days", "交寄后印刷工作文件保存天数", "less", "个人信息保护法 19；上海律协指引 19 [S]；[D]", low=1, high=365),
        _p("retain_process_days", "处理记录与个人信息保存天数", "more", "消费金融公司管理办法 [S]；[D]", low=730, high=36_500),
        _p("postage_fen", "一件函件的邮资（分）", "neutral", "[D]", low=0, high=100_000),
        _p("delivery_worth_per_mille", "一次送达的价值占债权的千分比", "neutral", "[D]", low=0, high=1000),
        _p("delivery_worth_min_fen", "一次送达的最低价值（分）", "neutral", "[D]", low=0, high=100_000_000),
        _p("delivery_worth_max_fen", "一次送达的最高价值（分）", "neutral", "[D]", low=0, high=100_000_000),
        _p("explore_per_mille", "探索比例：千分之几的案件改抽另一合法地址或邮政产品", "neutral", "Swaminathan、Joachims 2015；[D]", low=0, high=200),
        _p("control_per_mille", "对照比例：千分之几的首封函件随机暂缓一个观察期，用来测算函件的真实效果", "neutral", "Rubin 1974；[D]", low=0, high=200),
        _p("explore_floor_per_mille", "探索时地址送达概率的下限（千分比）", "neutral", "[D]", low=0, high=1000),
        _p("contact_explore_per_mille", "联系人探索比例：千分之几的失联案件改为抽签决定先请哪位合法联系人转告", "neutral", "Swaminathan、Joachims 2015；[D]", low=0, high=200),
        _p("contact_explore_floor_per_mille", "可被抽中的联系人，估计有用率扣除投诉后须高于多少（千分比）", "neutral", "[D]", low=0, high=1000),
    )
}
"""Every field of ``Policy`` that a file may set (a test compares)."""
