"""Owns the process: texts, phases, places, contests, projects, and the frozen spec that voters were promised.

It does not own who may vote (register), what was voted (ballots) or what came out (counts).
"""
