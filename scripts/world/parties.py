"""Registers the composed firm, lawyer, lender and postal partner in a workspace, through the command line as a user would.

All of them are made up; the licence numbers are not in any register. No seal is given: letters carry the marked sample.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LENDER = "DEMO"
FIRM = "F1"
LAWYER = "L001"
PARTNER = "POST"
PRODUCT = "200"
TEMPLATE = "consumer@1"
UNTIL = "2027-12-31"
CONTRACT = "WT-2026-001"
PAPERS = Path(__file__).resolve().parent / "papers"
"""Composed papers, plainly marked as such: they stand for scans."""

PAPER = Path(__file__).with_name("composed_paper.txt")
"""The evidence behind composed confirmations: says that it is made up."""

HANDA = str(Path(sys.executable).with_name("handa"))
"""The command of the environment that runs this, whatever PATH says."""


def commands(*, numbers: int = 10_000_000, standing: bool = True) -> list[list[str]]:
    """The ``handa`` words that register everybody and all that the lawyer's gate asks for.

    ``standing``: the lawyer's order that releases batches by policy, and the client's standing confirmation of them;
    without it every batch is confirmed and released by hand.
    """
    words = [
        [
            "firm", "add", FIRM, "--name", "湖北示例律师事务所", "--licence", "31420000000000001X", "--licence-until", UNTIL,
            "--address", "湖北省武汉市江汉区示例路1号示例大厦10层", "--phone", "027-00000000", "--postcode", "430000",
            "--scheme", "（{year}）鄂示例律函字第{number:06d}号", "--verification-url", "https://verify.example.cn/l/",
            "--sample-seal",
        ],
        ["firm", "lawyer", FIRM, LAWYER, "--name", "王示例", "--licence", "14201202600000001", "--licence-until", UNTIL],
        ["firm", "approve", FIRM, TEMPLATE, "--lawyer", LAWYER],
        ["partner", "add", PARTNER, "--name", "示例邮政合作方", "--customer", "90000001", "--agreement", "XY-2026-001"],
        ["partner", "range", PARTNER, "--product", PRODUCT, "--prefix", "XA", "--first", "1", "--last", str(numbers)],
        [
            "lender", "add", LENDER, "--name", "示例消费金融有限公司", "--kind", "consumer_finance",
            "--set", "payment_channel=示例银行武汉分行 户名：示例消费金融有限公司 账号：6200000000000000000",
            "--set", "query_channel=客服热线 027-00000001 或登录示例金融 App",
            "--set", "complaint_channel=投诉专线 027-00000002",
            "--set", f"firm={FIRM}", "--set", f"lawyer={LAWYER}", "--set", f"partner={PARTNER}",
            "--set", f"product={PRODUCT}", "--set", f"template={TEMPLATE}",
        ],
        ["firm", "capacity", FIRM, LAWYER, "--per-day", "1000000"],
        ["firm", "client", FIRM, "--name", "示例其他客户有限公司"],
        [
            "mandate", "add", LENDER, "--firm", FIRM, "--contract", CONTRACT, "--scan", str(PAPERS / "授权委托书-示例.txt"),
            "--from", "2026-01-01", "--until", UNTIL,
            *(["--standing-max-letters", "1000000", "--standing-max-amount", "1000000"] if standing else []),
        ],
        ["firm", "conflict", FIRM, "--lender", LENDER, "--lawyer", LAWYER, "--note", "收案前检索"],
        ["lender", "file-template", LENDER, TEMPLATE, "--reference", "BA-2026-001"],
    ]  # fmt: skip
    if standing:
        words.append(
            [
                "firm", "standing", FIRM, "--lawyer", LAWYER, "--template", TEMPLATE, "--lender", LENDER,
                "--max-letters", "1000000", "--max-amount", "1000000", "--until", UNTIL,
            ]
        )  # fmt: skip
    return words + confirmations()


def confirmations() -> list[list[str]]:
    """The ``handa`` words by which a composed person vouches for what people must see to, on a composed paper."""
    from letters.rules.duties import DUTIES, Per, When

    whom = {
        Per.HOUSE: [[]],
        Per.LENDER: [["--lender", LENDER]],
        Per.AGENCY: [["--agency", FIRM], ["--agency", PARTNER]],
        Per.LENDER_AGENCY: [["--lender", LENDER, "--agency", FIRM], ["--lender", LENDER, "--agency", PARTNER]],
        Per.FIRM_AGENCY: [["--firm", FIRM, "--agency", PARTNER]],
    }
    return [
        ["rules", "confirm", duty.rule_id, *parties, "--by", "示例合规员", "--evidence", str(PAPER)]
        for duty in DUTIES
        if duty.stops_release and duty.when is not When.LEFT
        for parties in whom[duty.per]
    ]


def register(home: Path, env: dict[str, str] | None = None, *, standing: bool = True) -> None:
    """Register everybody in the workspace ``home``, in one process that keeps the database open meanwhile."""
    home.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "scripts.world.parties", *([] if standing else ["--no-standing"])], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
        cwd=Path(__file__).resolve().parents[2], env={**os.environ, "HANDA_HOME": str(home), **(env or {})},
    )  # fmt: skip
    if done.returncode != 0:
        raise SystemExit(f"登记律所、资方与合作方失败\n{done.stdout}{done.stderr}")


def main() -> int:
    """Say the words of ``commands`` one after the other, as the command line would; stop at the first that fails."""
    from console.main import run
    from records.database import open_database
    from records.settings import load_settings

    with open_database(load_settings()):
        for words in commands(standing="--no-standing" not in sys.argv):
            code = run(words)
            if code != 0:
                print(f"handa {' '.join(words)}：退出码 {code}", file=sys.stderr)
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
