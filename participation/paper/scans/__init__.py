"""Batches keyed from scans: files are brought, the worker reads them, people settle what it was not sure of."""
