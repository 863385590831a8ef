"""Votes that come by telephone and by post."""
