"""Reminders: who is told of a turn, a deadline, an answer that is due or published; each once, by e-mail or phone."""
