"""Simulated worlds in which letters are delivered or not: built apart from the models, to try them where the truth is known.

Everything that comes out is synthetic. Mechanisms are of people, papers and post offices, not formulas over features; no
module here is imported by ``models`` and none imports an estimator.
"""
