"""``handa address parse --maps``: the map services' second opinion at the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from console.address_input import Input
from console.address_output import Layout, rendered
from console.address_run import Progress, chunked
from console.house import actor, house, settings
from console.speech import say
from records.errors import WrongUsage
from records.map_settings import SERVICES, variable

if TYPE_CHECKING:
    from console.address_output import Rendered
    from locate.maps import Review
    from records.database import Database

_LEAST: Final = 2
"""Services of one mind before anything is concluded."""
_WORDS: Final = {
    "place": "有结果", "nothing": "没有结果", "busy": "暂时不可用", "quota": "额度用完", "key": "密钥不可用", "refused": "不受理",
}  # fmt: skip


def demand_keys() -> None:
    """Refuse before any work when no service has a key; say so when too few have.

    Raises:
        WrongUsage: none has.
    """
    found = settings().maps.services
    names = "、".join(f"{variable(service, 'KEY')}（{called}）" for service, (called, _) in SERVICES.items())
    if not found:
        raise WrongUsage("没有设任何地图服务的密钥，--maps 不能用。", f"请设环境变量 {names}，至少两家；不加 --maps 则不联网。")
    if len(found) < _LEAST:
        say(f"只设了一家地图服务：至少两家一致才会影响置信度，现在只作记录。其余可设：{names}", quiet=True)


@contextmanager
def reviewing() -> Iterator[Review]:
    """A review on the workspace's records; tells at the end how the services did.

    What was given to outside parties is on the audit chain, also when the run was cut off.
    """
    from locate.maps import open_review

    with house(quiet=True) as db, open_review(db) as review:
        try:
            yield review
        finally:
            _record(db, review)
        _tell(review)


def reviewed(source: Input, layout: Layout, progress: Progress) -> Iterator[Rendered]:
    """The input's rows parsed, reviewed and made ready, in their order."""
    from locate.address import parse_many

    with reviewing() as review:
        for rows in chunked(source.rows):
            pairs = []
            for address in parse_many([text for text, _ in rows]):
                pairs.append(review(address))
                progress.add(1)
            yield rendered(layout, rows, [address for address, _ in pairs], [opinion for _, opinion in pairs])


def _record(db: Database, review: Review) -> None:
    from records.audit import append_audit

    asked = {service.value: sum(tally.counts.values()) for service, tally in review.tallies().items() if tally.counts}
    if asked:
        with db.session() as session:
            append_audit(session, actor=actor(), action="address.maps", subject="maps", detail=asked)


def _tell(review: Review) -> None:
    from locate.maps import SERVICE_NAMES, Said

    for service, tally in review.tallies().items():
        told = [f"{_WORDS[said.value]} {count}" for said, count in sorted(tally.counts.items())]
        told += [f"此前已问过 {tally.kept}"] if tally.kept else []
        say(f"{SERVICE_NAMES[service]}：{'，'.join(told) or '没有可问的'}", quiet=True)
        if tally.stopped is not None:
            why = {Said.KEY: "请核对密钥、签名私钥与白名单", Said.QUOTA: "请等明天，或提高额度（HANDA_MAPS_PER_DAY 与服务方的配额）"}
            say(f"{SERVICE_NAMES[service]}：代码 {tally.stopped.code}，其余没有再问。{why[tally.stopped.said]}。", quiet=True)
