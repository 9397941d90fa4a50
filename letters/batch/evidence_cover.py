"""The words of an evidence package's cover sheet (证据目录): the letter, what each file proves, how to check it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from letters.batch.state import STATE_NAMES
from letters.post.evidence_zip import fingerprint
from letters.post.model import LetterState
from letters.press.coversheet import Line, cover_sheet
from letters.rules.grading import GRADE_NAMES, Grade

_PROVES: Final = {
    "letter/pages.pdf": "函件原页面，逐字节取自封装的印刷分册",
    "letter/fields.json": "函件所载全部内容，其哈希即律师签发的内容",
    "letter/letter.json": "函号、邮件号码、页码、状态与证据等级",
    "batch/batch.json": "封装批次的作业单",
    "batch/manifest-row.csv": "交寄清单中本函一行（原字节）",
    "batch/manifest-path.json": "该行属于封装批次的哈希路径，不涉他人资料",
    "batch/SHA256SUMS": "封装批次各文件的哈希",
    "batch/SEALED": "封装批次的签名",
    "release/release.json": "签发记录：律师、时间、抽样、哈希、令牌哈希",
    "release/letters.sha256": "本次签发的全部函件哈希，依清单顺序",
    "post/acknowledgement.json": "邮政收寄回执",
    "post/track.json": "邮政全部轨迹：原始代码、含义、来源文件哈希",
    "post/confirmations.json": "律师对送达证据等级的确认",
    "post/decisions.json": "轨迹互相矛盾时由人作出的认定及其依据",
    "case/snapshot.json": "案件与债权金额快照、地址及其来源",
    "case/decision.json": "规则结论与策略哈希",
    "audit/extract.json": "审计链摘录与签名",
}


def cover(view: Mapping[str, Any], names: Sequence[str], public_key_hex: str, dated: date) -> bytes:
    """The cover sheet as a PDF."""
    mark = fingerprint(public_key_hex)
    grade = view["grade"]
    lines = [
        Line("一、函件"),
        Line("函号", view["letter_no"]),
        Line("邮件号码", view["item_no"]),
        Line("发函律所", view["firm"]),
        Line("收件人", view["addressee"]),
        Line("收件地址", view["address"]),
        Line("函件日期", view["day"]),
        Line("批次", str(view["sealed_name"])),
        Line("状态", STATE_NAMES[LetterState(view["state"])] + (f"（{view['outcome']}）" if view["outcome"] else "")),
        Line("证据等级", f"{grade} {GRADE_NAMES[Grade(grade)]}" if grade else "尚无"),
        Line("送达或退回日", view["arrived_on"] or "尚无"),
        Line("页面哈希", str(view["content_sha256"])),
        Line("二、文件目录"),
    ]
    for number, name in enumerate(names, start=1):
        proves = _PROVES.get(name, "回执或退件影像" if name.startswith("post/papers/") else "")
        lines.append(Line(f"文件 {number}", f"{name}：{proves}"))
    lines += [
        Line("三、核验方法"),
        Line("步骤", "将本压缩包解压到一个空文件夹，在其中运行 python3 -I verify.py。只需 Python 3.9 以上，无需联网。"),
        Line("签名公钥指纹", " ".join(mark[i : i + 8] for i in range(0, len(mark), 8))),
        Line("请核对", "上述指纹应与发函律所公布的一致；程序同时显示该指纹。"),
        Line("说明", "审计链摘录中与本函无关的条目只列哈希，不列内容；邮政文件的真实性以邮政查询结果为准。"),
    ]
    return cover_sheet("证据目录", lines, dated)
