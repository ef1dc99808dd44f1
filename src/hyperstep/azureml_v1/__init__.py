"""Azure ML SDK v1 code, unmodified, on this machine."""
