"""The folders of a workspace (``HANDA_HOME``): who puts what where. Private to the user that made it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from records.files import disk_faults

PRIVATE = 0o700
TRAVERSABLE = 0o711


def runs_as_root() -> bool:
    """Whether this process is root, as in most containers."""
    return os.geteuid() == 0


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paths below the workspace's root. Nothing is made by asking for a path; ``create`` makes them."""

    root: Path

    @property
    def keys_file(self) -> Path:
        """The default key ring (mode 0600)."""
        return self.root / "keys.json"

    @property
    def audit_head_file(self) -> Path:
        """The signed head of the audit chain as last seen from here."""
        return self.root / "audit-head.json"

    @property
    def batches(self) -> Path:
        """Sealed and half-made batches."""
        return self.root / "batches"

    @property
    def outbox(self) -> Path:
        """What waits for, or went to, a partner's place."""
        return self.root / "outbox"

    @property
    def incoming(self) -> Path:
        """Answers from the post before they are read."""
        return self.root / "incoming"

    @property
    def evidence(self) -> Path:
        """Sealed papers behind the confirmations of organisational rules."""
        return self.root / "evidence"

    @property
    def reports(self) -> Path:
        """Reports for people."""
        return self.root / "reports"

    @property
    def logs(self) -> Path:
        """Log files, without personal data."""
        return self.root / "logs"

    @property
    def templates(self) -> Path:
        """A firm's own letter templates, ``name/version`` each; only there when somebody made one."""
        return self.root / "templates"

    @property
    def address_model_file(self) -> Path:
        """The address tagger that was trained here on own labels, where there is one."""
        return self.root / "models" / "address-tagger.bin"

    @property
    def server(self) -> Path:
        """The embedded database server: locks, users, and (where it can be) its data."""
        return self.root / "pg"

    def create(self) -> bool:
        """Make what is absent.

        Returns:
            True when the workspace itself was not there before.
        """
        # As root the database server runs as another user, which must pass through (not list) these two folders;
        # everything else below is closed to it.
        passage = TRAVERSABLE if runs_as_root() else PRIVATE
        with disk_faults(self.root):
            fresh = not self.root.exists()
            self.root.mkdir(parents=True, exist_ok=True)
            if fresh:
                self.root.chmod(passage)
            for folder in (self.batches, self.outbox, self.incoming, self.evidence, self.reports, self.logs):
                folder.mkdir(mode=PRIVATE, exist_ok=True)
            if not self.server.exists():
                self.server.mkdir(mode=PRIVATE, exist_ok=True)
                self.server.chmod(passage)
        return fresh
