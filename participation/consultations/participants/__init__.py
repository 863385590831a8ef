"""Who takes part, as sums alone: slips that people may fill in apart from what they say, and that are never kept."""
