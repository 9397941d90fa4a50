"""Choosing and judging: composed cases through the chooser and every planning rule, on one core. No peer is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date

from letters.rules import judge
from letters.rules.model import Facts, FirmFacts, LawyerFacts, LenderFacts
from letters.rules.policy import Policy
from locate.address import parse_many
from locate.case import LenderKind
from locate.choose import RuleEstimator, choose
from scripts.benches.report import Report, alternate, say, table
from scripts.world.as_record import case_record
from scripts.world.defects import compose_defective
from scripts.world.parties import FIRM, LAWYER, LENDER, PRODUCT, TEMPLATE

CASES = 20_000
QUICK_CASES = 3_000
ROUNDS = 3
SEED = 7
DAY = date(2026, 11, 20)


def compose_facts(count: int) -> list[Facts]:
    """Everything that the rules may look at, for ``count`` composed cases, addresses read and chosen."""
    lawyer = LawyerFacts(LAWYER, "示例律师", "14201202600000001", date(2027, 12, 31), active=True)
    firm = FirmFacts(FIRM, "湖北示例律师事务所", "31420000000000001X", date(2027, 12, 31), True, (lawyer,), frozenset({TEMPLATE}))
    lender = LenderFacts(LENDER, "示例消费金融有限公司", LenderKind.CONSUMER_FINANCE)
    estimator, policy = RuleEstimator(), Policy()
    found = []
    for number in range(1, count + 1):
        case = case_record(compose_defective(SEED, number, DAY, 0.08))
        parsed = tuple(parse_many([given.text for given in case.addresses]))
        choice = choose(case, parsed, (), PRODUCT, DAY, estimator)
        found.append(Facts(DAY, lender, firm, lawyer, case, parsed, choice, PRODUCT, TEMPLATE, policy=policy))
    return found


def run(*, quick: bool) -> Report:
    """Three rounds of choosing alone and judging alone."""
    count = QUICK_CASES if quick else CASES
    say(f"合成 {count} 件案件并读地址……")
    facts = compose_facts(count)
    estimator = RuleEstimator()
    verdicts: Counter[str] = Counter()

    def choosing() -> int:
        for one in facts:
            choose(one.case, one.parsed, (), PRODUCT, DAY, estimator)
        return count

    def judging() -> int:
        verdicts.clear()
        verdicts.update(judge(one).verdict.value for one in facts)
        return count

    works: dict[str, Callable[[], int]] = {"选址": choosing, "规则": judging}
    rates = alternate(works, ROUNDS)
    table(
        f"选址与规则：{count} 件合成案件，单核",
        ("", "件/CPU 秒", "件/秒"),
        [(name, f"{rate.per_cpu_second:,.0f}", f"{rate.per_second:,.0f}") for name, rate in rates.items()],
    )
    print("结果：" + "，".join(f"{name} {number}" for name, number in sorted(verdicts.items())))
    return Report(
        ours={"choose": rates["选址"].as_json(), "judge": rates["规则"].as_json(), "verdicts": dict(verdicts)},
        inputs={"cases": count, "seed": SEED, "day": DAY.isoformat()},
    )
