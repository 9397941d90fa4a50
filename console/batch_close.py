"""``handa batch close``: the end of a batch, refused while anything does not add up."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from console.house import actor, locked
from console.options import BatchNo, Json
from console.post_books import say_gaps
from console.speech import document, say


def close(
    batch_no: BatchNo,
    by: Annotated[str, typer.Option("--by", metavar="姓名", help="由谁负责结清")],
    as_json: Json = False,
) -> None:
    """结清批次：每件都有结果、没有缺口才能结清；结清后又有新的回执或轨迹的，重新列为缺口。示例：handa batch close B20261121-01 --by 张三"""
    from letters.batch.closing import NotClosable, close_batch
    from letters.batch.lookup import batch_by_no

    with locked(as_json) as db:
        try:
            with db.session() as session:
                closed = close_batch(session, db.cipher, batch_by_no(session, batch_no), by=by, actor=actor(), clock=db.clock)
        except NotClosable as fault:
            if not as_json:
                say_gaps(f"批次 {batch_no} 不能结清，尚有缺口", fault.gaps, quiet=True)
                raise
            error = {"code": fault.code, "message": fault.message, "advice": fault.advice}
            document({"batch": batch_no, "error": error, "gaps": [asdict(gap) for gap in fault.gaps]})
            raise
    if as_json:
        document(asdict(closed))
        return
    say(f"批次 {closed.batch_no} {'此前已结清' if closed.already else '已结清'}。")
    if closed.counts:
        say("，".join(f"{name} {count}" for name, count in closed.counts.items()))
