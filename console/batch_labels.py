"""``handa batch labels``: labels for bags, trays, bundles and envelopes, and the bag list."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from console.files import demand_writable
from console.house import locked
from console.options import BatchNo, Json
from console.speech import bars, document, say, table


def labels(
    batch_no: BatchNo,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="文件夹", help="写入的文件夹；不写则为批次目录下的 labels")] = None,
    address: Annotated[bool, typer.Option("--address", help="另出收件人标签")] = False,
    sheet: Annotated[
        str, typer.Option("--sheet", metavar="标签纸", help="收件人标签纸：8、10、14、21、24、40（每张 A4 的格数）")
    ] = "24",
    as_json: Json = False,
) -> None:
    """生成袋牌、格签、把签（PDF，带条码）与邮袋清单（CSV、PDF）；--address 另出收件人标签。须已印刷，最好已封装。示例：handa batch labels B20261121-01 -o ./labels --address --sheet 24"""
    from letters.batch.labels import UNSEALED, write_labels
    from letters.press.labels import sheet_of

    stock = sheet_of(sheet)
    if output is not None:
        output = output.expanduser().absolute()
        demand_writable(output / "bag-list.csv" if output.is_dir() else output)
    with locked(as_json) as db, bars() as report:
        papers = write_labels(db, batch_no, output, address_sheet=stock if address else None, progress=report)
    if as_json:
        document(asdict(papers))
        return
    figures = (papers.bags, papers.trays or "—", papers.bundles, papers.pieces, papers.weight_g)
    table(f"批次 {papers.batch_no} 分拣", ("袋", "格", "把", "件数", "重量(g)"), [figures])
    say(f"已写入 {papers.folder}：{'、'.join(papers.files)}")
    if not papers.sealed:
        say(f"{UNSEALED}。")
