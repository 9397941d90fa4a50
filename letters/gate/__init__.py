"""The lawyer's gate: what must be on record before a named lawyer may release a batch, and what a release is good for.

``missing`` says everything that lacks at once; ``warrant`` lets the press use the seal for exactly the released letters.
"""
