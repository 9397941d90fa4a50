"""Which characters can't be printed. Asked for a whole import before anything is planned; 10 µs a letter or less."""

from __future__ import annotations

from letters.press.faces import FaceSet, MissingGlyph, house_faces

__all__ = ["MissingGlyph", "unprintable"]

_SEPARATORS = frozenset("\n\t")
"""``ComposedLetter.text`` parts lines and cells with these; fields may not hold them."""

def unprintable(text: str, faces: FaceSet | None = None) -> list[str]:
    """The characters of ``text`` that no installed font can show, each once, in order of code point."""
    faces = faces or house_faces()
    new = set(text) - faces.met
    if not new:
        return []
    missing = new - faces.covered - _SEPARATORS
    faces.met.update(new - missing)
    return sorted(missing)
