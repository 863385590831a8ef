"""Hybrid public participation: every vote, whatever way it came in, in one ballot box."""
