"""Composes and publishes: home, process hub, boards, certification, results, statistics, open data.

It knows every package and is known by none. It owns the two-person acts at the end of a vote and the chain of seals:
what waits for a second person and the seals are its tables. The signatures under a count lie in `counts`, beside
what they sign, and are written here, because what keeps a count from being signed is known to paper and register.
"""
