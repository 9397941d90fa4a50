"""The day's report as a page (HTML), a workbook (XLSX) or a PDF: the same sections, the same words, no outside resources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from letters.press.reportsheet import Column, Section, write_report

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates" / "reports"
FORMS: Final = (".html", ".pdf", ".xlsx")
_BOOK_FIGURES: Final = ("生成", "印刷", "废件", "抽回", "交寄", "收寄", "拒收", "妥投", "退回", "丢失", "未结")
_SHEET_NAME: Final = 31
"""Longest name of a sheet (ECMA-376)."""


def day_notes(figures: dict[str, Any]) -> list[str]:
    """What a reader must know before the tables."""
    rate = (
        f"已有最终结果 {figures['final']} 件，其中已妥投 {figures['delivered']} 件，妥投率 {figures['rate']}"
        f"（分母 {figures['final']} 件，{figures['day']} 交寄批次）。"
        if figures["final"]
        else "尚无最终投递结果，不计算妥投率。"
    )
    return [
        "统计口径：案件按当日最后一次审查；函件状态按本报告生成时已收到的回执与轨迹计算。妥投率 = 已妥投 ÷（已妥投 + 已退回 + 丢失）。",
        rate,
        *figures["model"]["notes"],
    ]


def day_sections(figures: dict[str, Any]) -> list[Section]:
    """The report's tables."""
    return [*_judged(figures), _gaps(figures), _books(figures), _numbers(figures)]


def _judged(figures: dict[str, Any]) -> list[Section]:
    return [
        Section(
            "审查结果",
            (Column("资方", 3), Column("计划发函", 2, True), Column("暂停待人", 2, True), Column("拒绝", 2, True)),
            tuple((v["lender"], v["planned"], v["held"], v["refused"]) for v in figures["verdicts"]),
            empty="当日没有审查案件。",
        ),
        Section(
            "规则结果：拒绝、暂停与提示",
            (Column("规则", 3), Column("名称", 9), Column("处理", 2), Column("案件数", 2, True)),
            tuple((r["id"], r["title"], r["severity"], r["cases"]) for r in figures["rules"]),
        ),
        Section(
            "批次",
            (Column("批次", 4, whole=True), Column("资方", 2), Column("进度", 2), Column("函件", 2, True), Column("状态", 6), Column("封装名称", 6)),
            tuple((b["batch_no"], b["lender"], b["step"], b["letters"], b["states"], b["sealed_name"] or "—") for b in figures["batches"]),
            empty="当日没有批次。",
        ),
    ]


def _gaps(figures: dict[str, Any]) -> Section:
    rows = []
    for gap in figures["gaps"]:
        age = f"{gap['days']} 天，{gap['working_days']} 个工作日"
        rows.append((gap["who_name"], gap["title"], gap["subject"], gap["count"], age, str(gap["due_on"]), f"{gap['advice']}\n{gap['command']}"))
    return Section(
        "对不上的地方：过了多久，该谁处理",
        (
            Column("谁处理", 4, whole=True), Column("对不上什么", 6), Column("批次或文件", 6), Column("件数", 2, True), Column("已过", 4),
            Column("应处理日", 4, whole=True), Column("怎么办", 13),
        ),
        tuple(rows),
        note=f"截至 {figures['reckoned_at']}，全部未结清批次；只列已到处理日的。逐件见 handa post gaps --batch 批次号 --code 代码 --pieces。",
        empty="没有：每个批次、每件邮件、每个答复文件都有交代。",
    )  # fmt: skip


def _books(figures: dict[str, Any]) -> Section:
    quiet = f"另有 {figures['books_quiet']} 批账目相平、没有到期的缺口，未列。" if figures["books_quiet"] else ""
    rows: list[tuple[object, ...]] = [
        (one["batch_no"], one["step"], *(one["figures"][name] for name in _BOOK_FIGURES), _differences(one) or "平") for one in figures["books"]
    ]
    if len(rows) > 1:
        rows.append(("合计", "", *(sum(one["figures"][name] for one in figures["books"]) for name in _BOOK_FIGURES), ""))
    return Section(
        "账目",
        (Column("批次", 7, whole=True), Column("进度", 5, whole=True), *(Column(name, 3, True) for name in _BOOK_FIGURES), Column("平否", 12)),
        tuple(rows),
        note="生成 = 印刷 + 废件 + 抽回；印刷 = 装封 = 交寄；交寄 = 收寄 + 拒收；收寄 = 妥投 + 退回 + 丢失 + 未结。" + quiet,
        empty="没有未结清的批次。",
    )


def _numbers(figures: dict[str, Any]) -> Section:
    return Section(
        "邮件号码余量",
        (
            Column("合作方", 3), Column("产品", 2), Column("余量", 3, True), Column("日均用量", 3, True), Column("约可用天数", 3, True),
            Column("作废", 2, True), Column("提醒", 12),
        ),
        tuple(
            (s["partner"], s["product"], s["left"], f"{s['per_day']:.1f}", "—" if s["days_left"] is None else s["days_left"], s["void"], s["low"])
            for s in figures["numbers"]
        ),
        empty="还没有登记号段。",
    )  # fmt: skip


def _differences(one: dict[str, Any]) -> str:
    said = []
    for equation in one["equations"]:
        if equation["difference"]:
            shown = "、".join(equation["pieces"][:2]) + ("…" if len(equation["pieces"]) > 2 else "")
            said.append(f"{equation['title']}：差 {equation['difference']}" + (f"（{shown}）" if shown else ""))
    return "\n".join(said)


def day_page(figures: dict[str, Any]) -> str:
    """The report as one HTML page without outside resources."""
    environment = ImmutableSandboxedEnvironment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("day.html").render(day=figures["day"], notes=day_notes(figures), sections=day_sections(figures))


def write_day(figures: dict[str, Any], target: Path) -> None:
    """The report in the form that the file's name asks for (``FORMS``)."""
    title = f"{figures['day']} 发函日报"
    if target.suffix.lower() == ".pdf":
        with target.open("wb") as sink:
            write_report(sink, title, day_notes(figures), day_sections(figures), date.fromisoformat(figures["day"]))
    elif target.suffix.lower() == ".xlsx":
        _write_xlsx(title, day_notes(figures), day_sections(figures), target)
    else:
        target.write_text(day_page(figures), encoding="utf-8")


def _write_xlsx(title: str, notes: Sequence[str], sections: Sequence[Section], target: Path) -> None:
    import xlsxwriter  # noqa: PLC0415  only a command that writes a workbook pays for it

    book = xlsxwriter.Workbook(str(target), {"in_memory": True})
    try:
        bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        for section in sections:
            name = section.title.split("：")[0][:_SHEET_NAME]
            sheet = book.add_worksheet(name)
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.write_string(0, 0, f"{title}　{section.title}", bold)
            for row, note in enumerate([*(notes if section is sections[0] else ()), *([section.note] if section.note else [])], start=1):
                sheet.write_string(row, 0, note)
            head = 4
            sheet.freeze_panes(head + 1, 0)
            for column, one in enumerate(section.columns):
                sheet.set_column(column, column, 5 * min(one.share, 9) if not one.figure else 9)
                sheet.write_string(head, column, one.name, bold)
            for row, cells in enumerate(section.rows, start=head + 1):
                for column, cell in enumerate(cells):
                    if isinstance(cell, int):
                        sheet.write_number(row, column, cell)
                    else:
                        sheet.write_string(row, column, str(cell), wrap)
            if not section.rows:
                sheet.write_string(head + 1, 0, section.empty)
    finally:
        book.close()
