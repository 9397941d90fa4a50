"""Compliance: one rule = one small named function with its id, its source, its message and its test. No database."""
