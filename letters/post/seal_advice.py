"""What to do about each problem of a sealed batch: for a partner's clerk who has the folder and nothing else of ours."""

from __future__ import annotations

from typing import Final

_SEND_AGAIN: Final = "不要使用这一份；请交件方按同一名称重新传送，再核对"
_ASK: Final = "不要印刷、不要交寄；请交件方说明后重新封装"
_ALTERED: Final = "内容在封装之后被改动，或传送中损坏：不要使用；请交件方按同一名称重新传送"

ADVICE: Final = {
    "ENCRYPTED": "用合作方自己的私钥解密后，再核对得到的 ZIP",
    "NOT_SEALED": "还没有封装完，或只传来一部分：不要处理，等文件齐全后再核对",
    "UNREADABLE": _SEND_AGAIN,
    "SEAL_UNREADABLE": _SEND_AGAIN,
    "SEAL_FORM": _ALTERED,
    "FORMAT_VERSION": "封装所用的程序版本较新或较旧：请用同一版本的程序核对",
    "SUMS_CHANGED": _ALTERED,
    "NAME": "文件夹（或 ZIP 内的文件夹）被改名，或内容被换过：改回原名再核对，仍不符则不要使用",
    "BAGS": _ALTERED,
    "OTHER_KEY": "不是约定的交件方封装的：不要使用，请用电话等其他途径核对公钥",
    "SIGNATURE": "签名与内容不符：不要使用，请交件方重新传送并核对公钥",
    "SUMS_LINE": _ALTERED,
    "DOUBLED_FILE": _SEND_AGAIN,
    "EXTRA_FILE": "封装时没有这个文件：移出文件夹后再核对，并查明是谁放入的",
    "NOT_LISTED": _ASK,
    "MISSING_FILE": "没有传完或被移走：请交件方按同一名称补传，不要用别处的文件顶替",
    "UNREADABLE_FILE": _SEND_AGAIN,
    "HASH": _ALTERED,
    "RECORD_NO": _ASK,
    "DOUBLED_ITEM": _ASK,
    "OTHER_BATCH": _ASK,
    "PIECE": _ASK,
    "TOTAL": _ASK,
    "CONTROL_TOTAL": "清单中有行缺失、改动或互换：不要交寄，请交件方说明",
    "ITEM_ENDS": _ASK,
    "PART_TOTAL": _ASK,
    "NO_PART": _ASK,
    "MANIFEST_UNREADABLE": _SEND_AGAIN,
    "TICKET_UNREADABLE": _SEND_AGAIN,
    "PART_UNREADABLE": _SEND_AGAIN,
    "PAGE_COUNT": "印刷分册与清单对不上，印出来会错件：不要印刷，请交件方说明",
}
"""By the code of a ``letters.post.verify.SealProblem``."""
