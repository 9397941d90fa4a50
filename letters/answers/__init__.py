"""Answers to the debtor: verifying a letter for a caller, complaints and objections with their due dates."""
