"""The one tree of faults that are ours or the environment's, and the exit codes they end a command with.

Faults in a user's data are values (``Problem`` in ``locate.intake``, ``Finding`` in ``letters.rules``), never
exceptions. Each leaf here carries a stable ASCII code, the sentence a user reads (Chinese) and what to do next.

    HandaError
    ├── WrongUsage          2  wrong words or unreadable input; nothing changed
    │   └── UnreadableInput 2
    ├── NeedsDecision       3  a rule or a person must first decide
    ├── OutsideRetryable    4  an outside party or resource failed; run again
    │   ├── DatabaseUnreachable
    │   ├── PartnerUnreachable
    │   ├── DiskFull
    │   └── AlreadyRunning
    └── Broken              1  our own promise was broken (hash mismatch, tampered chain): stop and look
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every ``handa`` command (contract.md, "Workspace and settings")."""

    DONE = 0
    DONE_WITH_REFUSALS = 1
    WRONG_USAGE = 2
    NEEDS_DECISION = 3
    OUTSIDE_PARTY = 4


class HandaError(Exception):
    """A fault with a stable ``code``, a Chinese ``message`` and a Chinese ``advice`` (what to do next)."""

    exit_code: ExitCode = ExitCode.DONE_WITH_REFUSALS
    code: str = "E-BROKEN"

    def __init__(self, message: str, advice: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        if code is not None:
            self.code = code


class WrongUsage(HandaError):
    """The command's words or its input can't be used; nothing was changed."""

    exit_code = ExitCode.WRONG_USAGE
    code = "E-USAGE"


class UnreadableInput(WrongUsage):
    """A file can't be opened, decoded, or has nothing in it that can be read."""

    code = "E-UNREADABLE"


class NeedsDecision(HandaError):
    """A lawyer, operator or rule must decide before this goes on."""

    exit_code = ExitCode.NEEDS_DECISION
    code = "E-HOLD"


class OutsideRetryable(HandaError):
    """Something outside failed; what was done is kept and the command may be run again."""

    exit_code = ExitCode.OUTSIDE_PARTY
    code = "E-OUTSIDE"


class DatabaseUnreachable(OutsideRetryable):
    """The database can't be reached or went away."""

    code = "E-DATABASE"


class PartnerUnreachable(OutsideRetryable):
    """The postal partner's place can't be reached, or its answer is unclear."""

    code = "E-PARTNER"


class DiskFull(OutsideRetryable):
    """No room left on the disk of the workspace or the database."""

    code = "E-DISK"


class AlreadyRunning(OutsideRetryable):
    """The same step is being done by another process."""

    code = "E-RUNNING"


class Broken(HandaError):
    """A promise of ours does not hold (changed bytes, broken chain): nothing goes on until a person has looked."""

    code = "E-BROKEN"
