"""Building, publishing and running the training pipeline."""
