"""``handa demo``: the whole day on a simulated lender, firm and postal partner, in one command. All persons composed."""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from console.house import day_of, house, invocation, workers
from console.options import Json, Workers
from console.speech import Report, bars, document, say, table
from records.errors import Broken, ExitCode, WrongUsage

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from letters.batch.day import DayResult
    from letters.post.store import AnswerReport
    from locate.intake.report import ImportReport
    from records.cipher import Cipher
    from records.database import Database

LENDER, FIRM, LAWYER, PARTNER = "DEMO", "F1", "L001", "POST"
ACTOR = "demo"
SEED = 20261121


@dataclass(frozen=True, slots=True)
class Places:
    """Where the demo keeps things under its output folder."""

    root: Path

    @property
    def home(self) -> Path:
        """The workspace."""
        return self.root / "home"

    @property
    def case_file(self) -> Path:
        """The lender's composed file."""
        return self.root / "case-files" / "demo-委案表.xlsx"

    @property
    def answers(self) -> Path:
        """What the partner sends back."""
        return self.root / "answers"

    @property
    def reports(self) -> Path:
        """Reports for people."""
        return self.root / "reports"

    @property
    def terms(self) -> Path:
        """What the first run was asked, so that a second run is the same day."""
        return self.root / "demo.json"


def register(app: typer.Typer) -> None:
    """Hang the command on ``app``."""
    app.command("demo")(demo)


def demo(
    cases: Annotated[int, typer.Option("--cases", min=1, max=1_000_000, help="合成案件数")] = 1_000,
    out: Annotated[Path, typer.Option("--out", help="输出目录")] = Path("demo-out"),
    workers_asked: Workers = None,
    as_json: Json = False,
) -> None:
    """用合成的资方、律所与邮政走完一整天，不需要任何真实数据：导入 → 选址 → 审查 → 签发 → 印刷 → 封装 → 交寄 → 回执与轨迹。再次运行不会重复发函。示例：handa demo --cases 100 --out ./demo-out"""
    from letters.batch.day import LOCK, run_day
    from letters.batch.lookup import batch_by_no
    from letters.batch.view import batch_view, decision_rows
    from locate.intake.store import import_case_file
    from locate.reading import read_new

    processes = workers(workers_asked)
    places = Places(out.expanduser().absolute())
    day, cases = _terms(places, cases)
    invocation.home = invocation.home or places.home
    with bars() as report:
        _compose(places, cases, day, report)
        with house(quiet=as_json) as db:
            _parties(db, quiet=as_json)
            imported = import_case_file(
                db, LENDER, places.case_file, today=day, actor=ACTOR, report_folder=places.reports, progress=report
            )
            read_new(db, LENDER, workers=processes, progress=report)
            with db.exclusive(LOCK):
                _release(db, places, day, processes, report)
            result = run_day(db, day, actor=ACTOR, workers=processes, lenders=(LENDER,), progress=report)
            answers = _answers(db, places, day, report)
            with db.session() as session:
                decisions = decision_rows(session, day, LENDER)
                views = [batch_view(session, batch_by_no(session, batch.batch_no)) for batch in result.batches]
                _reports(session, db.cipher, places, day, decisions)
            home = db.settings.home
    verdicts = Counter(str(row["verdict"]) for row in decisions)
    states: Counter[str] = Counter()
    for view in views:
        states.update(view["states"])
    if as_json:
        document(_as_json(places, home, imported, verdicts, result, states, answers))
        return
    _say(places, home, imported, verdicts, result, states, answers)


def _reports(session: Session, cipher: Cipher, places: Places, day: date, decisions: list[dict[str, object]]) -> None:
    from console.batch import write_decisions
    from letters.batch.report import day_figures
    from letters.batch.report_files import day_page
    from records.files import write_atomic

    write_decisions(decisions, places.reports / f"逐案结果-{day}.csv")
    write_atomic(places.reports / f"日报-{day}.html", day_page(day_figures(session, day, cipher)).encode())


def _terms(places: Places, cases: int) -> tuple[date, int]:
    """Day and size of the demo: those of its first run, so that running it again is the same day again."""
    try:
        if places.terms.exists():
            known = json.loads(places.terms.read_text(encoding="utf-8"))
            return date.fromisoformat(known["day"]), int(known["cases"])
        places.root.mkdir(parents=True, exist_ok=True)
        for folder in (places.answers, places.reports, places.case_file.parent):
            folder.mkdir(parents=True, exist_ok=True)
        day = day_of(None)
        places.terms.write_text(json.dumps({"day": day.isoformat(), "cases": cases}), encoding="utf-8")
    except (OSError, ValueError, KeyError) as fault:
        raise WrongUsage(f"演示目录 {places.root} 无法使用：{fault}", "请换一个 --out 目录，或清空后重试。") from fault
    return day, cases


def simulated(name: str) -> ModuleType:
    """A module of the simulated world, which lives in ``scripts/`` of a checkout and is no part of the product.

    Raises:
        WrongUsage: when this is not a checkout.
    """
    import importlib

    root = Path(__file__).resolve().parents[1]
    if not (root / "scripts" / "world").is_dir():
        raise WrongUsage("演示需要源码目录中的 scripts/（模拟资方与邮政）。", "请在源码目录运行 scripts/demo。")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return importlib.import_module(f"scripts.{name}")


def _compose(places: Places, cases: int, day: date, report: Report) -> None:
    if places.case_file.exists():
        report("合成委案表", cases, cases)
        return
    composer = simulated("world.compose_lender")
    composer.compose_lender(
        places.case_file, cases=cases, seed=SEED, day=day, progress=lambda done: report("合成委案表", done, cases)
    )
    report("合成委案表", cases, cases)


def _parties(db: Database, *, quiet: bool) -> None:
    """Register everybody through the command line, as a user would; nothing on a second run."""
    from sqlalchemy import select

    from letters.tables import Firm

    with db.session() as session:
        if session.scalar(select(Firm).where(Firm.code == FIRM)) is not None:
            return
    from console.main import run

    world = simulated("world.parties")
    for words in world.commands(standing=False):
        with redirect_stdout(sys.stderr if quiet else sys.stdout):  # a program reads one document, not these sentences
            code = run(["--home", str(db.settings.home), *words])
        if code != ExitCode.DONE:
            raise Broken(f"演示登记未成功：handa {' '.join(words[:3])}", "请换一个 --out 目录重试。")


def _release(db: Database, places: Places, day: date, processes: int, report: Report) -> None:
    """Plan, then do what client and lawyer would: confirm the list, open the sample, release."""
    from letters.batch.lookup import batch_by_no, kinds_of
    from letters.batch.planning import plan_lender
    from letters.batch.preview import write_sample
    from letters.batch.releasing import release_batch
    from letters.batch.state import BatchStep

    plan = plan_lender(db, LENDER, day, actor=ACTOR, workers=processes, progress=report)
    if plan.batch_no is None:
        return
    with db.session() as session:
        kinds = kinds_of(session, batch_by_no(session, plan.batch_no))
    if BatchStep.RELEASED in kinds or BatchStep.VOID in kinds:
        return
    report("资方确认清单", 0, 1)
    _confirm(db, plan.batch_no, places)
    report("抽样供律师查看", 0, 1)
    write_sample(db, plan.batch_no, None, actor=f"lawyer:{LAWYER}")
    with db.session() as session:
        release_batch(session, db.cipher, batch_by_no(session, plan.batch_no), LAWYER, clock=db.clock)
    report("抽样供律师查看", 1, 1)


def _confirm(db: Database, batch_no: str, places: Places) -> None:
    """The composed lender confirms the batch: the list that it would sign is its evidence."""
    from letters.batch.lookup import batch_by_no
    from letters.gate.confirming import confirm_batch, write_client_list
    from letters.gate.papers import keep_paper

    paper = places.reports / f"资方确认清单-{batch_no}.xlsx"
    with db.session() as session:
        batch = batch_by_no(session, batch_no)
        write_client_list(session, batch, paper)
        evidence = keep_paper(db.settings, paper)
        confirm_batch(session, batch, by="示例资方经办人", evidence=evidence, said_hash="", actor=ACTOR, clock=db.clock)


def _answers(db: Database, places: Places, day: date, report: Report) -> list[AnswerReport]:
    """The simulated partner answers; its files are imported."""
    from letters.post.store import import_answer

    report("模拟邮政回执与轨迹", 0, 1)
    simulated("partner").simulate(db.settings.workspace.outbox / PARTNER, places.answers, day=day, seed=SEED)
    report("模拟邮政回执与轨迹", 1, 1)
    files = sorted(path for path in places.answers.iterdir() if path.is_file() and not path.name.startswith("."))
    return [import_answer(db, PARTNER, path, actor=ACTOR, progress=report) for path in files]


def _as_json(
    places: Places,
    home: Path,
    imported: ImportReport,
    verdicts: Counter[str],
    result: DayResult,
    states: Counter[str],
    answers: list[AnswerReport],
) -> dict[str, object]:
    return {
        "home": home,
        "case_file": places.case_file,
        "import": imported.counts,
        "decisions": verdicts,
        "already": sum(plan.already for plan in result.plans),
        "batches": [{"batch_no": b.batch_no, "step": b.step, "place": b.place} for b in result.batches],
        "states": states,
        "answers": [answer.counts for answer in answers],
        "reports": places.reports,
    }


def _say(
    places: Places,
    home: Path,
    imported: ImportReport,
    verdicts: Counter[str],
    result: DayResult,
    states: Counter[str],
    answers: list[AnswerReport],
) -> None:
    from console.cases import COUNTS
    from letters.batch.state import STEP_NAMES
    from letters.batch.view import VERDICT_NAMES

    counts = imported.counts
    rows: list[tuple[str, object]] = [(f"导入：{COUNTS.get(name, name)}", value) for name, value in counts.items()]
    rows += [(f"审查：{name}", verdicts[verdict]) for verdict, name in VERDICT_NAMES.items()]
    rows += [(f"函件状态：{name}", number) for name, number in sorted(states.items())]
    table("一日汇总（合成数据）", ("项目", "数量"), rows)
    lies: list[tuple[str, object]] = [("委案表", places.case_file), ("工作区", home)]
    if imported.report_file is not None:
        lies.append(("退回的行（附原因）", imported.report_file))
    for batch in result.batches:
        work = home / "batches" / batch.batch_no
        lies.append((f"批次 {batch.batch_no}（{STEP_NAMES[batch.step]}）", batch.place))
        lies.append(("　函件（印刷分册）", work / "print"))
        lies.append(("　交寄清单", Path(batch.place) / "manifest.xlsx"))
        lies.append(("　律师抽样", work / "sample.pdf"))
    lies += [("邮政回执与轨迹", places.answers), ("日报与逐案结果", places.reports)]
    table("都在哪里", ("内容", "位置"), lies)
    if sum(answer.counts.get("quarantined", 0) for answer in answers):
        say("有轨迹行被隔离，请用 handa post gaps 查看。")
    say("提示：再次运行同一命令，不会产生任何重复函件。")
