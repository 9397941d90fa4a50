"""The ways composing can fail: a case's field that must not be printed, or a bundle that is not fit for use."""

from __future__ import annotations

from dataclasses import dataclass

from records.errors import WrongUsage


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Why a field can't be printed: its stable name, a code and a sentence for an operator."""

    field: str
    code: str
    message: str


class FieldRefused(ValueError):
    """A letter's fields carry what must not be printed. ``problems`` says which and why; nothing was composed."""

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__("；".join(problem.message for problem in problems))
        self.problems = problems


class TemplateFault(ValueError):
    """The template itself is wrong: unknown block, part, column or name. A fault of the bundle, never of a case."""


class BundleUnusable(WrongUsage):
    """A template bundle is missing, incomplete or contradicts itself; no letter was composed with it."""

    code = "E-BUNDLE"
