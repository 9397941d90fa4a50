"""The letter score (发函评分): what a letter changes, not who would have paid anyway.

From cases of which a drawn part was not written to. Public: ``trials`` (what is learned from), ``learners`` (ways to tell an
effect), ``measures`` (Qini and its kin), ``training`` (choice by evidence), ``budget`` (whom to write to first).
"""
