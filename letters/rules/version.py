"""The version of the rules: a hash of their code and data, so that no change can forget to be one."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Final


def _content_version() -> str:
    digest = hashlib.sha256()
    folder = files("letters.rules")
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.name.endswith((".py", ".toml", ".csv")):
            digest.update(entry.name.encode() + b"\0" + entry.read_bytes() + b"\0")
    return f"2026-11.{digest.hexdigest()[:12]}"


RULES_VERSION: Final = _content_version()
"""Stands on every planning; decisions made under another version are made anew."""
