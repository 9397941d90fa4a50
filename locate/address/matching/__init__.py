"""Comparing addresses: comparable parts, rules of "one place", blocks, clusters, and a score of three classes. No database."""
