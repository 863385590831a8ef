"""Owns stored counts: what a count saw, what it decided, its working, and the signatures under it, which
`publication.service` writes. It writes nothing into the box."""
