"""What is remembered: the event log, its projections, artifacts and models."""
