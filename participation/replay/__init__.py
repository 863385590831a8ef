"""Casting a published election through the site, the way that people would, to prove the whole path.

Online ballots go through the web form with a personal code; paper ballots through an accepted declaration
and batches keyed twice by two clerks. It owns no facts: its notes of what is done live in a state folder.
"""
