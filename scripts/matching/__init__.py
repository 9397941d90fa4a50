"""Composed pairs and copies of addresses: what the score is learned from and the dedupe is measured with."""
