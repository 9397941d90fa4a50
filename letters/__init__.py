"""From a chosen address to a letter in the post, and what became of it.

``rules`` judges, ``compose`` writes, ``press`` prints, ``batch`` is the state machine, ``post`` hands over and
takes back outcomes.
"""
