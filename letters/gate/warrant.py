"""The right to use the seal: made from a release only, and good for exactly the letters that were released (R-LAW-06).

The token is keyed: a release row that somebody wrote into the database without the house's keys gives no warrant.
"""

from __future__ import annotations

import hmac

from sqlalchemy import select
from sqlalchemy.orm import Session

from letters.press.warrant import SealWarrant
from letters.tables import Batch, Firm, Lawyer, Letter, Release
from records.cipher import Cipher
from records.errors import Broken, NeedsDecision

TOKEN_LENGTH = 20


def release_token(cipher: Cipher, batch_no: str, letters_sha256: str, firm_code: str, lawyer_code: str) -> str:
    """The token of a release: of this batch, these letters, this lawyer."""
    return cipher.token("release", f"{batch_no}|{letters_sha256}|{firm_code}/{lawyer_code}", TOKEN_LENGTH)


def warrant_of(session: Session, cipher: Cipher, batch: Batch) -> SealWarrant:
    """The warrant that the batch's release gives.

    Raises:
        NeedsDecision: the batch is not released.
        Broken: the letters are no longer those that were released, or the release's token is not ours.
    """
    release = session.scalar(select(Release).where(Release.batch_id == batch.id))
    if release is None:
        raise NeedsDecision(
            f"批次 {batch.batch_no} 没有签发令牌，不能用印（R-LAW-06）。",
            f"请律师先签发：handa batch release {batch.batch_no} --lawyer 律师代码",
        )
    rows = session.execute(
        select(Letter.fields_sha256).where(Letter.batch_id == batch.id).order_by(Letter.position).execution_options(yield_per=5000)
    )
    hashes = b"".join(bytes.fromhex(value) for (value,) in rows)
    lawyer = session.get_one(Lawyer, release.lawyer_id)
    firm = session.get_one(Firm, lawyer.firm_id)

    def is_ours(letters_sha256: str, token: str) -> bool:
        expected = release_token(cipher, batch.batch_no, letters_sha256, firm.code, lawyer.code)
        return letters_sha256 == release.letters_sha256 and hmac.compare_digest(expected, token)

    warrant = SealWarrant(release.token, release.letters_sha256, hashes, is_ours)
    if not warrant.holds:
        raise Broken(
            f"批次 {batch.batch_no} 的函件或签发令牌与签发时不一致，原签发已失效，不能用印（R-LAW-06）。",
            f"请勿印刷；查明原因后作废本批并重新计划：handa batch void {batch.batch_no} --reason 内容变动",
        )
    return warrant
