"""Batches: two independent keyings, comparison, a third person, closing."""
