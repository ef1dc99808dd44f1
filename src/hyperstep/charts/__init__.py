"""Charts: a search or a pipeline as SVG, drawn by pure functions from plain values."""
