"""What to try next and what to stop; pure, knows no pipeline."""
