"""What to try next: one file for each way."""
