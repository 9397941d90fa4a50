"""The audit chain: who did what to what, each entry holding the hash of the one before (R-CMP-04).

Only ever appended to (a trigger refuses anything else). Holds no personal data: ids, codes, counts, hashes and reasons;
what looks like an ID or mobile number in free text is masked before it is hashed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from records.anchor import HEAD_KEY, Head, read_anchor
from records.clock import Clock, system_clock
from records.settings import Settings
from records.tables import AuditEntry

Plain = str | int | bool | None | Sequence["Plain"] | Mapping[str, "Plain"]
"""What a detail may hold: JSON without floats, whose text form is not the same everywhere."""

GENESIS = bytes(32)
"""The hash "before" the first entry."""
_LOCK = 0x48414E44_41554454
"""Advisory lock "HANDAUDT": appenders queue here until the one before has committed."""
_BLOCK = 5000
_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0\d|1[0-2])[0-3]\d{4}[0-9Xx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _mask_id(match: re.Match[str]) -> str:
    """An ID number's mask; another number of the same length, whose check digit (GB 11643) fails, stays."""
    number = match[0].upper()
    check = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False)) % 11
    return "[证件号]" if number[17] == "10X98765432"[check] else match[0]


def _masked(text: str) -> str:
    return _MOBILE.sub("[手机号]", _ID_NUMBER.sub(_mask_id, text))


def _plain(value: object) -> Plain:
    """The value as the chain keeps it: checked, text masked."""
    if isinstance(value, str):
        return _masked(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise TypeError("names in an audit detail are text")
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [_plain(inner) for inner in value]
    raise TypeError(f"an audit detail can't hold {type(value).__name__}")


def entry_hash(
    seq: int, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, object], previous: bytes
) -> bytes:
    """SHA-256 over the canonical form of an entry: every column, and the hash before it."""
    canonical = json.dumps(
        {
            "seq": seq,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": actor,
            "action": action,
            "subject": subject,
            "detail": detail,
            "previous": previous.hex(),
        },
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )
    return hashlib.sha256(canonical.encode()).digest()


def append_audit(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
    clock: Clock = system_clock,
) -> int:
    """Append an entry in the session's transaction: it is there if and only if the act is.

    Appenders wait for one another until commit, so append last, not at the start of long work.

    Args:
        actor: who: a lawyer's code, ``operator:name``, ``system``.
        action: stable dotted ASCII code: ``batch.release``.
        subject: what it was done to: an id or number, never a person's name.
        detail: what else counts; no floats, no personal data.
        clock: the present.

    Returns:
        The entry's number in the chain.
    """
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    last = session.execute(
        select(AuditEntry.seq, AuditEntry.sha256).order_by(AuditEntry.seq.desc()).limit(1)
    ).one_or_none()
    seq, previous = (last.seq + 1, last.sha256) if last else (1, GENESIS)
    at = clock().astimezone(UTC)
    plain = {name: _plain(value) for name, value in (detail or {}).items()}
    # A subject is a number of ours or the lender's, which may have a mobile number's form: only IDs are masked there.
    actor, subject = _masked(actor), _ID_NUMBER.sub(_mask_id, subject)
    digest = entry_hash(seq, at, actor, action, subject, plain, previous)
    session.execute(
        insert(AuditEntry).values(
            seq=seq, at=at, actor=actor, action=action, subject=subject, detail=plain, previous_sha256=previous, sha256=digest
        )
    )
    session.info[HEAD_KEY] = Head(seq, digest.hex())
    return seq


class Breach(StrEnum):
    """How a chain is broken."""

    CHANGED = "changed"
    """An entry's content does not give its hash."""
    MISSING = "missing"
    """A number is left out."""
    REORDERED = "reordered"
    """An entry does not follow the one before it."""
    TRUNCATED = "truncated"
    """Entries that this workspace has seen at the end are gone."""
    REWRITTEN = "rewritten"
    """The chain agrees with itself, not with the head that this workspace has signed."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What ``handa audit verify`` found. ``broken_at`` is the first number that is wrong."""

    entries: int
    anchored: int | None
    """The number up to which the workspace's signed head vouches; None when there is no such file."""
    breach: Breach | None = None
    broken_at: int | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return self.breach is None


def verify_audit(session: Session, settings: Settings | None = None) -> AuditReport:
    """Read the whole chain, in flat memory, and report the first thing that is wrong.

    Args:
        session: any session; sees one moment of the chain.
        settings: whose signed head to compare with; the session's own when left out.

    Raises:
        Broken: the signed head itself was tampered with.
    """
    settings = settings or session.info.get("settings")
    anchor = read_anchor(settings) if settings is not None else None
    entry = AuditEntry.__table__.c
    rows = session.execute(
        select(entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.detail, entry.previous_sha256, entry.sha256)
        .order_by(entry.seq)
        .execution_options(yield_per=_BLOCK)
    )
    count, previous = 0, GENESIS
    anchored = anchor.seq if anchor else None
    with rows:
        for seq, at, actor, action, subject, detail, before, digest in rows:
            breach = None
            if seq != count + 1:
                return AuditReport(count, anchored, Breach.MISSING, count + 1)
            if digest != entry_hash(seq, at, actor, action, subject, detail, before):
                breach = Breach.CHANGED
            elif before != previous:
                breach = Breach.REORDERED
            elif anchor is not None and seq == anchor.seq and digest.hex() != anchor.sha256:
                breach = Breach.REWRITTEN
            if breach is not None:
                return AuditReport(count, anchored, breach, seq)
            count, previous = seq, digest
    if anchor is not None and count < anchor.seq:
        return AuditReport(count, anchored, Breach.TRUNCATED, count + 1)
    return AuditReport(count, anchored)
