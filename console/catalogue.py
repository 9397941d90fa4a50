"""What ``handa`` can do: each subcommand with the module that does it, in the order in which people meet them.

Only names and sentences, so that ``handa --help`` imports nothing else. A test keeps the sentences equal to those of
the commands themselves.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A subcommand: where it is and what it is for."""

    module: str
    attribute: str
    help: str


CATALOGUE: dict[str, Entry] = {
    "demo": Entry("console.demo", "demo", "用合成的资方、律所与邮政走完一整天，不需要任何真实数据。示例：handa demo"),
    "init": Entry("console.admin", "init", "新建工作区：文件夹、密钥与数据库。示例：handa init --home ./handa-home"),
    "settings": Entry("console.admin", "show_settings", "列出设置及其来源（机密已遮盖）。示例：handa settings"),
    "lender": Entry("console.lender", "lender_app", "资方：登记、设置、查看。示例：handa lender list"),
    "firm": Entry("console.firm", "firm_app", "律所与律师：登记、审定模板、利益冲突、函号登记簿。示例：handa firm list"),
    "mandate": Entry("console.mandate", "app", "委托：登记、查看、撤销委托合同与授权委托书。示例：handa mandate list"),
    "partner": Entry("console.partner", "partner_app", "邮政合作方、号段与列对应方案。示例：handa partner list"),
    "cases": Entry(
        "console.cases", "app", "案件：导入委案表、查看、停止与恢复发函。示例：handa cases import 委案表.xlsx --lender DEMO"
    ),
    "contacts": Entry(
        "console.contacts",
        "app",
        "联系人：登记拒绝联系、失联与转告函。示例：handa contacts opt-out --mobile 19900000000 --how 来电 --reason 要求不再联系",
    ),
    "address": Entry(
        "console.address", "app", "地址：解析、标准化、去重。示例：handa address parse 武汉市江汉区新华路25号3栋2单元501室"
    ),
    "models": Entry("console.models", "app", "模型：用自己的标注训练。示例：handa models train address --data 标注.tsv"),
    "day": Entry("console.day", "app", "每日批次：一条命令走完计划到交寄。示例：handa day run --date 2026-11-21"),
    "batch": Entry(
        "console.batch", "app", "批次：计划、抽样、签发、印刷、封装、交寄。示例：handa batch plan --date 2026-11-21"
    ),
    "post": Entry("console.post", "app", "邮政回执与轨迹：导入、缺口、隔离、代码、认定、退件影像。示例：handa post import 回执.csv"),
    "limitation": Entry(
        "console.limitation", "app", "诉讼时效：最迟交寄、律师确认证据等级、起算日与条款。示例：handa limitation list --until 2027-03-31"
    ),
    "template": Entry(
        "console.template", "app", "函件模板：列表、检查、预览、比较、审定。示例：handa template lint consumer@1"
    ),
    "letter": Entry("console.letter", "app", "函件：状态与轨迹、取出原页面、证据包。示例：handa letter show （2026）鄂示例律函字第000001号"),
    "rules": Entry("console.rules", "app", "合规规则：编号、依据、处理、逐案说明、人工确认。示例：handa rules list"),
    "policy": Entry(
        "console.policy", "policy_app", "规则策略：查看、检查、采用、比较；资方与产品只能收紧。示例：handa policy show"
    ),
    "verify": Entry(
        "console.answers", "verify", "凭函上的核验码确认函件是否由律所寄出。示例：handa verify 7K3QM-2X9PA --caller 027-12345678"
    ),
    "complaint": Entry("console.answers", "complaint_app", "投诉与异议：登记、查看、办结。示例：handa complaint list --open"),
    "report": Entry("console.report", "app", "报告。示例：handa report day --date 2026-11-21 -o 日报.html"),
    "worker": Entry(
        "console.admin",
        "worker",
        "领取任何进行中阶段的分块并完成；可在多台机器上对同一个 PostgreSQL 运行。示例：handa worker --once",
    ),
    "privacy": Entry(
        "console.privacy", "app", "个人信息：查看、导出给本人、删除、到期清理，均留审计。示例：handa privacy unmask AJ0001 --lender DEMO --by 张三 --reason 核对退件地址"
    ),
    "audit": Entry("console.admin", "audit_app", "审计链：核对是否被改动。示例：handa audit verify"),
}
