"""Hearings: their sessions, who speaks when, what people need to come, the papers and the clock of the room."""
