"""Owns stored counts: what a count saw, what it decided, and its working. It writes nothing into the box."""
