"""The form that all model files have: canonical JSON of numbers, named by kind and content. Nothing in them is executed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical(data: Mapping[str, object]) -> bytes:
    """The file of a model: the same bytes for the same numbers.

    Raises:
        ValueError: a number is not finite.
    """
    return json.dumps(data, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def opened(content: bytes, *, task: str, form: int) -> dict[str, Any]:
    """What a file of this task and form holds.

    Raises:
        ValueError: it is no JSON, or a file of another task or form.
    """
    try:
        data = json.loads(content)
    except ValueError as fault:
        raise ValueError("not a model file") from fault
    if not isinstance(data, dict) or data.get("form") != form or data.get("task") != task:
        raise ValueError(f"not a {task} model of this form")
    return data


def version_of(task: str, kind: str, content: bytes) -> str:
    """``TASK-KIND-`` and the first 12 digits of the file's SHA-256."""
    return f"{task}-{kind}-{hashlib.sha256(content).hexdigest()[:12]}"
