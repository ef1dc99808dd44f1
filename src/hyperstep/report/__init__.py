"""Report: a run as one HTML file, and as it shows itself in a notebook."""
