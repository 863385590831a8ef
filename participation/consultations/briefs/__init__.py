"""Briefs: deposited online or at a counter, read, published under a number, in a copy for the public where need be."""
