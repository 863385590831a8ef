"""Owns the ballot box. `service.cast` is the only place that inserts into it; online pages are here too.

It does not own names (register), paper in progress (paper) or results (counts).
"""
