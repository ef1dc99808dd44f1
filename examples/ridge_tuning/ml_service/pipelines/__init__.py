"""The pipelines of the service: how each is tuned, built and run."""
