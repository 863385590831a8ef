"""Following a consultation: by e-mail, in a news reader, in a calendar. Owns who asked for mail."""
