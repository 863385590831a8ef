"""What is printed: forms, print runs, documents; where each target lies."""
