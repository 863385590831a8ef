"""Owns what a vote means: specs, answers, eligibility, reconciliation, tallies, allocation, digests.

Values and rules only. No input or output, no clock, no randomness: a draw takes a published seed, an
instant is an argument. It knows nothing of the database, the web or a language; reasons are codes.
"""
