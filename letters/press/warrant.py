"""The press's side of R-LAW-06: no seal is drawn without a warrant, and only on the letters that the warrant names.

Knows no database: who issues warrants, and whether a token is genuine, is told by whoever makes one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from letters.compose.model import LetterFields, letter_sha256
from records.errors import NeedsDecision

_DIGEST = 32


class SealRefused(NeedsDecision):
    """The seal may not be used for this."""


@dataclass(frozen=True, slots=True)
class SealWarrant:
    """Right to stamp the letters of one release."""

    token: str
    letters_sha256: str
    """Of the hashes of all letters in manifest order: what the lawyer released."""
    hashes: bytes
    """Those hashes, 32 bytes each, position 1 first."""
    is_genuine: Callable[[str, str], bool]
    """Whether (letters_sha256, token) is a release's."""
    holds: bool = field(init=False)

    def __post_init__(self) -> None:
        same = hashlib.sha256(self.hashes).hexdigest() == self.letters_sha256
        object.__setattr__(self, "holds", same and self.is_genuine(self.letters_sha256, self.token))

    def demand(self) -> None:
        """Refuse unless the token is a release's and the letters are those released.

        Raises:
            SealRefused: otherwise.
        """
        if not self.holds:
            raise SealRefused("印章与签名只能凭本批函件的有效签发令牌使用（R-LAW-06）。", "请由律师签发本批函件。")

    def demand_letter(self, position: int, fields: LetterFields) -> None:
        """Refuse a letter whose content is not the one released at this position.

        Raises:
            SealRefused: it differs.
        """
        unnumbered = fields.numbered("", "", "").sha256
        wanted = self.hashes[(position - 1) * _DIGEST : position * _DIGEST]
        if bytes.fromhex(letter_sha256(unnumbered, fields.letter_no)) != wanted:
            raise SealRefused(
                f"函件 {fields.letter_no} 的内容不是律师签发的内容，不能用印（R-LAW-06）。", "请作废本批，查明原因后重新计划。"
            )
