"""Audits by sample: drawn ballots are read again."""
