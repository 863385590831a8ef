"""Reading before or after publication: the queue, reports and appeals, settings, and the log that the public reads."""
