"""``handa report``. Here ``day``: the day on one page, in a workbook or as a PDF."""

from __future__ import annotations

from console.commandline import SpokenCommand, section
from console.files import demand_suffix, demand_writable, whole_file
from console.house import day_of, house
from console.options import Day, Json, Output
from console.report_feedback import feedback
from console.speech import document, say, table

app = section("report")
app.command("feedback", cls=SpokenCommand)(feedback)


@app.command("day", cls=SpokenCommand)
def day_(
    date_text: Day = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """当日审查与批次，全部未结清批次的账目，以及哪里对不上、过了多久、该谁处理；-o 写成 HTML、PDF 或 XLSX。示例：handa report day --date 2026-11-21 -o 日报.html"""
    from letters.batch.report import day_figures
    from letters.batch.report_files import FORMS, day_notes, day_sections, write_day

    day = day_of(date_text)
    if output is not None:
        demand_suffix(output, FORMS)
        demand_writable(output)
    with house(quiet=as_json) as db, db.session() as session:
        figures = day_figures(session, day, db.cipher, db.clock)
    if output is not None:
        with whole_file(output) as target:
            write_day(figures, target)
        say(f"报告已写入：{output}", quiet=as_json)
    if as_json:
        document(figures)
    elif output is None:
        for note in day_notes(figures):
            say(note)
        for one in day_sections(figures):
            if one.rows:
                table(one.title, [column.name for column in one.columns], one.rows)
            else:
                say(f"{one.title}：{one.empty}")
