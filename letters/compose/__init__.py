"""Template bundle + case → the letter's content (jinja2, sandboxed, strict). No pages, no database."""
