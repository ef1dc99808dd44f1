"""What to stop early: one file for each rule."""
