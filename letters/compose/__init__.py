"""Template bundle + case → the letter's content (jinja2, sandboxed, strict). No pages, no database."""

from letters.compose.bundle import Bundle, load_bundle
from letters.compose.errors import BundleUnusable, FieldProblem, FieldRefused, TemplateFault
from letters.compose.fieldcheck import field_problems
from letters.compose.form import ComposedLetter
from letters.compose.render import compose

__all__ = [
    "Bundle", "BundleUnusable", "ComposedLetter", "FieldProblem", "FieldRefused", "TemplateFault", "compose",
    "field_problems", "load_bundle",
]
