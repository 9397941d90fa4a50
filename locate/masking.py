"""What of a person may stand on a screen (JR/T 0171 custom, law-and-post.md §1.8). Printed letters are not masked."""

from __future__ import annotations

VISIBLE_ADDRESS = 9
"""Leading characters shown of an address: about province to district; road and number stay hidden."""


def mask_name(name: str) -> str:
    """Surname kept, the rest hidden: 张三丰 → 张**; '' stays ''."""
    return name[:1] + "*" * max(1, len(name) - 1) if name else ""


def mask_mobile(mobile: str) -> str:
    """3-4-4 with the middle hidden; other lengths keep only their last two."""
    if len(mobile) == 11:
        return f"{mobile[:3]}****{mobile[-4:]}"
    return "*" * max(0, len(mobile) - 2) + mobile[-2:]


def mask_id(id_number: str) -> str:
    """First and last character kept, as on customer-facing pages."""
    return id_number[:1] + "*" * max(0, len(id_number) - 2) + id_number[-1:] if id_number else ""


def mask_address(text: str) -> str:
    """The head of the address, the rest hidden."""
    return text[:VISIBLE_ADDRESS] + "****" if text else ""
