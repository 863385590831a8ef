"""The report with its recommendations, and what became of each of them, for years."""
