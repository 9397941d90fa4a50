"""What goes wrong or is left out when people type: separators, brackets, recipients and phones, lost or doubled signs."""

from __future__ import annotations

import random

from scripts.address_tagger import words as w

Part = tuple[str, str]


def separated(rng: random.Random, parts: list[Part]) -> list[Part]:
    """A comma, dash or underscore between parts."""
    sign = rng.choice(["，", ",", "-", "_", "、", "/"])
    out: list[Part] = []
    for i, part in enumerate(parts):
        if i and rng.random() < 0.3 and part[1] != "redundant" and out[-1][1] != "redundant":
            out.append((sign, "redundant"))
        out.append(part)
    return out


def bracketed(rng: random.Random, parts: list[Part]) -> list[Part]:
    """The last named part in brackets."""
    at = next((i for i in range(len(parts) - 1, 0, -1) if parts[i][1] in ("poi", "subpoi", "person", "assist")), None)
    if at is None:
        return parts
    left, right = rng.choice(["（）", "()"])
    return [*parts[:at], (left, "redundant"), parts[at], (right, "redundant"), *parts[at + 1 :]]


def lost_sign(rng: random.Random, parts: list[Part]) -> list[Part]:
    """One sign of a name is lost or mistyped."""
    names = [i for i, (t, label) in enumerate(parts) if label in ("road", "poi", "community") and len(t) > 3]
    if not names:
        return parts
    at = rng.choice(names)
    text, label = parts[at]
    cut = rng.randrange(1, len(text) - 1)
    new = text[:cut] + text[cut + 1 :] if rng.random() < 0.5 else text[:cut] + rng.choice(w.ROAD_SIGNS) + text[cut + 1 :]
    return [*parts[:at], (new, label), *parts[at + 1 :]]


def doubled(rng: random.Random, parts: list[Part]) -> list[Part]:
    """The road or estate written twice."""
    names = [i for i, (_, label) in enumerate(parts) if label in ("road", "poi")]
    if not names:
        return parts
    at = rng.choice(names)
    return [*parts[: at + 1], (parts[at][0], "redundant"), *parts[at + 1 :]]


def worn(rng: random.Random, parts: list[Part]) -> list[Part]:
    """At most one of the above, for one address in six."""
    r = rng.random()
    for share, change in ((0.05, separated), (0.09, bracketed), (0.13, lost_sign), (0.133, doubled)):
        if r < share:
            return change(rng, parts)
    return parts
