"""Owns who may vote and who has taken part: register, codes, declarations, marks, cases, voting keys.

All names of voters live here and nowhere else. It never learns a choice and never imports ballots.
"""
