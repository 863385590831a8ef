"""Owns organisations, staff accounts, sessions, grants and permissions.

It does not own voters: they have no account.
"""
