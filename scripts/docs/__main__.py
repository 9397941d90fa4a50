"""``scripts/make_docs``: puts what the code's registries say into docs/, between the marks of each page.

A page keeps its own words; ``<!-- from code: NAME -->`` … ``<!-- end -->`` is replaced by the table NAME.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from scripts.docs.tables import TABLES

DOCS = Path(__file__).resolve().parents[2] / "docs"
_MARKED = re.compile(r"(<!-- from code: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def made(text: str) -> str:
    """The page with every marked part as the code has it now."""
    return _MARKED.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]().rstrip()}\n\n{found[3]}", text)


def outdated() -> dict[Path, str]:
    """Pages whose marked parts differ from the code, with what they should be."""
    found = {}
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        new = made(text)
        if new != text:
            found[page] = new
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/make_docs")
    parser.add_argument("--check", action="store_true", help="只检查，不写")
    args = parser.parse_args(argv)
    pages = outdated()
    for page, new in pages.items():
        print(f"{'过时' if args.check else '已更新'}：docs/{page.name}")
        if not args.check:
            page.write_text(new, encoding="utf-8")
    if not pages:
        print("docs/ 与代码一致")
    return 1 if pages and args.check else 0


if __name__ == "__main__":
    sys.exit(main())
