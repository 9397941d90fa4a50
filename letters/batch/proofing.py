"""校样: a sample of every part is looked at by an independent reader before the part is kept; what it finds stops the part.

How many: a batch of up to ``ALL_UP_TO`` pieces is looked at whole. Of a greater one so many that a share of ``LIMITING_SHARE``
faulty pieces would slip through unseen with at most ``RISK`` probability, none faulty being allowed: the zero-acceptance plan
for an isolated lot (hypergeometric; limiting quality 3.15 % of ISO 2859-2), spread over the parts, at least ``EACH_PART`` of
each. Which: the first and the last piece of the part, the one with the longest window text, and pieces drawn by a hash of
batch and piece, so that the same part always shows the same sample. All pieces' text has been read before (``lastlook``); this
is for what only a picture shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.batch.frame import DUPLEX
from letters.batch.lookup import LivePiece
from letters.compose.bundle import Bundle
from letters.press.proof import ProofFinding, ProofPiece, check_pages
from letters.tables import Batch
from letters.tables_print import PartProof
from records.clock import Clock
from records.errors import Broken
from records.identity import uuid7

LIMITING_SHARE: Final = 0.0315
RISK: Final = 0.10
ALL_UP_TO: Final = 20
EACH_PART: Final = 1
_BY_CHANCE: Final = 3
"""Of so few pieces of a part all are drawn by hash: else the same places would be looked at in every part."""
PRESS: Final = "press"
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class ProofResult:
    """What looking at one part gave."""

    part: int
    pieces: int
    looked: int
    findings: tuple[ProofFinding, ...]


def sample_size(pieces: int) -> int:
    """How many of a batch's pieces must be looked at.

    >>> [sample_size(pieces) for pieces in (1, 20, 60, 500, 5_000, 50_000)]
    [1, 20, 54, 71, 72, 72]
    """
    if pieces <= ALL_UP_TO:
        return pieces
    faulty = max(1, int(LIMITING_SHARE * pieces))
    unseen, looked = 1.0, 0
    while unseen > RISK:
        unseen *= (pieces - faulty - looked) / (pieces - looked)
        looked += 1
    return max(ALL_UP_TO, looked)


def share_of(part_pieces: int, batch_pieces: int) -> int:
    """A part's share of its batch's sample."""
    wanted = -(-sample_size(batch_pieces) * part_pieces // batch_pieces)
    return min(part_pieces, max(EACH_PART, wanted))


def choose(batch: Batch, pieces: Sequence[ProofPiece], number: int) -> list[ProofPiece]:
    """``number`` of a part's pieces in their order: always the same ones."""
    if number >= len(pieces):
        return list(pieces)

    def drawn(piece: ProofPiece) -> bytes:
        return hashlib.sha256(f"{batch.batch_no}|{batch.letters_sha256}|{piece.position}|{piece.copy_no}".encode()).digest()

    longest = max(pieces, key=lambda piece: len("".join(piece.fields.addressee_address)) + len(piece.fields.addressee_name))
    first = {piece.position for piece in (pieces[0], pieces[-1], longest)} if number > _BY_CHANCE else set()
    rest = sorted((piece for piece in pieces if piece.position not in first), key=drawn)
    positions = {*first, *(piece.position for piece in rest[: number - len(first)])}
    return [piece for piece in pieces if piece.position in positions]


def proof_piece(piece: LivePiece, first_page: int, printed_pages: int) -> ProofPiece:
    """A live copy as it is looked for in its part."""
    sheets = -(-printed_pages // 2) if DUPLEX else printed_pages
    return ProofPiece(piece.fields, first_page, printed_pages, piece.position, sheets, DUPLEX, piece.copy_no)


def demand_proof(
    session: Session, path: Path, bundle: Bundle, batch: Batch, part: int, sha256: str, pieces: Sequence[ProofPiece], total: int,
    clock: Clock,
) -> None:
    """Look at a part's share of the sample and record that it was; unless the same bytes were looked at before.

    Raises:
        Broken: something is not as the manifest will say (E-PROOF); the part must not be kept.
    """
    if not pieces or clean_proof(session, batch, part, sha256, share_of(len(pieces), total)):
        return
    result = look(session, path, bundle, batch, part, sha256, pieces, share_of(len(pieces), total), actor=PRESS, clock=clock)
    if result.findings:
        raise failed(batch, result)


def look(
    session: Session, path: Path, bundle: Bundle, batch: Batch, part: int, sha256: str, pieces: Sequence[ProofPiece], number: int,
    *, actor: str, clock: Clock,
) -> ProofResult:
    """Look at ``number`` pieces of a finished part file and record it."""
    sample = choose(batch, pieces, number)
    found = check_pages(path, bundle, batch.batch_no, sample)
    detail = {"findings": [[one.code, one.position, one.page, said(one)] for one in found]}
    session.add(
        PartProof(
            id=uuid7(), batch_id=batch.id, part=part, part_sha256=sha256, pieces=len(pieces), looked=len(sample),
            findings=detail, at=clock(), actor=actor,
        )
    )  # fmt: skip
    return ProofResult(part, len(pieces), len(sample), tuple(found))


_SAID: Final = {
    "WINDOW_LEAK": "信封窗口可能露出地址以外的文字", "BLANK_GLYPH": "有字符没有印出来", "OVERFLOW": "文字超出版心",
    "MARK_ZONE": "装封标记的区域里有文字",
}  # fmt: skip
"""Instead of sentences that quote the page: nothing personal may stand on a screen or in the records in clear."""


def said(finding: ProofFinding) -> str:
    """What was found, without the page's own words and without a verification code."""
    if finding.code in _SAID:
        return _SAID[finding.code]
    kind, colon, text = finding.message.partition("：")
    return f"{kind}：核验二维码" if colon and "://" in text else finding.message


def failed(batch: Batch, result: ProofResult) -> Broken:
    """The fault that stops a part, with piece, page and what."""
    shown = "；".join(f"第 {one.position} 件（分册第 {one.page} 页）{said(one)}" for one in result.findings[:_SHOWN])
    return Broken(
        f"批次 {batch.batch_no} 印刷分册 {result.part} 校样发现 {len(result.findings)} 处不符：{shown}",
        "该分册不得付印或封装；检查模板、字体与字段后作废本批，重新计划。",
        code="E-PROOF",
    )


def clean_proof(session: Session, batch: Batch, part: int, sha256: str, needed: int) -> bool:
    """Whether enough of exactly this part file was looked at and nothing was ever found.

    Raises:
        Broken: something was found in exactly this file (E-PROOF).
    """
    rows = session.scalars(
        select(PartProof).where(PartProof.batch_id == batch.id, PartProof.part == part, PartProof.part_sha256 == sha256)
    ).all()
    for row in rows:
        if row.findings["findings"]:
            found = tuple(ProofFinding(code, page, message, position) for code, position, page, message in row.findings["findings"])
            raise failed(batch, ProofResult(part, row.pieces, row.looked, found))
    return any(row.looked >= min(needed, row.pieces) for row in rows)
