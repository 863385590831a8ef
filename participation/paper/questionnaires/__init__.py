"""Owns questionnaires from paper, post and telephone: keyed once, read again by somebody else, then cast."""
