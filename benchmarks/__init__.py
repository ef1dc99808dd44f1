"""What hyperstep costs, measured against doing the same without it. README.md says how to read the figures."""
