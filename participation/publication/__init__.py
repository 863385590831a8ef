"""Composes and publishes: home, process hub, boards, certification, results, statistics, open data.

It knows every package and owns no facts.
"""
